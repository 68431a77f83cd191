package rekey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/keys"
)

// The key of a certificate is tested once, whoever asks, and another key is not
// taken for it; one that is not RSA is not tested.
func TestKeyIsTestedOnce(t *testing.T) {
	t.Parallel()
	n, _ := new(big.Int).SetString("323", 10) // 17 · 19
	weak := &x509.Certificate{RawSubjectPublicKeyInfo: []byte("weak"), PublicKey: &rsa.PublicKey{N: n, E: 65537}}
	other := &x509.Certificate{RawSubjectPublicKeyInfo: []byte("other"), PublicKey: weak.PublicKey}
	var none *certificates
	want, _ := none.key(weak)
	if want.State != keys.Proved {
		t.Fatalf("%v", want)
	}
	f := newCertificates()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if got, isRSA := f.key(weak); got != want || !isRSA {
				t.Errorf("%v, RSA %v", got, isRSA)
			}
		})
	}
	all.Wait()
	f.tested[sha256.Sum256(weak.RawSubjectPublicKeyInfo)] = keys.Finding{State: keys.NotFound, Round: 7}
	if got, _ := f.key(weak); got.Round != 7 {
		t.Errorf("tested again: %v", got)
	}
	if got, _ := f.key(other); got != want || len(f.tested) != 2 {
		t.Errorf("another key: %v, %d kept", got, len(f.tested))
	}
	if _, isRSA := f.key(&x509.Certificate{PublicKey: &ecdsa.PublicKey{}}); isRSA || len(f.tested) != 2 {
		t.Error("an ECDSA key was tested")
	}
}

// A certificate is parsed once, whoever asks; what cannot be read is not asked again.
func TestCertificateIsParsedOnce(t *testing.T) {
	t.Parallel()
	c := newCertificates()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	like := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, like, like, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	first, again := c.parse(der), c.parse(slices.Clone(der))
	if first == nil || first != again {
		t.Errorf("%p, and then %p", first, again)
	}
	if c.parse([]byte("none")) != nil || c.parse(nil) != nil || len(c.read) != 2 {
		t.Errorf("of what is no certificate: %v", c.read)
	}
	if got := (*certificates)(nil).parse(der); got == nil || !got.Equal(first) {
		t.Errorf("without keeping: %v", got)
	}
}

// Only the certificates of a call parse DER and test keys in this package: so none is
// parsed, and no modulus tested, twice.
func TestCertificatesAreReadInOnePlace(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	reads := regexp.MustCompile(`oddcert\.Parse\(|x509\.ParseCertificates?\(|keys\.Check(?:Key|Modulus)\(`)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if f != "assess_match.go" && !strings.HasSuffix(f, "_test.go") && reads.Match(text) {
			t.Errorf("%s: %s", f, reads.Find(text))
		}
	}
}
