package script_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/script"
)

var prelude = script.NewPrelude(`(() => {
	const host = globalThis.__host;
	delete globalThis.__host;
	globalThis.host = host;
	return (name, ...args) => globalThis[name](...args);
})()`, nil)

func start(t *testing.T, host script.Host) *script.VM {
	t.Helper()
	vm, err := script.New(prelude, host, 32<<20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(vm.Close)
	return vm
}

func echo(args []any) (any, error) {
	if args[0] == "fail" {
		return nil, errors.New("unsupported: it")
	}
	return args, nil
}

func TestCall(t *testing.T) {
	t.Parallel()
	vm := start(t, echo)
	if err := vm.Eval(t.Context(), time.Second, `<!-- old
function f(a, b) { return host(a, b, null, 1.5, true).join() }
//-->`, 1); err != nil {
		t.Fatal(err)
	}
	got, err := vm.Call(t.Context(), time.Second, "f", "a", 2)
	if got != "a,2,,1.5,true" || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	const patience = 30 * time.Second
	vm := start(t, echo)
	tests := []struct {
		code, message string
		line          int
	}{
		{"\n\nx y", "SyntaxError: expecting ';'", 12},
		{"\nmissing()", "ReferenceError: 'missing' is not defined", 11},
		{"function g() { null.x }\ng()", "TypeError: cannot read property 'x' of null", 10},
		{"host('fail')", "TypeError: unsupported: it", 10},
		{"throw 'text'", "text", 0},
		{"(function f() { f() })()", "InternalError: stack overflow", 10},
	}
	for _, test := range tests {
		err := vm.Eval(t.Context(), patience, test.code, 10)
		e, ok := errors.AsType[*script.Error](err)
		if !ok || e.Message != test.message || e.Line != test.line {
			t.Errorf("%q: got %#v", test.code, err)
		}
	}
}

func TestStops(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("time limits say nothing under the race detector")
	}
	tests := []struct {
		code string
		want error
	}{
		{"for (;;) try { for (;;); } catch (e) {}", script.ErrTime},
		{"var a = []; for (;;) a.push('x'.repeat(1e5) + a.length)", script.ErrMemory},
	}
	for _, test := range tests {
		vm := start(t, echo)
		if err := vm.Eval(t.Context(), 500*time.Millisecond, test.code, 1); !errors.Is(err, test.want) && !errors.Is(err, script.ErrTime) {
			t.Errorf("%q: got %v", test.code, err)
		}
		if err := vm.Eval(t.Context(), time.Second, "1", 1); vm.Gone() || err != nil {
			t.Errorf("%q: the engine is of no use afterwards: %v", test.code, err)
		}
	}
}

// An engine that does not hear the interrupt is left behind at the deadline,
// and counted until it ends.
func TestLeavesBehind(t *testing.T) {
	if raced {
		t.Skip("time limits say nothing under the race detector")
	}
	vm := start(t, echo)
	begun := time.Now()
	err := vm.Eval(t.Context(), 50*time.Millisecond, "new Array(2e7).join('x')", 1)
	if took := time.Since(begun); !errors.Is(err, script.ErrTime) || took > 2*time.Second {
		t.Fatalf("got %v after %v", err, took)
	}
	if !vm.Gone() {
		t.Skip("the engine stopped in time")
	}
	if script.Lingering() == 0 {
		t.Error("the engine left behind is not counted")
	}
	if _, err := vm.Call(t.Context(), time.Second, "f"); !errors.Is(err, script.ErrGone) {
		t.Errorf("Call: %v, want ErrGone", err)
	}
	for deadline := time.Now().Add(time.Minute); script.Lingering() > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the engine left behind never ends")
		}
		probe := start(t, echo)
		if err := probe.Eval(t.Context(), time.Second, "1", 1); err != nil {
			t.Fatal(err)
		}
		probe.Close()
	}
}

// A host call may call the engine again; the deadline stays that of the outer
// call, and once the engine is left behind the host is not entered again.
func TestHostCallsBack(t *testing.T) {
	t.Parallel()
	var vm *script.VM
	vm = start(t, func(args []any) (any, error) {
		if !vm.Nested() {
			return nil, errors.New("not nested")
		}
		if args[0] == 0 {
			return "end", nil
		}
		return vm.Call(context.Background(), 0, "down", args[0])
	})
	if err := vm.Eval(t.Context(), time.Second, "function down(n) { return n + ',' + host(n - 1) }", 1); err != nil {
		t.Fatal(err)
	}
	if got, err := vm.Call(t.Context(), time.Second, "down", 3); got != "3,2,1,end" || err != nil || vm.Nested() {
		t.Errorf("got %v, %v", got, err)
	}
	if err := vm.Eval(t.Context(), time.Second, "down = function () { for (;;); }", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := vm.Call(t.Context(), 100*time.Millisecond, "host", 1); !errors.Is(err, script.ErrTime) {
		t.Errorf("got %v, want ErrTime", err)
	}
}

func TestHostPanics(t *testing.T) {
	t.Parallel()
	vm := start(t, func(args []any) (any, error) { panic(fmt.Sprint("no ", args[0])) })
	if err := vm.Eval(t.Context(), time.Second, "try { host('x') } catch (e) { if (e.message.indexOf('no x') < 0) throw e }", 1); err != nil {
		t.Errorf("got %v", err)
	}
}

// Parts of the prelude are read when it asks for them. One that there is not,
// or that memory does not suffice for, is undefined; the latter can be had
// later.
func TestParts(t *testing.T) {
	t.Parallel()
	inParts := script.NewPrelude(`(() => {
	const part = globalThis.__part;
	delete globalThis.__part;
	let fill = [];
	const tasks = {
		sum: () => part('sum')(part('two'), 3),
		again: () => part('sum') === part('sum'),
		none: () => typeof part('none'),
		full() {
			try { for (;;) fill.push(new Array(100).fill(fill.length)) } catch (e) { fill.push(1) }
			const had = typeof part('large');
			fill = [];
			return had + ' ' + typeof part('large');
		},
	};
	return name => tasks[name]();
})()`, map[string]string{
		"sum": "(a, b) => a + b", "two": "1 + 1", "large": "(() => { const s = '" + strings.Repeat("x", 1<<20) + "'; return () => s })()",
	})
	vm, err := script.New(inParts, echo, 8<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	for task, want := range map[string]any{"sum": 5, "again": false, "none": "undefined", "full": "undefined function"} {
		if got, err := vm.Call(t.Context(), 30*time.Second, task); got != want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", task, got, err, want)
		}
	}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	done := false
	vm := start(t, func(args []any) (any, error) { done = true; return nil, nil })
	if err := vm.Eval(t.Context(), time.Second, "Promise.resolve().then(() => host())", 1); err != nil || !done {
		t.Errorf("done: %v, %v", done, err)
	}
}
