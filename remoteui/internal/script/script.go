// Package script runs the scripts of a page in an embedded engine whose memory,
// stack and running time are bounded.
//
// The engine is modernc.org/quickjs, a Go translation of QuickJS: unlike other
// pure Go engines it honours a memory limit, stops endless loops, backtracking
// expressions and sorts when interrupted, and reads old constructs such as
// <!-- --> in scripts. A few built-in functions do not look at the interrupt;
// for those the caller gets its error at the deadline while the engine is left
// behind until it ends by itself, which [Lingering] counts.
//
// The bound is on the script's own work: processor time, where the system counts
// that of a thread, not time on the clock, which a busy machine may spend on
// anything else. About as many scripts run at once as there are processors; the
// others wait for their turn, which counts against none of them.
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
	// ErrBusy says that a script of the same owner was left behind and still runs.
	ErrBusy = errors.New("a script of this device that cannot be stopped is still running: wait for it to end")
)

const (
	// grace is how much an interrupted script may still work before it is left
	// behind, and graceTime how long that may take on a busy machine.
	grace     = 200 * time.Millisecond
	graceTime = 5 * time.Second
	// nudge is how often it is interrupted meanwhile: one that was about to begin
	// a piece of code does not hear the first.
	nudge = 20 * time.Millisecond
	// patience bounds the time on the clock of a script that has its turn, in
	// multiples of the work that it may do: one that does not work, but waits.
	patience = 20
	// stackSlots bounds the depth of calls; each slot costs Go stack.
	stackSlots = 2000
	// firstGC is the size in bytes from which an engine looks for cycles to
	// collect, for the first time: the preludes of most pages stay below.
	firstGC = 1 << 20
)

// lingering are the owners of the engines left behind that have not ended yet.
var lingering struct {
	sync.Mutex
	by  map[string]int
	all int
}

// Lingering is the number of engines left behind that have not ended yet.
func Lingering() int {
	lingering.Lock()
	defer lingering.Unlock()
	return lingering.all
}

func busy(owner string) bool {
	lingering.Lock()
	defer lingering.Unlock()
	return owner != "" && lingering.by[owner] > 0
}

// linger counts one engine more or less.
func linger(owner string, n int) {
	lingering.Lock()
	defer lingering.Unlock()
	if lingering.by == nil {
		lingering.by = map[string]int{}
	}
	lingering.all += n
	if lingering.by[owner] += n; lingering.by[owner] == 0 {
		delete(lingering.by, owner)
	}
}

// Host is what scripts can reach outside of the engine: it is called with the
// arguments of the script's call and returns nil, bool, int, float64, string
// or a slice of these. It runs while the caller of the VM waits.
type Host func(args []any) (any, error)

// VM is one engine. It is used by one goroutine at a time.
type VM struct {
	vm      *quickjs.VM
	entry   *quickjs.Value // nil without a prelude
	host    Host
	prelude *Prelude
	owner   string
	read    int // how much code it has read, for [Check]

	mu     sync.Mutex // held while host runs, so that nothing runs after leaving
	left   bool       // the engine was left behind; guarded by mu
	inHost bool       // host is running and may call back; guarded by mu

	gone    bool     // closed or left; used by the owner only
	running *running // the last piece of work; set while nothing runs
}

// New starts an engine and runs the prelude in it, whose value is the function
// that Call calls. The prelude finds host as globalThis.__host, and what reads
// its parts as globalThis.__part; it has to take them away. owner is whose
// scripts are run, the device: while an engine left behind with that owner still
// runs, New returns [ErrBusy]. Others are not concerned, nor is an empty owner.
func New(prelude *Prelude, host Host, memory int, owner string) (*VM, error) {
	code, err := prelude.main()
	if err != nil {
		return nil, fmt.Errorf("compiling the prelude: %w", err)
	}
	v, err := bare(memory, owner)
	if err != nil {
		return nil, err
	}
	v.host, v.prelude = host, prelude
	raw := v.vm
	if err := errors.Join(raw.RegisterHostFunc("__host", v.callHost), raw.RegisterFunc("__part", v.part, false)); err != nil {
		return nil, errors.Join(fmt.Errorf("binding the page: %w", err), raw.Close())
	}
	entry, err := raw.EvalBytecodeValue(code)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("running the prelude: %w", err), raw.Close())
	}
	v.entry = &entry
	return v, nil
}

// bare starts an engine without anything of a page.
func bare(memory int, owner string) (*VM, error) {
	if busy(owner) {
		return nil, ErrBusy
	}
	raw, err := quickjs.NewVM()
	if err != nil {
		return nil, fmt.Errorf("starting the script engine: %w", err)
	}
	raw.SetMemoryLimit(uintptr(memory))
	raw.SetMaxStackSize(stackSlots)
	raw.SetGCThreshold(firstGC)
	return &VM{vm: raw, owner: owner}, nil
}

// Modules lets scripts import: the host is asked by "moduleAddress", with the
// address of who imports and what it names, and by "module", with the address, for
// its source. The engine reads and runs each module once.
func (v *VM) Modules() {
	ask := func(args ...any) (string, error) {
		result, err := v.callHost(args)
		text, _ := result.(string)
		return text, err
	}
	v.vm.SetModuleLoader(
		func(_ *quickjs.VM, name string) (string, error) { return ask("module", name) },
		func(_ *quickjs.VM, base, name string) (string, error) { return ask("moduleAddress", base, name) })
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
// returns *Error for what the script throws. What it works is taken off budget.
func (v *VM) Eval(ctx context.Context, budget *time.Duration, code string, line int) error {
	_, err := v.run(ctx, budget, func() (any, error) {
		r, err := v.vm.EvalValue(pad(code, line), quickjs.EvalGlobal)
		if err == nil {
			r.Free()
		}
		return nil, err
	})
	return err
}

// Call calls the function the prelude has returned, as Eval does.
func (v *VM) Call(ctx context.Context, budget *time.Duration, args ...any) (any, error) {
	return v.run(ctx, budget, func() (any, error) {
		return v.entry.Call(quickjs.UndefinedValue, args...)
	})
}

// running is one piece of work in the engine.
type running struct {
	turn    turn
	begun   time.Time
	meter   atomic.Pointer[meter] // nil until it has begun
	stopped atomic.Bool           // it is not to begin any more
	done    chan struct{}
	used    time.Duration // once it is done
	result  any
	err     error
}

// work is what it has used up to now.
func (r *running) work() time.Duration {
	if m := r.meter.Load(); m != nil {
		return (*m)()
	}
	return 0
}

// run does work in the engine, and waits for it until it has used the budget.
// Inside a host call it goes on in the running work, whose budget that is.
func (v *VM) run(ctx context.Context, budget *time.Duration, work func() (any, error)) (any, error) {
	if v.gone {
		return nil, ErrGone
	}
	if v.inHost {
		v.inHost = false
		v.mu.Unlock()
		defer v.reenter()
		return convert(work())
	}
	if *budget <= 0 {
		return nil, ErrTime
	}
	r := &running{done: make(chan struct{})}
	if err := r.turn.take(ctx); err != nil {
		return nil, err
	}
	defer r.turn.give(true)
	r.begun, v.running = time.Now(), r
	limit := *budget // read here: a host call within the work may take off it
	go func() {
		defer close(r.done)
		m, release := newMeter()
		defer release()
		r.meter.Store(&m)
		if !r.stopped.Load() {
			r.result, r.err = v.work(work)
		}
		r.used = m()
	}()
	if stopped := v.wait(ctx, limit, r); stopped != nil {
		if errors.Is(stopped, ErrTime) || v.gone { // one that is left behind still uses it
			*budget = 0
		} else {
			*budget -= r.used
		}
		return nil, stopped
	}
	*budget -= r.used
	return r.result, r.err
}

// Outside runs what waits for something else than this engine, such as an
// answer from the network or the work of another engine, within a host call:
// others have their turn meanwhile.
func (v *VM) Outside(ctx context.Context, wait func()) {
	if v == nil || v.gone || !v.inHost {
		wait()
		return
	}
	v.running.turn.give(false)
	wait()
	_ = v.running.turn.take(ctx) // else it ends now
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

// wait returns nil when the work is done within its budget, else why it was
// stopped.
func (v *VM) wait(ctx context.Context, budget time.Duration, r *running) error {
	timer := time.NewTimer(budget)
	defer timer.Stop()
	for {
		select {
		case <-r.done:
			return nil
		case <-ctx.Done():
			return v.stop(ctx.Err(), timer, r)
		case <-timer.C:
		}
		left := budget - r.work()
		if left <= 0 || time.Since(r.begun) > patience*budget {
			return v.stop(ErrTime, timer, r)
		}
		timer.Reset(max(left, nudge))
	}
}

// stop interrupts the work until it ends, or gives the engine up: its goroutine
// then cleans up when the script ends.
func (v *VM) stop(why error, timer *time.Timer, r *running) error {
	r.stopped.Store(true)
	worked, begun := r.work(), time.Now()
	for r.work()-worked < grace && time.Since(begun) < graceTime {
		v.vm.Interrupt()
		timer.Reset(nudge)
		select {
		case <-r.done:
			return why
		case <-timer.C:
		}
	}
	v.mu.Lock()
	v.left = true
	v.mu.Unlock()
	v.gone = true
	linger(v.owner, 1)
	go func() {
		<-r.done
		v.free()
		linger(v.owner, -1)
	}()
	return why
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
	if v.entry != nil {
		v.entry.Free()
	}
	_ = v.vm.Close()
}

// Gone reports whether the VM is closed or was left behind.
func (v *VM) Gone() bool { return v.gone }

// Nested reports whether the VM is being used from within a host call.
func (v *VM) Nested() bool { return !v.gone && v.inHost }
