package redact

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// token is a piece of a script.
type token struct {
	kind rune // 's' string, 'i' identifier, 'n' number, 'c' comment, 'r' regular expression, ' ' anything else
	text string
}

// scan cuts a script into pieces that together are the script.
func scan(src string) []token {
	var all []token
	last := token{}
	for len(src) > 0 {
		t := next(src, last)
		src = src[len(t.text):]
		all = append(all, t)
		if t.kind != 'c' && strings.TrimSpace(t.text) != "" {
			last = t
		}
	}
	return all
}

var (
	identifier = lazyregexp.New(`^[\p{L}_$][\p{L}\p{N}_$]*`)
	number     = lazyregexp.New(`^[0-9][0-9A-Za-z.]*`)
	pattern    = lazyregexp.New(`^/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*`)
)

func next(src string, last token) token {
	switch c := src[0]; {
	case c == '"' || c == '\'' || c == '`':
		for i := 1; i < len(src); i++ {
			if src[i] == '\\' {
				i++
			} else if src[i] == c {
				return token{'s', src[:i+1]}
			} else if src[i] == '\n' && c != '`' {
				break
			}
		}
		return token{' ', src[:1]}
	case strings.HasPrefix(src, "<!--") || strings.HasPrefix(src, "-->") || strings.HasPrefix(src, "//"):
		if i := strings.IndexAny(src, "\r\n"); i >= 0 {
			return token{'c', src[:i]}
		}
		return token{'c', src}
	case strings.HasPrefix(src, "/*"):
		if i := strings.Index(src[2:], "*/"); i >= 0 {
			return token{'c', src[:i+4]}
		}
		return token{'c', src}
	case c == '/' && beforePattern(last):
		if m := pattern.FindString(src); m != "" {
			return token{'r', m}
		}
	}
	if m := identifier.FindString(src); m != "" {
		return token{'i', m}
	}
	if m := number.FindString(src); m != "" {
		return token{'n', m}
	}
	return token{' ', src[:1]}
}

// beforePattern: after a value a slash divides.
func beforePattern(last token) bool {
	switch last.kind {
	case 's', 'n', 'r':
		return false
	case 'i':
		return last.text == "return" || last.text == "typeof" || last.text == "case"
	}
	return last.text != ")" && last.text != "]"
}

func (r *Redactor) learnScript(src string) {
	for _, t := range scan(src) {
		if t.kind == 'i' {
			r.words[t.text] = true
		}
	}
}

// Script masks the strings, numbers and comments of a script.
func (r *Redactor) Script(src string) string {
	var b strings.Builder
	for _, t := range scan(src) {
		switch t.kind {
		case 's':
			b.WriteString(r.literal(t.text))
		case 'n', 'i':
			b.WriteString(r.Scrub(t.text))
		case 'r':
			b.WriteString(r.pattern(t.text))
		case 'c':
			b.WriteString(comment(t.text))
		default:
			b.WriteString(t.text)
		}
	}
	return b.String()
}

// pattern keeps a regular expression of the program's own; of another it says
// that nothing matches, as nothing of what is masked would.
func (r *Redactor) pattern(p string) string {
	end := strings.LastIndex(p, "/")
	plain := strings.ReplaceAll(p[:end], `\`, "")
	masked := r.Scrub(plain) != plain
	for _, w := range word.FindAllString(plain, -1) {
		masked = masked || utf8.RuneCountInString(w) > 2 && !r.ours(w)
	}
	if masked {
		return `/[^\s\S]` + p[end:]
	}
	return p
}

// comment keeps what hides scripts from old browsers, and nothing of the text.
func comment(c string) string {
	for _, mark := range []string{"//<![CDATA[", "//]]>", "//-->", "<!--", "-->"} {
		if strings.HasPrefix(strings.ReplaceAll(c, " ", ""), mark) {
			return mark
		}
	}
	return strings.Repeat("\n", strings.Count(c, "\n")) + " "
}

// literal masks a string; one that nothing is to be masked in stays as it is
// written.
func (r *Redactor) literal(lit string) string {
	quote, inner := lit[:1], lit[1:len(lit)-1]
	plain := unescape(inner)
	masked := r.stringText(plain)
	if masked == plain {
		return lit
	}
	return quote + escape(masked, quote) + quote
}

var escapes = lazyregexp.New(`\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|\r?\n|[\s\S])`)

func unescape(s string) string {
	return escapes.ReplaceAllStringFunc(s, func(e string) string {
		switch {
		case len(e) > 2 && (e[1] == 'u' || e[1] == 'x'):
			c, _ := strconv.ParseUint(e[2:], 16, 32) // four hex digits at most
			return string(rune(c))
		case e[1] == 'n':
			return "\n"
		case e[1] == 't':
			return "\t"
		case e[1] == 'r':
			return "\r"
		case e[1] == '\n' || e[1] == '\r':
			return ""
		}
		return e[1:]
	})
}

func escape(s, quote string) string {
	return strings.NewReplacer(`\`, `\\`, quote, `\`+quote, "\n", `\n`, "\r", `\r`, "</", `<\/`).Replace(s)
}

var (
	markup   = lazyregexp.New(`<[!/]?[A-Za-z][^>]*>?`)
	inTag    = lazyregexp.New(`([\w-]+)\s*=\s*("[^"]*"?|'[^']*'?|[^\s>"']+)`)
	addressy = lazyregexp.New(`^(?:https?:/|javascript:|\.{0,2}/|[?&]|[\w./-]+\.(?:cgi|html?|js|gif|png|jpe?g|css)\b|[\w$\[\]-]*=)`)
	word     = lazyregexp.New(`[\p{L}\p{N}_$]+`)
)

// stringText masks what a script's string says: markup, an address, a word of
// the program's own, or a text.
func (r *Redactor) stringText(s string) string {
	t := strings.TrimSpace(s)
	switch {
	case t == "":
		return s
	case r.secrets[t] != "", r.safe(t), r.keep[r.Normalize(t)]:
		return r.Text(s)
	case strings.ContainsAny(s, "<>"):
		return r.fragment(s)
	case addressy.MatchString(t):
		return r.pieces(s)
	}
	for _, w := range word.FindAllString(s, -1) {
		if !r.ours(w) {
			return r.Text(s)
		}
	}
	return r.Scrub(s)
}

// pieces masks the parts of an address that a script puts together.
func (r *Redactor) pieces(s string) string {
	if strings.HasPrefix(strings.TrimSpace(s), "http") || strings.HasPrefix(strings.TrimSpace(s), "javascript:") {
		return r.Address(strings.TrimSpace(s))
	}
	s = r.Scrub(s) // addresses and numbers with dots are no pieces
	parts := addressParts.FindAllString(s, -1)
	for i, p := range parts {
		switch {
		case p[0] == '=':
			parts[i] = "=" + r.assigned(p[1:])
		case trivial(p), r.ours(p):
		default:
			parts[i] = r.segment(p)
		}
	}
	return strings.Join(parts, "")
}

// addressParts are values, marks, and what stands between them.
var addressParts = lazyregexp.New(`=[^?&#'"()\[\]]*|[?&/;#.'"(),\[\]]|[^?&=/;#.'"(),\[\]]+`)

// assigned masks what follows a =, in an address or in a statement.
func (r *Redactor) assigned(v string) string {
	foreign := false
	for _, w := range word.FindAllString(v, -1) {
		foreign = foreign || !trivial(w) && !r.ours(w)
	}
	if !foreign {
		return r.Scrub(v)
	}
	plain, err := url.QueryUnescape(v)
	if err != nil {
		plain = v
	}
	if masked := r.Value(plain); masked != plain {
		return masked
	}
	return v
}

// ours reports whether a word is the program's own.
func (r *Redactor) ours(w string) bool {
	return r.words[w] || vocabulary[strings.ToLower(w)] || protocol.MatchString(w) || aMask.MatchString(w)
}

// fragment masks markup that a script writes, whole or in pieces.
func (r *Redactor) fragment(s string) string {
	var b strings.Builder
	if i := strings.IndexByte(s, '>'); i >= 0 && !strings.Contains(s[:i], "<") {
		b.WriteString(r.attributes(s[:i]) + ">") // the rest of a tag begun elsewhere
		s = s[i+1:]
	}
	for len(s) > 0 {
		at := markup.FindStringIndex(s)
		if at == nil {
			b.WriteString(r.markupText(s))
			break
		}
		b.WriteString(r.markupText(s[:at[0]]))
		b.WriteString(r.attributes(s[at[0]:at[1]]))
		s = s[at[1]:]
	}
	return b.String()
}

func (r *Redactor) markupText(s string) string {
	plain := html.UnescapeString(s)
	if out := r.Text(plain); out != plain {
		return html.EscapeString(out)
	}
	return s
}

var (
	anInput = lazyregexp.New(`(?i)^<input\b`)
	itsType = lazyregexp.New(`(?i)\btype\s*=\s*["']?(\w+)`)
)

// attributes masks those of a tag as it is written.
func (r *Redactor) attributes(tag string) string {
	kind, typed := "", false
	if anInput.MatchString(tag) {
		kind = "text"
		if m := itsType.FindStringSubmatch(tag); m != nil {
			kind = strings.ToLower(m[1])
		}
		typed = kind == "text" || kind == "password" || kind == "number" || kind == "tel"
	}
	return inTag.ReplaceAllStringFunc(tag, func(a string) string {
		key, value, _ := strings.Cut(a, "=")
		value = strings.TrimSpace(value)
		quote := ""
		if value != "" && (value[0] == '"' || value[0] == '\'') {
			quote = value[:1]
			value = strings.TrimPrefix(value, quote)
		}
		closed := strings.HasSuffix(value, quote) && quote != ""
		value = strings.TrimSuffix(value, quote)
		plain := html.UnescapeString(value)
		masked := r.attr(kind, typed, html.Attribute{Key: strings.ToLower(strings.TrimSpace(key)), Val: plain})
		if masked == plain {
			return a
		}
		end := ""
		if closed {
			end = quote
		}
		return key + "=" + quote + html.EscapeString(masked) + end
	})
}

// vocabulary are words of HTML, CSS, the DOM and HTTP that scripts use in
// strings.
var vocabulary = func() map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsSeq(`a abbr accept action active after alert align all alt application auto background before bgcolor block blank body bold
		border bottom button cancel cell cellpadding cellspacing center change charset check checkbox checked class clear click close color cols colspan column
		complete confirm content cookie data date default delete dd disabled display div dl document dt em enctype error event expires false fieldset file first
		fixed focus font for form frame function get gif h1 h2 h3 h4 head height hidden hide href html http https icon id image img index inherit init inline
		input int interactive item javascript label language last left legend length li line link list load loading location login logout lt gt amp nbsp quot max
		menu message meta method middle min mode multipart name new next no none normal null number object ok old on off onclick option p page parent password path
		png position post pre px radio readonly ready reset right row rows rowspan script section select selected self show size small span src start state status
		string strong style submit switch tab table target tbody td test text textarea textcontent tfoot th thead time title to token top tr transparent true type ul
		undefined urlencoded utf value visible visibility void white width window www x y yes z rem em pt gif jpg`) {
		words[w] = true
	}
	return words
}()
