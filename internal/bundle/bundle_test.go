package bundle_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/smallstep/scep"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/testca"
)

// given is one leaf and what it chains by.
type given struct {
	leaf, issuing, root *x509.Certificate
	key                 *ecdsa.PrivateKey
	crl                 []byte
	csr                 *x509.CertificateRequest
}

func give(t testing.TB) *given {
	t.Helper()
	ca, err := testca.New(&testca.Options{ECDSA: true, Intermediate: true})
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := testca.NewRequest(key, x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.Issue(csr)
	if err != nil {
		t.Fatal(err)
	}
	crl, err := ca.CRL()
	if err != nil {
		t.Fatal(err)
	}
	return &given{leaf, ca.Certificate(), ca.Root(), key, crl, csr}
}

func (g *given) all() []*x509.Certificate { return []*x509.Certificate{g.root, g.leaf, g.issuing} }

func armour(label string, ders ...[]byte) []byte {
	var out []byte
	for _, der := range ders {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})...)
	}
	return out
}

func raw(certs ...*x509.Certificate) (ders [][]byte) {
	for _, c := range certs {
		ders = append(ders, c.Raw)
	}
	return ders
}

func pkcs7Of(t testing.TB, certs ...[]byte) []byte {
	t.Helper()
	var list []*x509.Certificate
	for _, c := range certs {
		list = append(list, &x509.Certificate{Raw: c}) // the library looks at nothing else
	}
	p7, err := scep.DegenerateCertificates(list)
	if err != nil {
		t.Fatal(err)
	}
	return p7
}

// ber rewrites every constructed element above certificates in indefinite
// lengths.
func ber(t testing.TB, der []byte, depth int) (out []byte) {
	t.Helper()
	for rest := der; len(rest) > 0; {
		var v asn1.RawValue
		next, err := asn1.Unmarshal(rest, &v)
		if err != nil {
			t.Fatal(err)
		}
		rest = next
		if !v.IsCompound || depth == 0 {
			out = append(out, v.FullBytes...)
			continue
		}
		out = append(append(append(out, v.FullBytes[0], 0x80), ber(t, v.Bytes, depth-1)...), 0, 0)
	}
	return out
}

func utf16Of(order binary.ByteOrder, text []byte, mark bool) []byte {
	units := utf16.Encode([]rune(string(text)))
	if mark {
		units = slices.Insert(units, 0, 0xfeff)
	}
	out := make([]byte, 2*len(units))
	for i, u := range units {
		order.PutUint16(out[2*i:], u)
	}
	return out
}

// odd makes a certificate that crypto/x509 refuses and everybody else reads.
func odd(t testing.TB, c *x509.Certificate) []byte {
	t.Helper()
	serial, err := asn1.Marshal(c.SerialNumber)
	if err != nil {
		t.Fatal(err)
	}
	der := bytes.Clone(c.Raw)
	der[bytes.Index(der, serial)+2] |= 0x80
	if _, err := x509.ParseCertificate(der); err == nil {
		t.Fatal("crypto/x509 reads it")
	}
	return der
}

func TestParse(t *testing.T) {
	t.Parallel()
	g := give(t)
	all := g.all()
	p7 := pkcs7Of(t, raw(all...)...)
	text := armour("CERTIFICATE", raw(all...)...)
	crlf := bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	mark := []byte("\xef\xbb\xbf")
	leaf := []*x509.Certificate{g.leaf}
	// Its sets are sequences: the library finds nothing and no error.
	sloppy := bytes.Replace(p7, []byte{2, 1, 1, 0x31, 0, 0x30}, []byte{2, 1, 1, 0x30, 0, 0x30}, 1)
	odd := odd(t, g.issuing)
	b64 := base64.StdEncoding.EncodeToString
	for _, tc := range []struct {
		name   string
		input  []byte
		want   []*x509.Certificate
		broken [][]byte
	}{
		{"DER", g.leaf.Raw, leaf, nil},
		{"DER, line end after it", append(bytes.Clone(g.leaf.Raw), "\r\n"...), leaf, nil},
		{"DER one after the other", slices.Concat(raw(all...)...), all, nil},
		{"PEM", text, all, nil},
		{"PEM, CRLF", crlf, all, nil},
		{"PEM, UTF-8 mark, CRLF", append(mark, crlf...), all, nil},
		{"PEM, UTF-16LE mark", utf16Of(binary.LittleEndian, crlf, true), all, nil},
		{"PEM, UTF-16BE mark", utf16Of(binary.BigEndian, crlf, true), all, nil},
		{"PEM, UTF-16LE, no mark", utf16Of(binary.LittleEndian, crlf, false), all, nil},
		{"PEM, UTF-16BE, no mark", utf16Of(binary.BigEndian, crlf, false), all, nil},
		{"PEM on one line", bytes.ReplaceAll(text, []byte("\n"), []byte(" ")), all, nil},
		{"PEM, indented", bytes.ReplaceAll(text, []byte("\n"), []byte("\n    ")), all, nil},
		{"PEM among other text", slices.Concat([]byte("Bag Attributes\n  name: x\nsubject=CN = x\n"), text), all, nil},
		{"PEM with headers", bytes.ReplaceAll(text, []byte("CATE-----\nMII"), []byte("CATE-----\nX-Note: y\n\nMII")), all, nil},
		{"X509 CERTIFICATE", armour("X509 CERTIFICATE", g.leaf.Raw), leaf, nil},
		{"TRUSTED CERTIFICATE", armour("TRUSTED CERTIFICATE", append(bytes.Clone(g.leaf.Raw), 0x30, 3, 0x0c, 1, 'x')), leaf, nil},
		{"PKCS7", armour("PKCS7", p7), all, nil},
		{"CMS", armour("CMS", p7), all, nil},
		{"PKCS #7 SIGNED DATA", armour("PKCS #7 SIGNED DATA", p7), all, nil},
		{"PKCS#7 labelled CERTIFICATE", armour("CERTIFICATE", p7), all, nil},
		{"certificate labelled PKCS7", armour("PKCS7", g.leaf.Raw), leaf, nil},
		{"PKCS#7 DER", p7, all, nil},
		{"PKCS#7 DER, line end", append(bytes.Clone(p7), '\n'), all, nil},
		{"PKCS#7 BER", ber(t, p7, 4), all, nil},
		{"PKCS#7 BER, PEM", armour("PKCS7", ber(t, p7, 5)), all, nil},
		{"PKCS#7, sloppy", sloppy, all, nil},
		{"base64", []byte(b64(g.leaf.Raw)), leaf, nil},
		{"base64 in lines", []byte(strings.Join(strings.SplitAfterN(b64(p7), "A", 20), "\r\n") + "\r\n"), all, nil},
		{"base64, UTF-16", utf16Of(binary.LittleEndian, []byte(b64(p7)), true), all, nil},
		{"base64 without padding", []byte(strings.TrimRight(b64(g.leaf.Raw), "=")), leaf, nil},
		{"key and certificate", slices.Concat(armour("EC PRIVATE KEY", []byte{0x30, 0}), text), all, nil},
		{"one broken in PKCS#7", pkcs7Of(t, g.root.Raw, odd, g.leaf.Raw), []*x509.Certificate{g.root, g.leaf}, [][]byte{odd}},
		{"one broken in PKCS#7 BER", ber(t, pkcs7Of(t, odd, g.leaf.Raw), 4), leaf, [][]byte{odd}},
		{"one broken in PEM", armour("CERTIFICATE", odd, g.leaf.Raw), leaf, [][]byte{odd}},
		{"one broken in DER", slices.Concat(odd, g.leaf.Raw), leaf, [][]byte{odd}},
		{"damaged base64", slices.Concat([]byte("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"), armour("CERTIFICATE", g.leaf.Raw)), leaf, [][]byte{nil}},
		{"no end line", slices.Concat([]byte("-----BEGIN CERTIFICATE-----\nMIIB\n"), armour("CERTIFICATE", g.leaf.Raw)), leaf, [][]byte{nil}},
		{"CSR beside it", slices.Concat(armour("CERTIFICATE REQUEST", g.csr.Raw), armour("CERTIFICATE", g.leaf.Raw)), leaf, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b, err := bundle.Parse(tc.input)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(b.Certs, tc.want, (*x509.Certificate).Equal) {
				t.Errorf("%d certificates, want %d", len(b.Certs), len(tc.want))
			}
			if len(b.Broken) != len(tc.broken) {
				t.Fatalf("broken: %v", b.Broken)
			}
			for i, broken := range b.Broken {
				if !bytes.Equal(broken.Raw, tc.broken[i]) || broken.Err == nil {
					t.Errorf("broken %d: %v, %x", i, broken.Err, broken.Raw)
				}
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	g := give(t)
	odd := odd(t, g.leaf)
	page := "<!DOCTYPE HTML>\r\n<HTML><Head><Title>Network Device\r\n\x1b[31mEnrollment</Title></Head>password is: <B> 0123ABCD </B></HTML>"
	isHTML := func(err error) bool {
		e, ok := errors.AsType[*bundle.HTMLError](err)
		return ok && strings.HasPrefix(e.Title, "Network Device") && !strings.Contains(err.Error(), "0123ABCD") && !strings.Contains(e.Title, "\x1b")
	}
	is := func(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }
	kind := func(want string) func(error) bool {
		return func(err error) bool {
			e, ok := errors.AsType[*bundle.KindError](err)
			return ok && strings.Contains(e.Kind, want)
		}
	}
	says := func(want string) func(error) bool {
		return func(err error) bool { return strings.Contains(err.Error(), want) }
	}
	for _, tc := range []struct {
		name  string
		input []byte
		want  func(error) bool
	}{
		{"nothing", nil, is(bundle.ErrEmpty)},
		{"white space", []byte(" \r\n"), is(bundle.ErrEmpty)},
		{"too large", make([]byte, 1<<20+1), is(bundle.ErrTooLarge)},
		{"HTML", []byte(page), isHTML},
		{"HTML, UTF-16", utf16Of(binary.LittleEndian, []byte(page), true), isHTML},
		{"HTML, UTF-16, no mark", utf16Of(binary.LittleEndian, []byte(page), false), isHTML},
		{"text", []byte("Request denied."), says("neither DER")},
		{"CSR", g.csr.Raw, kind("CSR")},
		{"CSR, PEM", armour("NEW CERTIFICATE REQUEST", g.csr.Raw), kind("CSR")},
		{"PKCS#12", []byte{0x30, 8, 2, 1, 3, 0x30, 3, 6, 1, 42}, kind("PKCS#12")},
		{"public key", g.leaf.RawSubjectPublicKeyInfo, kind("key")},
		{"truncated", g.leaf.Raw[:100], says("truncated")},
		{"only broken", odd, says("negative serial number")},
		{"half a PEM block", []byte("-----BEGIN CERTIFICATE-----\nMIIB"), says("no end line")},
		{"empty PKCS#7", pkcs7Of(t), says("no certificate")},
		{"encrypted CMS", []byte{0x30, 15, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3, 0xa0, 2, 0x30, 0}, kind("CMS")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b, err := bundle.Parse(tc.input)
			if err == nil || !tc.want(err) {
				t.Errorf("%v, %v", b, err)
			}
		})
	}
}

// CRLs come in the same wrappings.
func TestParseCRL(t *testing.T) {
	t.Parallel()
	g := give(t)
	for _, input := range [][]byte{g.crl, armour("X509 CRL", g.crl)} {
		b, err := bundle.Parse(input)
		if err != nil || len(b.Certs) != 0 || len(b.CRLs) != 1 || !bytes.Equal(b.CRLs[0], g.crl) {
			t.Errorf("%+v, %v", b, err)
		}
	}
}
