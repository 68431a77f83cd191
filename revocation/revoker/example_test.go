package revoker_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// A CA that has no interface is asked by a person.
func ExampleInstructions() {
	ca := exampleCA()
	evidence := revocation.Evidence{
		Device:      revocation.Device{URL: "https://mfp.example"},
		Key:         "TLS2021",
		Weakness:    revocation.Weakness{State: "proved"},
		Certificate: &revocation.CertificateRecord{DER: issued(ca, 0x6100abcd)},
	}
	// Without Issuers there would be no command: nothing would prove that the
	// serial number is this certificate's at the CA.
	r := revoker.Instructions{ADCS: `ca01\Example Issuing CA`, Issuers: []*x509.Certificate{ca.cert}}
	err := r.Revoke(context.Background(), evidence, revocation.DefaultReason(evidence))
	if byHand, ok := errors.AsType[*revocation.ByHandError](err); ok {
		for _, c := range byHand.Instruction.Commands {
			fmt.Println(c.Line)
		}
	}
	// Output:
	// certutil -config "ca01\Example Issuing CA" -revoke 6100abcd 1
	// certutil -config "ca01\Example Issuing CA" -CRL
}
