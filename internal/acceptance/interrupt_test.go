package acceptance_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/simdevice"
)

var (
	everyFault = flag.Bool("every-fault", false, "let every fault happen at every request, not at a sample of them (two hours)")
	faultShard = flag.String("fault-shard", "0/1", "with -every-fault: only the k-th of n parts, as k/n")
)

// faultKinds are what goes wrong at a request.
var faultKinds = []simdevice.FaultKind{
	simdevice.FaultResetBefore, simdevice.FaultResetAfter, simdevice.FaultStatus500, simdevice.FaultTruncate,
	simdevice.FaultExpireSession, simdevice.FaultDelay, simdevice.FaultBusy, simdevice.FaultRestartNow,
}

// Whatever goes wrong at whichever request to a device with all usages, every
// usage keeps a working key, and the work is finished: in the first run, or,
// where the answer to a write was lost, in the next one. The simulated device
// checks the invariants after every request.
func TestFaults(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	cfg := full(2)
	log := watched(t, cfg, t.TempDir(), nil).log
	table := &faultTable{}
	t.Run("points", func(t *testing.T) {
		for _, p := range points(t, log) {
			t.Run(fmt.Sprintf("%s/%d", p.Kind, p.Skip), func(t *testing.T) {
				t.Parallel()
				table.add(p.Kind, testFault(t, cfg, p))
			})
		}
	})
	t.Logf("%d requests in a clean run\n%s", len(log), table)
}

// points are the faults to try: all of them, or a sample that has every kind,
// and every kind at a write.
func points(t *testing.T, log []simdevice.LogEntry) []simdevice.Fault {
	t.Helper()
	part, parts := shard(t)
	var writes []int
	for i, e := range log {
		if isWrite(e) {
			writes = append(writes, i)
		}
	}
	var all []simdevice.Fault
	add := func(k simdevice.FaultKind, at int) {
		all = append(all, simdevice.Fault{Kind: k, Skip: at, Delay: 45 * time.Second})
	}
	n := 0
	for k, kind := range faultKinds {
		for at := range log {
			// Neighbours, in time and in kind, fall into different parts.
			if n++; *everyFault && n%parts == part {
				add(kind, at)
			}
		}
		if !*everyFault {
			add(kind, k*len(log)/len(faultKinds))
			for i := k; i < len(writes); i += 3 * len(faultKinds) {
				add(kind, writes[i])
			}
		}
	}
	return all
}

// shard reads -fault-shard.
func shard(t *testing.T) (part, parts int) {
	t.Helper()
	if _, err := fmt.Sscanf(*faultShard, "%d/%d", &part, &parts); err != nil || parts < 1 || part < 0 || part >= parts {
		t.Fatalf("-fault-shard %q: want k/n, k from 0", *faultShard)
	}
	return part, parts
}

// isWrite reports whether a request of a clean run changes anything, or enters
// something on the way to that.
func isWrite(e simdevice.LogEntry) bool {
	switch e.Page {
	case simdevice.PageKeyDetails, simdevice.PageExportFile:
		return false // a POST that asks for a page
	}
	return e.Method == "POST" || e.Change != ""
}

// outcome is how a device came through a fault.
type outcome struct {
	runs   int // until it was finished; 0: never
	checks int // requests after which the invariants were checked
}

func testFault(t *testing.T, cfg simdevice.Config, fault simdevice.Fault) outcome {
	cfg.Faults = []simdevice.Fault{fault}
	r := watched(t, cfg, t.TempDir(), &fault)
	hit := r.log[fault.Skip]
	if hit.Fault != fault.Kind {
		t.Fatalf("request %d had fault %q: %+v", fault.Skip, hit.Fault, hit)
	}
	once := false
	switch fault.Kind {
	case simdevice.FaultExpireSession, simdevice.FaultBusy, simdevice.FaultResetBefore:
		once = true
	}
	if most := 2 - boolInt(once || !isWrite(hit)); r.runs == 0 || r.runs > most {
		t.Errorf("finished in run %d, want %d at most; %s %s, %s", r.runs, most, hit.Method, hit.Page, hit.Change)
	}
	return r.outcome
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// watchedRun is what came of remediating a device that was watched.
type watchedRun struct {
	outcome
	log []simdevice.LogEntry
}

// watched remediates a device with all usages, in memory and on a clock that
// jumps, running again up to twice, and holds it to the end that it must come to.
func watched(t *testing.T, cfg simdevice.Config, dir string, fault *simdevice.Fault) (w watchedRun) {
	synctest.Test(t, func(t *testing.T) {
		var secrets hostile.Secrets
		cfg.RestartTime, cfg.ID, cfg.Password = 3*time.Minute, "7654321", "pl4nted & interrupted"
		cfg.Faults = append(slices.Clone(cfg.Faults), plantCookies(&secrets))
		secrets.Plant("password", cfg.Password)
		var told []string
		cfg.Errorf = func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
		cfg.OnDelete = evidenceIn(dir)
		dev, err := simdevice.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		before := dev.Settings()
		d, o := access(dev, cfg), &rekey.Options{Dir: dir, AssumeTrusted: true}
		search := func(where string, output any) {
			if found := secrets.FindIn(output); len(found) > 0 {
				t.Errorf("%s: %q came out: %.2000v", where, found, output)
			}
		}
		o.OnEvent = func(e rekey.Event) { search("event", e) }
		d.Password = rekey.NewSecret(cfg.Password)
		var conns connections
		d.DialContext, d.TLSPorts = conns.dialer(dev.DialContext), []int{5061}
		for run := 1; run <= 3 && w.runs == 0; run++ {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Hour)
			r, err := rekey.Remediate(ctx, d, o)
			cancel()
			search("report", r)
			search("report for people", r.String())
			search("error", err)
			if err == nil {
				w.runs = run
			} else if t.Logf("run %d: %v", run, err); fault == nil {
				t.Error("not finished")
			}
			if n := conns.open.Load(); n != 0 {
				t.Errorf("run %d left %d connections open", run, n)
			}
			time.Sleep(10 * time.Minute) // a restart that nobody waited for is over
		}
		finished(t, dev, before)
		if found, files, err := secrets.FindBelow(dir); err != nil || files == 0 || len(found) > 0 {
			t.Errorf("state directory of %d files, %v: %q", files, err, found)
		}
		dev.Close()
		w.log = dev.Log()
		w.checks = len(w.log)
		for _, v := range told {
			if strings.Contains(v, string(simdevice.InvariantNoOpenSession)) && fault != nil && cookieLost(w.log[fault.Skip]) {
				continue
			}
			t.Error(v)
		}
	})
	return w
}

// plantCookies is no fault: it plants the cookies of the sessions.
func plantCookies(secrets *hostile.Secrets) simdevice.Fault {
	return simdevice.Fault{Kind: simdevice.FaultDelay, Match: func(r *http.Request) bool {
		for _, c := range r.Cookies() {
			if len(c.Value) > 8 { // the language is no secret
				secrets.Plant("cookie "+c.Name, c.Value)
			}
		}
		return false
	}}
}

// connections counts those that are open. Goroutines need no counting: a bubble
// does not end before they all have.
type connections struct{ open atomic.Int64 }

type countedConn struct {
	net.Conn
	closed func()
}

func (c *countedConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

func (c *connections) dialer(dial func(ctx context.Context, network, addr string) (net.Conn, error)) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c.open.Add(1)
		return &countedConn{conn, sync.OnceFunc(func() { c.open.Add(-1) })}, nil
	}
}

// cookieLost reports whether a fault leaves a session that nobody has the
// cookie of: only the device can end it.
func cookieLost(e simdevice.LogEntry) bool {
	switch e.Fault {
	case simdevice.FaultResetAfter, simdevice.FaultTruncate, simdevice.FaultDelay:
		return e.Page == simdevice.PageLogin
	}
	return false
}

// evidenceIn wants the evidence of a key on disk when it is deleted.
func evidenceIn(dirs ...string) func(simdevice.KeyState) error {
	return func(k simdevice.KeyState) error {
		var files []string
		var err error
		for _, dir := range dirs {
			more, globErr := filepath.Glob(filepath.Join(dir, "evidence", "*", "*.json"))
			files, err = append(files, more...), errors.Join(err, globErr)
		}
		for _, f := range files {
			b, readErr := os.ReadFile(f)
			if err = errors.Join(err, readErr); strings.Contains(string(b), fmt.Sprintf("%q", k.Name)) {
				return nil
			}
		}
		return errors.Join(err, errors.New("there is no evidence of it on disk"))
	}
}

// finished holds a device to the end of the procedure: every usage on a key of
// ours, no weak key left, nothing made twice, nothing else changed.
func finished(t *testing.T, dev *simdevice.Device, before simdevice.Settings) {
	t.Helper()
	inUse := map[string]bool{}
	for _, k := range dev.Keys() {
		if k.Weak {
			t.Errorf("key %q is weak (used for %q)", k.Name, k.Active)
		}
		for _, u := range k.Active {
			inUse[u] = true
		}
		if strings.HasPrefix(k.Name, "rk") && len(k.Active) == 0 {
			t.Errorf("key %q is left over", k.Name)
		}
	}
	for _, u := range []string{simdevice.UseTLS, simdevice.Use8021X, simdevice.UseIPSec, simdevice.UseSIP} {
		if !inUse[u] {
			t.Errorf("%s has no key", u)
		}
	}
	if now := dev.Settings(); others(now) != others(before) || now.Pending {
		t.Errorf("settings:\n got %+v\nwere %+v", now, before)
	}
}

// faultTable counts outcomes by kind of fault.
type faultTable struct {
	mu   sync.Mutex
	rows map[simdevice.FaultKind]*[4]int // points, at once, by the second run, failed
	all  int
}

func (ft *faultTable) add(k simdevice.FaultKind, o outcome) {
	ft.mu.Lock()
	defer ft.mu.Unlock()
	if ft.rows == nil {
		ft.rows = map[simdevice.FaultKind]*[4]int{}
	}
	if ft.rows[k] == nil {
		ft.rows[k] = new([4]int)
	}
	r := ft.rows[k]
	r[0]++
	switch o.runs {
	case 1:
		r[1]++
	case 2:
		r[2]++
	default:
		r[3]++
	}
	ft.all += o.checks
}

func (ft *faultTable) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\tpoints\tat once\tby the second run\tfailed")
	for _, k := range faultKinds {
		if r := ft.rows[k]; r != nil {
			fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\n", k, r[0], r[1], r[2], r[3])
		}
	}
	w.Flush()
	fmt.Fprintf(&b, "invariants were checked after %d requests", ft.all)
	return b.String()
}
