package remoteui

import (
	"context"
	"errors"
	"slices"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// Pages of old and small models may be sets of frames: a menu in one, what it
// leads to in another. Here a Page then has several documents and looks into
// one of them; what is not found there is looked for in the others, and the
// page looks into the one that has it from then on. Links lead into the frame
// that they name. Scripts do not reach into other frames: parent.x is missing.

// frame is one document of a page.
type frame struct {
	name string
	p    *page.Page
}

// maxFrames bounds what one page loads.
const maxFrames = 8

// openFrames loads the frames of a frameset. The last one that has a text is
// looked into first: menus come before.
func (s *Session) openFrames(ctx context.Context, p *Page) (*Page, error) {
	defer func() { s.kept = nil }()
	doc := p.p.Document()
	if doc.Find("frameset").Length() == 0 {
		return p, nil
	}
	outside := slices.Clone(s.kept)
	var window []frame
	for _, r := range p.p.Frames() {
		if len(window) == maxFrames || !sameHost(r.URL.Hostname(), s.t.host) {
			break
		}
		name := r.Target
		r.Target = ""
		in, err := s.follow(ctx, &r, p.p.URL(), read, p.path)
		if err != nil {
			return nil, err
		}
		s.kept = append(outside[:len(outside):len(outside)], documents(window)...)
		window = append(window, frame{name, in.p})
		s.kept = append(s.kept, in.p)
	}
	if len(window) == 0 {
		return p, nil
	}
	p.window, p.p = window, window[len(window)-1].p
	return p, nil
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
// comes from, or for the whole window.
func (p *Page) goOn(ctx context.Context, r *page.Request, a act, path []string) (*Page, error) {
	at := p.frameFor(r.Target)
	if at < 0 {
		on, err := p.s.follow(ctx, r, p.p.URL(), a, path)
		if err != nil {
			return nil, err
		}
		return p.s.openFrames(ctx, on)
	}
	others := slices.Delete(slices.Clone(p.window), at, at+1)
	p.s.kept = documents(others)
	on, err := p.s.follow(ctx, r, p.p.URL(), a, path)
	if err == nil {
		on, err = p.s.openFrames(ctx, on)
	}
	p.s.kept = nil
	if err != nil {
		return nil, err
	}
	if on.window == nil {
		on.window = []frame{{p.window[at].name, on.p}}
	}
	on.window = append(others, on.window...)
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
