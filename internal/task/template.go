package task

import (
	"embed"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"text/template/parse"
)

//go:embed text
var files embed.FS

// templates are the texts of a language, by name. They are written as text/template
// reads them, and read by its parser, but not executed by it: whatever imports
// text/template keeps all exported methods of all types, which made programs with
// this library a seventh larger, in the file and in memory. Of its language there
// is what the texts use, on a view, whose fields are strings but for conditions and
// lists.
type templates map[string]*parse.Tree

// texts are read when a language is first asked for.
var texts = func() map[string]func() templates {
	m := map[string]func() templates{}
	for _, lang := range Languages() {
		m[lang] = sync.OnceValue(func() templates { return read("text/" + lang) })
	}
	return m
}()

// functions are those of text/template that eval knows.
var functions = map[string]any{"and": true, "or": true, "not": true, "eq": true}

// read panics where a text is wrong: they are part of the program.
func read(dir string) templates {
	all := templates{}
	entries, err := files.ReadDir(dir)
	for _, e := range entries {
		var text []byte
		if text, err = files.ReadFile(dir + "/" + e.Name()); err != nil {
			break
		}
		if _, err = parse.New(e.Name()).Parse(string(text), "", "", all, functions); err != nil {
			break
		}
	}
	if err != nil {
		panic(err)
	}
	return all
}

// execute writes a template that there is, of what dot is in it.
func (t templates) execute(b *strings.Builder, name string, dot reflect.Value) error {
	return t.walk(b, t[name].Root, dot)
}

func (t templates) walk(b *strings.Builder, node parse.Node, dot reflect.Value) error {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil { // no else
			return nil
		}
		for _, each := range n.Nodes {
			if err := t.walk(b, each, dot); err != nil {
				return err
			}
		}
		return nil
	case *parse.TextNode:
		b.Write(n.Text)
		return nil
	case *parse.ActionNode:
		v, err := eval(n.Pipe, dot)
		if err == nil && v.Kind() != reflect.String {
			err = fmt.Errorf("%v is no text", n)
		}
		if err == nil {
			b.WriteString(v.String())
		}
		return err
	case *parse.IfNode:
		v, err := eval(n.Pipe, dot)
		switch {
		case err != nil:
			return err
		case truth(v):
			return t.walk(b, n.List, dot)
		}
		return t.walk(b, n.ElseList, dot)
	case *parse.RangeNode:
		v, err := eval(n.Pipe, dot)
		if err == nil && (v.Kind() != reflect.Slice || n.ElseList != nil) {
			err = fmt.Errorf("range over %v", n.Pipe)
		}
		for i := 0; err == nil && i < v.Len(); i++ {
			err = t.walk(b, n.List, v.Index(i))
		}
		return err
	case *parse.TemplateNode:
		v, err := eval(n.Pipe, dot)
		if err == nil && t[n.Name] == nil {
			err = fmt.Errorf("no template %q", n.Name)
		}
		if err != nil {
			return err
		}
		return t.execute(b, n.Name, v)
	}
	return fmt.Errorf("%v is not known here", node)
}

// eval is the value of a pipe of one command, or of an argument of one.
func eval(node parse.Node, dot reflect.Value) (v reflect.Value, err error) {
	switch n := node.(type) {
	case *parse.PipeNode:
		if len(n.Cmds) == 1 && len(n.Decl) == 0 {
			return call(n.Cmds[0].Args, dot)
		}
	case *parse.DotNode:
		return dot, nil
	case *parse.StringNode:
		return reflect.ValueOf(n.Text), nil
	case *parse.FieldNode:
		v = dot
		for _, name := range n.Ident {
			if v.Kind() != reflect.Struct || !v.FieldByName(name).IsValid() {
				return v, fmt.Errorf("no field %v", n)
			}
			v = v.FieldByName(name)
		}
		return v, nil
	}
	return v, fmt.Errorf("%v is not known here", node)
}

// call evaluates a function of its arguments, or one value.
func call(args []parse.Node, dot reflect.Value) (reflect.Value, error) {
	f, is := args[0].(*parse.IdentifierNode)
	if !is {
		if len(args) > 1 {
			return dot, fmt.Errorf("%v is no function", args[0])
		}
		return eval(args[0], dot)
	}
	var values []reflect.Value
	for _, a := range args[1:] {
		v, err := eval(a, dot)
		if err != nil {
			return v, err
		}
		// The first that decides is the value, and none after it is looked at.
		if f.Ident == "and" && !truth(v) || f.Ident == "or" && truth(v) {
			return v, nil
		}
		values = append(values, v)
	}
	switch {
	case (f.Ident == "and" || f.Ident == "or") && len(values) > 0:
		return values[len(values)-1], nil
	case f.Ident == "not" && len(values) == 1:
		return reflect.ValueOf(!truth(values[0])), nil
	case f.Ident == "eq" && len(values) == 2:
		return reflect.ValueOf(values[0].Equal(values[1])), nil
	}
	return dot, fmt.Errorf("%s with %d arguments", f.Ident, len(values))
}

// truth: what is empty is false.
func truth(v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		return v.Len() > 0
	}
	return !v.IsZero()
}
