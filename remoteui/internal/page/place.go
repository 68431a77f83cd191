package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
)

// A document may be many pages: what follows # in its address, or what its scripts
// put into history, tells which of them it shows. Going there loads nothing; the
// scripts are told, and show it.

// stop is one address of the document that a person can come back to.
type stop struct {
	url   *url.URL
	state string // as JSON; empty: null
}

// maxPlaces bounds how far back a person can go.
const maxPlaces = 50

// Place counts the addresses that the document has had since it was loaded.
func (p *Page) Place() int { return p.moved }

// goWithin goes to another address of the same document, and has its scripts told.
func (p *Page) goWithin(u *url.URL, replace bool) error {
	if u.String() == p.doc.URL.String() {
		return nil
	}
	p.tell(p.doc.URL, u, "")
	p.keepPlace(stop{url: u}, replace)
	return nil
}

// keepPlace makes an address the document's.
func (p *Page) keepPlace(at stop, replace bool) {
	if p.places == nil {
		p.places = []stop{{url: p.doc.URL}}
	}
	if p.places = p.places[:p.at+1]; replace {
		p.places[p.at] = at
	} else {
		p.places = append(p.places, at)
		p.places = p.places[max(0, len(p.places)-maxPlaces):]
		p.at = len(p.places) - 1
	}
	p.setPlace(at.url)
}

func (p *Page) setPlace(u *url.URL) {
	if u.String() != p.doc.URL.String() {
		p.moved++
	}
	p.doc.URL = u
}

// tell has the scripts told, when the running one has ended, that the address is
// another one.
func (p *Page) tell(from, to *url.URL, state string) {
	p.op.queue = append(p.op.queue, func() error {
		if p.vm == nil && !p.hasHandler(nil, "hashchange") && !p.hasHandler(nil, "popstate") {
			return nil
		}
		if err := p.nameGlobals(); err != nil {
			return err
		}
		_, err := p.call("moved", from.String(), to.String(), state)
		return err
	})
}

// placeOperations are location.hash and history.
var placeOperations = map[string]operation{
	"hash": func(p *Page, a arguments) (any, error) {
		if p.doc.URL == nil {
			return nil, nil
		}
		whole := *p.doc.URL
		whole.Fragment, whole.RawFragment = "", ""
		u, err := whole.Parse("#" + a.text(0))
		if err != nil {
			return nil, err
		}
		return nil, p.goWithin(u, false)
	},
	"historyKeep": func(p *Page, a arguments) (any, error) {
		if p.doc.URL == nil {
			return nil, errors.New("SecurityError: the page has no address")
		}
		u := p.doc.URL
		if ref := a.text(1); ref != "" {
			var err error
			if u, err = p.doc.Resolve(ref); err != nil {
				return nil, err
			}
		}
		if u.Scheme != p.doc.URL.Scheme || u.Host != p.doc.URL.Host {
			return nil, errors.New("SecurityError: history cannot hold an address of another origin")
		}
		if !json.Valid([]byte(a.text(0))) {
			return nil, errors.New("DataCloneError: the state cannot be kept")
		}
		p.keepPlace(stop{u, a.text(0)}, a.flag(2))
		return nil, nil
	},
	"historyGo": func(p *Page, a arguments) (any, error) {
		to := p.at + a.number(0)
		if to < 0 || to >= len(p.places) || to == p.at {
			return nil, nil // what is there is another document
		}
		from := p.doc.URL
		p.at = to
		p.setPlace(p.places[to].url)
		p.tell(from, p.doc.URL, p.places[to].state)
		return nil, nil
	},
	"historyLength": func(p *Page, a arguments) (any, error) { return max(1, len(p.places)), nil },
	"historyState": func(p *Page, a arguments) (any, error) {
		if len(p.places) == 0 {
			return "", nil
		}
		return p.places[p.at].state, nil
	},
}

// parseOperations read a document that no person sees, and what templates hold.
var parseOperations = map[string]operation{
	"parseApart": func(p *Page, a arguments) (any, error) {
		root, err := p.doc.ParseApart(p.op.ctx, a.text(0))
		if err != nil {
			return nil, err
		}
		p.markStarted(root)
		return p.id(root), nil
	},
	"content": func(p *Page, a arguments) (any, error) {
		holder := p.doc.Content(a.node(0))
		if holder == nil {
			return nil, fmt.Errorf("no template")
		}
		return p.id(holder), nil
	},
}
