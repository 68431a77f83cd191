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
		{"var a = 1; document.write('a')", "a", true},
		{"var a = 1, b = 2;", "", true},
		{"var a = 1\n,\tb=[2, {c: ','}] , d = 'e';function f() { return b }", "", true},
		{"document.write('a'); var a = 1, b = 2\n", "a", true},
		{"function f() { var c = (a[1] - (b)) / 2, d = g(a) / ((b) / 2) /* ) */ / 3; return (a) // }\n / 1 }", "", true},
		{"function f() { if (a) { b = (c) / '}'.length } }", "", true},
		{"function once() { return 1 } function only() {} var online = true;", "", true},
		{"document.writeln(\"a\\x41\\n\")\ndocument.write( 'b\\\\' ) // c\n;", "aA\n\nb\\", false},
	} {
		written, declares, ok := script.Foretell(tc.code, moment)
		if written != tc.written || (declares != "") != tc.declares || !ok {
			t.Errorf("%q: %q, %q, %t", tc.code, written, declares, ok)
		}
	}
	for _, code := range []string{
		"function f() { a++ / 2 }", // it could begin a regular expression
		"function f() { if (a) / 2 }", "function f() { while ((a)) /[}]/.test(b) }", "function f() { for (;;) /}/.exec(b) }", "function f() { with (a) /}/.exec(b) }", "function f() { a.if(b) / 2 }", "function f() { ) / 2 }", "function f() { (a) /* }",
		"function f() { async () => { for await (a of b) /[(]/.exec(a) } }", "function f() { return `}` }", "function f() {} f()", "function f() {} (1)", "function f() {}\n/x/.test(go())",
		"function f(a = go()) {}", "function* f() {}", "async function f() {}", "(function f() {})", "var f = function() {}", "'use strict'; function f() {}",
		"function f() { '\n' }", "function f() { // }", "function f() { /* }", "function f() {", "function onload() {}", "function document() {}",
		"function f() { x = 1 <!-- }\n}\n", "function f() { /*\n*/--> }\n}\n", "function f() {}\u2028go()", "function f() { // \u2028go() }\n}", "function f() { \\u0061 }",
		"document.write('a' + b)", "document.write((new Date()).getTime() + 'a')", "document.write(Date.now())", "document.write('a' + Date.now() * 2)",
		"document.write('a' + new Date().getTime().toString(16))", "document.write('a' + new Date.getTime())", "document.write('a' + new Date(0).getTime())", "document.write('a' + )",
		"document.write('a' + +'b')", "function Date() {}", "var Date = 1;", "var document = {};", "var onload = null;", "var name = 'x';", "var top = 1;",
		"var a = b;", "var a = [b];", "var a = {b};", "var a = {b() {}};", "var a = {get b() {}};", "var a = {[b]: 1};", "var a = [...b];", "var a = [,1];", "var a = [1", "var a = {a:", "var a = {a:1",
		"var a = 1 + 2;", "var a = 1\ngo()", "var a = [1]\n(2);", "var a = 010;", "var a = 1e5;", "var a = 0x1;", "var a = 1.;", "var a = 1n;", "var a = /x/;", "var a = `x`;", "var a = 'x' + go();",
		"var a, b = 1;", "var a = 1, b;", "var a = 1, b = go();", "var a = 1,", "var a = 1,;", "var a = 1, 2;", "var a = 1, b = 2 c", "var a = 1, b = 2\n(3);", "var a = 1, b = 2 + 3;", "var a = 1, onload = null;", "var a = 1, top = 2;", "var a = 1, var b = 2;", "var a;", "let a = 1;", "const a = 1;", "a = 1;", "var {a} = {a: 1};", "var a = (1);", "var a = 1; go();",
		"var a = " + strings.Repeat("[", 30) + strings.Repeat("]", 30) + ";", "document.write('a', 'b')", "document.write('a') document.write('b')", "document.write('a')\n.length", "document.write('a')\n(1)", "document.write",
		"document.write('\\101')", "document.write('\\ud800')", "document.write('\\\n')", "document.write('a", "document.write('\xff')", "document.write(", "x.document.write('a')", "document.write('a').b()",
		"function f() { 1 2 } document.write('a')", // whose error has nothing written
	} {
		if written, declares, ok := script.Foretell(code, moment); ok {
			t.Errorf("%q: %q, %q", code, written, declares)
		}
	}
}

// Loops that write the rows of a list are told, with what they leave behind; others are
// not.
func TestForetellLists(t *testing.T) {
	t.Parallel()
	const data = `var l = [['A\x42', './a?' , 7], ["C", {n: 'd', 'x-y': [true], 12: 'e'}, -3,],];`
	loop := func(body string) string { return data + "\nfor (var i = 0; i < l.length; i++) " + body }
	const after = data + "\nvar i = 2;"
	for _, tc := range []struct{ code, written, declares string }{
		{loop("{\n\tdocument.write('<li>' + l[i][0] + '<\\/li>');\n}\n//]]>"), "<li>AB</li><li>C</li>", after},
		{loop("document.write(l[i][0])"), "ABC", after},
		{loop("document.writeln(i + ': ' + l[i][2]); document.write('end')"), "0: 7\n1: -3\nend", after},
		{loop("{ document.write('a' + l[i][2] + i)\ndocument.write(i); } // x"), "a700a-311", after},
		{loop("{ document.write(l[i][0] + Date.now()) }"), "AB1796010580121C1796010580121", after},
		{loop("{}"), "", after},
		{"document.write('a'); " + loop("{ document.write('b') } document.write('c')"), "abbc", after},
		{"var a = 1, l = ['x','y'], b = 2; for (var i = 0; i < l.length; i++) document.write(l[i]);", "xy", "var a = 1;\nvar l = ['x','y'];\nvar b = 2;\nvar i = 2;"},
		{"var e = []; for (var k=0; k<e.length; ++k) { document.write(e[k].x.y); }", "", "var e = [];\nvar k = 0;"},
		{"var o = [{n: 'x', deep: [['y']]}]; for (var _ = 0; _ < o.length; _++) { document.write(o[_].n + o[_]['deep'][0][0]); }", "xy", "var o = [{n: 'x', deep: [['y']]}];\nvar _ = 1;"},
	} {
		written, declares, ok := script.Foretell(tc.code, moment)
		if written != tc.written || declares != tc.declares || !ok {
			t.Errorf("%q: %q, %q, %t", tc.code, written, declares, ok)
		}
	}
	for _, code := range []string{
		loop("document.write(l[i][1])"), // './a?', and then an object
		loop("document.write(l[i])"), loop("document.write(l)"), loop("document.write(l.length)"), loop("document.write(l[i].length)"), loop("document.write(l[i][0].length)"),
		loop("document.write(l[i][3])"), loop("document.write(l[i]['00'])"), loop("document.write(l[i][0][0])"), loop("document.write(l[i][i])"), loop("document.write(l[1][0])"),
		loop("document.write(i + 1)"), loop("document.write(l[i][2] + i)"), loop("document.write(x)"), loop("document.write(i++)"), loop("document.write('a', 'b')"), loop("document.write()"),
		loop("document.write('<SCRIPT>l = []</script>')"), loop("{ document.write('a') document.write('b') }"), loop("{ document.write('a')\n('b') }"), loop("document.write('a')\n.b"),
		loop("{ document.write('a'); go() }"), loop("{ document.write('a'); break; }"), loop("{ document.close() }"), loop("{ document.write('a');"), loop("{ document.write('a') } go()"),
		loop("document.write('a') }"), loop(""), loop(";"), loop("{ if (i) document.write('a') }"), loop("document.write('a'); function f() {}"), "function f() {} " + loop("document.write('a')"),
		strings.Replace(loop("document.write('a')"), "i++", "i + +", 1), strings.Replace(loop("document.write('a')"), "i++", "j++", 1), strings.Replace(loop("document.write('a')"), "i++", "i--", 1),
		strings.Replace(loop("document.write('a')"), "i <", "i <=", 1), strings.Replace(loop("document.write('a')"), "= 0", "= 1", 1), strings.Replace(loop("document.write('a')"), "var i", "i", 1),
		strings.Replace(loop("document.write('a')"), "l.length", "m.length", 1), strings.ReplaceAll(loop("document.write('a')"), "i", "l"), strings.Replace(loop("document.write('a')"), "l.length", "l", 1),
		"for (var i = 0; i < l.length; i++) document.write('a'); " + data, "var l = 'abc'; for (var i = 0; i < l.length; i++) document.write('a');",
		"var l = {length: 2}; for (var i = 0; i < l.length; i++) document.write('a');", "var length = ['a']; for (var i = 0; i < length.length; i++) document.write('a');",
		"var l = ['a']; for (var top = 0; top < l.length; top++) document.write('a');", "var l = ['a']; for (var onload = 0; onload < l.length; onload++) document.write('a');",
		"var l = [{__proto__: ['a']}]; for (var i = 0; i < l.length; i++) document.write(l[i][0]);", "var l = [{toString: 'a'}]; for (var i = 0; i < l.length; i++) document.write(l[i]);",
		"var l = [{}]; for (var i = 0; i < l.length; i++) document.write(l[i].valueOf);", "var l = ['a']; var class = 1; for (var i = 0; i < l.length; i++) document.write('a');",
		"var l = [1.50]; for (var i = 0; i < l.length; i++) document.write('a' + l[i]);", "var l = [-0]; for (var i = 0; i < l.length; i++) document.write('a' + l[i]);",
		"var l = [12345678901234567890]; for (var i = 0; i < l.length; i++) document.write('a' + l[i]);", "var l = ['\\u{41}']; for (var i = 0; i < l.length; i++) document.write('a');",
		"var l = [true, null]; for (var i = 0; i < l.length; i++) document.write(l[i] + 1);", "document.write('a'); var l = ['\\u{110000}'];",
		// What would be written is the square of what was read, by one loop or by many;
		// rows and terms without a text take their time, too, and values their memory.
		"var l = [" + strings.Repeat("1,", 2000) + "]; for (var i = 0; i < l.length; i++) document.write('" + strings.Repeat("a", 1000) + "');",
		"var l = [" + strings.Repeat("1,", 200) + "]; " + strings.Repeat("for (var i = 0; i < l.length; i++) document.write('"+strings.Repeat("a", 1000)+"');", 10),
		"var l = [" + strings.Repeat("1,", 20000) + "]; " + strings.Repeat("for (var i = 0; i < l.length; i++) {};", 100),
		"var l = [" + strings.Repeat("1,", 2000) + "]; for (var i = 0; i < l.length; i++) document.write(''" + strings.Repeat("+''", 1000) + ");",
		"var l = [" + strings.Repeat("1,", 1<<15) + "]; for (var i = 0; i < l.length; i++) document.write('a');",
	} {
		if written, declares, ok := script.Foretell(code, moment); ok {
			t.Errorf("%.200q: %.200q, %.200q", code, written, declares)
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
		"var a = [['x', 1], ['y', {b: -2}]]\n;for (var i = 0; i < a.length; i++) { document.write('<' + a[i][0] + i);\ndocument.writeln(a[i][1]) }", "var a = [{b: 'c'}]; for (var b = 0; b < a.length; ++b) document.write(a[b].b + '\\n')",
		"function f() { return (1) / 2 /}/.length }", "function f() { if (1) /}/.test(1); }", "function f() { ((a)) / '/}/' }\nhost()",
		"var a = 1, b = 'c' , d = [2]\nfunction once() {}", "var a = 1, b = [['c']]; document.write('d'); for (var i = 0; i < b.length; i++) document.write(b[i][0])",
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
		// What is not run again has left the same behind as what is run in its place.
		values := func(code string) string {
			t.Helper()
			var said string
			vm := start(t, func(args []any) (any, error) {
				if len(args) == 2 && args[0] == "left" {
					said, _ = args[1].(string)
				}
				return nil, nil
			})
			for _, code := range []string{
				"globalThis.log = host; Object.defineProperty(globalThis, 'document', { value: { write() {}, writeln() {} } });", code, "log('left', JSON.stringify(Object.entries(globalThis)))",
			} {
				if err := vm.Eval(t.Context(), new(10*time.Second), code, 1); err != nil {
					t.Errorf("%q: %v", code, err)
				}
			}
			return said
		}
		if declares != "" && declares != code {
			if got, want := values(declares), values(code); got != want || got == "" {
				t.Errorf("%q, that is %q, leaves %s, want %s", code, declares, got, want)
			}
		}
		err := run(code)
		if thrown, ok := errors.AsType[*script.Error](err); ok && declares == code && strings.HasPrefix(thrown.Message, "SyntaxError") {
			err = nil // which is found when they are declared
		}
		if after := names(); err != nil || after != before || called || wrote.String() != written {
			t.Errorf("%q: names %q, then %q; called %t; wrote %q, want %q; %v", code, before, after, called, wrote.String(), written, err)
		}
	})
}
