package acceptance_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest/replay"
	"github.com/rekey-go/rekey/usage/survey"
)

// recorded surveys a device and returns the bundle.
func recorded(t *testing.T, dev *simdevice.Device, d rekey.Device) (*survey.Report, []byte) {
	t.Helper()
	rec := &remoteui.Recorder{}
	r, err := rekey.Survey(t.Context(), d, nil, rec)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := rec.WriteBundle(&b, r.String()); err != nil {
		t.Fatal(err)
	}
	if n := dev.StateChanges(); n != 0 {
		t.Errorf("the survey changed the device %d times", n)
	}
	return r, b.Bytes()
}

// plant is a device full of things that are nobody's business.
func plant(login simdevice.LoginKind, seed uint64) (simdevice.Config, []string) {
	cfg := simdevice.Config{
		Seed: seed, Hostname: "plantedhost.internal.test", ID: "planteduser77", Password: "planted pass wörd 9", Login: login,
		Keys: []simdevice.KeySpec{{Name: "Default Key"}, {Name: "AMS"},
			{Name: "PlantedTlsKey", Weak: true, Uses: []string{"TLS"}}, {Name: "PlantedVpnKey", Uses: []string{"IPSec"}}},
		Policies: []simdevice.PolicySpec{{Name: "PlantedPolicy", Key: "PlantedVpnKey"}},
		SCEPURL:  "http://plantedscep.test:8123/plantedpath/scep",
	}
	return cfg, []string{
		"plantedhost", "planteduser77", "planted pass wörd 9", "PlantedTlsKey", "PlantedVpnKey", "PlantedPolicy", "plantedscep", "plantedpath",
	}
}

// A bundle stands for its device: replayed, it gives the very survey that the
// device gave, whatever family, login, language and layout that has.
func TestReplaySurveysAlike(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	n, ran := 0, map[simdevice.Family]int{}
	for f, family := range families {
		for l, language := range languages {
			for i, layout := range layouts() {
				n++
				if !*everyLayout && (i+13*l+5*f)%37 != 0 {
					continue
				}
				cfg, _ := plant(loginsOf(family)[ran[family]%len(loginsOf(family))], uint64(n))
				ran[family]++
				cfg.Family, cfg.Language, cfg.Layout = family, language, layout.layout
				t.Run(fmt.Sprintf("%s/%s/%s/%s", family, language, cfg.Login, layout.name), func(t *testing.T) {
					t.Parallel()
					testReplay(t, cfg)
				})
			}
		}
	}
}

func testReplay(t *testing.T, cfg simdevice.Config) {
	dev := simulated(t, cfg)
	d := plantedAccess(dev, cfg)
	want, bundle := recorded(t, dev, d)
	testReplayed(t, cfg, d, want, bundle)
}

// testReplayed holds a bundle to the survey that it was made with.
func testReplayed(t *testing.T, cfg simdevice.Config, d rekey.Device, want *survey.Report, bundle []byte) {
	t.Helper()
	if !want.Complete() || string(want.Family) != string(cfg.Family) || want.Language != cfg.Language {
		t.Errorf("family %q, language %q, missing %q\n%s", want.Family, want.Language, want.Missing(), want.Table())
	}
	again, err := replay.New(bundle)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	d.URL, d.DialContext = again.URL(), nil
	got, err := rekey.Survey(t.Context(), d, nil, nil)
	if err != nil {
		t.Fatalf("%v; not in the bundle: %q", err, again.Missing())
	}
	if got.Table() != want.Table() || got.Device.Model != want.Device.Model || got.Device.Controller != want.Device.Controller ||
		got.Language != want.Language || got.Family != want.Family || got.Login != want.Login {
		t.Errorf("%s, %s, %s, %s, login %q; not in the bundle: %q; differing lines:\n%s", got.Device.Model, got.Device.Controller,
			got.Language, got.Family, got.Login, again.Missing(), differing(want.Table(), got.Table()))
	}
}

// plantedAccess logs in with what is planted.
func plantedAccess(dev *simdevice.Device, cfg simdevice.Config) rekey.Device {
	d := rekey.Device{URL: dev.URL(), DialContext: dev.DialContext, TrustOnFirstUse: true, Password: rekey.NewSecret(cfg.Password)}
	switch cfg.Login {
	case simdevice.LoginNotNecessary:
		d.Password = rekey.Secret{}
	case simdevice.LoginPIN:
	case simdevice.LoginDepartmentID, simdevice.LoginManager:
		d.DepartmentID = cfg.ID
	default:
		d.UserName = cfg.ID
	}
	return d
}

// differing are the lines that only one of two tables has.
func differing(a, b string) string {
	var out []string
	was, is := strings.Split(a, "\n"), strings.Split(b, "\n")
	for _, line := range was {
		if !slices.Contains(is, line) {
			out = append(out, "- "+line)
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out, "\n")
}
