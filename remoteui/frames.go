package remoteui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// Pages of old and small models may be sets of frames: a menu in one, what it
// leads to in another. Here a Page then has several documents and looks into
// one of them; what is not found there is looked for in the others, and the
// page looks into the one that has it from then on. Links and scripts lead into
// the frame that they name. What is in other frames is not for scripts to see.

// frame is one document of a page.
type frame struct {
	name string
	p    *page.Page
}

// maxFrames bounds the documents of a window, and maxBreakouts how often a frame in a
// row may have the whole window go elsewhere.
const (
	maxFrames    = 8
	maxBreakouts = 4
)

// target is the frame that a document is being loaded into, and the names of all
// of the window; zero: the window itself.
type target struct {
	name  string
	names []string
}

// openFrames loads the frames of a frameset. The last one that has a text is
// looked into first: menus come before.
func (s *Session) openFrames(ctx context.Context, p *Page) (*Page, error) {
	defer func() { s.kept, s.target = nil, target{} }()
	p, err := s.openSet(ctx, p)
	for range maxBreakouts {
		out := breakout(p)
		if err != nil || out == nil {
			return p, err
		}
		s.kept, s.target = nil, target{}
		if p, err = s.follow(ctx, out, p.p.URL(), read, p.path); err == nil {
			p, err = s.openSet(ctx, p)
		}
	}
	return p, err
}

// breakout is what a document in a frame has the whole window load.
func breakout(p *Page) *page.Request {
	if p == nil {
		return nil
	}
	for _, f := range p.window {
		if next := f.p.Next(); next != nil && next.Request != nil && next.Delay < soon && wholeWindow(next.Request.Target) {
			r := *next.Request
			r.Target = ""
			return &r
		}
	}
	return nil
}

func wholeWindow(target string) bool {
	return strings.EqualFold(target, "_top") || strings.EqualFold(target, "_parent")
}

// openSet loads the frames of p, if it is a set of them.
func (s *Session) openSet(ctx context.Context, p *Page) (*Page, error) {
	doc := p.p.Document()
	if doc.Find("frameset").Length() == 0 {
		return p, nil
	}
	outside, names := slices.Clone(s.kept), slices.Clone(s.target.names)
	var frames []page.Request
	for i, r := range p.p.Frames() {
		if len(outside)+len(frames) == maxFrames || !sameHost(r.URL.Hostname(), s.t.host) {
			break
		}
		if r.Target == "" {
			r.Target = fmt.Sprintf("_frame%d", i)
		}
		frames, names = append(frames, r), append(names, r.Target)
	}
	var window []frame
	for _, r := range frames {
		s.target = target{r.Target, names}
		r.Target = ""
		in, err := s.follow(ctx, &r, p.p.URL(), read, p.path)
		if err != nil {
			return nil, err
		}
		s.kept = append(outside[:len(outside):len(outside)], documents(window)...)
		window = append(window, frame{s.target.name, in.p})
		s.kept = append(s.kept, in.p)
	}
	if len(window) == 0 {
		return p, nil
	}
	p.window, p.p = window, window[len(window)-1].p
	var elsewhere []*page.Request
	for _, f := range window {
		elsewhere = append(elsewhere, f.p.Elsewhere()...)
	}
	return s.openElsewhere(ctx, p, elsewhere)
}

// openElsewhere loads into other frames what the document in one of them had
// them load.
func (s *Session) openElsewhere(ctx context.Context, p *Page, all []*page.Request) (*Page, error) {
	for _, r := range all {
		at := p.frameFor(r.Target)
		if at < 0 {
			continue
		}
		others := slices.Delete(slices.Clone(p.window), at, at+1)
		s.kept, s.target = documents(others), target{r.Target, names(p.window)}
		to := *r
		to.Target = ""
		in, err := s.follow(ctx, &to, p.p.URL(), read, p.path)
		if err != nil {
			return nil, err
		}
		if p.p == p.window[at].p {
			p.p = in.p
		}
		p.window[at].p = in.p
	}
	return p, nil
}

func names(window []frame) []string {
	var all []string
	for _, f := range window {
		all = append(all, f.name)
	}
	return all
}

func documents(window []frame) []*page.Page {
	var all []*page.Page
	for _, f := range window {
		all = append(all, f.p)
	}
	return all
}

// documents are those of the page's frames, or the only one.
func (p *Page) documents() []*page.Page {
	if p.window == nil {
		return []*page.Page{p.p}
	}
	return documents(p.window)
}

// inFrames runs find, and while it finds nothing, runs it in the other frames.
func (p *Page) inFrames(find func() error) error {
	err := find()
	focus := p.p
	for _, f := range p.window {
		if _, missing := errors.AsType[*page.NotFoundError](err); !missing {
			return err
		}
		if f.p == focus {
			continue
		}
		p.p = f.p
		other := find()
		if _, missing := errors.AsType[*page.NotFoundError](other); !missing {
			return other
		}
		p.p = focus
	}
	return err
}

// goOn makes a request of the page: into the frame that it names, or that it
// comes from, or for the whole window. elsewhere is for other frames.
func (p *Page) goOn(ctx context.Context, r *page.Request, elsewhere []*page.Request, a act, path []string) (*Page, error) {
	opener, name, inside, seen := p.opener, p.windowName, p.inside, !p.unseen
	if p.opensWindow(r.Target) {
		name, inside, seen = r.Target, false, true
		if p.windows() < maxWindows {
			opener = p
			inside, seen = p.p.Inline(name)
		}
	}
	defer p.s.inFront(opener, name, inside)()
	on, err := p.goOnIn(ctx, r, elsewhere, a, path)
	if err != nil {
		return nil, err
	}
	on.opener, on.windowName, on.inside, on.unseen = opener, name, inside, inside && !seen
	return on.leftAtOnce(ctx, a)
}

// goOnIn is goOn in the window that is in front then.
func (p *Page) goOnIn(ctx context.Context, r *page.Request, elsewhere []*page.Request, a act, path []string) (*Page, error) {
	s, at := p.s, p.frameFor(r.Target)
	defer func() { s.kept, s.target = nil, target{} }()
	if at < 0 {
		on, err := s.follow(ctx, r, p.p.URL(), a, path)
		if err != nil {
			return nil, err
		}
		return s.openFrames(ctx, on)
	}
	others := slices.Delete(slices.Clone(p.window), at, at+1)
	s.kept, s.target = documents(others), target{p.window[at].name, names(p.window)}
	on, err := s.follow(ctx, r, p.p.URL(), a, path)
	if err == nil {
		on, err = s.openSet(ctx, on)
	}
	if err != nil {
		return nil, err
	}
	if on.window == nil {
		on.window = []frame{{p.window[at].name, on.p}}
	}
	on.came = documents(on.window)
	on.window = slices.Replace(slices.Clone(p.window), at, at+1, on.window...) // scripts count frames
	if out := breakout(on); out != nil {
		out.Target = "_top"
		return on.goOnIn(ctx, out, nil, read, path)
	}
	on, err = s.openElsewhere(ctx, on, slices.Concat(elsewhere, on.p.Elsewhere()))
	if err != nil {
		return nil, ambiguousIf(a, err)
	}
	return on, nil
}

// frameFor is the index of the frame that a target means; negative: the window.
func (p *Page) frameFor(target string) int {
	return slices.IndexFunc(p.window, func(f frame) bool {
		if target == "" {
			return f.p == p.p
		}
		return f.name == target
	})
}

// isLive reports whether a document can be acted on.
func (s *Session) isLive(p *page.Page) bool { return slices.Contains(s.live, p) }
