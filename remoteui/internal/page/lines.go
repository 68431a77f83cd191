package page

import (
	"iter"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// inlineTags stand within a line of text.
var inlineTags = map[string]bool{}

func init() {
	for tag := range strings.FieldsSeq(`a abbr acronym b bdo big cite code em font i img input kbd label nobr q s select
		small span strike strong sub sup textarea tt u var button wbr bdi data del dfn ins mark meter output progress samp time
		svg circle defs ellipse g line path polygon polyline rect use`) {
		inlineTags[tag] = true
	}
}

func isInline(n *html.Node) bool { return n.Type != html.ElementNode || inlineTags[n.Data] }

// siblingsBefore yields the siblings before n, the nearest first, as far as
// labels reach.
func siblingsBefore(n *html.Node) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for range nearby {
			if n = n.PrevSibling; n == nil || !yield(n) {
				return
			}
		}
	}
}

func siblingsAfter(n *html.Node) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for n = n.NextSibling; n != nil && yield(n); n = n.NextSibling {
		}
	}
}

// textBefore is the text in front of a field on its line. Fields that only
// separators divide share the text before the first of them.
func (p *Page) textBefore(n *html.Node) string {
	text := ""
	for at := n; at != nil && (at == n || isInline(at)); at = at.Parent {
		for s := range siblingsBefore(at) {
			switch {
			case !isInline(s):
				return usable(text)
			case p.holdsField(s):
				if !isSeparator(text) {
					return text
				}
				if own := strings.TrimSpace(labelText(s)); own != "" && !isSeparator(own) {
					return ""
				}
				text = ""
			default:
				text = strings.TrimSpace(inlineText(s) + text)
			}
			if len(text) > maxLabel {
				return ""
			}
		}
	}
	return usable(text)
}

func usable(text string) string {
	if isSeparator(text) {
		return ""
	}
	return text
}

// inlineText is the text of a piece of a line, with the space at its ends.
func inlineText(n *html.Node) string {
	if n.Type == html.TextNode {
		return clip(n.Data, maxLabel)
	}
	if n.Type != html.ElementNode || dom.Hidden(n) {
		return ""
	}
	return labelText(n)
}

// textAfter is the text behind a field on its line, up to the next field.
func (p *Page) textAfter(n *html.Node) string {
	text, steps := "", 0
	for at := n; at != nil && (at == n || isInline(at)); at = at.Parent {
		for s := range siblingsAfter(at) {
			if steps++; steps > nearby || !isInline(s) || p.holdsField(s) || len(text) > maxLabel {
				return strings.TrimSpace(text)
			}
			text += inlineText(s)
		}
	}
	return strings.TrimSpace(text)
}

// blockBefore is the text of the line or block right before the one a field
// is alone in.
func (p *Page) blockBefore(n *html.Node) string {
	const levels = 4
	for range levels {
		for s := range siblingsBefore(n) {
			if s.Type == html.CommentNode || dom.IsElement(s, "br", "script") || dom.Hidden(s) {
				continue
			}
			text := strings.TrimSpace(inlineText(s))
			if p.holdsField(s) && isSeparator(text) || text == "" {
				continue
			}
			if p.holdsField(s) || isSeparator(text) {
				return ""
			}
			return text
		}
		n = n.Parent
		if n == nil || dom.IsElement(n, "td", "th", "dd", "li", "form", "fieldset", "body") {
			return ""
		}
	}
	return ""
}
