package script

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Act is what code does to the page.
type Act struct {
	Does Does
	// Form is the form that it is done to.
	Form Form
	// Field is the name of the field of the form that is set, as form.elements[Field]
	// and form[Field] find it.
	Field string
	// Text is the value, the address or the code; How is how the page is left.
	Text, How string
	// Wait is how long it is until the code runs, in milliseconds of the page's time.
	Wait int
	// Source, when it is run at once, has the code run after so long.
	Source func(wait int) string
}

// Does says what an act does.
type Does int

const (
	Navigate  Does = iota // the page is left for an address
	SetField              // a field of a form gets a value
	SetAction             // a form gets the address where it goes
	Submit                // a form is sent, without asking its handlers
	Write                 // markup is written where the script stands
	Later                 // global code runs later, and leaves the page or sends a form
)

// Form is document.forms[Name], and if not Among the forms document[Name].
type Form struct {
	Name  string
	Among bool
}

// Declared are the scripts of a page that wait for an engine, in their order.
type Declared struct {
	functions map[string][]*declared
	variables map[string]bool
	simple    map[int]bool // scripts that are nothing but straight functions
}

type declared struct {
	parameters, body string
	script           int
	code             straight // once it is read
	read, straight   bool
}

// ReadDeclared reads scripts that [Foretell] has said to declare something.
func ReadDeclared(scripts []string) *Declared {
	d := &Declared{functions: map[string][]*declared{}, variables: map[string]bool{}, simple: map[int]bool{}}
	for _, code := range scripts {
		d.Add(code)
	}
	return d
}

// Add reads one more script, which comes after the others: what it declares for sure
// replaces what they declared.
func (d *Declared) Add(code string) {
	i, simple := len(d.simple), true
	var names []string
	for len(code) > 0 {
		n := len(code) - len(strings.TrimLeft(code, " \t\r\n;"))
		if n == 0 {
			n = comment(code, true)
		}
		if n == 0 {
			var variables []string
			n, variables = declaration(code)
			if found := head.FindStringSubmatch(code); found != nil && n > 0 {
				parameters := found[0][strings.IndexByte(found[0], '('):]
				f := &declared{parameters: strings.Trim(parameters, "(){ \t\r\n"), body: code[len(found[0]) : n-1], script: i}
				d.functions[found[1]] = append(d.functions[found[1]], f)
				names = append(names, found[1])
				_, straight := f.reads()
				simple = simple && !reserved[found[1]] && straight
			}
			for _, v := range variables {
				d.variables[variable.FindStringSubmatch(v)[1]], simple = true, false
			}
		}
		if n <= 0 {
			simple = false
			break
		}
		code = code[n:]
	}
	if d.simple[i] = simple; !simple {
		return
	}
	for _, name := range names {
		all := d.functions[name]
		d.functions[name] = all[len(all)-1:]
	}
}

// reads is the code of the function; not ok: it is not straight. It is read once,
// however often it is called.
func (f *declared) reads() (straight, bool) {
	if f.read {
		return f.code, f.straight
	}
	f.read = true
	var parameters []string
	if f.parameters != "" {
		for name := range strings.SplitSeq(f.parameters, ",") {
			if name = strings.TrimSpace(name); !isName(name) || strings.Trim(name, nameBytes) != "" {
				return straight{}, false
			}
			parameters = append(parameters, name)
		}
	}
	f.code, f.straight = readStraight(f.body, parameters, false)
	return f.code, f.straight
}

const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$"

// Foreseen is what code will do.
type Foreseen struct {
	Acts []Act
	// Proceed says whether what follows a handler by default may follow.
	Proceed bool
	// Names are the names that the code itself, without the functions that it calls,
	// finds outside of it: in a handler these may be properties of its element.
	Names []string
	// Unsound are the indices of scripts on which this depends, and which may yet have
	// errors: then none of it is true.
	Unsound []int
}

// Foresee tells what code does that goes straight to its end: it leaves the page,
// fills in forms and sends them, or calls functions that do, which have been
// declared; before any other code of the page has run. handler: it is that of an
// event, not global. Foresee reads no more of the language than it has to: ok false
// says nothing of code. now is the page's time.
func (d *Declared) Foresee(code string, handler bool, now time.Time) (_ Foreseen, ok bool) {
	return d.foresee(code, handler, now, false)
}

func (d *Declared) foresee(code string, handler bool, now time.Time, inLater bool) (_ Foreseen, ok bool) {
	main, ok := readStraight(code, nil, !handler)
	if !ok || !handler && slices.ContainsFunc(main.statements, func(s statement) bool { return s.does >= answerTrue }) {
		return Foreseen{}, false
	}
	f := foreseer{Declared: d, now: now, inLater: inLater, scripts: map[int]bool{}}
	f.seen = Foreseen{Proceed: true, Names: main.free}
	f.run(main, nil, handler, 0)
	for i := range f.scripts {
		if !d.simple[i] {
			f.seen.Unsound = append(f.seen.Unsound, i)
		}
	}
	slices.Sort(f.seen.Unsound)
	for _, s := range main.statements {
		f.seen.Proceed = f.seen.Proceed && s.does != answerFalse
	}
	return f.seen, !f.failed
}

// Global reports whether a name that code finds outside of it is one of the window's
// own that no page can take.
func Global(name string) bool {
	return name == "location" || name == "document" || name == "window" || name == "self" || name == "Date" || name == "setTimeout"
}

// Bounds of what is foreseen: how deep calls go, how many statements there are in all,
// and how long a text is.
const (
	maxDepth      = 20
	maxStatements = 500
	maxText       = 1 << 16
)

type foreseer struct {
	*Declared
	now     time.Time
	seen    Foreseen
	scripts map[int]bool // of the functions that were called
	inLater bool         // the code is what runs later
	failed  bool

	statements int // up to now
}

// value is a text, a number or a form.
type value struct {
	text   string
	number bool
	form   *Form
}

// locals are what code finds of its own when it runs.
type locals struct {
	straight
	values map[string]value // of its variables, as far as they have any
	depth  int              // of calls
}

// run does the statements; within: names may mean something of what is around them.
func (f *foreseer) run(code straight, arguments []value, within bool, depth int) {
	in := newLocals(code, arguments, depth)
	for _, s := range code.statements {
		if !f.step() {
			return
		}
		switch s.does {
		case call:
			if code, with := f.called(s.name, s.at, in); !f.failed {
				f.run(code, with, len(code.variables) > 0, depth+1)
			}
		case leave:
			f.act(Act{Does: Navigate, Text: f.text(s.to, in), How: s.name})
		case setVariable:
			in.values[s.name] = f.value(s.to, in)
		case setForm:
			form := f.form(s.form, in)
			in.values[s.name] = value{form: &form}
		case setField:
			f.act(Act{Does: SetField, Form: f.form(s.form, in), Field: f.text(s.at[0], in), Text: f.text(s.to, in)})
		case setAction:
			f.act(Act{Does: SetAction, Form: f.form(s.form, in), Text: f.text(s.to, in)})
		case submit:
			f.act(Act{Does: Submit, Form: f.form(s.form, in)})
		case markup:
			f.act(Act{Does: Write, Text: f.text(s.to, in)})
		case later, laterFunction:
			f.later(s, within)
		case answer:
			f.value(s.to, in) // which may fail
		}
	}
}

func newLocals(code straight, arguments []value, depth int) locals {
	in := locals{code, map[string]value{}, depth}
	for i, name := range code.parameters {
		if delete(in.values, name); i < len(arguments) {
			in.values[name] = arguments[i]
		}
	}
	return in
}

// step counts a statement; false: it is not to be done any more.
func (f *foreseer) step() bool {
	f.statements++
	f.failed = f.failed || f.statements > maxStatements
	return !f.failed
}

// returned is what a function returns that does nothing else.
func (f *foreseer) returned(code straight, arguments []value, depth int) value {
	in := newLocals(code, arguments, depth)
	for _, s := range code.statements {
		if !f.step() {
			return value{}
		}
		switch s.does {
		case nothing:
		case setVariable:
			in.values[s.name] = f.value(s.to, in)
		case answer:
			return f.value(s.to, in)
		default:
			f.failed = true
		}
	}
	f.failed = true // it returns nothing
	return value{}
}

func (f *foreseer) act(a Act) { f.seen.Acts = append(f.seen.Acts, a) }

// later is for code that is to leave the page: whatever else it did later would be
// seen by nobody who has no engine.
func (f *foreseer) later(s statement, within bool) {
	a := Act{Does: Later, Text: s.code, Wait: s.wait, Source: func(wait int) string { return fmt.Sprintf("setTimeout(%s, %d)", quote(s.code), wait) }}
	if s.does == laterFunction {
		f.failed = f.failed || within // a function would find that again
		a.Source = func(wait int) string { return fmt.Sprintf("setTimeout(function () {%s\n}, %d)", s.code, wait) }
	}
	// Only one is: there would be no end to it.
	if f.failed = f.failed || f.inLater || slices.ContainsFunc(f.seen.Acts, func(a Act) bool { return a.Does == Later }); f.failed {
		return
	}
	seen, ok := f.foresee(s.code, false, f.now, true)
	leaves := slices.ContainsFunc(seen.Acts, func(a Act) bool { return a.Does == Navigate || a.Does == Submit })
	f.failed = f.failed || !ok || !leaves
	f.act(a)
}

// quote writes a text as code that means it.
func quote(text string) string {
	b, _ := json.Marshal(text) // a text always can be
	return string(b)
}

// called is the function that a call means, and what it gets.
func (f *foreseer) called(name string, at []terms, in locals) (code straight, with []value) {
	all := f.functions[name]
	if len(all) == 0 || f.variables[name] || slices.Contains(in.variables, name) || in.depth == maxDepth {
		f.failed = true
		return straight{}, nil
	}
	for _, one := range all {
		f.scripts[one.script] = true
	}
	code, ok := all[len(all)-1].reads()
	if f.failed = f.failed || !ok; f.failed {
		return straight{}, nil
	}
	for _, e := range at {
		with = append(with, f.value(e, in))
	}
	return code, with
}

func (f *foreseer) form(named form, in locals) Form {
	if named.variable == "" {
		return Form{Name: f.text(named.at, in), Among: named.among}
	}
	if found := in.values[named.variable].form; found != nil {
		return *found
	}
	f.failed = true
	return Form{}
}

// text is a value as a text.
func (f *foreseer) text(e terms, in locals) string {
	v := f.value(e, in)
	f.failed = f.failed || v.form != nil
	return v.text
}

func (f *foreseer) value(e terms, in locals) value {
	var sum value
	for i, o := range e {
		v := value{text: o.text, number: o.kind != textOperand}
		switch o.kind {
		case timeOperand:
			v.text = strconv.FormatInt(f.now.UnixMilli(), 10)
		case variableOperand:
			var known bool
			v, known = in.values[o.text]
			f.failed = f.failed || !known
		case callOperand:
			code, with := f.called(o.text, o.at, in)
			if f.failed {
				return value{}
			}
			v = f.returned(code, with, in.depth+1)
		}
		if i == 0 {
			sum = v
			continue
		}
		// Two numbers would be added.
		if f.failed = f.failed || sum.number && v.number || sum.form != nil || v.form != nil || len(sum.text)+len(v.text) > maxText; f.failed {
			return value{}
		}
		sum = value{text: sum.text + v.text}
	}
	return sum
}
