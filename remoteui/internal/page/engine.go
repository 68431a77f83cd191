package page

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
	"github.com/rekey-go/rekey/remoteui/internal/script"
)

//go:embed js
var preludeFiles embed.FS

// prelude is the document as scripts see it, in one scope of its own. What few
// pages need is in parts, each in a scope of its own.
var prelude = script.NewPrelude(preludeSource, preludeParts())

func preludeSource() string {
	var b strings.Builder
	b.WriteString("(() => { 'use strict'; const host = globalThis.__host, readPart = globalThis.__part; delete globalThis.__host; delete globalThis.__part;\n")
	b.WriteString("const { Object, Reflect, Proxy, Map, Set, String, Number, Math, Promise, Function, Error, Symbol, TypeError, InternalError, Date: RealDate, eval: globalEval } = globalThis;\n")
	fmt.Fprintf(&b, "const userAgent = %q;\n", userAgent)
	for _, name := range preludeNames("js/*.js") {
		b.WriteString(preludeFile(name))
	}
	b.WriteString("return (entry, ...args) => entries[entry](...args); })()")
	return b.String()
}

// preludeParts are functions of what they use of the prelude.
func preludeParts() map[string]func() string {
	parts := make(map[string]func() string)
	for _, name := range preludeNames("js/parts/*.js") {
		parts[strings.TrimSuffix(path.Base(name), ".js")] = func() string {
			return "(core => { 'use strict';\n" + preludeFile(name) + "})"
		}
	}
	return parts
}

func preludeNames(pattern string) []string {
	names, _ := fs.Glob(preludeFiles, pattern) // sorted; the patterns are sound
	return names
}

func preludeFile(name string) string {
	source, err := preludeFiles.ReadFile(name)
	if err != nil {
		panic(err) // an embedded file is always there
	}
	return string(source)
}

// engine returns the script engine of the page, started at first need.
func (p *Page) engine() (*script.VM, error) {
	if p.closed {
		return nil, ErrClosed
	}
	if p.vm != nil {
		return p.vm, nil
	}
	vm, err := script.New(prelude, p.host, p.limits.ScriptMemory, p.opts.Owner)
	if err != nil {
		return nil, err
	}
	p.vm = vm
	for _, d := range p.declared {
		if err := p.evalIn(vm, d); err != nil {
			return nil, err
		}
	}
	p.declared, p.functions = nil, nil
	if soon := p.soon; soon != nil {
		p.soon = nil
		if err := p.evalIn(vm, code{soon.act.Source(int(soon.at - p.op.passed)), "timer", 1}); err != nil {
			return nil, err
		}
	}
	return vm, nil
}

// checkDeclared records the errors of what waits for an engine, and needs none
// for it: a declaration fails only where it cannot be read.
func (p *Page) checkDeclared() error {
	waiting := p.declared
	p.declared, p.functions = nil, nil
	for _, d := range waiting {
		known := len(p.scriptErrors)
		left, err := script.Check(p.op.ctx, &p.op.budget, d.text, d.line, p.limits.ScriptMemory, p.opts.Owner)
		if err := p.evalError(d, p.stopped(left, err)); err != nil {
			return err
		}
		if len(p.scriptErrors) == known {
			p.declared = append(p.declared, d)
		}
	}
	return nil
}

// code is a script: where it stands, and at which line.
type code struct {
	text, where string
	line        int
}

// call calls one of the prelude's entries. What handlers throw is reported by
// the prelude; where a page has broken the prelude's own tools, the entry
// fails, which is recorded and gives nil.
func (p *Page) call(args ...any) (any, error) {
	vm, err := p.engine()
	if err != nil {
		return nil, err
	}
	result, err := vm.Call(p.op.ctx, &p.op.budget, args...)
	err = p.engineError(err)
	if thrown, ok := errors.AsType[*ScriptError](err); ok {
		thrown.Where = "script environment"
		p.handlerThrew(*thrown)
		return nil, nil
	}
	return result, err
}

// eval runs global code of a script or a javascript: address. What it throws
// is recorded; only what ends the page is returned.
//
// An engine costs a thousand times what reading a page does, and most pages that
// are only read need none: their scripts declare functions for somebody to call,
// and data for these, and write markup as it stands. Such declarations wait until there is an engine.
func (p *Page) eval(c code) error {
	if p.vm == nil && !p.closed && !p.shadowed {
		if written, declares, ok := script.Foretell(c.text, p.now()); ok {
			if declares != "" {
				p.declared = append(p.declared, code{declares, c.where, c.line})
				if p.functions != nil {
					p.functions.Add(declares)
				}
			}
			if written == "" {
				return nil
			}
			p.shadowed = shadows(written)
			return p.write(written)
		}
	}
	if done, _, err := p.foresee(c.text, nil); done || err != nil {
		return err
	}
	if err := p.nameGlobals(); err != nil {
		return err
	}
	vm, err := p.engine()
	if err != nil {
		return err
	}
	return p.evalIn(vm, c)
}

// shadows reports whether markup may have elements by whose names a script means
// something else than what it writes with: the engine has to tell then.
func shadows(markup string) bool {
	for _, name := range []string{"document", "write"} {
		for rest := markup; ; {
			i := strings.Index(rest, name)
			if i < 0 {
				break
			}
			const blanks, most = " \t\r\n\f", 100
			before := strings.TrimRight(rest[max(0, i-most):i], blanks+`"'`)
			if named, ok := strings.CutSuffix(before, "="); ok {
				named = strings.ToLower(strings.TrimRight(named, blanks))
				if strings.HasSuffix(named, "id") || strings.HasSuffix(named, "name") {
					return true
				}
			}
			if before == "" && i >= most {
				return true // too many blanks to tell
			}
			rest = rest[i+len(name):]
		}
	}
	return false
}

func (p *Page) evalIn(vm *script.VM, c code) error {
	return p.evalError(c, p.engineError(vm.Eval(p.op.ctx, &p.op.budget, c.text, c.line)))
}

// evalError records what a script threw; what ends the page it returns.
func (p *Page) evalError(c code, err error) error {
	if thrown, ok := errors.AsType[*ScriptError](err); ok {
		thrown.Where = c.where
		p.threw(*thrown)
		return nil
	}
	return err
}

// engineError translates what the engine reports, and puts a limit that a
// script ran into before what the script made of it.
func (p *Page) engineError(err error) error {
	return p.stopped(p.vm != nil && p.vm.Gone() && !p.closed, err)
}

// stopped is engineError where a script may have been left behind.
func (p *Page) stopped(left bool, err error) error {
	if left {
		p.closed = true
		if p.opts.LeftBehind != nil {
			p.opts.LeftBehind()
		}
	}
	if p.fatal != nil {
		return p.fatal
	}
	// On a busy machine the load may be over before the script's time is.
	late := errors.Is(err, script.ErrTime) || err != nil && p.op.ctx.Err() != nil && p.limits.ScriptTime-p.op.budget > p.limits.ScriptTime/5
	if late && p.limits.Endless != nil {
		p.limits.Endless()
	}
	thrown, ok := errors.AsType[*script.Error](err)
	switch {
	case err == nil:
		return nil
	case ok:
		return &ScriptError{Message: thrown.Message, Line: thrown.Line, Column: thrown.Column}
	case errors.Is(err, script.ErrTime):
		return &LimitError{Limit: "script time", Max: p.limits.ScriptTime.String(), Left: left}
	case errors.Is(err, script.ErrMemory):
		if p.limits.Over != nil {
			p.limits.Over()
		}
		return &LimitError{Limit: "script memory", Max: fmt.Sprintf("%d bytes", p.limits.ScriptMemory)}
	case errors.Is(err, script.ErrGone):
		return ErrClosed
	}
	return err
}

// limitError translates what the document reports.
func limitError(err error) error {
	if limit, ok := errors.AsType[*dom.LimitError](err); ok {
		return &LimitError{Limit: limit.Limit, Max: fmt.Sprint(limit.Max)}
	}
	return err
}

// threw records what a script or handler has thrown.
func (p *Page) threw(e ScriptError) {
	const most = 100
	if len(p.scriptErrors) < most {
		p.scriptErrors = append(p.scriptErrors, e)
	}
}

// handlerThrew records what a handler has thrown, which fails the act.
func (p *Page) handlerThrew(e ScriptError) {
	p.threw(e)
	if p.op.failed == nil {
		p.op.failed = &e
	}
}

// host answers one question of the prelude: its name and its arguments.
func (p *Page) host(args []any) (any, error) {
	name, _ := args[0].(string)
	op := operations[name]
	if op == nil {
		return nil, fmt.Errorf("unsupported: %s", name)
	}
	handed := 0
	for _, arg := range args {
		text, _ := arg.(string)
		handed += len(text)
	}
	if err := p.doc.Hand(handed, handedFactor*p.limits.Bytes); err != nil {
		p.fatal = limitError(err)
		return nil, p.fatal
	}
	result, err := op(p, arguments{p, args[1:]})
	if limit, ok := errors.AsType[*LimitError](limitError(err)); ok {
		p.fatal = limit
	}
	return result, err
}

// handedFactor bounds the text that scripts hand to the page, most of which is
// names and not kept, as a multiple of what the page may hold.
const handedFactor = 8

// operation is one question that the prelude asks.
type operation func(p *Page, a arguments) (any, error)

// operations are all questions, by name.
var operations = map[string]operation{}

func init() {
	for _, group := range []map[string]operation{treeOperations, htmlOperations, formOperations, windowOperations, webOperations, requestOperations, moduleOperations, placeOperations, parseOperations, madeOperations} {
		for name, op := range group {
			operations[name] = op
		}
	}
}

// arguments of an operation; one that is missing or of another kind is zero.
type arguments struct {
	page   *Page
	values []any
}

func (a arguments) at(i int) any {
	if i < len(a.values) {
		return a.values[i]
	}
	return nil
}

func (a arguments) text(i int) string {
	s, _ := a.at(i).(string)
	return s
}

func (a arguments) flag(i int) bool {
	b, _ := a.at(i).(bool)
	return b
}

func (a arguments) number(i int) int {
	switch v := a.at(i).(type) {
	case int:
		return v
	case float64:
		return int(v)
	}
	return 0
}

// node is the node that the argument numbers; nil for 0.
func (a arguments) node(i int) *html.Node {
	id := a.number(i)
	if id < 1 || id > len(a.page.nodes) {
		return nil
	}
	return a.page.nodes[id-1]
}

// id numbers a node for scripts; 0 is no node.
func (p *Page) id(n *html.Node) int {
	if n == nil {
		return 0
	}
	id := p.ids[n]
	if id == 0 {
		p.nodes = append(p.nodes, n)
		id = len(p.nodes)
		p.ids[n] = id
	}
	return id
}

func (p *Page) idList(nodes []*html.Node) []any {
	ids := make([]any, len(nodes))
	for i, n := range nodes {
		ids[i] = p.id(n)
	}
	return ids
}
