//go:build !race

package keys_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log"
	"math/big"
	"time"

	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/keys/issuer"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

func ExampleReadList() {
	s, done := exampleSession(remoteuitest.Config{})
	defer done()
	list, err := keys.ReadList(context.Background(), s)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range list.Entries {
		fmt.Printf("%q used for %v, reserved %t\n", e.Name, e.Uses, e.Reserved())
	}
	// Output:
	// "AMS" used for [], reserved true
	// "Default Key" used for [], reserved true
	// "TLS-2021" used for [tls], reserved false
}

// The list and every key's details page, in one walk.
func ExampleReadAllDetails() {
	s, done := exampleSession(remoteuitest.Config{})
	defer done()
	_, details, err := keys.ReadAllDetails(context.Background(), s)
	if err != nil {
		log.Fatal(err)
	}
	old := details["TLS-2021"]
	fmt.Println(old.Algorithm, old.Bits, old.SubjectName(), old.Validity().Hours()/24, "days")
	// Output:
	// RSA 2048 CN=printer.example,O=Example Office 3652 days
}

func ExampleGenerate() {
	s, done := exampleSession(remoteuitest.Config{})
	defer done()
	list, err := keys.Generate(context.Background(), s, keys.Spec{
		Name: "tls2026", Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048}, CommonName: "printer.example",
		NotBefore: time.Now(), NotAfter: time.Now().AddDate(5, 0, 0),
	}, keys.Wait{Interval: 10 * time.Millisecond})
	if err != nil {
		log.Fatal(err)
	}
	made, ok := list.Find("tls2026")
	fmt.Println(ok, made.Unused())
	// Output:
	// true true
}

// The device makes key and request, a CA the certificate, and that is registered
// with the key.
func ExampleGenerateCSR() {
	s, done := exampleSession(remoteuitest.Config{})
	defer done()
	ctx := context.Background()
	spec := keys.Spec{Name: "tls2026", Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048}, CommonName: "printer.example", Organization: "Example"}
	csr, err := keys.GenerateCSR(ctx, s, spec, keys.Wait{Interval: 10 * time.Millisecond})
	if err != nil {
		log.Fatal(err)
	}
	if wrong, err := keys.CheckCSR(csr, spec, keys.DefaultRounds); err != nil || len(wrong) > 0 {
		log.Fatal(wrong, err) // a weak key, or another request than was ordered
	}
	root, err := testca.New(&testca.Options{ECDSA: true})
	if err != nil {
		log.Fatal(err)
	}
	ca, err := issuer.NewLocalCA(root.Certificate(), root.Key(), nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	chain, err := ca.Issue(keys.WithOrder(ctx, keys.Order{Spec: spec}), csr)
	if err != nil {
		log.Fatal(err)
	}
	details, err := keys.RegisterCertificate(ctx, s, spec.Name, chain[0])
	if err != nil {
		log.Fatal(err)
	}
	ok, named, _ := details.Matches(chain[0], "printer.example")
	fmt.Println(ok, named)
	// Output:
	// true true
}

// The device signature is the one certificate that a device gives out, and its
// key is made anew in the place of the old one.
func ExampleRenewSignature() {
	s, done := exampleSession(remoteuitest.Config{
		Keys: []remoteuitest.KeySpec{{Name: "Default Key"}, {Name: "Device Signature Key", Weak: true}},
	})
	defer done()
	ctx := context.Background()
	state := func() keys.Weakness {
		der, err := keys.ExportSignature(ctx, s)
		if err != nil {
			log.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			log.Fatal(err)
		}
		finding, _ := keys.CheckKey(cert.PublicKey, keys.DefaultRounds)
		return finding.State
	}
	fmt.Println(state())
	if _, err := keys.RenewSignature(ctx, s, keys.Wait{Interval: 10 * time.Millisecond}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(state())
	// Output:
	// proved
	// not-found
}

// Another machine's S/MIME certificate is registered, found and deleted again.
func ExampleRegisterSMIME() {
	s, done := exampleSession(remoteuitest.Config{})
	defer done()
	ctx := context.Background()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x1f2e3d4c5b6a), Subject: pkix.Name{CommonName: "east wing"},
		NotBefore: time.Now(), NotAfter: time.Now().AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		log.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		log.Fatal(err)
	}
	listed := func() bool {
		entries, err := keys.ReadSMIMECertificates(ctx, s)
		if err != nil {
			log.Fatal(err)
		}
		_, ok := keys.FindSMIME(entries, cert)
		return ok
	}
	if err := keys.RegisterSMIME(ctx, s, der, "eastwing.cer"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(listed())
	if err := keys.DeleteSMIME(ctx, s, cert); err != nil {
		log.Fatal(err)
	}
	fmt.Println(listed())
	// Output:
	// true
	// false
}

// exampleSession logs in to a simulated device; done logs out and ends it.
func exampleSession(cfg remoteuitest.Config) (s *remoteui.Session, done func()) {
	cfg.Language = "en"
	printer, err := remoteuitest.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	s, err = remoteui.Dial(ctx, remoteui.Config{
		URL: printer.URL(), DialContext: printer.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
	})
	if err != nil {
		log.Fatal(err)
	}
	return s, func() {
		s.Close(ctx)
		printer.Close()
	}
}

// What is looked at before the first change, and a look of the device itself at a
// certificate: its words are for people.
func ExampleCheckForm() {
	s, done := exampleSession(remoteuitest.Config{})
	defer done()
	ctx := context.Background()
	fmt.Println("a key:", keys.CheckForm(ctx, s, false))
	fmt.Println("a request:", keys.CheckForm(ctx, s, true))
	said, err := keys.VerifyCertificate(ctx, s, "TLS-2021")
	fmt.Printf("%q %v\n", said, err)
	// Output:
	// a key: <nil>
	// a request: <nil>
	// "The certificate is valid." <nil>
}
