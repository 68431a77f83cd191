package dom

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// What stands in a template is not in the tree; its rows and cells need no table, and
// its scripts do not run.
func TestTemplate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ src, tree, content string }{
		"text":     {"<template><p id=x>a</template>b", "b", "<p id=\"x\">a</p>"},
		"row":      {"<template><tr><td>a<td>b</tr><tr><td>c</template>", "", "<tr><td>a</td><td>b</td></tr><tr><td>c</td></tr>"},
		"cells":    {"<table><tr><td><template><td>a<td>b</template>c</table>", "c", "<td>a</td><td>b</td>"},
		"nested":   {"<template>a<template>b</template>c</template>", "", "a<template>b</template>c"},
		"unclosed": {"<div><template><ul><li>a", "", "<ul><li>a</li></ul>"},
		"closed":   {"<template><ul><li>a</template>b", "b", "<ul><li>a</li></ul>"},
		"script":   {"<template><script>1</script></template>a", "a", "<script>1</script>"},
		"blocks":   {"<ul><li>a<p><template><li>b<p>c</template>d</ul>", "a\nd", "<li>b<p>c</p></li>"},
		"head":     {"<head><template>a</template><title>t</title><body>b", "b", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := New(nil, Limits{Nodes: 1000, Depth: 100, Splices: 10, Bytes: 1 << 16})
			err := d.Parse(t.Context(), tc.src, func(s Script) (string, error) { return "ran", nil })
			if err != nil {
				t.Fatal(err)
			}
			var template *html.Node
			for n := range Descendants(d.Root) {
				if n.Data == "template" && template == nil {
					template = n
				}
			}
			if text := Text(d.Body()); text != tc.tree || template.FirstChild != nil || d.ByID("x") != nil {
				t.Errorf("in the tree: %q", text)
			}
			var b strings.Builder
			content := d.Content(template)
			d.WithContents(content, func() {
				for c := range content.ChildNodes() {
					_ = html.Render(&b, c)
				}
			})
			if b.String() != tc.content {
				t.Errorf("content %q, want %q", b.String(), tc.content)
			}
		})
	}
}

// A form goes on behind a template, which has its own; the markup that a script gives a
// template is read as what stands in one.
func TestTemplateInForm(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		src   string
		owned string // the controls of the first form
	}{
		"form":     {"<form><input name=a><template><form><input name=x></form></template><input name=b></form><input name=c>", "a b"},
		"end tag":  {"<form><input name=a><template></form></template><input name=b></form><input name=c>", "a b"},
		"unclosed": {"<form><input name=a><table><tr><td><template><form><input name=x></table><input name=b></form>", "a b"},
		"nested":   {"<form><template><template><form></form></template><input name=x></template><input name=a></form>", "a"},
		"rows":     {"<table><form><tr><td><input name=a><template><tr><td><input name=x></template></td></tr><tr><td><input name=b></table></form>", "a b"},
		"none":     {"<template><form><input name=x></template><input name=y><form><input name=a></form>", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := New(nil, Limits{Nodes: 1000, Depth: 100, Splices: 10, Bytes: 1 << 16})
			if err := d.Parse(t.Context(), tc.src, nil); err != nil {
				t.Fatal(err)
			}
			var form *html.Node
			var owned []string
			for n := range Descendants(d.Root) {
				switch {
				case n.Data == "form" && form == nil:
					form = n
				case n.Data == "input" && form != nil && d.Owner(n) == form:
					owned = append(owned, Attr(n, "name"))
				}
			}
			if got := strings.Join(owned, " "); got != tc.owned {
				t.Errorf("%q, want %q", got, tc.owned)
			}
		})
	}
	d := New(nil, Limits{Nodes: 1000, Depth: 100, Splices: 10, Bytes: 1 << 16})
	nodes, err := d.ParseFragment(t.Context(), d.Content(element("template")), "<tr><td>a</td></tr></template><td>b")
	if err != nil || len(nodes) != 2 || nodes[0].Data != "tr" || nodes[1].Data != "td" {
		t.Errorf("%v, %v", nodes, err)
	}
}

// A document that is read apart has its own tree, and counts against the limits of the
// one it is read for.
func TestParseApart(t *testing.T) {
	t.Parallel()
	d := New(nil, Limits{Nodes: 20, Depth: 100, Splices: 10, Bytes: 1 << 16})
	root, err := d.ParseApart(t.Context(), "<title>a</title><p id=x>b")
	if err != nil || Text(root) == "" || d.ByID("x") != nil || d.Contains(root) {
		t.Errorf("%v, %v", root, err)
	}
	for range 10 {
		_, err = d.ParseApart(t.Context(), "<p>a<p>b<p>c")
	}
	if limit, ok := errors.AsType[*LimitError](err); !ok || limit.Limit != "nodes" {
		t.Error(err)
	}
}
