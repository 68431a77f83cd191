package fermat_test

import (
	"context"
	"fmt"
	"math/big"
	"reflect"
	"testing"

	"github.com/rekey-go/rekey/internal/fermat"
	"github.com/rekey-go/rekey/internal/weaktest"
)

// plain is Fermat's method as the books have it.
func plain(n *big.Int, rounds int) (round int, factored bool) {
	one := big.NewInt(1)
	a := new(big.Int).Sqrt(n)
	a.Add(a, one)
	square, b, root := new(big.Int), new(big.Int), new(big.Int)
	for round := range rounds {
		square.Sub(square.Mul(a, a), n)
		if b.Mul(root.Sqrt(square), root).Cmp(square) == 0 {
			return round + 1, root.Add(root, one).Cmp(a) < 0
		}
		a.Add(a, one)
	}
	return rounds, false
}

func check(t *testing.T, s *fermat.Search, n *big.Int, rounds int) {
	t.Helper()
	got, err := s.Run(t.Context(), n, rounds)
	round, factored := plain(n, rounds)
	if want := (fermat.Result{Factored: factored, Rounds: round}); err != nil || got != want {
		t.Fatalf("%x in %d rounds: %+v, %v; plainly %+v", n, rounds, got, err, want)
	}
	p, q := s.Factors()
	if (p != nil) != factored || factored && (new(big.Int).Mul(p, q).Cmp(n) != 0 || q.Cmp(big.NewInt(1)) <= 0) {
		t.Fatalf("%x: factors %x, %x", n, p, q)
	}
}

// Thousands of moduli with close primes, at the limit of rounds and around it.
func TestRunAgreesWithPlainFermat(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(1)
	var s fermat.Search
	step := 2
	if testing.Short() { // with the race detector; here is no concurrency
		step = 16
	}
	for _, limit := range []int64{1, 2, 3, 10, 63, 64, 65, 100, 101, 110, 127, 128, 129, 200} {
		for bits := 48; bits < 160; bits += step {
			for by := int64(-1); by <= 1; by++ {
				if limit+by > 0 {
					check(t, &s, weaktest.InRound(rng, bits+rng.IntN(2), limit+by).N(), int(limit))
				}
			}
		}
	}
}

// Few and long.
func TestRunLongModuli(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(2)
	var s fermat.Search
	for _, bits := range []int{512, 513, 767, 1023, 1025, 2048} {
		p := weaktest.InRound(rng, bits, 100)
		check(t, &s, p.N(), 100)
		check(t, &s, p.N(), 99)
	}
	for _, n := range weaktest.Published() {
		check(t, &s, n, 1)
	}
}

// Every length from 512 bits to the longest: found in its round, and not in one
// less. The factors are odd numbers, and no primes: Fermat's method does not ask.
func TestRunEveryLength(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(9)
	var s fermat.Search
	step := 1
	if testing.Short() { // with the race detector; here is no concurrency
		step = 61
	}
	const round = 70 // not in the sieve's first word
	for bits := 512; bits <= fermat.MaxBits; bits += step {
		// n = a²-b², with b²/2a half way between one round and the next.
		a := weaktest.Number(rng, (bits+1)/2)
		a.SetBit(a, a.BitLen()-2, uint(1-bits%2)) // below 5/8, or from 3/4 on: of an odd length, or an even
		a.SetBit(a, a.BitLen()-3, 0).SetBit(a, 0, 1)
		b := new(big.Int).Mul(a, big.NewInt(2*round-1))
		b.Sqrt(b).SetBit(b, 0, 0)
		n := new(big.Int).Mul(a, a)
		n.Sub(n, b.Mul(b, b))
		if n.BitLen() != bits {
			t.Fatalf("%d bits, want %d", n.BitLen(), bits)
		}
		for _, want := range []fermat.Result{{Factored: true, Rounds: round}, {Rounds: round - 1}} {
			if got, err := s.Run(t.Context(), n, want.Rounds); err != nil || got != want {
				t.Fatalf("%d bits: %+v, %v; want %+v", bits, got, err, want)
			}
			if p, q := s.Factors(); want.Factored && p.Mul(p, q).Cmp(n) != 0 {
				t.Fatalf("%d bits: wrong factors", bits)
			}
		}
	}
}

// Numbers that no key has.
func TestRunOddNumbers(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(3)
	var s fermat.Search
	for range 500 {
		p := weaktest.InRound(rng, 40+rng.IntN(40), 1+rng.Int64N(100))
		three := weaktest.Next(weaktest.Number(rng, 2+rng.IntN(40)))
		for _, n := range []*big.Int{p.P, three.Mul(three, p.N()), new(big.Int).Mul(p.N(), p.N())} {
			if root := new(big.Int).Sqrt(n); root.Mul(root, root).Cmp(n) == 0 {
				if got, err := s.Run(t.Context(), n, 1); err != nil || got != (fermat.Result{Square: true}) {
					t.Fatalf("%x: %+v, %v", n, got, err)
				}
				continue
			}
			check(t, &s, n, 100)
		}
	}
	// All small ones, in rounds enough to the end, which are not all run.
	for n := big.NewInt(3); n.Int64() < 2000; n.Add(n, big.NewInt(2)) {
		if root := new(big.Int).Sqrt(n); root.Mul(root, root).Cmp(n) != 0 {
			check(t, &s, n, 1000)
		}
	}
}

// Primes that differ by a power of two and what it takes to the next prime, and
// by the power alone.
func TestRunApart(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(7)
	var s fermat.Search
	for _, tc := range []struct{ bits, k int }{{128, 40}, {129, 60}, {512, 156}, {1024, 412}, {1025, 500}} {
		p := weaktest.Offset(rng, tc.bits, tc.k)
		n := p.N()
		got, err := s.RunApart(t.Context(), n, tc.k, 2000)
		if err != nil || !got.Factored {
			t.Fatalf("%+v: %+v, %v", tc, got, err)
		}
		if a, b := s.Factors(); a.Cmp(p.P) != 0 || b.Cmp(p.Q) != 0 {
			t.Errorf("%+v: %x, %x", tc, a, b)
		}
		if got, err := s.RunApart(t.Context(), n, tc.k-1, 2000); err != nil || got.Factored {
			t.Errorf("%+v, another power: %+v, %v", tc, got, err)
		}
		p.P = new(big.Int).Add(p.Q, new(big.Int).Lsh(big.NewInt(1), uint(tc.k)))
		if got, err := s.RunApart(t.Context(), p.N(), tc.k, 1); err != nil || got.Rounds != 1 || !got.Factored {
			t.Errorf("%+v, the power alone: %+v, %v", tc, got, err)
		}
	}
}

func TestResidues(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(8)
	moduli := []uint64{1, 3, 1 << 32, 1<<55 - 1}
	var all []*fermat.Weights
	for _, m := range moduli {
		all = append(all, fermat.NewWeights(m))
	}
	largest := new(big.Int).Lsh(big.NewInt(1), fermat.MaxBits)
	got := make([]uint64, len(all))
	for _, n := range []*big.Int{{}, big.NewInt(7), weaktest.Number(rng, 999), largest.Sub(largest, big.NewInt(1))} {
		fermat.Residues(got, n, all)
		for i, m := range moduli {
			if want := new(big.Int).Mod(n, new(big.Int).SetUint64(m)).Uint64(); got[i] != want {
				t.Errorf("%x mod %d = %d, got %d", n, m, want, got[i])
			}
		}
	}
}

// Sound moduli of every kind of length cost no memory, nor do the few rounds in
// millions that the sieve leaves to be computed.
func TestRunAllocatesNothing(t *testing.T) {
	rng := weaktest.Rand(4)
	var s fermat.Search
	ctx := t.Context()
	for _, bits := range []int{512, 1000, 2048, 4096, fermat.MaxBits} {
		n := weaktest.Number(rng, bits)
		n.SetBit(n, 0, 1)
		if count := testing.AllocsPerRun(10, func() {
			if got, err := s.Run(ctx, n, 3_000_000); err != nil || got.Factored {
				t.Error(got, err)
			}
		}); count != 0 {
			t.Errorf("%d bits: %v allocations", bits, count)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	n := weaktest.Sound(weaktest.Rand(5), 512).N()
	got, err := new(fermat.Search).Run(ctx, n, 1<<30)
	if err == nil || got.Factored || got.Rounds == 0 || got.Rounds > 1<<20 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	var s fermat.Search
	if got, err := s.Run(t.Context(), weaktest.Published()[0], 1); err != nil || !got.Factored {
		t.Fatal(got, err)
	}
	if s.Forget(); !reflect.ValueOf(&s).Elem().IsZero() {
		t.Error("something is left")
	}
}

func BenchmarkRun(b *testing.B) {
	for _, bits := range []int{1024, 2048, 4096, fermat.MaxBits} {
		n := weaktest.Number(weaktest.Rand(6), bits)
		n.SetBit(n, 0, 1)
		for _, rounds := range []int{1, 100, 100_000} {
			b.Run(fmt.Sprintf("bits=%d/rounds=%d", bits, rounds), func(b *testing.B) {
				b.ReportAllocs()
				var s fermat.Search
				for b.Loop() {
					if got, _ := s.Run(b.Context(), n, rounds); got.Factored {
						b.Fatal(got)
					}
				}
			})
		}
	}
}
