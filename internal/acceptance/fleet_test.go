package acceptance_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/window"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// fleetOf starts simulated devices that share a password.
func fleetOf(t *testing.T, n int) (all []*simdevice.Device, reached []rekey.Device) {
	t.Helper()
	for i := range n {
		cfg := simdevice.Config{Seed: 4, MaxFailures: 3, Hostname: fmt.Sprintf("printer%d.example", i)}
		dev := start(t, cfg)
		all, reached = append(all, dev), append(reached, access(dev, cfg))
	}
	return all, reached
}

func sequence(devices []rekey.Device) iter.Seq2[rekey.Device, error] {
	return func(yield func(rekey.Device, error) bool) {
		for _, d := range devices {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// remediateAll counts what becomes of devices, and fails if one is not told of.
func remediateAll(ctx context.Context, t *testing.T, devices []rekey.Device, o *rekey.FleetOptions) map[rekey.FleetOutcome]int {
	t.Helper()
	counts, seen := map[rekey.FleetOutcome]int{}, map[string]bool{}
	for r, err := range rekey.RemediateAll(ctx, sequence(devices), o) {
		if r == nil || r.Device.URL == "" || seen[r.Device.URL] || (err == nil) != (r.Error == "") {
			t.Errorf("%+v, %v", r, err)
			continue
		}
		seen[r.Device.URL] = true
		counts[rekey.FleetOutcomeOf(r.Exit, err)]++
		t.Logf("%s: %s, %v", r.Device.URL, rekey.FleetOutcomeOf(r.Exit, err), err)
	}
	if len(seen) != len(devices) {
		t.Errorf("%d of %d devices are told of", len(seen), len(devices))
	}
	return counts
}

// The good ones are done, whatever becomes of the others.
func TestFleetOfMixedDevices(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		devs, devices := fleetOf(t, 3)
		devices[1].Password = wrong()
		off := rekey.Device{URL: "https://" + devicetest.Nobody(t) + "/", Password: rekey.NewSecret("x"), TrustOnFirstUse: true}
		o := &rekey.FleetOptions{Options: options(t), Waves: []rekey.Wave{}}
		got := remediateAll(bounded(t), t, append([]rekey.Device{off}, devices...), o)
		if want := map[rekey.FleetOutcome]int{rekey.FleetDone: 2, rekey.FleetFailed: 1, rekey.FleetUnreachable: 1}; !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		for i, dev := range devs {
			if (dev.Restarts() == 1) != (i != 1) {
				t.Errorf("device %d restarted %d times", i, dev.Restarts())
			}
		}
		for a, err := range rekey.AssessAll(bounded(t), sequence(append([]rekey.Device{off}, devices...)), o) {
			if a == nil || a.Device.URL == "" || (err == nil) != (len(a.Keys) > 0) {
				t.Errorf("%+v, %v", a, err)
			}
		}
		if n := devs[1].LoginAttempts(); n != 1 {
			t.Errorf("the wrong password was sent %d times", n)
		}
	})
}

// A wrong password of the fleet meets one device, once.
func TestFleetWrongPasswordLocksNone(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		devs, devices := fleetOf(t, 4)
		password := wrong()
		for i := range devices {
			devices[i].Password = password
		}
		o := &rekey.FleetOptions{Options: options(t), Waves: []rekey.Wave{}}
		for run := range 2 { // a second run as the first: what was refused is not sent again
			got := remediateAll(bounded(t), t, devices, o)
			if want := map[rekey.FleetOutcome]int{rekey.FleetFailed: 1, rekey.FleetHeld: 3}; !maps.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
			sent := 0
			for _, dev := range devs {
				sent += dev.LoginAttempts()
			}
			if sent != 1 {
				t.Errorf("run %d: the password was sent %d times", run, sent)
			}
		}
	})
}

// A device whose window closes before its restart could end is not restarted, its
// old key serves, and the next run finishes the work.
func TestFleetWindowBeforeRestart(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		devs, devices := fleetOf(t, 1)
		old := bound(devs[0])
		o := options(t)
		o.Timeouts.Jobs = 30 * time.Hour
		night := &window.Window{Zone: time.UTC} // the whole day
		now := time.Now().UTC().Hour()*60 + time.Now().UTC().Minute()
		night.From, night.To = (now+24*60-120)%(24*60), (now+120)%(24*60)
		f := &rekey.FleetOptions{Options: o, DeviceTime: time.Minute, Member: func(rekey.Device) rekey.FleetMember {
			return rekey.FleetMember{Window: night}
		}}
		for r, err := range rekey.RemediateAll(bounded(t), sequence(devices), f) {
			_, closed := errors.AsType[*window.ClosedError](err)
			if !closed || r.Exit.Class != rekey.ExitWaiting || rekey.FleetOutcomeOf(r.Exit, err) != rekey.FleetWithheld || len(r.Steps) == 0 {
				t.Errorf("%+v, %v", r, err)
			}
		}
		if devs[0].Restarts() != 0 || bound(devs[0]).Name != old.Name {
			t.Errorf("%d restarts, and %s serves", devs[0].Restarts(), bound(devs[0]).Name)
		}
		f.DeviceTime = 0
		for r, err := range rekey.RemediateAll(bounded(t), sequence(devices), f) { // not even begun
			if held, ok := errors.AsType[*rekey.HeldError](err); !ok || held.NotStarted || r.Exit.Class != rekey.ExitWaiting || r.Requests != 0 {
				t.Errorf("%+v, %v", r, err)
			}
		}
		o.Timeouts.Jobs = 0
		got := remediateAll(bounded(t), t, devices, f)
		if got[rekey.FleetDone] != 1 || devs[0].Restarts() != 1 || bound(devs[0]).Name == old.Name {
			t.Errorf("%v, %d restarts, and %s serves", got, devs[0].Restarts(), bound(devs[0]).Name)
		}
	})
}

// No more devices of a group restart at once than are allowed, and a device that
// was stopped in the middle is finished by the next run.
func TestFleetRestartsAndCancel(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		devs, devices := fleetOf(t, 4)
		o := options(t)
		ctx, cancel := context.WithCancel(bounded(t))
		defer cancel()
		log := o.OnEvent
		o.OnEvent = func(e rekey.Event) {
			log(e)
			if e.Kind == rekey.EventStepDone && e.Step == "R-1" {
				cancel()
			}
		}
		f := &rekey.FleetOptions{Options: o, Concurrency: 2, Waves: []rekey.Wave{}, MaxRestarts: 1, Member: func(rekey.Device) rekey.FleetMember {
			return rekey.FleetMember{Groups: []string{"site", "subnet"}}
		}}
		got := remediateAll(ctx, t, devices, f)
		if want := map[rekey.FleetOutcome]int{rekey.FleetInterrupted: 1, rekey.FleetNotStarted: 3}; !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want) // the first login of the password goes alone
		}
		var down atomic.Int32
		o.OnEvent = log
		o.BeforeRestart = func(context.Context, rekey.DeviceInfo) (func(), error) {
			if down.Add(1) > 1 {
				t.Error("two restart at once")
			}
			return func() { down.Add(-1) }, nil
		}
		f.Concurrency = 4
		if got := remediateAll(bounded(t), t, devices, f); got[rekey.FleetDone] != 4 {
			t.Errorf("%v", got)
		}
		for i, dev := range devs {
			if dev.Restarts() != 1 || len(dev.Keys()) == 0 {
				t.Errorf("device %d restarted %d times", i, dev.Restarts())
			}
		}
	})
}

// What is wrong with the inventory is told before a device is contacted, and keeps
// the others from nothing.
func TestFleetErrorsOfTheInventory(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		devs, devices := fleetOf(t, 1)
		bad := errors.New("line 7")
		inventory := func(yield func(rekey.Device, error) bool) {
			_ = yield(devices[0], nil) && yield(rekey.Device{}, bad)
		}
		for r, err := range rekey.RemediateAll(bounded(t), inventory, &rekey.FleetOptions{Options: options(t)}) {
			if r != nil || !errors.Is(err, bad) {
				t.Errorf("%v, %v", r, err)
			}
			break
		}
		if n := devs[0].LoginAttempts(); n != 0 {
			t.Errorf("%d logins", n)
		}
		told := 0
		for r, err := range rekey.AssessAll(bounded(t), inventory, nil) {
			told++
			if (r == nil) != errors.Is(err, bad) {
				t.Errorf("%v, %v", r, err)
			}
		}
		if told != 2 {
			t.Errorf("%d told", told)
		}
	})
}
