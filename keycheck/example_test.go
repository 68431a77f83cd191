package keycheck_test

import (
	"context"
	"fmt"
	"log"
	"math/big"
	"time"

	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/keycheck"
)

// A key is looked at alone. Whoever doubts the finding gets a signature that only
// the private key can make, over a nonce of theirs.
func ExampleChecker() {
	key := keycheck.RSA(weaktest.Published()[0], big.NewInt(65537)) // of a printer with the flaw
	var checker keycheck.Checker
	findings, err := checker.Check(context.Background(), key)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range findings {
		fmt.Println(f.Kind, f.Severity, f.Provable)
	}
	nonce := []byte("chosen by whoever asks")
	proof, err := findings[0].Prove(key, nonce, time.Now())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(proof.Verify(key, nonce), proof.Verify(key, []byte("another")) != nil)
	// Output:
	// next-prime broken true
	// <nil> true
}

// Keys that share a prime factor each other, whatever their lengths.
func ExampleSharedPrimes() {
	p, q, r := big.NewInt(1000003), big.NewInt(1000033), big.NewInt(1000037)
	moduli := []*big.Int{
		new(big.Int).Mul(p, q), new(big.Int).Mul(p, r), new(big.Int).Mul(big.NewInt(1000039), big.NewInt(1000081)),
	}
	findings, err := keycheck.SharedPrimes(context.Background(), moduli)
	if err != nil {
		log.Fatal(err)
	}
	for i := range moduli {
		fmt.Printf("%d %q\n", i, findings[i].Kind)
	}
	// Output:
	// 0 "shared-prime"
	// 1 "shared-prime"
	// 2 ""
}
