package revocation_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// exampleCA is a CA, and a certificate that it issued for a device.
func exampleCA(crlURL string) (*testca.CA, *x509.Certificate) {
	ca, err := testca.New(&testca.Options{Name: "Office CA", ECDSA: true, CRLURL: crlURL})
	if err != nil {
		log.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	cert, err := ca.IssueAs(&x509.Certificate{
		SerialNumber: big.NewInt(0x6100abcd), Subject: pkix.Name{CommonName: "mfp.example"}, NotAfter: time.Now().AddDate(1, 0, 0),
	}, key.Public())
	if err != nil {
		log.Fatal(err)
	}
	return ca, cert
}

// exampleEvidence is of the certificate's key, which was found to be weak.
func exampleEvidence(cert *x509.Certificate) revocation.Evidence {
	return revocation.Evidence{
		Device: revocation.Device{URL: "https://mfp.example"}, Key: "TLS2021", Usages: []string{"tls"}, TakenAt: time.Now(),
		Source: revocation.SourceHandshake, Weakness: revocation.Weakness{State: "proved", Rounds: 1},
		Certificate: &revocation.CertificateRecord{DER: cert.Raw},
	}
}

// exampleStore is a store in a directory that done removes.
func exampleStore() (store *revocation.Store, dir string, done func()) {
	dir, err := os.MkdirTemp("", "evidence")
	if err != nil {
		log.Fatal(err)
	}
	if store, err = revocation.OpenStore(dir); err != nil {
		log.Fatal(err)
	}
	return store, dir, func() {
		store.Close()
		os.RemoveAll(dir)
	}
}

// Evidence is stored before a key is deleted, and can be handed to the CA's team
// as it is: a directory with a table.
func ExampleStore() {
	ctx := context.Background()
	_, cert := exampleCA("")
	store, dir, done := exampleStore()
	defer done()

	receipt, err := store.Put(ctx, exampleEvidence(cert))
	if err != nil {
		log.Fatal(err) // nothing may be deleted
	}
	if err := store.Check(receipt, exampleEvidence(cert)); err != nil {
		log.Fatal(err)
	}
	for e, err := range store.All() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Key, e.Certificate.SerialHex, e.Certificate.Issuer, e.Certificate.SelfSigned)
	}
	table, err := store.WriteHandOver(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, table.Path))
	if err != nil {
		log.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(table.Rows, "row;", rows[0][0], rows[0][3], "=", rows[1][0], rows[1][3])
	// Output:
	// TLS2021 6100abcd CN=Office CA,O=Rekey tests no
	// 1 row; device key = https://mfp.example TLS2021
}

// A revocation is believed only if the certificate's own issuer has signed it.
func ExampleVerifier() {
	ctx := context.Background()
	var list []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(list) }))
	defer server.Close()
	ca, cert := exampleCA(server.URL + "/office.crl")
	publish := func() {
		var err error
		if list, err = ca.CRL(); err != nil {
			log.Fatal(err)
		}
	}
	verifier := &revocation.Verifier{Issuers: []*x509.Certificate{ca.Certificate()}}

	publish()
	status, err := verifier.Check(ctx, exampleEvidence(cert))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.Answer)

	if err := ca.Revoke(cert.SerialNumber, int(revocation.KeyCompromise)); err != nil {
		log.Fatal(err)
	}
	publish()
	if status, err = verifier.Check(ctx, exampleEvidence(cert)); err != nil {
		log.Fatal(err)
	}
	check, _ := status.Decisive()
	fmt.Println(status.Answer, "by", check.Source, check.Reason)

	stranger := &revocation.Verifier{} // knows no issuer, and asks nobody
	status, err = stranger.Check(ctx, exampleEvidence(cert))
	fmt.Println(status.Answer, len(status.Checks), err)
	// Output:
	// good
	// revoked by crl keyCompromise
	// unknown 0 <nil>
}

// A follower asks for what is due and not asked for yet, in any number of runs.
func ExampleFollower() {
	ctx := context.Background()
	_, cert := exampleCA("")
	store, _, done := exampleStore()
	defer done()
	if _, err := store.Put(ctx, exampleEvidence(cert)); err != nil {
		log.Fatal(err)
	}
	asked := 0
	follower := &revocation.Follower{
		Name: "the office CA",
		Revoker: revoker.Func(func(context.Context, revocation.Evidence, revocation.Reason) error {
			asked++
			return nil
		}),
	}
	follow := func() {
		for r, err := range follower.All(ctx, store, revocation.Query{}) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("due %t, asked %d times, %q\n", !r.Progress.Due.IsZero(), asked, r.Progress.By)
		}
	}
	follow() // the key is still on the device

	for r, err := range store.Records(revocation.Query{Key: "TLS2021"}) {
		if err != nil {
			log.Fatal(err)
		}
		r.Progress = revocation.Progress{Due: time.Now(), Reason: revocation.KeyCompromise}
		if err := store.SetProgress(ctx, r.Name, r.Progress); err != nil {
			log.Fatal(err)
		}
	}
	follow()
	follow()
	// Output:
	// due false, asked 0 times, ""
	// due true, asked 1 times, "the office CA"
	// due true, asked 1 times, "the office CA"
}

// Where only the details page of a key is seen, its certificate may be among
// those that the CA issued. A guess would have the wrong one revoked.
func ExampleIndexKnown() {
	ctx := context.Background()
	_, cert := exampleCA("")
	index, err := revocation.IndexKnown(ctx, func(context.Context) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) { yield(cert.Raw, nil) } // or revocation.KnownDir
	})
	if err != nil {
		log.Fatal(err)
	}
	match, err := index.Find(revocation.Evidence{Fields: []revocation.Field{
		{Label: "Serial Number", Value: "61 00 AB CD"},
		{Label: "Issuer", Value: cert.Issuer.String()},
		{Label: "Issued To", Value: cert.Subject.String()},
	}, Printed: &revocation.Printed{Serial: "61 00 AB CD", Issuer: cert.Issuer.String(), Subject: cert.Subject.String()}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(match.Certificate.SerialHex(), "by", match.By)
	_, err = index.Find(revocation.Evidence{Printed: &revocation.Printed{Serial: "61 00 AB CE", Issuer: cert.Issuer.String()}})
	fmt.Println(errors.Is(err, revocation.ErrNotKnown))
	// Output:
	// 6100abcd by issuer and serial number
	// true
}

// Names and serial numbers can be forged; only the signature tells whose a
// certificate is.
func ExampleIssuerOf() {
	ca, der := exampleCA("")
	other, _ := exampleCA("") // of the same name
	cert, err := revocation.ParseCertificate(der.Raw)
	if err != nil {
		log.Fatal(err)
	}
	issuer, err := revocation.IssuerOf(cert, []*x509.Certificate{other.Certificate(), ca.Certificate()})
	fmt.Println(issuer.Equal(ca.Certificate()), err)
	_, err = revocation.IssuerOf(cert, []*x509.Certificate{other.Certificate()})
	fmt.Println(errors.Is(err, revocation.ErrOtherIssuer))
	// Output:
	// true <nil>
	// true
}

func ExampleParseCertificate() {
	_, der := exampleCA("")
	cert, err := revocation.ParseCertificate(der.Raw)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cert.Subject.Text, cert.SerialHex(), cert.PublicKey.Algorithm, cert.PublicKey.Bits, cert.SelfSigned)
	// Output:
	// CN=mfp.example 6100abcd ECDSA 256 no
}

func ExampleDefaultReason() {
	_, cert := exampleCA("")
	weak := exampleEvidence(cert)
	unknown := weak
	unknown.Weakness = revocation.Weakness{}
	fmt.Println(revocation.DefaultReason(weak), revocation.DefaultReason(unknown))
	reason, err := revocation.ParseReason("superseded")
	fmt.Println(int(reason), err)
	// Output:
	// keyCompromise superseded
	// 4 <nil>
}
