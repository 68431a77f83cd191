package pki_test

import (
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
	"math/big"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/internal/simdevice/internal/pki"
)

// closeTogether runs one round of Fermat's method: true for adjacent primes.
func closeTogether(n *big.Int) bool {
	a := new(big.Int).Sqrt(n)
	a.Add(a, big.NewInt(1))
	rest := new(big.Int).Mul(a, a)
	rest.Sub(rest, n)
	root := new(big.Int).Sqrt(rest)
	return root.Mul(root, root).Cmp(rest) == 0
}

func TestPoolRSA(t *testing.T) {
	t.Parallel()
	for _, bits := range []int{512, 1024, 1536, 2048, 3072, 4096} {
		for _, weak := range []bool{true, false} {
			t.Run(fmt.Sprintf("%d/weak=%t", bits, weak), func(t *testing.T) {
				t.Parallel()
				key, err := pki.NewPool(1).RSA(bits, weak)
				if err != nil {
					t.Fatal(err)
				}
				if got := key.N.BitLen(); got != bits {
					t.Errorf("modulus has %d bits, want %d", got, bits)
				}
				if got := closeTogether(key.N); got != weak {
					t.Errorf("one Fermat round factors it: %t, want %t", got, weak)
				}
				if weak && key.Primes != nil {
					t.Error("a weak key carries its primes: crypto/rsa would refuse it")
				}
				m := big.NewInt(123456789)
				c := new(big.Int).Exp(m, big.NewInt(int64(key.E)), key.N)
				if c.Exp(c, key.D, key.N).Cmp(m) != 0 {
					t.Error("private and public exponent do not belong together")
				}
			})
		}
	}
}

func TestPoolRSARefusesLengths(t *testing.T) {
	t.Parallel()
	for _, bits := range []int{-1, 0, 8, 511, 513, 1000, 2047, 4112, 1 << 30} {
		if key, err := pki.NewPool(1).RSA(bits, true); err == nil {
			t.Errorf("%d bits: got a key of %d bits, want an error", bits, key.N.BitLen())
		}
	}
}

func TestPoolIsReproducible(t *testing.T) {
	t.Parallel()
	a, b, other := pki.NewPool(7), pki.NewPool(7), pki.NewPool(8)
	if _, err := b.RSA(2048, false); err != nil { // must not disturb the weak ones
		t.Fatal(err)
	}
	differs := false
	for range 3 {
		x, y, z := mustRSA(t, a, 2048, true), mustRSA(t, b, 2048, true), mustRSA(t, other, 2048, true)
		if !x.Equal(y) {
			t.Error("the same seed gave different RSA keys")
		}
		differs = differs || !x.Equal(z)
	}
	if !differs {
		t.Error("different seeds gave the same RSA keys")
	}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		x, errX := a.ECDSA(curve)
		y, errY := b.ECDSA(curve)
		z, errZ := other.ECDSA(curve)
		if errX != nil || errY != nil || errZ != nil {
			t.Fatal(errX, errY, errZ)
		}
		if !x.Equal(y) || x.Equal(z) {
			t.Errorf("%s: the key does not follow the seed", curve.Params().Name)
		}
		next, err := a.ECDSA(curve)
		if err != nil || next.Equal(x) {
			t.Errorf("%s: second key equals the first (%v)", curve.Params().Name, err)
		}
	}
}

func TestPoolECDSARefusesNil(t *testing.T) {
	t.Parallel()
	if _, err := pki.NewPool(1).ECDSA(nil); err == nil {
		t.Error("no curve gave a key")
	}
}

// The pool goes on searching when its table is empty, and never repeats.
func TestPoolOutlastsItsTable(t *testing.T) {
	t.Parallel()
	pool := pki.NewPool(3)
	seen := make(map[string]bool)
	for range 12 { // the table holds 8
		n := mustRSA(t, pool, 1024, true).N.String()
		if seen[n] {
			t.Fatal("the same key twice")
		}
		seen[n] = true
	}
}

func TestPoolIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	pool := pki.NewPool(5)
	var (
		wg   sync.WaitGroup
		seen sync.Map
	)
	for range 8 {
		wg.Go(func() {
			key, err := pool.RSA(2048, false)
			if err != nil {
				t.Error(err)
				return
			}
			if _, twice := seen.LoadOrStore(key.N.String(), true); twice {
				t.Error("two takers got one key")
			}
			if _, err := pool.ECDSA(elliptic.P256()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// Tests of the simulated device take many keys: the table must spare them the
// search, which takes a hundred times as long.
func BenchmarkPoolRSA(b *testing.B) {
	for _, stock := range []struct {
		bits int
		weak bool
	}{{1024, true}, {2048, false}, {2048, true}, {4096, false}, {4096, true}} {
		b.Run(fmt.Sprintf("%d/weak=%t", stock.bits, stock.weak), func(b *testing.B) {
			for b.Loop() {
				if _, err := pki.NewPool(9).RSA(stock.bits, stock.weak); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func mustRSA(t *testing.T, pool *pki.Pool, bits int, weak bool) *rsa.PrivateKey {
	t.Helper()
	key, err := pool.RSA(bits, weak)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
