package script

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

var (
	// head begins the declaration of a plain function with plain parameters.
	head = lazyregexp.New(`^function[ \t\r\n]+([A-Za-z_$][\w$]*)[ \t\r\n]*\([\w$, \t\r\n]*\)[ \t\r\n]*\{`)
	// led are the words that an expression may follow, and before those what it
	// may follow too; after any other word, a number or an index a slash divides.
	led     = lazyregexp.New(`^(?:[(,=:\[!&|?;*%<>~^]|return|typeof|case|do|else|in|instanceof|new|void|delete|throw|yield|await|of)$`)
	divided = lazyregexp.New(`[\w$\]]$`)
)

var (
	// writes begins a statement that writes into the document, and apart ends one.
	writes = lazyregexp.New(`^document\.(write|writeln)[ \t]*\([ \t\r\n]*`)
	apart  = lazyregexp.New(`^[ \t\r\n]*\)[ \t]*(?:$|[;\r\n]|//)`)
	// joined stands between two texts that are written, and the time is what pages
	// put into addresses so that nobody keeps them.
	joined = lazyregexp.New(`^[ \t\r\n]*\+[ \t\r\n]*`)
	moment = lazyregexp.New(`^(?:(?:\(new Date(?:\(\))?\)|new Date\(\))\.getTime\(\)|Date\.now\(\))`)

	// variable begins the declaration of a plain variable, and another that of one
	// more; plain is a value that is neither a text nor made of others.
	variable = lazyregexp.New(`^var[ \t\r\n]+([A-Za-z_$][\w$]*)[ \t\r\n]*=`)
	another  = lazyregexp.New(`^[ \t\r\n]*([A-Za-z_$][\w$]*)[ \t\r\n]*=`)
	plain    = lazyregexp.New(`^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false|null)\b`)
	key      = lazyregexp.New(`^(?:[A-Za-z_$][\w$]*|0|[1-9]\d*)`)
)

// fixed are names that no function of the page can have, or that mean something
// else to what is read here.
var fixed = map[string]bool{
	"document": true, "Date": true, "name": true, "window": true, "self": true, "top": true, "parent": true, "frames": true, "location": true,
	"undefined": true, "NaN": true, "Infinity": true, "length": true, "setTimeout": true,
}

// handlers are the names by which the window has functions for its events: a page
// gives it one by declaring it.
var handlers = words(`onclick ondblclick onmousedown onmouseup onmouseover onmouseout onmousemove onmouseenter onmouseleave onkeydown onkeyup
	onkeypress onfocus onblur onfocusin onfocusout onchange oninput onsubmit onreset onselect onload onunload onbeforeunload onpagehide onpageshow
	onerror onresize onscroll oncontextmenu onreadystatechange onhashchange onpopstate onmessage`)

// Foretell tells what global code does that does one of two things, in a page
// none of whose scripts has been run yet: it writes texts into the document, or it
// declares functions. When these are declared nobody can tell, as long as it is
// before any other code is run, nor when variables get values that are written out.
// Code may do both with variables: it writes what their values are, and loops that
// write the rows of a list are among this.
//
// declares is the code that is yet to be run, before any other; empty: nothing
// is. Foretell reads no more of the language than it has to: ok false says nothing of
// code. now is the page's time.
func Foretell(code string, now time.Time) (written, declares string, ok bool) {
	if strings.ContainsAny(code, "`\u2028\u2029\x00") || !utf8.ValidString(code) {
		return "", "", false
	}
	f := foreteller{now: now, values: map[string]literalValue{}, left: maxListed}
	for rest := code; len(rest) > 0; {
		n := f.next(rest)
		// Where a function cannot be read nothing of the code is done.
		if n <= 0 || f.functions && f.writes {
			return "", "", false
		}
		rest = rest[n:]
	}
	switch {
	case f.functions || !f.writes && len(f.variables) > 0:
		declares = code
	case !f.known():
		return "", "", false
	default:
		declares = strings.Join(f.variables, "\n")
	}
	return f.text.String(), declares, true
}

type foreteller struct {
	now               time.Time
	text              strings.Builder
	functions, writes bool
	variables         []string // their declarations
	values            map[string]literalValue
	read              int // of how many variables the values are known
	literals          int // how long their declarations are
	left              int // of maxListed
}

// next is the length of what comes next; 0 or below: it cannot be told.
func (f *foreteller) next(code string) int {
	if n := len(code) - len(strings.TrimLeft(code, " \t\r\n;")); n > 0 {
		return n
	}
	if n := comment(code, true); n != 0 {
		return n
	}
	if n, variables := declaration(code); n != 0 {
		f.variables = append(f.variables, variables...)
		f.functions = f.functions || n > 0 && variables == nil
		return n
	}
	f.writes = true
	if !strings.HasPrefix(code, "for") {
		return write(&f.text, code, f.now)
	}
	if !f.known() {
		return 0
	}
	n, counter, rows := list(&f.text, code, f.values, f.now, &f.left)
	if n > 0 {
		f.variables = append(f.variables, "var "+counter+" = "+strconv.Itoa(rows)+";")
	}
	return n
}

// known reports whether the values of all variables so far can be told: there is
// nothing then that could be wrong with their declarations.
func (f *foreteller) known() bool {
	for ; f.read < len(f.variables); f.read++ {
		if f.literals += len(f.variables[f.read]); f.literals > maxLiteral {
			return false
		}
		name, v, ok := initialValue(f.variables[f.read])
		if !ok {
			return false
		}
		f.values[name] = v
	}
	return true
}

// declaration is the length of the function or the variables that code begins with; 0:
// none; below: it cannot be told. Each variable has a declaration of its own.
func declaration(code string) (n int, variables []string) {
	var found []string
	switch {
	case strings.HasPrefix(code, "function"):
		found = head.FindStringSubmatch(code)
	case strings.HasPrefix(code, "var"):
		found = variable.FindStringSubmatch(code)
	}
	if found == nil {
		return 0, nil
	}
	if code[0] == 'f' {
		rest := body(code[len(found[0]):])
		if rest < 0 || !free(found[1]) {
			return -1, nil
		}
		return len(found[0]) + rest, nil
	}
	for at := 0; found != nil && free(found[1]); {
		from := at + len(found[0])
		value := initial(code[from:])
		if value < 0 {
			break
		}
		at = from + value
		variables = append(variables, "var "+found[1]+" = "+code[from+blanks(code[from:]):at]+";")
		at += blanks(code[at:])
		switch {
		case at == len(code):
			return at, variables
		case code[at] == ';':
			return at + 1, variables
		case code[at] != ',':
			return -1, nil
		}
		at++
		found = another.FindStringSubmatch(code[at:])
	}
	return -1, nil
}

// free reports whether a name is the page's to give.
func free(name string) bool { return !fixed[name] && !handlers[name] }

// initial is the length of what a variable is set to; below 0: it cannot be told.
func initial(code string) int {
	const nesting = 20
	at := blanks(code)
	n := literal(code[at:], nesting)
	if n <= 0 {
		return -1
	}
	return at + n
}

func blanks(code string) int { return len(code) - len(strings.TrimLeft(code, " \t\r\n")) }

// literal is the length of a value that is written out: reading it calls nothing
// and asks for no name. 0 or below: it is something else, or nested too deep.
func literal(code string, nesting int) int {
	if code == "" || nesting == 0 {
		return 0
	}
	open, end := code[0], byte(0)
	switch open {
	case '"', '\'':
		return quoted(code, open)
	case '[':
		end = ']'
	case '{':
		end = '}'
	default:
		return len(plain.FindString(code))
	}
	for at := 1; ; {
		at += blanks(code[at:])
		if at == len(code) {
			return 0
		}
		if code[at] == end {
			return at + 1
		}
		if open == '{' {
			n := len(key.FindString(code[at:]))
			if code[at] == '"' || code[at] == '\'' {
				n = quoted(code[at:], code[at])
			}
			if n <= 0 {
				return 0
			}
			at += n
			at += blanks(code[at:])
			if !strings.HasPrefix(code[at:], ":") {
				return 0
			}
			at++
			at += blanks(code[at:])
		}
		n := literal(code[at:], nesting-1)
		if n <= 0 {
			return 0
		}
		at += n
		at += blanks(code[at:])
		if strings.HasPrefix(code[at:], ",") {
			at++
		} else if at < len(code) && code[at] != end {
			return 0
		}
	}
}

// write is the length of the statement that code begins with and that writes
// into the document, without what ends it; 0: it is none.
func write(to *strings.Builder, code string, now time.Time) int {
	if !strings.HasPrefix(code, "document.") {
		return 0
	}
	found := writes.FindStringSubmatch(code)
	if found == nil {
		return 0
	}
	at := len(found[0])
	var text strings.Builder
	for first := true; ; first = false {
		if n := len(moment.FindString(code[at:])); n > 0 && !first { // a number first would be added to
			text.WriteString(strconv.FormatInt(now.UnixMilli(), 10))
			at += n
		} else {
			if at == len(code) || code[at] != '"' && code[at] != '\'' {
				return 0
			}
			n := quoted(code[at:], code[at])
			if n < 0 {
				return 0
			}
			part, ok := unquote(code[at+1 : at+n-1])
			if !ok {
				return 0
			}
			text.WriteString(part)
			at += n
		}
		n := len(joined.FindString(code[at:]))
		if n == 0 {
			break
		}
		at += n
	}
	end := apart.FindString(code[at:])
	if end == "" {
		return 0
	}
	to.WriteString(text.String())
	if found[1] == "writeln" {
		to.WriteByte('\n')
	}
	return at + strings.IndexByte(end, ')') + 1
}

// unquote is what a string means whose quotes are taken away; not ok: it has
// escapes that are not read here.
func unquote(text string) (string, bool) {
	var b strings.Builder
	for {
		plain, escaped, found := strings.Cut(text, `\`)
		b.WriteString(plain)
		if !found {
			return b.String(), true
		}
		n := 1
		switch c := escaped[0]; c {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'x', 'u':
			n = map[byte]int{'x': 3, 'u': 5}[c]
			if len(escaped) < n {
				return "", false
			}
			r, err := strconv.ParseUint(escaped[1:n], 16, 16)
			if err != nil || r == 0 || !utf8.ValidRune(rune(r)) {
				return "", false
			}
			b.WriteRune(rune(r))
		case '/', '\'', '"', '\\', '!', '-', '<', '>', '&':
			b.WriteByte(c)
		default:
			return "", false
		}
		text = escaped[n:]
	}
}

// comment is the length of the comment that code begins with; 0: none; below: it
// cannot be told. Those of old pages, <!-- and -->, are known between functions.
func comment(code string, old bool) int {
	switch {
	case strings.HasPrefix(code, "/*"):
		if n := strings.Index(code[2:], "*/"); n >= 0 {
			return n + 4
		}
		return -1
	case strings.HasPrefix(code, "//"), old && strings.HasPrefix(code, "<!--"):
		if n := strings.IndexAny(code, "\r\n"); n >= 0 {
			return n
		}
		return len(code)
	}
	return 0
}

// heads are the words whose parentheses a statement may follow, and with it a regular
// expression; where one is the name of a member a slash divides, but cannot be told to.
var heads = words("if while for await with")

// body is the length of the rest of a function, after its opening brace, with
// the closing one; below 0: it cannot be told.
func body(code string) int {
	depth := 1
	last := ""          // what was read last, without blanks and comments
	var opened []string // what stood before each parenthesis that is open
	divides := false    // a slash behind the last one that was closed does
	for at := 0; at < len(code); {
		rest, n := code[at:], 1
		switch c := code[at]; c {
		case ' ', '\t', '\r', '\n':
			at++
			continue
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return at + 1
			}
		case '(':
			opened = append(opened, last)
		case ')':
			if len(opened) == 0 {
				return -1
			}
			divides = !heads[opened[len(opened)-1]]
			opened = opened[:len(opened)-1]
		case '"', '\'':
			n = quoted(rest, c)
		case '/':
			if n = comment(rest, false); n > 0 {
				at += n
				continue
			}
			switch {
			case n == 0 && last == ")" && divides:
				n = 1
			case n == 0:
				n = slash(rest, last)
			}
		case '\\':
			return -1
		case '<', '-':
			if strings.HasPrefix(rest, "<!--") || strings.HasPrefix(rest, "-->") {
				return -1
			}
		default:
			n = 1
			for isName(rest) && n < len(rest) && nameByte(rest[n]) {
				n++
			}
		}
		if n < 0 {
			return -1
		}
		last = rest[:n]
		at += n
	}
	return -1
}

// slash is the length of a regular expression, or of a sign of division; below
// 0: it cannot be told which of them it is.
func slash(code, last string) int {
	switch {
	case led.MatchString(last):
		return expression(code)
	case divided.MatchString(last):
		return 1
	}
	return -1
}

// expression is the length of a regular expression.
func expression(code string) int {
	class := false
	for at := 1; at < len(code); at++ {
		switch code[at] {
		case '\\':
			at++
			if at < len(code) && (code[at] == '\r' || code[at] == '\n') {
				return -1
			}
		case '\r', '\n':
			return -1
		case '[':
			class = true
		case ']':
			class = false
		case '/':
			if !class {
				return at + 1
			}
		}
	}
	return -1
}

// quoted is the length of a string with its quotes.
func quoted(code string, quote byte) int {
	for at := 1; at < len(code); at++ {
		switch code[at] {
		case '\\':
			at++
			if at < len(code) && code[at] == '\r' {
				return -1
			}
		case '\r', '\n':
			return -1
		case quote:
			return at + 1
		}
	}
	return -1
}
