package acceptance_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/revocation"
)

// counting is a CA that takes every request.
type counting struct{ asked atomic.Int32 }

func (c *counting) Revoke(context.Context, revocation.Evidence, revocation.Reason) error {
	c.asked.Add(1)
	return nil
}

// follow asks as examples/revocation does, by what the store says alone.
func follow(t *testing.T, dir string, r revocation.Revoker) {
	t.Helper()
	store, err := revocation.OpenStore(dir + "/evidence")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, err := range (&revocation.Follower{Revoker: r}).All(t.Context(), store, revocation.Query{}) {
		if err != nil {
			t.Error(err)
		}
	}
}

// A certificate whose key is on the device is revoked by nobody: not by the run
// whose deletion failed, nor by the way back, nor by a run that keeps old keys,
// nor by who goes through the evidence later. Once the key is gone it is. // V-1
func TestNotRevokedWhileInUse(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, tc := range []struct {
		way string
		due bool // recorded as due all the same, as earlier versions did
	}{
		{"back", false},
		{"back", true},
		{"again", false},
		{"keep", true},
	} {
		t.Run(fmt.Sprintf("%s, due: %v", tc.way, tc.due), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				var cured atomic.Bool
				fault := func(r *http.Request) bool { return r.Method == http.MethodPost && !cured.Load() }
				cfg := issuedTLS(5)
				cfg.Faults = []simdevice.Fault{{Kind: simdevice.FaultStatus500, Count: -1, Page: simdevice.PageDelete, Match: fault}, {Kind: simdevice.FaultStatus500, Count: -1, Page: simdevice.PageKeyList, Match: fault}}
				dev, o := start(t, cfg), options(t)
				ca := new(counting)
				o.Issuer, o.Revoker = newIssuer(t), ca
				if _, err := rekey.Remediate(bounded(t), access(dev, cfg), o); err == nil {
					t.Fatal("the deletion did not fail")
				}
				if tc.due {
					store, err := revocation.OpenStore(o.Dir + "/evidence")
					if err != nil {
						t.Fatal(err)
					}
					for r, err := range store.Records(revocation.Query{}) {
						if err == nil && !r.Progress.Planned.IsZero() {
							err = store.SetProgress(t.Context(), r.Name, revocation.Progress{Due: r.Progress.Planned, Reason: r.Progress.Reason})
						}
						if err != nil {
							t.Fatal(err)
						}
					}
					store.Close()
				} else {
					follow(t, o.Dir, ca)
				}
				var err error
				switch tc.way {
				case "back":
					if tc.due {
						o.Revoker = nil // nobody is asked now, and whoever asks later finds it withdrawn
					}
					_, err = rekey.BackOut(bounded(t), access(dev, cfg), o)
					if bound(dev).Name != "TLS-2021" {
						t.Fatalf("no way back: %v", err)
					}
				case "keep":
					kept := *o
					kept.KeepOldKeys = true
					_, err = rekey.Remediate(bounded(t), access(dev, cfg), &kept)
				default:
					_, err = rekey.Remediate(bounded(t), access(dev, cfg), o)
				}
				if (err == nil) != (tc.way == "back" || tc.way == "keep") {
					t.Errorf("%v", err)
				}
				follow(t, o.Dir, ca)
				if n := ca.asked.Load(); n != 0 || !slices.Contains(names(dev), "TLS-2021") {
					t.Fatalf("asked %d times; the device has %q", n, names(dev))
				}
				cured.Store(true)
				o.Revoker = ca
				if tc.way == "keep" {
					return
				}
				for range 2 {
					if r, err := rekey.Remediate(bounded(t), access(dev, cfg), o); err != nil {
						t.Errorf("%v\n%v", err, r)
					}
				}
				if n := ca.asked.Load(); n != 1 || slices.Contains(names(dev), "TLS-2021") {
					t.Errorf("asked %d times; the device has %q", n, names(dev))
				}
			})
		})
	}
}

// A device that prints another machine's certificate on a details page has it
// recognised, and no more: nobody is asked about it, unless a person confirms
// it. // V-2
func TestRecognisedIsNotProved(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	ca := newListingCA(t, 0)
	other := start(t, simdevice.Config{Seed: 9, Keys: []simdevice.KeySpec{{Name: "Default Key"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}, Issue: ca.sign}}})
	victim := bound(other).Certificate.Raw
	known, err := revocation.IndexKnown(t.Context(), func(context.Context) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) { _ = yield(victim, nil) && yield(ca.cert.Raw, nil) }
	})
	if err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("%X", sha256.Sum256(victim))
	for _, confirmed := range [][]string{{"00" + sum[2:]}, {sum}} {
		t.Run(fmt.Sprint(confirmed), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg := simdevice.Config{Seed: 5, Keys: []simdevice.KeySpec{{Name: "Default Key"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}},
					{Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}, Issue: func([]byte) ([]byte, error) { return victim, nil }}}}
				dev, o := start(t, cfg), options(t)
				asks := new(counting)
				o.KnownCertificates, o.Issuer, o.Revoker, o.ConfirmedCertificates = known, ca.issuer, asks, confirmed
				r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
				want := confirmed[0] == sum
				i := slices.IndexFunc(r.Revocations, func(row rekey.RevocationReport) bool { return row.Key == "dot1x" })
				if n := asks.asked.Load(); (n == 1) != want || n > 1 {
					t.Errorf("asked %d times: %v\n%v", n, err, r)
				}
				if err != nil || i < 0 || (r.Revocations[i].Outcome == revocation.OutcomeByHand) == want || slices.Contains(names(dev), "dot1x") {
					t.Errorf("%v\n%v", err, r)
				}
			})
		})
	}
}
