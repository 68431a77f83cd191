package dom

import (
	"strings"

	"golang.org/x/net/html"
)

// silentTags hold text that is never shown as such.
var silentTags = tags("script style noscript template head title iframe noframes noembed object select datalist textarea")

// lineTags begin and end a line of text.
var lineTags = tags(`address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form
	h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol p pre section summary table tr ul dd dt caption`)

// Text is the visible text of n: white space is collapsed as on the screen,
// blocks and <br> become line breaks, scripts, hidden parts and what is set in
// controls are left out. It reads as people see it ([Seen]).
func Text(n *html.Node) string { return TextN(n, 1<<30) }

// TextN is Text that stops after about limit bytes.
func TextN(n *html.Node, limit int) string { return text(n, limit, Seen) }

// InnerText is what a script reads of n: every character as it was sent.
func InnerText(n *html.Node) string {
	return text(n, 1<<30, func(s string) string { return s })
}

// Seen is a text as people see it: a space that must not break looks like any other,
// and of marks for where a line may break nothing is seen. A device may write the name
// of a key with them in one list, and without in the next.
func Seen(s string) string {
	for _, first := range []byte("\xc2\xe2\xef") { // of what is replaced: nearly no text has one
		if strings.IndexByte(s, byte(first)) >= 0 {
			return seen.Replace(s)
		}
	}
	return s
}

var seen = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u00ad", "", "\u200b", "", "\u2060", "", "\ufeff", "")

func text(n *html.Node, limit int, shown func(string) string) string {
	w := textWriter{limit: limit, steps: 64 + 2*min(limit, 1<<24), shown: shown}
	if n.Type == html.ElementNode && (silentTags[n.Data] || Hidden(n)) {
		return ""
	}
	w.write(n)
	return strings.TrimSpace(w.b.String())
}

type textWriter struct {
	b     strings.Builder
	limit int
	steps int  // nodes that may still be visited
	gap   byte // white space owed before the next word: 0, ' ' or '\n'
	shown func(string) string
}

func (w *textWriter) write(n *html.Node) {
	if w.steps--; w.steps < 0 || w.b.Len() >= w.limit {
		return
	}
	if n.Type == html.TextNode {
		if n.Parent == nil || n.Parent.Namespace != invisible {
			w.words(n.Data)
		}
		return
	}
	line := n.Type == html.ElementNode && lineTags[n.Data]
	cell := !line && IsElement(n, "td", "th")
	if line || IsElement(n, "br") {
		w.owe('\n')
	} else if cell {
		w.owe(' ')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && (silentTags[c.Data] || Hidden(c) && c.Namespace != invisible) {
			continue
		}
		w.write(c)
	}
	if line {
		w.owe('\n')
	} else if cell {
		w.owe(' ')
	}
}

func (w *textWriter) owe(gap byte) {
	if w.gap != '\n' {
		w.gap = gap
	}
}

func (w *textWriter) words(s string) {
	for s != "" && w.b.Len() < w.limit {
		rest := s
		for rest != "" && isBlank(rest[0]) {
			rest = rest[1:]
		}
		if len(rest) < len(s) {
			w.owe(' ')
		}
		if rest == "" {
			return
		}
		end := 1 // strings.IndexAny makes a set of the blanks for each word
		for most := min(len(rest), w.limit); end < most && !isBlank(rest[end]); {
			end++
		}
		if w.gap != 0 && w.b.Len() > 0 {
			w.b.WriteByte(w.gap)
		}
		w.gap = 0
		w.b.WriteString(w.shown(rest[:end]))
		s = rest[end:]
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' }

// maxStyle is how many bytes of a style are looked at, which is often.
const maxStyle = 2000

// Hidden reports whether n itself is not displayed: by the document's style where
// that is known ([Document.Style]), else by its attributes.
func Hidden(n *html.Node) bool {
	switch {
	case n.Type != html.ElementNode || n.Namespace == shown:
		return false
	case n.Namespace != "":
		return true
	case HasAttr(n, "hidden") || n.Data == "input" && inputType(n) == "hidden":
		return true
	}
	style, ok := LookupAttr(n, "style")
	if !ok {
		return false
	}
	for _, d := range declarations(style[:min(len(style), maxStyle)]) {
		if d.name == "display" && d.value == "none" || d.name == "visibility" && (d.value == "hidden" || d.value == "collapse") {
			return true
		}
	}
	return false
}

// Visible reports whether n and all around it are displayed.
func Visible(n *html.Node) bool {
	decided := false // whether n is visible, by the innermost element around it
	for ; n != nil; n = n.Parent {
		if IsElement(n, "template", "noscript") || Hidden(n) && (!decided || n.Namespace != invisible) {
			return false
		}
		decided = decided || n.Namespace != ""
	}
	return true
}

// RawText is all text within n, as textContent gives it.
func RawText(n *html.Node) string { return rawText(n) }

func rawText(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	if c := n.FirstChild; c != nil && c == n.LastChild && c.Type == html.TextNode {
		return c.Data
	}
	var b strings.Builder
	for c := range Descendants(n) {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// Closest returns n or the nearest element around it that has one of the tags.
func Closest(n *html.Node, tags ...string) *html.Node {
	for ; n != nil; n = n.Parent {
		if IsElement(n, tags...) {
			return n
		}
	}
	return nil
}

// Legend is the legend of a fieldset, which stands among its first nodes; nil
// if there is none.
func Legend(fieldset *html.Node) *html.Node {
	c := fieldset.FirstChild
	for range 20 {
		if c == nil || IsElement(c, "legend") {
			return c
		}
		c = c.NextSibling
	}
	return nil
}
