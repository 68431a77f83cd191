package batchgcd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
)

func odd(rng *rand.Rand, bits int) *big.Int {
	data := make([]byte, (bits+7)/8)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	n := new(big.Int).SetBytes(data)
	n.Rsh(n, uint(8*len(data)-bits))
	n.SetBit(n, bits-1, 1)
	return n.SetBit(n, 0, 1)
}

func BenchmarkRests(b *testing.B) {
	for _, count := range []int{1000, 10_000} {
		b.Run(fmt.Sprintf("moduli=%d", count), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			var moduli []*big.Int
			for range count {
				moduli = append(moduli, odd(rng, 2048))
			}
			for b.Loop() {
				if _, err := Rests(b.Context(), moduli); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMultiply(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, words := range []int{1024, 1536, 2048, 4096, 8192, 160_000} {
		x, y := odd(rng, 64*words), odd(rng, 64*words)
		b.Run(fmt.Sprintf("words=%d", words), func(b *testing.B) {
			for b.Loop() {
				multiply(x, y)
			}
		})
	}
}

// hard are numbers whose digits and sums are as great, or as small, as they can be.
func hard(rng *rand.Rand, bits int) *big.Int {
	n := new(big.Int).Lsh(one, uint(bits-1))
	switch rng.IntN(4) {
	case 0:
		return n.SetBit(n, 0, 1)
	case 1:
		return n.Lsh(n, 1).Sub(n, one)
	}
	return odd(rng, bits)
}

func TestMultiply(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, words := range []int{long / 2, long/2 + 1, 1500, 2048, 3000, 10_000} {
		if testing.Short() && words > 1500 { // with the race detector
			continue
		}
		for _, other := range []int{long/2 - 1, long / 2, words, 2 * words} {
			x, y := hard(rng, wordBits*words), hard(rng, wordBits*other)
			ones := new(big.Int).Sub(new(big.Int).Lsh(one, uint(wordBits*words)), one)
			if multiply(ones, ones).Cmp(new(big.Int).Mul(ones, ones)) != 0 {
				t.Errorf("%d words of ones", words)
			}
			if multiply(x, y).Cmp(new(big.Int).Mul(x, y)) != 0 {
				t.Errorf("%d by %d words", words, other)
			}
			if y.Neg(y); multiply(x, y).Cmp(new(big.Int).Mul(x, y)) != 0 {
				t.Errorf("%d by %d words, negative", words, other)
			}
		}
	}
}

// A fraction is right to its last word but for a unit, also of nodes that fill a
// transform, so that what comes back at its end comes as near as it can.
func TestSplit(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 5))
	for words := long / 2; words < 2*long; words++ {
		if testing.Short() && words > long || planFor(2*words).length == planFor(2*words+guard+1).length && words%500 != 0 {
			continue
		}
		a, b := hard(rng, wordBits*words), odd(rng, wordBits*words)
		n := new(big.Int).Mul(a, b)
		fraction := hard(rng, wordBits*places(n))
		left, right := split(n, fraction, a, b)
		for _, half := range []struct{ got, of, other *big.Int }{{left, a, b}, {right, b, a}} {
			want := new(big.Int).Mul(fraction, half.other)
			want = new(big.Int).SetBits(cut(want.Bits(), places(n)-places(half.of), places(n)))
			if want.Sub(want, half.got); want.CmpAbs(one) > 0 {
				t.Errorf("%d words: wrong by %x", words, want)
			}
		}
	}
}

func TestEach(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	var calls atomic.Int64
	err := each(ctx, 1000, func(int) {
		if calls.Add(1) == 3 {
			stop()
		}
	})
	if most := int64(3 + runtime.GOMAXPROCS(0)); !errors.Is(err, context.Canceled) || calls.Load() > most {
		t.Errorf("%v after %d calls, want at most %d", err, calls.Load(), most)
	}
	var done [100]atomic.Bool
	if err := each(t.Context(), len(done), func(i int) {
		if done[i].Swap(true) {
			t.Errorf("%d twice", i)
		}
	}); err != nil {
		t.Error(err)
	}
	for i := range done {
		if !done[i].Load() {
			t.Errorf("%d not at all", i)
		}
	}
}

// What is computed of all at once is what is computed of each.
func TestRests(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 3))
	for _, tc := range []struct {
		count, least, most int // moduli, of so many bits
	}{
		{0, 0, 0}, {1, 2, 2}, {2, 2, 300}, {3, 512, 512}, {17, 16384, 16384}, {150, 2048, 2048}, {101, 2, 4096}, {40, 2, 16384}, {700, 64, 512},
	} {
		if testing.Short() && tc.most > 4096 {
			continue
		}
		var moduli []*big.Int
		product := big.NewInt(1)
		for range tc.count {
			n := hard(rng, tc.least+rng.IntN(tc.most-tc.least+1))
			moduli = append(moduli, n)
			product.Mul(product, n)
		}
		rests, err := Rests(t.Context(), moduli)
		if err != nil || len(rests) != tc.count {
			t.Fatalf("%+v: %d, %v", tc, len(rests), err)
		}
		for i, n := range moduli {
			if want := new(big.Int).Div(product, n); rests[i].Cmp(want.Mod(want, n)) != 0 {
				t.Fatalf("%+v: number %d: %x, want %x modulo %x", tc, i, rests[i], want, n)
			}
		}
	}
}

// Wherever it is, it ends with its context: it asks that at each node.
func TestRestsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 4))
	moduli := make([]*big.Int, 40)
	for i := range moduli {
		moduli[i] = odd(rng, 8192)
	}
	whole := &ends{Context: t.Context(), after: math.MaxInt64}
	if _, err := Rests(whole, moduli); err != nil {
		t.Fatal(err)
	}
	for after := int64(1); after <= whole.asked.Load()/2; after += 1 + after/2 {
		ctx := &ends{Context: t.Context(), after: after}
		// Each worker may ask once more, and each of the callers up to the first.
		if _, err := Rests(ctx, moduli); !errors.Is(err, context.Canceled) || ctx.asked.Load() > after+int64(runtime.GOMAXPROCS(0))+20 {
			t.Errorf("ended when it was asked %d times: %v, asked %d times", after, err, ctx.asked.Load())
		}
	}
}

// ends is a context that has ended when it has been asked so often.
type ends struct {
	context.Context
	asked atomic.Int64
	after int64
}

func (e *ends) Err() error {
	if e.asked.Add(1) >= e.after {
		return context.Canceled
	}
	return nil
}
