package dom

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/net/html"
)

// What stands in a template is not in the tree, for nobody to see, find or send,
// until a script puts a copy of it there. It has a holder of its own.

// FragmentTag names the holder of nodes that are inserted without it.
const FragmentTag = "#fragment"

// Content is the holder of what a template has; nil for any other node.
func (d *Document) Content(n *html.Node) *html.Node {
	if !IsElement(n, "template") {
		return nil
	}
	holder := d.contents[n]
	if holder == nil {
		holder = element(FragmentTag)
		if d.contents == nil {
			d.contents, d.hosts = make(map[*html.Node]*html.Node), make(map[*html.Node]*html.Node)
		}
		d.contents[n], d.hosts[holder] = holder, n
	}
	return holder
}

// Around is what n stands in: its parent, or the template that n is the holder of.
func (d *Document) Around(n *html.Node) *html.Node {
	if n.Parent != nil {
		return n.Parent
	}
	return d.hosts[n]
}

// stow takes what the parser put into templates out of the tree, but for those that
// are open still.
func (b *builder) stow() {
	b.templates = slices.DeleteFunc(b.templates, func(n *html.Node) bool {
		if slices.Contains(b.stack, n) {
			return false
		}
		holder := b.doc.Content(n)
		for c := n.FirstChild; c != nil; c = n.FirstChild {
			n.RemoveChild(c)
			holder.AppendChild(c)
		}
		b.doc.version++
		return true
	})
}

// outerForm is the form that was open where a template begins: it goes on behind it,
// and has nothing of what stands in it.
type outerForm struct{ template, form *html.Node }

// openForm is the form that is open by tokens; nil if none is. Templates end in many
// ways, so those that have are looked for here.
func (b *builder) openForm() *html.Node {
	for n := len(b.outside) - 1; n >= 0 && !slices.Contains(b.stack, b.outside[n].template); n-- {
		b.form, b.outside = b.outside[n].form, b.outside[:n]
	}
	return b.form
}

// WithContents runs do while the templates in n have what they hold as their
// children, as it is written out.
func (d *Document) WithContents(n *html.Node, do func()) {
	if len(d.contents) == 0 {
		do()
		return
	}
	var filled []*html.Node
	for c := range Descendants(n) { // what is put in is come over, too
		holder := d.contents[c]
		if holder == nil {
			continue
		}
		for in := holder.FirstChild; in != nil; in = holder.FirstChild {
			holder.RemoveChild(in)
			c.AppendChild(in)
		}
		filled = append(filled, c)
	}
	do()
	for _, c := range slices.Backward(filled) {
		for in := c.FirstChild; in != nil; in = c.FirstChild {
			c.RemoveChild(in)
			d.contents[c].AppendChild(in)
		}
	}
}

// inTemplate inserts a part of a table for which a template is opened within any
// table: it needs no table there. Not ok: there is none.
func (b *builder) inTemplate(t html.Token) (ok bool, err error) {
	at := b.open("template", nil)
	if at < 0 || at < b.open("table", nil) {
		return false, nil
	}
	level := at + 1
	for i := len(b.stack) - 1; i > at; i-- {
		in := b.stack[i].Data
		if t.Data == "tr" && tableSections[in] || (t.Data == "td" || t.Data == "th") && in == "tr" || t.Data == "col" && in == "colgroup" {
			level = i + 1
			break
		}
	}
	b.pop(level)
	return true, b.insert(t)
}

// ParseApart reads src as a document of its own, whose scripts never run, and returns
// its root. It counts against the limits of this one.
func (d *Document) ParseApart(ctx context.Context, src string) (*html.Node, error) {
	other := &Document{URL: d.URL, Charset: d.Charset, limits: d.limits, used: d.used}
	other.Clear()
	err := other.Parse(ctx, src, nil)
	d.own.Nodes += other.own.Nodes
	d.own.Bytes += other.own.Bytes
	maps.Copy(d.owners, other.owners)
	if d.contents == nil {
		d.contents, d.hosts = other.contents, other.hosts
	}
	maps.Copy(d.contents, other.contents)
	maps.Copy(d.hosts, other.hosts)
	return other.Root, err
}
