package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"fmt"
	"math"
	"math/big"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/letsencrypt/boulder/goodkey"
	zx509 "github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3/lint"
	_ "github.com/zmap/zlint/v3/lints/community"

	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/keycheck"
	"github.com/rekey-go/rekey/keys"
)

// The checkers of others, as they are used: boulder's policy for the keys that it
// is asked to certify, and zlint's lint of a certificate.

func boulder(tb testing.TB) func(*rsa.PublicKey) bool {
	tb.Helper()
	policy, err := goodkey.NewPolicy(&goodkey.Config{FermatRounds: 100}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return func(k *rsa.PublicKey) bool { return policy.GoodKey(context.Background(), k) == nil }
}

func zlint(tb testing.TB) func(*zx509.Certificate) bool {
	tb.Helper()
	registry, err := lint.GlobalRegistry().Filter(lint.FilterOptions{IncludeNames: []string{"e_rsa_fermat_factorization"}})
	if err != nil {
		tb.Fatal(err)
	}
	l := registry.CertificateLints().ByName("e_rsa_fermat_factorization")
	if l == nil {
		tb.Fatal("zlint has no such lint")
	}
	return func(c *zx509.Certificate) bool {
		return l.Execute(c, lint.NewEmptyConfig()).Status != lint.Error
	}
}

func certificate(tb testing.TB, k *rsa.PublicKey) *zx509.Certificate {
	tb.Helper()
	signer, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(1<<30, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k, signer)
	if err != nil {
		tb.Fatal(err)
	}
	c, err := zx509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func rekey(k *rsa.PublicKey, rounds int) bool {
	return keys.CheckModulus(k.N, rounds).State == keys.NotFound
}

// What docs/benchmarks.md says of the others' verdicts: they agree with ours on
// close primes to the round, and pass equal primes and those that a misread FIPS
// bound gives.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(1)
	good, lints := boulder(t), zlint(t)
	pub := func(p weaktest.Pair) *rsa.PublicKey { return &rsa.PublicKey{N: p.N(), E: 65537} }
	for _, tc := range []struct {
		name                 string
		key                  *rsa.PublicKey
		ours, boulder, zlint bool // passes
	}{
		{"Canon", &rsa.PublicKey{N: weaktest.Published()[0], E: 65537}, false, false, false},
		{"Innsbruck", &rsa.PublicKey{N: weaktest.Published()[1], E: 65537}, false, false, false},
		{"round 100", pub(weaktest.InRound(rng, 2048, 100)), false, false, false},
		{"round 101", pub(weaktest.InRound(rng, 2048, 101)), true, true, true},
		{"equal primes", pub(weaktest.Square(rng, 2048)), false, true, true},
		{"sound", pub(weaktest.Sound(rng, 2048)), true, true, true},
	} {
		if got := rekey(tc.key, 100); got != tc.ours {
			t.Errorf("%s: keys.CheckModulus passes it: %t", tc.name, got)
		}
		if got := good(tc.key); got != tc.boulder {
			t.Errorf("%s: boulder passes it: %t", tc.name, got)
		}
		if got := lints(certificate(t, tc.key)); got != tc.zlint {
			t.Errorf("%s: zlint passes it: %t", tc.name, got)
		}
	}
	offset := pub(weaktest.Offset(rng, 2048, 924))
	var c keycheck.Checker
	found, err := c.Check(t.Context(), keycheck.RSA(offset.N, big.NewInt(65537)))
	if err != nil || len(found) != 1 || found[0].Kind != keycheck.OffsetPrimes || !good(offset) || !lints(certificate(t, offset)) {
		t.Errorf("p - q = 2^924: %v, %v", found, err)
	}
}

// inPython is Fermat's method in Python as badkeys has it, a square test of
// GMP's in each round; it prints nanoseconds per key.
//
//go:embed fermat.py
var inPython string

// BenchmarkChecker checks sound keys of 2,048 bits.
func BenchmarkChecker(b *testing.B) {
	rng := weaktest.Rand(2)
	var pubs []*rsa.PublicKey
	var certs []*zx509.Certificate
	for range 4 {
		k := &rsa.PublicKey{N: weaktest.Sound(rng, 2048).N(), E: 65537}
		pubs, certs = append(pubs, k), append(certs, certificate(b, k))
	}
	each := func(name string, check func(i int) bool) {
		b.Run(name, func(b *testing.B) {
			best, batch := time.Duration(math.MaxInt64), 1
			for i := 0; b.Loop(); i++ {
				// What others leave of the processor decides the mean, on a busy machine,
				// but not the shortest of many batches that fit into a slice of time.
				began := time.Now()
				for j := range batch {
					if !check((i + j) % len(pubs)) {
						b.Fatal("a sound key is found weak")
					}
				}
				took := time.Since(began)
				best = min(best, took/time.Duration(batch))
				if took < 50*time.Microsecond {
					batch *= 2
				}
			}
			b.ReportMetric(float64(best.Nanoseconds()), "best-ns/key")
			b.ReportMetric(0, "ns/op")
		})
	}
	good, lints := boulder(b), zlint(b)
	var modulus keys.ModulusChecker
	var whole keycheck.Checker
	whole.Rounds = 100
	in := make([]keycheck.Key, len(pubs))
	for i, k := range pubs {
		in[i] = keycheck.RSA(k.N, big.NewInt(65537))
	}
	each("boulder/rounds=100", func(i int) bool { return good(pubs[i]) })
	each("zlint/rounds=100", func(i int) bool { return lints(certs[i]) })
	b.Run("gmpy2/rounds=100", func(b *testing.B) { python(b, pubs) })
	for _, rounds := range []int{1, 100, 100_000, 1_000_000} {
		each(fmt.Sprintf("rekey/rounds=%d", rounds), func(i int) bool {
			f, _ := modulus.CheckModulus(context.Background(), pubs[i].N, rounds)
			return f.State == keys.NotFound
		})
	}
	each("keycheck/rounds=100", func(i int) bool {
		found, _ := whole.Check(context.Background(), in[i])
		return len(found) == 0
	})
	each("sqrt/big.Int", func(i int) bool { return new(big.Int).Sqrt(pubs[i].N).Sign() > 0 })
}

func python(b *testing.B, pubs []*rsa.PublicKey) {
	// Debian's packages are of its own python3, which need not be the first.
	pythons := []string{"python3", "/usr/bin/python3"}
	has := slices.IndexFunc(pythons, func(p string) bool {
		return exec.CommandContext(b.Context(), p, "-c", "import gmpy2").Run() == nil
	})
	if has < 0 {
		b.Skip("no python3 with gmpy2 (Debian: python3-gmpy2)")
	}
	var moduli strings.Builder
	for _, k := range pubs {
		fmt.Fprintf(&moduli, "%x\n", k.N)
	}
	cmd := exec.CommandContext(b.Context(), pythons[has], "-c", inPython)
	cmd.Stdin = strings.NewReader(moduli.String())
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(bytes.TrimSpace(out)))
	for i, unit := range []string{"best-ns/key", "sqrt-best-ns"} {
		ns, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(ns, unit)
	}
	b.ReportMetric(0, "ns/op")
}
