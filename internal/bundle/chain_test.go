package bundle_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/keysize"
	"github.com/rekey-go/rekey/internal/testca"
)

func TestChain(t *testing.T) {
	t.Parallel()
	g, other := give(t), give(t) // same names, other keys
	want := []*x509.Certificate{g.leaf, g.issuing, g.root}
	certs := []*x509.Certificate{other.root, other.issuing, g.root, g.issuing, g.leaf, other.leaf}
	for range 20 {
		mixed := slices.Clone(certs)
		mathrand.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		got, err := bundle.Chain(g.key.Public(), mixed)
		if err != nil || !slices.EqualFunc(got, want, (*x509.Certificate).Equal) {
			t.Fatalf("%v, %v", got, err)
		}
	}
	for _, tc := range []struct {
		name  string
		certs []*x509.Certificate
		want  []*x509.Certificate
	}{
		{"issuer missing", []*x509.Certificate{g.root, g.leaf}, want[:1]},
		{"root missing", []*x509.Certificate{g.issuing, g.leaf}, want[:2]},
		{"issuer of the same name with another key", []*x509.Certificate{other.issuing, g.leaf}, want[:1]},
	} {
		got, err := bundle.Chain(g.key.Public(), tc.certs)
		if err != nil || !slices.EqualFunc(got, tc.want, (*x509.Certificate).Equal) {
			t.Errorf("%s: %v, %v", tc.name, got, err)
		}
	}
	_, err := bundle.Chain(g.key.Public(), []*x509.Certificate{other.root, other.leaf})
	if !errors.Is(err, bundle.ErrNoSuchKey) || !strings.Contains(err.Error(), "mfp.example") {
		t.Errorf("%v", err)
	}
	if _, err := bundle.Chain("no key", certs); err == nil || errors.Is(err, bundle.ErrNoSuchKey) {
		t.Errorf("%v", err)
	}
}

// Several certificates of one key: the CA's, and of these the latest.
func TestChainSeveralOfOneKey(t *testing.T) {
	t.Parallel()
	ca, err := testca.New(&testca.Options{ECDSA: true})
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	make := func(age time.Duration) *x509.Certificate {
		c, err := ca.IssueAs(&x509.Certificate{Subject: pkix.Name{CommonName: "mfp"}, NotBefore: time.Now().Add(-age)}, key.Public())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	old, late := make(48*time.Hour), make(time.Hour)
	self := selfSigned(t, key)
	for _, certs := range [][]*x509.Certificate{{old, self, late}, {self, late, old}, {late, old, self}} {
		got, err := bundle.Chain(key.Public(), append(certs, ca.Root()))
		if err != nil || len(got) != 2 || !got[0].Equal(late) || !got[1].Equal(ca.Root()) {
			t.Errorf("%v, %v", got, err)
		}
	}
}

// A CA that was renamed and kept its key: its other certificate verifies the
// signature, too, but is not the issuer's.
func TestChainRenamedCA(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	device, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	make := func(name string, parent *x509.Certificate, pub *ecdsa.PublicKey) *x509.Certificate {
		template := &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), IsCA: parent == nil, BasicConstraintsValid: true}
		if parent == nil {
			parent = template
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	renamed, ca := make("New Name", nil, &key.PublicKey), make("Old Name", nil, &key.PublicKey)
	leaf := make("mfp", ca, &device.PublicKey)
	got, err := bundle.Chain(device.Public(), []*x509.Certificate{renamed, ca, leaf})
	if err != nil || len(got) != 2 || !got[1].Equal(ca) {
		t.Errorf("%v, %v", got, err)
	}
}

func selfSigned(t *testing.T, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "mfp"}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Keys that nobody can calculate with are read as broken, and verify nothing.
func TestHugeKeys(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "huge"}, NotAfter: time.Unix(1<<32, 0)}
	huge := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 100_000), E: 3}
	der, err := x509.CreateCertificate(rand.Reader, template, &x509.Certificate{Subject: pkix.Name{CommonName: "above"}}, huge, key)
	if err != nil {
		t.Fatal(err)
	}
	for form, data := range map[string][]byte{"DER": der, "PKCS#7": pkcs7Of(t, der)} {
		if _, err := bundle.Parse(data); !errors.Is(err, keysize.ErrTooLarge) {
			t.Errorf("%s: %v", form, err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	below := &x509.Certificate{RawIssuer: parsed.RawSubject, SignatureAlgorithm: x509.SHA256WithRSA, Signature: make([]byte, 12_500)}
	if bundle.Issued(parsed, below) {
		t.Error("it verifies")
	}
}
