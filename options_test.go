package rekey_test

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/keys"
)

// A key that can be factored is no remedy, and a device that has one for TLS may
// not be reached again.
func TestWeakNewKeysAreRefused(t *testing.T) {
	t.Parallel()
	for bits, refused := range map[int]bool{512: true, 1024: true, 2048: false, 4096: false} {
		_, err := rekey.Assess(t.Context(), rekey.Device{}, &rekey.Options{Key: keys.Algorithm{RSABits: bits}})
		if err == nil || strings.Contains(err.Error(), "fewer than 2048") != refused {
			t.Errorf("RSA of %d bits: %v", bits, err)
		}
	}
}
