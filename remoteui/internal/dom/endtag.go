package dom

import (
	"context"
	"slices"

	"golang.org/x/net/html"
)

// end handles an end tag; one that closes nothing is ignored.
func (b *builder) end(ctx context.Context, tag string) error {
	b.skipLF = false
	switch {
	case tag == "script":
		return b.endScript(ctx)
	case tag == "html" || tag == "body" || tag == "head":
		return nil
	case tag == "form":
		b.endForm()
	case tag == "br":
		return b.start(html.Token{Type: html.StartTagToken, Data: "br"})
	case tableTags[tag]:
		b.endTablePart(tag)
	case headings[tag]:
		b.endHeading()
	case tag == "template":
		b.close(tag, nil)
	case tag == "li":
		b.close(tag, listScope)
	case formattingTags[tag]:
		b.closeInline(tag)
	case blockTags[tag]:
		b.close(tag, scopeTags)
	default:
		b.endOther(tag)
	}
	return nil
}

// endForm closes the form by tokens. Its element may be open around others
// that were begun later: those stay open.
func (b *builder) endForm() {
	form := b.openForm()
	b.form = nil
	if i := slices.Index(b.stack, form); i >= b.base {
		b.stack = slices.Delete(b.stack, i, i+1)
	}
}

func (b *builder) endTablePart(tag string) {
	if tag == "table" {
		b.close("table", nil)
		return
	}
	table := b.tableLevel()
	if table < 0 {
		return
	}
	if i := b.level(table, tag); b.stack[i].Data == tag {
		b.pop(i)
	}
}

func (b *builder) endHeading() {
	for i := len(b.stack) - 1; i >= b.base; i-- {
		if headings[b.stack[i].Data] {
			b.pop(i)
			return
		}
		if scopeTags[b.stack[i].Data] {
			return
		}
	}
}

// closeInline closes a formatting element. Blocks begun inside it stay open,
// so that the rest of a cell is not thrown out of it by a misplaced </b>.
func (b *builder) closeInline(tag string) {
	i := b.open(tag, scopeTags)
	if i < b.base {
		return
	}
	if slices.ContainsFunc(b.stack[i+1:], func(n *html.Node) bool { return blockTags[n.Data] }) {
		b.stack = slices.Delete(b.stack, i, i+1)
		return
	}
	b.pop(i)
}

// endOther closes an element without rules of its own, unless a block would
// have to be closed with it.
func (b *builder) endOther(tag string) {
	for i := len(b.stack) - 1; i >= b.base; i-- {
		if b.stack[i].Data == tag {
			b.pop(i)
			return
		}
		if blockTags[b.stack[i].Data] {
			return
		}
	}
}

// endScript closes a script, runs it, and reads on in what it has written.
func (b *builder) endScript(ctx context.Context) error {
	i := b.open("script", nil)
	if i < 0 {
		return nil
	}
	n := b.stack[i]
	b.stack = b.stack[:i]
	if b.run == nil || Closest(n, "template") != nil {
		return nil
	}
	b.stow()
	if err := ctx.Err(); err != nil {
		return err
	}
	written, err := b.run(Script{Node: n, Line: b.scriptLine, Written: b.scriptWrit})
	if err != nil || written == "" {
		return err
	}
	if b.doc.splices++; b.doc.splices > b.doc.limits.Splices {
		return &LimitError{"splices", b.doc.limits.Splices}
	}
	if err := b.doc.spend(len(written)); err != nil {
		return err
	}
	b.src.splice(clean(written))
	return nil
}
