package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log"

	"github.com/rekey-go/rekey/keys"
)

// A SCEP server that was not told otherwise issues for clients, and no browser takes
// that.
func ExampleAllows() {
	forClients := &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	for _, use := range []keys.Use{keys.UseTLS, keys.UseIEEE8021X, keys.UseIPSec} {
		fmt.Println(use, keys.Allows(forClients, use), keys.Allows(&x509.Certificate{}, use))
	}
	// Output:
	// tls false true
	// ieee8021x true true
	// ipsec true true
}

// A device's request, and the attributes of its subject in their order.
func ExampleParseCSR() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	request := &x509.CertificateRequest{Subject: pkix.Name{Country: []string{"TW"}, Organization: []string{"Example"}, CommonName: "printer.example"}}
	der, err := x509.CreateCertificateRequest(rand.Reader, request, key)
	if err != nil {
		log.Fatal(err)
	}
	csr, err := keys.ParseCSR(append(der, 0, 0)) // as devices pad it
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(csr.CheckSignature())
	for _, a := range keys.AttributesOf(csr.Subject) {
		fmt.Println(a)
	}
	// Output:
	// <nil>
	// {C TW}
	// {O Example}
	// {CN printer.example}
}

// Names of a certificate are compared by what they mean.
func ExampleSameName() {
	fmt.Println(keys.SameName("Printer.example", "printer.example."), keys.SameName("2001:db8::7", "2001:0db8:0::7"), keys.SameName("a.example", "b.example"))
	// Output:
	// true true false
}

// These are never deleted, whatever their keys are.
func ExampleReserved() {
	for _, name := range []string{"Default Key", "AMS", "Device Signature Key", "TLS-2021"} {
		fmt.Println(name, keys.Reserved(name))
	}
	// Output:
	// Default Key true
	// AMS true
	// Device Signature Key true
	// TLS-2021 false
}
