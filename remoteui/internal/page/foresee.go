package page

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
	"github.com/rekey-go/rekey/remoteui/internal/script"
)

// foresee does what global code does, or the handler of an element, where that can
// be told without an engine: most of what people click on leads to another page,
// or fills in a few fields and sends the form. done is false where it cannot.
// Nothing has been done then, or nothing that the same code, when it is run, would
// not do again in the same way.
func (p *Page) foresee(text string, handlerOf *html.Node) (done, proceed bool, err error) {
	if p.vm != nil || p.closed || p.opts.Inside {
		return false, true, nil
	}
	if p.functions == nil {
		texts := make([]string, len(p.declared))
		for i, d := range p.declared {
			texts[i] = d.text
		}
		p.functions = script.ReadDeclared(texts)
	}
	seen, ok := p.functions.Foresee(text, handlerOf != nil, p.now())
	if !ok || handlerOf != nil && p.nearer(handlerOf, seen.Names) {
		return false, true, nil
	}
	for _, i := range seen.Unsound {
		d := p.declared[i]
		left, err := script.Check(p.op.ctx, &p.op.budget, d.text, d.line, p.limits.ScriptMemory, p.opts.Owner)
		if left {
			return false, true, p.stopped(left, err)
		}
		if err != nil {
			return false, true, nil // it will come up again
		}
	}
	if slices.ContainsFunc(seen.Acts, func(a script.Act) bool { return a.Does == script.Write }) {
		return p.foreseeWriting(seen.Acts)
	}
	var questions [][]any // as the engine would ask them
	soon := p.soon
	for _, act := range seen.Acts {
		if act.Does == script.Later {
			if soon != nil {
				return false, true, nil
			}
			soon = &timed{act, p.op.passed + float64(act.Wait)}
			continue
		}
		question := p.question(act)
		if question == nil {
			return false, true, nil
		}
		questions = append(questions, question)
	}
	for _, question := range questions {
		if _, err := p.host(question); err != nil {
			return false, true, nil // the engine asks again, and says what becomes of it
		}
	}
	p.soon = soon
	return true, seen.Proceed, nil
}

// foreseeWriting does the acts of a script that does nothing but write where it
// stands: were it to do anything else that the engine has to do, it would write twice.
func (p *Page) foreseeWriting(acts []script.Act) (done, proceed bool, err error) {
	if p.shadowed || !p.op.parsing || slices.ContainsFunc(acts, func(a script.Act) bool { return a.Does != script.Write }) {
		return false, true, nil
	}
	var text strings.Builder
	for _, act := range acts {
		text.WriteString(act.Text)
	}
	p.shadowed = shadows(text.String())
	return true, true, p.write(text.String())
}

// timed is code that runs later, in a page that has no engine.
type timed struct {
	act script.Act
	at  float64 // virtual ms, counted from the beginning of the act
}

// runSoon runs it.
func (p *Page) runSoon() error {
	soon, passed, skipped := p.soon, p.op.passed, p.skipped
	p.soon, p.op.passed = nil, soon.at
	p.skipped += time.Duration(soon.at-passed) * time.Millisecond
	done, _, err := p.foresee(soon.act.Text, nil)
	if err != nil || done {
		if p.op.pending != nil {
			p.op.pending.Delay = time.Duration(soon.at) * time.Millisecond
		}
		return err
	}
	p.soon, p.op.passed, p.skipped = soon, passed, skipped
	if err := p.nameGlobals(); err != nil {
		return err
	}
	_, err = p.engine()
	return err
}

// question is what the script environment asks to do an act; nil: it cannot be told.
func (p *Page) question(act script.Act) []any {
	if act.Does == script.Navigate {
		return []any{"navigate", act.Text, act.How, ""}
	}
	form := p.formFor(act.Form)
	if form == nil {
		return nil
	}
	for _, n := range p.formElements(form) {
		for _, hidden := range []string{"elements", "setAttribute", "submit", "action"} {
			if hasName(n, hidden) {
				return nil
			}
		}
	}
	switch act.Does {
	case script.SetAction:
		return []any{"setAttribute", p.id(form), "action", act.Text}
	case script.Submit:
		return []any{"submit", p.id(form), 0, "form.submit()"}
	}
	var fields []*html.Node
	for _, n := range p.formElements(form) {
		if hasName(n, act.Field) {
			fields = append(fields, n)
		}
	}
	if len(fields) != 1 || !ownName(act.Field) || !dom.IsElement(fields[0], "input") || !slices.Contains([]string{"hidden", "text", "password"}, dom.InputType(fields[0])) {
		return nil
	}
	return []any{"setValue", p.id(fields[0]), act.Text}
}

// formFor is the one form that a script means; nil: there are none or several, or
// it means something else.
func (p *Page) formFor(f script.Form) *html.Node {
	if len(p.namedNodes()["forms"]) > 0 {
		return nil
	}
	if i, err := strconv.Atoi(f.Name); f.Among && err == nil {
		if all := p.doc.Forms(); i >= 0 && i < len(all) && strconv.Itoa(i) == f.Name {
			return all[i]
		}
		return nil
	}
	if !ownName(f.Name) {
		return nil
	}
	named := p.namedNodes()[f.Name]
	if f.Among {
		named = slices.DeleteFunc(p.doc.Forms(), func(n *html.Node) bool { return !hasName(n, f.Name) })
	}
	if len(named) != 1 || !dom.IsElement(named[0], "form") {
		return nil
	}
	return named[0]
}

// nearer reports whether one of the names may mean something that is nearer to the
// handler of an element than what is global: a property of the element, of its form
// or of the document.
func (p *Page) nearer(n *html.Node, names []string) bool {
	form := p.doc.Owner(n)
	if dom.IsElement(n, "form", "select") {
		return true
	}
	for _, name := range names {
		if !script.Global(name) && !ownName(name) || len(p.namedNodes()[name]) > 0 {
			return true
		}
		if form != nil && slices.ContainsFunc(p.formElements(form), func(c *html.Node) bool { return hasName(c, name) }) {
			return true
		}
	}
	return false
}

// ownName reports whether a name is the page's own: nothing that the environment of
// scripts defines is called so, for it does not stand in its source, nor anything
// that all objects have.
func ownName(name string) bool {
	return name != "" && !environmentWords()[name] && strings.Trim(name, "0123456789") != ""
}

var environmentWords = sync.OnceValue(func() map[string]bool {
	known := make(map[string]bool)
	for _, name := range strings.Fields(`__proto__ __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__
		constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf`) {
		known[name] = true
	}
	for _, name := range slices.Concat(preludeNames("js/*.js"), preludeNames("js/parts/*.js")) {
		for word := range strings.FieldsFuncSeq(preludeFile(name), func(r rune) bool {
			return r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) {
			if !known[word] {
				known[strings.Clone(word)] = true // else it would keep the whole file
			}
		}
	}
	return known
})

// foreseeEvent does what the handler does that an event of a node, nil being the
// window, has; see [Page.foresee].
func (p *Page) foreseeEvent(n *html.Node, event string) (done, proceed bool, err error) {
	if p.vm != nil || event != "click" && (event != "load" || n != nil) {
		return false, true, nil
	}
	key, text := "on"+event, ""
	var at *html.Node
	if n == nil {
		at = p.doc.Body()
		text = dom.Attr(at, key)
	}
	for ; n != nil; n = n.Parent {
		code, ok := dom.LookupAttr(n, key)
		if ok && at != nil {
			return false, true, nil
		}
		if ok {
			at, text = n, code
		}
	}
	return p.foresee(text, at)
}
