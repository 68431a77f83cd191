package script_test

import (
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/race"
)

// FuzzEval runs anything as a script: whatever it is, the caller has its
// answer in time, and an engine that is not left behind goes on working.
func FuzzEval(f *testing.F) {
	for _, seed := range []string{
		"<!-- x\n1", "for(;;);", "try{for(;;);}catch(e){}", "new Array(3e6).join('x')", "/(a*)*b\\1/.test('a'.repeat(40))", "host('fail')",
		"var adrsList = {3:{tp:2,nm:'x ',ad:'y'}};", "throw {toString(){for(;;);}}", "x\u2028=1", "class A{#b=1}", "2n**(2n**30n)", "Promise.reject()",
		"new Proxy({},{get(){return host(1)}}).x", "eval('eval(\"1\")')", "label: for(;;) break label", "\"\\ud800\"", "host(host)", "host({a:1},[1,[2]],()=>1,1n,Symbol())",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		vm := start(t, echo)
		begun := race.Worked()
		err := vm.Eval(t.Context(), new(100*time.Millisecond), code, 1)
		if took := race.Worked() - begun; took > 5*time.Second && !raced {
			t.Errorf("took %v", took)
		}
		if err != nil && !utf8.ValidString(err.Error()) {
			t.Errorf("error %q", err)
		}
		if !vm.Gone() {
			_, _ = vm.Call(t.Context(), new(100*time.Millisecond), "String", code) // String may have been replaced
		}
	})
}
