package acceptance_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// Another machine that is off costs no restart's time, and is made up for: the
// next runs say so, with a task, until it is done. // V-5 E-2
func TestOwedToOtherMachines(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 5, Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Imported: true, Uses: []string{"TLS"}}, {Name: "Device Signature Key", Weak: true},
		}}
		dev, o := start(t, cfg), options(t)
		o.Timeouts.Restart = time.Hour // nobody waits for a machine that was not there
		old := signature(dev)
		other := inMemory(t, simdevice.Config{Seed: 6, Hostname: "holder.example", SMIMECertificates: [][]byte{old.Raw}})
		off := true
		d := access(other, simdevice.Config{})
		d.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if off {
				return nil, errors.New("no route to host")
			}
			return other.DialContext(ctx, network, addr)
		}
		o.OtherDevices = []rekey.Device{d}
		owes := func(r *rekey.Report) bool {
			return slices.ContainsFunc(r.Tasks, func(task rekey.Task) bool {
				return task.ID == "E-2" && strings.Contains(task.Text, "holder.example")
			})
		}
		run := func(done, owed bool) {
			t.Helper()
			r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
			if (err == nil) != done || owes(r) != owed {
				t.Fatalf("%v\n%v", err, r)
			}
		}
		run(false, true)
		renewed := signature(dev)
		run(false, true) // still off
		o.OtherDevices = nil
		run(false, true) // nobody says how to get there
		o.OtherDevices, off = []rekey.Device{d}, false
		run(true, false)
		if got := other.SMIMECertificates(); len(got) != 1 || !slices.Equal(got[0], renewed.Raw) || !signature(dev).Equal(renewed) {
			t.Errorf("the other machine has %d certificates", len(got))
		}
		changes := other.StateChanges()
		run(true, false)
		if other.StateChanges() != changes {
			t.Error("changed again")
		}
	})
}

// Of two machines behind one address, the one that was off gets the certificate
// later, not the other once more. // V-5 E-2
func TestOwedBehindOneAddress(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 5, Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Imported: true, Uses: []string{"TLS"}}, {Name: "Device Signature Key", Weak: true},
		}}
		dev, o := start(t, cfg), options(t)
		old, off := signature(dev), true
		var others []*simdevice.Device
		for i, url := range []string{"https://holder.example:9444/", "https://holder.example:9443/"} {
			other := inMemory(t, simdevice.Config{Seed: 6 + uint64(i), Hostname: "holder.example", SMIMECertificates: [][]byte{old.Raw}})
			d := access(other, simdevice.Config{})
			d.URL = url
			d.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				if off && i == 1 {
					return nil, errors.New("no route to host")
				}
				return other.DialContext(ctx, network, "holder.example:8443") // whose port is forwarded
			}
			o.OtherDevices, others = append(o.OtherDevices, d), append(others, other)
		}
		r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
		if err == nil || !slices.ContainsFunc(r.Tasks, func(task rekey.Task) bool { return strings.Contains(task.Text, "holder.example:9443") }) {
			t.Fatalf("%v\n%v", err, r)
		}
		off = false
		if r, err := rekey.Remediate(bounded(t), access(dev, cfg), o); err != nil {
			t.Fatalf("%v\n%v", err, r)
		}
		for i, other := range others {
			if got := other.SMIMECertificates(); len(got) != 1 || !slices.Equal(got[0], signature(dev).Raw) {
				t.Errorf("machine %d has %d certificates", i, len(got))
			}
		}
	})
}
