package acceptance_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage/survey"
)

func surveyPage(t *testing.T, r *survey.Report, name string) survey.Page {
	t.Helper()
	i := slices.IndexFunc(r.Pages, func(p survey.Page) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("no page %s", name)
	}
	return r.Pages[i]
}

// A function that the device does not have is no label that was not found; and
// a label that was not found is not taken for that where a key may be at stake.
func TestNotOffered(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	type kinds = []simdevice.PageKind
	lacking := kinds{simdevice.PageIEEE8021X, simdevice.PageIPSec, simdevice.PageSIP, simdevice.PageSMIME, simdevice.PageSMIMECerts, simdevice.PageBluetooth, simdevice.PageAMS, simdevice.PageSCEP}
	pages := []string{"ieee8021x", "ieee8021x-keys", "ipsec-policies", "ipsec-ike", "sip", "smime-settings", "smime-certificates", "bluetooth", "ams", "scep-request"}
	withSignature := []simdevice.KeySpec{{Name: "Default Key"}, {Name: "Device Signature Key"}, {Name: "tls", Uses: []string{"TLS"}}}
	used := append(withSignature[:1:1], simdevice.KeySpec{Name: "tls", Uses: []string{"TLS", "SIP"}})
	for name, c := range map[string]struct {
		cfg      simdevice.Config
		page     string
		state    string
		complete bool
		shown    string // in the table
	}{
		"lacking all, zh-TW":  {simdevice.Config{Missing: lacking}, "", "not-offered", true, "sip                   none  sip: not offered by this device"},
		"lacking all, en":     {simdevice.Config{Missing: lacking, Language: "en", Family: simdevice.FamilySmall, Seed: 1}, "", "not-offered", true, "not offered: "},
		"renamed, with name":  {simdevice.Config{Labels: map[string]string{"SIP設定": "SIP 功能"}}, "sip", "missing", false, "SIP 功能"},
		"renamed, key in use": {simdevice.Config{Keys: used, Labels: map[string]string{"SIP設定": "網路電話功能"}}, "sip", "missing", false, "網路電話功能"},
		"renamed, no key":     {simdevice.Config{Labels: map[string]string{"SIP設定": "網路電話功能"}}, "sip", "not-offered", true, "網路電話功能"},
		"signature key":       {simdevice.Config{Keys: withSignature, Labels: map[string]string{"S/MIME設定": "郵件加密功能"}}, "smime-settings", "missing", false, "郵件加密功能"},
		"never lacking":       {simdevice.Config{Missing: kinds{simdevice.PageTLS}}, "tls", "missing", false, "MISSING"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dev := simulated(t, c.cfg)
			r, err := rekey.Survey(t.Context(), surveyed(t, dev), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{c.page}
			if c.page == "" {
				want = pages
			}
			for _, page := range want {
				if p := surveyPage(t, r, page); p.State != c.state || p.Reason == "" {
					t.Errorf("%s is %s (%s), want %s", page, p.State, p.Reason, c.state)
				}
			}
			if r.Complete() != c.complete || !strings.Contains(r.Table(), c.shown) {
				t.Errorf("complete %v, missing %q, want %q in\n%s", r.Complete(), r.Missing(), c.shown, r.Table())
			}
		})
	}
}

// The pages that take a file are looked at where something leads there.
func TestSurveyOfRegistration(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, family := range families {
		dev := simulated(t, simdevice.Config{Family: family, Keys: []simdevice.KeySpec{{Name: "Default Key"}, {Name: "tls", Uses: []string{"TLS"}}, {Name: "waits", NoCertificate: true}}})
		r, err := rekey.Survey(t.Context(), surveyed(t, dev), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"register-certificate", "smime-registration"} {
			p := surveyPage(t, r, name)
			if p.State != "read" || len(p.Labels) != 1 || p.Labels[0].State != remoteui.Found {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}
