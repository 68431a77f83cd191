package scep_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/scep"
)

// The CA's fingerprint is known from elsewhere: SCEP is mostly plain HTTP, and
// anybody could answer.
func ExampleNewClient() {
	ca := plainCA()
	handler, err := ca.Server(testca.SCEP{Challenge: "open sesame"})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(handler) // stands in for the CA's server
	defer server.Close()

	client, err := scep.NewClient(server.URL+"/scep", &scep.ClientOptions{
		Fingerprint: scep.Fingerprints(ca.Root()).SHA256,
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	info, err := client.Check(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.CAs[0].Subject)

	csr, err := testca.NewRequest(rsaKey(), x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example"}}, "open sesame")
	if err != nil {
		log.Fatal(err)
	}
	chain, err := client.Issue(ctx, csr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(chain[0].Subject, "by", chain[0].Issuer)

	// Only the device's own key can put a challenge password into a request.
	csr, err = testca.NewRequest(ecdsaKey(), x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example"}}, "")
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Issue(ctx, csr)
	failure, ok := errors.AsType[*scep.FailureError](err)
	fmt.Println(ok, scep.ChallengeIn(csr), failure.NoChallenge)
	// Output:
	// CN=Test CA,O=Rekey tests
	// CN=mfp.example by CN=Test CA,O=Rekey tests
	// true false true
}

// A CA that is not known yet shows its certificates, for somebody to compare.
func ExampleClient_CA() {
	ca := plainCA()
	handler, err := ca.Server(testca.SCEP{})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	client, err := scep.NewClient(server.URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	shown, err := client.CA(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(shown[0].Subject, scep.Fingerprints(shown[0]).SHA256 == scep.Fingerprints(ca.Root()).SHA256)
	capabilities, err := client.Capabilities(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(capabilities.Has("SHA-256"), capabilities.Has("Renewal"))
	_, err = client.Check(ctx) // nobody has said yet that it is the right one
	_, untrusted := errors.AsType[*scep.UntrustedError](err)
	fmt.Println(untrusted)
	// Output:
	// CN=Test CA,O=Rekey tests true
	// true false
	// true
}

// The device has a field of its own for the port.
func ExampleServerSettings() {
	settings, err := scep.ServerSettings("http://ca.example:8080/scep")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(settings.ServerURL, settings.Port, settings.URL())
	fmt.Println(settings.Differs(scep.DeviceSettings{ServerURL: "http://ca.example/scep", Port: "80", Timeout: "60"}))
	_, err = scep.ServerSettings("https://ca.example/scep")
	fmt.Println(err)
	// Output:
	// http://ca.example/scep 8080 http://ca.example:8080/scep
	// true
	// SCEP server: want http://HOST[:PORT]/PATH: devices speak SCEP over plain HTTP only
}

func ExampleDeviceRequest_Validate() {
	r := scep.DeviceRequest{
		Spec:     keys.Spec{Name: "sip2026", Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048}, CommonName: "mfp.example"},
		Location: keys.UseSIP,
	}
	fmt.Println(r.Validate())
	// Output:
	// Location: "sip" has no certificates by SCEP (G-7)
}
