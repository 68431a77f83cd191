package page_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// A list of more blocks than anybody goes over is none, and neither is any where there
// are too many labels to look at them all.
func TestBoundsOfBlocks(t *testing.T) {
	t.Parallel()
	const block = `<article><h3><a href="k">k</a></h3><dl><dt>Usage</dt><dd>-</dd></dl></article>`
	list := func(n int) string { return "<div>" + strings.Repeat(block, n) + "</div>" }
	nest := func(deep int) string {
		return strings.Repeat("<div><i></i>", deep) + "<section>" + strings.Repeat("<p>State: On</p>", 3000) + "</section>" + strings.Repeat("</div>", deep) + list(2)
	}
	for name, c := range map[string]struct {
		body string
		rows int
	}{
		"as many as may be": {list(1000), 1000}, "one more": {list(1001), 0}, "not deep": {nest(20), 2}, "deep": {nest(200), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := load(t, c.body, page.Limits{})
			table, err := p.Cards([]string{"Usage"}, []string{"Key Name"})
			if _, lacks := errors.AsType[*page.NotFoundError](err); c.rows == 0 && !lacks {
				t.Errorf("%v", err)
			} else if c.rows > 0 && (err != nil || len(table.Rows) != c.rows) {
				t.Errorf("%v", err)
			}
		})
	}
}
