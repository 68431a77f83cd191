package dom_test

import (
	"slices"
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
		const first, second = "<script>first</script>", "<script>second</script>"
		if strings.Contains(strings.ToLower(before+one+two+after), "script") || strings.ContainsAny(before+one+two+after, "\x00\r\ufeff") {
			return // scripts of their own, and what is cleaned out of a page only
		}
		// The second script is written by the first, and writes too.
		read := func(src string, write map[string]string) (tree string, ran []string) {
			d := dom.New(nil, roomy)
			err := d.Parse(t.Context(), src, func(s dom.Script) (string, error) {
				name := dom.RawText(s.Node)
				ran = append(ran, name)
				return write[name], nil
			})
			if err != nil || d.Body() == nil {
				return "error", ran
			}
			return body(t, d), ran
		}
		got, ran := read(before+first+after, map[string]string{"first": one + second, "second": two})
		if !slices.Equal(ran, []string{"first", "second"}) {
			return // not where a script can stand
		}
		if want, _ := read(before+first+one+second+two+after, nil); got != want {
			t.Errorf("written: %q\n in page: %q", got, want)
		}
	})
}
