package remoteui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// Bounds of one act.
const (
	// maxPages bounds the pages that one act leads over, in one try.
	maxPages = 24
	// maxTries bounds how often an act is carried out of which reading says that it
	// was not done, after an answer that was lost or was none.
	maxTries = 3
	// maxBusyTries bounds how often a device is asked again that says it is busy.
	maxBusyTries = 8
	// doubtLooks is how often the device is looked at before an act is taken not to
	// have begun whose answer was lost or was none.
	doubtLooks = 3
	// saidLooks is how often it is looked at after it said something that is neither
	// known to mean no nor to mean wait.
	saidLooks = 20
	// maxLooks bounds the readings of what is under way; the time bounds it first.
	maxLooks = 100_000
	// maxTrace bounds the account of the way in errors, in characters.
	maxTrace = 3000
	// maxInterval bounds the time between two readings, which grows.
	maxInterval = 10 * time.Second
)

// Do carries out an act, over whatever pages the device puts in the way: it goes
// to where the act begins, chooses, fills in, presses, answers the questions that
// are about it, waits where the device says so, and reads whether it happened. A
// device that is busy is asked again. What may not have been heard is done again,
// after reading has said that it was not done. The answer is returned also with
// an error. Errors: [*PageError] with what was met on the way, if the device's
// pages cannot be understood; [*RefusedError] with its words if it did not do
// it; [*QuestionError] if it asked about something else; [ErrReadOnly].
func (s *Session) Do(ctx context.Context, in Intent) (*Answer, error) {
	if s.cfg.ReadOnly {
		return &Answer{}, fmt.Errorf("%s: %w", in.Name, ErrReadOnly)
	}
	d := newDialogue(s, in)
	err := d.run(ctx)
	if err != nil && ctx.Err() == nil {
		s.event(EventWaiting, clip(in.Name+": what was done and met: "+strings.Join(d.trace, ", "), maxTrace))
	}
	return &Answer{Page: d.last, Said: strings.Join(d.said, " "), Trace: d.trace}, d.explain(err)
}

// Rehearse carries out an act up to the first step that may change the device,
// which is found and not pressed. It says what would be pressed. Errors: as of
// [Session.Do]. It works in a read-only session.
func (s *Session) Rehearse(ctx context.Context, in Intent) (*Answer, error) {
	d := newDialogue(s, in)
	d.rehearsal = true
	err := s.Retry(ctx, func() error {
		_, err := d.prepare(ctx)
		return err
	})
	if errors.Is(err, ErrDone) {
		err = nil
	}
	return &Answer{Page: d.last, Trace: d.trace}, d.explain(err)
}

// dialogue is one act being carried out.
type dialogue struct {
	logins int // of the session when a step was pressed last
	s      *Session
	in     Intent
	step   int             // the next one
	typed  bool            // a field was found in this try
	turned bool            // the page in front came for a form that was sent on the way
	left   []Field         // not filled in yet, in this try
	been   map[string]bool // lines of the pages met in this try: they say nothing new
	last   *Page
	said   []string // by the device, since the last step
	// trace of labels and titles; never of values.
	trace     []string
	rehearsal bool
}

func newDialogue(s *Session, in Intent) *dialogue {
	if in.About == nil {
		in.About = &Object{}
	}
	if in.Timeout <= 0 {
		in.Timeout = 10 * time.Minute
	}
	if in.Interval <= 0 {
		in.Interval = 2 * time.Second
	}
	return &dialogue{s: s, in: in}
}

// outcome is how the device took the last step.
type outcome int

const (
	answered  outcome = iota // with a page that means nothing in particular
	stated                   // with words that are not known to mean anything
	underway                 // it is being done
	refused                  // with words that mean no
	busy                     // with words that mean not now
	forgotten                // it did not know the session, so nothing was done
	unknown                  // the answer was lost, or is a page that says nothing known
)

func (d *dialogue) run(ctx context.Context) error {
	for try, busies := 1, 0; ; try++ {
		how, err := d.attempt(ctx)
		if errors.Is(err, ErrDone) {
			how, err = underway, nil // it was asked for before
		}
		if err != nil {
			return err
		}
		switch {
		case d.in.Done != nil:
			if again, err := d.settle(ctx, how); !again || try == maxTries {
				return err
			}
		case how == refused && try < maxTries && d.forgot(ctx):
			// So it refused whoever asks, and not the act.
		case how != busy || d.in.Leaves:
			return d.verdict(how)
		}
		if how == busy {
			if busies++; busies > maxBusyTries {
				return d.refusal()
			}
			try--
			d.s.event(EventWaiting, "the device is busy: "+strings.Join(d.said, " "))
			if err := sleep(ctx, min(time.Duration(busies)*d.in.Interval, maxInterval)); err != nil {
				return err
			}
		}
		d.note("once more")
	}
}

// forgot reports whether the device had forgotten the session when it answered the
// last step, as the page shows where the act begins. A device that went down shows
// none.
func (d *dialogue) forgot(ctx context.Context) bool {
	err := d.s.Retry(ctx, func() error {
		_, err := d.begin(ctx)
		return err
	})
	return err == nil && d.s.Logins() != d.logins
}

// lateError says that what a device took its time for did not come about.
type lateError struct {
	name  string
	after time.Duration
	said  string
}

func (e *lateError) Error() string {
	msg := fmt.Sprintf("%s: nothing to be seen of it within %v", e.name, e.after)
	if e.said != "" {
		msg += fmt.Sprintf(" (the device said %q)", e.said)
	}
	return msg + "; run again: it may still come"
}

// verdict is what is left to say where nothing can be read.
func (d *dialogue) verdict(how outcome) error {
	switch how {
	case refused, busy:
		return d.refusal()
	case unknown, forgotten:
		return &AmbiguousWriteError{Err: fmt.Errorf("%s: the device showed %q", d.in.Name, strings.Join(d.said, " "))}
	}
	return nil
}

func (d *dialogue) refusal() error {
	e := &RefusedError{Text: clip(strings.Join(d.said, " "), 600), Trace: d.trace}
	if d.last != nil {
		e.Page = d.last.Title()
	}
	return e
}

// settle reads whether it happened: as often as what the device said makes sense.
// again means that it did not, and may be done once more.
func (d *dialogue) settle(ctx context.Context, how outcome) (again bool, err error) {
	late := &lateError{name: d.in.Name, after: d.in.Timeout, said: strings.Join(d.said, " ")}
	limit, cancel := context.WithTimeoutCause(ctx, d.in.Timeout, late)
	defer cancel()
	unheard := how == unknown || how == forgotten || how == busy
	interval := d.in.Interval
	for looks := 1; ; looks++ {
		done, err := d.in.Done(limit)
		switch {
		case limit.Err() != nil && !done:
			return unheard && ctx.Err() == nil, context.Cause(limit)
		case done || err != nil:
			return false, err
		case d.s.Logins() != d.logins:
			return true, d.refusal() // whatever it said: it did not know the session
		}
		most := maxLooks
		switch {
		case how == refused || how == busy || how == forgotten || !d.in.Slow:
			most = 1
		case how == unknown:
			most = doubtLooks
		case how == stated:
			most = saidLooks
		}
		if looks >= most {
			return unheard, d.refusal()
		}
		if err := sleep(limit, interval); err != nil {
			return unheard && ctx.Err() == nil, err
		}
		if looks%5 == 0 {
			interval = min(interval*3/2, max(maxInterval, d.in.Interval))
			d.s.event(EventWaiting, d.in.Name+": not to be seen yet")
		}
	}
}

// attempt goes through all steps once, and hears what the device says.
func (d *dialogue) attempt(ctx context.Context) (outcome, error) {
	var p *Page
	err := d.s.Retry(ctx, func() (err error) {
		p, err = d.prepare(ctx)
		return err
	})
	for err == nil {
		step := d.in.Steps[d.step]
		var answer *Page
		logins := d.s.Logins()
		d.logins = logins
		after := &asked{step: step, title: p.Title(), fields: p.fieldLabels(), declines: p.declines(), shows: d.earlier(p, d.step)}
		after.presses(p)
		answer, err = d.press(ctx, p, step)
		d.step++
		d.said = nil
		var how outcome
		how, err = d.hear(ctx, answer, err, after)
		switch {
		case err != nil || how == refused || how == busy || how == forgotten:
			return how, err
		case d.atEnd() && (d.step == len(d.in.Steps) || d.last == nil || !d.offers(ctx, d.last)):
			return how, nil
		case d.s.Logins() != logins:
			return forgotten, nil // what was entered and not stored went with the session
		}
		p, err = d.resume(ctx, d.last)
		if err == nil || ctx.Err() != nil || errors.Is(err, ErrDone) {
			continue
		}
		if errors.Is(err, ErrUndone) && (how == unknown || d.s.Logins() != logins || len(d.said) == 0) || how == unknown && missing(err) {
			return unknown, nil
		}
		if len(d.said) > 0 && (missing(err) || errors.Is(err, ErrUndone)) {
			err = errors.Join(d.refusal(), err)
		}
		return answered, err
	}
	return answered, err
}

// resume goes on to the next step from the page that followed a step; where that
// does not lead there, from the page where the act began, which has what was
// chosen.
func (d *dialogue) resume(ctx context.Context, p *Page) (*Page, error) {
	if p != nil && d.offers(ctx, p) {
		return d.advance(ctx, p)
	}
	next := d.step
	if p != nil && d.in.Back != "" && p.Has(d.in.Back) {
		back, err := p.Follow(ctx, d.in.Back)
		if err == nil && d.offers(ctx, back) {
			d.met(back)
			return d.advance(ctx, back)
		}
	}
	p, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	d.step = next
	return d.advance(ctx, p)
}

// prepare goes to the page with the first step that may change the device, and
// has everything before it done.
func (d *dialogue) prepare(ctx context.Context) (*Page, error) {
	d.step, d.left, d.typed, d.been = 0, d.in.Fields, false, map[string]bool{}
	p, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	return d.advance(ctx, p)
}

func (d *dialogue) open(ctx context.Context) (*Page, error) {
	p, err := d.skip(ctx)
	if p == nil && err == nil {
		p, err = d.begin(ctx)
	}
	if err == nil {
		d.met(p)
	}
	return p, err
}

// begin goes to the page where the act begins.
func (d *dialogue) begin(ctx context.Context) (*Page, error) {
	if d.in.Open != nil {
		return d.in.Open(ctx)
	}
	return d.s.Walk(ctx, d.in.Way...)
}

func (d *dialogue) met(p *Page) {
	d.last = p
	for line := range strings.Lines(p.Text()) {
		d.been[timeless(line)] = true
	}
	d.note("page " + fmt.Sprintf("%q", clip(p.Title(), 60)))
}

// note adds to the trace.
func (d *dialogue) note(what string) {
	if n := len(d.trace); n < 60 && (n == 0 || d.trace[n-1] != what) {
		d.trace = append(d.trace, what)
	}
}

// press clicks what a step is, on the page that was made ready for it.
func (d *dialogue) press(ctx context.Context, p *Page, step Step) (*Page, error) {
	l, w, err := d.find(ctx, p, step)
	if err != nil {
		return nil, err
	}
	w.About = d.in.About
	d.note(fmt.Sprintf("press [%s]", label(l, w)))
	return p.Press(ctx, l, w)
}

// explain puts name and trace to an error.
func (d *dialogue) explain(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*PageError](err); ok && e.Trace == nil {
		e.Trace = d.trace
	}
	if !d.ownError(err) || strings.HasPrefix(err.Error(), d.in.Name) {
		return err
	}
	return fmt.Errorf("%s: %w", d.in.Name, err)
}

// ownError reports whether an error is about a page, and not what the caller's
// own functions say: these know best what comes first.
func (d *dialogue) ownError(err error) bool {
	_, onPage := errors.AsType[*PageError](err)
	_, no := errors.AsType[*RefusedError](err)
	_, lost := errors.AsType[*AmbiguousWriteError](err)
	_, question := errors.AsType[*QuestionError](err)
	return onPage || no || lost || question
}

// lacking reports whether an error says that nothing on a page reads like that.
func lacking(err error) bool {
	_, ok := errors.AsType[*page.NotFoundError](err)
	return ok
}
