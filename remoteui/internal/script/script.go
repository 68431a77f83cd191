// Package script runs the scripts of a page in an embedded engine whose memory,
// stack and running time are bounded.
//
// The engine is modernc.org/quickjs, a Go translation of QuickJS: unlike other
// pure Go engines it honours a memory limit, stops endless loops, backtracking
// expressions and sorts when interrupted, and reads old constructs such as
// <!-- --> in scripts. A few built-in functions do not look at the interrupt;
// for those the caller gets its error at the deadline while the engine is left
// behind until it ends by itself, which [Lingering] counts.
package script

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/quickjs"
)

var (
	// ErrTime says that a script was stopped because it ran too long.
	ErrTime = errors.New("script runs too long")
	// ErrMemory says that the engine's memory limit was reached.
	ErrMemory = errors.New("script needs too much memory")
	// ErrGone says that the VM was closed or had to be left behind.
	ErrGone = errors.New("script engine is closed")
	// ErrBusy says that as many engines were left behind as are allowed.
	ErrBusy = errors.New("too many scripts that cannot be stopped are still running: wait for them to end")
)

const (
	// grace is how long an interrupted script may take to stop before it is
	// left behind.
	grace = 200 * time.Millisecond
	// maxLingering bounds the engines left behind; more are not started.
	maxLingering = 4
	// stackSlots bounds the depth of calls; each slot costs Go stack.
	stackSlots = 2000
	// firstGC is the size in bytes from which an engine looks for cycles to
	// collect, for the first time: the preludes of most pages stay below.
	firstGC = 1 << 20
)

var lingering atomic.Int32

// Lingering is the number of engines left behind that have not ended yet.
func Lingering() int { return int(lingering.Load()) }

// Host is what scripts can reach outside of the engine: it is called with the
// arguments of the script's call and returns nil, bool, int, float64, string
// or a slice of these. It runs while the caller of the VM waits.
type Host func(args []any) (any, error)

// VM is one engine. It is used by one goroutine at a time.
type VM struct {
	vm      *quickjs.VM
	entry   quickjs.Value
	host    Host
	prelude *Prelude

	mu     sync.Mutex // held while host runs, so that nothing runs after leaving
	left   bool       // the engine was left behind; guarded by mu
	inHost bool       // host is running and may call back; guarded by mu

	gone bool // closed or left; used by the owner only
}

// New starts an engine and runs the prelude in it, whose value is the function
// that Call calls. The prelude finds host as globalThis.__host, and what reads
// its parts as globalThis.__part; it has to take them away.
func New(prelude *Prelude, host Host, memory int) (*VM, error) {
	if Lingering() >= maxLingering {
		return nil, ErrBusy
	}
	code, err := prelude.main()
	if err != nil {
		return nil, fmt.Errorf("compiling the prelude: %w", err)
	}
	raw, err := quickjs.NewVM()
	if err != nil {
		return nil, fmt.Errorf("starting the script engine: %w", err)
	}
	raw.SetMemoryLimit(uintptr(memory))
	raw.SetMaxStackSize(stackSlots)
	raw.SetGCThreshold(firstGC)
	v := &VM{vm: raw, host: host, prelude: prelude}
	if err := errors.Join(raw.RegisterHostFunc("__host", v.callHost), raw.RegisterFunc("__part", v.part, false)); err != nil {
		return nil, errors.Join(fmt.Errorf("binding the page: %w", err), raw.Close())
	}
	if v.entry, err = raw.EvalBytecodeValue(code); err != nil {
		return nil, errors.Join(fmt.Errorf("running the prelude: %w", err), raw.Close())
	}
	return v, nil
}

// part is the value of one part of the prelude. What cannot be read, for want
// of memory or since the engine is to stop, is undefined, and may be asked for
// again.
func (v *VM) part(name string) quickjs.Value {
	compiled := v.prelude.parts[name]
	if compiled == nil {
		return quickjs.UndefinedValue
	}
	code, err := compiled()
	if err != nil {
		return quickjs.UndefinedValue
	}
	value, err := v.vm.EvalBytecodeValue(code)
	if err != nil {
		return quickjs.UndefinedValue
	}
	return value
}

// callHost lets a script call out, unless nobody waits for it any more.
func (v *VM) callHost(args []any) (result any, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.left {
		v.vm.Interrupt()
		return nil, ErrGone
	}
	v.inHost = true
	defer func() {
		v.inHost = false
		if p := recover(); p != nil {
			result, err = nil, fmt.Errorf("unsupported: %v", p)
		}
	}()
	return v.host(args)
}

// Eval runs global code. Positions in errors count from line, 1-based. It
// returns *Error for what the script throws.
func (v *VM) Eval(ctx context.Context, budget time.Duration, code string, line int) error {
	_, err := v.run(ctx, budget, func() (any, error) {
		r, err := v.vm.EvalValue(pad(code, line), quickjs.EvalGlobal)
		if err == nil {
			r.Free()
		}
		return nil, err
	})
	return err
}

// Call calls the function the prelude has returned.
func (v *VM) Call(ctx context.Context, budget time.Duration, args ...any) (any, error) {
	return v.run(ctx, budget, func() (any, error) {
		return v.entry.Call(quickjs.UndefinedValue, args...)
	})
}

// run does work in the engine and waits for it no longer than budget. Inside a
// host call it goes on in the running work and its deadline.
func (v *VM) run(ctx context.Context, budget time.Duration, work func() (any, error)) (any, error) {
	if v.gone {
		return nil, ErrGone
	}
	if v.inHost {
		v.inHost = false
		v.mu.Unlock()
		defer v.reenter()
		return convert(work())
	}
	if budget <= 0 {
		return nil, ErrTime
	}
	var (
		result any
		err    error
		done   = make(chan struct{})
	)
	go func() {
		defer close(done)
		result, err = v.work(work)
	}()
	if stopped := v.wait(ctx, budget, done); stopped != nil {
		return nil, stopped
	}
	return result, err
}

// reenter goes back into the host call that called the engine. If it was left
// behind meanwhile, the call must not touch the page any more.
func (v *VM) reenter() {
	v.mu.Lock()
	v.inHost = true
	if v.left {
		panic(ErrGone)
	}
}

// work runs on the engine's goroutine.
func (v *VM) work(work func() (any, error)) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("script engine failed: %v", p)
		}
	}()
	result, err = convert(work())
	if _, jobs := v.vm.ExecutePendingJobs(); jobs != nil && err == nil {
		_, err = convert(nil, jobs)
	}
	return result, err
}

// wait returns nil when the work is done in time, else why it was stopped.
func (v *VM) wait(ctx context.Context, budget time.Duration, done <-chan struct{}) error {
	timer := time.NewTimer(budget)
	defer timer.Stop()
	var stopped error
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		stopped = ctx.Err()
	case <-timer.C:
		stopped = ErrTime
	}
	v.vm.Interrupt()
	timer.Reset(grace)
	select {
	case <-done:
	case <-timer.C:
		v.leave(done)
	}
	return stopped
}

// leave gives the engine up: its goroutine cleans up when the script ends.
func (v *VM) leave(done <-chan struct{}) {
	v.mu.Lock()
	v.left = true
	v.mu.Unlock()
	v.gone = true
	lingering.Add(1)
	go func() {
		<-done
		v.free()
		lingering.Add(-1)
	}()
}

// Close frees the engine. It may be called twice.
func (v *VM) Close() {
	if v == nil || v.gone {
		return
	}
	v.gone = true
	v.free()
}

// free closes the engine. An engine that failed is abandoned: closing it then
// reports an error that helps nobody.
func (v *VM) free() {
	v.entry.Free()
	_ = v.vm.Close()
}

// Gone reports whether the VM is closed or was left behind.
func (v *VM) Gone() bool { return v.gone }

// Nested reports whether the VM is being used from within a host call.
func (v *VM) Nested() bool { return !v.gone && v.inHost }
