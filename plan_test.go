package rekey_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/scep"
)

// assessed is a device with one key in TLS, as an assessment describes it.
func assessed(change func(*rekey.Assessment)) *rekey.Assessment {
	details := func(name, algorithm string) *keys.Details {
		return &keys.Details{Name: name, Algorithm: algorithm, Bits: 2048, Issuer: "CN=192.0.2.7", Subject: "CN=192.0.2.7", Fields: []remoteui.Pair{{Label: "一般名稱", Value: "192.0.2.7"}}}
	}
	a := &rekey.Assessment{
		Device:      rekey.DeviceInfo{URL: "https://192.0.2.7:8443/", Model: "iR-ADV C5560 III", Controller: "37.31"},
		Eligibility: models.Assessment{Verdict: models.Fixed},
		Keys: []rekey.KeyState{
			{Entry: keys.Entry{Name: "Default Key"}, Details: details("Default Key", "RSA")},
			{Entry: keys.Entry{Name: "old", Uses: []keys.Use{keys.UseTLS}}, Details: details("old", "RSA"),
				Finding: keys.Finding{State: keys.Proved, Round: 1, Rounds: 1, Bits: 2048, Method: keys.MethodFermat}, SPKI: strings.Repeat("ab", 32)},
		},
		Served: []byte("certificate"), ServedKey: "old",
		Taken: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
	}
	if change != nil {
		change(a)
	}
	return a
}

func stored(o rekey.Options) *rekey.Options {
	o.Dir = "somewhere" // a plan reads and writes nothing
	return &o
}

// The table "Decision per RSA key" of the procedure, row by row. // W-1 W-2 W-3 M-5
func TestDecisions(t *testing.T) {
	t.Parallel()
	const tls = 1
	notFound := keys.Finding{State: keys.NotFound, Rounds: 100, Bits: 2048, Method: keys.MethodFermat}
	unseen := keys.Finding{}
	for _, tc := range []struct {
		name    string
		change  func(*rekey.Assessment)
		options rekey.Options
		replace bool
		open    bool
	}{
		{name: "proved weak", replace: true},
		{name: "proved weak on unlisted model", change: func(a *rekey.Assessment) { a.Eligibility.Verdict = models.Unlisted }, replace: true},
		{name: "W-3 proved weak, declared external", options: rekey.Options{ExternalKeys: []string{"old"}}, open: true},
		{name: "W-3 proved weak, declared external, strict", options: rekey.Options{ExternalKeys: []string{"old"}, Strict: true}, replace: true},
		{name: "W-2 not RSA", change: func(a *rekey.Assessment) { a.Keys[tls].Details.Algorithm = "ECDSA"; a.Keys[tls].Finding = unseen }},
		{name: "not found weak", change: func(a *rekey.Assessment) { a.Keys[tls].Finding = notFound }},
		{name: "not found weak, strict", change: func(a *rekey.Assessment) { a.Keys[tls].Finding = notFound }, options: rekey.Options{Strict: true}, replace: true},
		{name: "not found weak, ours, strict", change: func(a *rekey.Assessment) { a.Keys[tls].Finding = notFound; a.Keys[tls].Ours = true }, options: rekey.Options{Strict: true}},
		{name: "unseen, fixed firmware", change: func(a *rekey.Assessment) { a.Keys[tls].Finding = unseen }, replace: true},
		{name: "unseen, ours", change: func(a *rekey.Assessment) { a.Keys[tls].Finding = unseen; a.Keys[tls].Ours = true }},
		{name: "W-3 unseen, external", change: func(a *rekey.Assessment) { a.Keys[tls].Finding = unseen }, options: rekey.Options{ExternalKeys: []string{"old"}}},
		{name: "M-5 unseen, older", change: func(a *rekey.Assessment) { a.Keys[tls].Finding = unseen; a.Eligibility.Verdict = models.Older }, open: true},
		{name: "M-5 unseen, unlisted", change: func(a *rekey.Assessment) { a.Keys[tls].Finding = unseen; a.Eligibility.Verdict = models.Unlisted }, open: true},
		{name: "M-4 unseen, range unknown", change: func(a *rekey.Assessment) { a.Keys[tls].Finding = unseen; a.Eligibility.Verdict = models.UnknownRange }, open: true},
		{name: "unseen, unlisted, assumed weak", change: func(a *rekey.Assessment) { a.Keys[tls].Finding = unseen; a.Eligibility.Verdict = models.Unlisted },
			options: rekey.Options{AssumeWeak: true}, replace: true},
		{name: "from a CA", change: func(a *rekey.Assessment) { a.Keys[tls].Details.Issuer = "CN=CA" }, open: true},
		{name: "from a CA, self-signed asked for", change: func(a *rekey.Assessment) { a.Keys[tls].Details.Issuer = "CN=CA" },
			options: rekey.Options{Kind: rekey.SelfSigned}, replace: true},
		{name: "W-1 Default Key in TLS, not weak", change: func(a *rekey.Assessment) {
			a.Keys[0].Name, a.Keys[tls].Name, a.Keys[tls].Finding = "ec", "Default Key", notFound
		}},
		{name: "W-1 Default Key in TLS, proved weak", change: func(a *rekey.Assessment) { a.Keys[0].Name, a.Keys[tls].Name = "ec", "Default Key" }, replace: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, err := assessed(tc.change).Plan(stored(tc.options))
			if err != nil {
				t.Fatal(err)
			}
			if p.Empty() == tc.replace {
				t.Errorf("replace %v: %+v", tc.replace, p)
			}
			if tc.replace && p.Changes[0].DeleteOld != (p.Changes[0].OldKey.Name == "old") {
				t.Errorf("deletion: %+v", p.Changes[0])
			}
			if !tc.replace && p.Kept[0].Unresolved != tc.open {
				t.Errorf("kept: %+v", p.Kept[0])
			}
		})
	}
}

// A key that signs for the device and is not called as the facts say is not passed over
// without a word: whoever reads that all is done must be able to rely on it. // W-5 C-5
func TestSignatureKeyOfAnotherName(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		key  string
		open bool
	}{"as it is called": {keys.DeviceSignatureKey, false}, "another": {"Signing Key", true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := assessed(nil)
			k := a.Keys[1]
			k.Entry = keys.Entry{Name: tc.key, Uses: []keys.Use{keys.UseDeviceSignature}}
			k.Finding = keys.Finding{State: keys.NotFound}
			if tc.open {
				k.Finding = keys.Finding{}
			}
			a.Keys = append(a.Keys, k)
			p, err := a.Plan(stored(rekey.Options{}))
			if err != nil {
				t.Fatal(err)
			}
			kept := slices.IndexFunc(p.Kept, func(k rekey.Kept) bool { return k.Key.Name == tc.key && k.Place.Use == keys.UseDeviceSignature })
			if kept < 0 || p.Kept[kept].Unresolved != tc.open {
				t.Errorf("%+v", p.Kept)
			}
		})
	}
}

// In range nothing is planned, whatever the keys are. // M-5
func TestPlanRefusesVulnerableFirmware(t *testing.T) {
	t.Parallel()
	a := assessed(func(a *rekey.Assessment) { a.Eligibility.Verdict = models.Vulnerable })
	p, err := a.Plan(nil)
	if _, ok := errors.AsType[*rekey.FirmwareError](err); !ok || p != nil {
		t.Errorf("%v, %v", p, err)
	}
}

func TestPlanIsPureAndSurvivesJSON(t *testing.T) {
	t.Parallel()
	a := assessed(nil)
	p, err := a.Plan(stored(rekey.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var b rekey.Assessment
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	again, err := b.Plan(stored(rekey.Options{}))
	if err != nil || !reflect.DeepEqual(p, again) {
		t.Errorf("%v\n%+v\n%+v", err, p, again)
	}
	if data, err = json.Marshal(p); err != nil {
		t.Fatal(err)
	}
	var q rekey.Plan
	if err := json.Unmarshal(data, &q); err != nil || q.String() != p.String() {
		t.Errorf("%v\n%s\n%s", err, &q, p)
	}
	for _, want := range []string{`-  key "old"`, `+  key "rktls20261121`, "restart", `delete key "old"`, "1 key to replace"} {
		if !strings.Contains(p.String(), want) {
			t.Errorf("plan does not say %q:\n%s", want, p)
		}
	}
}

// What keeps an old key from being deleted is known before anything is done.
func TestPlanKeepsOldKey(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		change  func(*rekey.Assessment)
		options *rekey.Options
		why     string
	}{
		{"no store", nil, nil, "no evidence store"},
		{"as asked", nil, stored(rekey.Options{KeepOldKeys: true}), "as asked"},
		{"used elsewhere", func(a *rekey.Assessment) { a.Keys[1].Uses = append(a.Keys[1].Uses, keys.UseIPSec) }, stored(rekey.Options{}), "IPSec"},
		{"usage not understood", func(a *rekey.Assessment) { a.Keys[1].UseText = "FTPS" }, stored(rekey.Options{}), "FTPS"},
	} {
		p, err := assessed(tc.change).Plan(tc.options)
		if err != nil || p.Changes[0].DeleteOld || !strings.Contains(p.Changes[0].Keep, tc.why) {
			t.Errorf("%s: %v, %+v", tc.name, err, p)
			continue
		}
		if text := p.Text(&rekey.TextOptions{Width: 1000}); !strings.Contains(text, "; the old key is kept: "+p.Changes[0].Keep) {
			t.Errorf("%s: the plan does not say it:\n%s", tc.name, text)
		}
	}
}

// A change has what is known of the old key's certificate. A key that is renewed in
// place is not said to be kept.
func TestPlanHasOldCertificates(t *testing.T) {
	t.Parallel()
	p, err := assessed(func(a *rekey.Assessment) {
		a.Keys[1].Certificate, a.Keys[1].Source = []byte("of TLS"), revocation.SourceHandshake
		a.Keys = append(a.Keys, rekey.KeyState{
			Entry: keys.Entry{Name: keys.DeviceSignatureKey}, Details: a.Keys[0].Details, Finding: a.Keys[1].Finding,
			Certificate: []byte("of the signature"), Source: revocation.SourceExport,
		})
	}).Plan(stored(rekey.Options{}))
	if err != nil || len(p.Changes) != 2 {
		t.Fatal(err, p)
	}
	for i, want := range []string{"handshake: of TLS", "export: of the signature"} {
		if c := p.Changes[i]; string(c.OldSource)+": "+string(c.OldCertificate) != want {
			t.Errorf("%s: %q from %q, want %s", c.Title(), c.OldCertificate, c.OldSource, want)
		}
	}
	if text := p.Text(&rekey.TextOptions{Width: 1000}); strings.Contains(text, "is kept") {
		t.Error(text)
	}
}

// Hostile names of keys and models do not reach a terminal as they are.
func TestTextIsSafe(t *testing.T) {
	t.Parallel()
	p, err := assessed(func(a *rekey.Assessment) {
		a.Device.Model = "evil\x1b[2Jmodel\u202e"
		a.Keys[1].Name = "k\x07\u2066ey"
	}).Plan(stored(rekey.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(p.String(), "\x1b\x07\u202e\u2066") {
		t.Errorf("%q", p)
	}
}

// How a certificate of a CA is replaced: like for like, by whoever there is; with
// nobody, the plan says who is missing. What SCEP's plain HTTP means is said. // G-5 G-7
func TestKindOfIssued(t *testing.T) {
	t.Parallel()
	fromCA := func(a *rekey.Assessment) {
		for i := range a.Keys {
			a.Keys[i].Details.Issuer = "CN=Office CA"
		}
		a.SCEP = &scep.DeviceSettings{ServerURL: "http://ca.example/scep", Port: "80"}
	}
	noPages := func(a *rekey.Assessment) { fromCA(a); a.SCEP, a.SCEPProblem = nil, "no such page" }
	looked := &rekey.DeviceSCEP{Check: func(context.Context, string) error { return nil }}
	for _, tc := range []struct {
		name    string
		change  func(*rekey.Assessment)
		options rekey.Options
		kind    rekey.CertificateKind // empty: left alone
		says    string
	}{
		{"nobody", fromCA, rekey.Options{}, "", "issued by CN=Office CA, and nobody is named who issues the new one: give an issuer (Issuer) or have the device ask by SCEP (SCEP)"},
		{"issuer", fromCA, rekey.Options{Issuer: anyIssuer{}}, rekey.ByCSR, ""},
		{"SCEP", fromCA, rekey.Options{SCEP: &rekey.DeviceSCEP{}}, rekey.BySCEP, "over plain HTTP: whoever is between the two"},
		{"SCEP, not looked at", fromCA, rekey.Options{SCEP: &rekey.DeviceSCEP{}}, rekey.BySCEP, "not looked at from here"},
		{"SCEP, looked at", fromCA, rekey.Options{SCEP: looked}, rekey.BySCEP, "for those who trust it to see\n"},
		{"both", fromCA, rekey.Options{Issuer: anyIssuer{}, SCEP: looked}, rekey.ByCSR, ""},
		{"no SCEP pages", noPages, rekey.Options{SCEP: looked}, "", "nobody is named who issues"},
		{"SCEP asked for, no pages", noPages, rekey.Options{SCEP: looked, Kind: rekey.BySCEP}, "", "no such page"},
		{"self-signed asked for", fromCA, rekey.Options{Kind: rekey.SelfSigned}, rekey.SelfSigned, ""},
		{"self-signed before", nil, rekey.Options{Issuer: anyIssuer{}, SCEP: looked}, rekey.SelfSigned, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, err := assessed(tc.change).Plan(stored(tc.options))
			if err != nil {
				t.Fatal(err)
			}
			var kind rekey.CertificateKind
			if len(p.Changes) == 1 {
				kind = p.Changes[0].Kind
			}
			open := slices.ContainsFunc(p.Kept, func(k rekey.Kept) bool { return k.Unresolved })
			if kind != tc.kind || open != (tc.kind == "") || !strings.Contains(p.String()+"\n", tc.says) {
				t.Errorf("kind %q, want %q that says %q:\n%v", kind, tc.kind, tc.says, p)
			}
			if strings.Contains(p.String(), "plain HTTP") != (kind == rekey.BySCEP) {
				t.Errorf("plain HTTP:\n%v", p)
			}
		})
	}
}

// anyIssuer is one that a plan knows to be there, and never asks.
type anyIssuer struct{ keys.Issuer }

// A name that no key has may be misspelt, and its key be replaced.
func TestExternalKeyThatIsNotThere(t *testing.T) {
	t.Parallel()
	p, err := assessed(nil).Plan(stored(rekey.Options{ExternalKeys: []string{"old", "Old"}}))
	if err != nil || !slices.ContainsFunc(p.Notices, func(s string) bool { return strings.Contains(s, `no key is named "Old"`) }) ||
		strings.Contains(strings.Join(p.Notices, "\n"), `"old"`) {
		t.Errorf("%v, %q", err, p.Notices)
	}
}
