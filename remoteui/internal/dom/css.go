package dom

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// rule is one selector of a style sheet with what it declares.
type rule struct {
	selector     selector
	declarations []declaration
	// reached: the selector holds for what a person points at, which can be any
	// element. Then it counts where it shows something, as menus do.
	reached bool
	order   int
}

// declaration is one property that matters here.
type declaration struct {
	name, value string
	important   int
}

func (d declaration) reveals() bool {
	return d.name == "display" && d.value != "none" || d.name == "visibility" && d.value == "visible"
}

var properties = tags("display visibility position z-index width height top left right bottom")

// declarations reads the body of a rule or a style attribute.
func declarations(text string) []declaration {
	var all []declaration
	for decl := range strings.SplitSeq(strings.ToLower(text), ";") {
		name, value, _ := strings.Cut(decl, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		d := declaration{name: name, value: value}
		if before, found := strings.CutSuffix(value, "important"); found {
			if before, found = strings.CutSuffix(strings.TrimSpace(before), "!"); found {
				d.value, d.important = strings.TrimSpace(before), 1
			}
		}
		switch {
		case name == "inset":
			for _, side := range []string{"top", "right", "bottom", "left"} {
				all = append(all, declaration{side, d.value, d.important})
			}
		case properties[name] && d.value != "":
			all = append(all, d)
		}
	}
	return all
}

var comments = lazyregexp.New(`(?s)/\*.*?(\*/|$)`)

// parseSheet reads the rules that matter here. What it does not know it leaves
// out, as browsers do.
func parseSheet(text string) []rule {
	text = strings.NewReplacer("<!--", "", "-->", "").Replace(comments.ReplaceAllString(text, " "))
	return parseRules(text, 0)
}

const maxNesting = 8

func parseRules(text string, depth int) []rule {
	var rules []rule
	for len(rules) <= maxRules {
		open := strings.IndexAny(text, "{;")
		if open < 0 {
			return rules
		}
		head := strings.TrimSpace(text[:open])
		if text[open] == ';' { // @import, @charset
			text = text[open+1:]
			continue
		}
		end := closing(text, open)
		body := text[open+1 : end]
		text = text[min(end+1, len(text)):]
		if strings.HasPrefix(head, "@") {
			name, condition, _ := strings.Cut(head[1:], " ")
			if depth < maxNesting && (strings.EqualFold(name, "media") && forScreen(condition) || strings.EqualFold(name, "supports") || strings.EqualFold(name, "layer")) {
				rules = append(rules, parseRules(body, depth+1)...)
			}
			continue
		}
		declared := declarations(body)
		if len(declared) == 0 {
			continue
		}
		for part := range strings.SplitSeq(head, ",") {
			if sel, reached, ok := parseSelector(part); ok {
				rules = append(rules, rule{selector: sel, declarations: declared, reached: reached})
			}
		}
	}
	return rules
}

// closing is where the block ends that begins at open.
func closing(text string, open int) int {
	depth := 0
	for i := open; i < len(text); i++ {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

var widthFeature = lazyregexp.New(`\(\s*(min|max)-width\s*:\s*(\d+)(?:\.\d+)?px\s*\)`)

// screenWidth is the width of the window, in pixels, as scripts see it.
const screenWidth = 1280

// forScreen reports whether a list of media queries holds for a screen.
func forScreen(media string) bool {
	media = strings.ToLower(strings.TrimSpace(media))
	return media == "" || slices.ContainsFunc(strings.Split(media, ","), oneForScreen)
}

func oneForScreen(query string) bool {
	query = strings.TrimSpace(query)
	holds := true
	rest := widthFeature.ReplaceAllStringFunc(query, func(f string) string {
		m := widthFeature.FindStringSubmatch(f)
		px, _ := strconv.Atoi(m[2])
		holds = holds && (m[1] == "min") == (px <= screenWidth)
		return ""
	})
	if strings.Contains(rest, "(") {
		return false
	}
	for word := range strings.FieldsSeq(rest) {
		if word != "and" && word != "only" && word != "screen" && word != "all" {
			return false
		}
	}
	return holds
}

// selector is compounds from the last, which is the element meant, to the first.
type selector struct {
	compounds   []compound
	specificity int
}

// compound is what one element has to be.
type compound struct {
	tag, id string
	classes []string
	attrs   []attrTest
	child   bool // the compound before it is its parent's, not any ancestor's
}

type attrTest struct{ name, op, value string }

var (
	simple     = lazyregexp.New(`^(?:([.#])((?:[\w-]|\\.|[^\x00-\x7f])+)|\[\s*([\w-]+)\s*(?:([~^$*|]?=)\s*("[^"]*"|'[^']*'|[\w-]+)\s*)?\]|(:)([\w-]+)|(\*|[a-zA-Z][\w-]*))`)
	maxInARow  = 16 // compounds of a selector
	pointedAt  = tags("hover focus active focus-within focus-visible target")
	alwaysTrue = tags("root link any-link enabled")
)

// parseSelector reads one selector of classes, ids, elements, attributes, and
// what is in or directly in them. ok is false for others.
func parseSelector(text string) (s selector, reached, ok bool) {
	text = strings.TrimSpace(text)
	var forward []compound
	child := false
	for text != "" {
		c := compound{child: child}
		begun := text
		for text != "" {
			m := simple.FindStringSubmatch(text)
			if m == nil {
				break
			}
			text = text[len(m[0]):]
			switch {
			case m[1] == "#":
				c.id, s.specificity = m[2], s.specificity+1_000_000
			case m[1] == ".":
				c.classes, s.specificity = append(c.classes, m[2]), s.specificity+1000
			case m[3] != "":
				c.attrs, s.specificity = append(c.attrs, attrTest{strings.ToLower(m[3]), m[4], strings.Trim(m[5], `"'`)}), s.specificity+1000
			case m[6] != "" && pointedAt[strings.ToLower(m[7])]:
				reached, s.specificity = true, s.specificity+1000
			case m[6] != "" && alwaysTrue[strings.ToLower(m[7])] && (m[7] != "root" || len(forward) == 0 && c.tag == ""):
				s.specificity += 1000
				if m[7] == "root" {
					c.tag = "html"
				}
			case m[8] != "" && begun[:len(m[0])] == m[0] && c.tag == "":
				if m[8] != "*" {
					c.tag, s.specificity = strings.ToLower(m[8]), s.specificity+1
				}
			default:
				return s, false, false
			}
		}
		if text == begun {
			return s, false, false
		}
		forward = append(forward, c)
		rest := strings.TrimLeft(text, " \t\r\n\f")
		child = strings.HasPrefix(rest, ">")
		if rest != "" && rest == text && !child || len(forward) > maxInARow {
			return s, false, false
		}
		text = strings.TrimLeft(strings.TrimPrefix(rest, ">"), " \t\r\n\f")
		if child && text == "" {
			return s, false, false
		}
	}
	slices.Reverse(forward)
	s.compounds = forward
	return s, reached, len(forward) > 0
}

// matchFrom reports whether n is what the first of the compounds means, and what
// is around it the others. A compound that may be anywhere around is looked for
// at every ancestor, within the steps that there are.
func (s *styler) matchFrom(n *html.Node, compounds []compound) bool {
	if s.steps--; s.steps < 0 || n == nil || n.Type != html.ElementNode || !compounds[0].fits(n) {
		return false
	}
	if len(compounds) == 1 {
		return true
	}
	if compounds[0].child {
		return s.matchFrom(n.Parent, compounds[1:])
	}
	for at := n.Parent; at != nil && s.steps >= 0; at = at.Parent {
		if s.matchFrom(at, compounds[1:]) {
			return true
		}
	}
	return false
}

func (c *compound) fits(n *html.Node) bool {
	if c.tag != "" && c.tag != n.Data || c.id != "" && c.id != Attr(n, "id") {
		return false
	}
	if len(c.classes) > 0 {
		has := strings.Fields(Attr(n, "class"))
		for _, class := range c.classes {
			if !slices.Contains(has, class) {
				return false
			}
		}
	}
	return !slices.ContainsFunc(c.attrs, func(t attrTest) bool { return !t.holds(n) })
}

func (t attrTest) holds(n *html.Node) bool {
	v, ok := LookupAttr(n, t.name)
	switch {
	case !ok || t.op == "":
		return ok
	case t.op == "=":
		return v == t.value || t.name == "type" && strings.EqualFold(v, t.value)
	case t.op == "~=":
		return slices.Contains(strings.Fields(v), t.value)
	case t.op == "|=":
		return v == t.value || strings.HasPrefix(v, t.value+"-")
	case t.value == "":
		return false
	case t.op == "^=":
		return strings.HasPrefix(v, t.value)
	case t.op == "$=":
		return strings.HasSuffix(v, t.value)
	}
	return strings.Contains(v, t.value)
}

// ruleIndex has the rules by what the element meant has to be, so that few are
// tried at each.
type ruleIndex map[string][]rule

func (x ruleIndex) add(r rule, order int) {
	r.order = order
	last, key := r.selector.compounds[0], "*"
	switch {
	case last.id != "":
		key = "#" + last.id
	case len(last.classes) > 0:
		key = "." + last.classes[0]
	case last.tag != "":
		key = last.tag
	}
	x[key] = append(x[key], r)
}

// each calls try with the rules that may be for n.
func (x ruleIndex) each(n *html.Node, try func(*rule)) {
	if len(x) == 0 {
		return
	}
	all := func(key string) {
		for i := range x[key] {
			try(&x[key][i])
		}
	}
	all("*")
	all(n.Data)
	if id := Attr(n, "id"); id != "" {
		all("#" + id)
	}
	classes := strings.Fields(Attr(n, "class"))
	for i, class := range classes {
		if !slices.Contains(classes[:min(i, 20)], class) {
			all("." + class)
		}
	}
}
