package script_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/script"
)

// moment is the time of the pages of these tests.
var moment = time.UnixMilli(1_796_010_580_121)

// What is told of code is what it does; what is not understood is not told.
func TestForetell(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		code, written string
		declares      bool
	}{
		{"// nothing", "", false},
		{"function f() {}", "", true},
		{"\n<!-- old\nfunction f(a, b) { return a + b }\n//-->", "", true},
		{"//<![CDATA[\nfunction go(u) {\n\tlocation.href = u + '&D=' + new Date().getTime();\n}\n//]]>", "", true},
		{"function f() { if (a) { b(); } else { c('}'); } } /* } */ function $g_1(x) { return \"\\\"}\" };", "", true},
		{"function f(t) { return t.replace(/%(\\w+)}[/}]/g, function(all, n) { return r[n] / 2; }); }", "", true},
		{"//<![CDATA[\ndocument.write('<a href=\"javascript:f()\">\\u767b<\\/a>');\n//]]>", "<a href=\"javascript:f()\">登</a>", false},
		{"document.writeln('<a href=\"/out?Dummy=' + (new Date()).getTime() + '\">');", "<a href=\"/out?Dummy=1796010580121\">\n", false},
		{"document.write('a' +\n'b' + new Date().getTime()\n+ Date.now() + (new Date).getTime())", "ab179601058012117960105801211796010580121", false},
		{"var depList = [[\"i0014\",'i\\u0030012',\"1\"],[1, -2.5, 0 , true,]];\nvar o={a:1, \"b\" : {} , 3:[null]}\n;var n = 0", "", true},
		{"var a = '</s' ; function f() { return a }\n//]]>", "", true},
		{"document.writeln(\"a\\x41\\n\")\ndocument.write( 'b\\\\' ) // c\n;", "aA\n\nb\\", false},
	} {
		written, declares, ok := script.Foretell(tc.code, moment)
		if written != tc.written || declares != tc.declares || !ok {
			t.Errorf("%q: %q, %t, %t", tc.code, written, declares, ok)
		}
	}
	for _, code := range []string{
		"function f() { a++ / 2 }", // it could begin a regular expression
		"function f() { (a) / 2 }", "function f() { return `}` }", "function f() {} f()", "function f() {} (1)", "function f() {}\n/x/.test(go())",
		"function f(a = go()) {}", "function* f() {}", "async function f() {}", "(function f() {})", "var f = function() {}", "'use strict'; function f() {}",
		"function f() { '\n' }", "function f() { // }", "function f() { /* }", "function f() {", "function onload() {}", "function document() {}",
		"function f() { x = 1 <!-- }\n}\n", "function f() { /*\n*/--> }\n}\n", "function f() {}\u2028go()", "function f() { // \u2028go() }\n}", "function f() { \\u0061 }",
		"document.write('a' + b)", "document.write((new Date()).getTime() + 'a')", "document.write(Date.now())", "document.write('a' + Date.now() * 2)",
		"document.write('a' + new Date().getTime().toString(16))", "document.write('a' + new Date.getTime())", "document.write('a' + new Date(0).getTime())", "document.write('a' + )",
		"document.write('a' + +'b')", "function Date() {}", "var Date = 1;", "var document = {};", "var onload = null;", "var name = 'x';", "var top = 1;",
		"var a = b;", "var a = [b];", "var a = {b};", "var a = {b() {}};", "var a = {get b() {}};", "var a = {[b]: 1};", "var a = [...b];", "var a = [,1];", "var a = [1", "var a = {a:", "var a = {a:1",
		"var a = 1 + 2;", "var a = 1\ngo()", "var a = [1]\n(2);", "var a = 010;", "var a = 1e5;", "var a = 0x1;", "var a = 1.;", "var a = 1n;", "var a = /x/;", "var a = `x`;", "var a = 'x' + go();",
		"var a, b = 1;", "var a = 1, b = 2;", "var a;", "let a = 1;", "const a = 1;", "a = 1;", "var {a} = {a: 1};", "var a = (1);", "var a = 1; go();", "var a = 1; document.write('a')",
		"var a = " + strings.Repeat("[", 30) + strings.Repeat("]", 30) + ";", "document.write('a', 'b')", "document.write('a') document.write('b')", "document.write('a')\n.length", "document.write('a')\n(1)", "document.write",
		"document.write('\\101')", "document.write('\\ud800')", "document.write('\\\n')", "document.write('a", "document.write('\xff')", "document.write(", "x.document.write('a')", "document.write('a').b()",
		"function f() { 1 2 } document.write('a')", // whose error has nothing written
	} {
		if written, declares, ok := script.Foretell(code, moment); ok {
			t.Errorf("%q: %q, %t", code, written, declares)
		}
	}
}

// FuzzForetell runs what is foretold: it writes that, calls nothing else, and no
// name means anything else than a function afterwards.
func FuzzForetell(f *testing.F) {
	for _, seed := range []string{
		"function f(a, b) { if (/[/}]/.test(a)) { host('}') } return a / b }", "<!-- x\nfunction f() {}\n//-->", "function f() {} host()", "function f() { a++ /1/ host() }",
		"function f() { return /}/ }\nhost()//", "function host() {}", "function f() { x\n/}/ host() }", "function f() { '\\'}' } function g() { \"\" }", "function f(){)/}/}",
		"document.write('a\\n\\x41\\u00e9\\/')\n;document.writeln(\"'b\\\\\")//", "document.write('a')\ndocument.write('b')", "function f() {}document.write('\\t\\!')",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		written, declares, ok := script.Foretell(code, moment)
		if !ok {
			return
		}
		for _, names := range []string{"names", "log", "keep"} { // those of this test
			if strings.Contains(code, names) {
				return
			}
		}
		var wrote strings.Builder
		called := false
		vm := start(t, func(args []any) (any, error) {
			text, ok := args[len(args)-1].(string)
			if wrote.WriteString(text); !ok || args[0] != "log" {
				called = true
			}
			return nil, nil
		})
		run := func(code string) error { return vm.Eval(t.Context(), new(10*time.Second), code, 1) }
		if err := run(`var names = ((keys, log) => {
			const document = Object.freeze({ write: s => { log('log', s) }, writeln: s => { log('log', s + '\n') } });
			Object.defineProperty(globalThis, 'document', { value: document });
			globalThis.Date = class { static now() { return ` + fmt.Sprint(moment.UnixMilli()) + ` } getTime() { return Date.now() } };
			const had = keys(globalThis);
			return () => had.filter(k => typeof globalThis[k] != 'function').sort().join();
		})(Object.keys, host)`); err != nil {
			t.Fatal(err)
		}
		names := func() string {
			t.Helper()
			got, err := vm.Call(t.Context(), new(10*time.Second), "names")
			if err != nil {
				t.Fatal(err)
			}
			return got.(string)
		}
		before := names()
		err := run(code)
		if thrown, ok := errors.AsType[*script.Error](err); ok && declares && strings.HasPrefix(thrown.Message, "SyntaxError") {
			err = nil // which is found when they are declared
		}
		if after := names(); err != nil || after != before || called || wrote.String() != written {
			t.Errorf("%q: names %q, then %q; called %t; wrote %q, want %q; %v", code, before, after, called, wrote.String(), written, err)
		}
	})
}
