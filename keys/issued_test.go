package keys_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/keys"
)

// What a CA, or whoever can put a file into its place, gets past the check.
// // G-5
func TestCheckIssuedAgainstTheOrder(t *testing.T) {
	t.Parallel()
	office, evil := newCA(t), newCA(t)
	key := ecdsaKey(t)
	csr := requestOf(t, &x509.CertificateRequest{Subject: subjectOf("mfp.example")}, key)
	order := ordered()
	now := time.Now()
	day := 24 * time.Hour
	usages := func(of ...x509.ExtKeyUsage) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.ExtKeyUsage = of }
	}
	unknown := func(oid ...int) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{oid} }
	}
	lasts := func(d time.Duration) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotAfter = now.Add(d) }
	}
	usage := func(u x509.KeyUsage) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.KeyUsage = u }
	}
	subject := func(n pkix.Name) func(*x509.Certificate) { return func(c *x509.Certificate) { c.Subject = n } }
	names := func(dns ...string) func(*x509.Certificate) { return func(c *x509.Certificate) { c.DNSNames = dns } }
	critical := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
	}
	plain := keys.IssuedPolicy{}
	for _, tc := range []struct {
		name   string
		edit   func(*x509.Certificate)
		policy keys.IssuedPolicy
		want   string // of the error; empty: none
	}{
		{"as ordered", func(*x509.Certificate) {}, plain, ""},
		{"no names (SAN)", names(), plain, ""},
		{"and the address that we reach it by", func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 7)} }, plain, ""},
		{"subject left out", subject(pkix.Name{}), plain, ""},
		{"a part of the subject", subject(pkix.Name{CommonName: "MFP.example"}), plain, ""},
		{"names the issuer adds", names("mfp.example", "added.example"), plain, ""},
		{"TLS, IPSec, EAP", usages(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageIPSECTunnel), plain, ""},
		{"key usage", usage(x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment), plain, ""},
		{"ten years", lasts(3650 * day), plain, ""},

		{"another subject", subject(subjectOf("other.example")), plain, "common name"},
		{"another name", names("mfp.example", "other.example"), plain, "other.example"},
		{"another name alone", names("other.example"), plain, "lack mfp.example"},
		{"another address", func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(10, 0, 0, 1)} }, plain, "10.0.0.1"},
		{"a mailbox", func(c *x509.Certificate) { c.EmailAddresses = []string{"ceo@corp.example"} }, plain, "ceo@corp.example"},
		{"wildcard", names("*.example", "mfp.example"), plain, "*.example"},
		{"organization", subject(pkix.Name{CommonName: "mfp.example", Organization: []string{"system:masters"}}), plain, "organization"},
		{"names nobody", func(c *x509.Certificate) { c.Subject, c.DNSNames = pkix.Name{}, nil }, plain, "names nobody"},
		{"until 9999", func(c *x509.Certificate) { c.NotAfter = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }, plain, "MaxValidity"},
		{"since 1950", func(c *x509.Certificate) { c.NotBefore = time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC) }, plain, "MaxValidity"},
		{"five minutes", lasts(5 * time.Minute), plain, "MinValidity"},
		{"an hour", lasts(time.Hour), plain, "MinValidity"},
		{"CA", func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }, plain, "CA's"},
		{"keyCertSign", usage(x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign), plain, "sign certificates"},
		{"cRLSign", usage(x509.KeyUsageDigitalSignature | x509.KeyUsageCRLSign), plain, "revocation lists"},
		{"content commitment alone", usage(x509.KeyUsageContentCommitment), plain, "neither"},
		{"OCSP signing besides", usages(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageOCSPSigning), plain, "1.3.6.1.5.5.7.3.9"},
		{"code signing besides", usages(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageCodeSigning), plain, "1.3.6.1.5.5.7.3.3"},
		{"code signing alone", usages(x509.ExtKeyUsageCodeSigning), plain, "TLS servers"},
		{"registration authority", func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			unknown(1, 3, 6, 1, 5, 5, 7, 3, 28)(c)
		}, plain, "1.3.6.1.5.5.7.3.28"},
		{"unknown critical extension", critical, plain, "1.2.3.4"},
		{"serial number of the CA", func(c *x509.Certificate) { c.SerialNumber = big.NewInt(1) }, plain, "serial number"},
		{"serial number of the old one", func(c *x509.Certificate) { c.SerialNumber = big.NewInt(77) }, plain, "serial number"},

		{"policy: shorter", lasts(5 * time.Minute), keys.IssuedPolicy{MinValidity: time.Minute}, ""},
		{"policy: any end", lasts(5 * time.Minute), keys.IssuedPolicy{MinValidity: -1}, ""},
		{"policy: longer at the least", lasts(20 * day), keys.IssuedPolicy{MinValidity: 30 * day}, "MinValidity"},
		{"policy: shorter at the most", lasts(400 * day), keys.IssuedPolicy{MaxValidity: 398 * day}, "MaxValidity"},
		{"policy: longer at the most", lasts(7000 * day), keys.IssuedPolicy{MaxValidity: 8000 * day}, ""},
		{"policy: subject", subject(pkix.Name{CommonName: "mfp.example", Organization: []string{"Corp"}, SerialNumber: "7"}), keys.IssuedPolicy{AnySubject: true}, ""},
		{"policy: subject of another", subject(pkix.Name{CommonName: "dc01.example", Organization: []string{"Corp"}}), keys.IssuedPolicy{AnySubject: true}, "common name"},
		{"policy: a name", names("mfp.example", "x.example"), keys.IssuedPolicy{Names: []string{"x.example"}}, ""},
		{"policy: any name", names("mfp.example", "y.example"), keys.IssuedPolicy{AnyNames: true}, ""},
		{"policy: any name but ours", names("y.example"), keys.IssuedPolicy{AnyNames: true}, "lack mfp.example"},
		{"policy: a purpose", usages(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageEmailProtection), keys.IssuedPolicy{ExtKeyUsages: []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 4}}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			make := func(ca *ca) *x509.Certificate {
				return ca.issue(t, subjectOf("mfp.example"), key.Public(), func(c *x509.Certificate) {
					c.DNSNames = []string{"mfp.example"}
					tc.edit(c)
				})
			}
			old := office.issue(t, subjectOf("mfp.example"), ecdsaKey(t).Public(), func(c *x509.Certificate) { c.SerialNumber = big.NewInt(77) })
			for _, cas := range [][]*x509.Certificate{nil, {office.cert}} {
				e := keys.Expected{CSR: csr, Order: &order, Names: []string{"added.example"}, Now: now, CAs: cas, Old: []*x509.Certificate{nil, old},
					Uses: []keys.Use{keys.UseTLS}, Policy: tc.policy}
				chain := []*x509.Certificate{make(office), office.cert}
				_, err := keys.CheckIssued(chain, e)
				if _, typed := errors.AsType[*keys.IssuedError](err); (err == nil) != (tc.want == "") || err != nil && (!typed || !strings.Contains(err.Error(), tc.want)) {
					t.Errorf("%d CAs known: got %v, want %q", len(cas), err, tc.want)
				}
			}
			if _, err := keys.CheckIssued([]*x509.Certificate{make(evil), evil.cert}, keys.Expected{CSR: csr, Order: &order, Now: now, CAs: []*x509.Certificate{office.cert}, Policy: tc.policy}); err == nil {
				t.Error("another CA's is taken")
			}
		})
	}
}

// What is wrong with signatures, and where the request counts as the order.
func TestCheckIssuedSignatures(t *testing.T) {
	t.Parallel()
	office := newCA(t)
	key := ecdsaKey(t)
	csr := requestOf(t, &x509.CertificateRequest{Subject: subjectOf("mfp.example"), DNSNames: []string{"mfp.example"}}, key)
	now := time.Now()
	good := office.issue(t, csr.Subject, key.Public(), func(c *x509.Certificate) { c.DNSNames = csr.DNSNames })
	sha1 := office.issue(t, csr.Subject, key.Public(), func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 })
	own := (&ca{good, key}).issue(t, csr.Subject, key.Public(), nil)
	other := office.issue(t, subjectOf("other.example"), key.Public(), func(c *x509.Certificate) { c.DNSNames = []string{"other.example"} })
	huge := *office.cert
	huge.PublicKey = hugeKey()
	nobody := *good
	nobody.SignatureAlgorithm = x509.UnknownSignatureAlgorithm
	for _, tc := range []struct {
		name   string
		chain  []*x509.Certificate
		policy keys.IssuedPolicy
		want   string
	}{
		{"good", []*x509.Certificate{good}, keys.IssuedPolicy{}, ""},
		{"SHA-1", []*x509.Certificate{sha1}, keys.IssuedPolicy{}, "SHA-256"},
		{"SHA-1 allowed", []*x509.Certificate{sha1}, keys.IssuedPolicy{AllowSHA1: true}, ""},
		{"an algorithm that nobody knows", []*x509.Certificate{&nobody}, keys.IssuedPolicy{AllowSHA1: true}, "SHA-256"},
		{"by the device's own key", []*x509.Certificate{own}, keys.IssuedPolicy{}, "own key"},
		{"other names", []*x509.Certificate{other}, keys.IssuedPolicy{}, "other.example"},
		{"a CA that is not known", []*x509.Certificate{good, office.cert}, keys.IssuedPolicy{RequireCA: true}, "RequireCA"},
		{"an issuer with a huge key", []*x509.Certificate{good, &huge}, keys.IssuedPolicy{}, "larger than any real one"},
	} {
		_, err := keys.CheckIssued(tc.chain, keys.Expected{CSR: csr, Now: now, Policy: tc.policy})
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}
