package acceptance_test

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/change"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/remoteui"
)

// twins are devices that share all but their serial number, the key from the factory
// too; access leads to the one that is chosen.
type twins struct {
	devs  []*simdevice.Device
	mu    sync.Mutex
	at    int
	conns []net.Conn
}

func (w *twins) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.devs[w.at].DialContext(ctx, network, addr)
	if err == nil {
		w.conns = append(w.conns, c)
	}
	return c, err
}

// exchange puts the second device in the place of the first, whose cables are pulled.
func (w *twins) exchange() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = 1
	for _, c := range w.conns {
		c.Close()
	}
	w.devs[0].ExpireSessions()
}

func (w *twins) access(d rekey.Device) rekey.Device {
	d.DialContext = w.dial
	return d
}

func twinsOf(t *testing.T, first *simdevice.Device, serials ...string) *twins {
	w := &twins{devs: []*simdevice.Device{first}}
	for _, s := range serials {
		cfg := full(4)
		cfg.Serial = s
		w.devs = append(w.devs, inMemory(t, cfg))
	}
	return w
}

// withTwins is inBubble with a device whose number is QLA00255, and another one at hand
// that shares its key and has QLA00256.
func withTwins(t *testing.T, do func(t *testing.T, both *twins, dev *simdevice.Device, d rekey.Device, o *rekey.Options)) {
	cfg := full(4)
	cfg.Serial = "QLA00255"
	inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
		both := twinsOf(t, dev, "QLA00256")
		defer both.close()
		do(t, both, dev, both.access(d), o)
	})
}

func (w *twins) close() { // in the bubble
	for _, d := range w.devs[1:] {
		d.Close()
	}
}

// changed reports whether anything was done to a device.
func changed(dev *simdevice.Device, before []string) bool {
	return dev.Restarts() != 0 || !slices.Equal(names(dev), before)
}

// serialOf is the serial number that a state directory keeps of a device.
func serialOf(t *testing.T, dir, url string) string {
	t.Helper()
	d, err := state.OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	serial, err := d.Serial(address.Device(url))
	if err != nil {
		t.Error(err)
	}
	return serial
}

// A device that shows another serial number than the one that is meant is looked at no
// further, and nothing is changed; what a spreadsheet makes of a number is no other.
func TestSerial(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, tt := range []struct {
		name, shown, given string
		refused, told      bool
		carried            string
	}{
		{"none is given", "QLA00255", "", false, false, "QLA00255"},
		{"the same", "QLA00255", "qla-00 255", false, false, "QLA00255"},
		{"zeros lost", "00012345", "12345", false, false, "00012345"},
		{"another", "QLA00255", "QLA00256", true, false, "QLA00255"},
		{"not shown", "-", "QLA00256", false, true, ""},
		{"not shown, none given", "-", "", false, false, ""},
		{"the password is in it", "A7654321", "A7654321", false, false, ""},
		{"another, with the password", "A7654321", "QLA00256", true, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := full(4)
			cfg.Serial = tt.shown
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				d.Serial = tt.given
				before := names(dev)
				a, err := rekey.Assess(t.Context(), d, o)
				e, refused := errors.AsType[*rekey.SerialError](err)
				if refused != tt.refused || !refused && err != nil {
					t.Fatalf("%v", err)
				}
				if refused && (rekey.ExitOf(err).Class != rekey.ExitLogin || e.Want != tt.given || !strings.Contains(err.Error(), "nothing was changed")) {
					t.Errorf("%+v, %v", rekey.ExitOf(err), err)
				}
				if refused && strings.Contains(err.Error(), "7654321") {
					t.Error("the error holds the password")
				}
				told := slices.ContainsFunc(a.Notices, func(n string) bool { return strings.Contains(n, "shows no serial number") })
				if a.Device.Serial != tt.carried || told != tt.told {
					t.Errorf("serial number %q, told %v: %q", a.Device.Serial, told, a.Notices)
				}
				r, err := rekey.Remediate(t.Context(), d, o)
				if _, again := errors.AsType[*rekey.SerialError](err); again != tt.refused || !again && err != nil {
					t.Fatalf("%v", err)
				}
				if changed(dev, before) == tt.refused {
					t.Errorf("refused %v, keys %q, %d restarts", tt.refused, names(dev), dev.Restarts())
				}
				if r.Device.Serial != tt.carried || r.Plan != nil && r.Plan.Device.Serial != tt.carried {
					t.Errorf("the report has %q", r.Device.Serial)
				}
				text, err := json.Marshal(r)
				if err != nil || strings.Contains(string(text), "7654321") {
					t.Errorf("%v: the report holds the password", err)
				}
			})
		})
	}
}

// The state directory keeps the serial number of a device: another one at its address
// that shares its key is refused, until its own number is given.
func TestSerialKept(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	withTwins(t, func(t *testing.T, both *twins, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
		o.Approve = func(*rekey.Plan) error { return rekey.ErrDeclined } // it is recognised, and keeps its key
		if _, err := rekey.Remediate(t.Context(), d, o); !errors.Is(err, rekey.ErrDeclined) {
			t.Fatalf("%v", err)
		}
		o.Approve = nil
		both.exchange()
		before := names(both.devs[1])
		for range 2 {
			_, err := rekey.Remediate(t.Context(), d, o)
			if e, ok := errors.AsType[*rekey.SerialError](err); !ok || !e.Kept || e.Want != "QLA00255" || e.Got != "QLA00256" {
				t.Fatalf("%v", err)
			}
		}
		if changed(both.devs[1], before) {
			t.Error("it was changed")
		}
		// Who names a new key by a pin names the machine.
		third := full(5)
		third.Serial = "QLA00257"
		both.devs = append(both.devs, inMemory(t, third))
		both.at = 2
		d.Pins = []remoteui.SPKIHash{remoteui.HashSPKI(bound(both.devs[2]).Certificate)}
		if _, err := rekey.Assess(t.Context(), d, o); err != nil {
			t.Errorf("named by its pin: %v", err)
		}
		o.Approve = func(*rekey.Plan) error { return rekey.ErrDeclined }
		if _, err := rekey.Remediate(t.Context(), d, o); !errors.Is(err, rekey.ErrDeclined) {
			t.Errorf("named by its pin: %v", err)
		}
		if kept := serialOf(t, o.Dir, d.URL); kept != "QLA00257" {
			t.Errorf("kept is %q", kept)
		}
		o.Approve = nil
		both.at = 1
		d.Serial, d.Pins = "QLA00256", []remoteui.SPKIHash{remoteui.HashSPKI(bound(both.devs[1]).Certificate)} // somebody has looked
		if _, err := rekey.Remediate(t.Context(), d, o); err != nil {
			t.Fatalf("%v", err)
		}
		d.Serial, d.Pins = "", nil
		if _, err := rekey.Assess(t.Context(), d, o); err != nil {
			t.Errorf("it is not the one that is known now: %v", err)
		}
		// What was done on it is given to no other, however that is named.
		both.at = 2
		d.Pins = []remoteui.SPKIHash{remoteui.HashSPKI(bound(both.devs[2]).Certificate)}
		for _, d.Serial = range []string{"", "QLA00257"} {
			_, err := rekey.Assess(t.Context(), d, o)
			if e, ok := errors.AsType[*rekey.SerialError](err); !ok || !e.Begun || e.Want != "QLA00256" || e.Got != "QLA00257" {
				t.Errorf("%v", err)
			}
		}
	})
}

// A serial number is kept beside the key of the device that showed it: of devices that
// a CA vouches for, under one name, the last one that was met is known, whole.
func TestSerialBesideItsKey(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	withTwins(t, func(t *testing.T, both *twins, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
		time.Sleep(time.Until(time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC))) // their certificates are not of 2000
		other := full(5)
		other.Serial = "QLA00257"
		both.devs = append(both.devs, inMemory(t, other))
		d.Pins, d.TrustOnFirstUse, d.Roots = nil, false, x509.NewCertPool()
		for _, at := range []int{0, 2} {
			d.Roots.AddCert(bound(both.devs[at]).Certificate)
		}
		o.Approve = func(*rekey.Plan) error { return rekey.ErrDeclined }
		for _, at := range []int{0, 2, 0} {
			both.at = at
			want := map[int]string{0: "QLA00255", 2: "QLA00257"}[at]
			if _, err := rekey.Remediate(t.Context(), d, o); !errors.Is(err, rekey.ErrDeclined) {
				t.Fatalf("%s: %v", want, err)
			}
			dir, err := state.OpenReadOnly(o.Dir)
			if err != nil {
				t.Fatal(err)
			}
			pin, _, err := dir.Pin(address.Device(d.URL))
			dir.Close()
			if got := serialOf(t, o.Dir, d.URL); err != nil || got != want || pin != remoteui.HashSPKI(bound(both.devs[at]).Certificate) {
				t.Errorf("%v: kept are %q and %s, want %s", err, got, pin, want)
			}
		}
	})
}

// What an earlier run began on a device is neither shown nor given to another that
// shares its key and stands at its address, also where that is named; it is gone on with
// on the device on which it was begun.
func TestSerialOfHalfDone(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	withTwins(t, func(t *testing.T, both *twins, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
		notTonight := errors.New("not tonight")
		o.BeforeRestart = func(context.Context, rekey.DeviceInfo) (func(), error) { return nil, notTonight }
		if _, err := rekey.Remediate(t.Context(), d, o); !errors.Is(err, notTonight) {
			t.Fatalf("%v", err)
		}
		o.BeforeRestart = nil
		both.exchange()
		before, own := names(both.devs[1]), d
		own.Pins = []remoteui.SPKIHash{remoteui.HashSPKI(bound(both.devs[1]).Certificate)}
		for i, d := range []rekey.Device{d, own} {
			d.Serial = "QLA00256"
			a, err := rekey.Assess(t.Context(), d, o)
			if e, ok := errors.AsType[*rekey.SerialError](err); !ok || !e.Kept || !e.Begun || e.Want != "QLA00255" || len(a.Unfinished) > 0 {
				t.Errorf("%d: %v, %+v", i, err, a.Unfinished)
			}
			if _, err = rekey.Remediate(t.Context(), d, o); !strings.Contains(fmt.Sprint(err), "a state directory of its own") {
				t.Errorf("%d: %v", i, err)
			}
		}
		if kept := serialOf(t, o.Dir, d.URL); kept != "QLA00255" || changed(both.devs[1], before) {
			t.Errorf("kept is %q, keys %q", kept, names(both.devs[1]))
		}
		other := *o
		other.Dir = t.TempDir()
		d.Serial = "QLA00256"
		if _, err := rekey.Remediate(t.Context(), d, &other); err != nil || bound(both.devs[1]).Weak {
			t.Errorf("in a state directory of its own: %v", err)
		}
		both.at, d.Serial = 0, ""
		if _, err := rekey.Remediate(t.Context(), d, o); err != nil || bound(dev).Weak {
			t.Errorf("the one on which it was begun: %v", err)
		}
	})
}

// Another machine that is to get the S/MIME certificate is told by its serial number, too.
func TestSerialOfOtherMachine(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	inBubble(t, full(4), func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
		var others []*simdevice.Device
		for _, serial := range []string{"QLA00001", "QLA00002"} {
			host := strings.ToLower(serial) + ".example"
			other := inMemory(t, simdevice.Config{Seed: 6, Hostname: host, Serial: serial, SMIMECertificates: [][]byte{signature(dev).Raw}})
			defer other.Close()
			own := access(other, simdevice.Config{})
			own.DialContext, own.Serial = other.DialContext, "qla00001"
			others, o.OtherDevices = append(others, other), append(o.OtherDevices, own)
		}
		changes := others[1].StateChanges()
		_, err := rekey.Remediate(t.Context(), d, o)
		if e, ok := errors.AsType[*rekey.SerialError](err); !ok || e.Got != "QLA00002" {
			t.Errorf("%v", err)
		}
		if got := others[0].SMIMECertificates(); len(got) != 1 || slices.Equal(got[0], others[1].SMIMECertificates()[0]) || others[1].StateChanges() != changes {
			t.Errorf("%d certificates, another changed: %v", len(got), others[1].StateChanges() != changes)
		}
	})
}

// A device that takes another's place after it was looked at, with the same key, is
// recognised by its serial number before anything is changed.
func TestSerialBeforeTheFirstChange(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, tt := range []struct {
		name  string
		given string
		kept  bool // the plan
		seen  bool
		fleet bool
	}{
		{"while somebody is asked", "QLA00255", false, true, false},
		{"while somebody is asked, none given", "", false, true, false},
		{"since a plan was made", "", true, true, false},
		{"since a plan was made, by the list", "QLA00255", true, true, false},
		{"the plan is another's", "QLA00256", true, false, false},
		{"since a plan for a fleet was made", "", true, true, true},
		{"the fleet's plan is another's", "QLA00256", true, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			withTwins(t, func(t *testing.T, both *twins, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				before := names(dev)
				var err error
				if tt.kept {
					a, e := rekey.Assess(t.Context(), d, o)
					if e != nil {
						t.Fatal(e)
					}
					p, e := a.Plan(o)
					if e != nil {
						t.Fatal(e)
					}
					both.exchange()
					d.Serial = tt.given
					f := &rekey.FleetOptions{Options: o, Member: func(rekey.Device) rekey.FleetMember { return rekey.FleetMember{Plan: p} }}
					if !tt.fleet {
						_, err = rekey.Apply(t.Context(), d, p, o)
					} else {
						for _, err = range rekey.RemediateAll(t.Context(), sequence([]rekey.Device{d}), f) {
						}
					}
				} else {
					d.Serial = tt.given
					o.Approve = func(*rekey.Plan) error { both.exchange(); return nil }
					_, err = rekey.Remediate(t.Context(), d, o)
				}
				e, ok := errors.AsType[*rekey.SerialError](err)
				if !ok || e.Planned == tt.seen || len(e.Done) > 0 {
					t.Errorf("%v", err)
				}
				if changed(dev, before) || changed(both.devs[1], before) {
					t.Errorf("keys %q and %q", names(dev), names(both.devs[1]))
				}
				if n := both.devs[1].LoginAttempts(); n > 0 != tt.seen {
					t.Errorf("%d logins at the other device", n)
				}
			})
		})
	}
}

// A kept plan is held against the serial number that is kept where it has none of its own,
// and is not carried out where its number is no longer shown.
func TestSerialOfKeptPlan(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, tt := range []struct {
		name               string
		kept               bool // the number of QLA00255
		planned            int  // on which it is made
		at                 int  // where it is to be carried out
		given              string
		other, drift, told bool
	}{
		{"by an earlier version, another", true, 1, 2, "", true, false, true},
		{"by an earlier version, the same", true, 1, 0, "", false, false, true},
		{"by an earlier version, shown no more", true, 1, 1, "", false, false, true},
		{"none is known", false, 1, 2, "", false, false, false},
		{"shown no more", false, 0, 1, "", false, true, false},
		{"given, never shown", false, 1, 1, "QLA00255", false, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := full(4)
			cfg.Serial = "QLA00255"
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				all := twinsOf(t, dev, "-", "QLA00256")
				defer all.close()
				d = all.access(d)
				if tt.kept {
					o.Approve = func(*rekey.Plan) error { return rekey.ErrDeclined }
					if _, err := rekey.Remediate(t.Context(), d, o); !errors.Is(err, rekey.ErrDeclined) {
						t.Fatalf("%v", err)
					}
					o.Approve = nil
				}
				all.at, d.Serial = tt.planned, tt.given
				a, err := rekey.Assess(t.Context(), d, o)
				if err != nil {
					t.Fatal(err)
				}
				p, err := a.Plan(o)
				if err != nil {
					t.Fatal(err)
				}
				all.at = tt.at
				before := names(all.devs[tt.at])
				r, err := rekey.Apply(t.Context(), d, p, o)
				_, other := errors.AsType[*rekey.SerialError](err)
				_, drift := errors.AsType[*rekey.DriftError](err)
				if other != tt.other || drift != tt.drift || !other && !drift && err != nil {
					t.Errorf("%v", err)
				}
				if changed(all.devs[tt.at], before) == (other || drift) {
					t.Errorf("keys %q", names(all.devs[tt.at]))
				}
				if told := slices.ContainsFunc(r.Notices, func(n string) bool { return strings.Contains(n, "could not be compared") }); told != tt.told {
					t.Errorf("told %v: %q", told, r.Notices)
				}
			})
		})
	}
}

// A kept plan is carried out where the device is by now, and what is known of it under
// its old address goes on.
func TestPlanOfMovedDevice(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, tt := range []struct {
		known    bool
		from, to string
	}{{false, "a.example", "b.example"}, {true, "a.example", "b.example"}, {false, "a.example:9443", "a.example:9444"}, {true, "a.example:9443", "a.example:9444"}} {
		known := tt.known
		t.Run(fmt.Sprintf("known=%v, to %s", known, tt.to), func(t *testing.T) {
			t.Parallel()
			cfg := full(4)
			cfg.Serial = "QLA00255"
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				at := tt.from
				d.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					host, port, _ := net.SplitHostPort(addr)
					if strings.HasPrefix(port, "944") {
						host, port = addr, "8443"
					}
					if host != at {
						return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("nobody there")}
					}
					return dev.DialContext(ctx, network, net.JoinHostPort(cmp.Or(cfg.Hostname, "printer.example"), port))
				}
				d.Serial, d.URL, d.TLSPorts = "qla00255", "https://"+tt.from+"/", []int{}
				p := change.New("CHG7", "alice", time.Now(), time.Hour)
				for a, err := range rekey.AssessAll(t.Context(), sequence([]rekey.Device{d}), &rekey.FleetOptions{Options: o}) {
					p.Add(a, o, err)
				}
				f := &rekey.FleetOptions{Options: o, Member: func(d rekey.Device) rekey.FleetMember {
					m, err := p.Member(d, rekey.FleetMember{Options: o})
					if err != nil {
						t.Error(err)
					}
					return m
				}}
				if known { // half of it was done there
					notTonight := errors.New("not tonight")
					o.BeforeRestart = func(context.Context, rekey.DeviceInfo) (func(), error) { return nil, notTonight }
					for _, err := range rekey.RemediateAll(t.Context(), sequence([]rekey.Device{d}), f) {
						if !errors.Is(err, notTonight) {
							t.Fatal(err)
						}
					}
					o.BeforeRestart = nil
				}
				at, d.URL = tt.to, "https://"+tt.to+"/"
				for r, err := range rekey.RemediateAll(t.Context(), sequence([]rekey.Device{d}), f) {
					if err != nil || r.Address != "https://"+tt.to+"/" || bound(dev).Weak {
						t.Errorf("%v, %s, %+v", err, r.Address, bound(dev))
					}
				}
				here, there := serialOf(t, o.Dir, tt.to), serialOf(t, o.Dir, tt.from)
				if known && (here != "" || there == "") {
					t.Errorf("known there %q, here %q", there, here)
				}
			})
		})
	}
}
