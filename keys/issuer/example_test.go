package issuer_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/keys/issuer"
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

// exampleOrder is what a certificate is asked for; Issue gets it by its context.
var exampleOrder = keys.Order{
	Device: "mfp.example", Uses: []keys.Use{keys.UseTLS},
	Spec: keys.Spec{Name: "tls2026", CommonName: "mfp.example", Organization: "Example Ltd"},
}

// A CA whose key is at hand, in files as OpenSSL writes them.
func ExampleLoadLocalCA() {
	tb := new(exampleTB)
	defer tb.end()
	dir, err := os.MkdirTemp("", "ca")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	root := newAuthority(tb, "Office CA", ecKey(), nil, nil)
	der, err := x509.MarshalPKCS8PrivateKey(root.key)
	if err != nil {
		log.Fatal(err)
	}
	certFile, keyFile := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca.key")
	if err := errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.cert.Raw}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600),
	); err != nil {
		log.Fatal(err)
	}

	ca, err := issuer.LoadLocalCA(certFile, keyFile, &issuer.LocalCAOptions{
		CRLDistributionPoints: []string{"http://ca.example/office.crl"}, // so that it can be revoked to some effect
	})
	if err != nil {
		log.Fatal(err)
	}
	csr := newCSR(tb, rsaKey(), "mfp.example") // of a device
	chain, err := ca.Issue(keys.WithOrder(context.Background(), exampleOrder), csr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(chain[0].Subject, "by", chain[0].Issuer)
	fmt.Println(chain[0].DNSNames, chain[0].CRLDistributionPoints)
	// Output:
	// CN=mfp.example,O=Example Ltd by CN=Office CA,O=Example
	// [mfp.example] [http://ca.example/office.crl]
}

// step-ca signs for whoever has the key of one of its provisioners.
func ExampleNewStepCA() {
	tb := new(exampleTB)
	defer tb.end()
	server := newFakeStepCA(tb) // stands in for step-ca
	key := ecKey()
	server.provision("printers", key.Public())

	ctx := context.Background()
	ca, err := issuer.NewStepCA(caserver.StepCA{
		URL:         server.URL,
		Fingerprint: server.fingerprint(), // of the root, as "step certificate fingerprint" prints it
		Provisioner: "printers",
		Key:         key,
	})
	if err != nil {
		log.Fatal(err)
	}
	info, err := ca.Check(ctx) // before a device is touched
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.CAs[0].Subject)
	chain, err := ca.Issue(keys.WithOrder(ctx, exampleOrder), newCSR(tb, rsaKey(), "mfp.example"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(chain[0].Subject, "by", chain[0].Issuer)
	// Output:
	// CN=Step Root,O=Example
	// CN=mfp.example by CN=Step Intermediate,O=Example
}

// An ACME server wants to see that the caller controls the name: here by a TXT
// record, which the caller makes public in its own way.
func ExampleNewACME() {
	tb := new(exampleTB)
	defer tb.end()
	server := newFakeACME(tb) // stands in for the CA and for its view of the DNS

	ca, err := issuer.NewACME(caserver.ACME{
		DirectoryURL: server.URL + "/dir",
		Key:          ecKey(), // of the account: keep it
		Roots:        pool(server.root.cert),
		DNS01: caserver.ACMESolver{
			Present: func(ctx context.Context, c caserver.ACMEChallenge) error {
				fmt.Println("TXT", c.Where)
				return server.solver().Present(ctx, c)
			},
			CleanUp: server.solver().CleanUp,
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	chain, err := ca.Issue(keys.WithOrder(context.Background(), exampleOrder), newCSR(tb, rsaKey(), "mfp.example"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(chain[0].DNSNames, "by", chain[0].Issuer)
	// Output:
	// TXT _acme-challenge.mfp.example
	// [mfp.example] by CN=ACME Intermediate,O=Example
}

// People sign: they find the request in a directory and put the certificate
// there, under whatever name. Until then the run ends as unfinished.
func ExampleNewDropBox() {
	tb := new(exampleTB)
	defer tb.end()
	dir, err := os.MkdirTemp("", "requests")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	root := newAuthority(tb, "Office CA", ecKey(), nil, nil)

	box, err := issuer.NewDropBox(dir, &issuer.DropBoxOptions{CAs: []*x509.Certificate{root.cert}})
	if err != nil {
		log.Fatal(err)
	}
	ctx := keys.WithOrder(context.Background(), exampleOrder)
	csr := newCSR(tb, rsaKey(), "mfp.example")
	_, err = box.Issue(ctx, csr)
	pending, ok := errors.AsType[*issuer.PendingError](err)
	fmt.Println(ok, errors.Is(err, keys.ErrPending), len(pending.Problems))
	records, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(records) != 1 {
		log.Fatal(records, err)
	}
	text, err := os.ReadFile(records[0])
	if err != nil {
		log.Fatal(err)
	}
	var record issuer.DropBoxRecord
	if err := json.Unmarshal(text, &record); err != nil {
		log.Fatal(err)
	}
	fmt.Println(record.KeyName, record.Subject, record.Key)

	// Next week:
	cert := root.issue(tb, csr.PublicKey, "mfp.example", func(c *x509.Certificate) { c.Subject = csr.Subject })
	if err := os.WriteFile(filepath.Join(dir, "from the CA.cer"), cert.Raw, 0o600); err != nil {
		log.Fatal(err)
	}
	chain, err := box.Issue(ctx, csr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(chain[0].Subject, "by", chain[0].Issuer)
	// Output:
	// true true 0
	// tls2026 CN=mfp.example,O=Example Ltd RSA 2048
	// CN=mfp.example,O=Example Ltd by CN=Office CA,O=Example
}

// LoadCAs reads certificates of CAs in any of the usual forms.
func ExampleLoadCAs() {
	tb := new(exampleTB)
	defer tb.end()
	dir, err := os.MkdirTemp("", "cas")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	root := newAuthority(tb, "Office CA", ecKey(), nil, nil)
	file := filepath.Join(dir, "ca.cer")
	if err := os.WriteFile(file, root.cert.Raw, 0o600); err != nil {
		log.Fatal(err)
	}
	cas, err := issuer.LoadCAs(file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(cas), cas[0].Subject)
	// Output:
	// 1 CN=Office CA,O=Example
}
