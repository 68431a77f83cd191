package keys_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/keys"
)

func TestCheckModulusPublishedDeviceKeys(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		n    *big.Int
		bits int
	}{
		{weaktest.Published()[0], 2048},
		{weaktest.Published()[1], 4096},
	} {
		for _, rounds := range []int{0, 1, 100} {
			want := keys.Finding{State: keys.Proved, Rounds: 1, Round: 1, Bits: tc.bits, Method: keys.MethodFermat}
			if got := keys.CheckModulus(tc.n, rounds); got != want {
				t.Errorf("%d bits, %d rounds: got %+v, want %+v", tc.bits, rounds, got, want)
			}
		}
	}
}

func TestCheckModulusRoundsConvention(t *testing.T) {
	t.Parallel()
	for _, bits := range []int{512, 768, 1000, 1024, 2048, 3072, 4096} {
		rng := rand.New(rand.NewPCG(26320, uint64(bits)))
		for _, round := range []int64{1, 2, 10, 63, 64, 65, 100, 101, 110, 111, 128, 1000, 100_000} {
			n := modulusOfRound(rng, bits, round)
			found := keys.CheckModulus(n, int(round))
			want := keys.Finding{State: keys.Proved, Rounds: int(round), Round: int(round), Bits: bits, Method: keys.MethodFermat}
			if found != want {
				t.Errorf("%d bits, %d rounds: got %+v, want %+v", bits, round, found, want)
			}
			if round == 1 {
				continue
			}
			missed := keys.CheckModulus(n, int(round-1))
			want = keys.Finding{State: keys.NotFound, Rounds: int(round - 1), Bits: bits, Method: keys.MethodFermat}
			if missed != want {
				t.Errorf("%d bits, one round less than %d: got %+v, want %+v", bits, round, missed, want)
			}
		}
	}
}

func TestCheckModulusDefaultRounds(t *testing.T) {
	t.Parallel()
	n := modulusOfRound(rand.New(rand.NewPCG(1, 1)), 1024, keys.DefaultRounds)
	beyond := modulusOfRound(rand.New(rand.NewPCG(1, 2)), 1024, keys.DefaultRounds+1)
	for _, rounds := range []int{0, -1, math.MinInt} {
		if f := keys.CheckModulus(n, rounds); f.State != keys.Proved {
			t.Errorf("%d rounds: %v", rounds, f)
		}
		if f := keys.CheckModulus(beyond, rounds); f.State != keys.NotFound || f.Rounds != keys.DefaultRounds {
			t.Errorf("%d rounds: %v", rounds, f)
		}
	}
}

// The sieve may skip no round that plain arithmetic would find.
func TestCheckModulusAgreesWithPlainFermat(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	for i := range 400 {
		bits := 128 + 16*rng.IntN(40)
		n := modulusOfRound(rng, bits, 1+rng.Int64N(150))
		switch i % 4 {
		case 1:
			n = soundModulus(rng, bits)
		case 2:
			n = weaktest.Consecutive(rng, min(bits, 512)).N()
		}
		round, factored := plainFermat(n, 150)
		for _, rounds := range []int{max(round-1, 1), round, round + 1} {
			want := factored && rounds >= round
			f := keys.CheckModulus(n, rounds)
			if got := f.State == keys.Proved; got != want || got && f.Round != round {
				t.Fatalf("%d rounds on %x: got %v; plain Fermat: round %d, factored %t", rounds, n, f, round, factored)
			}
		}
	}
}

// Every odd number up to 4095: proved exactly if composite, given enough rounds.
func TestCheckModulusTinyNumbers(t *testing.T) {
	t.Parallel()
	for i := int64(3); i < 4096; i += 2 {
		n := big.NewInt(i)
		f := keys.CheckModulus(n, 0)
		want := keys.NotFound
		if !n.ProbablyPrime(10) {
			want = keys.Proved
		}
		if f.State != want {
			t.Errorf("%d: %v", i, f)
		}
		if end, _ := plainFermat(n, int(i)); f.Method == keys.MethodFermat && f.Rounds != end {
			t.Errorf("%d: ran %d rounds, want %d: then a-b is 1", i, f.Rounds, end)
		}
	}
}

func TestCheckModulusOddNumbers(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	p := oddNumber(rng, 1024)
	shifted := new(big.Int).Add(p, new(big.Int).Lsh(big.NewInt(1), 924))
	for _, tc := range []struct {
		name   string
		n      *big.Int
		state  keys.Weakness
		method keys.Method
	}{
		{"nil", nil, keys.Unknown, keys.MethodInvalid},
		{"zero", big.NewInt(0), keys.Unknown, keys.MethodInvalid},
		{"one", big.NewInt(1), keys.Unknown, keys.MethodInvalid},
		{"two", big.NewInt(2), keys.Unknown, keys.MethodInvalid},
		{"negative", big.NewInt(-15), keys.Unknown, keys.MethodInvalid},
		{"negative weak", new(big.Int).Neg(weaktest.Published()[0]), keys.Unknown, keys.MethodInvalid},
		{"three", big.NewInt(3), keys.NotFound, keys.MethodFermat},
		{"four", big.NewInt(4), keys.Proved, keys.MethodEven},
		{"nine", big.NewInt(9), keys.Proved, keys.MethodSquare},
		{"fifteen", big.NewInt(15), keys.Proved, keys.MethodFermat},
		{"even", new(big.Int).Lsh(p, 1), keys.Proved, keys.MethodEven},
		{"p = q", new(big.Int).Mul(p, p), keys.Proved, keys.MethodSquare},
		{"prime", weaktest.Next(oddNumber(rng, 512)), keys.NotFound, keys.MethodFermat},
		{"sound", soundModulus(rng, 2048), keys.NotFound, keys.MethodFermat},
		{"FIPS distance", new(big.Int).Mul(p, shifted), keys.NotFound, keys.MethodFermat},
		{"longest", oddNumber(rng, keys.MaxModulusBits), keys.NotFound, keys.MethodFermat},
		{"too long", oddNumber(rng, keys.MaxModulusBits+1), keys.Unknown, keys.MethodTooLarge},
		{"far too long", new(big.Int).Lsh(big.NewInt(1), 1<<23), keys.Unknown, keys.MethodTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := keys.CheckModulus(tc.n, 1000)
			if f.State != tc.state || f.Method != tc.method {
				t.Errorf("got %+v, want %v by %s", f, tc.state, tc.method)
			}
			if f.State == keys.Proved && f.Method != keys.MethodFermat && (f.Round != 0 || f.Rounds != 0) {
				t.Errorf("no round was needed: %+v", f)
			}
		})
	}
}

func TestCheckKey(t *testing.T) {
	t.Parallel()
	weak := &rsa.PublicKey{N: weaktest.Published()[0], E: 65537}
	for _, tc := range []struct {
		name  string
		key   crypto.PublicKey
		isRSA bool
		state keys.Weakness
	}{
		{"weak", weak, true, keys.Proved},
		{"exponent zero", &rsa.PublicKey{N: weak.N}, true, keys.Proved},
		{"RSA without modulus", &rsa.PublicKey{}, true, keys.Unknown},
		{"nil RSA", (*rsa.PublicKey)(nil), true, keys.Unknown},
		{"W-2 ECDSA", &ecdsa.PublicKey{}, false, keys.Unknown},
		{"W-2 Ed25519", ed25519.PublicKey{}, false, keys.Unknown},
		{"nil", nil, false, keys.Unknown},
	} {
		f, isRSA := keys.CheckKey(tc.key, 100)
		if isRSA != tc.isRSA || f.State != tc.state {
			t.Errorf("%s: got %v, %t; want %v, %t", tc.name, f, isRSA, tc.state, tc.isRSA)
		}
		if !isRSA && f != (keys.Finding{}) {
			t.Errorf("%s: want the zero finding, got %+v", tc.name, f)
		}
	}
}

// One checker, used again and again, says what the function says, whatever it
// was given before, and takes no memory for a sound modulus.
func TestModulusChecker(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	var c keys.ModulusChecker
	for _, n := range []*big.Int{
		weaktest.Published()[0], nil, soundModulus(rng, keys.MaxModulusBits), big.NewInt(15),
		weaktest.Consecutive(rng, 513).N(), soundModulus(rng, 1026), big.NewInt(0), weaktest.Published()[1],
		modulusOfRound(rng, keys.MaxModulusBits, 1000),
	} {
		got, err := c.CheckModulus(t.Context(), n, 1000)
		if want := keys.CheckModulus(n, 1000); err != nil || got != want {
			t.Errorf("%x: %+v, %v, want %+v", n, got, err, want)
		}
	}
	n := soundModulus(rng, 2048)
	ctx := t.Context()
	if count := testing.AllocsPerRun(10, func() { _, _ = c.CheckModulus(ctx, n, 0) }); count != 0 {
		t.Errorf("%v allocations for a sound modulus", count)
	}
}

func TestModulusCheckerEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var c keys.ModulusChecker
	f, err := c.CheckModulus(ctx, soundModulus(rand.New(rand.NewPCG(8, 8)), 2048), keys.MaxRounds)
	if !errors.Is(err, context.Canceled) || f.State != keys.NotFound || f.Rounds == 0 || f.Rounds == keys.MaxRounds {
		t.Errorf("%+v, %v", f, err)
	}
}

// A factor is the private key: no text of a finding may hold one.
func TestFindingHoldsNoFactors(t *testing.T) {
	t.Parallel()
	f := keys.CheckModulus(big.NewInt(1_000_003*1_000_033), 0)
	if f.State != keys.Proved {
		t.Fatal(f)
	}
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"state":"proved","rounds":1,"round":1,"bits":40,"method":"fermat"}`
	if string(data) != want {
		t.Errorf("JSON %s, want %s", data, want)
	}
	for _, text := range []string{string(data), f.String(), fmt.Sprintf("%+v %#v", f, f)} {
		for _, factor := range []string{"1000003", "1000033", "f4243", "f4261"} {
			if strings.Contains(text, factor) {
				t.Errorf("%q holds a factor", text)
			}
		}
	}
}

func TestWeaknessText(t *testing.T) {
	t.Parallel()
	for w, want := range map[keys.Weakness]string{
		keys.Unknown: "unknown", keys.NotFound: "not-found", keys.Proved: "proved",
	} {
		text, err := w.MarshalText()
		if err != nil || string(text) != want || w.String() != want {
			t.Errorf("%d: %q, %v, %q; want %q", w, text, err, w, want)
		}
		back := keys.Weakness(99)
		if err := back.UnmarshalText(text); err != nil || back != w {
			t.Errorf("%q reads as %v, %v", text, back, err)
		}
	}
	if _, err := keys.Weakness(3).MarshalText(); err == nil {
		t.Error("an undefined value was written")
	}
	for _, text := range []string{"", "Proved", "weak", "proved "} {
		var w keys.Weakness
		if err := w.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q reads as %v", text, w)
		}
	}
}

func FuzzCheckModulus(f *testing.F) {
	f.Add([]byte{}, 1)
	f.Add([]byte{15}, 0)
	f.Add(weaktest.Published()[0].Bytes(), 100)
	f.Fuzz(func(t *testing.T, data []byte, rounds int) {
		n := new(big.Int).SetBytes(data)
		rounds = 1 + int(uint(rounds)%200)
		got := keys.CheckModulus(n, rounds)
		if got.Method != keys.MethodFermat {
			return
		}
		round, factored := plainFermat(n, rounds)
		if (got.State == keys.Proved) != factored || got.Rounds != round {
			t.Errorf("%x: got %+v; plain Fermat: round %d, factored %t", n, got, round, factored)
		}
	})
}

func ExampleCheckModulus() {
	n := big.NewInt(10403) // 101 · 103, adjacent primes
	f := keys.CheckModulus(n, keys.DefaultRounds)
	fmt.Println(f.State)
	fmt.Println(f)
	// Output:
	// proved
	// proved weak: 14-bit modulus factored by Fermat's method in round 1
}
