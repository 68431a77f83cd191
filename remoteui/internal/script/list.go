package script

import (
	"strconv"
	"strings"
	"time"
)

// literalValue is what a value that is written out is: a text, another plain value,
// a list or an object.
type literalValue struct {
	value
	list   []literalValue
	fields map[string]literalValue // nil: it is no object
}

// plainValue reports whether it is neither a list nor an object.
func (v literalValue) plainValue() bool { return v.list == nil && v.fields == nil }

// readLiteral reads a value that [literal] has found to be one. Not ok: it has what
// can be wrong, or means something of its own.
func readLiteral(code string) (v literalValue, rest string, ok bool) {
	switch c := code[0]; c {
	case '"', '\'':
		n := quoted(code, c)
		v.text, ok = unquote(code[1 : n-1])
		return v, code[n:], ok
	case '[', '{':
	default:
		const exact = 15 // digits
		text := plain.FindString(code)
		v.value = value{text: text, number: true}
		return v, code[len(text):], len(text) <= exact && text != "-0" && !strings.Contains(text, ".")
	}
	v.list = []literalValue{}
	if code[0] == '{' {
		v.list, v.fields = nil, map[string]literalValue{}
	}
	for code = code[1:]; ; {
		code = strings.TrimLeft(code, ", \t\r\n")
		if code[0] == ']' || code[0] == '}' {
			return v, code[1:], true
		}
		name := ""
		if v.fields != nil {
			n := 0
			if c := code[0]; c == '"' || c == '\'' {
				n = quoted(code, c)
				name, ok = unquote(code[1 : n-1])
			} else {
				name, ok = key.FindString(code), true
				n = len(name)
			}
			if !ok || name == "__proto__" {
				return v, "", false
			}
			code = strings.TrimLeft(code[n:], ": \t\r\n")
		}
		var one literalValue
		if one, code, ok = readLiteral(code); !ok {
			return v, "", false
		}
		if v.fields != nil {
			v.fields[name] = one
		} else {
			v.list = append(v.list, one)
		}
	}
}

// initialValue is what a variable is set to by a declaration, which is code.
func initialValue(code string) (name string, v literalValue, ok bool) {
	found := variable.FindStringSubmatch(code)
	if found == nil || reserved[found[1]] {
		return "", v, false
	}
	v, _, ok = readLiteral(strings.TrimLeft(code[len(found[0]):], " \t\r\n"))
	return found[1], v, ok
}

// writing is a document.write in a loop.
type writing struct {
	terms terms
	ways  [][]string // from a row of the list to each of the terms; those of others are nil
	line  bool
}

// Bounds of what the loops of one script are told of: code of which each half is long
// could write its square.
const (
	maxListed  = 1 << 20 // rows, terms and bytes that are written, together
	maxLiteral = 1 << 16 // bytes of the values that loops may go through: each takes many times what it is written with
)

// list is the length of the loop that code begins with, which goes through a list of
// the page and writes each row into the document; 0: it is none. counter is the
// variable that it leaves behind, at how many rows. What is written is taken off left.
func list(to *strings.Builder, code string, known map[string]literalValue, now time.Time, left *int) (n int, counter string, rows int) {
	if !strings.HasPrefix(code, "for") {
		return 0, "", 0
	}
	r := reader{code: code}
	r.next()
	r.must("for", "(", "var")
	counter = r.name()
	r.must("=", "0", ";", counter, "<")
	name := r.name()
	r.must(".", "length", ";")
	switch {
	case r.token == counter && strings.HasPrefix(r.code, "++"):
		r.must(counter, "+", "+")
	case r.token == "+" && strings.HasPrefix(r.code, "+"+counter):
		r.must("+", "+", counter)
	default:
		r.failed = true
	}
	r.must(")")
	all, ok := known[name]
	if r.failed || !ok || all.list == nil || name == counter || !free(counter) {
		return 0, "", 0
	}
	var body []writing
	if r.is("{") {
		for r.token != "}" && !r.failed {
			body = append(body, r.writing(name, counter))
			if !r.is(";") && r.token != "}" && !(r.line && r.token == "document") {
				r.failed = true
			}
		}
		r.must("}")
	} else {
		body = append(body, r.writing(name, counter))
		if r.token != "" {
			r.must(";")
		}
	}
	if r.failed {
		return 0, "", 0
	}
	var text strings.Builder
	for i := range all.list {
		*left--
		for _, w := range body {
			if !w.of(&text, all, i, now, left) {
				return 0, "", 0
			}
		}
	}
	if *left < 0 {
		return 0, "", 0
	}
	if strings.Contains(strings.ToLower(text.String()), "<script") {
		return 0, "", 0 // it would run in between
	}
	to.WriteString(text.String())
	return len(code) - len(r.token) - len(r.code), counter, len(all.list)
}

// writing reads a document.write, of texts and of what the row has.
func (r *reader) writing(list, counter string) (w writing) {
	r.must("document", ".")
	switch member := r.member(); member {
	case "write", "writeln":
		w.line = member == "writeln"
	default:
		r.failed = true
	}
	r.must("(")
	for more := true; more && !r.failed; more = r.is("+") {
		o := r.operand()
		var way []string
		switch {
		case o.kind != variableOperand || r.failed:
		case o.text == counter:
			o.kind = counterOperand
		case o.text == list:
			r.must("[", counter, "]")
			way = r.way()
		default:
			r.failed = true
		}
		w.terms, w.ways = append(w.terms, o), append(w.ways, way)
	}
	r.must(")")
	return w
}

// way is what leads from a row to something in it.
func (r *reader) way() []string {
	way := []string{}
	for !r.failed {
		switch {
		case r.is("."):
			way = append(way, r.member())
		case r.is("["):
			o := r.operand()
			r.failed = r.failed || o.kind != textOperand && o.kind != numberOperand
			way = append(way, o.text)
			r.must("]")
		default:
			return way
		}
	}
	return nil
}

// of writes what is written for the row of a list.
func (w writing) of(to *strings.Builder, list literalValue, row int, now time.Time, left *int) (ok bool) {
	number := false // the sum up to now is one
	for i, o := range w.terms {
		v := value{text: o.text, number: o.kind != textOperand}
		switch o.kind {
		case timeOperand:
			v.text = strconv.FormatInt(now.UnixMilli(), 10)
		case counterOperand:
			v.text = strconv.Itoa(row)
		case variableOperand:
			found, ok := list.list[row].at(w.ways[i])
			if !ok || !found.plainValue() {
				return false
			}
			v = found.value
		}
		if *left -= 1 + len(v.text); *left < 0 || i > 0 && number && v.number { // two numbers would be added
			return false
		}
		number = i == 0 && v.number
		to.WriteString(v.text)
	}
	if w.line {
		to.WriteByte('\n')
	}
	return true
}

// at is what stands in a value at the end of a way, if it is one of its own.
func (v literalValue) at(way []string) (literalValue, bool) {
	for _, name := range way {
		if v.fields != nil {
			found, ok := v.fields[name]
			if !ok {
				return v, false
			}
			v = found
			continue
		}
		i, err := strconv.Atoi(name)
		if err != nil || strconv.Itoa(i) != name || i < 0 || i >= len(v.list) {
			return v, false
		}
		v = v.list[i]
	}
	return v, true
}
