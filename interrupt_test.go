package rekey_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

var everyFault = flag.Bool("every-fault", false, "let every fault happen at every request, not at a sample of them (an hour)")

// Whatever goes wrong at whichever request, TLS keeps a working key, and the
// next run finishes the work. What is lost before the device acted, or on a
// read, is finished in the first run. The simulated device checks the safety
// invariants after every request.
func TestFaults(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	cfg := remoteuitest.Config{Seed: 5}
	n := requests(t, cfg)
	stride := 37
	if *everyFault {
		stride = 1
	}
	kinds := []remoteuitest.FaultKind{
		remoteuitest.FaultResetBefore, remoteuitest.FaultResetAfter, remoteuitest.FaultStatus500, remoteuitest.FaultTruncate,
		remoteuitest.FaultExpireSession, remoteuitest.FaultBusy, remoteuitest.FaultRestartNow,
	}
	for k, kind := range kinds {
		for at := k * stride / len(kinds); at < n; at += stride {
			t.Run(fmt.Sprintf("%s/%d", kind, at), func(t *testing.T) {
				t.Parallel()
				testFault(t, cfg, remoteuitest.Fault{Kind: kind, Skip: at})
			})
		}
	}
}

// requests counts those of a run without faults.
func requests(t *testing.T, cfg remoteuitest.Config) int {
	t.Helper()
	dev := start(t, cfg)
	r, err := rekey.Remediate(bounded(t), access(dev, cfg), options(t))
	if err != nil {
		t.Fatal(err)
	}
	return r.Requests
}

func testFault(t *testing.T, cfg remoteuitest.Config, fault remoteuitest.Fault) {
	cfg.Faults = []remoteuitest.Fault{fault}
	if fault.Kind == remoteuitest.FaultResetAfter || fault.Kind == remoteuitest.FaultTruncate {
		// A login whose answer is lost leaves a session that nobody has the
		// cookie of: only the device can end it.
		cfg.Tolerate = []remoteuitest.Invariant{remoteuitest.InvariantNoOpenSession}
	}
	dev := start(t, cfg)
	old := bound(dev)
	o := options(t)
	var runs int
	var err error
	for runs = 1; runs <= 3; runs++ {
		if _, err = rekey.Remediate(bounded(t), access(dev, cfg), o); err == nil {
			break
		}
		t.Logf("run %d: %v", runs, err)
	}
	switch now := bound(dev); {
	case err != nil:
		t.Errorf("not finished after three runs: %v", err)
	case runs > 2:
		t.Errorf("took %d runs", runs)
	case now.Weak || now.SPKI == old.SPKI:
		t.Errorf("TLS is still served with %q", now.Name)
	case slices.Contains(names(dev), old.Name):
		t.Errorf("the old key is still there: %q", names(dev))
	case len(names(dev)) != 3:
		t.Errorf("more than one successor: %q", names(dev))
	}
}
