package acceptance_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

// Two devices behind one address share a state directory, and not their keys.
func TestDevicesBehindOneAddress(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		dev := &hostile.Device{}
		dev.Start()
		defer dev.Close()
		d := rekey.Device{URL: dev.URL(), DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password), TrustOnFirstUse: true, TLSPorts: []int{}}
		for range 2 {
			// It makes no keys, which is another matter.
			_, err := rekey.Remediate(bounded(t), d, &rekey.Options{Dir: dir})
			if _, refused := errors.AsType[*remoteui.IdentityError](err); refused || dev.Passwords.Load() == 0 {
				t.Error(err)
			}
			d.TrustOnFirstUse = false // it is known by now
		}
	}
}

// A port in the URL keeps nobody from looking at the usual ones: the key of SIP is
// seen at its own alone. The report says where was looked.
func TestUsualPorts(t *testing.T) {
	t.Parallel()
	inBubble(t, full(2), func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
		if !strings.Contains(d.URL, ":8443") {
			t.Fatalf("no port in %s", d.URL)
		}
		for _, tc := range []struct {
			ports   []int
			looked  int
			sipSeen bool
		}{{nil, 3, true}, {[]int{}, 0, false}, {[]int{5061}, 1, true}, {[]int{631}, 1, false}} {
			d.TLSPorts = tc.ports
			a, err := rekey.Assess(t.Context(), d, o)
			if err != nil {
				t.Fatal(err)
			}
			seen := slices.ContainsFunc(a.Others, func(p rekey.PortCertificate) bool { return strings.HasSuffix(p.Addr, ":5061") })
			if seen != tc.sipSeen || len(a.LookedAt) != tc.looked || !slices.Equal(a.Report(nil).LookedAt, a.LookedAt) {
				t.Errorf("%v: looked at %q, saw SIP: %v", tc.ports, a.LookedAt, seen)
			}
		}
	})
}

// Who names another key than the stored one by its pin, after a change of boards,
// say, has the device known by that from then on; the old one is not any more.
func TestPinReplacesTheStoredOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &rekey.Options{Dir: t.TempDir()}
		sound := simdevice.Config{Keys: []simdevice.KeySpec{{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Uses: []string{"TLS"}}}}
		run := func(seed uint64, change func(*rekey.Device, *simdevice.Device)) error {
			cfg := sound
			cfg.Seed = seed
			dev, err := simdevice.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer dev.Close()
			d := access(dev, cfg)
			d.TrustOnFirstUse, d.DialContext = false, dev.DialContext
			change(&d, dev)
			_, err = rekey.Remediate(t.Context(), d, o)
			return err
		}
		first := func(d *rekey.Device, _ *simdevice.Device) { d.TrustOnFirstUse = true }
		named := func(d *rekey.Device, dev *simdevice.Device) {
			d.Pins = []remoteui.SPKIHash{remoteui.HashSPKI(bound(dev).Certificate)}
		}
		stored := func(*rekey.Device, *simdevice.Device) {}
		for i, step := range []struct {
			seed    uint64
			change  func(*rekey.Device, *simdevice.Device)
			refused bool
		}{{1, first, false}, {2, first, true}, {2, named, false}, {2, stored, false}, {1, stored, true}, {1, named, false}, {1, stored, false}} {
			_, refused := errors.AsType[*remoteui.IdentityError](run(step.seed, step.change))
			if refused != step.refused {
				t.Errorf("run %d: refused %v", i, refused)
			}
		}
	})
}
