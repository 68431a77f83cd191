package fermat

import (
	"math/big"
	"math/bits"
)

// Weights reduce long numbers modulo one small number, with one multiplication a
// limb and no division but the last: they are 2^64i modulo it.
type Weights struct {
	modulus uint64
	of      [MaxBits / 64]uint64
}

// NewWeights makes the weights of a modulus below 2^55: sums of up to 2^8 limbs
// times weights then fit into 128 bits.
func NewWeights(modulus uint64) *Weights {
	w := &Weights{modulus: modulus}
	weight := 1 % modulus
	for i := range w.of {
		w.of[i] = weight
		weight = bits.Rem64(weight, 0, modulus)
	}
	return w
}

// Residues writes n modulo each modulus into z, for 0 ≤ n of at most MaxBits
// bits.
func Residues(z []uint64, n *big.Int, all []*Weights) {
	var room [MaxBits / 64]uint64
	limbs := load(room[:], n)
	for i, w := range all {
		z[i] = w.residue(limbs)
	}
}

func (w *Weights) residue(x []uint64) uint64 {
	var high, low uint64
	of := w.of[:len(x)]
	for i, limb := range x {
		h, l := bits.Mul64(limb, of[i])
		var carry uint64
		low, carry = bits.Add64(low, l, 0)
		high += h + carry
	}
	return bits.Rem64(high, low, w.modulus)
}
