package keycheck_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/keycheck"
)

var f4 = big.NewInt(65537)

func kinds(found []keycheck.Finding) string {
	var all []string
	for _, f := range found {
		all = append(all, string(f.Kind))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func ones(bits int) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits))
	return n.Sub(n, big.NewInt(1))
}

func TestCheck(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(1)
	sound := weaktest.Sound(rng, 2048).N()
	close := weaktest.InRound(rng, 512, 100).N()
	offset := weaktest.Offset(rng, 512, 156)
	anyPower := weaktest.Offset(rng, 512, 200).N()
	three := weaktest.InRound(rng, 340, 50)
	product := new(big.Int).Mul(three.N(), weaktest.Next(weaktest.Number(rng, 171)))
	small := new(big.Int).Mul(sound, big.NewInt(751))
	for _, tc := range []struct {
		name string
		n, e *big.Int
		want string
	}{
		{"sound", sound, f4, ""},
		{"no exponent known", sound, nil, ""},
		{"Canon", weaktest.Published()[0], f4, "next-prime"},
		{"Innsbruck", weaktest.Published()[1], f4, "next-prime"},
		{"consecutive", weaktest.Consecutive(rng, 512).N(), f4, "modulus-size next-prime"},
		{"close", close, f4, "close-primes modulus-size"},
		{"square", weaktest.Square(rng, 512).N(), f4, "equal-primes modulus-size"},
		{"FIPS misread", offset.N(), f4, "modulus-size offset-primes"},
		{"another power", anyPower, f4, "modulus-size"},
		{"ROCA, published", weaktest.PublishedROCA(), f4, "roca"},
		{"ROCA", weaktest.ROCA(rng).N(), f4, "modulus-size roca"},
		{"three primes", product, f4, "modulus-size"},
		{"small factor", small, f4, "modulus-size small-factor"},
		{"even", new(big.Int).Lsh(sound, 8), f4, "small-factor"},
		{"2,049 bits", ones(2049), f4, "modulus-size small-factor"},
		{"nil", nil, f4, "bad-modulus"},
		{"zero", new(big.Int), f4, "bad-modulus"},
		{"one", big.NewInt(1), f4, "bad-modulus"},
		{"negative", big.NewInt(-15), f4, "bad-modulus"},
		{"tiny prime", big.NewInt(7), big.NewInt(3), "exponent modulus-size"},
		{"longest", ones(keycheck.MaxModulusBits), f4, "small-factor"},
		{"too long", ones(keycheck.MaxModulusBits + 1), f4, "bad-modulus"},
		{"e zero", sound, new(big.Int), "exponent"},
		{"e negative", sound, big.NewInt(-3), "exponent"},
		{"e one", sound, big.NewInt(1), "exponent"},
		{"e three", sound, big.NewInt(3), "exponent"},
		{"e even", sound, big.NewInt(65536), "exponent"},
		{"e beyond int", sound, ones(65), ""},
		{"e long", sound, ones(257), "exponent"},
		{"e = n", sound, sound, "exponent"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var c keycheck.Checker
			found, err := c.Check(t.Context(), keycheck.RSA(tc.n, tc.e))
			if err != nil || kinds(found) != tc.want {
				t.Errorf("%v, %v: want %q", found, err, tc.want)
			}
			for _, f := range found {
				p, q := f.Factors()
				if f.Provable != (p != nil) || p != nil && (new(big.Int).Mul(p, q).Cmp(tc.n) != 0 || p.Cmp(big.NewInt(1)) <= 0 || q.Cmp(big.NewInt(1)) <= 0) {
					t.Errorf("%v: factors do not give the modulus", f)
				}
			}
		})
	}
}

// A thorough check finds any power of two between the primes, and prime moduli.
func TestCheckThorough(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(2)
	c := keycheck.Checker{Thorough: true, Rounds: 1}
	for _, tc := range []struct {
		name, want string
		n          *big.Int
	}{
		{"2^200", "modulus-size offset-primes", weaktest.Offset(rng, 512, 200).N()},
		{"2^254", "modulus-size offset-primes", weaktest.Offset(rng, 513, 254).N()},
		{"about 2^250", "modulus-size offset-primes", about(rng, 600, 250, 99)},
		{"about 2^201", "modulus-size offset-primes", about(rng, 600, 201, 99)},
		{"about 2^299", "modulus-size offset-primes", about(rng, 601, 299, 99)},
		{"about 2^250, and too much more", "modulus-size", about(rng, 600, 250, 130)},
		{"757", "modulus-size small-factor", new(big.Int).Mul(big.NewInt(757), weaktest.Next(weaktest.Number(rng, 500)))},
		{"65537", "modulus-size small-factor", new(big.Int).Mul(big.NewInt(65537), weaktest.Next(weaktest.Number(rng, 500)))},
		{"65539", "modulus-size", new(big.Int).Mul(big.NewInt(65539), weaktest.Next(weaktest.Number(rng, 500)))},
		{"both small", "modulus-size small-factor", big.NewInt(64901 * 65521)},
		{"a small prime", "modulus-size prime-modulus", big.NewInt(65521)},
		{"prime", "modulus-size prime-modulus", weaktest.Next(weaktest.Number(rng, 512))},
		{"sound", "modulus-size", weaktest.Sound(rng, 512).N()},
	} {
		found, err := c.Check(t.Context(), keycheck.RSA(tc.n, nil))
		if err != nil || kinds(found) != tc.want {
			t.Errorf("%s: %v, %v", tc.name, found, err)
		}
		for _, f := range found {
			if p, q := f.Factors(); f.Provable && new(big.Int).Mul(p, q).Cmp(tc.n) != 0 {
				t.Errorf("%s: %d, %d", tc.name, p, q)
			}
		}
	}
}

// about is a modulus of so many bits, whose primes differ by 2^k and so many bits.
func about(rng *rand.Rand, bits, k, more int) *big.Int {
	q := weaktest.Next(new(big.Int).Sqrt(weaktest.Number(rng, bits)))
	p := new(big.Int).Add(q, new(big.Int).Lsh(big.NewInt(1), uint(k)))
	p = weaktest.Next(p.Add(p, weaktest.Number(rng, more)))
	return p.Mul(p, q)
}

// A sound key costs no memory.
func TestCheckAllocatesNothing(t *testing.T) {
	k := keycheck.RSA(weaktest.Sound(weaktest.Rand(3), 2048).N(), f4)
	var c keycheck.Checker
	ctx := t.Context()
	if count := testing.AllocsPerRun(10, func() { _, _ = c.Check(ctx, k) }); count != 0 {
		t.Errorf("%v allocations", count)
	}
}

func TestCheckEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for _, c := range []keycheck.Checker{{Rounds: keycheck.MaxRounds}, {Rounds: 1}, {Rounds: 1, Thorough: true}} {
		if _, err := c.Check(ctx, keycheck.RSA(weaktest.Sound(weaktest.Rand(4), 512).N(), f4)); !errors.Is(err, context.Canceled) {
			t.Errorf("%d rounds, thorough %t: %v", c.Rounds, c.Thorough, err)
		}
	}
	// In the midst of what takes long, beside the rounds: four thousand powers.
	c := keycheck.Checker{Rounds: 1, Thorough: true}
	n := weaktest.Number(weaktest.Rand(9), keycheck.MaxModulusBits)
	for n.SetBit(n, 0, 1); ; n.Add(n, big.NewInt(2)) {
		if found, err := (&keycheck.Checker{Rounds: 1}).Check(t.Context(), keycheck.RSA(n, f4)); err == nil && len(found) == 0 {
			break
		}
	}
	asked := 0
	if _, err := c.Check(endsAfter{ctx, &asked, 100}, keycheck.RSA(n, f4)); !errors.Is(err, context.Canceled) || asked != 100 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}

// endsAfter has ended when it has been asked so often.
type endsAfter struct {
	context.Context
	asked *int
	after int
}

func (e endsAfter) Err() error {
	if *e.asked++; *e.asked < e.after {
		return nil
	}
	return e.Context.Err()
}

// Every prime below 752 is found, and the next is not.
func TestSmallFactors(t *testing.T) {
	t.Parallel()
	rest := weaktest.Sound(weaktest.Rand(10), 2040).N()
	c := keycheck.Checker{Rounds: 1}
	for p := big.NewInt(2); p.Int64() < 1000; p = weaktest.Next(p) {
		found, err := c.Check(t.Context(), keycheck.RSA(new(big.Int).Mul(p, rest), f4))
		small := slices.IndexFunc(found, func(f keycheck.Finding) bool { return f.Kind == keycheck.SmallFactor })
		if err != nil || (small >= 0) != (p.Int64() < 752) {
			t.Errorf("%d: %v, %v", p, found, err)
		} else if small >= 0 {
			if a, b := found[small].Factors(); new(big.Int).Mul(a, b).Cmp(new(big.Int).Mul(p, rest)) != 0 || a.Cmp(p) != 0 && b.Cmp(p) != 0 {
				t.Errorf("%d: %d, %d", p, a, b)
			}
		}
	}
}

// No way of printing a finding shows a factor.
func TestFactorsAreNotPrinted(t *testing.T) {
	t.Parallel()
	p := weaktest.Consecutive(weaktest.Rand(5), 512)
	var c keycheck.Checker
	found, err := c.Check(t.Context(), keycheck.RSA(p.N(), f4))
	if err != nil || len(found) != 2 {
		t.Fatal(found, err)
	}
	data, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		text += fmt.Sprintf(format, found) + fmt.Sprintf(format, &found[1]) + fmt.Sprintf(format, struct{ F any }{found[1]}) + found[1].String()
	}
	for _, n := range []*big.Int{p.P, p.Q} {
		for _, secret := range []string{n.String(), n.Text(16), n.Text(16)[:30], n.String()[:30]} {
			if strings.Contains(strings.ToLower(text), secret) {
				t.Errorf("a factor is shown in %s", text)
			}
		}
	}
	if !strings.Contains(text, `"kind":"next-prime","severity":"broken","provable":true,"standard":"CA/B BR 6.1.1.3"`) {
		t.Error(text)
	}
}

func TestKnownAndOtherKinds(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := keycheck.Public(key.Public())
	if err != nil || k.Algorithm != "ECDSA" {
		t.Fatal(k, err)
	}
	var c keycheck.Checker
	if found, err := c.Check(t.Context(), k); err != nil || len(found) != 0 {
		t.Error(found, err)
	}
	c.Known = func(spki [32]byte) (string, bool) { return "old.pem", spki == k.SPKI }
	k.Hash = "SHA-1"
	if found, err := c.Check(t.Context(), k); err != nil || kinds(found) != "same-key signature-hash" {
		t.Error(found, err)
	}
}

// listOf is a blocklist of one modulus.
func listOf(t *testing.T, n *big.Int) *keycheck.Blocklist {
	t.Helper()
	sum := sha256.Sum256(n.Bytes())
	b, err := keycheck.NewBlocklist(bytes.NewReader(append(sum[:15:15], 1)), 16)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBlocklist(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(6)
	var records [][]byte
	var listed []*big.Int
	for i := range 50 {
		n := weaktest.Number(rng, 2048)
		n.SetBit(n, 0, 1)
		sum := sha256.Sum256(n.Bytes())
		records = append(records, append(sum[:15:15], byte(i)))
		listed = append(listed, n)
	}
	slices.SortFunc(records, bytes.Compare)
	data := slices.Concat(records...)
	b, err := keycheck.NewBlocklist(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	b.Names = map[byte]string{7: "Debian"}
	for i, n := range listed {
		want := fmt.Sprintf("source %d", i)
		if i == 7 {
			want = "Debian"
		}
		if source, is, err := b.Lookup(n); err != nil || !is || source != want {
			t.Errorf("%d: %q, %t, %v", i, source, is, err)
		}
		if _, is, err := b.Lookup(new(big.Int).Add(n, big.NewInt(2))); err != nil || is {
			t.Errorf("%d: its neighbour: %t, %v", i, is, err)
		}
	}
	c := keycheck.Checker{Blocklist: b, Rounds: 1}
	if found, err := c.Check(t.Context(), keycheck.RSA(listed[7], f4)); err != nil || !strings.Contains(kinds(found), "listed") {
		t.Error(found, err)
	}
	if _, err := keycheck.NewBlocklist(nil, 17); err == nil {
		t.Error("a list of 17 bytes")
	}
	short, err := keycheck.NewBlocklist(bytes.NewReader(data[:100]), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := short.Lookup(listed[0]); err == nil {
		t.Error("a list cut short")
	}
}

func TestSharedPrimes(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(7)
	var moduli []*big.Int
	for range 30 {
		moduli = append(moduli, weaktest.Sound(rng, 256).N())
	}
	p, q, r := weaktest.Next(weaktest.Number(rng, 128)), weaktest.Next(weaktest.Number(rng, 128)), weaktest.Next(weaktest.Number(rng, 128))
	mul := func(a, b *big.Int) *big.Int { return new(big.Int).Mul(a, b) }
	moduli[3], moduli[17] = mul(p, q), mul(q, r) // one in common
	moduli[29] = mul(p, r)                       // both: a triangle
	moduli[5] = moduli[4]                        // equal ones are nothing here
	moduli[6], moduli[7], moduli[8], moduli[9] = nil, big.NewInt(0), big.NewInt(-15), big.NewInt(64)
	moduli[20] = moduli[17] // equal, and sharing
	found, err := keycheck.SharedPrimes(t.Context(), moduli)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range moduli {
		f, is := found[i]
		if want := slices.Contains([]int{3, 17, 20, 29}, i); is != want {
			t.Errorf("%d: found %t", i, is)
		} else if a, b := f.Factors(); want && mul(a, b).Cmp(n) != 0 {
			t.Errorf("%d: wrong factors", i)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := keycheck.SharedPrimes(ctx, moduli); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, few := range [][]*big.Int{nil, moduli[:1], moduli[4:6]} {
		if found, err := keycheck.SharedPrimes(t.Context(), few); err != nil || len(found) != 0 {
			t.Error(found, err)
		}
	}
}

// All at once find what pairs find, in sets of which more or fewer share, and in
// which some share both primes.
func TestSharedPrimesAgreeWithPairs(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(11)
	primes := make([]*big.Int, 300)
	for i := range primes {
		primes[i] = weaktest.Next(weaktest.Number(rng, 256+rng.IntN(20)))
	}
	one := big.NewInt(1)
	for _, of := range []int{2, 10, 150, 300} { // primes that are used again
		var moduli []*big.Int
		for i := range 300 {
			p, q := primes[i], primes[rng.IntN(of)]
			if i < of/2 || of == 2 {
				p = primes[rng.IntN(of)]
			}
			moduli = append(moduli, new(big.Int).Mul(p, q))
		}
		found, err := keycheck.SharedPrimes(t.Context(), moduli)
		if err != nil {
			t.Fatal(err)
		}
		shared := 0
		for i, n := range moduli {
			want := slices.ContainsFunc(moduli, func(other *big.Int) bool {
				return other.Cmp(n) != 0 && new(big.Int).GCD(nil, nil, n, other).Cmp(one) > 0
			})
			f, is := found[i]
			if is != want {
				t.Errorf("%d primes: number %d: found %t, by pairs %t", of, i, is, want)
			} else if p, q := f.Factors(); is && (new(big.Int).Mul(p, q).Cmp(n) != 0 || p.Cmp(one) == 0 || q.Cmp(one) == 0) {
				t.Errorf("%d primes: number %d: wrong factors", of, i)
			}
			if want {
				shared++
			}
		}
		if shared < 10 {
			t.Errorf("%d primes: only %d share one", of, shared)
		}
	}
}
