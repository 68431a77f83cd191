package simdevice

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
	"golang.org/x/net/html"
)

// The whole round with a certificate of a CA: G-4 to G-6, R-1, R-5.
func TestCSRProcedure(t *testing.T) {
	t.Parallel()
	underSeeds(t, func(t *testing.T, seed uint64) {
		lang := []string{"zh-TW", "en", "ja"}[seed%3]
		d, c := loggedIn(t, Config{Seed: seed, Language: lang, RestartTime: time.Millisecond, RestartDelay: time.Millisecond, GenerateTime: time.Millisecond})
		c.generateCSR(good("New1"))
		csr := c.shownCSR()
		if err := csr.CheckSignature(); err != nil {
			t.Errorf("the request: %v", err)
		}
		if len(csr.Extensions) > 0 || csr.Subject.CommonName != "printer.example" {
			t.Errorf("subject %s, extensions %v", csr.Subject, csr.Extensions)
		}
		c.tryOpen(PageCSRFile)
		if file := parsedCSR([]byte(c.body)); file == nil || !bytes.Equal(file.Raw, csr.Raw) || c.resp.Header.Get("Content-Disposition") == "" {
			t.Errorf("the file differs from what is shown:\n%s", c.body)
		}
		c.toKeyList()
		if k := keyNamed(d, "New1"); !k.NoCertificate || !k.Generated {
			t.Fatalf("the new key: %+v", k)
		}
		der := issued(t, csr)
		c.registerFor("New1", der)
		c.open(PageKeyDetails, Field{d.lay.rowField(), c.row("New1")})
		if page := html.UnescapeString(c.body); !strings.Contains(page, "Test CA") || !strings.Contains(page, "2048") {
			t.Errorf("details of the registered certificate:\n%s", page)
		}
		c.use("New1")
		c.apply()
		if got := servedKey(t, d); got != "New1" || !bytes.Equal(keyNamed(d, "New1").Certificate.Raw, der) {
			t.Errorf("served with %q", got)
		}
		c.enterAgain()
		c.logout()
	})
}

// A request is shown once, unless the device is one that shows it again.
func TestCSRShownAgain(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		underSeeds(t, func(t *testing.T, seed uint64) {
			_, c := loggedIn(t, Config{Seed: seed, CSRShownAgain: again, Keys: append(defaultKeys(), KeySpec{Name: "Left", NoCertificate: true})})
			c.generateCSR(good("New1"))
			first := c.shownCSR()
			for _, name := range []string{"New1", "Left"} {
				c.toKeyList()
				row := Field{c.d.lay.rowField(), c.row(name)}
				c.open(PageRegister, row)
				c.tryOpen(PageCSRData, row)
				shown := strings.Contains(c.body, "CERTIFICATE REQUEST")
				if shown != again {
					t.Errorf("%s: shown: %v, want %v", name, shown, again)
				}
				if again && name == "New1" && !bytes.Equal(c.shownCSR().Raw, first.Raw) {
					t.Error("another request is shown")
				}
			}
			c.tryOpen(PageCSRFile)
			if got := parsedCSR([]byte(c.body)) != nil; got != again {
				t.Errorf("downloaded: %v, want %v", got, again)
			}
			c.logout()
		})
	}
}

// Every kind of key has a request that the standard library reads, and weak
// firmware makes weak ones here too.
func TestCSRKinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		n    newKey
		want x509.SignatureAlgorithm
		bits int // of RSA
	}{
		{"RSA 512", newKey{length: 0}, x509.SHA256WithRSA, 512},
		{"RSA 1024, SHA-384", newKey{length: 1, hash: 1}, x509.SHA384WithRSA, 1024},
		{"RSA 2048, SHA-512", newKey{length: 2, hash: 2}, x509.SHA512WithRSA, 2048},
		{"P-256", newKey{curve: 1}, x509.ECDSAWithSHA256, 0},
		{"P-384, SHA-384", newKey{curve: 2, hash: 1}, x509.ECDSAWithSHA384, 0},
		{"P-521, SHA-512", newKey{curve: 3, hash: 2}, x509.ECDSAWithSHA512, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, weak := range []bool{false, true} {
				_, c := loggedIn(t, Config{MakesWeakKeys: weak, CSRNames: []string{"printer.example", "192.0.2.7", "2001:db8::1"}})
				n := test.n
				n.name, n.cn = "New1", "printer.example"
				c.generateCSR(n)
				csr := c.shownCSR()
				if csr.SignatureAlgorithm != test.want {
					t.Errorf("signed with %v", csr.SignatureAlgorithm)
				}
				if err := csr.CheckSignature(); err != nil && test.bits != 512 { // too short for the library
					t.Error(err)
				}
				if !slices.Equal(csr.DNSNames, []string{"printer.example"}) || len(csr.IPAddresses) != 2 {
					t.Errorf("names %q %v", csr.DNSNames, csr.IPAddresses)
				}
				if public, ok := csr.PublicKey.(*rsa.PublicKey); ok {
					if public.N.BitLen() != test.bits || closePrimes(&x509.Certificate{PublicKey: public}) != weak {
						t.Errorf("%d bits, weak: %v", public.N.BitLen(), !weak)
					}
				}
				c.logout()
			}
		})
	}
}

// What a file must be like to be registered.
func TestRegisterFiles(t *testing.T) {
	t.Parallel()
	_, c := loggedIn(t, Config{})
	c.generateCSR(good("New1"))
	csr := c.shownCSR()
	c.logout()
	ca, der := office().Certificate(), issued(t, csr)
	bundle, err := pkcs7.DegenerateCertificate(append(slices.Clone(ca.Raw), der...))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"DER": der, "PEM": append([]byte("Bag Attributes\r\n"), inPEM(der)...), "chain": append(inPEM(ca.Raw), inPEM(der)...),
		"PKCS7": bundle, "PKCS7 in PEM": pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: bundle}),
		"HTML": []byte("<html>"), "nothing": nil, "other PEM": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr.Raw}),
	}
	takes := map[CertificateFiles][]string{
		"": {"DER", "PEM"}, FilesDER: {"DER"}, FilesPEM: {"PEM"}, FilesBundles: {"DER", "PEM", "chain", "PKCS7", "PKCS7 in PEM"},
	}
	for kind, names := range takes {
		for name, file := range files {
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				t.Parallel()
				d, c := loggedIn(t, Config{CertificateFiles: kind}) // same seed, same key
				c.generateCSR(good("New1"))
				c.registerFor("New1", file)
				want := slices.Contains(names, name)
				k := keyNamed(d, "New1")
				if got := !k.NoCertificate; got != want || c.has(wErrCertFile) == want {
					t.Fatalf("taken: %v, want %v", got, want)
				}
				if want && !bytes.Equal(k.Certificate.Raw, der) {
					t.Error("another certificate is registered")
				}
				if want {
					c.registerFor("New1", file)
					if !c.has(wErrHasCert) {
						t.Error("a second certificate is taken")
					}
				}
				c.logout()
			})
		}
	}
	if _, err := New(Config{CertificateFiles: "odd"}); err == nil {
		t.Error("unknown files are accepted")
	}
}

// Requests carry a challenge password if there is one.
func TestRequestChallenge(t *testing.T) {
	t.Parallel()
	d, _ := loggedIn(t, Config{Tolerate: []Invariant{InvariantNoOpenSession}})
	der, err := certificationRequest(d.store.keys[0].signer, crypto.SHA256, pkix.Name{CommonName: "x"}, []string{"a.example"}, "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := asn1.Marshal("s3cret")
	if !bytes.Contains(csr.Raw, want) || csr.CheckSignature() != nil || len(csr.DNSNames) != 1 {
		t.Errorf("request %x", csr.Raw)
	}
}
