package page

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// endLine pairs what a line says: "label: value", or an emphasised label with
// text behind it.
func (w *pairWalk) endLine() {
	line := w.line
	w.line = nil
	var b strings.Builder
	var first string
	for _, n := range line {
		if b.Len() > 1<<16 {
			return
		}
		text := n.Data
		if n.Type == html.ElementNode {
			if dom.IsElement(n, "a", "button") || isControl(n) && b.Len() == 0 {
				return
			}
			text = w.page.shown(n)
		}
		if strings.TrimSpace(b.String()) == "" && n.Type == html.ElementNode && n.Data != "output" && strings.TrimSpace(text) != "" {
			first = text
		}
		b.WriteString(text)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	if label, value, ok := cutColon(text); ok {
		w.add(label, value, line[0])
	} else if first != "" && len(line) > 1 {
		if value, ok := strings.CutPrefix(text, strings.Join(strings.Fields(first), " ")); ok && strings.TrimSpace(value) != "" {
			w.add(first, value, line[0])
		}
	}
}

// cutColon splits "label: value". Times and addresses hold colons too.
func cutColon(text string) (label, value string, ok bool) {
	i := strings.IndexAny(text, ":：")
	if i <= 0 || i > maxLabel {
		return "", "", false
	}
	label, value = text[:i], strings.TrimLeft(text[i:], ":： ")
	letters := strings.ContainsFunc(label, unicode.IsLetter)
	if !letters || strings.HasPrefix(text[i:], "://") || value == "" {
		return "", "", false
	}
	return label, value, true
}

// shown is the text of a value: of an image its alternative text, of a single
// control what it shows.
func (p *Page) shown(n *html.Node) string {
	if text := dom.Text(n); text != "" {
		return text
	}
	if isField(n) {
		return p.shownIn(n)
	}
	if dom.IsElement(n, "img") {
		return imageText(n)
	}
	var fields []*html.Node
	var alts []string
	for d := range dom.Descendants(n) {
		switch {
		case isField(d):
			fields = append(fields, d)
		case dom.IsElement(d, "img"):
			if alt := imageText(d); alt != "" {
				alts = append(alts, alt)
			}
		}
	}
	if len(fields) == 1 {
		return p.shownIn(fields[0])
	}
	return strings.Join(alts, " ")
}

// shownIn is what a control shows; a password shows nothing.
func (p *Page) shownIn(n *html.Node) string {
	switch {
	case n.Data == "select":
		if i := p.doc.SelectedIndex(n); i >= 0 {
			return dom.OptionText(dom.Options(n)[i])
		}
		return ""
	case isChoice(n) || n.Data == "input" && dom.InputType(n) == "password":
		return ""
	}
	return p.doc.Value(n)
}

func imageText(img *html.Node) string {
	if alt := strings.TrimSpace(dom.Attr(img, "alt")); alt != "" {
		return alt
	}
	return strings.TrimSpace(dom.Attr(img, "title"))
}
