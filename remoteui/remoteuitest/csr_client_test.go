package remoteuitest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// generateCSR makes a key with a signing request and waits for it.
func (c *client) generateCSR(n newKey) {
	c.t.Helper()
	c.toKeyList()
	c.open(PageGenerateMenu)
	c.open(PageCSR)
	c.write(PageCSR, PageCSR, c.fill(n)...)
	for c.has(wGenerating) {
		c.open(PageGenerating)
	}
}

// shownCSR is the request on the last page.
func (c *client) shownCSR() *x509.CertificateRequest {
	c.t.Helper()
	csr := parsedCSR([]byte(html.UnescapeString(c.body)))
	if csr == nil {
		c.t.Fatalf("no request is shown:\n%s", c.body)
	}
	return csr
}

// parsedCSR reads PEM, wherever it begins, or DER; nil if it is neither.
func parsedCSR(data []byte) *x509.CertificateRequest {
	if at := bytes.Index(data, []byte("-----BEGIN")); at >= 0 { // pem wants it at the start of a line
		if block, _ := pem.Decode(data[at:]); block != nil {
			data = block.Bytes
		}
	}
	csr, err := x509.ParseCertificateRequest(data)
	if err != nil {
		return nil
	}
	return csr
}

// registerFor uploads a file as the certificate of a key.
func (c *client) registerFor(name string, file []byte) {
	c.t.Helper()
	c.toKeyList()
	row := Field{c.d.lay.rowField(), c.row(name)}
	c.open(PageRegister, row)
	c.open(PageRegisterFile, row)
	c.upload(PageRegisterFile, fieldCertificate, file)
}

// office is a certification authority of a test.
type office struct {
	t    *testing.T
	cert *x509.Certificate
	key  crypto.Signer
}

func newOffice(t *testing.T, key crypto.Signer) *office {
	t.Helper()
	if key == nil {
		fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		key = fresh
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Office CA"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(24 * 365 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &office{t, cert, key}
}

// issue makes a certificate, DER, of a public key.
func (o *office) issue(subject pkix.Name, public crypto.PublicKey) []byte {
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: subject,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * 90 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, o.cert, public, o.key)
	if err != nil {
		o.t.Error(err)
	}
	return der
}

func inPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
