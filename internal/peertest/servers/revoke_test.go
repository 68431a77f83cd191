package servers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// The whole way: a device whose weak key has a certificate of step-ca gets a
// new one of step-ca, and the old one is revoked, which step-ca's list shows to
// us and to OpenSSL; a second run asks for nothing. By step-ca's own API, and by ACME.
// // V-1
func TestRevoked(t *testing.T) {
	t.Parallel()
	s := theStepCA(t)
	account, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		issuer keys.Issuer
		sign   func(csr []byte) ([]byte, error) // the weak key, years ago
		make   func() (revocation.Revoker, error)
	}{
		{"API", s.signer(t), s.sign, func() (revocation.Revoker, error) {
			return revoker.NewStepCA(caserver.StepCA{URL: "https://" + s.https, Fingerprint: s.fingerprint(), Provisioner: "fleet", Key: s.provisioner})
		}},
		{"ACME", s.acmeBy(t, account), func(csr []byte) ([]byte, error) { return s.signByACME(t.Context(), account, csr) }, func() (revocation.Revoker, error) {
			return revoker.NewACME(caserver.ACME{DirectoryURL: "https://" + s.https + "/acme/acme/directory", Key: account, Roots: s.roots(), Issuers: []*x509.Certificate{s.intermediate}})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg := simdevice.Config{Seed: 4, Language: "ja", Keys: []simdevice.KeySpec{
				{Name: "issued", Weak: true, Uses: []string{"TLS"}, CommonName: host, Issue: tc.sign},
			}}
			dev, o := device(t, cfg), options(t)
			old := active(t, dev, "TLS").Certificate
			o.Issuer = tc.issuer
			if o.Revoker, err = tc.make(); err != nil {
				t.Fatal(err)
			}
			o.Verifier = &revocation.Verifier{Issuers: []*x509.Certificate{s.intermediate}, Timeout: 20 * time.Second, Interval: 100 * time.Millisecond}
			r, err := rekey.Remediate(bounded(t), access(dev), o)
			if err != nil || len(r.Revocations) != 1 || r.Revocations[0].Outcome != revocation.OutcomeConfirmed {
				t.Fatalf("%v\n%v", err, r)
			}
			k := active(t, dev, "TLS")
			if k.Weak || k.Certificate.CheckSignatureFrom(s.intermediate) != nil {
				t.Errorf("TLS has %q, issued by %s", k.Name, k.Certificate.Issuer)
			}
			s.lists(t, old, k.Certificate)
			again, err := rekey.Remediate(bounded(t), access(dev), o)
			if err != nil || len(again.Revocations) > 0 {
				t.Errorf("second run: %v\n%v", err, again)
			}
			t.Log(r)
		})
	}
}

// lists holds that step-ca's revocation list has the old certificate, for a
// compromised key, and not the new one, by the word of OpenSSL.
func (s *stepCA) lists(t *testing.T, old, fresh *x509.Certificate) {
	t.Helper()
	resp, err := http.Get("http://" + s.http + "/1.0/crl")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	der, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	ssl := newOpenSSL(t)
	ca := ssl.pem("CERTIFICATE", s.intermediate.Raw)
	text := string(ssl.run("crl", "-inform", "DER", "-in", ssl.file(der), "-CAfile", ca, "-noout", "-text"))
	_, entry, found := strings.Cut(text, fmt.Sprintf("Serial Number: %X", old.SerialNumber.Bytes()))
	entry, _, _ = strings.Cut(entry, "Serial Number: ")
	if !found || !strings.Contains(entry, "Key Compromise") {
		t.Errorf("the old certificate %x is not revoked for its key:\n%s", old.SerialNumber, text)
	}
	if strings.Contains(text, fmt.Sprintf("%X", fresh.SerialNumber.Bytes())) {
		t.Errorf("the new certificate is revoked:\n%s", text)
	}
}

// step-ca "revokes" serial numbers that it never issued: nobody is asked about
// a certificate of another CA.
func TestRevokesNothingElse(t *testing.T) {
	t.Parallel()
	s := theStepCA(t)
	other := micromdm(t, "")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := signed(&x509.Certificate{SerialNumber: big.NewInt(4711), NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}, other.ca, key.Public(), other.key)
	if err != nil {
		t.Fatal(err)
	}
	e, err := revocation.NewEvidence(revocation.Evidence{Device: revocation.Device{URL: "https://mfp.example/"}, Key: "old", Certificate: &revocation.CertificateRecord{DER: cert.Raw}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := revoker.NewStepCA(caserver.StepCA{URL: "https://" + s.https, Fingerprint: s.fingerprint(), Provisioner: "fleet", Key: s.provisioner})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Revoke(bounded(t), e, revocation.KeyCompromise); !errors.Is(err, revocation.ErrOtherIssuer) {
		t.Errorf("%v, want %v", err, revocation.ErrOtherIssuer)
	}
}
