package script_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/script"
)

var prelude = script.NewPrelude(source(`(() => {
	const host = globalThis.__host;
	delete globalThis.__host;
	globalThis.host = host;
	return (name, ...args) => globalThis[name](...args);
})()`), nil)

func source(code string) func() string { return func() string { return code } }

func start(t *testing.T, host script.Host) *script.VM { return startFor(t, t.Name(), host) }

func startFor(t *testing.T, owner string, host script.Host) *script.VM {
	t.Helper()
	vm, err := script.New(prelude, host, 32<<20, owner)
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
	if err := vm.Eval(t.Context(), new(time.Second), `<!-- old
function f(a, b) { return host(a, b, null, 1.5, true).join() }
//-->`, 1); err != nil {
		t.Fatal(err)
	}
	got, err := vm.Call(t.Context(), new(time.Second), "f", "a", 2)
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
		err := vm.Eval(t.Context(), new(patience), test.code, 10)
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
		if err := vm.Eval(t.Context(), new(500*time.Millisecond), test.code, 1); !errors.Is(err, test.want) && !errors.Is(err, script.ErrTime) {
			t.Errorf("%q: got %v", test.code, err)
		}
		if err := vm.Eval(t.Context(), new(time.Second), "1", 1); vm.Gone() || err != nil {
			t.Errorf("%q: the engine is of no use afterwards: %v", test.code, err)
		}
	}
}

// An engine that does not hear the interrupt is left behind at the deadline,
// and counted until it ends. Meanwhile its owner gets no other, and nobody else
// is kept from working, however many owners there are.
func TestLeavesBehind(t *testing.T) {
	if raced {
		t.Skip("time limits say nothing under the race detector")
	}
	left := 0
	for i := range runtime.GOMAXPROCS(0) + 1 {
		owner := fmt.Sprint(t.Name(), i)
		vm := startFor(t, owner, echo)
		if err := vm.Eval(t.Context(), new(time.Millisecond), "new Array(5e6).join('x')", 1); !errors.Is(err, script.ErrTime) {
			t.Fatalf("got %v", err)
		}
		if !vm.Gone() {
			continue // it stopped in time
		}
		left++
		if _, err := vm.Call(t.Context(), new(time.Second), "f"); !errors.Is(err, script.ErrGone) {
			t.Errorf("Call: %v, want ErrGone", err)
		}
		if _, err := script.New(prelude, echo, 32<<20, owner); !errors.Is(err, script.ErrBusy) && script.Lingering() > 0 {
			t.Errorf("New for the same owner: %v, want ErrBusy", err)
		}
	}
	if left == 0 {
		t.Skip("all stopped in time")
	}
	for deadline := time.Now().Add(time.Minute); script.Lingering() > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the engines left behind never end")
		}
		probe := startFor(t, "another", echo)
		if err := probe.Eval(t.Context(), new(time.Second), "1", 1); err != nil {
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
		return vm.Call(context.Background(), new(time.Duration), "down", args[0])
	})
	if err := vm.Eval(t.Context(), new(time.Second), "function down(n) { return n + ',' + host(n - 1) }", 1); err != nil {
		t.Fatal(err)
	}
	if got, err := vm.Call(t.Context(), new(time.Second), "down", 3); got != "3,2,1,end" || err != nil || vm.Nested() {
		t.Errorf("got %v, %v", got, err)
	}
	if err := vm.Eval(t.Context(), new(time.Second), "down = function () { for (;;); }", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := vm.Call(t.Context(), new(100*time.Millisecond), "host", 1); !errors.Is(err, script.ErrTime) {
		t.Errorf("got %v, want ErrTime", err)
	}
}

// What was not used of the budget is left where the caller does not want to know any more.
func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	vm := start(t, func([]any) (any, error) { cancel(); return nil, nil })
	const most = time.Minute
	budget := most
	err := vm.Eval(ctx, &budget, `for (var i = 0; i < 1e4; i++); host(); for (;;);`, 1)
	if !errors.Is(err, context.Canceled) || budget <= 0 || budget >= most {
		t.Errorf("%v, and %v is left", err, budget)
	}
}

func TestHostPanics(t *testing.T) {
	t.Parallel()
	vm := start(t, func(args []any) (any, error) { panic(fmt.Sprint("no ", args[0])) })
	if err := vm.Eval(t.Context(), new(time.Second), "try { host('x') } catch (e) { if (e.message.indexOf('no x') < 0) throw e }", 1); err != nil {
		t.Errorf("got %v", err)
	}
}

// Parts of the prelude are read when it asks for them. One that there is not,
// or that memory does not suffice for, is undefined; the latter can be had
// later.
func TestParts(t *testing.T) {
	t.Parallel()
	inParts := script.NewPrelude(source(`(() => {
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
})()`), map[string]func() string{
		"sum": source("(a, b) => a + b"), "two": source("1 + 1"), "large": source("(() => { const s = '" + strings.Repeat("x", 1<<20) + "'; return () => s })()"),
	})
	vm, err := script.New(inParts, echo, 8<<20, t.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	for task, want := range map[string]any{"sum": 5, "again": false, "none": "undefined", "full": "undefined function"} {
		if got, err := vm.Call(t.Context(), new(30*time.Second), task); got != want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", task, got, err, want)
		}
	}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	done := false
	vm := start(t, func(args []any) (any, error) { done = true; return nil, nil })
	if err := vm.Eval(t.Context(), new(time.Second), "Promise.resolve().then(() => host())", 1); err != nil || !done {
		t.Errorf("done: %v, %v", done, err)
	}
}

// What is bounded is the script's own work: that others keep the processors
// busy takes nothing off its budget.
func TestCountsItsOwnWork(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("time limits say nothing under the race detector")
	}
	vm := start(t, echo)
	const code = "for (var i = 0; i < 1e6; i++);"
	alone := time.Minute
	if err := vm.Eval(t.Context(), &alone, code, 1); err != nil {
		t.Fatal(err)
	}
	work := time.Minute - alone
	ctx, cancel := context.WithCancel(t.Context())
	var others sync.WaitGroup
	for range 4 * runtime.GOMAXPROCS(0) {
		others.Go(func() {
			for ctx.Err() == nil {
			}
		})
	}
	budget := 5 * work
	err := vm.Eval(t.Context(), &budget, code, 1)
	cancel()
	others.Wait()
	if err != nil || 5*work-budget > 3*work {
		t.Errorf("a script of %v of work has used %v among busy others, of %v: %v", work, 5*work-budget, 5*work, err)
	}
}

// Scripts wait for their turn as long as their context lets them, and the time
// in which they do is not counted.
func TestWaitsForItsTurn(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	var running sync.WaitGroup
	defer running.Wait()
	defer close(release)
	for i := range runtime.GOMAXPROCS(0) {
		vm := startFor(t, fmt.Sprint(t.Name(), i), func([]any) (any, error) {
			inside <- struct{}{}
			<-release
			return nil, nil
		})
		running.Go(func() {
			if err := vm.Eval(t.Context(), new(time.Minute), "host()", 1); err != nil {
				t.Error(err)
			}
		})
	}
	for range runtime.GOMAXPROCS(0) {
		<-inside
	}
	vm := start(t, echo)
	stopped, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := vm.Eval(stopped, new(time.Minute), "1", 1); !errors.Is(err, context.Canceled) || vm.Gone() {
		t.Errorf("waiting for a turn: %v, gone: %v", err, vm.Gone())
	}
	ctx, done := script.WithTimeout(t.Context(), 50*time.Millisecond, errors.New("too long"))
	waited := make(chan error)
	go func() { waited <- vm.Eval(ctx, new(time.Minute), "1", 1) }()
	select {
	case err := <-waited:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	release <- struct{}{}
	if err := <-waited; err != nil {
		t.Errorf("after its turn came: %v", err)
	}
	if counted := done(); counted >= 200*time.Millisecond {
		t.Errorf("%v counted", counted)
	}
	working, done := script.WithTimeout(t.Context(), time.Millisecond, errors.New("too long"))
	defer done()
	if <-working.Done(); fmt.Sprint(context.Cause(working)) != "too long" {
		t.Errorf("ended since %v", context.Cause(working))
	}
}

// A script that waits for an answer does not keep others from running.
func TestWaitsOutside(t *testing.T) {
	var others *script.VM
	vm := func() (vm *script.VM) {
		vm = start(t, func([]any) (result any, err error) {
			vm.Outside(t.Context(), func() {
				for range runtime.GOMAXPROCS(0) + 1 {
					err = errors.Join(err, others.Eval(t.Context(), new(time.Minute), "1", 1))
				}
			})
			return nil, err
		})
		return vm
	}()
	var running sync.WaitGroup
	defer running.Wait()
	release := make(chan struct{})
	defer close(release)
	inside := make(chan struct{})
	for i := range runtime.GOMAXPROCS(0) - 1 { // all turns but one are taken
		busy := startFor(t, fmt.Sprint(t.Name(), i), func([]any) (any, error) {
			inside <- struct{}{}
			<-release
			return nil, nil
		})
		running.Go(func() { _ = busy.Eval(t.Context(), new(time.Minute), "host()", 1) })
		<-inside
	}
	others = startFor(t, "another", echo)
	if err := vm.Eval(t.Context(), new(time.Minute), "host()", 1); err != nil {
		t.Error(err)
	}
}
