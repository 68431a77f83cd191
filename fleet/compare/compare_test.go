package compare_test

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	mrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/compare"
	"github.com/rekey-go/rekey/keys"
)

// maker certifies any modulus.
type maker struct {
	tb     testing.TB
	ca     *ecdsa.PrivateKey
	rng    *mrand.Rand
	serial int64
}

func newMaker(tb testing.TB) *maker {
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return &maker{tb: tb, ca: ca, rng: mrand.New(mrand.NewPCG(1, 2))}
}

func (m *maker) odd(bits uint) *big.Int {
	n := new(big.Int)
	for range bits / 64 {
		n.Or(n.Lsh(n, 64), new(big.Int).SetUint64(m.rng.Uint64()))
	}
	n.SetBit(n, int(bits-1), 1)
	return n.SetBit(n.SetBit(n, int(bits-2), 1), 0, 1)
}

func (m *maker) prime(bits uint) *big.Int {
	p := m.odd(bits)
	for !p.ProbablyPrime(10) {
		p.Add(p, big.NewInt(2))
	}
	return p
}

func (m *maker) cert(public any) []byte {
	m.serial++
	template := &x509.Certificate{SerialNumber: big.NewInt(m.serial), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, m.ca)
	if err != nil {
		m.tb.Fatal(err)
	}
	return der
}

func (m *maker) rsa(p, q *big.Int) []byte {
	return m.cert(&rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537})
}

func device(at string, served []byte, of map[string][]byte) *rekey.Assessment {
	a := &rekey.Assessment{Address: at, Served: served}
	for _, name := range []string{keys.DefaultKey, "One", "Two"} {
		if der := of[name]; der != nil {
			a.Keys = append(a.Keys, rekey.KeyState{Entry: keys.Entry{Name: name}, Certificate: der})
		}
	}
	return a
}

func TestFindings(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	var p []*big.Int
	for range 9 {
		p = append(p, m.prime(512))
	}
	factory, again := m.rsa(p[0], p[1]), m.rsa(p[0], p[1]) // two certificates of one key
	left, right, third := m.rsa(p[2], p[3]), m.rsa(p[3], p[4]), m.rsa(p[2], p[4])
	sound := m.rsa(p[5], p[6])
	alone, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve := m.cert(alone.Public())
	var k compare.Keys
	k.Add(device("https://a.example/", factory, map[string][]byte{keys.DefaultKey: factory, "One": left}))
	k.Add(device("b.example", curve, map[string][]byte{keys.DefaultKey: again, "One": right, "Two": []byte("no certificate")}))
	k.Add(device("c.example:8443", sound, map[string][]byte{"One": sound, "Two": sound}))
	d := device("d.example", curve, nil)
	d.Others = []rekey.PortCertificate{{Addr: "d.example:5061", Certificate: third}}
	k.Add(d)
	got, err := k.Findings(t.Context())
	if err != nil || k.Len() != 6 {
		t.Fatalf("%d keys, %v", k.Len(), err)
	}
	var says []string
	for _, f := range got {
		says = append(says, f.String())
		if f.Factory != (f.Places[0].Key == keys.DefaultKey) || len(f.SPKI) != 64 {
			t.Errorf("%+v", f)
		}
	}
	want := []string{
		`the same key on several devices: a.example key "` + keys.DefaultKey + `" (factory), b.example key "` + keys.DefaultKey + `" (factory)`,
		`the same key on several devices: b.example at b.example, d.example at d.example`,
		`a modulus that has a prime in common with another key's: a.example key "One"`,
		`a modulus that has a prime in common with another key's: b.example key "One"`,
		`a modulus that has a prime in common with another key's: d.example at d.example:5061`,
	}
	if !slices.Equal(says, want) {
		t.Errorf("got\n%q\nwant\n%q", says, want)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.Findings(ended); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if none, err := new(compare.Keys).Findings(t.Context()); len(none) != 0 || err != nil {
		t.Errorf("%v, %v", none, err)
	}
}

// Where a key is does not depend on which device ended first.
func TestPlacesHaveAnOrder(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	shared := m.rsa(m.prime(512), m.prime(512))
	for _, order := range [][]string{{"a.example", "b.example", "c.example"}, {"c.example", "b.example", "a.example"}, {"b.example", "c.example", "a.example"}} {
		var k compare.Keys
		for _, url := range order {
			k.Add(device(url, shared, map[string][]byte{"Two": shared, "One": shared}))
		}
		got, err := k.Findings(t.Context())
		if err != nil || len(got) != 1 {
			t.Fatalf("%v, %v", got, err)
		}
		if !slices.IsSortedFunc(got[0].Places, func(a, b compare.Place) int {
			return cmp.Or(strings.Compare(a.Device, b.Device), strings.Compare(a.Key, b.Key))
		}) {
			t.Errorf("%v: %v", order, got[0].Places)
		}
	}
}

// BenchmarkFindings is the comparison of all keys of a fleet, two of which have a large prime
// in common: docs/benchmarks.md.
func BenchmarkFindings(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			m := newMaker(b)
			var k compare.Keys
			p, small := m.prime(1024), big.NewInt(1)
			for q := int64(3); q < 4000; q += 2 {
				if big.NewInt(q).ProbablyPrime(0) {
					small.Mul(small, big.NewInt(q))
				}
			}
			for i := range n {
				public := &rsa.PublicKey{N: m.odd(2048), E: 65537}
				for new(big.Int).GCD(nil, nil, public.N, small).BitLen() > 1 { // as moduli are, nearly
					public.N = m.odd(2048)
				}
				if i%(n-1) == 0 {
					public.N = new(big.Int).Mul(p, m.prime(1024))
				}
				k.Add(device(fmt.Sprintf("d%d.example", i), m.cert(public), nil))
			}
			for b.Loop() {
				if found, err := k.Findings(b.Context()); err != nil || len(found) < 2 {
					b.Fatalf("%d, %v", len(found), err)
				}
			}
		})
	}
}
