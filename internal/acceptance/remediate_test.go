package acceptance_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui"
)

// The whole TLS procedure, under several seeds and every login form: the weak
// key is replaced, proved and deleted, and a second run finds nothing to do.
func TestRemediate(t *testing.T) {
	t.Parallel()
	logins := race.Sample(
		simdevice.LoginDepartmentID, simdevice.LoginUserName,
		simdevice.LoginRSAChallenge, simdevice.LoginNotNecessary,
	)
	for i, login := range logins {
		for _, seed := range race.Sample(seeds...) {
			cfg := simdevice.Config{Seed: seed + 10*uint64(i), Login: login, NoToken: seed == 2}
			t.Run(fmt.Sprintf("%s/%d", login, cfg.Seed), func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T) {
					testRemediate(t, cfg)
				})
			})
		}
	}
}

func testRemediate(t *testing.T, cfg simdevice.Config) {
	dev := start(t, cfg)
	old, settings := bound(dev), dev.Settings()
	o := options(t)
	r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
	if err != nil {
		t.Fatalf("%v\n%v", err, r)
	}
	now := bound(dev)
	u := r.Usages[0]
	switch {
	case now.Weak || now.SPKI == old.SPKI:
		t.Errorf("R-5: TLS is still served with a weak key (%q)", now.Name)
	case slices.Contains(names(dev), old.Name):
		t.Errorf("D-1: the old key is still there: %q", names(dev))
	case u.Use != keys.UseTLS || !u.Verified || u.Proof != "served":
		t.Errorf("report: %+v", u)
	case u.OldKey.SPKI != old.SPKI || u.OldKey.Weak != keys.Proved:
		t.Errorf("report: old key %+v, want SPKI %s proved weak", u.OldKey, old.SPKI)
	case u.NewKey.SPKI != now.SPKI || u.NewKey.Name != now.Name || u.NewKey.Weak != keys.NotFound:
		t.Errorf("report: new key %+v, want %s", u.NewKey, now.SPKI)
	case r.Restarts != 1 || dev.Restarts() != 1:
		t.Errorf("restarts: report %d, device %d, want 1", r.Restarts, dev.Restarts())
	case len(r.Evidence) != 1 || r.Evidence[0].SPKI != old.SPKI:
		t.Errorf("W-4: evidence %+v", r.Evidence)
	case r.Eligibility != models.Fixed:
		t.Errorf("M-5: eligibility %v", r.Eligibility)
	}
	withinBudget(t, r, mostForTLS)
	settings.TLSKey = now.Name // the one thing that was meant to change
	if got := dev.Settings(); got != settings {
		t.Errorf("settings:\nwant %+v\n got %+v", settings, got)
	}
	for _, id := range []string{"V-1", "E-1", "P-1", "P-2"} {
		if !slices.ContainsFunc(r.Tasks, func(t rekey.Task) bool { return t.ID == id && t.Text != "" }) {
			t.Errorf("%s: no task", id)
		}
	}
	pin := remoteui.HashSPKI(now.Certificate).String()
	if !slices.ContainsFunc(r.Tasks, func(t rekey.Task) bool { return t.ID == "P-2" && strings.Contains(t.Text, pin) }) {
		t.Errorf("P-2: nobody is told to compare %s", pin)
	}
	if n := dev.OpenSessions(); n != 0 {
		t.Errorf("%d sessions left open", n)
	}
	if got, want := journaled(t, o, dev), []string{
		row.GenerateKey, row.BindTLS, row.Restart, row.TLSInUse, row.DeleteKey,
	}; !slices.Equal(got, want) {
		t.Errorf("the journal has steps %q, want %q", got, want)
	}
	var rows []string
	for _, s := range r.Plan.Steps {
		rows = append(rows, s.Row)
	}
	if got := journaled(t, o, dev); slices.ContainsFunc(got, func(id string) bool { return !slices.Contains(rows, id) }) {
		t.Errorf("the journal has steps %q, the plan %q", got, rows)
	}
	changes := dev.StateChanges()
	again, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
	if err != nil || len(again.Steps) != 0 || dev.StateChanges() != changes {
		t.Errorf("second run: %v\n%v", err, again)
	}
}

// journaled are the rows of a journal, each once for those that follow one another.
func journaled(t *testing.T, o *rekey.Options, dev *simdevice.Device) (rows []string) {
	t.Helper()
	dir, err := state.OpenReadOnly(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	j, err := dir.Journal(address.Device(dev.URL()))
	if err != nil {
		t.Fatal(err)
	}
	records, err := j.Records()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		rows = append(rows, r.Step)
	}
	return slices.Compact(rows)
}

// Usages that are not handled yet are reported, never called done, and their
// key is not deleted. // W-5
func TestOtherUsagesAreReported(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		for _, seed := range seeds {
			cfg := simdevice.Config{Seed: seed, Keys: []simdevice.KeySpec{
				{Name: "Default Key"}, {Name: "AMS"}, {Name: "shared", Weak: true, Uses: []string{"TLS", "IPSec"}},
				{Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}}, {Name: "orphan", Weak: true},
			}}
			dev := start(t, cfg)
			r, err := rekey.Remediate(bounded(t), access(dev, cfg), options(t))
			if !errors.Is(err, rekey.ErrUnfinished) || bound(dev).Weak {
				t.Errorf("seed %d: %v\n%v", seed, err, r)
			}
			for _, name := range []string{"shared", "dot1x", "orphan"} {
				if !slices.Contains(names(dev), name) {
					t.Errorf("seed %d: %q was deleted", seed, name)
				}
			}
			for _, want := range []keys.Use{keys.UseIPSec, keys.UseIEEE8021X} {
				i := slices.IndexFunc(r.Usages, func(u rekey.UsageReport) bool { return u.Use == want })
				if i < 0 || !r.Usages[i].Affected || r.Usages[i].Verified {
					t.Errorf("seed %d: %s: %+v", seed, want, r.Usages)
				}
			}
			if !slices.ContainsFunc(r.Notices, func(n string) bool { return strings.Contains(n, "orphan") }) {
				t.Errorf("seed %d: notices %q", seed, r.Notices)
			}
		}
	})
}

// A certificate that a CA issued is not silently replaced by a self-signed
// one; asked for, it is, and the task is to have the old one revoked. // V-1
func TestLikeForLike(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		for _, seed := range seeds {
			cfg := simdevice.Config{Seed: seed, Keys: []simdevice.KeySpec{
				{Name: "Default Key"}, {Name: "AMS"}, {Name: "issued", Weak: true, Uses: []string{"TLS"}, ExternalIssuer: true},
			}}
			dev, o := start(t, cfg), options(t)
			old := bound(dev)
			r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
			if !errors.Is(err, rekey.ErrUnfinished) || dev.StateChanges() != 0 {
				t.Errorf("seed %d: %v\n%v", seed, err, r)
			}
			o.Kind = rekey.SelfSigned
			r, err = rekey.Remediate(bounded(t), access(dev, cfg), o)
			if err != nil || bound(dev).Weak || slices.Contains(names(dev), "issued") {
				t.Fatalf("seed %d: %v\n%v", seed, err, r)
			}
			ca := old.Certificate.Issuer.CommonName
			if i := slices.IndexFunc(r.Tasks, func(t rekey.Task) bool { return t.ID == "V-1" }); i < 0 || !strings.Contains(r.Tasks[i].Text, ca) {
				t.Errorf("seed %d: tasks %+v", seed, r.Tasks)
			}
		}
	})
}

// A new key may be in the list before its page shows its certificate: it is read again
// before it is chosen. // W-2
func TestCertificateComesLate(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		early := simdevice.Fault{
			Kind: simdevice.FaultAnswer, Page: simdevice.PageKeyDetails, Skip: 3, // those of the keys that are there
			Answer: func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, `<html lang="en"><head><title>Key Details</title></head><body><a href="/">Log Out</a><table><tr><th>Key Name</th><td>new</td></tr></table></body></html>`)
			},
		}
		cfg := simdevice.Config{Seed: 1, Language: "en", Faults: []simdevice.Fault{early}}
		dev, o := start(t, cfg), options(t)
		r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
		if err != nil || bound(dev).Weak || !r.Usages[0].Verified {
			t.Errorf("%v\n%v", err, r)
		}
		met := slices.ContainsFunc(dev.Log(), func(e simdevice.LogEntry) bool { return e.Fault == simdevice.FaultAnswer })
		if !met {
			t.Error("the page was not met")
		}
	})
}
