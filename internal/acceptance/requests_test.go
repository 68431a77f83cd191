package acceptance_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// What a whole run may cost in requests, from the login to the logging out after
// the deletion; docs/requests.md says where they go. The worst of the layouts that
// the tests draw decides: some have waiting pages before each list.
const (
	mostForTLS        = 100 // one weak key, of TLS
	mostForEveryUsage = 320 // six keys, two IPSec policies with one each
)

// What runs are to cost on the first layout of each family, by a clock that jumps: a
// slow machine reads again what a quick one has just read.
func TestRequests(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	every, smallEvery := full(1), full(1)
	smallEvery.Family = simdevice.FamilySmall
	for name, tc := range map[string]struct {
		cfg  simdevice.Config
		most int
	}{
		"tls":                {simdevice.Config{Seed: 1, Family: simdevice.FamilyAdvance}, 90},
		"tls, small":         {simdevice.Config{Seed: 1, Family: simdevice.FamilySmall}, 90},
		"every usage":        {every, 220},
		"every usage, small": {smallEvery, 220},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				requests, _, err := remediated(t, tc.cfg)
				if err != nil {
					t.Fatal(err)
				}
				if t.Logf("%d requests", requests); requests > tc.most || requests < tc.most/2 {
					t.Errorf("%d requests, want at most %d: see docs/requests.md", requests, tc.most)
				}
			})
		})
	}
}

// remediated remediates a device in memory.
func remediated(t *testing.T, cfg simdevice.Config) (requests int, took time.Duration, err error) {
	dev, err := simdevice.New(cfg)
	if err != nil {
		return 0, 0, err
	}
	defer dev.Close()
	d := access(dev, cfg)
	d.DialContext = dev.DialContext
	began := time.Now()
	r, err := rekey.Remediate(t.Context(), d, &rekey.Options{Dir: t.TempDir(), AssumeTrusted: true})
	if err != nil {
		return 0, 0, err
	}
	return r.Requests, time.Since(began), nil
}

func withinBudget(t *testing.T, r *rekey.Report, most int) {
	t.Helper()
	if r.Requests > most {
		t.Errorf("%d requests, want at most %d: see docs/requests.md", r.Requests, most)
	}
}

// BenchmarkRemediate runs whole procedures on a device each of whose answers takes
// a second, as real ones do, which restarts for two minutes and makes keys in 20
// seconds. It reports the requests and the minutes that the run would take there.
func BenchmarkRemediate(b *testing.B) {
	tls := simdevice.Config{Seed: 1, Language: "en", Family: simdevice.FamilyAdvance}
	small := simdevice.Config{Seed: 1, Language: "en", Family: simdevice.FamilySmall}
	for name, cfg := range map[string]simdevice.Config{"tls": tls, "tls-small": small, "every-usage": full(1)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				requests, took, err := onSlowDevice(cfg)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(requests), "requests")
				b.ReportMetric(took.Minutes(), "device-minutes")
			}
		})
	}
}

// onSlowDevice remediates a device by a clock that jumps.
func onSlowDevice(cfg simdevice.Config) (requests int, took time.Duration, err error) {
	cfg.GenerateTime, cfg.RestartTime = 20*time.Second, 2*time.Minute
	cfg.Faults = []simdevice.Fault{{Kind: simdevice.FaultDelay, Delay: time.Second, Count: -1}}
	run := func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { requests, took, err = remediated(t, cfg) })
	}
	// A bubble belongs to a test, and a benchmark is none.
	testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "device", F: run}})
	return requests, took, err
}
