package keys_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/keys"
)

func ecdsaKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func requestOf(t *testing.T, template *x509.CertificateRequest, key crypto.Signer) *x509.CertificateRequest {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := keys.ParseCSR(der)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

// ordered is the order that the requests of these tests are held to.
func ordered() keys.Order {
	return keys.Order{Device: "192.0.2.7", Spec: keys.Spec{
		Name: "rk1", Hash: "SHA256", Algorithm: keys.Algorithm{Curve: "P256"},
		CommonName: "mfp.example", Organization: "Example Ltd", Country: "TW",
	}}
}

func subjectOf(cn string) pkix.Name {
	return pkix.Name{CommonName: cn, Organization: []string{"Example Ltd"}, Country: []string{"TW"}}
}

func rawName(t *testing.T, rdns ...[]any) []byte {
	t.Helper()
	var name []asn1.RawValue
	for _, rdn := range rdns {
		var set []struct {
			Type  asn1.ObjectIdentifier
			Value any
		}
		for i := 0; i < len(rdn); i += 2 {
			set = append(set, struct {
				Type  asn1.ObjectIdentifier
				Value any
			}{rdn[i].(asn1.ObjectIdentifier), rdn[i+1]})
		}
		der, err := asn1.MarshalWithParams(set, "set")
		if err != nil {
			t.Fatal(err)
		}
		name = append(name, asn1.RawValue{FullBytes: der})
	}
	der, err := asn1.Marshal(name)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func text(tag int, s string) asn1.RawValue { return asn1.RawValue{Tag: tag, Bytes: []byte(s)} }

// What a request may ask for, and what stops it before a CA hears of it.
// // G-4
func TestOrderCheck(t *testing.T) {
	t.Parallel()
	cn, o, c, ou := asn1.ObjectIdentifier{2, 5, 4, 3}, asn1.ObjectIdentifier{2, 5, 4, 10}, asn1.ObjectIdentifier{2, 5, 4, 6}, asn1.ObjectIdentifier{2, 5, 4, 11}
	mail := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	spiffe, _ := url.Parse("spiffe://corp.example/admin")
	extension := func(critical bool, value any, oid ...int) *x509.CertificateRequest {
		der, ok := value.([]byte)
		if !ok {
			der, _ = asn1.Marshal(value)
		}
		return &x509.CertificateRequest{Subject: subjectOf("mfp.example"), ExtraExtensions: []pkix.Extension{{Id: oid, Critical: critical, Value: der}}}
	}
	names := func(of ...asn1.RawValue) *x509.CertificateRequest { return extension(false, of, 2, 5, 29, 17) }
	of := func(raw []byte) *x509.CertificateRequest { return &x509.CertificateRequest{RawSubject: raw} }
	type withCA struct {
		CA bool `asn1:"optional"`
	}
	upn, _ := asn1.Marshal(struct {
		Type  asn1.ObjectIdentifier
		Value string `asn1:"explicit,tag:0,utf8"`
	}{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}, "Administrator@corp.example"})
	upn[0] = 0xa0
	order := ordered()
	for _, tc := range []struct {
		name string
		csr  *x509.CertificateRequest
		want string // of the error; empty: none
	}{
		{"as ordered", &x509.CertificateRequest{Subject: subjectOf("mfp.example")}, ""},
		{"case and spaces", of(rawName(t, []any{c, text(19, "tw")}, []any{o, text(12, "  example   LTD ")}, []any{cn, text(22, "MFP.example")})), ""},
		{"another order, other string types", of(rawName(t, []any{cn, text(20, "mfp.example")}, []any{c, text(12, "TW")}, []any{o, text(30, "\x00E\x00x\x00a\x00m\x00p\x00l\x00e\x00 \x00L\x00t\x00d")})), ""},
		{"an empty attribute", of(rawName(t, []any{c, text(19, "TW")}, []any{o, text(19, "Example Ltd")}, []any{ou, text(12, "")}, []any{cn, text(19, "mfp.example")})), ""},
		{"its own name again", &x509.CertificateRequest{Subject: subjectOf("mfp.example"), DNSNames: []string{"MFP.example."}}, ""},
		{"the address that we reach it by", &x509.CertificateRequest{Subject: subjectOf("mfp.example"), DNSNames: []string{"mfp.example"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 7)}}, ""},
		{"no CA", extension(true, withCA{}, 2, 5, 29, 19), ""},
		{"signs and encrypts", extension(true, asn1.BitString{Bytes: []byte{0xa0}, BitLength: 3}, 2, 5, 29, 15), ""},
		{"for TLS", extension(false, []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 1}, {1, 3, 6, 1, 5, 5, 7, 3, 2}}, 2, 5, 29, 37), ""},
		{"no extensions", extension(false, []asn1.ObjectIdentifier{}, 2, 5, 29, 37), ""},

		{"another common name", &x509.CertificateRequest{Subject: subjectOf("dc01.example")}, `common name: want "mfp.example", got ["dc01.example"]`},
		{"look-alike", &x509.CertificateRequest{Subject: subjectOf("ｍfp.example")}, "common name"},
		{"more behind a NUL", of(rawName(t, []any{c, text(19, "TW")}, []any{o, text(12, "Example Ltd")}, []any{cn, text(12, "mfp.example\x00.corp")})), "common name"},
		{"second common name", of(rawName(t, []any{c, text(19, "TW")}, []any{o, text(12, "Example Ltd")}, []any{cn, text(12, "mfp.example")}, []any{cn, text(12, "dc01.example")})), "common name"},
		{"second organization", of(rawName(t, []any{c, text(19, "TW")}, []any{o, text(12, "Example Ltd")}, []any{o, text(12, "system:masters")}, []any{cn, text(12, "mfp.example")})), "organization"},
		{"unit added", &x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example", Country: []string{"TW"}, Organization: []string{"Example Ltd"}, OrganizationalUnit: []string{"Admins"}}}, "organizational unit: nothing was ordered"},
		{"organization left out", &x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example", Country: []string{"TW"}}}, "organization: want"},
		{"e-mail in the subject", of(rawName(t, []any{c, text(19, "TW")}, []any{o, text(12, "Example Ltd")}, []any{cn, text(12, "mfp.example")}, []any{mail, text(22, "ceo@corp.example")})), "1.2.840.113549.1.9.1"},
		{"multi-valued RDN", of(rawName(t, []any{c, text(19, "TW")}, []any{cn, text(12, "mfp.example"), o, text(12, "Example Ltd")})), "multi-valued"},
		{"no subject", &x509.CertificateRequest{}, "common name"},
		{"other host names", &x509.CertificateRequest{Subject: subjectOf("mfp.example"), DNSNames: []string{"mfp.example", "dc01.corp.example"}}, "dc01.corp.example"},
		{"wildcard", &x509.CertificateRequest{Subject: subjectOf("mfp.example"), DNSNames: []string{"*.example"}}, "*.example"},
		{"address", &x509.CertificateRequest{Subject: subjectOf("mfp.example"), IPAddresses: []net.IP{net.IPv4(10, 0, 0, 1)}}, "10.0.0.1"},
		{"mailbox", &x509.CertificateRequest{Subject: subjectOf("mfp.example"), EmailAddresses: []string{"ceo@corp.example"}}, "ceo@corp.example"},
		{"all mailboxes of the host", &x509.CertificateRequest{Subject: subjectOf("mfp.example"), EmailAddresses: []string{"mfp.example"}}, "e-mail address"},
		{"URI", &x509.CertificateRequest{Subject: subjectOf("mfp.example"), URIs: []*url.URL{spiffe}}, "spiffe:"},
		{"login name of Windows", names(asn1.RawValue{FullBytes: upn}), "another name"},
		{"directory name", names(asn1.RawValue{Class: 2, Tag: 4, IsCompound: true, Bytes: rawName(t, []any{cn, text(12, "mfp.example")})}), "directory name"},
		{"registered ID", names(asn1.RawValue{Class: 2, Tag: 8, Bytes: []byte{42, 3}}), "registered ID"},
		{"CA", extension(true, withCA{true}, 2, 5, 29, 19), "2.5.29.19"},
		{"keyCertSign", extension(true, asn1.BitString{Bytes: []byte{0x04}, BitLength: 6}, 2, 5, 29, 15), "2.5.29.15"},
		{"OCSP signing", extension(false, []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 9}}, 2, 5, 29, 37), "2.5.29.37"},
		{"code signing besides", extension(false, []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 1}, {1, 3, 6, 1, 5, 5, 7, 3, 3}}, 2, 5, 29, 37), "2.5.29.37"},
		{"certificate template", extension(false, []byte{30, 4, 0, 'C', 0, 'A'}, 1, 3, 6, 1, 4, 1, 311, 20, 2), "1.3.6.1.4.1.311.20.2"},
		{"name constraints", extension(true, []byte{0x30, 0}, 2, 5, 29, 30), "2.5.29.30"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			csr := requestOf(t, tc.csr, ecdsaKey(t))
			err := order.Check(csr, 0)
			different, is := errors.AsType[*keys.RequestError](err)
			if (err == nil) != (tc.want == "") || err != nil && (!is || different.Key != "rk1" || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if wrong, err := keys.CheckCSR(csr, order.Spec, 0); err != nil || len(csr.IPAddresses) == 0 && len(wrong) > 0 != (tc.want != "") {
				t.Errorf("CheckCSR: %q, %v", wrong, err)
			}
		})
	}
}

// Names and keys that were ordered otherwise than by the common name.
func TestOrderCheckNamesAndKey(t *testing.T) {
	t.Parallel()
	u, _ := url.Parse("sip:mfp@sip.example")
	csr := requestOf(t, &x509.CertificateRequest{Subject: subjectOf("mfp.example"), DNSNames: []string{"a.example"}, IPAddresses: []net.IP{net.ParseIP("2001:db8::7")},
		EmailAddresses: []string{"mfp@mail.example"}, URIs: []*url.URL{u}}, ecdsaKey(t))
	order := ordered()
	order.Names = []string{"A.example", "2001:0db8::0007", "mfp@mail.example", "sip:mfp@sip.example", "not-asked-for.example"}
	if err := order.Check(csr, 0); err != nil {
		t.Error(err)
	}
	for _, tc := range []struct {
		name string
		edit func(*keys.Order)
		want string
	}{
		{"kind of key", func(o *keys.Order) { o.Spec.Algorithm = keys.Algorithm{RSABits: 2048} }, "key: want rsa2048"},
		{"length", func(o *keys.Order) { o.Spec.Algorithm = keys.Algorithm{Curve: "P384"} }, "key: want ecdsa-p384"},
		{"hash", func(o *keys.Order) { o.Spec.Hash = "SHA384" }, "signature: want SHA384"},
		{"any kind and hash", func(o *keys.Order) { o.Spec.Algorithm, o.Spec.Hash = keys.Algorithm{}, "" }, ""},
		{"a country that the form chose", func(o *keys.Order) { o.Spec.Country = "" }, ""},
		{"another country", func(o *keys.Order) { o.Spec.Country = "JP" }, "country"},
	} {
		o := order
		tc.edit(&o)
		if err := o.Check(csr, 0); (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
	if err := order.Check(nil, 0); err == nil {
		t.Error("no request: taken")
	}
	csr.Signature[9] ^= 1
	if err := order.Check(csr, 0); err == nil || !strings.Contains(err.Error(), "signature") {
		t.Errorf("broken signature: %v", err)
	}
}

// The attributes are looked at, too: what grants nothing passes.
func TestOrderCheckAttributes(t *testing.T) {
	t.Parallel()
	san, _ := asn1.Marshal([]asn1.RawValue{{Class: 2, Tag: 2, Bytes: []byte("dc01.corp.example")}})
	asked, _ := asn1.Marshal([]pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: san}})
	none := []byte{0x30, 0}
	challenge := func(s string) []byte { b, _ := asn1.Marshal(text(12, s)); return b }
	password, extensions := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 7}, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 14}
	for _, tc := range []struct {
		name       string
		attributes []byte // the element [0]; nil: left out
		want       string
	}{
		{"left out", nil, ""},
		{"none", attributes(t), ""},
		{"challenge password", attributes(t, attributeOf{password, [][]byte{challenge("x")}}), ""},
		{"no extensions", attributes(t, attributeOf{extensions, [][]byte{none}}), ""},
		{"names in the second list", attributes(t, attributeOf{extensions, [][]byte{none}}, attributeOf{extensions, [][]byte{asked}}), "twice"},
		{"names in the second value", attributes(t, attributeOf{extensions, [][]byte{none, asked}}), "1.2.840.113549.1.9.14"},
		{"names under Microsoft's number", attributes(t, attributeOf{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 1, 14}, [][]byte{asked}}), "1.3.6.1.4.1.311.2.1.14"},
		{"another attribute", attributes(t, attributeOf{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 2}, [][]byte{challenge("x")}}), "1.2.840.113549.1.9.2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			csr, err := keys.ParseCSR(requestWith(t, subjectOf("mfp.example"), tc.attributes))
			if err != nil {
				if tc.want == "" {
					t.Fatal(err)
				}
				return // crypto/x509 has refused it already
			}
			if err := ordered().Check(csr, 0); (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

type attributeOf struct {
	Type   asn1.ObjectIdentifier
	Values [][]byte
}

// attributes makes the element [0] of a request.
func attributes(t *testing.T, all ...attributeOf) []byte {
	t.Helper()
	var content []byte
	for _, a := range all {
		var values []asn1.RawValue
		for _, v := range a.Values {
			values = append(values, asn1.RawValue{FullBytes: v})
		}
		der, err := asn1.Marshal(struct {
			Type   asn1.ObjectIdentifier
			Values []asn1.RawValue `asn1:"set"`
		}{a.Type, values})
		if err != nil {
			t.Fatal(err)
		}
		content = append(content, der...)
	}
	der, err := asn1.Marshal(asn1.RawValue{Class: 2, IsCompound: true, Bytes: content})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// requestWith makes a request by hand, signed, with these attributes.
func requestWith(t *testing.T, subject pkix.Name, attributes []byte) []byte {
	t.Helper()
	key := ecdsaKey(t)
	name, _ := asn1.Marshal(subject.ToRDNSequence())
	spki, _ := x509.MarshalPKIXPublicKey(key.Public())
	info, _ := asn1.Marshal(asn1.RawValue{Tag: 16, IsCompound: true, Bytes: append(append(append([]byte{2, 1, 0}, name...), spki...), attributes...)})
	h := crypto.SHA256.New()
	h.Write(info)
	signature, err := key.Sign(rand.Reader, h.Sum(nil), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	der, err := asn1.Marshal(struct {
		Info      asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: info}, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestOrderInContext(t *testing.T) {
	t.Parallel()
	if _, ok := keys.OrderFrom(t.Context()); ok {
		t.Error("an order that nobody gave")
	}
	want := ordered()
	want.Uses = []keys.Use{keys.UseTLS}
	ctx, cancel := context.WithCancel(keys.WithOrder(t.Context(), want))
	defer cancel()
	if got, ok := keys.OrderFrom(ctx); !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, ok)
	}
	if got := want.SANs(); len(got) != 1 || got[0] != "mfp.example" {
		t.Errorf("names: %q", got)
	}
	both := requestOf(t, &x509.CertificateRequest{DNSNames: []string{"mfp.example", "dc01.example"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 7)}}, ecdsaKey(t))
	if got := want.NamesFor(both); !slices.Equal(got, []string{"mfp.example", "192.0.2.7"}) {
		t.Errorf("names for a request with the address: %q", got)
	}
	want.Policy.Names = []string{"DC01.example", "unasked.example"}
	if got := want.NamesFor(both); !slices.Equal(got, []string{"mfp.example", "DC01.example", "192.0.2.7"}) {
		t.Errorf("names with those of a policy: %q", got)
	}
	if got := want.NamesFor(requestOf(t, &x509.CertificateRequest{}, ecdsaKey(t))); !slices.Equal(got, []string{"mfp.example"}) {
		t.Errorf("names for a request without: %q", got)
	}
	if got := (keys.Order{}).SANs(); len(got) != 0 {
		t.Errorf("names of no order: %q", got)
	}
}

// An RSA key that nobody can have stops before its signature is looked at.
func TestOrderCheckHugeKey(t *testing.T) {
	t.Parallel()
	csr := requestOf(t, &x509.CertificateRequest{Subject: subjectOf("mfp.example")}, ecdsaKey(t))
	huge := *csr
	huge.PublicKey = hugeKey()
	if err := ordered().Check(&huge, 0); err == nil || !strings.Contains(err.Error(), "larger than any real one") {
		t.Error(err)
	}
	if _, err := keys.CheckCSR(&huge, ordered().Spec, 0); err == nil || !strings.Contains(err.Error(), "larger than any real one") {
		t.Error(err)
	}
}

func hugeKey() *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 100_000), E: 3}
}
