package acceptance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// childJob is set in the environment of a process that is to be killed: it
// remediates a device of its parent.
const childJob = "REKEY_TEST_CHILD"

type job struct {
	URL, Dir string
	SIPPort  int
	Limit    uint64 // of a file, in bytes; 0: none
}

// limitFiles has no file of this process grow over a limit; nil where that
// cannot be had.
var limitFiles func(bytes uint64) error

// child does the job and returns its exit code.
func child(text string) int {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		panic(err)
	}
	if j.Limit > 0 {
		if err := limitFiles(j.Limit); err != nil {
			panic(err)
		}
	}
	r, err := rekey.Remediate(context.Background(), j.device(), j.options())
	if err != nil {
		fmt.Println(err, r)
		return 1
	}
	return 0
}

func (j job) device() rekey.Device {
	return rekey.Device{URL: j.URL, DepartmentID: "7654321", Password: rekey.NewSecret("7654321"), TrustOnFirstUse: true, TLSPorts: []int{j.SIPPort}}
}

func (j job) options() *rekey.Options {
	return &rekey.Options{Dir: j.Dir, AssumeTrusted: true, Timeouts: rekey.Timeouts{Poll: 20 * time.Millisecond, Restart: time.Minute}}
}

func sipPortOf(t *testing.T, dev *simdevice.Device) int {
	t.Helper()
	_, port, err := net.SplitHostPort(dev.SIPAddr())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A process that dies at any request, before the device acted or after, leaves
// every usage with a working key, and the next run finishes: with the state
// directory in every case; without it the old keys may be kept, for nobody can
// say any more that they were ours to delete.
func TestProcessDeath(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	cfg := full(2)
	log := logOf(t, cfg)
	table := map[bool]*faultTable{false: {}, true: {}}
	t.Run("points", func(t *testing.T) {
		for _, p := range deaths(t, log) {
			t.Run(fmt.Sprintf("%s/%d/lost=%v", p.kind, p.at, p.lost), func(t *testing.T) {
				t.Parallel()
				table[p.lost].add(p.kind, testDeath(t, cfg, p))
			})
		}
	})
	t.Logf("state directory kept:\n%s\nlost:\n%s", table[false], table[true])
}

// logOf is what a device sees of a run like the child's, which looks at a
// restarting device more or less often from time to time.
func logOf(t *testing.T, cfg simdevice.Config) []simdevice.LogEntry {
	t.Helper()
	dev := start(t, cfg)
	j := job{URL: dev.URL(), Dir: t.TempDir(), SIPPort: sipPortOf(t, dev)}
	if r, err := rekey.Remediate(bounded(t), j.device(), j.options()); err != nil {
		t.Fatalf("%v\n%v", err, r)
	}
	return dev.Log()
}

// death is when a process dies: before the device acted on a request, or after.
type death struct {
	kind simdevice.FaultKind // ResetBefore or ResetAfter
	at   int
	lost bool // the state directory
}

// deaths are all of them, or a sample of the writes.
func deaths(t *testing.T, log []simdevice.LogEntry) []death {
	t.Helper()
	part, parts := shard(t)
	var all []death
	n, combination := 0, 0
	for _, kind := range []simdevice.FaultKind{simdevice.FaultResetBefore, simdevice.FaultResetAfter} {
		for _, lost := range []bool{false, true} {
			writes := combination
			combination += 3
			for at := range log {
				n++
				if log[at].Change != "" {
					writes++
				}
				sampled := log[at].Change != "" && writes%15 == 0
				if *everyFault && n%parts == part || !*everyFault && sampled {
					all = append(all, death{kind, at, lost})
				}
			}
		}
	}
	return all
}

func testDeath(t *testing.T, cfg simdevice.Config, p death) outcome {
	kill := make(chan struct{})
	seen := 0
	cfg.Faults = []simdevice.Fault{{Kind: p.kind, Match: func(*http.Request) bool {
		if seen++; seen != p.at+1 {
			return false
		}
		kill <- struct{}{}
		<-kill // it is dead
		return true
	}}}
	// Who is dead logs out of nothing.
	cfg.Tolerate = []simdevice.Invariant{simdevice.InvariantNoOpenSession}
	dir, other := t.TempDir(), t.TempDir()
	cfg.OnDelete = evidenceIn(dir, other)
	dev := start(t, cfg)
	before := dev.Settings()
	j := job{URL: dev.URL(), Dir: dir, SIPPort: sipPortOf(t, dev)}
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), childJob+"="+string(text))
	var said strings.Builder
	process.Stdout = &said
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- process.Wait() }()
	select {
	case <-kill:
		if err := process.Process.Kill(); err != nil {
			t.Error(err)
		}
		<-ended
		kill <- struct{}{}
	case err := <-ended:
		if err == nil && dev.Restarts() > 0 {
			t.Skip("the run was over sooner than the one that was counted")
		}
		t.Fatalf("not killed: it ended before, with %v: %s", err, said.String())
	}
	if p.lost {
		j.Dir = other
	}
	o := j.options()
	o.OnEvent = options(t).OnEvent
	r, err := rekey.Remediate(bounded(t), j.device(), o)
	if err != nil {
		t.Errorf("%v\n%v", err, r)
		return outcome{checks: len(dev.Log())}
	}
	if !p.lost {
		finished(t, dev, before)
	}
	for _, k := range dev.Keys() {
		if k.Weak && len(k.Active) > 0 || k.Generated && len(k.Active) == 0 && k.Name != "Device Signature Key" {
			t.Errorf("key %q: weak %v, in use for %q", k.Name, k.Weak, k.Active)
		}
	}
	return outcome{runs: 2, checks: len(dev.Log())}
}
