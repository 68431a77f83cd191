//go:build ignore

// Makes the tables of oddities, with OpenSSL 3 and by hand: every input is either
// written by the openssl command or put together here octet by octet, so that none
// comes from the readers under test. The kinds are those of RFC 5280's appendices,
// of fuzzers that compare certificate readers, and of certificate linters; the cases
// are our own.
//
//	go run make.go && REKEY_CORPUS=update go test ../../revocation ../../keys ../dn ../address ../../models -run Corpus
package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/corpus"
)

func main() {
	log.SetFlags(0)
	certificates()
	requests()
	lists()
	names()
	texts()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// DER by hand.

func tlv(tag byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	switch n := len(body); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, body...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, body...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, body...)
	}
}

func seq(parts ...[]byte) []byte { return tlv(0x30, parts...) }
func set(parts ...[]byte) []byte { return tlv(0x31, parts...) }
func num(octets ...byte) []byte  { return tlv(2, octets) }
func utc(s string) []byte        { return tlv(0x17, []byte(s)) }
func gen(s string) []byte        { return tlv(0x18, []byte(s)) }

func oid(ids ...int) []byte {
	b, err := asn1.Marshal(asn1.ObjectIdentifier(ids))
	check(err)
	return b
}

func attribute(id int, tag byte, value string) []byte {
	return seq(oid(2, 5, 4, id), tlv(tag, []byte(value)))
}

// cn is a name with one CN in a string type.
func cn(tag byte, value string) []byte { return seq(set(attribute(3, tag, value))) }

const printable, utf8, teletex, ia5, bmp, universal, numeric = 0x13, 0x0c, 0x14, 0x16, 0x1e, 0x1c, 0x12

var (
	key       = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	spki      = seq(seq(oid(1, 2, 840, 10045, 2, 1), oid(1, 2, 840, 10045, 3, 1, 7)), bits(must(key.PublicKey.Bytes())))
	withECDSA = seq(oid(1, 2, 840, 10045, 4, 3, 2))
	rsaAlg    = seq(oid(1, 2, 840, 113549, 1, 1, 1), []byte{5, 0})
	office    = seq(set(attribute(10, printable, "Office")), set(attribute(3, printable, "Office CA")))
	device    = seq(set(attribute(10, printable, "Office")), set(attribute(3, printable, "mfp7.example")))
)

func must[T any](v T, err error) T { check(err); return v }

func bits(b []byte) []byte { return tlv(3, []byte{0}, b) }

func sign(tbs []byte) []byte {
	sum := sha256.Sum256(tbs)
	return bits(must(key.Sign(rand.Reader, sum[:], crypto.SHA256)))
}

// signed is a certificate, request or list over its first part.
func signed(tbs []byte) []byte { return seq(tbs, withECDSA, sign(tbs)) }

func extension(value []byte, ids ...int) []byte { return seq(oid(ids...), tlv(4, value)) }
func critical(value []byte, ids ...int) []byte {
	return seq(oid(ids...), tlv(1, []byte{0xff}), tlv(4, value))
}

// parts of a TBSCertificate; nil is the usual one.
type parts struct {
	version, serial, alg, issuer, validity, subject, spki, rest []byte
	extensions                                                  [][]byte
}

var basic = critical(seq(), 2, 5, 29, 19)

func (p parts) tbs() []byte {
	or := func(b, usual []byte) []byte {
		if b == nil {
			return usual
		}
		return b
	}
	rest := p.rest
	if rest == nil {
		all := p.extensions
		if all == nil {
			all = [][]byte{basic}
		}
		rest = tlv(0xa3, seq(all...))
	}
	return seq(or(p.version, tlv(0xa0, num(2))), or(p.serial, num(0x12, 0x34)), or(p.alg, withECDSA), or(p.issuer, office),
		or(p.validity, seq(utc("260101000000Z"), utc("460101000000Z"))), or(p.subject, device), or(p.spki, spki), rest)
}

type table struct {
	file  string
	text  bool
	cases []corpus.Case
	ask   func(data []byte) string
}

func (t *table) add(name string, data []byte) {
	verdict := "-"
	if t.ask != nil {
		verdict = t.ask(data)
	}
	t.cases = append(t.cases, corpus.Case{Name: name, OpenSSL: verdict, Go: "?", Ours: "?", Data: data})
}

func (t *table) write() {
	var b strings.Builder
	for _, c := range t.cases {
		b.WriteString(c.Line(t.text))
	}
	check(os.MkdirAll(filepath.Dir(t.file), 0o755))
	check(os.WriteFile(t.file, []byte(b.String()), 0o644))
	log.Printf("%s: %d cases", t.file, len(t.cases))
}

// openssl says what an openssl command makes of an input.
func openssl(args ...string) func([]byte) string {
	return func(data []byte) string {
		cmd := exec.Command("openssl", args...)
		cmd.Stdin = bytes.NewReader(data)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			why := ""
			for line := range strings.Lines(errs.String()) { // 00…:error:NUMBER:library:function:reason:…
				if f := strings.Split(line, ":"); len(f) > 5 && f[1] == "error" {
					why = f[5]
				}
			}
			return "refuses: " + why
		}
		if s := strings.TrimSpace(out.String()); s != "" {
			return s
		}
		return strings.TrimSpace(errs.String())
	}
}

func certificates() {
	t := &table{file: "../../revocation/testdata/corpus/certificates.tsv",
		ask: openssl("x509", "-inform", "DER", "-noout", "-serial", "-subject", "-dates", "-nameopt", "RFC2253")}
	by := func(name string, p parts) { t.add(name, signed(p.tbs())) }
	by("nothing odd", parts{})

	by("serial number 0", parts{serial: num(0)})
	by("serial number negative", parts{serial: num(0x86, 0x96)})
	by("serial number of no octets", parts{serial: num()})
	by("serial number longer than need be", parts{serial: num(0, 0, 0x12)})
	by("serial number negative, longer than need be", parts{serial: num(0xff, 0xff, 0x12)})
	by("serial number of 21 octets", parts{serial: num(bytes.Repeat([]byte{0x11}, 21)...)})
	by("serial number of 300 octets", parts{serial: num(bytes.Repeat([]byte{0x11}, 300)...)})
	by("serial number an ENUMERATED", parts{serial: tlv(10, []byte{1})})

	by("version 1, with extensions", parts{version: []byte{}})
	by("version 1", parts{version: []byte{}, rest: []byte{}})
	by("version 1 written out", parts{version: tlv(0xa0, num(0)), rest: []byte{}})
	by("version 2, unique identifiers", parts{version: tlv(0xa0, num(1)), rest: slices.Concat(tlv(0x81, []byte{0, 1, 2}), tlv(0x82, []byte{0, 3}))})
	by("version 4", parts{version: tlv(0xa0, num(3))})
	by("version 3 without extensions", parts{rest: []byte{}})
	by("no extensions in their list", parts{rest: tlv(0xa3, seq())})
	by("algorithm inside another than outside", parts{alg: seq(oid(1, 2, 840, 10045, 4, 3, 3))})
	by("algorithm with NULL", parts{alg: seq(oid(1, 2, 840, 10045, 4, 3, 2), []byte{5, 0})})

	dates := func(from, until []byte) parts { return parts{validity: seq(from, until)} }
	usual := utc("460101000000Z")
	by("UTCTime without seconds", dates(utc("2601010000Z"), usual))
	by("UTCTime with an offset", dates(utc("260101000000+0900"), usual))
	by("UTCTime without Z", dates(utc("260101000000"), usual))
	by("UTCTime with a small z", dates(utc("260101000000z"), usual))
	by("UTCTime, month 13", dates(utc("261301000000Z"), usual))
	by("UTCTime, 30 February", dates(utc("260230000000Z"), usual))
	by("UTCTime, second 60", dates(utc("251231235960Z"), usual))
	by("UTCTime, hour 24", dates(utc("251231240000Z"), usual))
	by("UTCTime with a blank", dates(utc("26 101000000Z"), usual))
	by("UTCTime of no octets", dates(utc(""), usual))
	by("UTCTime of 1950", dates(utc("500101000000Z"), usual))
	by("UTCTime of 2049", dates(utc("260101000000Z"), utc("491231235959Z")))
	by("GeneralizedTime before 2050", dates(gen("20260101000000Z"), gen("20460101000000Z")))
	by("GeneralizedTime, 9999", dates(utc("260101000000Z"), gen("99991231235959Z")))
	by("GeneralizedTime with a fraction", dates(gen("20260101000000.5Z"), usual))
	by("GeneralizedTime, year 0", dates(gen("00000101000000Z"), usual))
	by("ends before it begins", dates(usual, utc("260101000000Z")))
	by("one date", parts{validity: seq(usual)})
	by("dates as text", dates(tlv(ia5, []byte("260101000000Z")), usual))

	t.namesOf(func(name string, n []byte) { by("subject: "+name, parts{subject: n}) })

	rsa := func(n, e []byte) []byte { return seq(rsaAlg, bits(seq(tlv(2, n), tlv(2, e)))) }
	n := append([]byte{0}, bytes.Repeat([]byte{0xc5}, 128)...)
	by("RSA, 1024 bits", parts{spki: rsa(n, []byte{1, 0, 1})})
	by("RSA, modulus without its leading zero", parts{spki: rsa(n[1:], []byte{1, 0, 1})})
	by("RSA, exponent of 9 octets", parts{spki: rsa(n, bytes.Repeat([]byte{0x11}, 9))})
	by("RSA, exponent 0", parts{spki: rsa(n, []byte{0})})
	by("RSA, modulus 0", parts{spki: rsa([]byte{0}, []byte{3})})
	by("RSA without NULL", parts{spki: seq(seq(oid(1, 2, 840, 113549, 1, 1, 1)), bits(seq(tlv(2, n), num(3))))})
	by("RSA, octets behind the key", parts{spki: seq(rsaAlg, bits(append(seq(tlv(2, n), num(3)), 0)))})
	by("EC, compressed point", parts{spki: seq(seq(oid(1, 2, 840, 10045, 2, 1), oid(1, 2, 840, 10045, 3, 1, 7)), bits(elliptic.MarshalCompressed(elliptic.P256(), key.X, key.Y)))})
	by("EC, no point of the curve", parts{spki: seq(seq(oid(1, 2, 840, 10045, 2, 1), oid(1, 2, 840, 10045, 3, 1, 7)), bits(append([]byte{4}, bytes.Repeat([]byte{1}, 64)...)))})
	by("EC, curve that Go does not know", parts{spki: seq(seq(oid(1, 2, 840, 10045, 2, 1), oid(1, 3, 132, 0, 10)), bits(must(key.PublicKey.Bytes())))})
	by("key of an algorithm that nobody knows", parts{spki: seq(seq(oid(1, 3, 6, 1, 4, 1, 99999, 7)), bits([]byte{1}))})
	by("key with unused bits", parts{spki: seq(rsaAlg, tlv(3, []byte{3, 0x30, 0x08}))})

	with := func(name string, all ...[]byte) { by(name, parts{extensions: all}) }
	san := func(names ...[]byte) []byte { return extension(seq(names...), 2, 5, 29, 17) }
	dns := func(s string) []byte { return tlv(0x82, []byte(s)) }
	with("an extension twice", basic, basic)
	with("unknown extension, critical", critical([]byte{5, 0}, 1, 3, 6, 1, 4, 1, 99999, 1))
	with("critical is 01", seq(oid(2, 5, 29, 19), tlv(1, []byte{1}), tlv(4, seq())))
	with("critical is written out as FALSE", seq(oid(2, 5, 29, 19), tlv(1, []byte{0}), tlv(4, seq())))
	with("extension without octets", extension(nil, 2, 5, 29, 19))
	with("extension that is no OCTET STRING", seq(oid(2, 5, 29, 19), seq()))
	with("octets behind an extension's value", extension(append(seq(), 5, 0), 2, 5, 29, 19))
	with("SAN with nothing", san())
	with("SAN, NUL in a name", san(dns("mfp.example\x00.evil.example")))
	with("SAN, underscore", san(dns("mfp_7.example")))
	with("SAN, wildcards", san(dns("*.example"), dns("m*.example"), dns("*")))
	with("SAN, dots at the ends", san(dns("mfp.example."), dns(".example")))
	with("SAN, blank", san(dns("mfp 7.example")))
	with("SAN, empty name", san(dns("")))
	with("SAN, letters beyond ASCII", san(dns("büro.example")))
	with("SAN, punycode", san(dns("xn--bro-hoa.example")))
	with("SAN, address as a name", san(dns("192.0.2.7")))
	with("SAN, IPv4 and IPv6", san(tlv(0x87, []byte{192, 0, 2, 7}), tlv(0x87, []byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7})))
	with("SAN, address of 5 octets", san(tlv(0x87, []byte{192, 0, 2, 7, 0})))
	with("SAN, address with a mask", san(tlv(0x87, []byte{192, 0, 2, 7, 255, 255, 255, 0})))
	with("SAN, other name", san(tlv(0xa0, oid(1, 3, 6, 1, 4, 1, 311, 20, 2, 3), tlv(0xa0, tlv(utf8, []byte("mfp@example"))))))
	with("SAN, URI", san(tlv(0x86, []byte("https://mfp.example/"))))
	with("SAN, URI without a host", san(tlv(0x86, []byte("mailto:a b"))))
	with("SAN, directory name", san(tlv(0xa4, device)))
	with("SAN, critical, no subject", critical(seq(dns("mfp.example")), 2, 5, 29, 17))
	with("key usage of nothing", extension(bits(nil), 2, 5, 29, 15))
	with("key usage, zero bits at the end", extension(bits([]byte{0xa0}), 2, 5, 29, 15))
	with("path length without CA", extension(seq(num(0)), 2, 5, 29, 19))
	with("path length negative", extension(seq(tlv(1, []byte{0xff}), num(0xff)), 2, 5, 29, 19))
	with("CA is FALSE, written out", extension(seq(tlv(1, []byte{0})), 2, 5, 29, 19))
	with("extended key usage of nothing", extension(seq(), 2, 5, 29, 37))
	with("AKI of nothing", extension(seq(), 2, 5, 29, 35))
	with("AKI by issuer and serial number", extension(seq(tlv(0xa1, tlv(0xa4, office)), tlv(0x82, []byte{1})), 2, 5, 29, 35))
	with("AKI by all three", extension(seq(tlv(0x80, []byte{1, 2, 3}), tlv(0xa1, tlv(0xa4, office)), tlv(0x82, []byte{1})), 2, 5, 29, 35))
	with("AKI critical", critical(seq(tlv(0x80, []byte{1, 2, 3})), 2, 5, 29, 35))
	with("SKI of nothing", extension(tlv(4), 2, 5, 29, 14))
	cdp := func(points ...[]byte) []byte { return extension(seq(points...), 2, 5, 29, 31) }
	at := func(urls ...string) []byte {
		var all [][]byte
		for _, u := range urls {
			all = append(all, tlv(0x86, []byte(u)))
		}
		return seq(tlv(0xa0, tlv(0xa0, all...)))
	}
	with("CRL at HTTP and LDAP", cdp(at("http://crl.example/1.crl", "ldap:///CN=Office%20CA,DC=example?certificateRevocationList"), at("http://crl2.example/1.crl")))
	with("CRL address with a blank", cdp(at("http://crl.example/Office CA.crl")))
	with("CRL address beyond ASCII", cdp(at("http://crl.example/Büro.crl")))
	with("CRL address with a line end", cdp(at("http://crl.example/1.crl\n")))
	with("CRL address with a control character", cdp(at("http://crl.example/\x1b[2J.crl")))
	with("CRL point relative to its issuer", cdp(seq(tlv(0xa0, tlv(0xa1, attribute(3, printable, "1"))), tlv(0xa2, tlv(0xa4, office)))))
	with("CRL point of some reasons", cdp(seq(tlv(0xa0, tlv(0xa0, tlv(0x86, []byte("http://crl.example/1.crl")))), tlv(0x81, []byte{1, 6}))))
	with("CRL point of nothing", cdp(seq()))
	with("CRL address as a directory name", cdp(seq(tlv(0xa0, tlv(0xa0, tlv(0xa4, office))))))
	with("OCSP and issuer", extension(seq(seq(oid(1, 3, 6, 1, 5, 5, 7, 48, 1), tlv(0x86, []byte("http://ocsp.example"))), seq(oid(1, 3, 6, 1, 5, 5, 7, 48, 2), tlv(0x86, []byte("http://ca.example/1.cer")))), 1, 3, 6, 1, 5, 5, 7, 1, 1))
	with("OCSP as a DNS name", extension(seq(seq(oid(1, 3, 6, 1, 5, 5, 7, 48, 1), dns("ocsp.example"))), 1, 3, 6, 1, 5, 5, 7, 1, 1))
	with("access to nothing", extension(seq(), 1, 3, 6, 1, 5, 5, 7, 1, 1))
	with("a policy twice", extension(seq(seq(oid(1, 2, 3)), seq(oid(1, 2, 3))), 2, 5, 29, 32))
	with("name constraints for an end entity", extension(seq(tlv(0xa0, seq(dns(".example")))), 2, 5, 29, 30))

	plain := signed(parts{}.tbs())
	t.add("octets behind", append(slices.Clone(plain), 0))
	t.add("a line end behind", append(slices.Clone(plain), "\r\n"...))
	t.add("another certificate behind", slices.Concat(plain, plain))
	t.add("cut short", plain[:len(plain)-1])
	t.add("length longer than need be", append([]byte{0x30, 0x83, 0, plain[2], plain[3]}, plain[4:]...))
	t.add("indefinite length", slices.Concat([]byte{0x30, 0x80}, plain[4:], []byte{0, 0}))
	t.add("no signature", seq(parts{}.tbs(), withECDSA))
	t.add("signature of no octets", seq(parts{}.tbs(), withECDSA, bits(nil)))
	t.add("signature with unused bits", seq(parts{}.tbs(), withECDSA, tlv(3, []byte{4, 0xf0})))
	t.add("wrong signature", seq(parts{}.tbs(), withECDSA, sign([]byte("another"))))
	t.add("a request", request(nil, tlv(0xa0), spki))
	t.add("nothing", nil)
	t.add("an empty SEQUENCE", seq())
	by("something behind the extensions", parts{rest: slices.Concat(tlv(0xa3, seq(basic)), seq())})
	by("extensions twice", parts{rest: slices.Concat(tlv(0xa3, seq(basic)), tlv(0xa3, seq(basic)))})

	// Whole certificates by OpenSSL.
	for _, c := range []struct{ name, args string }{
		{"OpenSSL: Ed25519", "-newkey ed25519"},
		{"OpenSSL: Ed448", "-newkey ed448"},
		{"OpenSSL: RSA-PSS", "-newkey rsa-pss -pkeyopt rsa_keygen_bits:1024"},
		{"OpenSSL: RSA 512, MD5", "-newkey rsa:512 -md5"},
		{"OpenSSL: RSA 1024, SHA-1, negative serial number", "-newkey rsa:1024 -sha1 -set_serial -129"},
		{"OpenSSL: explicit curve", "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit"},
		{"OpenSSL: secp256k1", "-newkey ec -pkeyopt ec_paramgen_curve:secp256k1"},
		{"OpenSSL: brainpool", "-newkey ec -pkeyopt ec_paramgen_curve:brainpoolP256r1"},
		{"OpenSSL: P-224", "-newkey ec -pkeyopt ec_paramgen_curve:P-224"},
	} {
		t.made(c.name, append([]string{"-x509", "-days", "7000"}, strings.Fields(c.args)...)...)
	}
	t.write()
}

// made adds what "openssl req" makes.
func (t *table) made(name string, args ...string) {
	der, err := exec.Command("openssl", append([]string{"req", "-nodes", "-keyout", os.DevNull, "-subj", "/O=Office/CN=mfp7.example", "-outform", "DER"}, args...)...).Output()
	check(err)
	t.add(name, der)
}

// namesOf gives names of all kinds.
func (t *table) namesOf(add func(name string, der []byte)) {
	one := func(name string, id int, tag byte, value string) { add(name, seq(set(attribute(id, tag, value)))) }
	add("PrintableString", device)
	add("none", seq())
	add("an RDN of nothing", seq(set()))
	add("two in one RDN", seq(set(attribute(3, printable, "mfp7"), attribute(5, printable, "XYZ123"))))
	add("two in one RDN, unsorted", seq(set(attribute(5, printable, "XYZ123"), attribute(3, printable, "mfp7"))))
	add("CN twice", seq(set(attribute(3, printable, "mfp7")), set(attribute(3, printable, "mfp8"))))
	for _, c := range `_@*&!;"` {
		one("PrintableString with "+string(c), 3, printable, "mfp"+string(c)+"7")
	}
	one("PrintableString with Latin-1", 3, printable, "B\xfcro")
	one("UTF8String", 3, utf8, "Büro 複合機")
	one("UTF8String with Latin-1", 3, utf8, "B\xfcro")
	one("UTF8String with NUL", 3, utf8, "mfp\x00.evil")
	one("UTF8String that turns its direction", 3, utf8, "mfp\u202egpj.exe")
	one("UTF8String, decomposed", 3, utf8, "Bu\u0308ro")
	one("UTF8String with a control character", 3, utf8, "mfp\x1b[2J")
	one("UTF8String with a surrogate", 3, utf8, "\xed\xa0\x80")
	one("TeletexString, Latin-1", 3, teletex, "B\xfcro")
	one("TeletexString with UTF-8", 3, teletex, "Büro")
	one("IA5String with Latin-1", 3, ia5, "B\xfcro")
	one("BMPString", 3, bmp, "\x00m\x00f\x00p\x89\x07")
	one("BMPString, half a character", 3, bmp, "\x00m\x00")
	one("BMPString with surrogates", 3, bmp, "\xd8\x3d\xde\x00")
	one("BMPString with half a surrogate", 3, bmp, "\xd8\x3d\x00m")
	one("BMPString that ends in NUL", 3, bmp, "\x00m\x00\x00")
	one("UniversalString", 3, universal, "\x00\x00\x00m\x00\x01\xf6\x00")
	one("UniversalString beyond Unicode", 3, universal, "\x7f\xff\xff\xff")
	one("NumericString with letters", 3, numeric, "mfp7")
	one("an OCTET STRING", 3, 4, "mfp7")
	one("a SEQUENCE", 3, 0x30, "")
	one("empty", 3, utf8, "")
	one("blanks", 3, utf8, "  mfp   7  ")
	one("200 letters", 3, utf8, strings.Repeat("mfp7", 50))
	one("country of three letters", 6, printable, "JPN")
	one("characters of RFC 4514", 3, utf8, ` #a,b+c"d\e<f>g;h=i `)
	add("e-mail address", seq(set(seq(oid(1, 2, 840, 113549, 1, 9, 1), tlv(ia5, []byte("admin@example"))))))
	add("domain components", seq(set(seq(oid(0, 9, 2342, 19200300, 100, 1, 25), tlv(ia5, []byte("example"))))))
	add("an attribute that nobody knows", seq(set(seq(oid(1, 3, 6, 1, 4, 1, 99999, 9), tlv(utf8, []byte("x"))))))
	add("OID longer than need be", seq(set(seq(tlv(6, []byte{0x55, 0x80, 4, 3}), tlv(utf8, []byte("x"))))))
	add("an attribute without a value", seq(set(seq(oid(2, 5, 4, 3)))))
	add("an attribute with two values", seq(set(seq(oid(2, 5, 4, 3), tlv(utf8, []byte("a")), tlv(utf8, []byte("b"))))))
}

func names() {
	t := &table{file: "../dn/testdata/corpus/names.tsv"}
	ask := openssl("x509", "-inform", "DER", "-noout", "-subject", "-nameopt", "RFC2253")
	t.namesOf(func(name string, der []byte) {
		t.add(name, der)
		t.cases[len(t.cases)-1].OpenSSL = ask(signed(parts{subject: der}.tbs()))
	})
	t.write()
}

// request is a PKCS #10 request; subject nil is the usual one.
func request(subject, attributes, spki []byte) []byte {
	if subject == nil {
		subject = device
	}
	return signed(seq(num(0), subject, spki, attributes))
}

func requests() {
	t := &table{file: "../../keys/testdata/corpus/requests.tsv", ask: openssl("req", "-inform", "DER", "-noout", "-subject", "-verify", "-nameopt", "RFC2253")}
	none := tlv(0xa0)
	with := func(name string, values ...[]byte) {
		t.add(name, request(nil, tlv(0xa0, seq(oid(1, 2, 840, 113549, 1, 9, 14), set(values...))), spki))
	}
	challenge := func(name string, tag byte, value string) {
		t.add(name, request(nil, tlv(0xa0, seq(oid(1, 2, 840, 113549, 1, 9, 7), set(tlv(tag, []byte(value))))), spki))
	}
	san := extension(seq(tlv(0x82, []byte("mfp7.example"))), 2, 5, 29, 17)
	plain := request(nil, none, spki)
	t.add("nothing odd", plain)
	t.add("no attributes", request(nil, nil, spki))
	t.add("attributes as a SET", request(nil, set(), spki))
	t.add("attributes twice", request(nil, slices.Concat(none, none), spki))
	t.add("no subject", request(seq(), none, spki))
	t.add("short subject", request(cn(utf8, "m"), none, spki))
	t.add("subject with an underscore in a PrintableString", request(cn(printable, "mfp_7"), none, spki))
	t.add("subject in TeletexString", request(cn(teletex, "B\xfcro"), none, spki))
	t.add("subject in UniversalString", request(cn(universal, "\x00\x00\x00m"), none, spki))
	t.add("subject in BMPString", request(cn(bmp, "\x00m\x00f\x00p"), none, spki))
	t.add("version 2", signed(seq(num(1), device, spki, none)))
	t.add("no version", signed(seq(device, spki, none)))
	with("extensions", seq(san))
	with("extensions of nothing", seq())
	with("extensions, two values", seq(san), seq(san))
	with("extensions, no value", nil)
	with("an extension twice", seq(san, san))
	with("extensions that are none", []byte{5, 0})
	t.add("extensions asked for twice", request(nil, tlv(0xa0, seq(oid(1, 2, 840, 113549, 1, 9, 14), set(seq(san))), seq(oid(1, 2, 840, 113549, 1, 9, 14), set(seq(basic)))), spki))
	t.add("Microsoft's attribute for extensions", request(nil, tlv(0xa0, seq(oid(1, 3, 6, 1, 4, 1, 311, 2, 1, 14), set(seq(san)))), spki))
	t.add("Microsoft's attributes", request(nil, tlv(0xa0, seq(oid(1, 3, 6, 1, 4, 1, 311, 13, 2, 3), set(tlv(ia5, []byte("10.0.20348.2")))),
		seq(oid(1, 3, 6, 1, 4, 1, 311, 21, 20), set(seq(num(1), tlv(utf8, []byte("mfp")), tlv(utf8, []byte("x")), tlv(utf8, []byte("y")))))), spki))
	challenge("challenge in PrintableString", printable, "1234")
	challenge("challenge in UTF8String", utf8, "pä")
	challenge("challenge in BMPString", bmp, "\x00p")
	challenge("challenge in IA5String", ia5, "p@ss")
	challenge("challenge of nothing", utf8, "")
	t.add("attribute of no values", request(nil, tlv(0xa0, seq(oid(1, 2, 840, 113549, 1, 9, 7), set())), spki))
	t.add("attribute without a SET", request(nil, tlv(0xa0, seq(oid(1, 2, 840, 113549, 1, 9, 7))), spki))
	t.add("NUL behind", append(slices.Clone(plain), 0, 0, 0))
	t.add("a line end behind", append(slices.Clone(plain), "\r\n"...))
	t.add("cut short", plain[:len(plain)-1])
	t.add("indefinite length", slices.Concat([]byte{0x30, 0x80}, plain[3:], []byte{0, 0}))
	t.add("length longer than need be", append([]byte{0x30, 0x82, 0, plain[2]}, plain[3:]...))
	n := append([]byte{0}, bytes.Repeat([]byte{0xc5}, 128)...)
	t.add("RSA, modulus without its leading zero", request(nil, none, seq(rsaAlg, bits(seq(tlv(2, n[1:]), num(3))))))
	t.add("RSA without NULL", request(nil, none, seq(seq(oid(1, 2, 840, 113549, 1, 1, 1)), bits(seq(tlv(2, n), num(3))))))
	t.add("wrong signature", seq(seq(num(0), device, spki, none), withECDSA, sign([]byte("another"))))
	t.add("a certificate", signed(parts{}.tbs()))
	t.add("nothing", nil)
	for _, c := range []struct{ name, args string }{
		{"OpenSSL: Ed25519", "-newkey ed25519"}, {"OpenSSL: RSA-PSS", "-newkey rsa-pss -pkeyopt rsa_keygen_bits:1024"}, {"OpenSSL: RSA 512", "-newkey rsa:512"},
		{"OpenSSL: SAN", "-newkey rsa:1024 -addext subjectAltName=DNS:mfp7.example,IP:192.0.2.7"},
	} {
		t.made(c.name, append([]string{"-new"}, strings.Fields(c.args)...)...)
	}
	t.write()
}

func lists() {
	t := &table{file: "../../revocation/testdata/corpus/lists.tsv", ask: openssl("crl", "-inform", "DER", "-noout", "-crlnumber", "-lastupdate", "-nextupdate", "-issuer", "-nameopt", "RFC2253")}
	type list struct{ version, alg, issuer, this, next, entries, rest []byte }
	number := func(octets ...byte) []byte { return extension(num(octets...), 2, 5, 29, 20) }
	reason := func(n byte) []byte { return extension(tlv(10, []byte{n}), 2, 5, 29, 21) }
	entry := func(serial, at []byte, extensions ...[]byte) []byte {
		if extensions == nil {
			return seq(serial, at)
		}
		return seq(serial, at, seq(extensions...))
	}
	at := utc("261105120000Z")
	usual := seq(entry(num(0x12, 0x34), at, reason(1)))
	tbs := func(l list) []byte {
		or := func(b, usual []byte) []byte {
			if b == nil {
				return usual
			}
			return b
		}
		return seq(or(l.version, num(1)), or(l.alg, withECDSA), or(l.issuer, office), or(l.this, utc("261101000000Z")), or(l.next, utc("261201000000Z")),
			or(l.entries, usual), or(l.rest, tlv(0xa0, seq(number(7)))))
	}
	by := func(name string, l list) { t.add(name, signed(tbs(l))) }
	with := func(name string, extensions ...[]byte) { by(name, list{rest: tlv(0xa0, seq(extensions...))}) }
	revoked := func(name string, entries ...[]byte) { by(name, list{entries: seq(entries...)}) }
	by("nothing odd", list{})
	by("version 1", list{version: []byte{}, entries: seq(entry(num(5), at)), rest: []byte{}})
	by("version 1 with an entry's extensions", list{version: []byte{}, rest: []byte{}})
	by("version 1 with extensions", list{version: []byte{}})
	by("version 1 written out", list{version: num(0)})
	by("version 3", list{version: num(2)})
	by("version longer than need be", list{version: num(0, 1)})
	by("algorithm inside another than outside", list{alg: seq(oid(1, 2, 840, 10045, 4, 3, 3))})
	by("issuer with an underscore in a PrintableString", list{issuer: cn(printable, "Office_CA")})
	by("no issuer", list{issuer: seq()})
	by("no next update", list{next: []byte{}})
	by("GeneralizedTime before 2050", list{this: gen("20261101000000Z"), next: gen("20261201000000Z")})
	by("GeneralizedTime with a fraction", list{this: gen("20261101000000.000Z")})
	by("UTCTime without seconds", list{this: utc("2611010000Z")})
	by("UTCTime with an offset", list{this: utc("261101090000+0900")})
	by("no date", list{this: utc("never")})
	by("ends before it begins", list{this: utc("261201000000Z"), next: utc("261101000000Z")})
	by("no entries", list{entries: []byte{}})
	by("no entries in their list", list{entries: seq()})
	revoked("serial number 0", entry(num(0), at))
	revoked("serial number negative", entry(num(0x86, 0x96), at))
	revoked("serial number longer than need be", entry(num(0, 0, 0x12), at))
	revoked("serial number of no octets", entry(num(), at))
	revoked("serial number of 30 octets", entry(num(bytes.Repeat([]byte{0x11}, 30)...), at))
	revoked("serial number twice", entry(num(5), at, reason(1)), entry(num(5), at, reason(4)))
	revoked("not in order", entry(num(9), at), entry(num(5), at))
	revoked("reason 7", entry(num(5), at, reason(7)))
	revoked("reason 200", entry(num(5), at, extension(tlv(10, []byte{0, 200}), 2, 5, 29, 21)))
	revoked("reason as an INTEGER", entry(num(5), at, extension(num(1), 2, 5, 29, 21)))
	revoked("reason twice", entry(num(5), at, reason(1), reason(4)))
	revoked("an entry's extensions of nothing", seq(num(5), at, seq()))
	revoked("an entry's critical extension", entry(num(5), at, critical([]byte{5, 0}, 1, 3, 6, 1, 4, 1, 99999, 2)))
	revoked("invalidity date", entry(num(5), at, extension(gen("20261101000000Z"), 2, 5, 29, 24)))
	revoked("date as GeneralizedTime", entry(num(5), gen("20261105120000Z")))
	revoked("no date of an entry", seq(num(5)))
	revoked("something behind an entry's parts", seq(num(5), at, seq(reason(1)), num(1)))
	revoked("another certificate issuer", entry(num(5), at, critical(seq(tlv(0xa4, device)), 2, 5, 29, 29)))
	with("number 0", number(0))
	with("number negative", number(0xff))
	with("number of 21 octets", number(bytes.Repeat([]byte{0x11}, 21)...))
	with("number critical", critical(num(7), 2, 5, 29, 20))
	with("an extension twice", number(7), number(8))
	with("no number", extension(seq(tlv(0x80, []byte{1, 2, 3})), 2, 5, 29, 35))
	with("delta", number(7), critical(num(6), 2, 5, 29, 27))
	with("part of the list", number(7), critical(seq(tlv(0xa0, tlv(0xa0, tlv(0x86, []byte("http://crl.example/1.crl"))))), 2, 5, 29, 28))
	with("part of the list, not critical", number(7), extension(seq(tlv(0x81, []byte{0xff})), 2, 5, 29, 28))
	with("unknown extension, critical", number(7), critical([]byte{5, 0}, 1, 3, 6, 1, 4, 1, 99999, 1))
	by("extensions of nothing", list{rest: tlv(0xa0, seq())})
	by("no extensions", list{rest: []byte{}})
	by("something behind the extensions", list{rest: slices.Concat(tlv(0xa0, seq(number(7))), num(1))})
	plain := signed(tbs(list{}))
	t.add("NUL behind", append(slices.Clone(plain), 0))
	t.add("a line end behind", append(slices.Clone(plain), "\r\n"...))
	t.add("another list behind", slices.Concat(plain, plain))
	t.add("cut short", plain[:len(plain)-1])
	t.add("indefinite length", slices.Concat([]byte{0x30, 0x80}, plain[3:], []byte{0, 0}))
	t.add("no signature", seq(tbs(list{}), withECDSA))
	t.add("signature with unused bits", seq(tbs(list{}), withECDSA, tlv(3, []byte{4, 0xf0})))
	t.add("wrong signature", seq(tbs(list{}), withECDSA, sign([]byte("another"))))
	t.add("a certificate", signed(parts{}.tbs()))
	t.add("nothing", nil)
	t.write()
}

// texts have no reader in OpenSSL.
func texts() {
	fill := func(file string, all ...string) {
		t := &table{file: file, text: true}
		for _, line := range all {
			name, text, _ := strings.Cut(line, "|")
			t.add(name, []byte(text))
		}
		t.write()
	}
	fill("../address/testdata/corpus/addresses.tsv",
		"host|mfp7.example", "host alone|mfp7", "capitals|MFP7.Example", "underscore|mfp_7.example", "dot at the end|mfp7.example.", "two dots at the end|mfp7.example..", "dot alone|.",
		"blanks around| https://mfp7.example/ ", "line end behind|https://mfp7.example/\r\n", "blank inside|https://mfp 7.example/", "tab inside|https://mfp\t7.example/",
		"port|mfp7.example:8443", "port 0|mfp7.example:0", "port 65536|mfp7.example:65536", "no port|mfp7.example:", "port in words|https://mfp7.example:https/", "port with a sign|mfp7.example:+443", "port with zeros|mfp7.example:00443",
		"IPv4|192.0.2.7", "IPv4 with zeros|192.0.02.007", "IPv4 in hex|0xc0.0.2.7", "IPv4 as one number|https://3221225991/", "IPv4, three parts|https://192.0.2/",
		"IPv6|2001:db8::7", "IPv6 in brackets|[2001:db8::7]", "IPv6 with a port|[2001:db8::7]:8443", "IPv6 in a URL without brackets|https://2001:db8::7/", "IPv6 with a zone|[fe80::1%eth0]", "IPv6 with a zone, encoded|https://[fe80::1%25eth0]/", "IPv4 in IPv6|::ffff:192.0.2.7", "brackets that do not close|[2001:db8::7", "name in brackets|[mfp7]",
		"plain HTTP|http://mfp7.example/", "scheme in capitals|HTTPS://mfp7.example/", "one slash|https:/mfp7.example/", "no slash|https:mfp7.example", "three slashes|https:///mfp7.example/", "backslashes|https:\\\\mfp7.example\\", "scheme twice|https://https://mfp7.example/", "scheme and no host|https://", "FTP|ftp://mfp7.example/", "javascript|javascript:alert(1)", "file|file:///etc/passwd",
		"user|https://admin@mfp7.example/", "user and password|https://admin:7654321@mfp7.example/", "user without a scheme|admin@mfp7.example", "user that looks like a host|https://mfp7.example@evil.example/",
		"path|https://mfp7.example/rps/nativetop.cgi?x=1", "path without a scheme|mfp7.example/rps", "fragment|https://mfp7.example/#top", "query without a path|https://mfp7.example?x", "dots in the path|https://mfp7.example/../..//x",
		"letters beyond ASCII|https://büro.example/", "punycode|https://xn--bro-hoa.example/", "full-width letters|https://ｍｆｐ７.example/", "ideographic full stop|mfp7。example", "percent in the host|https://mfp%37.example/", "percent, NUL|https://mfp7%00.example/", "bad percent|https://mfp7%zz.example/", "NUL|https://mfp7\x00.example/", "escape character|https://mfp7\x1b[2J/", "no UTF-8|https://mfp\xff/", "soft hyphen|mfp\u00ad7", "zero width|mfp\u200b7.example", "byte order mark|\ufeffhttps://mfp7.example/", "quotes|\"https://mfp7.example/\"", "angle brackets|<https://mfp7.example/>", "two addresses|https://mfp7.example/ https://mfp8.example/", "comma|mfp7.example,mfp8.example", "nothing|", "blanks|  ", "wildcard|*.example", "hyphen first|-mfp7", "300 letters|"+strings.Repeat("a", 300))
	fill("../../models/testdata/corpus/versions.tsv",
		"usual|17.32", "three parts|130.0.117", "leading zero|03.11", "Ver.|Ver. 17.32", "Ver. without a blank|Ver.17.32", "Version|Version 17.32", "Version:|Version: 17.32", "V|V17.32", "V.|V. 17.32", "v|v17.32", "no-break space|Ver.\u00a017.32", "full-width digits|１７．３２", "full-width stop|17．32", "ideographic stop|17。32", "comma|17,32", "hyphen|17-32", "underscore|17_32", "blank inside|17. 32", "blanks around|  17.32  ", "line end|17.32\r\n", "letters behind|17.32b", "build behind|17.32 (build 5)", "date behind|17.32 2022/03/09", "in a sentence|Controller Version 17.32", "stop behind|17.32.", "stop before|.32", "two stops|17..32", "plus|+17.32", "minus|-17.32", "exponent|1e3", "hex|0x17", "one number|17", "0|0", "nothing|", "blank| ", "dashes|--", "300 digits|"+strings.Repeat("9", 300), "100 digits|"+strings.Repeat("9", 100), "Arabic digits|١٧.٣٢", "superscript|17.3²", "Roman|Ⅲ", "control character|17\x1b.32", "direction|\u202e23.71", "zero width|17.\u200b32", "no UTF-8|17.\xff32", "word|unknown", "two versions|17.32 18.01", "slash|17/32", "four parts|1.2.3.4", "leading zeros that count nothing|0017.0032")
	fill("../printed/testdata/corpus/dates.tsv",
		"usual|2022/03/09 0:17:53", "two digits|2022/03/09 00:17:53", "no seconds|2022/03/09 0:17", "hyphens|2022-03-09 0:17:53", "stops|09.03.2022 0:17:53", "T|2022-03-09T00:17:53", "T and Z|2022-03-09T00:17:53Z", "offset|2022-03-09T00:17:53+09:00", "day first|31/12/2022 0:17:53", "month first|12/31/2022 0:17:53", "either|02/03/2022 0:17:53", "blank before the day|2022 03/09 0:17:53", "year last|20/04 2022 16:42:19", "label|Last Updated: 2022/03/09 0:17:53", "Japanese|2022年3月9日 0:17:53", "Japanese hours|2022年3月9日 0時17分53秒", "Japanese era|令和4年3月9日 0:17:53", "Chinese morning|2022/03/09 上午 12:17:53", "PM|2022/03/09 1:17:53 PM", "AM|03/09/2022 12:17 AM", "Korean|2022년 3월 9일 0:17:53", "Korean stops|2022. 3. 9. 0:17:53", "month in words|9 Mar 2022 0:17:53", "month in words, first|Mar 9, 2022 0:17:53", "RFC 1123|Wed, 09 Mar 2022 00:17:53 GMT", "OpenSSL|Mar  9 00:17:53 2022 GMT", "no-break space|2022/03/09\u00a00:17:53", "full-width|２０２２／０３／０９　０：１７：５３", "two-digit year|22/03/09 0:17:53", "hour 24|2022/03/09 24:00:00", "second 60|2022/03/09 23:59:60", "month 13|2022/13/09 0:17:53", "30 February|2022/02/30 0:17:53", "29 February|2024/02/29 0:17:53", "29 February, no leap year|2023/02/29 0:17:53", "year 0|0000/01/01 0:17:53", "year 10000|10000/01/01 0:17:53", "no time|2022/03/09", "no date|0:17:53", "digits|20220309001753", "nothing|", "two dates|2022/03/09 0:17:53 2023/03/09 0:17:53", "two alike|2022/03/09 0:17:53 2022/03/09 0:17:53", "thousand slashes|"+strings.Repeat("1/", 1000)+"2022 1:00", "negative|-2022/03/09 0:17:53", "Arabic digits|٢٠٢٢/٠٣/٠٩ 0:17:53", "Buddhist era|2565/03/09 0:17:53", "control character|2022/03/09\x1b 0:17:53", "never|Indefinite")
}
