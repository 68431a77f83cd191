package page

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// crumbMarks stand between the steps of a breadcrumb.
const crumbMarks = ">＞›»→≫"

// inBreadcrumb reports whether n stands in a trail of the pages above this
// one. The trail names places, so that it never competes with what leads
// there; it is used only where nothing else has the label.
func (p *Page) inBreadcrumb(n *html.Node) bool {
	for at := n; at != nil && !dom.IsElement(at, "body", "table", "form"); at = at.Parent {
		if at.Type == html.ElementNode && namedCrumb(at) {
			return true
		}
	}
	for at := n; at != nil; at = at.Parent {
		if isCrumbStep(at) {
			return true
		}
		if !isInline(at) && !dom.IsElement(at, "li", "td") {
			return false
		}
	}
	return false
}

func namedCrumb(n *html.Node) bool {
	for _, key := range []string{"class", "id", "aria-label"} {
		v := strings.ToLower(clip(dom.Attr(n, key), maxLabel))
		for _, name := range []string{"breadcrumb", "crumb", "topicpath", "topic_path", "topic-path", "pankuzu"} {
			if strings.Contains(v, name) {
				return true
			}
		}
	}
	return false
}

// isCrumbStep reports whether a mark divides n from another step beside it. A
// mark in front of the first item is a bullet.
func isCrumbStep(n *html.Node) bool {
	before, after, steps := "", "", 0
	for s := range siblingsBefore(n) {
		if lineEnd(s) || len(before) > maxLabel {
			break
		}
		before = inlineOrItem(s) + before
	}
	for s := range siblingsAfter(n) {
		if steps++; lineEnd(s) || len(after) > maxLabel || steps > nearby {
			break
		}
		after += inlineOrItem(s)
	}
	before, after = strings.TrimSpace(before), strings.TrimSpace(after)
	if trimmed := strings.TrimRight(before, crumbMarks); trimmed != before && strings.TrimSpace(trimmed) != "" {
		return true
	}
	trimmed := strings.TrimLeft(after, crumbMarks)
	return trimmed != after && strings.TrimSpace(trimmed) != ""
}

func lineEnd(n *html.Node) bool {
	return n.Type == html.ElementNode && !inlineTags[n.Data] && n.Data != "li" && n.Data != "td"
}

func inlineOrItem(n *html.Node) string {
	if dom.IsElement(n, "li", "td") {
		return labelText(n)
	}
	return inlineText(n)
}
