package scep_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/scep"
)

// peer is a SCEP server on loopback.
func peer(t *testing.T, cfg testca.SCEP) (ca *testca.CA, server *testca.Server, url string) {
	t.Helper()
	ca, err := testca.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if server, err = ca.Server(cfg); err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(server)
	t.Cleanup(h.Close)
	return ca, server, h.URL + "/scep"
}

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

func askFor(name string) scep.DeviceRequest {
	return scep.DeviceRequest{
		Spec:      keys.Spec{Name: name, Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048}, Organization: "Example", CommonName: "printer.example"},
		Challenge: remoteui.NewSecret("open sesame"),
	}
}

// patient is a wait that no test ends by.
var patient = keys.Wait{Timeout: time.Hour, Interval: 10 * time.Millisecond}

var quick = keys.Wait{Timeout: 20 * time.Second, Interval: 10 * time.Millisecond}

// A device asks its server and gets a certificate, in every language; the timer
// that forbids it is switched off and on again. // G-7 G-8
func TestEnrol(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh-TW", "en", "ja"} {
		for _, seed := range race.Sample[uint64](0, 1, 2, 3) {
			t.Run(fmt.Sprintf("%s/%d", lang, seed), func(t *testing.T) {
				t.Parallel()
				ca, server, url := peer(t, testca.SCEP{Challenge: "open sesame", Pending: int(seed % 2)})
				dev, s := open(t, simdevice.Config{Seed: seed + 1, Language: lang, SCEPURL: "http://127.0.0.1:1/old", SCEPTimer: true})
				if d, err := scep.ReadDevice(t.Context(), s); err != nil || !d.Timer {
					t.Fatalf("%+v %v", d, err)
				}
				if err := scep.SetTimer(t.Context(), s, false); err != nil {
					t.Fatal(err)
				}
				want, err := scep.ServerSettings(url)
				if err != nil {
					t.Fatal(err)
				}
				if err := scep.SetServer(t.Context(), s, want); err != nil {
					t.Fatal(err)
				}
				if d, err := scep.ReadDevice(t.Context(), s); err != nil || d.URL() != url || want.Differs(*d) {
					t.Errorf("%+v, %q, %v; want %q", d, d.URL(), err, url)
				}
				d, err := scep.Enrol(t.Context(), s, askFor("scepkey1"), quick)
				if err != nil {
					t.Fatal(err)
				}
				if err := scep.SetTimer(t.Context(), s, true); err != nil {
					t.Error(err)
				}
				issued := ca.Issued()
				last := issued[len(issued)-1]
				if ok, sure, reason := d.Matches(last, ""); !ok || !sure {
					t.Errorf("details: %s", reason)
				}
				i := slices.IndexFunc(dev.Keys(), func(k simdevice.KeyState) bool { return k.Name == "scepkey1" })
				if i < 0 || !dev.Keys()[i].Certificate.Equal(last) || len(dev.Keys()[i].Uses) > 0 {
					t.Errorf("%+v", dev.Keys())
				}
				if n := len(server.Requests()); n == 0 {
					t.Error("no request reached the server")
				}
			})
		}
	}
}

// What is refused, and by whom. // G-7 G-8
func TestEnrolRefused(t *testing.T) {
	t.Parallel()
	isRefused := func(err error) bool { _, ok := errors.AsType[*remoteui.RefusedError](err); return ok }
	isField := func(err error) bool { _, ok := errors.AsType[*keys.FieldError](err); return ok }
	// The row of the device's list is quoted, by which a person finds it there.
	isQuoted := func(err error) bool { return isRefused(err) && strings.Contains(err.Error(), "scepkey2 | ") }
	wrong := askFor("scepkey2")
	wrong.Challenge = remoteui.NewSecret("s3cret-but-wrong")
	sip, curve := askFor("scepkey3"), askFor("scepkey4")
	sip.Location, curve.Spec.Algorithm = keys.UseSIP, keys.Algorithm{Curve: "P256"}
	for name, tc := range map[string]struct {
		request scep.DeviceRequest
		timer   bool
		want    func(error) bool
	}{
		"timer on":        {askFor("scepkey1"), true, isRefused},
		"wrong challenge": {wrong, false, isQuoted},
		"SIP":             {sip, false, isField},
		"ECDSA":           {curve, false, isField},
	} {
		for _, seed := range race.Sample[uint64](1, 2, 3) {
			t.Run(fmt.Sprint(name, "/", seed), func(t *testing.T) {
				t.Parallel()
				_, _, url := peer(t, testca.SCEP{Challenge: "open sesame"})
				dev, s := open(t, simdevice.Config{Seed: seed, SCEPURL: url, SCEPTimer: tc.timer})
				keysBefore, requests := len(dev.Keys()), s.Requests()
				_, err := scep.Enrol(t.Context(), s, tc.request, patient)
				if n := s.Requests() - requests; n > 60 {
					t.Errorf("%d requests", n)
				}
				if err == nil || !tc.want(err) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("%v", err)
				}
				if len(dev.Keys()) != keysBefore {
					t.Errorf("%+v", dev.Keys())
				}
			})
		}
	}
}
