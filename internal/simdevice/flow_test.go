package simdevice

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// seeds the behaviour is tested under.
var seeds = []uint64{1, 2, 3, 4, 5, 6, 7, 8}

func underSeeds(t *testing.T, test func(t *testing.T, seed uint64)) {
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			test(t, seed)
		})
	}
}

// The whole TLS procedure: G-1, R-1, R-5, D-1.
func TestProcedure(t *testing.T) {
	t.Parallel()
	underSeeds(t, func(t *testing.T, seed uint64) {
		d := newDevice(t, Config{Seed: seed, RestartTime: time.Millisecond, RestartDelay: time.Millisecond})
		before := d.Settings()
		c := newClient(t, d)
		if got := servedKey(t, d); got != "TLS-2021" {
			t.Fatalf("served with %q at first", got)
		}
		c.login()
		c.generate(good("New1"))
		c.use("New1")
		if got := servedKey(t, d); got != "TLS-2021" {
			t.Errorf("served with %q before the restart", got)
		}
		if s := d.Settings(); s.TLSKey != "New1" || !s.Pending {
			t.Errorf("settings before the restart: %+v", s)
		}
		c.apply()
		if got := servedKey(t, d); got != "New1" {
			t.Errorf("served with %q after the restart", got)
		}
		c = newClient(t, d)
		c.login()
		c.delete("TLS-2021")
		c.logout()
		names := []string{}
		for _, k := range d.Keys() {
			names = append(names, k.Name)
		}
		if want := []string{"Default Key", "AMS", "New1"}; !slices.Equal(names, want) {
			t.Errorf("keys %q, want %q", names, want)
		}
		before.TLSKey = "New1"
		if got := d.Settings(); got != before {
			t.Errorf("settings %+v, want %+v", got, before)
		}
		if d.Restarts() != 1 || d.StateChanges() != 4 || d.OpenSessions() != 0 || d.LoginAttempts() != 2 {
			t.Errorf("restarts %d, changes %d, sessions %d, logins %d", d.Restarts(), d.StateChanges(), d.OpenSessions(), d.LoginAttempts())
		}
		if v := d.Violations(); len(v) > 0 {
			t.Errorf("violations: %q", v)
		}
	})
}
