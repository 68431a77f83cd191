package revocation_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"log"
	"time"

	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// Reasons as people and CAs write them.
func ExampleParseReason() {
	for _, text := range []string{"KEY_COMPROMISE", "4", "stolen"} {
		reason, err := revocation.ParseReason(text)
		fmt.Println(reason, err == nil)
	}
	// Output:
	// keyCompromise true
	// superseded true
	// unspecified false
}

// A key of which no certificate was ever seen: what its CA is asked with is missing,
// and the record knows the key by the fields of its page, or by its request.
func ExampleNewEvidence() {
	shown := []revocation.Field{{Label: "Issuer", Value: "CN=Office CA"}, {Label: "Serial Number", Value: "61 00 ab cd"}}
	e, err := revocation.NewEvidence(revocation.Evidence{
		Device: revocation.Device{URL: "https://mfp.example/"}, Key: "TLS2021", TakenAt: time.Now(), Source: revocation.SourceDetails, Fields: shown,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Fingerprint == revocation.FieldsFingerprint(shown))
	fmt.Println(revocation.Lacks(&revoker.Vault{}, e))

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		log.Fatal(err)
	}
	public, err := revocation.RequestPublicKey(csr)
	if err != nil {
		log.Fatal(err)
	}
	e.PublicKey = revocation.PublicKeyRecordOf(public)
	fmt.Println(e.PublicKey.Algorithm, e.PublicKey.SPKI == public.SHA256)
	// Output:
	// true
	// revoking it needs the certificate itself, or its issuer, serial number and SHA-256, which is not known: look for it in the CA's files
	// ECDSA true
}

// What became of every certificate is looked up again, a month later say.
func ExampleVerifyRevocation() {
	ctx := context.Background()
	ca, cert := exampleCA("")
	store, _, done := exampleStore()
	defer done()
	if _, err := store.Put(ctx, exampleEvidence(cert)); err != nil {
		log.Fatal(err)
	}
	for record, err := range revocation.VerifyRevocation(ctx, store, &revocation.Verifier{Issuers: []*x509.Certificate{ca.Certificate()}}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(record.Evidence.Key, record.Progress.Status.Answer) // the certificate names no list
	}
	// Output:
	// TLS2021 unknown
}
