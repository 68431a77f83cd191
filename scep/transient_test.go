package scep

import (
	"crypto/rsa"
	"testing"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func init() {
	newTransientKey = func() (*rsa.PrivateKey, error) { return devicetest.GenerateKey(2048) }
}

// The key of a client is of a length that CAs take, and nobody else's.
func TestTransientKey(t *testing.T) {
	t.Parallel()
	one, err := transientKey()
	if err != nil {
		t.Fatal(err)
	}
	other, err := transientKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range one.Primes {
		if p.Cmp(other.Primes[0]) == 0 || p.Cmp(other.Primes[1]) == 0 {
			t.Error("two keys share a prime")
		}
	}
	if one.N.BitLen() != 2048 || one.Validate() != nil {
		t.Errorf("%d bits, %v", one.N.BitLen(), one.Validate())
	}
}
