package page_test

import (
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// BenchmarkPage loads and closes a page: what each of the hundreds of pages of
// a run costs, whatever is on it.
func BenchmarkPage(b *testing.B) {
	pages := []struct{ name, src string }{
		{"no-script", `<p>text`},
		{"declared", `<p>text<script>function f() { location.href = "x"; }</script><script>document.write("<a href=javascript:f()>y</a>")</script>`},
		{"inline", `<p>text<script>a = 1;</script>`},
		{"writes", `<script>for (var i = 0; i < 20; i++) document.write('<tr><td>' + i + '</td></tr>');</script>`},
		{"form", `<form name=f action=/do method=post><input type=hidden name=a value=1><input name=b onchange="f.a.value = 2"></form>
<script>var f = document.forms['f']; f.b.value = 'x'; document.getElementById('none'); f.elements[0].name;</script>`},
	}
	for _, p := range pages {
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				loaded, err := page.Load(b.Context(), p.src, page.Options{URL: mustURL(b, corpusURL)})
				if err != nil {
					b.Fatal(err)
				}
				loaded.ScriptErrors() // as where something is not found
				loaded.Close()
			}
		})
	}
}
