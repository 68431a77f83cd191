package script_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/script"
)

// What a page can make long, deep or many has an end: then nothing is foreseen, in
// no time.
func TestForeseeBounds(t *testing.T) {
	t.Parallel()
	// chain are functions each of which calls the next one so many times.
	chain := func(functions, times int, last string) string {
		var b strings.Builder
		for i := range functions - 1 {
			fmt.Fprintf(&b, "function f%d() { %s }\n", i, strings.Repeat(fmt.Sprintf("f%d(); ", i+1), times))
		}
		fmt.Fprintf(&b, "function f%d() { %s }", functions-1, last)
		return b.String()
	}
	const leave, set = "location = '/x';", "document.f.a.value = '1';"
	text := func(bytes int) string { return "'" + strings.Repeat("x", bytes) + "'" }
	for _, tc := range []struct {
		name, declared, code string
		foreseen             bool
	}{
		{"deep", chain(20, 1, leave), "f0()", true},
		{"too deep", chain(21, 1, leave), "f0()", false},
		{"itself", "function f0() { f0() }", "f0()", false},
		{"many", "", strings.Repeat(set, 500), true},
		{"too many", "", strings.Repeat(set, 501), false},
		{"many calls", chain(2, 249, leave), "f0()", true}, // 499 statements
		{"too many calls", chain(2, 250, leave), "f0()", false},
		{"calls of nothing without end", chain(20, 50, ""), "f0()", false},
		{"long", "", "location = " + text(1<<15) + "+" + text(1<<15), true},
		{"too long", "", "location = " + text(1<<15) + "+" + text(1<<15+1), false},
		{"twice as long each time", "function f(a) { g(a + a) } function g(a) { location = a + a }", "f(" + text(1<<14+1) + ")", false},
		{"later", "function f() { setTimeout('g()', 1) } function g() { location = '/x' }", "f()", true},
		{"a variable has its name", "function f() { location = '/x' } var f = 1;", "f()", false},
		{"one of several has", "function f() { location = '/x' } var a = 1, f = 2;", "f()", false},
		{"none of several has", "function f() { location = '/x' } var a = 1, b = 2;", "f()", true},
		{"later, and later again", "function f() { setTimeout('f()', 1); location = '/x' }", "f()", false},
		{"two of them later", "function g() { location = '/x' }", "setTimeout('g()', 1); setTimeout('g()', 2)", false},
		{"in a thousand seconds", "", "setTimeout(\"location = '/x'\", 1000000)", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			seen, ok := script.ReadDeclared([]string{tc.declared}).Foresee(tc.code, false, moment)
			if ok != tc.foreseen || ok && len(seen.Acts) == 0 {
				t.Errorf("foreseen: %t, %d acts", ok, len(seen.Acts))
			}
		})
	}
}
