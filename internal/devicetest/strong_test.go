package devicetest_test

import (
	"testing"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Each key is a sound one, and another.
func TestGenerateKey(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	// The second length is not in the table, and of the first there are 28 keys.
	for i := range 70 {
		bits := []int{1024, 1032}[i%2]
		if i < 4 {
			bits = 1024 * (i + 1)
		}
		key, err := devicetest.GenerateKey(bits)
		if err != nil || key.Validate() != nil || key.N.BitLen() != bits {
			t.Fatal(err, key)
		}
		if seen[key.N.String()] {
			t.Fatalf("key %d was there before", i)
		}
		seen[key.N.String()] = true
	}
	if _, err := devicetest.GenerateKey(512); err == nil {
		t.Error("a key of 512 bits, which crypto/rsa does not make")
	}
}
