package acceptance_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// Many devices in one process: what docs/limits.md says of 200 is measured by
//
//	go test ./internal/acceptance -run TestManyDevices -v -devices 200
var manyDevices = flag.Int("devices", 0, "how many devices TestManyDevices assesses at once; 0: a few")

// Devices that are looked at at once, far more than there are processors, end
// as each does alone; those whose scripts do not end fail, and nobody else.
func TestManyDevices(t *testing.T) {
	if race.Enabled {
		t.Skip("scripts are a hundred times slower under the race detector")
	}
	n, simulated, bad := 16, 4, 0
	if *manyDevices > 0 { // measured, and alone
		n, simulated, bad = *manyDevices, *manyDevices/4, 8
	} else {
		t.Parallel()
	}
	type target struct {
		d    rekey.Device
		kind string
	}
	var targets []target
	add := func(kind string, dev *hostile.Device) {
		dev.Start()
		t.Cleanup(dev.Close)
		targets = append(targets, target{rekey.Device{
			URL: dev.URL(), DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password), TrustOnFirstUse: true, TLSPorts: []int{},
		}, kind})
	}
	for i := range bad {
		if i%2 == 0 {
			add("deaf", page("keys", script(`new Array(1e8).join("xxxx")`)))
		} else {
			add("loops", page("keys", script(`for (;;) try { for (;;); } catch (e) {}`)))
		}
	}
	for i := range simulated {
		cfg := simdevice.Config{Seed: uint64(i%4 + 1)}
		targets = append(targets, target{access(start(t, cfg), cfg), "simulated"})
	}
	for len(targets) < n {
		dev := &hostile.Device{Pages: map[string]http.HandlerFunc{}}
		// A list that a script makes, with some work.
		dev.Pages["keys"] = func(w http.ResponseWriter, r *http.Request) {
			hostile.Text(hostile.Frame("keys", fmt.Sprintf(`<script>for (var i = 0, s = 0; i < %d; i++) s += i; document.write(%q)</script>`,
				500_000, strings.ReplaceAll(dev.Body("keys"), "\n", " "))))(w, r)
		}
		add("scripted", dev)
	}
	var (
		mu       sync.Mutex
		outcomes = map[string]int{}
		longest  time.Duration
		all      sync.WaitGroup
		ended    atomic.Int64
	)
	begun, cpu := time.Now(), race.Worked()
	for _, to := range targets {
		all.Go(func() {
			begun := time.Now()
			a, err := rekey.Assess(context.Background(), to.d, nil)
			took := time.Since(begun)
			ended.Add(1)
			mu.Lock()
			defer mu.Unlock()
			longest = max(longest, took)
			switch to.kind {
			case "deaf", "loops":
				if err == nil || !strings.Contains(err.Error(), "script") {
					t.Errorf("%s: %v", to.kind, err)
				}
				outcomes[to.kind+": refused"]++
			default:
				if err != nil || len(a.Keys) < 2 {
					outcomes[fmt.Sprintf("%s: %.80v", to.kind, err)]++
					t.Errorf("%s: after %v: %v", to.kind, took, err)
					return
				}
				outcomes[to.kind+": assessed"]++
			}
		})
	}
	all.Wait()
	t.Logf("%d devices, %d processors: %v, the longest %v, processor time %v, peak memory %d MiB with the devices",
		len(targets), runtime.GOMAXPROCS(0), time.Since(begun).Round(time.Millisecond), longest.Round(time.Millisecond), race.Worked()-cpu, peak()>>20)
	for what, n := range outcomes {
		t.Logf("| %s | %d |", what, n)
	}
}
