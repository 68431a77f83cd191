package keycheck_test

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/keycheck"
)

// The key of a real printer, and the proof for a CA that asks with its nonce.
func ExampleChecker_Check() {
	key := keycheck.RSA(weaktest.Published()[0], big.NewInt(65537))
	var c keycheck.Checker
	findings, err := c.Check(context.Background(), key)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range findings {
		fmt.Println(f)
		proof, err := f.Prove(key, []byte("the CA's nonce"), time.Now())
		fmt.Println(err, proof.Verify(key, []byte("the CA's nonce")), proof.Verify(key, []byte("another")))
	}
	// Output:
	// broken: next-prime: one prime is the next after the other: CVE-2022-26320 (CA/B BR 6.1.1.3)
	// <nil> <nil> keycheck: the proof does not hold: it states something else, or of another key or nonce
}
