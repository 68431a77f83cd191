package revoker_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// A CA that has no interface is asked by a person.
func ExampleInstructions() {
	evidence := revocation.Evidence{
		Device:      revocation.Device{URL: "https://mfp.example"},
		Key:         "TLS2021",
		Weakness:    revocation.Weakness{State: "proved"},
		Certificate: &revocation.CertificateRecord{Issuer: "CN=Example Issuing CA", SerialHex: "6100abcd"},
	}
	r := revoker.Instructions{ADCS: `ca01\Example Issuing CA`}
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
