package remoteui_test

import (
	"crypto/x509"
	"errors"
	"net/url"
	"slices"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// A command for one row is the row's own, or one for what is selected. That of
// another row is never taken for it: it would delete another key.
func TestCommandForARow(t *testing.T) {
	t.Parallel()
	const (
		head  = `<table><tr><th></th><th>Key Name</th><th></th></tr>`
		below = `</table><input type="submit" value="Delete">`
		own   = `<a href="/d?1">Delete</a>`
	)
	row := func(name, box, command string) string {
		return `<tr><td>` + box + `</td><td>` + name + `</td><td>` + command + `</td></tr>`
	}
	box, ticked := `<input type="checkbox" name="b">`, `<input type="checkbox" name="b" checked>`
	for name, c := range map[string]struct {
		list     string
		offers   bool
		own      bool
		selected []string // afterwards
	}{
		"own":                         {head + row("one", "", `<a href="/d?0">Delete</a>`) + row("two", "", own) + `</table>`, true, true, nil},
		"own beside boxes":            {head + row("one", ticked, `<a href="/d?0">Delete</a>`) + row("two", box, own) + `</table>`, true, true, []string{"one"}},
		"for what is selected":        {head + row("one", ticked, "") + row("two", box, "") + below, true, false, []string{"two"}},
		"radio":                       {head + row("one", `<input type="radio" name="b" checked>`, "") + row("two", `<input type="radio" name="b">`, "") + below, true, false, []string{"two"}},
		"another row's":               {head + row("one", box, own) + row("two", box, "") + `</table>`, false, false, nil},
		"another row's, and one more": {head + row("one", box, `<input type="submit" value="Delete">`) + row("two", box, "") + below, false, false, nil},
		"nothing to select by":        {head + row("one", box, "") + row("two", "", "") + below, false, false, nil},
		"greyed out":                  {head + row("one", box, "") + row("two", `<input type="checkbox" disabled>`, "") + below, false, false, nil},
		"nowhere":                     {head + row("one", box, "") + row("two", box, "") + `</table>`, false, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &smallDevice{form: `<input type="password" name="i2101">`, right: func(url.Values) bool { return true }, page: `<form action="/x">` + c.list + `</form>`}
			srv := serve(t, certificate(t, x509.Certificate{DNSNames: []string{"x"}}, nil), d)
			s, err := remoteui.Dial(t.Context(), remoteui.Config{
				URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}, Credentials: remoteui.Credentials{Password: remoteui.NewSecret("1")},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(t.Context())
			p, err := s.Walk(t.Context(), labels.Settings)
			if err != nil {
				t.Fatal(err)
			}
			list, err := p.Table(t.Context(), labels.KeyName)
			if err != nil {
				t.Fatal(err)
			}
			two, err := list.Find(labels.KeyName, "two")
			if err != nil {
				t.Fatal(err)
			}
			if offers := list.Offers(labels.Delete, two); offers != c.offers {
				t.Errorf("offers %v", offers)
			}
			where, err := list.Ready(t.Context(), labels.Delete, two)
			if (err == nil) != c.offers || (where.Row == two) != c.own {
				t.Fatalf("%+v, %v", where, err)
			}
			if _, isPage := errors.AsType[*remoteui.PageError](err); err != nil && name != "greyed out" && !isPage {
				t.Errorf("%v", err)
			}
			var selected []string
			for _, r := range list.Rows {
				if b, err := r.Selector(); err == nil && b.Checked() {
					text, _ := r.Cell(labels.KeyName)
					selected = append(selected, text)
				}
			}
			if err == nil && !slices.Equal(selected, c.selected) {
				t.Errorf("selected: %q", selected)
			}
		})
	}
}
