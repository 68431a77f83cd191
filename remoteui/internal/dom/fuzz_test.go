package dom_test

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// FuzzSplice: what a script writes is read as if it had stood behind the
// script's end tag, in however many pieces and wherever it breaks off.
func FuzzSplice(f *testing.F) {
	f.Add("<table>", "<tr><td>a", "<td>b", "</table>")
	f.Add("<p>", "<inp", "ut name=a", ">x")
	f.Add("<select><option>a", "<option sel", "ected>b", "</select><form><table>")
	f.Add("", "<!-- ", "<b>", " --> x")
	f.Add("<textarea>\n", "\r", "\n&am", "p;</textarea>")
	f.Add("<title>", "<b", ">", "</title>")
	f.Add("<body><form id=x>", "</form", "><input form", "=x name=a>")
	roomy := dom.Limits{Nodes: 20_000, Depth: 200, Splices: 100, Bytes: 1 << 20}
	f.Fuzz(func(t *testing.T, before, one, two, after string) {
		const script = "<script>1</script>"
		if strings.Contains(strings.ToLower(before+one+two+after), "script") || strings.ContainsAny(before+one+two+after, "\x00\r\ufeff") {
			return // scripts of their own, and what is cleaned out of a page only
		}
		read := func(src string, written ...string) string {
			d := dom.New(nil, roomy)
			err := d.Parse(t.Context(), src, func(dom.Script) (string, error) {
				if len(written) == 0 {
					return "", nil
				}
				w := written[0]
				written = written[1:]
				return w, nil
			})
			if err != nil || d.Body() == nil {
				return "error"
			}
			return body(t, d)
		}
		// The second script is written by the first.
		got, want := read(before+script+after, one+script+two), read(before+script+one+script+two+after)
		if got != want {
			t.Errorf("written: %q\n in page: %q", got, want)
		}
	})
}
