package acceptance_test

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

func surveyed(t *testing.T, dev *simdevice.Device) rekey.Device {
	t.Helper()
	return rekey.Device{
		URL: dev.URL(), DialContext: dev.DialContext, TrustOnFirstUse: true,
		DepartmentID: "7654321", Password: rekey.NewSecret("7654321"),
	}
}

func simulated(t *testing.T, cfg simdevice.Config) *simdevice.Device {
	t.Helper()
	cfg.Errorf = t.Errorf
	dev, err := simdevice.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	return dev
}

func TestSurveyFindsEverythingOnTheSimulatedDevice(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, lang := range []string{"zh-TW", "en", "ja"} {
		for seed := range uint64(3) {
			dev := simulated(t, simdevice.Config{Seed: seed, Language: lang})
			r, err := rekey.Survey(t.Context(), surveyed(t, dev), nil, nil)
			if err != nil || !r.Complete() || r.Language != lang || r.Family != remoteui.FamilyAdvance {
				t.Errorf("%s, seed %d: %v, missing %q, language %q", lang, seed, err, r.Missing(), r.Language)
			}
			if n := dev.StateChanges(); n != 0 {
				t.Errorf("%s, seed %d: the survey changed the device %d times", lang, seed, n)
			}
		}
	}
}

// A label that a device words as nobody knew is missed, its page shows what is
// there instead, and a profile with that text mends it: for the survey and for
// the work itself.
func TestProfileMendsWhatTheSurveyMisses(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := simulated(t, simdevice.Config{Labels: map[string]string{"TLS設定": "TLS/SSL 通訊設定"}})
	d := surveyed(t, dev)
	r, err := rekey.Survey(t.Context(), d, nil, nil)
	if err != nil || r.Complete() {
		t.Fatalf("without the profile: %v, complete %v", err, r.Complete())
	}
	if text := r.String(); !strings.Contains(text, "TLS/SSL 通訊設定") {
		t.Errorf("the survey does not show what the device calls it:\n%s", text)
	}
	if _, err := rekey.Remediate(t.Context(), d, nil); err == nil {
		t.Fatal("remediated without knowing the label")
	}
	p, err := remoteui.ParseProfile("my.profile", strings.NewReader("[labels zh-TW]\ntls-settings = TLS/SSL 通訊設定\n"))
	if err != nil {
		t.Fatal(err)
	}
	d.Profiles = []*remoteui.Profile{p}
	if r, err = rekey.Survey(t.Context(), d, nil, nil); err != nil || !r.Complete() {
		t.Fatalf("with the profile: %v, missing %q", err, r.Missing())
	}
	report, err := rekey.Remediate(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(report.String(), "my.profile:2") {
		t.Errorf("the report does not say that it relied on the profile:\n%s", report)
	}
}
