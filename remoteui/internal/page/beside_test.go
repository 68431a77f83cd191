package page_test

import (
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// A label beside its value heads no list, though the rows below can be acted on: the
// list of that column is elsewhere, even where not every row of it can be chosen.
func TestLabelBesideItsValue(t *testing.T) {
	t.Parallel()
	const (
		list   = `<table><tr><th>Key Name</th><th>Key Usage</th><th></th></tr><tr><td>one</td><td>TLS</td><td></td></tr><tr><td>two</td><td></td><td><a href="/u">Use</a></td></tr></table>`
		fields = `<table><tr><th>Key Name:</th><td>one</td></tr><tr><th>Receive</th><td><input type="checkbox" name="a"></td></tr></table>`
	)
	for name, src := range map[string]string{"before": list + fields, "after": fields + list, "alone": list} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := load(t, src, page.Limits{}).Table([]string{"Key Name"})
			if err != nil || len(found.Header) != 3 || len(found.Rows) != 2 {
				t.Errorf("%v, %+v", err, found)
			}
		})
	}
	if found, err := load(t, fields, page.Limits{}).Table([]string{"Key Name"}); err != nil || len(found.Rows) != 1 {
		t.Errorf("%v, %+v", err, found)
	}
}

// A label and its value may be one of the lines of a cell.
func TestLineOfACell(t *testing.T) {
	t.Parallel()
	const src = `<table><tr><th>TLS</th><td><input type="checkbox" name="t"> Use TLS<br>*Set a key in [TLS Settings] first.<br>Key Name: <span>one</span> <input type="button" value="Key and Certificate..."></td></tr></table>`
	p := load(t, src, page.Limits{})
	if got, err := p.Value([]string{"Key Name"}, page.Scope{}); got != "one" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := p.Value([]string{"Use TLS"}, page.Scope{}); err == nil && got == "one" {
		t.Errorf("%q", got)
	}
}
