package keycheck_test

import (
	_ "embed"
	"math/big"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/keycheck"
)

//go:embed testdata/published.tsv
var published string

// What other checkers say of the keys that they are tested with stands beside what
// this one says. Where it says less, docs/weak-keys.md names what is not looked for.
func TestPublishedVerdicts(t *testing.T) {
	t.Parallel()
	var names, want []string
	var found [][]keycheck.Finding
	var moduli []*big.Int
	for line := range strings.Lines(published) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 6 {
			t.Fatalf("%.60q has %d fields", line, len(fields))
		}
		number := func(text string) *big.Int {
			n, ok := new(big.Int).SetString(text, 16)
			if !ok {
				t.Fatalf("%.60q: no number", line)
			}
			return n
		}
		n := number(fields[5])
		c := keycheck.Checker{Thorough: true}
		f, err := c.Check(t.Context(), keycheck.RSA(n, number(fields[4])))
		if err != nil {
			t.Fatal(err)
		}
		names, want = append(names, fields[0]+" "+fields[1]), append(want, strings.Trim(fields[3], "-"))
		found, moduli = append(found, f), append(moduli, n)
	}
	shared, err := keycheck.SharedPrimes(t.Context(), moduli)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		if f, is := shared[i]; is {
			found[i] = append(found[i], f)
		}
		if got := kinds(found[i]); got != want[i] {
			t.Errorf("%s: %q, want %q", name, got, want[i])
		}
	}
	if len(names) < 30 {
		t.Errorf("%d keys", len(names))
	}
}
