package issuer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/dn"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/keys/issuer"
)

func TestLocalCAIssues(t *testing.T) {
	t.Parallel()
	for _, ca := range []struct {
		name string
		key  crypto.Signer
	}{{"RSA", rsaKey()}, {"ECDSA", ecKey()}, {"Ed25519", edKey()}} {
		for _, dev := range []struct {
			name string
			key  crypto.Signer
		}{{"RSA", otherRSA()}, {"ECDSA", ecKey()}} {
			t.Run(ca.name+"/"+dev.name, func(t *testing.T) {
				t.Parallel()
				root := newAuthority(t, "Root", ecKey(), nil, nil)
				middle := newAuthority(t, "Middle", ca.key, root, nil)
				local, err := issuer.NewLocalCA(middle.cert, middle.key, []*x509.Certificate{middle.cert, root.cert}, &issuer.LocalCAOptions{
					CRLDistributionPoints: []string{"http://ca.example/crl"},
					OCSPServers:           []string{"http://ca.example/ocsp"},
					IssuerURLs:            []string{"http://ca.example/ca.cer"},
				})
				if err != nil {
					t.Fatal(err)
				}
				csr := newCSR(t, dev.key, "mfp.example")
				chain, err := local.Issue(t.Context(), csr)
				if err != nil {
					t.Fatal(err)
				}
				if len(chain) != 2 || !chain[1].Equal(middle.cert) {
					t.Fatalf("chain of %d", len(chain))
				}
				cert := chain[0]
				if _, err := cert.Verify(x509.VerifyOptions{DNSName: "mfp.example", Roots: pool(root.cert), Intermediates: pool(chain[1:]...)}); err != nil {
					t.Error(err)
				}
				checkIssued(t, cert, csr, middle.cert)
				opensslVerifies(t, root.cert, chain, "mfp.example")
			})
		}
	}
}

// checkIssued looks at everything a certificate of a local CA promises.
func checkIssued(t *testing.T, cert *x509.Certificate, csr *x509.CertificateRequest, ca *x509.Certificate) {
	t.Helper()
	if !bytes.Equal(cert.RawSubject, csr.RawSubject) || !bytes.Equal(cert.RawSubjectPublicKeyInfo, csr.RawSubjectPublicKeyInfo) {
		t.Error("subject or key is not the request's")
	}
	usage := x509.KeyUsageDigitalSignature
	if _, ok := csr.PublicKey.(*rsa.PublicKey); ok {
		usage |= x509.KeyUsageKeyEncipherment
	}
	if cert.KeyUsage != usage || cert.IsCA || !cert.BasicConstraintsValid {
		t.Errorf("key usage %b, CA %v", cert.KeyUsage, cert.IsCA)
	}
	if !slices.Equal(cert.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}) {
		t.Errorf("extended key usage %v", cert.ExtKeyUsage)
	}
	if len(cert.SubjectKeyId) != 20 || len(ca.SubjectKeyId) == 0 || !bytes.Equal(cert.AuthorityKeyId, ca.SubjectKeyId) {
		t.Errorf("key identifiers %x, %x", cert.SubjectKeyId, cert.AuthorityKeyId)
	}
	if n := cert.SerialNumber.BitLen(); n != 128 || cert.SerialNumber.Sign() < 0 {
		t.Errorf("serial number of %d bits", n)
	}
	if got := cert.NotAfter.Sub(cert.NotBefore); got != issuer.DefaultValidity-time.Second {
		t.Errorf("lasts %v", got)
	}
	if age := time.Since(cert.NotBefore); age < issuer.DefaultBackdate || age > issuer.DefaultBackdate+time.Minute {
		t.Errorf("began %v ago", age)
	}
	if got := fmt.Sprint(cert.CRLDistributionPoints, cert.OCSPServer, cert.IssuingCertificateURL); got != "[http://ca.example/crl] [http://ca.example/ocsp] [http://ca.example/ca.cer]" {
		t.Error(got)
	}
}

// opensslVerifies asks somebody else.
func opensslVerifies(t *testing.T, root *x509.Certificate, chain []*x509.Certificate, host string) {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Log("openssl is not installed: not asked")
		return
	}
	out, err := exec.CommandContext(t.Context(), openssl, "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", host,
		"-CAfile", write(t, "root.pem", certPEM(root)), "-untrusted", write(t, "chain.pem", certPEM(chain[1:]...)),
		write(t, "leaf.pem", certPEM(chain[0]))).CombinedOutput()
	if err != nil {
		t.Errorf("openssl verify: %v\n%s", err, out)
	}
}

func TestLocalCANames(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "CA", ecKey(), nil, nil)
	added := func(names ...string) func(*x509.CertificateRequest) []string {
		return func(*x509.CertificateRequest) []string { return names }
	}
	for _, tc := range []struct {
		name  string
		cn    string
		names []string
		extra func(*x509.CertificateRequest) []string
		want  string
	}{
		{"host name", "mfp.example", nil, nil, "[mfp.example] []"},
		{"short name", "MFP-3F", nil, nil, "[MFP-3F] []"},
		{"IPv4", "192.0.2.7", nil, nil, "[] [192.0.2.7]"},
		{"IPv6", "2001:db8::7", nil, nil, "[] [2001:db8::7]"},
		{"for people", "Canon Printer", nil, nil, "[] []"},
		{"not an address", "192.0.2.777", nil, nil, "[] []"},
		{"with a zone", "fe80::1%eth0", nil, nil, "[] []"},
		{"none", "", []string{"a.example"}, nil, "[a.example] []"},
		{"asked for", "mfp.example", []string{"a.example", "192.0.2.8"}, nil, "[a.example] [192.0.2.8]"},
		{"added", "192.0.2.7", nil, added("mfp.example", "192.0.2.7"), "[mfp.example] [192.0.2.7]"},
		{"added twice", "mfp.example", []string{"a.example"}, added("A.example", "b.example"), "[a.example b.example] []"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			local, err := issuer.NewLocalCA(ca.cert, ca.key, nil, &issuer.LocalCAOptions{ExtraNames: tc.extra})
			if err != nil {
				t.Fatal(err)
			}
			chain, err := local.Issue(ordered(t, tc.cn, tc.names...), newCSR(t, ecKey(), tc.cn, tc.names...))
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(chain[0].DNSNames, chain[0].IPAddresses); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if !chain[len(chain)-1].Equal(ca.cert) {
				t.Error("the CA is not in the chain")
			}
		})
	}
	local, err := issuer.NewLocalCA(ca.cert, ca.key, nil, &issuer.LocalCAOptions{ExtraNames: added("not a name")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := local.Issue(t.Context(), newCSR(t, ecKey(), "mfp.example")); err == nil || !strings.Contains(err.Error(), `"not a name"`) {
		t.Errorf("a bad added name: %v", err)
	}
}

func TestLocalCAValidity(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, tc := range []struct {
		name               string
		caBegin, caEnd     time.Duration // from now
		validity, backdate time.Duration
		begin, end         time.Duration
		note               bool
	}{
		{"default", -100 * day, 3650 * day, 0, 0, -day, issuer.DefaultValidity - day - time.Second, false},
		{"asked for", -100 * day, 3650 * day, 90 * day, time.Hour, -time.Hour, 90*day - time.Hour - time.Second, false},
		{"not backdated", -100 * day, 3650 * day, 90 * day, -1, 0, 90*day - time.Second, false},
		{"the CA ends before", -100 * day, 30 * day, 90 * day, 0, -day, 30 * day, true},
		{"the CA is new", -time.Hour, 3650 * day, 90 * day, 0, -time.Hour, 90*day - time.Hour - time.Second, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ca := newAuthority(t, "CA", ecKey(), nil, func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = now.Add(tc.caBegin), now.Add(tc.caEnd)
			})
			local, err := issuer.NewLocalCA(ca.cert, ca.key, nil, &issuer.LocalCAOptions{
				Validity: tc.validity, Backdate: tc.backdate, Now: func() time.Time { return now },
				OCSPServers: []string{"http://ca.example"},
			})
			if err != nil {
				t.Fatal(err)
			}
			chain, err := local.Issue(t.Context(), newCSR(t, ecKey(), "mfp.example"))
			if err != nil {
				t.Fatal(err)
			}
			if begin, end := chain[0].NotBefore.Sub(now), chain[0].NotAfter.Sub(now); begin != tc.begin || end != tc.end {
				t.Errorf("%v to %v, want %v to %v", begin, end, tc.begin, tc.end)
			}
			info, err := local.Check(t.Context())
			if err != nil || len(info.Notes) > 0 != tc.note {
				t.Errorf("notes %q, error %v", info.Notes, err)
			}
		})
	}
}

func TestLocalCACheck(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "Root", ecKey(), nil, nil)
	ca := newAuthority(t, "Printers CA", edKey(), root, nil)
	local, err := issuer.NewLocalCA(ca.cert, ca.key, []*x509.Certificate{root.cert}, nil)
	if err != nil {
		t.Fatal(err)
	}
	info, err := local.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(info.Name, "Printers CA") || info.Names == "" || len(info.CAs) != 2 || len(info.Notes) != 2 {
		t.Errorf("%+v", info)
	}
	broken, err := issuer.NewLocalCA(ca.cert, brokenSigner{ca.key}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := broken.Check(t.Context()); !errors.Is(err, errToken) {
		t.Errorf("a token that does not sign: %v", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		for _, v := range []any{local, *local} {
			if got := fmt.Sprintf(verb, v); !strings.HasPrefix(got, `local CA "`) {
				t.Errorf("%s prints %s", verb, got)
			}
		}
	}
}

var errToken = errors.New("the token is locked")

type brokenSigner struct{ crypto.Signer }

func (brokenSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errToken }

// Names that are neither host names nor addresses can be ordered.
func TestLocalCAKeepsOtherNames(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "CA", ecKey(), nil, nil)
	local, err := issuer.NewLocalCA(ca.cert, ca.key, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	key := ecKey().(*ecdsa.PrivateKey)
	der, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{
		EmailAddresses: []string{"mfp@mail.example"},
		URIs:           []*url.URL{{Scheme: "sip", Opaque: "mfp@sip.example"}},
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	ctx := keys.WithOrder(t.Context(), keys.Order{Names: []string{"mfp@mail.example", "sip:mfp@sip.example"}})
	chain, err := local.Issue(ctx, must(x509.ParseCertificateRequest(der)))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(chain[0].EmailAddresses, chain[0].URIs); got != "[mfp@mail.example] [sip:mfp@sip.example]" {
		t.Error(got)
	}
}

// A request whose subject has a letter that its string type may not have gets a
// certificate that everybody can read: the same texts in another type.
func TestLocalCAOddSubject(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "Root", ecKey(), nil, nil)
	local, err := issuer.NewLocalCA(root.cert, root.key, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	odd := []byte{0x30, 42, 0x31, 18, 0x30, 16, 6, 3, 0x55, 4, 10, 0x13, 9, 'F', 'l', 'o', 'o', 'r', '_', '@', '7', '!', 0x31, 20, 0x30, 18, 6, 3, 0x55, 4, 3, 0x0c, 11}
	odd = append(odd, "mfp.example"...)
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{RawSubject: odd}, otherRSA())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x509.ParseCertificateRequest(der); err == nil {
		t.Fatal("not odd")
	}
	csr, err := keys.ParseCSR(der)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := local.Issue(t.Context(), csr)
	if err != nil {
		t.Fatal(err)
	}
	if got := chain[0].Subject; got.CommonName != "mfp.example" || len(got.Organization) != 1 || got.Organization[0] != "Floor_@7!" || !dn.Equal(chain[0].RawSubject, odd) {
		t.Errorf("%v", got)
	}
}

// The chain above a CA may write the names in other string types and in capitals.
func TestLocalCANamesInOtherForm(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "Root", ecKey(), nil, nil)
	written := *root.cert
	written.RawSubject = append([]byte{0x30, 33, 0x31, 16, 0x30, 14, 6, 3, 0x55, 4, 10, 0x0c, 7}, "EXAMPLE"...)
	written.RawSubject = append(written.RawSubject, append([]byte{0x31, 13, 0x30, 11, 6, 3, 0x55, 4, 3, 0x0c, 4}, "rOOt"...)...)
	middle := newAuthority(t, "Middle", ecKey(), &authority{&written, root.key}, nil)
	if bytes.Equal(middle.cert.RawIssuer, root.cert.RawSubject) || !dn.Equal(middle.cert.RawIssuer, root.cert.RawSubject) {
		t.Fatal("not the same name in another form")
	}
	local, err := issuer.NewLocalCA(middle.cert, middle.key, []*x509.Certificate{middle.cert, root.cert}, nil)
	if err != nil {
		t.Fatal(err)
	}
	csr := newCSR(t, otherRSA(), "mfp.example")
	chain, err := local.Issue(t.Context(), csr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.CheckIssued(append(chain, root.cert), keys.Expected{CSR: csr, CAs: []*x509.Certificate{root.cert}, Now: time.Now()}); err != nil {
		t.Errorf("CheckIssued: %v", err)
	}
	stranger := newAuthority(t, "Root", ecKey(), nil, nil)
	if _, err := keys.CheckIssued(chain, keys.Expected{CSR: csr, CAs: []*x509.Certificate{stranger.cert}, Now: time.Now()}); err == nil {
		t.Error("CheckIssued takes a stranger of the same name")
	}
}
