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
// requests are made, until what a person sees has changed, the page leaves for
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
	return p.outcome(done), nil
}

// sees sums up what a person sees of the page: its texts, what can be clicked on
// or filled in, and how that is set. Equal sums mean an equal page.
func (p *Page) sees() uint64 {
	h := fnv.New64a()
	io.WriteString(h, p.Title()+"\n"+p.Text())
	for n := range p.root().Descendants() {
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
