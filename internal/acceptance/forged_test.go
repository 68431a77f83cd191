package acceptance_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// A device that serves a certificate with the CA's name and key identifier and a
// victim's serial number, which the CA never signed, has nobody's revoked. // V-1
func TestForgedCertificateRevokesNobody(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	ca := newListingCA(t, 0)
	evil, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	forge := func(request []byte) ([]byte, error) {
		csr, err := x509.ParseCertificateRequest(request)
		if err != nil {
			return nil, err
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(0xDC01DC01DC), Subject: csr.Subject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
		der, err := x509.CreateCertificate(rand.Reader, template, &x509.Certificate{RawSubject: ca.cert.RawSubject, SubjectKeyId: ca.cert.SubjectKeyId}, csr.PublicKey, evil)
		return bytes.ReplaceAll(der, []byte("\x2a\x86\x48\xce\x3d\x04\x03\x02"), []byte("\x2a\x86\x48\xce\x3d\x04\x03\x7e")), err
	}
	var asked atomic.Int32
	answer := func(v any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(v) }
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/health", answer(map[string]string{"status": "ok"}))
	mux.HandleFunc("/intermediates", answer(map[string][]string{"crts": {string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw}))}}))
	mux.HandleFunc("/1.0/crl", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("0...")) })
	mux.HandleFunc("/1.0/revoke", func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answer(map[string]string{"status": "ok"})(w, r)
	})
	web := httptest.NewTLSServer(mux)
	t.Cleanup(web.Close)
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	cfg := simdevice.Config{Seed: 5, Keys: []simdevice.KeySpec{{Name: "Default Key"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}, Issue: forge}}}
	dev, o := start(t, cfg), options(t)
	o.Revoker, err = revoker.NewStepCA(caserver.StepCA{URL: web.URL, Roots: roots, Token: func(context.Context, caserver.TokenRequest) (string, error) { return "token", nil }})
	if err != nil {
		t.Fatal(err)
	}
	o.Issuer, o.Verifier = ca.issuer, &revocation.Verifier{Issuers: []*x509.Certificate{ca.cert}, CRLURLs: []string{ca.url}}
	r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
	if err != nil || asked.Load() != 0 || len(r.Revocations) != 1 || r.Revocations[0].Outcome != revocation.OutcomeByHand || ca.number != 0 {
		t.Errorf("%v, asked %d times\n%v", err, asked.Load(), r)
	}
	if !strings.Contains(r.String(), "not issued by this CA") && !strings.Contains(r.String(), "not proved") {
		t.Errorf("no word of it in\n%v", r)
	}
}
