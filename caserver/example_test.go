package caserver_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/keys/issuer"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// One step-ca issues the new certificates and revokes the old ones.
func ExampleStepCA() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // as the provisioner's is read from a file
	if err != nil {
		log.Fatal(err)
	}
	server := caserver.StepCA{URL: "https://ca.example:9000", Provisioner: "printers", Key: key, Validity: 365 * 24 * time.Hour}
	issues, err := issuer.NewStepCA(server)
	if err != nil {
		log.Fatal(err)
	}
	revokes, err := revoker.NewStepCA(server)
	if err != nil {
		log.Fatal(err)
	}
	options := rekey.Options{Kind: rekey.ByCSR, Issuer: issues, Revoker: revokes}
	fmt.Println(options.Issuer)
	fmt.Println(options.Revoker)
	// Output:
	// step-ca at "https://ca.example:9000", provisioner "printers"
	// step-ca at "https://ca.example:9000", provisioner "printers"
}

// The account that ordered the certificates at an ACME server may revoke them.
func ExampleACME() {
	account, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	server := caserver.ACME{DirectoryURL: "https://ca.example/acme/printers/directory", Key: account}
	if _, err := issuer.NewACME(server); err != nil {
		fmt.Println(err)
	}
	revokes, err := revoker.NewACME(server)
	fmt.Println(revokes, err)
	// Output:
	// issuer: ACME: nothing answers challenges: give HTTP01 or DNS01
	// ACME server "https://ca.example/acme/printers/directory" <nil>
}
