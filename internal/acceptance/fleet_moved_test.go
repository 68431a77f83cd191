package acceptance_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

// A device is known by its key: at another address it is the same, and what an
// interrupted run left is finished there. Another device at its old address gets no
// password, and neither does one of two whose addresses were exchanged under the list.
func TestFleetDevicesMove(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		one, other := start(t, simdevice.Config{Seed: 4}), start(t, simdevice.Config{Seed: 5})
		at := map[string]*simdevice.Device{} // who answers at an address
		pins := map[string][]remoteui.SPKIHash{}
		device := func(host string) rekey.Device {
			d := access(one, simdevice.Config{})
			d.Pins = pins[host]
			d.URL, d.TLSPorts = "https://"+host+"/", []int{}
			d.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				name, _, _ := net.SplitHostPort(addr)
				if at[name] == nil {
					return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("nobody there")}
				}
				return at[name].DialContext(ctx, network, addr)
			}
			return d
		}
		o := options(t)
		log := o.OnEvent
		run := func(hosts ...string) map[string]error {
			t.Helper()
			var all []rekey.Device
			for _, h := range hosts {
				all = append(all, device(h))
			}
			got := map[string]error{}
			for r, err := range rekey.RemediateAll(bounded(t), sequence(all), &rekey.FleetOptions{Options: o, Waves: []rekey.Wave{}}) {
				got[r.Address] = err
			}
			return got
		}
		refused := func(when string, err error) {
			t.Helper()
			if _, ok := errors.AsType[*remoteui.IdentityError](err); !ok {
				t.Errorf("%s: %v", when, err)
			}
		}
		// Stopped before the restart, at the address a.
		at["a.example"] = one
		o.BeforeRestart = func(context.Context, rekey.DeviceInfo) (func(), error) { return nil, errors.New("not tonight") }
		if err := run("a.example")["https://a.example/"]; err == nil || one.Restarts() != 0 {
			t.Fatalf("%v, %d restarts", err, one.Restarts())
		}
		made := len(one.Keys())
		// DHCP has moved it to b, and given a to another.
		at["a.example"], at["b.example"] = other, one
		o.BeforeRestart = nil
		refused("another at the old address", run("a.example")["https://a.example/"])
		both := run("a.example", "b.example")
		refused("both in the list", both["https://a.example/"])
		refused("both in the list", both["https://b.example/"])
		if n := other.LoginAttempts(); n != 0 || one.Restarts() != 0 {
			t.Errorf("%d logins at the other device, %d restarts", n, one.Restarts())
		}
		recognised := false
		o.OnEvent = func(e rekey.Event) {
			log(e)
			recognised = recognised || e.Kind == rekey.EventNotice && e.Text == "it is the device that was known as a.example: what is known of that goes on"
		}
		if err := run("b.example")["https://b.example/"]; err != nil || !recognised {
			t.Errorf("moved: %v, recognised %v", err, recognised)
		}
		// The key that the first run made is the one in use: nothing was made anew.
		if one.Restarts() != 1 || len(one.Keys()) >= made || bound(one).Weak {
			t.Errorf("%d restarts, %d keys, %+v", one.Restarts(), len(one.Keys()), bound(one))
		}
		// And with its new key it goes on moving.
		at["c.example"], at["b.example"] = one, nil
		if err := run("c.example")["https://c.example/"]; err != nil {
			t.Errorf("moved on: %v", err)
		}
		// Where the list has its old address as well, a pin decides.
		at["d.example"], at["c.example"] = one, nil
		pins["d.example"] = []remoteui.SPKIHash{remoteui.HashSPKI(bound(one).Certificate)}
		both = run("a.example", "d.example")
		refused("both in the list, one pinned", both["https://a.example/"])
		if err := both["https://d.example/"]; err != nil || other.LoginAttempts() != 0 {
			t.Errorf("pinned: %v, %d logins at the other device", err, other.LoginAttempts())
		}
	})
}

// Devices that share a key from the factory are not taken for each other.
func TestFleetSharedKeyIsNotAMove(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		devs, devices := fleetOf(t, 2)
		if a, b := bound(devs[0]), bound(devs[1]); remoteui.HashSPKI(a.Certificate) != remoteui.HashSPKI(b.Certificate) {
			t.Fatal("they do not share a key")
		}
		o := options(t)
		f := &rekey.FleetOptions{Options: o, Waves: []rekey.Wave{}, Concurrency: 1}
		o.BeforeRestart = func(context.Context, rekey.DeviceInfo) (func(), error) { return nil, errors.New("not tonight") }
		remediateAll(bounded(t), t, devices[:1], f) // only one of them is known
		o.BeforeRestart = nil
		if got := remediateAll(bounded(t), t, devices, f); got[rekey.FleetDone] != 2 {
			t.Errorf("%v", got)
		}
	})
}

// Of devices that share a key from the factory the serial number of the list says which
// one has moved: what an interrupted run left is finished at its new address. Two whose
// addresses were exchanged in the list, too, are each themselves.
func TestFleetMovesBySerial(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		var devs []*simdevice.Device
		for _, serial := range []string{"QLA00255", "QLA00256"} {
			devs = append(devs, start(t, simdevice.Config{Seed: 4, Serial: serial}))
		}
		at := map[string]*simdevice.Device{"a.example": devs[0], "b.example": devs[1]}
		o := options(t)
		run := func(serials map[string]string) map[string]error {
			t.Helper()
			var all []rekey.Device
			for host, serial := range serials {
				d := access(devs[0], simdevice.Config{})
				d.URL, d.TLSPorts, d.Serial = "https://"+host+"/", []int{}, serial
				d.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					name, _, _ := net.SplitHostPort(addr)
					return at[name].DialContext(ctx, network, addr)
				}
				all = append(all, d)
			}
			got := map[string]error{}
			for r, err := range rekey.RemediateAll(bounded(t), sequence(all), &rekey.FleetOptions{Options: o, Waves: []rekey.Wave{}}) {
				got[r.Address] = err
			}
			return got
		}
		later := errors.New("not tonight")
		o.BeforeRestart = func(context.Context, rekey.DeviceInfo) (func(), error) { return nil, later }
		for host, err := range run(map[string]string{"a.example": "qla00255", "b.example": "QLA-00256"}) {
			if !errors.Is(err, later) {
				t.Errorf("%s at first: %v", host, err)
			}
		}
		o.BeforeRestart = nil
		made := [][]string{names(devs[0]), names(devs[1])}
		at["a.example"], at["b.example"] = devs[1], devs[0]
		// The list as it was: neither is where it is meant.
		for host, err := range run(map[string]string{"a.example": "qla00255", "b.example": "QLA-00256"}) {
			if _, ok := errors.AsType[*rekey.SerialError](err); !ok {
				t.Errorf("%s by the old list: %v", host, err)
			}
		}
		for host, err := range run(map[string]string{"a.example": "QLA-00256", "b.example": "qla00255"}) {
			if err != nil {
				t.Errorf("%s by the new list: %v", host, err)
			}
		}
		for i, dev := range devs {
			// The key of the first run is the one in use: nothing was made anew.
			if k := bound(dev); dev.Restarts() != 1 || k.Weak || !slices.Contains(made[i], k.Name) {
				t.Errorf("%d restarts, keys %q, before %q", dev.Restarts(), names(dev), made[i])
			}
		}
	})
}
