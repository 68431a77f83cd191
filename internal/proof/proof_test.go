package proof_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/proof"
)

var (
	noon = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	old  = proof.Key{Device: "mfp.example", Name: "OldKey", Fingerprint: "aa"}
	next = proof.Key{Device: "mfp.example", Name: "rkTLS1", Fingerprint: "bb"}
)

// twist returns k with one part changed.
func twist(k proof.Key, part string) proof.Key {
	switch part {
	case "device":
		k.Device = "other.example"
	case "name":
		k.Name += "x"
	case "fingerprint":
		k.Fingerprint += "0"
	}
	return k
}

func TestProofsAreAboutOneKey(t *testing.T) {
	t.Parallel()
	covers := map[string]func(proof.Key) bool{
		"receipt": proof.MintReceipt(old, "mfp/old.json").Covers,
		"in use":  proof.MintInUse(old, next, []string{"tls"}, proof.Served, noon).Clears,
		"unused":  proof.MintUnused(old, noon).Clears,
	}
	for name, covers := range covers {
		if !covers(old) {
			t.Errorf("%s: does not cover its own key", name)
		}
		for _, part := range []string{"device", "name", "fingerprint"} {
			if covers(twist(old, part)) {
				t.Errorf("%s: covers a key with another %s", name, part)
			}
		}
		if covers(proof.Key{}) || covers(next) {
			t.Errorf("%s: covers the zero key or the successor", name)
		}
	}
}

func TestZeroValuesAreRefused(t *testing.T) {
	t.Parallel()
	if (proof.Receipt{}).Valid() || (proof.Receipt{}).Covers(proof.Key{}) {
		t.Error("zero Receipt accepted")
	}
	for _, c := range []proof.Clearance{proof.InUse{}, proof.Unused{}} {
		if c.Clears(proof.Key{}) {
			t.Errorf("zero %T accepted", c)
		}
	}
	if (proof.InUse{}).Valid() || (proof.Unused{}).Valid() || proof.Grade(0).Valid() {
		t.Error("zero value valid")
	}
}

func TestIncompleteFactsMintNothing(t *testing.T) {
	t.Parallel()
	nameless := proof.Key{Device: "d", Fingerprint: "f"}
	tls := []string{"tls"}
	for name, valid := range map[string]bool{
		"receipt without key":       proof.MintReceipt(nameless, "r").Valid(),
		"receipt without record":    proof.MintReceipt(old, "").Valid(),
		"in use without old key":    proof.MintInUse(nameless, next, tls, proof.Served, noon).Valid(),
		"in use without successor":  proof.MintInUse(old, nameless, tls, proof.Served, noon).Valid(),
		"in use by itself":          proof.MintInUse(old, old, tls, proof.Served, noon).Valid(),
		"in use on another device":  proof.MintInUse(old, twist(next, "device"), tls, proof.Served, noon).Valid(),
		"in use without usage":      proof.MintInUse(old, next, nil, proof.Served, noon).Valid(),
		"in use with empty usage":   proof.MintInUse(old, next, []string{""}, proof.Served, noon).Valid(),
		"in use without grade":      proof.MintInUse(old, next, tls, 0, noon).Valid(),
		"in use with unknown grade": proof.MintInUse(old, next, tls, proof.Served+1, noon).Valid(),
		"in use without time":       proof.MintInUse(old, next, tls, proof.Served, time.Time{}).Valid(),
		"unused without key":        proof.MintUnused(nameless, noon).Valid(),
		"unused without time":       proof.MintUnused(old, time.Time{}).Valid(),
	} {
		if valid {
			t.Errorf("%s: minted", name)
		}
	}
}

func TestInUseKeepsItsOwnUsages(t *testing.T) {
	t.Parallel()
	usages := []string{"tls", "ipsec"}
	p := proof.MintInUse(old, next, usages, proof.Bound, noon)
	usages[0] = "sip"
	p.Usages()[1] = "sip"
	if got := strings.Join(p.Usages(), " "); got != "tls ipsec" {
		t.Errorf("usages = %q", got)
	}
	if got, want := p.String(), "bound: rkTLS1 in use for tls, ipsec"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
}

func TestGrade(t *testing.T) {
	t.Parallel()
	if !(proof.Bound < proof.Peer && proof.Peer < proof.Served) {
		t.Error("grades out of order")
	}
	for g, text := range map[proof.Grade]string{0: "", proof.Bound: "bound", proof.Peer: "peer", proof.Served: "served"} {
		b, err := json.Marshal(g)
		if err != nil || string(b) != `"`+text+`"` {
			t.Errorf("%v: marshals to %s, %v", g, b, err)
		}
		back := proof.Grade(99)
		if err := json.Unmarshal(b, &back); err != nil || back != g {
			t.Errorf("%v: comes back as %v, %v", g, back, err)
		}
	}
	if _, err := json.Marshal(proof.Grade(9)); err == nil {
		t.Error("unknown grade marshalled")
	}
	var g proof.Grade
	if err := g.UnmarshalText([]byte("certain")); err == nil {
		t.Error("unknown grade read")
	}
}

func TestDeviceOf(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://MFP.example:8443/": "mfp.example",
		"http://mfp.example.":       "mfp.example",
		"mfp.example:8000":          "mfp.example",
		"https://[2001:db8::1]/x":   "2001:db8::1",
		"":                          "",
		"https://":                  "",
		"https://%zz/":              "",
	} {
		if got := proof.DeviceOf(in); got != want {
			t.Errorf("DeviceOf(%q) = %q, want %q", in, got, want)
		}
	}
}
