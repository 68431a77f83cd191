package strangers_test

import (
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"testing"

	"github.com/rekey-go/rekey/internal/strangers"
)

// What a device says of its keys is so: those that are weak fall to Fermat's method at
// once, and no others, and each certificate that a key signed itself is signed by it.
func TestKeys(t *testing.T) {
	t.Parallel()
	for name, open := range strangers.Single {
		t.Run(name, func(t *testing.T) {
			meet(t, open(), func(v *visitor) {
				weak := 0
				for _, k := range v.d.Keys() {
					if !k.HasCertificate && k.Certificate == nil {
						continue
					}
					cert, err := x509.ParseCertificate(k.Certificate)
					if err != nil {
						v.t.Fatal(err)
					}
					if k.Weak {
						weak++
					}
					if public, ok := cert.PublicKey.(*rsa.PublicKey); k.Weak != (ok && close(public.N)) {
						v.t.Errorf("%s: weak %t", k.Name, k.Weak)
					}
					if cert.Issuer.String() != cert.Subject.String() {
						continue
					}
					if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
						v.t.Errorf("%s: %v", k.Name, err)
					}
				}
				if weak == 0 {
					v.t.Error("no key is weak")
				}
				v.faulty()
			})
		})
	}
}

// close reports whether Fermat's method finds factors in ten rounds.
func close(n *big.Int) bool {
	a := new(big.Int).Sqrt(n)
	for range 10 {
		a.Add(a, big.NewInt(1))
		r := new(big.Int).Sub(new(big.Int).Mul(a, a), n)
		if s := new(big.Int).Sqrt(r); s.Mul(s, s).Cmp(r) == 0 {
			return true
		}
	}
	return false
}
