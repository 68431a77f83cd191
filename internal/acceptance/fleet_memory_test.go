package acceptance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
)

const (
	memoryURLs = "REKEY_TEST_FLEET_URLS"
	// memoryLimit is room for four usual devices at once, or one that needs more alone.
	memoryLimit = 64 << 20
	// memoryMost is what a process takes that looks at one such device alone
	// (TestHostileDevices), which is more than with usual ones within the limit.
	memoryMost = mostMemory
	// moreMemory is in the event that tells of a device which is begun again.
	moreMemory = "need more memory than others"
)

// Devices that send pages without end, and pages and scripts that want all the memory
// there is, take what they are allowed and fail; the good ones beside them, in the same
// process, are looked at, and the process has a bound.
func TestFleetBesideBadOnes(t *testing.T) {
	if race.Enabled {
		t.Skip("what is measured here says nothing under the race detector")
	}
	t.Parallel()
	var bad, all []string
	start := func(dev *hostile.Device) string {
		dev.Start()
		t.Cleanup(dev.Close)
		return dev.URL()
	}
	for range 6 { // of a kind that takes much: without the limit all would have it at once
		bad = append(bad, start(page("keys", hostile.Text(strings.Repeat("<input>", 1_000_000)))))
	}
	for _, c := range hostileCases() {
		if slices.Contains([]string{"endless body", "deep nesting", "script that allocates"}, c.name) {
			bad = append(bad, start(c.dev))
		}
	}
	if all = append(all, bad...); len(bad) != 9 {
		t.Fatalf("%d bad devices", len(bad))
	}
	for range 20 {
		all = append(all, start(&hostile.Device{}))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestFleetMemoryChild$", "-test.v")
	cmd.Env = append(os.Environ(), memoryURLs+"="+strings.Join(all, ","))
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("child: %v\n%.2000s", err, b)
	}
	var out memoryOutcome
	_, line, _ := strings.Cut(string(b), "outcome ")
	if err := json.NewDecoder(strings.NewReader(line)).Decode(&out); err != nil {
		t.Fatalf("%v\n%.2000s", err, b)
	}
	for _, url := range all {
		if why, failed := out.Failed[url]; failed != slices.Contains(bad, url) {
			t.Errorf("%s: failed %v, %s", url, failed, why)
		}
	}
	if t.Logf("%d MiB at the peak", out.Peak>>20); out.Peak > memoryMost || out.Peak == 0 {
		t.Errorf("%d MiB at the peak", out.Peak>>20)
	}
}

type memoryOutcome struct {
	Failed map[string]string
	Peak   int64
}

// TestFleetMemoryChild is the process of which the memory is measured.
func TestFleetMemoryChild(t *testing.T) {
	urls := os.Getenv(memoryURLs)
	if urls == "" {
		t.Skip("it is for TestFleetBesideBadOnes, which sets " + memoryURLs)
	}
	debug.SetMemoryLimit(memoryLimit)
	out := memoryOutcome{Failed: map[string]string{}}
	var devices []rekey.Device
	for url := range strings.SplitSeq(urls, ",") {
		devices = append(devices, rekey.Device{URL: url, DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password), TrustOnFirstUse: true, TLSPorts: []int{}})
	}
	for a, err := range rekey.AssessAll(t.Context(), sequence(devices), &rekey.FleetOptions{Concurrency: len(devices), MemoryLimit: memoryLimit}) {
		if err != nil {
			out.Failed[a.Address] = err.Error()
		}
	}
	out.Peak = peak()
	b, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\noutcome %s\n", b)
}

// A device of a fleet that needs more memory than usual ones is begun again with all that
// it may have, and finished: what was done before is in the report once, and nothing is
// done again. Others are not.
func TestFleetBeginsAgainWithMoreMemory(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	large := hostile.Text("<title>Remote UI</title><p>" + strings.Repeat("<input>", 40_000))
	for name, tc := range map[string]struct {
		after string // the step that is done when all its pages grow too large
		page  simdevice.PageKind
		told  int
	}{
		"looking":        {"", simdevice.PageKeyList, 1},
		"a key was made": {"W-2", "", 1},
		"never":          {"none", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				var grown atomic.Bool
				grown.Store(tc.after == "")
				// A log-out that the device carried out and does not own to is tried again.
				cfg := simdevice.Config{Seed: 4, Tolerate: []simdevice.Invariant{simdevice.InvariantLoggedOut}, Faults: []simdevice.Fault{{
					Kind: simdevice.FaultAnswer, Page: tc.page, Count: -1, Answer: large,
					Match: func(*http.Request) bool { return grown.Load() },
				}}}
				dev := start(t, cfg)
				o, told := options(t), 0
				log := o.OnEvent
				o.OnEvent = func(e rekey.Event) {
					log(e)
					if e.Kind == rekey.EventStepDone && e.Step == tc.after && told == 0 {
						grown.Store(true)
					}
					if strings.Contains(e.Text, moreMemory) {
						told++
						grown.Store(false) // it is the memory that was not enough
					}
				}
				// With one place for restarts: who took two would wait for himself.
				f := &rekey.FleetOptions{
					Options: o, MemoryLimit: memoryLimit, MaxRestarts: 1,
					Member: func(rekey.Device) rekey.FleetMember { return rekey.FleetMember{Groups: []string{"a site"}} },
				}
				for r, err := range rekey.RemediateAll(bounded(t), sequence([]rekey.Device{access(dev, cfg)}), f) {
					steps := map[string]int{}
					for _, s := range r.Steps {
						if s.Outcome == rekey.Done {
							steps[s.ID]++
						}
					}
					if err != nil || rekey.FleetOutcomeOf(r.Exit, err) != rekey.FleetDone || steps["G-1"] != 1 || steps["D-1"] != 1 || dev.Restarts() != 1 {
						t.Errorf("%v, %v, %d restarts", err, steps, dev.Restarts())
					}
				}
				if told != tc.told {
					t.Errorf("told %d times that it is begun again, want %d", told, tc.told)
				}
			})
		})
	}
}
