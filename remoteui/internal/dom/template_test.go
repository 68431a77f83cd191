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
