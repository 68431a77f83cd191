package page

import (
	"crypto/rand"
	"net/url"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// webOperations are what scripts cannot do for themselves: randomness, and
// reading addresses and forms as a browser does.
var webOperations = map[string]operation{
	"random": func(p *Page, a arguments) (any, error) {
		b := make([]byte, min(max(a.number(0), 0), maxRandom))
		rand.Read(b) // never fails
		values := make([]any, len(b))
		for i, v := range b {
			values[i] = int(v)
		}
		return values, nil
	},
	"resolveTo": func(p *Page, a arguments) (any, error) {
		base, err := url.Parse(a.text(0))
		if err != nil {
			return "", nil
		}
		u, err := base.Parse(a.text(1))
		if err != nil {
			return "", nil
		}
		return u.String(), nil
	},
	"entries": func(p *Page, a arguments) (any, error) {
		sent := []any{}
		if form := a.node(0); dom.IsElement(form, "form") {
			for _, f := range p.doc.Entries(form, a.node(1), clickPoint) {
				field := 0
				if f.File != nil {
					field = p.id(p.fileField(form, f.File))
				}
				sent = append(sent, f.Name, f.Value, field)
			}
		}
		return sent, nil
	},
}

// fileField is the control of a form that holds a file.
func (p *Page) fileField(form *html.Node, f *File) *html.Node {
	for _, n := range p.doc.Controls(form) {
		if p.doc.FileOf(n) == f {
			return n
		}
	}
	return nil
}

// maxRandom is how many random bytes a script gets at a time, as in browsers.
const maxRandom = 65536
