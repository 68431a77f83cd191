package page

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"time"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Pending reports whether the page goes on by itself when time passes: it polls,
// and has a request or a timer under way.
func (p *Page) Pending() bool {
	if p.closed || !p.polls {
		return false
	}
	if len(p.requests) > 0 {
		return true
	}
	if !p.timed {
		return false
	}
	p.op = &act{ctx: context.Background(), budget: p.limits.ScriptTime}
	at, err := p.call("nextTimer")
	return err == nil && at != nil && number(at) >= 0
}

// Settle lets real time pass on a page that polls: its timers run, and its
// requests are made, until what a person sees has changed, the page says
// something ([Page.Alerts]; then the outcome is changed, too), leaves for
// another, nothing is under way any more, or limit is over. The outcome tells
// which; where the limit ended it, [Page.Pending] stays true.
func (p *Page) Settle(ctx context.Context, limit time.Duration) (*Outcome, error) {
	if p.closed {
		return nil, ErrClosed
	}
	o := &act{ctx: ctx, budget: p.limits.ScriptTime, patience: limit, settling: true, look: p.sees()}
	done, err := p.proceed(o, 0, func() error { return nil })
	if err != nil {
		return nil, err
	}
	out := p.outcome(done)
	if out.Refused { // nobody acted: what the page says is news
		p.alerts = append(p.alerts, out.Alerts...)
		out.Refused = false
	}
	out.Changed = out.Changed || out.Request == nil && len(out.Alerts)+len(out.Confirmations) > 0
	return out, nil
}

// happened reports whether a person would look up now: the page shows something
// else, or has said something.
func (p *Page) happened() (bool, error) {
	o := p.op
	if len(o.alerts)+len(o.asked) > 0 {
		return true, nil
	}
	begun := time.Now()
	o.changed = p.sees() != o.look
	if o.looking += time.Since(begun); o.looking > lookTime {
		return false, &LimitError{Limit: "looking at one page", Max: lookTime.String()}
	}
	return o.changed, nil
}

// lookTime bounds the time in which a page is looked at between the events of
// one waiting: a look takes milliseconds, a few at each poll.
const lookTime = time.Minute

// sees sums up what a person sees of the page: its texts, what can be clicked on
// or filled in, and how that is set. Equal sums mean an equal page.
func (p *Page) sees() uint64 {
	h := fnv.New64a()
	io.WriteString(h, p.Title()+"\n"+p.Text())
	for n := range dom.Descendants(p.root()) {
		if n.Type != html.ElementNode || !isField(n) && !dom.IsButton(n) && !p.isAction(n) || !dom.Visible(n) {
			continue
		}
		fmt.Fprintf(h, "\n%s %t", n.Data, isControl(n) && dom.Disabled(n))
		switch {
		case isChoice(n):
			fmt.Fprint(h, p.doc.Checked(n))
		case isControl(n):
			fmt.Fprintf(h, "%q", p.doc.Value(n))
		}
		if n.Data == "select" {
			for _, option := range dom.Options(n) {
				fmt.Fprintf(h, "%q", dom.OptionText(option))
			}
		}
	}
	return h.Sum64()
}
