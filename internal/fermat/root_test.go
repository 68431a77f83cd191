package fermat

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"
)

// numbers yields numbers of the length that are hard on a square root: random
// ones, and those with long runs of ones and zeros, squares and their neighbours.
func numbers(rng *rand.Rand, bits int, yield func(*big.Int)) {
	random := func(bits int) *big.Int {
		n := new(big.Int)
		for range bits/64 + 1 {
			n.Or(n.Lsh(n, 64), new(big.Int).SetUint64(rng.Uint64()))
		}
		n.Rsh(n, uint(n.BitLen()-min(n.BitLen(), bits)))
		return n.SetBit(n, bits-1, 1)
	}
	runs := func(bits int) *big.Int {
		n := new(big.Int)
		for n.BitLen() < bits {
			length := 1 + rng.UintN(150)
			n.Lsh(n, length)
			if rng.IntN(2) == 0 || n.Sign() == 0 {
				n.Or(n, new(big.Int).Sub(new(big.Int).Lsh(one, length), one))
			}
		}
		return n.Rsh(n, uint(n.BitLen()-bits))
	}
	yield(new(big.Int).Lsh(one, uint(bits-1)))
	yield(new(big.Int).Sub(new(big.Int).Lsh(one, uint(bits)), one))
	yield(random(bits))
	yield(runs(bits))
	for _, make := range []func(int) *big.Int{random, runs} {
		root := make((bits + 1) / 2)
		square := new(big.Int).Mul(root, root)
		for _, by := range []int64{0, -1, 1} {
			yield(new(big.Int).Add(square, big.NewInt(by)))
		}
		yield(square.Add(square, root.Lsh(root, 1))) // the largest with this root
	}
}

// rootChecker compares the root of a number with that of math/big.
func rootChecker(t *testing.T) func(n *big.Int) {
	var r rooter
	room := make([]uint64, MaxBits/64+1)
	return func(n *big.Int) {
		if n.Sign() <= 0 || n.BitLen() > MaxBits {
			return
		}
		want := new(big.Int).Sqrt(n)
		got, exact := r.sqrt(load(room, n))
		if number(got).Cmp(want) != 0 {
			t.Fatalf("the root of %x is %x, got %x", n, want, number(got))
		}
		if square := new(big.Int).Mul(want, want).Cmp(n) == 0; exact != square {
			t.Fatalf("%x: square %t, got %t", n, square, exact)
		}
	}
}

func TestRoot(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	check := rootChecker(t)
	each := 1100
	if testing.Short() { // with the race detector; here is no concurrency
		each = 200
	}
	for bits := 1; bits <= each; bits++ {
		numbers(rng, bits, check)
	}
	for bits := each + 1; bits <= MaxBits; bits += 151 {
		numbers(rng, bits, check)
	}
	numbers(rng, MaxBits, check)
}

// Roots whose fraction is 2^-j, or as much less than 1, for each j: where it is
// small, the last rest decides, and not the fraction of its estimate.
func TestRootNearSquares(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(2, 1))
	check := rootChecker(t)
	lengths := []int{130, 200, 256, 321, 512, 600, 1024, 1537, 2048}
	if !testing.Short() {
		lengths = append(lengths, 4096, MaxBits)
	}
	for _, bits := range lengths {
		numbers(rng, (bits+1)/2, func(root *big.Int) {
			square, twice := new(big.Int).Mul(root, root), new(big.Int).Lsh(root, 1)
			for j := range uint(100) {
				by := new(big.Int).Rsh(twice, j)
				check(by.Add(square, by))
				check(by.Sub(new(big.Int).Lsh(square, 1), by)) // as much below the square
			}
		})
	}
}

func BenchmarkRoot(b *testing.B) {
	var r rooter
	n := new(big.Int).Lsh(one, 2048)
	n.Sub(n, new(big.Int).Lsh(big.NewInt(12345678910111213), 1900))
	n.Sub(n, big.NewInt(0x123456789abcdef))
	limbs := load(make([]uint64, 40), n)
	best := time.Duration(math.MaxInt64)
	const batch = 64
	for b.Loop() { // the shortest is what other programs do not slow down
		began := time.Now()
		for range batch {
			r.sqrt(limbs)
		}
		best = min(best, time.Since(began))
	}
	b.ReportMetric(float64(best.Nanoseconds())/batch, "best-ns")
	b.ReportMetric(0, "ns/op")
}
