package revoker_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"testing"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// exampleTB lets an example have the servers that stand in for CAs in tests.
type exampleTB struct {
	testing.TB
	cleanUps []func()
}

func (*exampleTB) Helper()            {}
func (*exampleTB) Fatal(args ...any)  { log.Panic(args...) }
func (e *exampleTB) Cleanup(f func()) { e.cleanUps = append(e.cleanUps, f) }
func (e *exampleTB) end() {
	for _, f := range e.cleanUps {
		f()
	}
}

// exampleEvidence is of a weak key with this certificate.
func exampleEvidence(der []byte) revocation.Evidence {
	e, err := revocation.NewEvidence(revocation.Evidence{
		Device: revocation.Device{URL: "https://mfp.example"}, Key: "TLS2021", Usages: []string{"tls"},
		Weakness: revocation.Weakness{State: "proved"}, Certificate: &revocation.CertificateRecord{DER: der},
	})
	if err != nil {
		log.Fatal(err)
	}
	return e
}

// step-ca revokes for whoever has the key of a provisioner. It is asked only
// about certificates that it has signed.
func ExampleNewStepCA() {
	tb := new(exampleTB)
	defer tb.end()
	server := newStepCA(tb) // stands in for step-ca
	r, err := revoker.NewStepCA(caserver.StepCA{
		URL: server.URL, Roots: pool(server.root.cert), Provisioner: "printers", Key: server.key,
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := r.Check(ctx); err != nil { // before a device is touched
		log.Fatal(err)
	}
	evidence := exampleEvidence(server.ca.weak(0x6100abcd))
	fmt.Println(r.Revoke(ctx, evidence, revocation.DefaultReason(evidence)))
	fmt.Println(len(server.revoked), revocation.DefaultReason(evidence))

	err = r.Revoke(ctx, exampleEvidence(exampleCA().weak(0x6100abcd)), revocation.KeyCompromise)
	fmt.Println(errors.Is(err, revocation.ErrOtherIssuer))
	// Output:
	// <nil>
	// 1 keyCompromise
	// true
}

// The account that had a certificate issued may have it revoked.
func ExampleNewACME() {
	tb := new(exampleTB)
	defer tb.end()
	server := newACME(tb) // stands in for the CA
	r, err := revoker.NewACME(caserver.ACME{
		DirectoryURL: server.URL + "/dir", Key: ecKey(), Roots: pool(server.root.cert),
		Issuers: []*x509.Certificate{server.ca.cert},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Revoke(context.Background(), exampleEvidence(server.issued), revocation.KeyCompromise))
	fmt.Println("reason:", server.revoked["it"])
	// Output:
	// <nil>
	// reason: 1
}

// EJBCA knows its administrators by their client certificates.
func ExampleNewEJBCA() {
	tb := new(exampleTB)
	defer tb.end()
	server := newEJBCA(tb) // stands in for EJBCA
	r, err := revoker.NewEJBCA(revoker.EJBCAConfig{URL: server.URL, Certificate: server.admin, Roots: pool(server.root.cert)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Revoke(context.Background(), exampleEvidence(server.ca.weak(0xc0ffee)), revocation.KeyCompromise))
	fmt.Println("reason:", server.revoked["c0ffee"])
	// Output:
	// <nil>
	// reason: KEY_COMPROMISE
}

// Vault is asked by serial number, after its own copy was compared.
func ExampleNewVault() {
	tb := new(exampleTB)
	defer tb.end()
	server := newVault(tb) // stands in for Vault
	der := server.ca.weak(0xc0ffee01)
	server.stored["c0:ff:ee:01"] = der
	r, err := revoker.NewVault(revoker.VaultConfig{
		URL: server.URL, Mount: "pki/int", Namespace: "printing", Roots: pool(server.root.cert),
		Token: revoker.StaticToken(vaultToken),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Revoke(context.Background(), exampleEvidence(der), revocation.KeyCompromise))
	fmt.Println(len(server.revoked))
	// Output:
	// <nil>
	// 1
}

// A CA that this package does not know is a function.
func ExampleFunc() {
	ca := exampleCA()
	r := revoker.Func(func(_ context.Context, e revocation.Evidence, reason revocation.Reason) error {
		cert, err := revocation.ParseCertificate(e.Certificate.DER)
		if err != nil {
			return err
		}
		if _, err := revocation.IssuerOf(cert, []*x509.Certificate{ca.cert}); err != nil {
			return err // never ask a CA about another one's certificate
		}
		fmt.Println("revoke", cert.SerialHex(), reason)
		return nil
	})
	fmt.Println(r.Revoke(context.Background(), exampleEvidence(ca.weak(0x6100abcd)), revocation.KeyCompromise))
	fmt.Println(r.Revoke(context.Background(), exampleEvidence(exampleCA().weak(7)), revocation.KeyCompromise))
	// Output:
	// revoke 6100abcd keyCompromise
	// <nil>
	// the certificate was not issued by this CA: its issuer is "CN=Example Issuing CA", and its signature is of none of the CA's certificates: "CN=Example Issuing CA"
}

// First asks, for every certificate, the first CA that it is of; a person is
// asked where it is of none.
func ExampleFirst() {
	tb := new(exampleTB)
	defer tb.end()
	server := newStepCA(tb)
	step, err := revoker.NewStepCA(caserver.StepCA{
		URL: server.URL, Roots: pool(server.root.cert), Provisioner: "printers", Key: server.key,
	})
	if err != nil {
		log.Fatal(err)
	}
	all := revoker.First{step, revoker.Instructions{}}
	ctx := context.Background()
	fmt.Println(all.Revoke(ctx, exampleEvidence(server.ca.weak(0x6100abcd)), revocation.KeyCompromise))
	_, byHand := errors.AsType[*revocation.ByHandError](all.Revoke(ctx, exampleEvidence(exampleCA().weak(7)), revocation.KeyCompromise))
	fmt.Println("a person:", byHand)
	// Output:
	// <nil>
	// a person: true
}
