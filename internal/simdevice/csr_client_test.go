package simdevice

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"testing"

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

// issued is the office's certificate for a request, DER.
func issued(t *testing.T, csr *x509.CertificateRequest) []byte {
	t.Helper()
	cert, err := office().Issue(csr)
	if err != nil {
		t.Fatal(err)
	}
	return cert.Raw
}

func inPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
