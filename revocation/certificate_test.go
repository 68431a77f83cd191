package revocation_test

import (
	"bytes"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/corpus"
	"github.com/rekey-go/rekey/revocation"
)

// The certificates in testdata were made with OpenSSL 3.0, all but issued.der
// and ca.der with the subject /C=JP/O=Canon/OU=MFP, 3F/CN=mfp.example. The key
// of issued.der and request.der is that of rsa1024-md5.der; the challenge
// password of the request is "s3cretChallenge".
func testdata(t testing.TB, name string) []byte {
	t.Helper()
	der, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

const (
	deviceName = `CN=mfp.example,OU=MFP\, 3F,O=Canon,C=JP`
	issuedSPKI = "0a62ac33e82d1548b134cc9ff6db9fb276ebd7b524969b96dd608d456189222c"
)

func TestParseCertificate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		file, serialHex, serialDec, algorithm string
		bits                                  int
		self                                  revocation.Answer
		strict                                bool // crypto/x509 reads it too
	}{
		{"rsa512-sha256", "1234", "4660", "RSA", 512, revocation.Yes, true},
		{"rsa1024-md5", "00", "0", "RSA", 1024, revocation.Yes, true},
		{"rsa1024-negative-serial", "-81", "-129", "RSA", 1024, revocation.Yes, false},
		{"rsa1024-big-exponent", "01", "1", "RSA", 1024, revocation.Yes, false},
		{"rsa2048-pss", "01", "1", "RSA", 2048, revocation.Yes, true},
		{"p256", "ff00ff", "16711935", "ECDSA", 256, revocation.Yes, true},
		{"p384-negative-serial", "-01", "-1", "ECDSA", 384, revocation.Yes, false},
		{"secp256k1-negative-serial", "-01", "-1", "ECDSA", 0, revocation.Unknown, false},
		{"ed25519", "01", "1", "Ed25519", 256, revocation.Yes, true},
		{"issued", "c0ffee0123456789abcdef", "233322351226215633162849775", "RSA", 1024, revocation.No, true},
	} {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			c, err := revocation.ParseCertificate(testdata(t, tc.file+".der"))
			if err != nil {
				t.Fatal(err)
			}
			if c.SerialHex() != tc.serialHex || c.Serial.String() != tc.serialDec {
				t.Errorf("serial %s = %s, want %s = %s", c.SerialHex(), c.Serial, tc.serialHex, tc.serialDec)
			}
			if c.PublicKey.Algorithm != tc.algorithm || c.PublicKey.Bits != tc.bits {
				t.Errorf("key %s-%d", c.PublicKey.Algorithm, c.PublicKey.Bits)
			}
			if c.SelfSigned != tc.self {
				t.Errorf("self-signed: %v, want %v", c.SelfSigned, tc.self)
			}
			if (c.X509 != nil) != tc.strict || (c.X509Err == nil) != tc.strict {
				t.Errorf("crypto/x509: %v", c.X509Err)
			}
			if tc.file != "issued" && (c.Issuer.Text != deviceName || !bytes.Equal(c.Issuer.Raw, c.Subject.Raw)) {
				t.Errorf("issuer %q, subject %q", c.Issuer.Text, c.Subject.Text)
			}
			if c.NotBefore.Year() != 2026 || c.NotAfter.Year() != 2126 {
				t.Errorf("validity %v – %v", c.NotBefore, c.NotAfter)
			}
		})
	}
}

func TestParseCertificateEveryField(t *testing.T) {
	t.Parallel()
	der := testdata(t, "issued.der")
	c, err := revocation.ParseCertificate(append(slices.Clone(der), "trailing"...))
	if err != nil {
		t.Fatal(err)
	}
	for field, v := range map[string][2]string{
		"sha256":      {c.SHA256, "d1024427561c83ce5c713f685e4b899a776e34cb9490eaa7fc633b7316ffa09c"},
		"sha1":        {c.SHA1, "17120f3277b589b40d39bd62ecb2f4e333cfa06e"},
		"issuer":      {c.Issuer.Text, "CN=Test CA,O=Test"},
		"subject":     {c.Subject.Text, "CN=mfp.example"},
		"spki":        {c.PublicKey.SHA256, issuedSPKI},
		"algorithm":   {c.SignatureAlgorithm, "1.2.840.113549.1.1.11"},
		"aki":         {hex.EncodeToString(c.AuthorityKeyID), "a38e1bd4a83a7c0ffde426045067acf17880ffe3"},
		"ski":         {hex.EncodeToString(c.SubjectKeyID), "3e8c8179c56228f6fb1c38ea87f1c32a1e1dbeaf"},
		"dns":         {strings.Join(c.DNSNames, " "), "mfp.example mfp"},
		"crl":         {strings.Join(c.CRLURLs, " "), "http://ca.example/a.crl ldap://ca.example/b"},
		"ocsp":        {strings.Join(c.OCSPURLs, " "), "http://ocsp.example/"},
		"issuer urls": {strings.Join(c.IssuerURLs, " "), "http://ca.example/ca.cer"},
	} {
		if v[0] != v[1] {
			t.Errorf("%s = %q, want %q", field, v[0], v[1])
		}
	}
	if !bytes.Equal(c.Raw, der) {
		t.Error("Raw is not the certificate alone")
	}
	want := []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::7")}
	if !slices.Equal(c.IPAddresses, want) {
		t.Errorf("addresses %v", c.IPAddresses)
	}
	if c.PublicKey.N.Cmp(c.X509.PublicKey.(*rsa.PublicKey).N) != 0 {
		t.Error("modulus differs from crypto/x509's")
	}
}

// A signature that does not verify makes a certificate not self-signed,
// whatever the names say.
func TestSelfSignedIsVerified(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"rsa512-sha256", "rsa1024-big-exponent", "rsa2048-pss", "p256", "p384-negative-serial", "ed25519"} {
		der := testdata(t, file+".der")
		der[len(der)-1] ^= 1
		c, err := revocation.ParseCertificate(der)
		if err != nil {
			t.Fatal(file, err)
		}
		if c.SelfSigned != revocation.No {
			t.Errorf("%s with a broken signature: self-signed %v", file, c.SelfSigned)
		}
	}
}

func TestParseCertificateRefuses(t *testing.T) {
	t.Parallel()
	for name, der := range map[string][]byte{
		"nothing":           nil,
		"text":              []byte("-----BEGIN CERTIFICATE-----"),
		"empty sequence":    {0x30, 0x00},
		"indefinite length": {0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0},
		"length beyond end": {0x30, 0x84, 0xff, 0xff, 0xff, 0xff},
		"cut off":           testdata(t, "issued.der")[:300],
		"a CSR":             testdata(t, "request.der"),
	} {
		if c, err := revocation.ParseCertificate(der); err == nil {
			t.Errorf("%s: read as %s", name, c.Subject.Text)
		}
	}
	if _, err := revocation.ParseCertificate(make([]byte, 1<<20)); !errors.Is(err, revocation.ErrTooLarge) {
		t.Errorf("1 MiB: %v", err)
	}
}

// tlv encodes one element, short or long form.
func tlv(id byte, content ...[]byte) []byte {
	body := slices.Concat(content...)
	if len(body) < 0x80 {
		return append([]byte{id, byte(len(body))}, body...)
	}
	return append([]byte{id, 0x82, byte(len(body) >> 8), byte(len(body))}, body...)
}

// forge is a certificate around the given parts with a key that is no key.
func forge(issuer, notAfter, extensions []byte) []byte {
	algorithm := tlv(0x30, tlv(0x06, []byte{0x2a, 0x03}))
	spki := tlv(0x30, algorithm, tlv(0x03, []byte{0}))
	validity := tlv(0x30, tlv(0x17, []byte("500101000000Z")), notAfter)
	tbs := tlv(0x30, tlv(0x02, []byte{5}), algorithm, issuer, validity, tlv(0x30), spki, extensions)
	return tlv(0x30, tbs, algorithm, tlv(0x03, []byte{0, 1}))
}

func attribute(oid string, tag byte, value string) []byte {
	return tlv(0x31, tlv(0x30, tlv(0x06, []byte(oid)), tlv(tag, []byte(value))))
}

func TestNameText(t *testing.T) {
	t.Parallel()
	const cn, unknown = "\x55\x04\x03", "\x2a\x03"
	for _, tc := range []struct {
		name string
		rdns []byte
		want string
	}{
		{"empty", nil, ""},
		{"order", slices.Concat(attribute("\x55\x04\x06", 0x13, "JP"), attribute(cn, 0x0c, "複合機")), "CN=複合機,C=JP"},
		{"escapes", attribute(cn, 0x0c, ` a+b;c"d\<e> `), `CN=\ a\+b\;c\"d\\\<e\>\ `},
		{"hash first", attribute(cn, 0x0c, "#1"), `CN=\#1`},
		{"control and terminal", attribute(cn, 0x0c, "a\x1b[31m\nb\x00"), `CN=a\1B[31m\0Ab\00`},
		{"bidi", attribute(cn, 0x0c, "a\u202eb"), `CN=a\E2\80\AEb`},
		{"invalid UTF-8", attribute(cn, 0x0c, "a\xffb"), `CN=a\FFb`},
		{"teletex", attribute(cn, 0x14, "M\xfcller"), "CN=Müller"},
		{"BMP", attribute(cn, 0x1e, "\x30\x42\x00A"), "CN=あA"},
		{"odd BMP", attribute(cn, 0x1e, "\x30"), "CN=#1e0130"},
		{"unknown type", attribute(unknown, 0x13, "x"), "1.2.3=x"},
		{"no string", attribute(cn, 0x02, "\x07"), "CN=#020107"},
		{"two in one", tlv(0x31, tlv(0x30, tlv(0x06, []byte(cn)), tlv(0x0c, []byte("a"))), tlv(0x30, tlv(0x06, []byte(unknown)), tlv(0x0c, []byte("b")))), "CN=a+1.2.3=b"},
		{"garbage", []byte{0x31, 0x7f}, ""},
	} {
		raw := tlv(0x30, tc.rdns)
		c, err := revocation.ParseCertificate(forge(raw, nil, nil))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if c.Issuer.Text != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, c.Issuer.Text, tc.want)
		}
		if !bytes.Equal(c.Issuer.Raw, raw) {
			t.Errorf("%s: raw name changed", tc.name)
		}
	}
}

func TestOddCertificates(t *testing.T) {
	t.Parallel()
	name := tlv(0x30)
	akiOID := tlv(0x06, []byte{0x55, 0x1d, 0x23})
	aki := tlv(0x04, tlv(0x30, tlv(0x80, []byte{0xab})))
	extensions := tlv(0xa3, tlv(0x30,
		tlv(0x30, akiOID, tlv(0x01, []byte{0xff}), aki), // critical, which crypto/x509 refuses
		tlv(0x30, tlv(0x06, []byte{0x55, 0x1d, 0x11}), tlv(0x04, tlv(0x30,
			tlv(0x82, []byte("a\x1b.example")), tlv(0x82, []byte("ok.example")), tlv(0x87, []byte{1, 2, 3})))),
		tlv(0x05), // no extension at all
	))
	c, err := revocation.ParseCertificate(forge(name, tlv(0x18, []byte("99991231235959-0100")), extensions))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(c.AuthorityKeyID, []byte{0xab}) {
		t.Errorf("AKI %x", c.AuthorityKeyID)
	}
	if !slices.Equal(c.DNSNames, []string{"ok.example"}) || c.IPAddresses != nil {
		t.Errorf("names %q %v", c.DNSNames, c.IPAddresses)
	}
	if c.NotBefore.Year() != 1950 || !c.NotAfter.IsZero() {
		t.Errorf("validity %v – %v", c.NotBefore, c.NotAfter)
	}
	if c.SelfSigned != revocation.Unknown || c.PublicKey.Algorithm != "1.2.3" {
		t.Errorf("self-signed %v, key %s", c.SelfSigned, c.PublicKey.Algorithm)
	}
}

func TestRequestPublicKey(t *testing.T) {
	t.Parallel()
	pub, err := revocation.RequestPublicKey(testdata(t, "request.der"))
	if err != nil || pub.SHA256 != issuedSPKI || pub.Bits != 1024 {
		t.Errorf("%+v, %v", pub, err)
	}
	again, err := revocation.ParsePublicKey(pub.SPKI)
	if err != nil || again.N.Cmp(pub.N) != 0 {
		t.Errorf("SPKI read again: %v", err)
	}
	if _, err := revocation.RequestPublicKey(testdata(t, "p256.der")); err == nil {
		t.Error("a certificate read as a request")
	}
}

func FuzzParseCertificate(f *testing.F) {
	files, err := filepath.Glob("testdata/*.der")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		f.Add(testdata(f, filepath.Base(file)))
	}
	f.Add(forge(attribute("\x55\x04\x03", 0x1e, "\xd8\x00"), nil, nil))
	corpus.Seeds(f, certificatesTable)
	f.Fuzz(func(t *testing.T, der []byte) {
		asGo(t, der)
		c, err := revocation.ParseCertificate(der)
		if err != nil {
			return
		}
		if c.Serial == nil || len(c.Issuer.Raw) == 0 || c.PublicKey.SHA256 == "" || !bytes.HasPrefix(der, c.Raw) {
			t.Fatal("certificate without serial, issuer or key")
		}
	})
}
