package page_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/internal/script"
)

// What the environment of scripts takes for a handler of the window is never only
// declared.
func TestHandlersAreNoFunctions(t *testing.T) {
	t.Parallel()
	core, err := os.ReadFile("js/10-core.js")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(core), "const handlerNames = (")
	list, _, found := strings.Cut(list, ").split(' ')")
	names := regexp.MustCompile(`on\w+`).FindAllString(list, -1)
	if !found || len(names) < 30 {
		t.Fatalf("handlers %q", names)
	}
	for _, name := range names {
		if _, _, ok := script.Foretell("function "+name+"() {}", time.Now()); ok {
			t.Errorf("%s is only declared", name)
		}
	}
}

// Scripts that declare functions, or write markup as it stands, start no engine;
// what they mean is the same as if they had been run where they stand.
func TestDeclaredScripts(t *testing.T) {
	t.Parallel()
	const write = `<script>document.write('<b>' + 'un' + 'til</b>');</script>`
	for _, tc := range []struct{ name, src, text, errors string }{
		{"written", `<script>document.writeln('<i>one</i>');</script><script>document.write("two")</script>`, "one two", ""},
		{"declared, then called", `<script>function f() { document.write('three'); }</script><p>a<script>f();</script>`, "athree", ""},
		{"the last one counts", `<script>function f() { return 1 }</script><script>function f() { return 2 }</script><script>document.write(f() + '')</script>`, "2", ""},
		{"written by what is written", `<script>document.write('<script>function g() { return 4 }<\/script><script>document.write(g() + "")<\/script>');</script>`, "4", ""},
		{"called by a handler", `<body onload="h()"><script>function h() { document.getElementById('x').innerHTML = 'five' }</script><p id=x>`, "five", ""},
		{"a function that has an element's name", `<p id=f>6</p><script>function f() { return 7 }</script><script>document.write(f() + '')</script>`, "6\n7", ""},
		{"an error in a function", `<p>8<script>function f() { 1 2 }</script>`, "8", "script 1:1:18: SyntaxError"},
		{"and its line, after other scripts", "<p>9<script>document.write('x')</script>\n<script>\nfunction f() { 1 2 }</script>" + write, "9x\nuntil", "script 2:3:18: SyntaxError"},
		{"data for a function", `<script>var list = [['a', 1], ['b', 2]];</script><script>function f() { return list[1][0] }</script><script>document.write(f())</script>`, "b", ""},
		{"the last value counts", `<script>var v = 1;</script><script>function v() {}</script><script>var v = 'two';</script><script>document.write(v + '')</script>`, "two", ""},
		{"several in one", `<script>var a = 1, b = ['two'];</script><script>document.write(a + b[0])</script>`, "1two", ""},
		{"of several one that cannot be told", `<script>var a = 1, b = document.getElementsByTagName('p').length;</script><p><script>document.write(a + '' + b)</script>`, "10", ""},
		{"and one that is none", `<script>function once() { return 'once' }</script><script>document.write(once())</script>`, "once", ""},
		{"data that nothing waits for", `<p>12<script>var list = {a: 1, 'b': [true]};</script>`, "12", ""},
		{"the time", `<script>document.write('<i title=' + (new Date()).getTime() + '></i>')</script><script>document.write(Math.abs(document.getElementsByTagName('i')[0].title - new Date()) < 6e5)</script>`, "true", ""},
		{"no error in one, and the same error twice", `<p>10<script>function f() { 1 }</script><script>function g() { 1 2 }</script><script>function g() { 1 2 }</script>`, "10", "script 2:1:18: SyntaxError: expecting ';'; script 3:1:18: SyntaxError: expecting ';'"},
		{"a name that no function can have", `<p>11<script>function top() {}</script>`, "11", "script 1: TypeError"},
		{"an element in the way", `<img name=write><script>document.write('no')</script>`, "", "script 1:1:15: TypeError"},
		{"one that was written", `<script>document.write('<img name=write>')</script><script>document.write('no')</script>`, "", "script 2:1:15: TypeError"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, err := page.Load(t.Context(), tc.src, page.Options{URL: mustURL(t, corpusURL)})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			var errs []string
			p.ScriptErrors() // asking changes nothing
			for _, e := range p.ScriptErrors() {
				errs = append(errs, e.Error())
			}
			if got := strings.Join(errs, "; "); !strings.HasPrefix(got, tc.errors) || (got == "") != (tc.errors == "") {
				t.Errorf("errors %q, want %q", got, tc.errors)
			}
			if got := strings.Join(strings.Fields(p.Text()), " "); got != strings.Join(strings.Fields(tc.text), " ") {
				t.Errorf("text %q, want %q", got, tc.text)
			}
		})
	}
}
