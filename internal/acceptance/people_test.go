package acceptance_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// inBubble runs a test with a device in a bubble.
func inBubble(t *testing.T, cfg simdevice.Config, test func(*testing.T, *simdevice.Device, rekey.Device, *rekey.Options)) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		dev := inMemory(t, cfg)
		test(t, dev, access(dev, cfg), &rekey.Options{Dir: t.TempDir(), AssumeTrusted: true})
	})
}

// another is another administrator, who binds a key of their own.
func another(t *testing.T, d rekey.Device, p usage.Place, key string) {
	t.Helper()
	s, err := remoteui.Dial(t.Context(), remoteui.Config{
		URL: d.URL, Credentials: remoteui.Credentials{DepartmentID: d.DepartmentID, Password: d.Password},
		Identity: remoteui.Identity{TrustOnFirstUse: true}, DialContext: d.DialContext,
	})
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Close(t.Context())
	if _, err := usage.Bind(t.Context(), s, p, key); err != nil {
		t.Error(err)
	}
}

// withSpare is a device with all usages and a key more.
func withSpare(seed uint64) simdevice.Config {
	cfg := full(seed)
	cfg.Keys = append(cfg.Keys, simdevice.KeySpec{Name: "spare"})
	return cfg
}

// What another administrator binds between plan and work, or during it, is
// drift: nothing of theirs is undone, and no key that was in use is deleted.
func TestAnotherAdministrator(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dot1x := usage.Place{Use: keys.UseIEEE8021X}
	for _, tc := range []struct {
		name string
		step string // before which it happens; empty: between plan and work
		want func(error) bool
	}{
		{"before the work", "", driftAfter(0)},
		{"before the binding", "R-2", driftAfter(5+1, "chosen for TLS")},
		{"before the restart", "R-5", driftAfter(5+5+1, "chosen for TLS", "chosen for IEEE 802.1X", "restarted")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, withSpare(4), func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				o.ExternalKeys = []string{"spare"}
				intervene := sync.OnceFunc(func() { another(t, d, dot1x, "spare") })
				o.Approve = func(*rekey.Plan) error {
					if tc.step == "" {
						intervene()
					}
					return nil
				}
				o.OnEvent = func(e rekey.Event) {
					if e.Kind == rekey.EventStep && e.Step == tc.step {
						intervene()
					}
				}
				r, err := rekey.Remediate(t.Context(), d, o)
				if !tc.want(err) {
					t.Errorf("%v\n%v", err, r)
				}
				if dev.Settings().IEEE8021XKey != "spare" || !slices.Contains(names(dev), "dot1x") {
					t.Errorf("IEEE 802.1X has %q, keys %q", dev.Settings().IEEE8021XKey, names(dev))
				}
				o.Approve, o.OnEvent = nil, nil
				if r, err := rekey.Remediate(t.Context(), d, o); err != nil && !errors.Is(err, rekey.ErrUnfinished) {
					t.Errorf("next run: %v\n%v", err, r)
				}
				if dev.Settings().IEEE8021XKey != "spare" {
					t.Errorf("IEEE 802.1X has %q", dev.Settings().IEEE8021XKey)
				}
				for _, k := range dev.Keys() {
					if k.Weak && len(k.Active) > 0 {
						t.Errorf("%q is in use for %q", k.Name, k.Active)
					}
				}
			})
		})
	}
}

// driftAfter is drift after so many acts, these among them.
func driftAfter(acts int, some ...string) func(error) bool {
	return func(err error) bool {
		drift, ok := errors.AsType[*rekey.DriftError](err)
		if !ok || len(drift.Done) != acts || strings.Contains(err.Error(), "nothing was changed") != (acts == 0) {
			return false
		}
		return !slices.ContainsFunc(some, func(act string) bool { return !strings.Contains(err.Error(), act) })
	}
}

// Two runs on one device, from one state directory: the second is told who holds
// the lock. From two, as of two hosts, nothing but the look before each write
// keeps them apart: whatever comes of either, every usage works, and a run that
// is alone finishes.
func TestTwoRuns(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	t.Run("one directory", func(t *testing.T) {
		t.Parallel()
		inBubble(t, full(4), func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
			second := *o
			var other error
			intervene := sync.OnceFunc(func() { _, other = rekey.Remediate(t.Context(), d, &second) })
			o.OnEvent = func(e rekey.Event) {
				if e.Step == "R-1" {
					intervene()
				}
			}
			if r, err := rekey.Remediate(t.Context(), d, o); err != nil {
				t.Errorf("%v\n%v", err, r)
			}
			if held, ok := errors.AsType[*state.HeldError](other); !ok || held.Holder.PID == 0 || !strings.Contains(other.Error(), fmt.Sprint(held.Holder.PID)) {
				t.Errorf("the second run: %v", other)
			}
		})
	})
	for _, lead := range []time.Duration{100 * time.Millisecond, 3 * time.Second} {
		t.Run(fmt.Sprintf("two directories, %v apart", lead), func(t *testing.T) {
			t.Parallel()
			cfg := full(4)
			cfg.GenerateTime = time.Second
			// Two runs may each have made a successor before either sees the other's.
			cfg.Tolerate = []simdevice.Invariant{simdevice.InvariantOneSuccessor}
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				second := *o
				second.Dir = t.TempDir()
				var both sync.WaitGroup
				for i, opts := range []*rekey.Options{o, &second} {
					both.Go(func() {
						time.Sleep(time.Duration(i) * lead)
						_, err := rekey.Remediate(context.Background(), d, opts)
						t.Logf("run %d: %v", i, err)
					})
				}
				both.Wait()
				time.Sleep(time.Hour)
				for run := 1; ; run++ {
					r, err := rekey.Remediate(t.Context(), d, o)
					if err == nil {
						break
					}
					if e, ok := errors.AsType[*remoteui.IdentityError](err); ok {
						// The other directory's run changed the key, and this one knows the old
						// one only: a person who has compared it says so.
						d.Pins = []remoteui.SPKIHash{e.Got}
					}
					if t.Logf("alone, run %d: %v", run, err); run == 3 {
						t.Fatalf("not finished: %v\n%v", err, r)
					}
				}
				for _, k := range dev.Keys() {
					if k.Weak && len(k.Active) > 0 {
						t.Errorf("%q is in use for %q", k.Name, k.Active)
					}
				}
			})
		})
	}
}

// A page that a security policy locks is named, with the device's words where
// it has some, and the other usages are done. // R-2, R-3, R-4
func TestLockedSettings(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for i, tc := range []struct {
		pages []simdevice.PageKind
		usage keys.Use
		old   []string
	}{
		{[]simdevice.PageKind{simdevice.PageIEEE8021X}, keys.UseIEEE8021X, []string{"dot1x"}},
		{[]simdevice.PageKind{simdevice.PageIKE, simdevice.PagePolicy}, keys.UseIPSec, []string{"hq", "lab"}},
		{[]simdevice.PageKind{simdevice.PageSIP}, keys.UseSIP, []string{"sip"}},
	} {
		for _, seed := range []uint64{2 + 2*uint64(i%2)} { // greyed out here, refused there
			t.Run(fmt.Sprintf("%s/%d", tc.usage, seed), func(t *testing.T) {
				t.Parallel()
				cfg := full(seed)
				cfg.Locked = tc.pages
				inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
					r, err := rekey.Remediate(t.Context(), d, o)
					refused, isRefused := errors.AsType[*remoteui.RefusedError](err)
					page, isPage := errors.AsType[*remoteui.PageError](err)
					if !isRefused && !isPage || isRefused && refused.Text == "" || isPage && !strings.Contains(page.Error(), "greyed out") {
						t.Errorf("%v\n%v", err, r)
					}
					if err != nil && !strings.Contains(err.Error(), string(tc.usage)) {
						t.Errorf("the error does not name %s: %v", tc.usage, err)
					}
					for _, k := range dev.Keys() {
						if kept := slices.Contains(tc.old, k.Name); k.Weak != kept {
							t.Errorf("%q: weak %v, want it kept: %v", k.Name, k.Weak, kept)
						}
					}
				})
			})
		}
	}
}
