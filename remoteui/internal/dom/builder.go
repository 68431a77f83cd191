package dom

import (
	"cmp"
	"context"
	"strings"

	"golang.org/x/net/html"
)

// Script is a script element at the moment its end tag was read.
type Script struct {
	Node    *html.Node
	Line    int  // 1-based line of the page where its text begins
	Written bool // it came from document.write; Line then is that of the writer
}

// RunScript is called for each script in document order, while the tree holds
// what came before it. What it returns is read on as if it had stood behind
// the script's end tag.
type RunScript func(Script) (written string, err error)

// builder adds source to a tree.
type builder struct {
	doc   *Document
	src   *source
	run   RunScript
	stack []*html.Node // open elements, outermost first
	base  int          // how many of them must stay open

	form       *html.Node // the open form by tokens, whatever the tree says
	scriptLine int
	scriptWrit bool
	skipLF     bool // a line break right after <pre> or <textarea> does not count
	inHead     bool

	templates []*html.Node // met, and not stowed yet
	outside   []outerForm  // the forms around the templates that are open

	grown *html.Node      // the text node that grew last
	held  strings.Builder // what it holds
}

// Parse reads src into the document, running scripts as they end. Without run
// they are left alone.
func (d *Document) Parse(ctx context.Context, src string, run RunScript) error {
	if err := d.spend(len(src)); err != nil {
		return err
	}
	b := &builder{doc: d, src: newSource(clean(src)), run: run, stack: []*html.Node{d.html}, base: 1, inHead: true}
	if err := b.read(ctx); err != nil {
		return err
	}
	b.beginBody()
	b.stack = b.stack[:1]
	b.stow()
	d.version++
	return nil
}

// ParseFragment reads src as the content of parent and returns the nodes,
// which are not yet in the tree. Scripts in them do not run.
func (d *Document) ParseFragment(ctx context.Context, parent *html.Node, src string) ([]*html.Node, error) {
	if err := d.spend(len(src)); err != nil {
		return nil, err
	}
	holder := element(cmp.Or(d.hosts[parent], parent).Data)
	b := &builder{doc: d, src: newSource(clean(src)), stack: []*html.Node{holder}, base: 1}
	if err := b.read(ctx); err != nil {
		return nil, err
	}
	b.stack = b.stack[:1]
	b.stow()
	var nodes []*html.Node
	for c := holder.FirstChild; c != nil; c = holder.FirstChild {
		holder.RemoveChild(c)
		nodes = append(nodes, c)
	}
	return nodes, nil
}

func (b *builder) read(ctx context.Context) error {
	for tokens := 0; ; tokens++ {
		if tokens%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		written := b.src.inWritten()
		switch b.src.next() {
		case html.ErrorToken:
			return ctx.Err()
		case html.TextToken:
			if err := b.text(string(b.src.tokens.Text())); err != nil {
				return err
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t, err := b.src.token()
			if err != nil {
				return err
			}
			b.scriptLine, b.scriptWrit = b.src.line, written
			if err := b.start(t); err != nil {
				return err
			}
		case html.EndTagToken:
			tag, _ := b.src.tokens.TagName()
			if err := b.end(ctx, string(tag)); err != nil {
				return err
			}
		case html.CommentToken:
			if err := b.append(&html.Node{Type: html.CommentNode, Data: b.src.tokens.Token().Data}); err != nil {
				return err
			}
		}
	}
}

func (b *builder) text(text string) error {
	if b.skipLF {
		b.skipLF = false
		text = strings.TrimPrefix(strings.TrimPrefix(text, "\r"), "\n")
	}
	if b.inHead && b.top() == b.doc.html {
		text = strings.TrimLeft(text, " \t\r\n\f")
		if text != "" {
			b.beginBody()
		}
	}
	if text == "" {
		return nil
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if last := b.top().LastChild; last != nil && last.Type == html.TextNode {
		b.grow(last, text)
		return nil
	}
	return b.append(&html.Node{Type: html.TextNode, Data: text})
}

// grow adds to a text node, in time that does not depend on what it holds: a
// page may come in a million pieces.
func (b *builder) grow(n *html.Node, text string) {
	if n != b.grown || n.Data != b.held.String() { // a script may have changed it
		b.grown = n
		b.held.Reset()
		b.held.WriteString(n.Data)
	}
	b.held.WriteString(text)
	n.Data = b.held.String()
	b.doc.version++
}

// append adds a node to the innermost open element.
func (b *builder) append(n *html.Node) error {
	if err := b.doc.count(); err != nil {
		return err
	}
	b.doc.version++
	b.top().AppendChild(n)
	return nil
}

// insert adds an element for t and opens it if it has content.
func (b *builder) insert(t html.Token) error {
	n := &html.Node{Type: html.ElementNode, Data: t.Data, DataAtom: t.DataAtom, Attr: t.Attr}
	if err := b.append(n); err != nil {
		return err
	}
	if form := b.openForm(); form != nil && listedTags[n.Data] {
		b.doc.owners[n] = form
	}
	b.doc.adopt(n)
	if n.Data == "template" {
		b.templates = append(b.templates, n)
	}
	if voidTags[n.Data] || t.Type == html.SelfClosingTagToken && b.open("svg", nil) >= 0 {
		return nil
	}
	if len(b.stack) >= b.doc.limits.Depth {
		return &LimitError{"depth", b.doc.limits.Depth}
	}
	b.stack = append(b.stack, n)
	if n.Data == "template" {
		b.outside = append(b.outside, outerForm{n, b.form})
		b.form = nil
	}
	return nil
}

func (b *builder) insertTag(tag string) error {
	return b.insert(html.Token{Type: html.StartTagToken, Data: tag, DataAtom: element(tag).DataAtom})
}

// beginBody opens the body if that has not happened.
func (b *builder) beginBody() {
	if !b.inHead {
		return
	}
	b.inHead = false
	if b.doc.body == nil {
		b.doc.body = element("body")
		b.doc.html.AppendChild(b.doc.body)
	}
	b.stack = append(b.stack[:1], b.doc.body)
	b.base = 2
}

func (b *builder) top() *html.Node { return b.stack[len(b.stack)-1] }

// pop closes the innermost elements so that n stay open.
func (b *builder) pop(n int) { b.stack = b.stack[:max(n, b.base)] }

// open returns the position of the innermost open element with the tag, not
// looking outside of an element in stop; -1 if there is none.
func (b *builder) open(tag string, stop set) int {
	for i := len(b.stack) - 1; i >= 0; i-- {
		if b.stack[i].Data == tag {
			return i
		}
		if stop[b.stack[i].Data] {
			break
		}
	}
	return -1
}

// close closes the innermost open element with the tag and all within it.
func (b *builder) close(tag string, stop set) {
	if i := b.open(tag, stop); i >= 0 {
		b.pop(i)
	}
}
