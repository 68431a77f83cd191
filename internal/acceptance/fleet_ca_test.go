package acceptance_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/window"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
)

// A device waits for its turn at the CA (which turns there are: TestPace), and the ends of
// validity are spread, by the same days whenever a device is planned for. A closed window keeps
// nobody from looking.
func TestFleetSparesTheCA(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		var devices []rekey.Device
		for i := range uint64(3) {
			cfg := simdevice.Config{Seed: 4 + i, Hostname: fmt.Sprintf("printer%d.example", i)}
			devices = append(devices, access(start(t, cfg), cfg))
		}
		o := options(t)
		closed := func(rekey.Device) rekey.FleetMember { return rekey.FleetMember{Window: new(window.Window)} }
		const days = 400
		spread := *o
		spread.Spread = days * 24 * time.Hour
		off := map[time.Duration]bool{}
		for a, err := range rekey.AssessAll(bounded(t), sequence(devices), &rekey.FleetOptions{Options: o, Member: closed}) {
			if err != nil {
				t.Fatal(err)
			}
			ends := func(o *rekey.Options) time.Time {
				p, err := a.Plan(o)
				if err != nil || len(p.Changes) == 0 {
					t.Fatalf("%+v, %v", p, err)
				}
				return p.Changes[0].New.NotAfter
			}
			earlier, again := ends(o).Sub(ends(&spread)), ends(o).Sub(ends(&spread))
			if earlier < 0 || earlier > days*24*time.Hour || earlier%(24*time.Hour) != 0 || earlier != again {
				t.Errorf("%s: ends %v earlier", a.Address, earlier)
			}
			off[earlier] = true
		}
		if len(off) < 2 { // of three devices: once in 160,000
			t.Errorf("all end together: %v", off)
		}
		o.Kind, o.Issuer = rekey.ByCSR, newIssuer(t)
		log, turns := o.OnEvent, 0
		o.OnEvent = func(e rekey.Event) {
			log(e)
			if e.Text == "waiting for a turn at the CA" {
				turns++
			}
		}
		// Others share the CA: who has no turn goes on in the next run.
		asked, open := 0, 0
		o.BeforeCA = func(context.Context, rekey.DeviceInfo) (func(), error) {
			if asked++; asked == 1 {
				return nil, fmt.Errorf("the others: %w", keys.ErrPending)
			}
			open++
			return func() { open-- }, nil
		}
		f := &rekey.FleetOptions{Options: o, CAOutstanding: 1, CAInterval: time.Millisecond}
		for n, want := range []rekey.FleetOutcome{rekey.FleetWithheld, rekey.FleetDone} {
			if got := remediateAll(bounded(t), t, devices[:1], f); got[want] != 1 || turns != n+1 || asked != n+1 || open != 0 {
				t.Errorf("run %d: %v, %d turns, asked %d times, %d open", n, got, turns, asked, open)
			}
		}
	})
}

// A challenge that counts once is fetched when the device's turn at the CA has come,
// and used next: two devices at a time have no two of them open.
func TestFleetFetchesChallengesInTime(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		const challenge = "once"
		cfg := simdevice.Config{Seed: 4}
		scepPeer(t, &cfg, testca.SCEP{OneTime: []string{challenge}})
		o := options(t)
		bySCEP(o)
		var order []string
		o.SCEP.Challenge = func(context.Context, rekey.DeviceInfo) (rekey.Secret, error) {
			order = append(order, "challenge")
			return rekey.NewSecret(challenge), nil
		}
		log := o.OnEvent
		o.OnEvent = func(e rekey.Event) {
			log(e)
			for _, text := range []string{"waiting for a turn at the CA", "the device makes a key and asks its SCEP server"} {
				if strings.HasPrefix(e.Text, text) {
					order = append(order, text)
				}
			}
		}
		f := &rekey.FleetOptions{Options: o, CAOutstanding: 1}
		got := remediateAll(bounded(t), t, []rekey.Device{access(start(t, cfg), cfg)}, f)
		want := []string{"waiting for a turn at the CA", "challenge", "the device makes a key and asks its SCEP server"}
		if got[rekey.FleetDone] != 1 || !slices.Equal(order, want) {
			t.Errorf("%v: %q", got, order)
		}
	})
}

// What takes the window's time away between the look at it and the restart, a machine
// that was asleep for example, is noticed right before the restart.
func TestFleetWindowRightBeforeRestart(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		devs, devices := fleetOf(t, 1)
		o := options(t)
		open := time.Now()
		var looks atomic.Int32 // at the clock, from the wait for the restart on
		looks.Store(-1)
		o.Now = func() time.Time {
			if looks.Load() >= 0 && looks.Add(1) > 1 {
				return open.Add(5 * time.Hour)
			}
			return open
		}
		o.BeforeRestart = func(context.Context, rekey.DeviceInfo) (func(), error) {
			looks.Store(0)
			return nil, nil
		}
		at := open.UTC().Hour()*60 + open.UTC().Minute()
		w := &window.Window{Zone: time.UTC, From: (at + 24*60 - 60) % (24 * 60), To: (at + 120) % (24 * 60)}
		f := &rekey.FleetOptions{Options: o, DeviceTime: time.Minute, Member: func(rekey.Device) rekey.FleetMember { return rekey.FleetMember{Window: w} }}
		for r, err := range rekey.RemediateAll(bounded(t), sequence(devices), f) {
			if _, closed := errors.AsType[*window.ClosedError](err); !closed || rekey.FleetOutcomeOf(r.Exit, err) != rekey.FleetWithheld || looks.Load() < 1 {
				t.Errorf("%v, %d looks", err, looks.Load())
			}
		}
		if devs[0].Restarts() != 0 {
			t.Errorf("%d restarts", devs[0].Restarts())
		}
	})
}
