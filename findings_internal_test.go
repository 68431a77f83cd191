package rekey

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
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
	var none *findings
	want, _ := none.key(weak)
	if want.State != keys.Proved {
		t.Fatalf("%v", want)
	}
	f := &findings{bySum: map[[sha256.Size]byte]keys.Finding{}}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if got, isRSA := f.key(weak); got != want || !isRSA {
				t.Errorf("%v, RSA %v", got, isRSA)
			}
		})
	}
	all.Wait()
	f.bySum[sha256.Sum256(weak.RawSubjectPublicKeyInfo)] = keys.Finding{State: keys.NotFound, Round: 7}
	if got, _ := f.key(weak); got.Round != 7 {
		t.Errorf("tested again: %v", got)
	}
	if got, _ := f.key(other); got != want || len(f.bySum) != 2 {
		t.Errorf("another key: %v, %d kept", got, len(f.bySum))
	}
	if _, isRSA := f.key(&x509.Certificate{PublicKey: &ecdsa.PublicKey{}}); isRSA || len(f.bySum) != 2 {
		t.Error("an ECDSA key was tested")
	}
}
