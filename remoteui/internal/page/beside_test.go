package page_test

import (
	"errors"
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

// A list whose rows can be acted on goes before a table that cannot, however its heading
// row is written.
func TestListBeforeAPlainTable(t *testing.T) {
	t.Parallel()
	const plain = `<table><tr><th>Key Name</th></tr><tr><td>last made</td></tr></table>`
	for name, head := range map[string]string{
		"cell first":   `<td>Select</td><th>Key Name</th>`,
		"cell last":    `<th>Key Name</th><td>Usage</td>`,
		"one of three": `<th>Key Name</th><td>Usage</td><th>Algorithm</th>`,
		"headings":     `<th></th><th>Key Name</th>`,
	} {
		list := `<table><tr>` + head + `</tr><tr><td><input type=radio name=k value=1></td><td>one</td><td></td></tr><tr><td><input type=radio name=k value=2></td><td>two</td><td></td></tr></table>`
		for _, src := range []string{list + plain, plain + list} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if found, err := load(t, src, page.Limits{}).Table([]string{"Key Name"}); err != nil || len(found.Rows) != 2 {
					t.Errorf("%v, %+v", err, found)
				}
			})
		}
	}
}

// A line that may go on with the value before it makes the value ambiguous: half of a
// model's name is another model.
func TestValueThatGoesOn(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`<p>Product Name iR-ADV C5560</p>`:                               "iR-ADV C5560",
		`<p>Product Name iR-ADV C5560<br>III</p>`:                        "?",
		`<p>Product Name<br>iR-ADV C5560<br>III</p>`:                     "?",
		`<p>Product Name</p><p>iR-ADV C5560<br>III</p>`:                  "?",
		`<p>This device<br>Product Name iR-ADV C5560<br>III</p>`:         "?",
		`<p>Product<br>Name iR-ADV C5560</p>`:                            "iR-ADV C5560",
		`<p>Product<br>Name</p><p>iR-ADV C5560</p>`:                      "iR-ADV C5560",
		`<p>Product<br>Name iR-ADV C5560<br>III</p>`:                     "iR-ADV C5560 III",
		`<p>Product Name iR-ADV C5560<br>Serial Number: ABC01234</p>`:    "iR-ADV C5560",
		`<p>Product Name</p><p>iR-ADV C5560</p><p>Serial Number</p>`:     "iR-ADV C5560",
		`<p>Product Name iR-ADV</p><p>Product Name iR-ADV</p><p>III</p>`: "iR-ADV",
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			got, err := load(t, src, page.Limits{}).Value([]string{"Product Name"}, page.Scope{})
			if _, ok := errors.AsType[*page.AmbiguousError](err); ok {
				got, err = "?", nil
			}
			if got != want || err != nil {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
		})
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
