package acceptance_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/revocation"
)

// listingCA issues certificates, revokes them, and publishes its list late.
type listingCA struct {
	*issuer
	url string

	mu      sync.Mutex
	revoked []x509.RevocationListEntry
	issued  [][]byte
	publish int // lists to come without the entries
	number  int64
}

func newListingCA(t *testing.T, late int) *listingCA {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Listing CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte{1, 2, 3, 4},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	ca := &listingCA{issuer: &issuer{cert: cert, key: key}, publish: late}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(ca.list(t)) }))
	t.Cleanup(server.Close)
	ca.url = server.URL + "/ca.crl"
	return ca
}

func (ca *listingCA) list(t *testing.T) []byte {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	template := &x509.RevocationList{Number: big.NewInt(ca.number), ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour)}
	ca.number++
	if ca.publish--; ca.publish < 0 {
		template.RevokedCertificateEntries = ca.revoked
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, ca.cert, ca.key)
	if err != nil {
		t.Error(err)
	}
	return der
}

// sign certifies the key that a device begins with.
func (ca *listingCA) sign(request []byte) ([]byte, error) {
	csr, err := x509.ParseCertificateRequest(request)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x5e1000 + int64(len(ca.issued))), Subject: csr.Subject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), CRLDistributionPoints: []string{ca.url},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, csr.PublicKey, ca.key)
	ca.issued = append(ca.issued, der)
	return der, err
}

// Revoke takes the certificate on the next list.
func (ca *listingCA) Revoke(_ context.Context, e revocation.Evidence, r revocation.Reason) error {
	serial, _ := new(big.Int).SetString(e.Certificate.SerialDec, 10)
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.revoked = append(ca.revoked, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: time.Now().Add(-time.Second), ReasonCode: int(r)})
	return nil
}

// Whether the world can see the revocation is looked at, waited for if asked,
// and looked at again by a later run or by VerifyRevocation. // V-1
func TestRevocationSeen(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, tc := range []struct {
		name  string
		late  int // lists without the entry
		wait  time.Duration
		first revocation.Outcome
	}{
		{"at once", 0, 0, revocation.OutcomeConfirmed},
		{"waited for", 2, 30 * time.Second, revocation.OutcomeConfirmed},
		{"later", 1, 0, revocation.OutcomeAsked},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ca := newListingCA(t, tc.late)
			cfg := simdevice.Config{Seed: 3, Keys: []simdevice.KeySpec{
				{Name: "Default Key"}, {Name: "TLS-2021", Weak: true, Uses: []string{"TLS"}, Issue: ca.sign},
			}}
			dev, o := start(t, cfg), options(t)
			o.Issuer, o.Revoker = ca.issuer, ca
			o.Verifier = &revocation.Verifier{Issuers: []*x509.Certificate{ca.cert}, Timeout: tc.wait, Interval: 10 * time.Millisecond}
			r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
			if err != nil || len(r.Revocations) != 1 || r.Revocations[0].Outcome != tc.first || r.Revocations[0].Status == nil {
				t.Fatalf("%v\n%v", err, r)
			}
			if seen := strings.Contains(r.String(), "confirmed by CRL number"); seen != (tc.first == revocation.OutcomeConfirmed) {
				t.Errorf("seen %v:\n%v", seen, r)
			}
			store, err := revocation.OpenStore(o.Dir + "/evidence")
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			looked := 0
			for record, err := range revocation.VerifyRevocation(t.Context(), store, o.Verifier) {
				if looked++; err != nil || !record.Progress.Confirmed() {
					t.Errorf("later: %v, %v", err, record.Progress)
				}
			}
			if looked != 1 {
				t.Errorf("%d records", looked)
			}
			again, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
			if err != nil || len(again.Revocations) > 0 {
				t.Errorf("second run: %v\n%v", err, again)
			}
		})
	}
}
