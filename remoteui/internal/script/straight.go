package script

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// statement is one that does a single thing and then the next one follows.
type statement struct {
	does verb
	name string  // of the function that is called, or the variable that is set; how the page is left
	form form    // that it is about
	at   []terms // the arguments; the name of the field
	to   terms   // the value
	code string  // that runs later
	wait int     // until it does, in milliseconds
}

// verb is what a statement does.
type verb int

const (
	nothing verb = iota
	call
	leave
	setVariable
	setForm // a variable to a form
	setField
	setAction
	submit
	markup        // is written into the document
	later         // global code runs later
	laterFunction // the body of a function does
	answerTrue
	answerFalse
	answer // with a value
)

// form is how code names a form: by a variable, or by document.forms[at],
// document.forms.name and document.name.
type form struct {
	variable string
	among    bool // of document.forms
	at       terms
}

// terms are texts and numbers that are joined.
type terms []operand

type operand struct {
	kind operandKind
	text string  // a text or the digits of a number as they are meant; the name of a variable or function
	at   []terms // what the function is called with
}

type operandKind int

const (
	textOperand operandKind = iota
	numberOperand
	variableOperand
	timeOperand    // now, in milliseconds
	callOperand    // what a function returns
	counterOperand // of a loop
)

// straight is code without branches and loops.
type straight struct {
	parameters []string
	statements []statement
	variables  []string // parameters, and all that it declares
	free       []string // names that mean something around it
}

// reserved are the words of the language that name nothing, and names that do not
// mean what they seem to once something else has them.
var reserved = words(`arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function
	if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void
	while with yield undefined NaN Infinity document window self location Date setTimeout`)

func words(list string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// readStraight reads the statements of a function with these parameters, or of a
// handler. top: of global code, which may not declare anything. Not ok: there is
// something else in it, or it cannot be told.
func readStraight(code string, parameters []string, top bool) (_ straight, ok bool) {
	if strings.ContainsAny(code, "`\u2028\u2029\x00") || !utf8.ValidString(code) {
		return straight{}, false
	}
	r := reader{code: code, made: straight{parameters: parameters, variables: slices.Clone(parameters)}, top: top}
	for _, name := range parameters {
		if reserved[name] {
			return straight{}, false
		}
	}
	r.next()
	for r.token != "" && !r.failed {
		if r.is(";") {
			continue
		}
		s := r.statement()
		// A statement ends with a semicolon, a brace or a line.
		if !r.is(";") && r.token != "" && !(r.line && isName(r.token)) {
			r.failed = true
		}
		r.made.statements = append(r.made.statements, s)
		if s.does >= answerTrue {
			break
		}
	}
	return r.made, !r.failed && r.token == ""
}

// reader reads tokens, one ahead.
type reader struct {
	code   string // the rest
	token  string // "" at the end
	line   bool   // it begins a line
	failed bool
	top    bool
	nested int // calls within calls
	made   straight
}

func (r *reader) next() {
	r.line = false
	for {
		n := blanks(r.code)
		r.line = r.line || strings.ContainsAny(r.code[:n], "\r\n")
		r.code = r.code[n:]
		if n = comment(r.code, false); n < 0 {
			r.failed = true
		}
		if n <= 0 {
			break
		}
		r.line = r.line || strings.ContainsAny(r.code[:n], "\r\n")
		r.code = r.code[n:]
	}
	n := min(1, len(r.code))
	if n > 0 {
		switch c := r.code[0]; {
		case c == '"' || c == '\'':
			n = quoted(r.code, c)
		case nameByte(c):
			for n < len(r.code) && nameByte(r.code[n]) {
				n++
			}
		}
	}
	if n < 0 || r.failed {
		r.failed, r.token, r.code = true, "", ""
		return
	}
	r.token, r.code = r.code[:n], r.code[n:]
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '$'
}

func isName(token string) bool {
	return token != "" && nameByte(token[0]) && (token[0] < '0' || token[0] > '9')
}

// is goes past tokens that come next; where another one comes it stays before
// that, which must be the first.
func (r *reader) is(tokens ...string) bool {
	for i, want := range tokens {
		if r.token != want {
			r.failed = r.failed || i > 0
			return false
		}
		r.next()
	}
	return true
}

// must is is where nothing else may come.
func (r *reader) must(tokens ...string) {
	if !r.is(tokens...) {
		r.failed = true
	}
}

// name is one that means what the page says.
func (r *reader) name() string {
	token := r.token
	if !isName(token) || reserved[token] {
		r.failed = true
	}
	r.next()
	return token
}

// member is the name of a property.
func (r *reader) member() string {
	token := r.token
	if !isName(token) {
		r.failed = true
	}
	r.next()
	return token
}

func (r *reader) statement() statement {
	switch {
	case r.is("return"):
		switch {
		case r.line && r.token != "":
			r.failed = true
		case r.is("true"), r.token == "" || r.token == ";":
			return statement{does: answerTrue}
		case r.is("false"):
			return statement{does: answerFalse}
		default:
			return statement{does: answer, to: r.expression()}
		}
	case r.is("void"):
		if !r.is("(") {
			r.must("0")
		} else {
			r.must("0", ")")
		}
	case r.is("var"):
		return r.variable()
	case r.token == "location":
		return r.leave()
	case r.token == "setTimeout":
		return r.later()
	case r.token == "window" || r.token == "self":
		r.around(r.token)
		r.next()
		if r.must("."); r.token == "setTimeout" {
			return r.later()
		}
		return r.leave()
	case r.token == "document" && documentWrite.MatchString(r.code):
		return r.write()
	case r.token == "document":
		f, left := r.document()
		if left {
			return r.leave()
		}
		return r.ofForm(f)
	case isName(r.token) && !reserved[r.token]:
		name := r.name()
		if r.token == "." || r.token == "[" {
			return r.ofForm(form{variable: name})
		}
		r.around(name)
		return statement{does: call, name: name, at: r.arguments()}
	default:
		r.failed = true
	}
	return statement{}
}

// arguments are what a function is called with; calls within calls go so deep.
func (r *reader) arguments() (all []terms) {
	const nesting = 20
	r.nested++
	defer func() { r.nested-- }()
	r.failed = r.failed || r.nested > nesting
	r.must("(")
	for r.token != ")" && !r.failed {
		all = append(all, r.expression())
		if r.token != ")" {
			r.must(",")
		}
	}
	r.must(")")
	return all
}

// around notes a name that something around the code may have.
func (r *reader) around(name string) { r.made.free = append(r.made.free, name) }

func (r *reader) variable() statement {
	s := statement{does: setVariable, name: r.name()}
	r.must("=")
	if r.failed = r.failed || r.top; !r.failed {
		r.made.variables = append(r.made.variables, s.name)
	}
	if r.token == "document" {
		f, left := r.document()
		r.failed = r.failed || left
		s.does, s.form = setForm, f
		return s
	}
	s.to = r.expression()
	return s
}

// leave is location = …, and its like.
func (r *reader) leave() statement {
	r.around("location")
	s := statement{does: leave}
	r.must("location")
	if r.is("=") {
		s.name, s.to = "location", r.expression()
		return s
	}
	r.must(".")
	switch member := r.member(); member {
	case "href":
		r.must("=")
		s.name, s.to = "location.href", r.expression()
	case "assign", "replace":
		r.must("(")
		s.name, s.to = "location."+member+"()", r.expression()
		r.must(")")
	default:
		r.failed = true
	}
	return s
}

// documentWrite is what stands behind document where that is written into.
var documentWrite = lazyregexp.New(`^\.write(?:ln)?\(`)

// write is document.write(…) or document.writeln(…).
func (r *reader) write() statement {
	r.around("document")
	r.must("document", ".")
	s := statement{does: markup}
	line := r.member() == "writeln"
	r.must("(")
	s.to = r.expression()
	r.must(")")
	if line {
		s.to = append(s.to, operand{kind: textOperand, text: "\n"})
	}
	return s
}

// later is setTimeout(…).
func (r *reader) later() statement {
	const digits = 6
	s := statement{does: later}
	r.around("setTimeout")
	r.must("setTimeout", "(")
	if r.is("function") {
		s.does = laterFunction
		r.must("(", ")")
		n := body(r.code)
		if r.failed = r.failed || r.token != "{" || n < 0; r.failed {
			return s
		}
		s.code, r.code = r.code[:n-1], r.code[n:]
		r.next()
	} else {
		o := r.operand()
		r.failed = r.failed || o.kind != textOperand
		s.code = o.text
	}
	r.must(",")
	wait := r.operand()
	r.failed = r.failed || wait.kind != numberOperand || len(wait.text) > digits
	s.wait, _ = strconv.Atoi(wait.text)
	r.must(")")
	return s
}

// document is a form of the document; location: that comes instead.
func (r *reader) document() (f form, location bool) {
	r.around("document")
	r.must("document", ".")
	if r.token == "location" {
		return form{}, true
	}
	if r.is("forms") {
		f.among = true
		if r.token == "[" {
			f.at = r.index()
			return f, false
		}
		r.must(".")
	}
	f.at = terms{{kind: textOperand, text: r.member()}}
	return f, false
}

// index is what stands in brackets.
func (r *reader) index() terms {
	r.must("[")
	at := r.expression()
	r.must("]")
	return at
}

// ofForm is what a statement does to a form.
func (r *reader) ofForm(f form) statement {
	s := statement{form: f}
	field := func() statement {
		r.must(".", "value", "=")
		s.does, s.to = setField, r.expression()
		return s
	}
	if r.token == "[" {
		s.at = []terms{r.index()}
		return field()
	}
	r.must(".")
	switch member := r.member(); {
	case member == "submit" && r.token == "(":
		r.must("(", ")")
		s.does = submit
	case member == "setAttribute" && r.token == "(":
		r.must("(")
		if !r.is("'action'") {
			r.must(`"action"`)
		}
		r.must(",")
		s.does, s.to = setAction, r.expression()
		r.must(")")
	case member == "action" && r.token == "=":
		r.must("=")
		s.does, s.to = setAction, r.expression()
	case member == "elements" && r.token == "[":
		s.at = []terms{r.index()}
		return field()
	case member == "elements" && r.token == ".":
		r.must(".")
		member = r.member()
		fallthrough
	default:
		s.at = []terms{{{kind: textOperand, text: member}}}
		return field()
	}
	return s
}

func (r *reader) expression() terms {
	var e terms
	for more := true; more && !r.failed; more = r.is("+") {
		o := r.operand()
		if o.kind == variableOperand && r.token == "(" {
			r.around(o.text)
			o.kind, o.at = callOperand, r.arguments()
		}
		e = append(e, o)
	}
	return e
}

func (r *reader) operand() operand {
	token := r.token
	switch {
	case token == "":
		r.failed = true
	case token[0] == '"' || token[0] == '\'':
		text, ok := unquote(token[1 : len(token)-1])
		r.failed = r.failed || !ok
		r.next()
		return operand{kind: textOperand, text: text}
	case token[0] >= '0' && token[0] <= '9':
		const exact = 15 // digits
		r.failed = r.failed || len(token) > exact || token[0] == '0' && len(token) > 1 || strings.Trim(token, "0123456789") != "" || strings.HasPrefix(r.code, ".")
		r.next()
		return operand{kind: numberOperand, text: token}
	case r.is("("):
		r.must("new", "Date")
		if r.is("(") {
			r.must(")")
		}
		r.must(")", ".", "getTime", "(", ")")
		r.around("Date")
		return operand{kind: timeOperand}
	case r.is("new"):
		r.must("Date", "(", ")", ".", "getTime", "(", ")")
		r.around("Date")
		return operand{kind: timeOperand}
	case r.is("Date"):
		r.must(".", "now", "(", ")")
		r.around("Date")
		return operand{kind: timeOperand}
	}
	return operand{kind: variableOperand, text: r.name()}
}
