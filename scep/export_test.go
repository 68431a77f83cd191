package scep

import (
	"crypto/rsa"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Making the key is most of the time of a test that makes a client.
func init() {
	newTransientKey = func() (*rsa.PrivateKey, error) { return devicetest.GenerateKey(2048) }
}
