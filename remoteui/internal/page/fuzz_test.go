package page_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// FuzzLoad builds pages of any source, scripts included, and searches them.
// Whatever they are, a page is a sound tree or an error that says which limit.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/corpus/*.html")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	f.Add(`<table><form><tr><script>document.write("<td><input na")</script>me=a></form><select><option>`)
	f.Add(`<a><p><b></a></p><td><li><dd></form><form id=x></form><input form=x><frameset><frame src=javascript:x>`)
	limits := page.Limits{Nodes: 5000, Bytes: 1 << 18, Splices: 200, ScriptTime: 100 * time.Millisecond, ScriptMemory: 16 << 20, Timers: 50}
	f.Fuzz(func(t *testing.T, src string) {
		begun := time.Now()
		defer func() {
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		}()
		p, err := page.Load(t.Context(), src, page.Options{URL: &url.URL{Scheme: "https", Host: "d", Path: "/"}, Limits: limits})
		if err != nil {
			if _, ok := errors.AsType[*page.LimitError](err); !ok {
				t.Fatalf("Load: %v", err)
			}
			return
		}
		defer p.Close()
		checkTree(t, p.Document().Nodes[0])
		search(p)
		for _, form := range p.Forms() {
			if _, err := form.Request(""); err == nil {
				form.Fields()
			}
		}
	})
}

// FuzzFind looks for any label on pages of any source, and acts on what it
// finds.
func FuzzFind(f *testing.F) {
	f.Add(`<table><tr><th>Key Name：<td><input name=k></table><input type=submit value=OK>`, "Key Name", "OK")
	f.Add(`<dl><dt>使用 TLS<dd><input type=checkbox></dl><a href="javascript:alert(1)">確定</a>`, "使用TLS", "確定")
	f.Add(`A <input type=radio name=a id=x><label for=x>RSA</label> <select><option>1</select> &gt; <a href=b>B</a> &gt; c`, "A", "B")
	limits := page.Limits{Nodes: 5000, Bytes: 1 << 18, Splices: 200, ScriptTime: 100 * time.Millisecond, ScriptMemory: 16 << 20, Timers: 50}
	f.Fuzz(func(t *testing.T, src, field, button string) {
		p, err := page.Load(t.Context(), src, page.Options{Limits: limits})
		if err != nil {
			return
		}
		defer p.Close()
		if controls, err := p.Controls([]string{field}, page.Scope{}); err == nil {
			for _, c := range controls {
				c.Options()
				c.Companions()
				_ = c.Set(t.Context(), "x") // refused in many ways; it must not panic
			}
		}
		if a, err := p.Action([]string{button}, page.Scope{}); err == nil {
			_, _ = a.Click(t.Context(), page.ClickOptions{Confirm: true}) // likewise
		}
		if table, err := p.Table([]string{field}); err == nil {
			for _, r := range table.Rows {
				r.Selector()
				r.Actions()
			}
		}
	})
}

// checkTree wants parents and siblings to agree with each other.
func checkTree(t *testing.T, n *html.Node) {
	t.Helper()
	var before *html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Parent != n || c.PrevSibling != before {
			t.Fatalf("<%s> in <%s> is linked wrongly", c.Data, n.Data)
		}
		checkTree(t, c)
		before = c
	}
	if n.LastChild != before {
		t.Fatalf("<%s> has a wrong last child", n.Data)
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{"label-for", "list-written", "details"} {
		b.Run(name, func(b *testing.B) {
			src, err := os.ReadFile("testdata/corpus/" + name + ".html")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				p, err := page.Load(b.Context(), string(src), page.Options{})
				if err != nil {
					b.Fatal(err)
				}
				p.Close()
			}
		})
	}
}
