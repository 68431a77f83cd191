package pki_test

import (
	"bufio"
	"bytes"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/rekey-go/rekey/internal/simdevice/internal/pki"
)

// The table is what the generator makes: its first entry is searched again.
func TestTableMatchesGenerator(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("primes.txt")
	if err != nil {
		t.Fatal(err)
	}
	p, q, err := pki.DistantPrimes(rand.New(rand.NewPCG(26320, 1024)), 1024)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := pki.WriteEntry(&want, 1024, false, p, q); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, want.Bytes()) {
		t.Error("primes.txt does not come from this code: run go generate")
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	seen := make(map[string]bool)
	for lines.Scan() {
		if seen[lines.Text()] {
			t.Error("an entry stands in the table twice")
		}
		seen[lines.Text()] = true
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
}
