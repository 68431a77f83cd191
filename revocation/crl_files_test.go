package revocation_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"slices"
	"testing"
	"unicode/utf16"

	"github.com/rekey-go/rekey/revocation"
)

// A CRL is read in every form in which editors and servers leave it.
func TestCRLFiles(t *testing.T) {
	t.Parallel()
	ca := newNamedCA(t)
	der := ca.crl(t, ca.cert.RawSubject)
	text := pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
	utf16le := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(string(text))) {
		utf16le = binary.LittleEndian.AppendUint16(utf16le, u)
	}
	e := evidenceFor(t, ca.device(t, ca.cert.RawSubject, nil))
	for name, body := range map[string][]byte{
		"DER": der, "DER, line end": slices.Concat(der, []byte("\r\n")), "DER, NUL": slices.Concat(der, []byte{0}), "DER, end of file": slices.Concat(der, []byte{0x1a}),
		"PEM": text, "PEM, mark": slices.Concat([]byte("\xef\xbb\xbf"), text), "PEM, CR": bytes.ReplaceAll(text, []byte("\n"), []byte("\r")),
		"PEM, one line": bytes.ReplaceAll(text, []byte("\n"), []byte(" ")), "PEM, UTF-16": utf16le, "PEM, no padding": bytes.ReplaceAll(text, []byte("="), nil),
		"PEM, other label": bytes.ReplaceAll(text, []byte("X509 CRL"), []byte("CRL")), "base64": []byte(base64.StdEncoding.EncodeToString(der)),
		"text around": slices.Concat([]byte("Certificate Revocation List (CRL):\n"), text),
	} {
		if c := ca.verifier().CheckCRL(e, body); c.Answer != revocation.StateRevoked {
			t.Errorf("%s: %v: %s", name, c.Answer, c.Why)
		}
	}
	for name, body := range map[string][]byte{
		"nothing": nil, "cut": der[:len(der)-1], "more follows": slices.Concat(der, []byte("x")), "damaged": bytes.Replace(text, []byte("\n"), []byte("\n!"), 1),
		"a certificate": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw}),
	} {
		if c := ca.verifier().CheckCRL(e, body); c.Answer != revocation.StateUnknown || c.Why == "" {
			t.Errorf("%s: %v: %s", name, c.Answer, c.Why)
		}
	}
}
