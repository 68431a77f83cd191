package testca_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/testca"
)

func newCA(t *testing.T, o *testca.Options) *testca.CA {
	t.Helper()
	ca, err := testca.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func TestIssue(t *testing.T) {
	t.Parallel()
	for _, o := range []*testca.Options{nil, {ECDSA: true}, {Intermediate: true, Name: "Plant CA"}} {
		ca := newCA(t, o)
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		csr, err := testca.NewRequest(key, x509.CertificateRequest{
			Subject:  pkix.Name{CommonName: "mfp.example"},
			DNSNames: []string{"mfp.example"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 7)},
		}, "secret")
		if err != nil {
			t.Fatal(err)
		}
		cert, err := ca.Issue(csr)
		if err != nil {
			t.Fatal(err)
		}
		intermediates := x509.NewCertPool()
		intermediates.AddCert(ca.Certificate())
		for _, name := range []string{"mfp.example", "192.0.2.7"} {
			if _, err := cert.Verify(x509.VerifyOptions{Roots: ca.Pool(), Intermediates: intermediates, DNSName: name}); err != nil {
				t.Errorf("%+v: %v", o, err)
			}
		}
		if !key.PublicKey.Equal(cert.PublicKey) {
			t.Error("another key was certified")
		}
		csr.Signature[10] ^= 1
		if _, err := ca.Issue(csr); err == nil {
			t.Error("a request with a broken signature was accepted")
		}
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	ca := newCA(t, &testca.Options{ECDSA: true, CRLURL: "http://ca.example/crl", OCSPURL: "http://ca.example/ocsp"})
	cert, err := ca.IssueAs(&x509.Certificate{Subject: pkix.Name{CommonName: "a"}}, ca.Key().Public())
	if err != nil {
		t.Fatal(err)
	}
	if cert.CRLDistributionPoints[0] != "http://ca.example/crl" || cert.OCSPServer[0] != "http://ca.example/ocsp" {
		t.Errorf("%q, %q", cert.CRLDistributionPoints, cert.OCSPServer)
	}
	if err := ca.Revoke(big.NewInt(12345), 4); err == nil || errors.Is(err, testca.ErrRevoked) {
		t.Errorf("unknown number: %v", err)
	}
	if err := ca.Revoke(cert.SerialNumber, 4); err != nil {
		t.Fatal(err)
	}
	if err := ca.Revoke(cert.SerialNumber, 4); !errors.Is(err, testca.ErrRevoked) {
		t.Errorf("second time: %v", err)
	}
	var last *big.Int
	for range 2 {
		der, err := ca.CRL()
		if err != nil {
			t.Fatal(err)
		}
		crl, err := x509.ParseRevocationList(der)
		if err != nil {
			t.Fatal(err)
		}
		if err := crl.CheckSignatureFrom(ca.Certificate()); err != nil {
			t.Error(err)
		}
		if e := crl.RevokedCertificateEntries; len(e) != 1 || e[0].SerialNumber.Cmp(cert.SerialNumber) != 0 || e[0].ReasonCode != 4 {
			t.Errorf("%+v", e)
		}
		if last != nil && crl.Number.Cmp(last) <= 0 {
			t.Errorf("CRL number %v after %v", crl.Number, last)
		}
		last = crl.Number
	}
}

// A device enrols itself, as the library's own client would.
func TestEnrol(t *testing.T) {
	t.Parallel()
	plain, below := newCA(t, nil), newCA(t, &testca.Options{Intermediate: true, ECDSA: true})
	key, err := devicetest.GenerateKey(2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		ca    *testca.CA
		cfg   testca.SCEP
		with  string // challenge
		errs  []string
		ident string
	}{
		{"plain", plain, testca.SCEP{}, "", []string{""}, ""},
		{"RA", below, testca.SCEP{RA: true, Ident: "plant"}, "", []string{""}, "plant"},
		{"wrong identifier", plain, testca.SCEP{Ident: "plant"}, "", []string{"http"}, "office"},
		{"challenge", plain, testca.SCEP{Challenge: "s3cret"}, "s3cret", []string{"", ""}, ""},
		{"wrong challenge", plain, testca.SCEP{Challenge: "s3cret"}, "other", []string{"2"}, ""},
		{"no challenge", plain, testca.SCEP{Challenge: "s3cret"}, "", []string{"2"}, ""},
		{"pending", plain, testca.SCEP{Pending: 1, NoCertPoll: true}, "", []string{"pending", ""}, ""},
		{"rejected", plain, testca.SCEP{Reject: "3"}, "", []string{"3"}, ""},
		{"3DES", plain, testca.SCEP{Faults: []testca.Fault{testca.Fault3DES}}, "", []string{""}, ""},
		{"BER", plain, testca.SCEP{Faults: []testca.Fault{testca.FaultBER}}, "", []string{""}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server, err := tc.ca.Server(tc.cfg)
			if err != nil {
				t.Fatal(err)
			}
			web := httptest.NewServer(server)
			defer web.Close()
			for i, want := range tc.errs {
				cert, err := testca.Enrol(t.Context(), testca.Enrolment{
					URL: web.URL + "/scep", Ident: tc.ident, Challenge: tc.with, Key: key,
					Subject: pkix.Name{CommonName: "mfp.example"}, DNSNames: []string{"mfp.example"},
				})
				refused, _ := errors.AsType[*testca.FailureError](err)
				switch {
				case want == "" && (err != nil || !key.PublicKey.Equal(cert.PublicKey) || cert.DNSNames[0] != "mfp.example"),
					want == "http" && (err == nil || refused != nil),
					want == "pending" && !errors.Is(err, testca.ErrPending),
					len(want) == 1 && (refused == nil || refused.Info != want):
					t.Errorf("%d: %v", i, err)
				}
			}
		})
	}
}

// A one-time password is good once.
func TestOneTimeChallenge(t *testing.T) {
	t.Parallel()
	server, err := newCA(t, nil).Server(testca.SCEP{OneTime: []string{"one", "two"}})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	defer web.Close()
	for i, tc := range []struct {
		challenge string
		ok        bool
	}{{"one", true}, {"one", false}, {"", false}, {"two", true}} {
		key, err := devicetest.GenerateKey(2048)
		if err != nil {
			t.Fatal(err)
		}
		_, err = testca.Enrol(t.Context(), testca.Enrolment{URL: web.URL, Challenge: tc.challenge, Key: key})
		if (err == nil) != tc.ok {
			t.Errorf("%d: %v", i, err)
		}
	}
	log := server.Requests()
	if len(log) != 8 || log[1].MessageType != "19" || log[1].CSR == nil || !bytes.Equal(log[1].Signer.RawSubject, log[1].CSR.RawSubject) {
		t.Errorf("%d requests, %+v", len(log), log[1])
	}
}
