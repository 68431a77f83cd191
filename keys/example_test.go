package keys_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http/httptest"
	"time"

	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
)

func ExampleCheckKey() {
	p, _ := new(big.Int).SetString("170141183460469231731687303715884105727", 10)
	q, _ := new(big.Int).SetString("170141183460469231731687303715884105757", 10) // 30 further on
	finding, isRSA := keys.CheckKey(&rsa.PublicKey{N: p.Mul(p, q), E: 65537}, keys.DefaultRounds)
	fmt.Println(isRSA, finding.State == keys.Proved)

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	finding, isRSA = keys.CheckKey(key.Public(), keys.DefaultRounds)
	fmt.Println(isRSA, finding.State)
	// Output:
	// true true
	// false unknown
}

// A form is checked before anything is sent; every fault is named, with the row
// of the procedure that it breaks (docs/procedure.md).
func ExampleSpec_Validate() {
	spec := keys.Spec{
		Name: "east wing", Hash: "SHA512", Algorithm: keys.Algorithm{RSABits: 512}, CommonName: "192.0.2.7",
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	fmt.Println(spec.Validate())
	field, ok := errors.AsType[*keys.FieldError](spec.Validate())
	fmt.Println(ok, field.Field, field.Row)
	// Output:
	// Name: want 1 to 24 letters and digits (G-1)
	// Hash: SHA512 needs an RSA key of 1024 bits or more (G-2)
	// true Name G-1
}

func ExampleParseAlgorithm() {
	for _, text := range []string{"rsa4096", "ecdsa-p256", "rsa1000"} {
		a, err := keys.ParseAlgorithm(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %d %q\n", a, a.RSABits, a.Curve)
	}
	// Output:
	// rsa4096: 4096 ""
	// ecdsa-p256: 0 "P256"
	// RSA of 1000 bits: want 512, 1024, 2048 or 4096
}

// The certificate is seen, and in a whole handshake its private key is proved.
func ExampleHandshake() {
	server := httptest.NewUnstartedServer(nil)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	address := server.Listener.Addr().String()

	served, err := keys.Handshake(context.Background(), nil, address)
	if err != nil {
		log.Fatal(err)
	}
	cert, err := x509.ParseCertificate(served.Chain[0])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cert.Subject, served.Proved)

	seen, err := keys.ServedCertificate(context.Background(), nil, address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(seen.Chain), seen.Proved) // anybody can send a certificate
	// Output:
	// O=Acme Co true
	// 1 false
}

// Whatever a device asks for, only what was ordered goes to the CA.
func ExampleOrder_Check() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	csr, err := testca.NewRequest(key, x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "printer.example"}, DNSNames: []string{"printer.example", "intranet.example"},
	}, "")
	if err != nil {
		log.Fatal(err)
	}
	order := keys.Order{Device: "printer.example", Spec: keys.Spec{Name: "new", CommonName: "printer.example"}}
	fmt.Println(order.Check(csr, 0))
	fmt.Println(order.NamesFor(csr)) // what a CA is to write into the certificate
	// Output:
	// CSR of key "new": it asks for something else than was ordered: name (SAN) that was not ordered: intranet.example
	// [printer.example]
}

// An issuer of one's own is one method. The order tells what the certificate is
// for, and what it is to say.
func ExampleIssuer() {
	ca, err := testca.New(&testca.Options{ECDSA: true})
	if err != nil {
		log.Fatal(err)
	}
	var issuer keys.Issuer = officeCA{ca}

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	csr, err := testca.NewRequest(key, x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "printer.example"}, DNSNames: []string{"printer.example"},
	}, "")
	if err != nil {
		log.Fatal(err)
	}
	order := keys.Order{Uses: []keys.Use{keys.UseTLS}, Spec: keys.Spec{CommonName: "printer.example"}}
	chain, err := issuer.Issue(keys.WithOrder(context.Background(), order), csr)
	if err != nil {
		log.Fatal(err)
	}
	// What a CA answers is checked before it goes to a device.
	cert, err := keys.CheckIssued(chain, keys.Expected{
		CSR: csr, Order: &order, Uses: order.Uses, Now: time.Now(), CAs: []*x509.Certificate{ca.Root()},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cert.Subject, "issued by", cert.Issuer)
	// Output:
	// asked for a certificate for [tls]
	// CN=printer.example issued by CN=Test CA,O=Rekey tests
}

// officeCA has certificates issued by a CA that this package does not know.
type officeCA struct{ ca *testca.CA }

func (o officeCA) Issue(ctx context.Context, csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
	order, _ := keys.OrderFrom(ctx)
	fmt.Println("asked for a certificate for", order.Uses)
	cert, err := o.ca.Issue(csr)
	if err != nil {
		return nil, err
	}
	return append([]*x509.Certificate{cert}, o.ca.Chain()...), nil
}

func ExampleIsHost() {
	for _, name := range []string{"192.0.2.7", "printer.example", "2001:db8::7", "Canon MFP"} {
		fmt.Println(name, keys.IsHost(name))
	}
	fmt.Println(keys.SameName("Printer.example.", "printer.EXAMPLE"), keys.Reserved(keys.DefaultKey))
	// Output:
	// 192.0.2.7 true
	// printer.example true
	// 2001:db8::7 true
	// Canon MFP false
	// true true
}
