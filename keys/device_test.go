package keys_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
)

var seeds = []uint64{1, 2, 3}

// open runs a simulated device in memory and logs in to it.
func open(t *testing.T, cfg simdevice.Config) (*simdevice.Device, *remoteui.Session) {
	t.Helper()
	cfg.Errorf = t.Errorf
	dev, err := simdevice.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	s, err := remoteui.Dial(t.Context(), remoteui.Config{
		URL: dev.URL(), DialContext: dev.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.WithoutCancel(t.Context())) })
	return dev, s
}

// inSimulatedTime runs a test, from now on, that waits for its devices.
func inSimulatedTime(t *testing.T, test func(*testing.T)) {
	t.Helper()
	now := time.Now().Round(0)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(now))
		test(t)
	})
}

func everyKind() []simdevice.KeySpec {
	return []simdevice.KeySpec{
		{Name: "Default Key"}, {Name: "AMS"}, {Name: "Device Signature Key"},
		{Name: "old", Weak: true, Uses: []string{"TLS", "IPSec"}},
		{Name: "curve", Curve: "P256", Uses: []string{"IEEE 802.1X"}},
		{Name: "broken", Corrupt: true}, {Name: "pending", NoCertificate: true},
	}
}

// Names, uses and icons of the list; algorithm and fields of the details.
// // W-1 W-2 W-4 W-5 D-2
func TestReadList(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh-TW", "en", "ja"} {
		for _, seed := range seeds {
			dev, s := open(t, simdevice.Config{Seed: seed, Language: lang, Keys: everyKind()})
			l, details, err := keys.ReadAllDetails(t.Context(), s)
			if err != nil {
				t.Fatalf("%s/%d: %v", lang, seed, err)
			}
			if len(l.Entries) != len(everyKind()) {
				t.Errorf("%s/%d W-1: %q", lang, seed, l.Names())
			}
			old, _ := l.Find("old")
			if !slices.Equal(slices.Sorted(slices.Values(old.Uses)), []keys.Use{keys.UseIPSec, keys.UseTLS}) {
				t.Errorf("%s/%d W-5: %+v", lang, seed, old)
			}
			if e, ok := l.User(keys.UseIEEE8021X); !ok || e.Name != "curve" {
				t.Errorf("%s/%d W-5: %+v", lang, seed, e)
			}
			if d := details["old"]; !d.RSA() || d.Bits != 2048 || d.Issuer == "" || len(d.Fields) < 4 {
				t.Errorf("%s/%d W-2 W-4: %+v", lang, seed, d)
			}
			if d := details["curve"]; d.Algorithm != "ECDSA" {
				t.Errorf("%s/%d W-2: %+v", lang, seed, d)
			}
			broken, _ := l.Find("broken")
			pending, _ := l.Find("pending")
			if broken.Marks == "" || pending.Marks == "" || broken.Marks == pending.Marks {
				t.Errorf("%s/%d D-2: marks %q and %q", lang, seed, broken.Marks, pending.Marks)
			}
			for _, k := range dev.Keys() {
				if k.Certificate == nil || k.Corrupt {
					continue
				}
				if ok, _, reason := details[k.Name].Matches(k.Certificate, k.Certificate.Subject.CommonName); !ok {
					t.Errorf("%s/%d W-4: details of %q: %s", lang, seed, k.Name, reason)
				}
			}
		}
	}
}

// The device checks a certificate and says so. // D-3
func TestVerifyCertificate(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds {
		dev, s := open(t, simdevice.Config{Seed: seed})
		said, err := keys.VerifyCertificate(t.Context(), s, "TLS-2021")
		if err != nil || said == "" {
			t.Errorf("seed %d: %q, %v", seed, said, err)
		}
		if n := dev.StateChanges(); n != 0 {
			t.Errorf("seed %d: %d changes", seed, n)
		}
	}
}

func spec(name string) keys.Spec {
	s := goodSpec()
	s.Name = name
	return s
}

var quick = keys.Wait{Timeout: time.Minute, Interval: 10 * time.Millisecond}

// Refusals to generate come with a reason, and change nothing. // G-1
func TestGenerateRefused(t *testing.T) {
	t.Parallel()
	inSimulatedTime(t, testGenerateRefused)
}

func testGenerateRefused(t *testing.T) {
	for _, seed := range seeds {
		dev, s := open(t, simdevice.Config{Seed: seed, KeySlots: 3})
		if _, err := keys.Generate(t.Context(), s, spec("TLS-2021"), quick); err == nil {
			t.Errorf("seed %d: a name that is not alphanumeric was taken", seed)
		}
		_, err := keys.Generate(t.Context(), s, spec("another"), quick)
		if refused, ok := errors.AsType[*remoteui.RefusedError](err); !ok || refused.Text == "" {
			t.Errorf("seed %d: full store: %v", seed, err)
		}
		if n := dev.StateChanges(); n != 0 {
			t.Errorf("seed %d: %d changes", seed, n)
		}
	}
	_, s := open(t, simdevice.Config{Keys: []simdevice.KeySpec{{Name: "Default Key"}, {Name: "mine", Uses: []string{"TLS"}}}})
	_, err := keys.Generate(t.Context(), s, spec("mine"), quick)
	if _, ok := errors.AsType[*keys.ExistsError](err); !ok {
		t.Errorf("existing name: %v", err)
	}
}

// The key appears minutes after it was asked for, and the request for it may
// be answered by nothing.
func TestGenerate(t *testing.T) {
	t.Parallel()
	inSimulatedTime(t, testGenerate)
}

func testGenerate(t *testing.T) {
	for _, cfg := range []simdevice.Config{
		{Seed: 4, GenerateTime: 300 * time.Millisecond},
		{Seed: 5, Faults: []simdevice.Fault{{Kind: simdevice.FaultResetAfter, Page: simdevice.PageGenerate, Skip: 1}}},
	} {
		dev, s := open(t, cfg)
		l, err := keys.Generate(t.Context(), s, spec("another"), quick)
		if err != nil {
			t.Fatalf("seed %d: %v", cfg.Seed, err)
		}
		if e, ok := l.Find("another"); !ok || !e.Unused() || len(dev.Keys()) != 4 {
			t.Errorf("seed %d: %+v", cfg.Seed, l)
		}
	}
}

// The list as it was read after a key was made is not read again before the next one
// is asked for, while nothing was done but reading; what it says holds.
func TestGenerateAfterGenerate(t *testing.T) {
	t.Parallel()
	inSimulatedTime(t, testGenerateAfterGenerate)
}

func testGenerateAfterGenerate(t *testing.T) {
	for _, seed := range seeds {
		dev, s := open(t, simdevice.Config{Seed: seed, Tolerate: []simdevice.Invariant{simdevice.InvariantOneSuccessor}})
		l, err := keys.Generate(t.Context(), s, spec("first"), quick)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keys.ReadDetails(t.Context(), s, "first"); err != nil {
			t.Fatal(err)
		}
		again := quick
		again.List = l
		before := len(dev.Log())
		if _, err := keys.Generate(t.Context(), s, spec("first"), again); !errors.As(err, new(*keys.ExistsError)) {
			t.Errorf("seed %d: a name of the list was asked for: %v", seed, err)
		}
		if _, err := keys.Generate(t.Context(), s, spec("second"), again); err != nil {
			t.Fatal(err)
		}
		asked := dev.Log()[before:]
		made := slices.IndexFunc(asked, func(e simdevice.LogEntry) bool { return e.Change != "" })
		if made < 0 || slices.ContainsFunc(asked[:made], func(e simdevice.LogEntry) bool { return e.Page == simdevice.PageKeyList }) {
			t.Errorf("seed %d: the list was read again before the key was made: %+v", seed, asked)
		}
		if _, err := s.Walk(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Generate(t.Context(), s, spec("third"), again); err != nil { // of a list that is no longer the last
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// Deleting takes a receipt and a proof, both about this very key; the device's
// own keys and keys in use stay whatever is shown. // D-1 W-1 W-4
func TestDelete(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds {
		dev, s := open(t, simdevice.Config{Seed: seed, Keys: everyKind(), Tolerate: []simdevice.Invariant{simdevice.InvariantProvedSuccessor}})
		store, err := revocation.OpenStore(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		papers := func(name string) (proof.Key, revocation.Receipt, proof.Unused) {
			e, err := revocation.NewEvidence(revocation.Evidence{
				Device: revocation.Device{URL: s.URL()}, Key: name, Source: revocation.SourceDetails, TakenAt: time.Now(),
				Fields: []revocation.Field{{Label: "name", Value: name}},
			})
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := store.Put(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			key := proof.Key{Device: proof.DeviceOf(s.URL()), Name: name, Fingerprint: e.Fingerprint}
			return key, receipt, proof.MintUnused(key, time.Now())
		}
		key, receipt, unused := papers("broken")
		other, otherReceipt, otherUnused := papers("pending")
		for name, err := range map[string]error{
			"W-4 no receipt":     keys.Delete(t.Context(), s, key, revocation.Receipt{}, unused),
			"no proof":           keys.Delete(t.Context(), s, key, receipt, nil),
			"none of the proofs": keys.Delete(t.Context(), s, key, receipt),
			"zero proof":         keys.Delete(t.Context(), s, key, receipt, proof.Unused{}),
			"another's receipt":  keys.Delete(t.Context(), s, key, otherReceipt, unused),
			"another's proof":    keys.Delete(t.Context(), s, key, receipt, otherUnused),
			"another key's both": keys.Delete(t.Context(), s, other, receipt, unused),
		} {
			if err == nil {
				t.Errorf("seed %d: %s: deleted", seed, name)
			}
		}
		for _, name := range []string{"Default Key", "AMS", "Device Signature Key", "old"} {
			k, r, u := papers(name)
			err := keys.Delete(t.Context(), s, k, r, u)
			if err == nil || keys.Reserved(name) != strings.Contains(err.Error(), "(W-1)") || keys.Reserved(name) == strings.Contains(err.Error(), "the list says it is used for [") {
				t.Errorf("seed %d: W-1 D-1: %q: %v", seed, name, err)
			}
		}
		if n := dev.StateChanges(); n != 0 {
			t.Errorf("seed %d: %d changes", seed, n)
		}
		if err := keys.Delete(t.Context(), s, key, receipt, unused); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if err := keys.Delete(t.Context(), s, key, receipt, unused); err != nil {
			t.Errorf("seed %d: already gone: %v", seed, err)
		}
		var left []string
		for _, k := range dev.Keys() {
			left = append(left, k.Name)
		}
		if got := strings.Join(left, " "); got != "Default Key AMS Device Signature Key old curve pending" {
			t.Errorf("seed %d: left %s", seed, got)
		}
	}
}
