package compare_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"log"
	"math/big"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/compare"
	"github.com/rekey-go/rekey/keys"
)

// Two devices came with the same key; rekey.AssessAll yields what is compared.
func ExampleKeys() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		log.Fatal(err)
	}
	var all compare.Keys
	for _, url := range []string{"https://192.0.2.7/", "https://192.0.2.8/"} {
		all.Add(&rekey.Assessment{
			Device: rekey.DeviceInfo{URL: url},
			Keys:   []rekey.KeyState{{Entry: keys.Entry{Name: keys.DefaultKey}, Certificate: der}},
		})
	}
	findings, err := all.Findings(context.Background())
	fmt.Println(all.Len(), "key,", err)
	for _, f := range findings {
		fmt.Println(f.Kind, "factory:", f.Factory, f.Places)
	}
	// Output:
	// 1 key, <nil>
	// same-key factory: true [192.0.2.7 key "Default Key" (factory) 192.0.2.8 key "Default Key" (factory)]
}
