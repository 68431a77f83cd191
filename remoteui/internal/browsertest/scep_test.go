package browsertest

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/scep"
)

// serveSCEP starts a SCEP server that wants the challenge password.
func serveSCEP(t *testing.T, challenge string) string {
	t.Helper()
	ca, err := testca.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	server, err := ca.Server(testca.SCEP{Challenge: challenge})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return s.URL + "/scep"
}

// enrolment has the devices ask a SCEP server for a certificate: the server
// refuses a wrong challenge password, which the devices do not write down.
// // G-7
func (w *twins) enrolment(ctx context.Context) {
	s, challenge := w.session, "pass+word&1"
	server, err := scep.ServerSettings(serveSCEP(w.t, challenge))
	if err != nil {
		w.t.Fatal(err)
	}
	server.Timeout = "45"
	w.do("SCEP server", func() error { return scep.SetServer(ctx, s, server) }, func() { w.setServer(server) })
	for i, location := range []keys.Use{keys.UseTLS, ""} {
		if !w.takes(i) {
			continue
		}
		r := scep.DeviceRequest{
			Spec: keys.Spec{
				Name: fmt.Sprint("rkscep", i), Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048},
				Organization: "Example & Sons", CommonName: "printer.example",
			},
			Challenge: remoteui.NewSecret(challenge), Location: location,
		}
		w.do("SCEP request", func() error {
			_, err := scep.Enrol(ctx, s, r, keys.Wait{Interval: 50 * time.Millisecond, Timeout: 30 * time.Second})
			return err
		}, func() { w.enrol(r, challenge) })
	}
}

// locations are the choices of [Key Use Location].
var locations = map[keys.Use]remoteui.Label{keys.UseTLS: labels.UsesTLS, "": labels.NoLocation}

// requestStatus is what leads to the requests sent so far; no label names it.
var requestStatus = []string{"Certificate Issuance Request Status", "証明書発行要求状況", "憑證發行要求狀態"}

func (w *twins) enrol(r scep.DeviceRequest, challenge string) {
	w.keyList()
	scepPage := []remoteui.Label{labels.Settings, labels.DeviceManagement, labels.SCEPSettings}
	// Earlier requests for the key may be listed on any page behind this one.
	w.walk(scepPage...)
	w.press(requestStatus, scope{})
	w.walk(append(scepPage, labels.AutoRequestSettings)...)
	w.walk(append(scepPage, labels.CertificateRequest)...)
	w.set(labels.KeyName, 0, r.Spec.Name)
	w.set(labels.Organization, 0, r.Spec.Organization)
	w.set(labels.CommonName, 0, r.Spec.CommonName)
	w.set(labels.ChallengePassword, 0, challenge)
	w.tab.choose(w.texts(labels.SignatureAlgorithm), scope{}, 0, []string{string(r.Spec.Hash), "SHA-256"})
	w.tab.choose(w.texts(labels.KeyLength), scope{}, 0, []string{"2048", "2048 bit"})
	w.tab.choose(w.texts(labels.UseLocation), scope{}, 0, w.texts(locations[r.Location]))
	w.click(labels.SendRequest)
	has := func(k simdevice.KeyState) bool { return k.Name == r.Spec.Name && k.Certificate != nil }
	for deadline := time.Now().Add(20 * time.Second); !slices.ContainsFunc(w.theirs.Keys(), has); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatal("no certificate came for the request that Chromium sent")
		}
	}
	w.keyList()
	w.press([]string{r.Spec.Name}, scope{})
}

// setServer fills in the communication settings.
func (w *twins) setServer(want scep.DeviceSettings) {
	w.t.Helper()
	scepPage := []remoteui.Label{labels.Settings, labels.DeviceManagement, labels.SCEPSettings}
	w.walk(scepPage...)
	if w.can(labels.SCEPCommunication) {
		w.click(labels.SCEPCommunication)
	}
	w.edit()
	w.set(labels.SCEPServerURL, 0, want.ServerURL)
	w.set(labels.PortNumber, 0, want.Port)
	w.set(labels.CommunicationTimeout, 0, want.Timeout)
	w.update()
	w.walk(append(scepPage, labels.AutoRequestSettings)...)
}
