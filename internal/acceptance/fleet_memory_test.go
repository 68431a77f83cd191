package acceptance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/race"
)

const (
	memoryURLs  = "REKEY_TEST_FLEET_URLS"
	memoryLimit = 64 << 20 // of the heap, while devices are begun
	// memoryAtOnce devices may be begun together while there is room: what they take
	// then, each at most about 60 MiB more than a process that looks at none, is within
	// memoryMost.
	memoryAtOnce = 3
	memoryMost   = 256 << 20
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
	for a, err := range rekey.AssessAll(t.Context(), sequence(devices), &rekey.FleetOptions{Concurrency: memoryAtOnce, MemoryLimit: memoryLimit}) {
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
