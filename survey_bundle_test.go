package rekey_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
	"github.com/rekey-go/rekey/remoteui/remoteuitest/replay"
)

// recorded surveys a device and returns the bundle.
func recorded(t *testing.T, dev *remoteuitest.Device, d rekey.Device) (*rekey.SurveyReport, []byte) {
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
func plant(login remoteuitest.LoginKind, seed uint64) (remoteuitest.Config, []string) {
	cfg := remoteuitest.Config{
		Seed: seed, Hostname: "plantedhost.internal.test", ID: "planteduser77", Password: "planted pass wörd 9", Login: login,
		Keys: []remoteuitest.KeySpec{{Name: "Default Key"}, {Name: "AMS"},
			{Name: "PlantedTlsKey", Weak: true, Uses: []string{"TLS"}}, {Name: "PlantedVpnKey", Uses: []string{"IPSec"}}},
		Policies: []remoteuitest.PolicySpec{{Name: "PlantedPolicy", Key: "PlantedVpnKey"}},
		SCEPURL:  "http://plantedscep.test:8123/plantedpath/scep",
	}
	return cfg, []string{
		"plantedhost", "planteduser77", "planted pass wörd 9", "PlantedTlsKey", "PlantedVpnKey", "PlantedPolicy", "plantedscep", "plantedpath",
	}
}

func TestBundleHoldsNoSecret(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for i, login := range []remoteuitest.LoginKind{remoteuitest.LoginDepartmentID, remoteuitest.LoginUserName, remoteuitest.LoginRSAChallenge} {
		for seed := uint64(i); seed <= uint64(i); seed++ {
			cfg, secrets := plant(login, seed)
			dev := simulated(t, cfg)
			for _, k := range dev.Keys() {
				if k.Certificate != nil {
					secrets = append(secrets, k.Certificate.SerialNumber.Text(16))
				}
			}
			d := surveyed(t, dev)
			d.DepartmentID, d.UserName, d.Password = "", cfg.ID, rekey.NewSecret(cfg.Password)
			_, bundle := recorded(t, dev, d)
			searchBundle(t, bundle, secrets)
		}
	}
}

// searchBundle looks for secrets in every file of a bundle and in the bundle
// itself, as they are and as they may be written.
func searchBundle(t *testing.T, bundle []byte, secrets []string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"the zip file": string(bundle)}
	for _, f := range z.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Name] = string(data)
	}
	for _, s := range secrets {
		if len(s) < 8 {
			continue // a short number may be anything
		}
		for _, spelling := range []string{s, url.QueryEscape(s), url.PathEscape(s), base64.StdEncoding.EncodeToString([]byte(s)), hex.EncodeToString([]byte(s))} {
			for name, text := range texts {
				if i := strings.Index(strings.ToLower(text), strings.ToLower(spelling)); i >= 0 {
					t.Errorf("%s holds %q: %.120q", name, spelling, text[max(0, i-60):])
				}
			}
		}
	}
}

func TestReplaySurveysAlike(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for i, login := range []remoteuitest.LoginKind{remoteuitest.LoginDepartmentID, remoteuitest.LoginRSAChallenge} {
		for seed := uint64(i); seed <= uint64(i); seed++ {
			cfg, _ := plant(login, seed)
			dev := simulated(t, cfg)
			d := surveyed(t, dev)
			d.DepartmentID, d.UserName, d.Password = "", cfg.ID, rekey.NewSecret(cfg.Password)
			want, bundle := recorded(t, dev, d)
			again, err := replay.New(bundle)
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			d.URL, d.DialContext = again.URL(), nil
			got, err := rekey.Survey(t.Context(), d, nil, nil)
			if err != nil {
				t.Fatalf("login %s, seed %d: %v; not in the bundle: %q", login, seed, err, again.Missing())
			}
			if got.Table() != want.Table() || got.Device.Model != want.Device.Model || got.Language != want.Language || got.Family != want.Family {
				t.Errorf("login %s, seed %d: not in the bundle: %q; differing lines:\n%s", login, seed, again.Missing(), differing(want.Table(), got.Table()))
			}
		}
	}
}

func differing(a, b string) string {
	var out []string
	was := strings.Split(a, "\n")
	for i, line := range strings.Split(b, "\n") {
		if i >= len(was) || was[i] != line {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
