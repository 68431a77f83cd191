package remoteui

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// hear takes what the device answers to a step: it waits where the device says
// so, answers what is asked, and keeps what is said.
func (d *dialogue) hear(ctx context.Context, answer *Page, err error, after *asked) (outcome, error) {
	for range maxPages {
		if err != nil {
			return d.failed(err)
		}
		if !d.in.Leaves {
			if answer, err = d.settlePage(ctx, answer); err != nil {
				return d.failed(err)
			}
		}
		words := answer.newWords(d.been)
		d.met(answer)
		if d.atEnd() && d.in.See != nil && d.in.See(ctx, answer) {
			return answered, nil
		}
		if d.step < len(d.in.Steps) && d.offers(ctx, answer) && (len(answer.alerts()) == 0) {
			d.say(words)
			return answered, nil // on it goes
		}
		l, w, asks := d.question(answer, after)
		if asks && !after.answered(answer, l) {
			text := strings.Join(words, " ")
			if tone := d.tone(text); !answer.mayDecline() && !strings.ContainsAny(text, "?？") && (tone == saysNo || tone == saysBusy) {
				d.say(words)
				return outcomeOf(tone), nil // a notice that only wants to be read
			}
			if err := d.agree(answer, after); err != nil {
				return refused, err
			}
			if !answer.mayDecline() {
				d.say(words)
			}
			d.note(fmt.Sprintf("answer [%s]", l))
			after.title = answer.Title()
			question, _ := d.asking(answer, after)
			after.presses(answer)
			after.question = answer.askedIn(said(question))
			answer, err = answer.Press(ctx, l, w)
			continue
		}
		d.say(words)
		switch {
		case len(answer.alerts()) > 0:
			switch tone := d.tone(strings.Join(d.said, " ")); {
			case tone == saysBusy || tone == saysWait:
				return outcomeOf(tone), nil
			case tone == saysSomething && d.in.Done == nil && !d.in.Leaves:
				return stated, nil // nothing can be read: it may be said of what was done
			}
			return refused, nil
		case d.sameForm(answer):
			if d.tone(strings.Join(d.said, " ")) == saysBusy {
				return busy, nil
			}
			return refused, nil
		case answer.strangeAnswer():
			if tone := d.tone(strings.Join(d.said, " ")); tone >= saysWait {
				return outcomeOf(tone), nil
			}
			return unknown, nil
		}
		how := outcomeOf(d.tone(strings.Join(d.said, " ")))
		if (how == refused || how == busy && d.in.Leaves) && d.in.Done == nil && !d.cameOver(answer, after) {
			how = stated // nothing can be read, and a page that is not known may be full of words
		}
		return how, nil
	}
	return unknown, nil
}

// tone judges words. That a device is restarting, and may be asked again later, is
// what a restart is for.
func (d *dialogue) tone(words string) tone {
	t := toneOf(words)
	if d.in.Leaves && (t == saysBusy || t == saysSomething) && saysOf(words, waitStems) {
		return saysWait
	}
	return t
}

func outcomeOf(t tone) outcome {
	switch t {
	case saysSomething:
		return stated
	case saysWait:
		return underway
	case saysBusy:
		return busy
	case saysNo:
		return refused
	}
	return answered
}

// failed is what an error in place of an answer means: that nothing is known of
// it, that the device did not know the session, or that it said no.
func (d *dialogue) failed(err error) (outcome, error) {
	if _, ambiguous := errors.AsType[*AmbiguousWriteError](err); ambiguous {
		d.note("answer lost")
		if lost(err) {
			return forgotten, nil
		}
		return unknown, nil
	}
	if lost(err) {
		d.note("session lost")
		return forgotten, nil
	}
	if straying(err) {
		return unknown, nil
	}
	if e, ok := errors.AsType[*RefusedError](err); ok {
		d.say([]string{e.Text})
		if d.tone(e.Text) == saysBusy {
			return busy, nil
		}
		e.Trace = d.trace
		return refused, err
	}
	return answered, err
}

// settlePage waits for a page that goes on by itself, as long as a page may ask to
// wait, until it shows something to go on from or is quiet.
func (d *dialogue) settlePage(ctx context.Context, p *Page) (*Page, error) {
	limit, cancel := p.patience(ctx)
	defer cancel()
	for p.waits() && !d.offers(limit, p) {
		d.note("waits")
		next, err := p.Settle(limit)
		if err != nil {
			return nil, err
		}
		if p = next; d.atEnd() && d.in.See != nil && d.in.See(limit, p) {
			break
		}
	}
	return p, nil
}

// often is how soon a page that says it will lead on, and can be acted on, has to
// do so to be one that is waited on. A portal page loads itself anew every minute.
const often = 5 * time.Second

// waits reports whether the page is one that a person waits on: it goes on by
// itself, and offers no answer to give before.
func (p *Page) waits() bool {
	if !p.Pending() {
		return false
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	for _, l := range []Label{labels.OK, labels.Yes, labels.Next} {
		if a, err := p.action(l, Where{quiet: true}); err == nil && !a.Disabled() {
			return false
		}
	}
	next := p.p.Next()
	return p.polling() != nil || next != nil && (next.Delay < often || p.stray() || !slices.ContainsFunc(p.p.Actions(), func(text string) bool { return p.s.words.knows(p.s.lang, text) }))
}

// asked is the step that was pressed, and its page before that: the title, the
// labels of its fields, which ways to say no it had, and which earlier steps of
// the act it shows: where pages have a line that leads back, or a menu, all do.
type asked struct {
	step     Step
	title    string
	fields   []string
	declines []Label
	shows    []Label
	on       *Page    // of the step, or of the last question
	lines    []string // what it said before it was pressed
	question []string // that was answered there
	over     bool     // something lay in front of it then
	had      []Label  // what it had to say yes with
}

// answered reports whether the question that was answered last still stands in the
// page: it is not asked once more by that. What lies in front since then, or has come
// to say yes with, is another question, though the page of the last is still there.
func (a *asked) answered(p *Page, yes Label) bool {
	if !a.stillOn(p) || len(a.question) == 0 {
		return false
	}
	if _, over := p.overlay(); over && !a.over || slices.Contains(consents, yes) && !slices.Contains(a.had, yes) {
		return false
	}
	now := p.lines()
	return !slices.ContainsFunc(a.question, func(line string) bool { return !slices.Contains(now, line) })
}

// stillOn reports whether a page is the one of the press, or another page of the same
// document: what stood there may stand there still.
func (a *asked) stillOn(p *Page) bool { return a.on != nil && a.on.p == p.p }

// presses notes what a page says before something is pressed on it.
func (a *asked) presses(p *Page) {
	a.on, a.lines = p, p.lines()
	_, a.over = p.overlay()
	a.had = p.having(slices.Clone(consents)...)
}

// consents say yes to any question.
var consents = []Label{labels.OK, labels.Yes}

// added returns what the page of the press says since then, if it is still there and
// changed. Not ok: it is another one, or there is no telling what was there before: a
// name that is gone may have made room for a question of which the rest still stands.
func (a *asked) added(p *Page, about *Object) (lines []string, ok bool) {
	if a == nil || !a.stillOn(p) || a.on == p && !p.Changed() {
		return nil, false
	}
	were := map[string]int{}
	for _, line := range a.lines {
		were[line]++
	}
	for _, line := range p.lines() {
		if were[line]--; were[line] < 0 {
			lines = append(lines, line)
		}
	}
	for line, n := range were {
		if named, foreign := about.Concerns(line); n > 0 && (named || len(foreign) > 0) {
			return nil, false
		}
	}
	return lines, slices.ContainsFunc(lines, p.says)
}

// askedIn are the lines of a question by which it is known again: those that ask, or else
// those that say something. The rest may change as it is answered: a button is greyed, a
// state counts.
func (p *Page) askedIn(lines []string) []string {
	for _, fits := range []func(string) bool{func(line string) bool { return strings.ContainsAny(line, "?？") }, p.says} {
		if found := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !fits(line) }); len(found) > 0 {
			return found
		}
	}
	return lines
}

// says reports whether a line is more than the names of what can be clicked: a question
// that stood there already gets its buttons only.
func (p *Page) says(line string) bool {
	for _, text := range p.Actions() {
		line = strings.Replace(line, squeeze(text), "", 1)
	}
	return strings.ContainsFunc(line, unicode.IsLetter)
}

// lines are what the page says, line by line, and what stands in its boxes.
func (p *Page) lines() []string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var all []string
	for _, doc := range p.documents() {
		all = append(all, said(doc.Text())...)
		all = append(all, typed(doc)...)
	}
	return all
}

// question finds what says yes on a page that only asks, or only tells: an
// overlay, or a page with an [OK] and nothing to fill in. The pages that the act
// came over have an [OK], too, and so may the menu.
func (d *dialogue) question(p *Page, after *asked) (Label, Where, bool) {
	w := Where{About: d.in.About}
	_, over := p.overlay()
	if after != nil && p.Changed() && slices.ContainsFunc(p.declines(), func(l Label) bool { return !slices.Contains(after.declines, l) }) {
		over = true // a script has put the question into the page
	}
	if !over && (d.cameOver(p, after) || p.editable(after)) {
		return "", w, false
	}
	for _, l := range consents {
		if p.Has(l) {
			return l, w, true
		}
	}
	// Pages to look at first: the jobs that a restart ends.
	if after != nil && p.Title() != after.title && p.Has(labels.Next) {
		return labels.Next, w, true
	}
	if after == nil || !over && !p.onlyAsked() && p.Title() == after.title {
		return "", w, false
	}
	// The command once more, on a page of its own: the button, for the menu may
	// still have its item.
	w.Button = true
	commands := after.step.Labels
	if slices.Contains(commands, labels.RestartDevice) || slices.Contains(commands, labels.ApplyChanges) {
		commands = []Label{labels.Restart, labels.RestartDevice, labels.ApplyChanges}
	}
	for _, l := range commands {
		if (over || p.onlyAsked() || p.mayDecline()) && p.Has(l, w) {
			return l, w, true
		}
	}
	return "", w, false
}

// cameOver reports whether a page has what the act clicked on its way, and the page
// of the last step has not: then it is one of these pages once more.
func (d *dialogue) cameOver(p *Page, after *asked) bool {
	return slices.ContainsFunc(d.earlier(p, d.step-1), func(l Label) bool { return after == nil || !slices.Contains(after.shows, l) })
}

// earlier are the labels of the act's first n steps that a page shows.
func (d *dialogue) earlier(p *Page, n int) (shown []Label) {
	for _, step := range d.in.Steps[:max(n, 0)] {
		if step.Row == nil {
			shown = append(shown, p.having(slices.Clone(step.Labels)...)...)
		}
	}
	return shown
}

// editable reports whether there is something to fill in or to choose on a page,
// besides what stands on every page: a box to search in.
func (p *Page) editable(after *asked) bool {
	now := p.fieldLabels()
	if after == nil || p.Title() == after.title {
		return len(now) > 0
	}
	return slices.ContainsFunc(now, func(l string) bool { return !slices.Contains(after.fields, l) })
}

// fieldLabels are the labels of what can be filled in or chosen.
func (p *Page) fieldLabels() []string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var all []string
	for _, c := range p.p.AllControls() {
		all = append(all, c.Label())
	}
	return all
}

// mayDecline reports whether a page offers a way to say no.
func (p *Page) mayDecline() bool { return len(p.declines()) > 0 }

// declines are the ways to say no. A list in pages may have one, too: [Previous].
func (p *Page) declines() []Label { return p.having(labels.Cancel, labels.No, labels.Back) }

// having are the labels that a page has something to click for.
func (p *Page) having(of ...Label) []Label {
	return slices.DeleteFunc(of, func(l Label) bool { return !p.Has(l) })
}

// asking is what a page says as a question, and what of that was added to the page.
func (d *dialogue) asking(p *Page, after *asked) (text string, added []string) {
	text, over := p.overlay()
	if over {
		return text, nil
	}
	if added, ok := after.added(p, d.in.About); ok {
		return strings.Join(added, "\n"), added
	}
	return p.Text(), nil
}

// agree decides whether a question is answered yes.
func (d *dialogue) agree(p *Page, after *asked) error {
	text, added := d.asking(p, after)
	if line := alien(text); line != "" {
		return &QuestionError{Page: p.Title(), Question: clip(line, 300), Object: d.in.About.Names, About: []string{"something that this act is not for"}}
	}
	return p.asks(d.in.About, added)
}

// sameForm reports whether a page is the form once more, as it was filled in.
func (d *dialogue) sameForm(p *Page) bool {
	for _, f := range d.in.Fields {
		if f.Label == fileField {
			if _, err := p.FileField(context.Background()); err == nil {
				return true
			}
		}
		if f.Text == "" {
			continue
		}
		if c, err := p.peek(f.Label, Where{quiet: true}); err == nil && c.Value() == f.Text {
			return true
		}
	}
	return false
}

// say keeps what the device said.
func (d *dialogue) say(words []string) {
	for _, w := range words {
		if len(d.said) < 12 && !slices.Contains(d.said, w) {
			d.said = append(d.said, w)
		}
	}
	if len(words) > 0 {
		d.note(fmt.Sprintf("the device says %q", clip(strings.Join(words, " "), 300)))
	}
}

// newWords are what a page says that the pages before it did not, of each message
// and line its beginning. What can be clicked and what is a label say nothing.
func (p *Page) newWords(been map[string]bool) []string {
	const most, length = 6, 300
	old := maps.Clone(been)
	if old == nil {
		old = map[string]bool{}
	}
	old[""] = true
	for _, text := range p.Actions() {
		old[timeless(text)] = true
	}
	said := p.alerts()
	for line := range strings.Lines(p.Text()) {
		line = strings.TrimSpace(line)
		if old[timeless(line)] || p.Knows(line) {
			continue
		}
		old[timeless(line)] = true
		if said = append(said, clip(line, length)); len(said) >= most {
			break
		}
	}
	return said
}

// clock is a date or a time, as in "2026/11/29 22:39:34".
var clock = lazyregexp.New(`\d+(?:[:/.-]\d+)+|\d+\s*[年月日時时分秒點点]`)

// timeless is a line but for its dates and times: pages say when they were made,
// and one that a device took a second longer for says nothing new by that.
func timeless(line string) string {
	return clock.ReplaceAllString(strings.TrimSpace(line), "0")
}

// NewWords returns what a page says that the page before it did not, on one
// line: a device's words where nothing better is known. shown is the text of the
// page before.
func (p *Page) NewWords(shown string) string {
	been := map[string]bool{}
	for line := range strings.Lines(shown) {
		been[timeless(line)] = true
	}
	return strings.Join(p.newWords(been), " ")
}

// strangeAnswer reports whether an answer has nothing known on it.
func (p *Page) strangeAnswer() bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.stray()
}
