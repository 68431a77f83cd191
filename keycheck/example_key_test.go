package keycheck_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"log"
	"math/big"

	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/keycheck"
)

// A public key in the two forms in which tools keep one.
func ExampleParseSPKI() {
	public := &rsa.PublicKey{N: weaktest.Published()[0], E: 65537}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		log.Fatal(err)
	}
	key, err := keycheck.ParseSPKI(der)
	if err != nil {
		log.Fatal(err)
	}
	same, err := keycheck.ParsePKCS1(x509.MarshalPKCS1PublicKey(public))
	fmt.Println(err, same.SPKI == key.SPKI)

	var c keycheck.Checker
	findings, err := c.Check(context.Background(), key)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range findings {
		fmt.Println(f.Severity, f.Kind)
	}
	p, q := findings[0].Factors()
	fmt.Println(new(big.Int).Mul(p, q).Cmp(key.N) == 0)
	// Output:
	// <nil> true
	// broken next-prime
	// true
}

// What a certificate says besides its key counts, too.
func ExampleParseCertificate() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		log.Fatal(err)
	}
	k, err := keycheck.ParseCertificate(der)
	if err != nil {
		log.Fatal(err)
	}
	again, err := keycheck.Public(key.Public())
	fmt.Println(k.Algorithm, "self-signed:", k.SelfSigned, "the same key:", k.SPKI == again.SPKI, err)

	if der, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key); err != nil {
		log.Fatal(err)
	}
	asked, err := keycheck.ParseRequest(der)
	fmt.Println("its request:", asked.SPKI == k.SPKI, err)
	// Output:
	// ECDSA self-signed: true the same key: true <nil>
	// its request: true <nil>
}

// Two devices that made keys before they had random numbers.
func ExampleSharedPrimes() {
	rng := weaktest.Rand(1)
	a, b := weaktest.Sound(rng, 512), weaktest.Sound(rng, 512)
	moduli := []*big.Int{a.N(), b.N(), new(big.Int).Mul(a.P, b.Q)}
	findings, err := keycheck.SharedPrimes(context.Background(), moduli)
	if err != nil {
		log.Fatal(err)
	}
	for i := range moduli {
		f, found := findings[i]
		fmt.Println(i, found, f.Kind)
	}
	// Output:
	// 0 true shared-prime
	// 1 true shared-prime
	// 2 true shared-prime
}

// A list in the format of badkeys, with one key on it.
func ExampleNewBlocklist() {
	n := weaktest.Published()[0]
	hash := sha256.Sum256(n.Bytes())
	record := append(hash[:15:15], 1) // the number of a source
	list, err := keycheck.NewBlocklist(bytes.NewReader(record), int64(len(record)))
	if err != nil {
		log.Fatal(err)
	}
	list.Names = map[byte]string{1: "printers"}
	fmt.Println(list.Lookup(n))
	checker := keycheck.Checker{Blocklist: list} // looks there, too
	findings, err := checker.Check(context.Background(), keycheck.RSA(n, big.NewInt(65537)))
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range findings {
		fmt.Println(f.Kind)
	}
	// Output:
	// printers true <nil>
	// listed
	// next-prime
}
