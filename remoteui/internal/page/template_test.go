package page_test

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// A template cannot be put into what it holds, by whatever way: the page would have no
// end. What it may be put into, it is, as deep as the tree may be.
func TestTemplateInItself(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ put, want string }{
		"itself":            {`a.content.appendChild(a)`, "HierarchyRequestError"},
		"each other":        {`a.content.appendChild(b); b.content.appendChild(a)`, "HierarchyRequestError"},
		"in a fragment":     {`const f = document.createDocumentFragment(); f.appendChild(a); a.content.appendChild(f)`, "HierarchyRequestError"},
		"around it":         {`const d = document.createElement('div'); d.appendChild(a); a.content.appendChild(d)`, "HierarchyRequestError"},
		"its own element":   {`const d = document.createElement('div'); a.content.appendChild(d); d.appendChild(a)`, "HierarchyRequestError"},
		"another":           {`a.content.appendChild(b)`, ""},
		"its content in it": {`a.content.append('x'); a.appendChild(a.content)`, ""},
		"out again":         {`a.content.appendChild(b); document.body.appendChild(b); b.content.appendChild(a)`, ""},
		"very deep":         {`let at = a; for (let i = 0; i < 100000; i++) { const t = document.createElement('template'); at.content.appendChild(t); at = t }`, "depth"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := `<body><template id=a></template><template id=b></template><script>
				const a = document.getElementById('a'), b = document.getElementById('b');
				try { ` + tc.put + ` } catch (e) { document.title = String(e) }
				document.documentElement.outerHTML; a.cloneNode(true); a.innerHTML</script>`
			p, err := page.Load(t.Context(), src, page.Options{})
			said := ""
			if err != nil {
				said = err.Error()
			} else {
				t.Cleanup(p.Close)
				said = p.Title()
			}
			if !strings.Contains(said, tc.want) || tc.want == "" && said != "" {
				t.Errorf("%q, want %q", said, tc.want)
			}
		})
	}
}
