// Genpool writes the table of primes that package pki embeds. It is run by
// "go generate"; the seed is fixed, so a new run gives the same file.
package main

import (
	"bytes"
	"flag"
	"log"
	"math/rand/v2"
	"os"

	"github.com/rekey-go/rekey/internal/simdevice/internal/pki"
)

// stock says how many pairs of each kind the table holds. Tests use 2048 bits
// almost always.
var stock = []struct {
	bits         int
	strong, weak int
}{
	{1024, 8, 8},
	{2048, 40, 24},
	{3072, 4, 2},
	{4096, 4, 3},
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("genpool: ")
	out := flag.String("out", "primes.txt", "file to write")
	flag.Parse()
	if err := write(*out); err != nil {
		log.Fatal(err)
	}
}

func write(path string) error {
	var buf bytes.Buffer
	for _, s := range stock {
		rng := rand.New(rand.NewPCG(26320, uint64(s.bits)))
		for i := range s.strong + s.weak {
			weak := i >= s.strong
			search := pki.DistantPrimes
			if weak {
				search = pki.ClosePrimes
			}
			p, q, err := search(rng, s.bits)
			if err != nil {
				return err
			}
			if err := pki.WriteEntry(&buf, s.bits, weak, p, q); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(path, buf.Bytes(), 0o644)
}
