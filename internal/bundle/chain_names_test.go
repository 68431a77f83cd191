package bundle_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
)

// An issuer is found under its name in another string type, case and spacing; its
// signature decides all the same.
func TestChainNamesInOtherForm(t *testing.T) {
	t.Parallel()
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	caKey, otherKey, leafKey := key(), key(), key()
	make := func(template, parent *x509.Certificate, public, signer *ecdsa.PrivateKey) *x509.Certificate {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &public.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Office CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	root, other := make(ca, ca, caKey, caKey), make(ca, ca, otherKey, otherKey)
	written := *root
	written.RawSubject = append([]byte{0x30, 21, 0x31, 19, 0x30, 17, 6, 3, 0x55, 4, 3, 0x0c, 10}, "OFFICE  ca"...)
	leaf := make(&x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}, &written, leafKey, caKey)
	if string(leaf.RawIssuer) == string(root.RawSubject) {
		t.Fatal("written alike")
	}
	chain, err := bundle.Chain(leafKey.Public(), []*x509.Certificate{other, leaf, root})
	if err != nil || len(chain) != 2 || !chain[1].Equal(root) || !bundle.Issued(root, leaf) || bundle.Issued(other, leaf) {
		t.Errorf("%d certificates, %v", len(chain), err)
	}
}
