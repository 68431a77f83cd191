package keys_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rekey-go/rekey/keys"
)

// BenchmarkCheckModulus measures sound moduli: the whole number of rounds.
func BenchmarkCheckModulus(b *testing.B) {
	for _, bits := range []int{1024, 2048, 4096} {
		n := soundModulus(rand.New(rand.NewPCG(1, uint64(bits))), bits)
		for _, rounds := range []int{1, 100, 10_000, keys.DefaultRounds} {
			b.Run(fmt.Sprintf("bits=%d/rounds=%d", bits, rounds), func(b *testing.B) {
				for b.Loop() {
					if keys.CheckModulus(n, rounds).State != keys.NotFound {
						b.Fatal("a sound modulus was factored")
					}
				}
			})
		}
	}
}
