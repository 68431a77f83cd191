package scep_test

import (
	"crypto"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/scep"
)

const (
	aes128CBC = "2.16.840.1.101.3.4.1.2"
	desEDE3   = "1.2.840.113549.3.7"
	sha256OID = "2.16.840.1.101.3.4.2.1"
	sha1OID   = "1.3.14.3.2.26"
)

// Everything that a CA does and that must not stand in the way.
func TestIssue(t *testing.T) {
	t.Parallel()
	fault := func(f ...testca.Fault) testca.SCEP { return testca.SCEP{Faults: f} }
	pin := func(text string) scep.ClientOptions { return scep.ClientOptions{Fingerprint: text} }
	prints := scep.Fingerprints(plainCA().Root())
	legacy := scep.ClientOptions{AllowLegacy: true}
	for _, tc := range []struct {
		name      string
		ca        *testca.CA
		cfg       testca.SCEP
		o         scep.ClientOptions
		key       crypto.Signer
		challenge string
		kinds     []string // nil is one PKCSReq
	}{
		{name: "plain", ca: plainCA()},
		{name: "issuing CA below a root", ca: belowCA()},
		{name: "issuing CA pinned", ca: belowCA(), o: scep.ClientOptions{Pinned: []*x509.Certificate{belowCA().Certificate()}}},
		{name: "RA", ca: plainCA(), cfg: testca.SCEP{RA: true}},
		{name: "RA of an ECDSA CA", ca: ecdsaCA(), cfg: testca.SCEP{RA: true}},
		{name: "RA, BER everywhere", ca: belowCA(), cfg: testca.SCEP{RA: true, Faults: []testca.Fault{testca.FaultBER}}},
		{name: "RA that comes with no reply", ca: plainCA(), cfg: testca.SCEP{RA: true, Faults: []testca.Fault{testca.FaultNoSignerCert}}},
		{name: "ECDSA request", ca: plainCA(), key: ecdsaKey()},
		{name: "CA identifier", ca: plainCA(), cfg: testca.SCEP{Ident: "Büro +1"}, o: scep.ClientOptions{CA: "Büro +1"}},
		{name: "challenge", ca: plainCA(), cfg: testca.SCEP{Challenge: "s3cret"}, challenge: "s3cret"},
		{name: "one-time challenge", ca: plainCA(), cfg: testca.SCEP{OneTime: []string{"s3cret"}}, challenge: "s3cret"},
		{name: "SHA-256 pin", ca: plainCA(), o: pin(prints.SHA256)},
		{name: "SHA-1 pin", ca: plainCA(), o: pin(strings.ToLower(strings.ReplaceAll(prints.SHA1, ":", "")))},
		{name: "MD5 pin", ca: plainCA(), o: pin(prints.MD5)},
		{name: "BER everywhere", ca: plainCA(), cfg: fault(testca.FaultBER)},
		{name: "3DES and SHA-1 reply", ca: plainCA(), cfg: fault(testca.Fault3DES)},
		{name: "DES reply", ca: plainCA(), cfg: fault(testca.FaultDES)},
		{name: "CA first", ca: belowCA(), cfg: fault(testca.FaultCAFirst)},
		{name: "broken certificate beside it", ca: plainCA(), cfg: fault(testca.FaultBrokenNeighbor)},
		{name: "signer by key identifier", ca: plainCA(), cfg: fault(testca.FaultKeyID)},
		{name: "RA by key identifier, certificate not in the reply", ca: plainCA(), cfg: testca.SCEP{RA: true, Faults: []testca.Fault{testca.FaultKeyID, testca.FaultNoSignerCert}}},
		{name: "attributes in no order", ca: plainCA(), cfg: fault(testca.FaultUnsorted)},
		{name: "all of it, in BER and PEM", ca: ecdsaCA(), cfg: testca.SCEP{RA: true, Faults: []testca.Fault{testca.FaultKeyID, testca.FaultUnsorted, testca.FaultBER, testca.FaultPEMReply}}},
		{name: "reply in PEM", ca: plainCA(), cfg: fault(testca.FaultPEMReply)},
		{name: "reply in base64", ca: plainCA(), cfg: fault(testca.FaultBase64Reply)},
		{name: "odd certificate in the message", ca: plainCA(), cfg: fault(testca.FaultOddCert)},
		{name: "PEM", ca: belowCA(), cfg: fault(testca.FaultPEMCACert)},
		{name: "no capabilities", ca: plainCA(), cfg: testca.SCEP{Caps: []string{}}, o: legacy},
		{name: "capabilities closed", ca: plainCA(), cfg: fault(testca.FaultCapsClosed), o: legacy},
		{name: "capabilities HTML", ca: plainCA(), cfg: fault(testca.FaultCapsHTML), o: legacy},
		{name: "RA, old NDES", ca: plainCA(), cfg: testca.SCEP{RA: true, Caps: []string{"POSTPKIOperation", "DES3", "SHA-1"}}, o: legacy},
		{name: "GET", ca: plainCA(), cfg: testca.SCEP{Caps: []string{"AES", "SHA-256"}}},
		{name: "SHA-512", ca: plainCA(), cfg: testca.SCEP{Caps: []string{"aes", "sha-512", "X"}}},
		{name: "pending", ca: plainCA(), cfg: testca.SCEP{Pending: 3}, kinds: []string{"19", "20", "20", "20"}},
		{name: "pending, RA", ca: ecdsaCA(), cfg: testca.SCEP{RA: true, Pending: 1}, kinds: []string{"19", "20"}},
		{name: "pending, no CertPoll", ca: plainCA(), cfg: testca.SCEP{Pending: 3, NoCertPoll: true}, kinds: []string{"19", "20", "19", "19", "19"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server, c := serve(t, tc.ca, tc.cfg, tc.o)
			if tc.key == nil {
				tc.key = rsaKey()
			}
			csr := request(t, tc.key, tc.challenge)
			chain, err := c.Issue(bounded(t), csr)
			if err != nil {
				t.Fatal(err)
			}
			checkChain(t, tc.ca, csr, chain)
			if tc.kinds == nil {
				tc.kinds = []string{"19"}
			}
			if got := kinds(server); !slices.Equal(got, tc.kinds) {
				t.Errorf("messages %q, want %q", got, tc.kinds)
			}
			checkMessages(t, server, tc.cfg, tc.o)
		})
	}
}

// checkMessages checks how messages were made.
func checkMessages(t *testing.T, server *testca.Server, cfg testca.SCEP, o scep.ClientOptions) {
	t.Helper()
	cipher, digest, method := aes128CBC, sha256OID, "POST"
	if o.AllowLegacy {
		cipher, digest = desEDE3, sha1OID
	}
	if slices.Contains(cfg.Caps, "sha-512") {
		digest = "2.16.840.1.101.3.4.2.3"
	}
	if (cfg.Caps != nil || o.AllowLegacy) && !slices.Contains(cfg.Caps, "POSTPKIOperation") {
		method = "GET"
	}
	var transactions []string
	for _, r := range server.Requests() {
		if r.Operation != "PKIOperation" {
			continue
		}
		if r.Cipher != cipher || r.Digest != digest || r.Method != method || r.Recipients != 1 {
			t.Errorf("%s by %s, %s, %s, to %d recipients", r.MessageType, r.Method, r.Cipher, r.Digest, r.Recipients)
		}
		const both = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
		if r.Signer.KeyUsage != both || r.CSR != nil && string(r.Signer.RawSubject) != string(r.CSR.RawSubject) {
			t.Errorf("signed by %q with usage %b", r.Signer.Subject, r.Signer.KeyUsage)
		}
		if transactions = append(transactions, r.TransactionID); r.TransactionID != transactions[0] {
			t.Error("transactions differ")
		}
	}
}

// The transient key lasts as long as the client, and the server is asked who
// it is once.
func TestFleet(t *testing.T) {
	t.Parallel()
	server, c := serve(t, plainCA(), testca.SCEP{}, scep.ClientOptions{})
	done := make(chan error)
	const devices = 8
	for i := range devices {
		key := rsaKey()
		if i%2 == 0 {
			key = ecdsaKey()
		}
		csr := request(t, key, "")
		go func() {
			_, err := c.Issue(t.Context(), csr)
			done <- err
		}()
	}
	for range devices {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	var operations []string
	var signer crypto.PublicKey
	for _, r := range server.Requests() {
		operations = append(operations, r.Operation)
		if r.Signer == nil {
			continue
		}
		if signer == nil {
			signer = r.Signer.PublicKey
		} else if !signer.(interface{ Equal(crypto.PublicKey) bool }).Equal(r.Signer.PublicKey) {
			t.Error("another signer's key")
		}
	}
	slices.Sort(operations)
	if want := append([]string{"GetCACaps", "GetCACert"}, slices.Repeat([]string{"PKIOperation"}, devices)...); !slices.Equal(operations, want) {
		t.Errorf("%q", operations)
	}
}

// Requests that must not leave the house.
func TestIssueRefusesRequest(t *testing.T) {
	t.Parallel()
	server, c := serve(t, plainCA(), testca.SCEP{}, scep.ClientOptions{})
	forged := request(t, rsaKey(), "")
	forged.Signature[7] ^= 1
	for _, csr := range []*x509.CertificateRequest{nil, {}, forged} {
		if _, err := c.Issue(t.Context(), csr); err == nil {
			t.Errorf("%v: no error", csr)
		}
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests to the server", n)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	has := func(info *keys.IssuerInfo, note string) bool {
		return slices.ContainsFunc(info.Notes, func(n string) bool { return strings.Contains(n, note) })
	}
	server, c := serve(t, plainCA(), testca.SCEP{RA: true, Caps: []string{"DES3"}}, scep.ClientOptions{
		Fingerprint: scep.Fingerprints(plainCA().Root()).MD5, AllowLegacy: true,
	})
	for range 2 {
		info, err := c.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(info.Name, "Test CA") || info.Names == "" || !slices.ContainsFunc(info.CAs, plainCA().Root().Equal) {
			t.Errorf("%+v", info)
		}
		if !has(info, "3DES with SHA-1") || !has(info, scep.Fingerprints(plainCA().Root()).SHA256) || !has(info, "RA encryption") {
			t.Errorf("%q", info.Notes)
		}
	}
	if n := len(server.Requests()); n != 4 || kinds(server) != nil {
		t.Errorf("%d requests: it must ask anew, and for no certificate", n)
	}
	_, c = serve(t, plainCA(), testca.SCEP{}, scep.ClientOptions{})
	if info, err := c.Check(t.Context()); err != nil || info.Notes != nil {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestEnrolmentAgent(t *testing.T) {
	t.Parallel()
	ca := plainCA()
	cert, err := ca.IssueAs(&x509.Certificate{KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment}, rsaKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	server, c := serve(t, ca, testca.SCEP{}, scep.ClientOptions{Signer: &scep.Signer{Certificate: cert, Key: rsaKey()}})
	csr := request(t, ecdsaKey(), "")
	chain, err := c.Issue(t.Context(), csr)
	if err != nil {
		t.Fatal(err)
	}
	checkChain(t, ca, csr, chain)
	if r := server.Requests()[2]; !r.Signer.Equal(cert) {
		t.Errorf("signed by %v", r.Signer.Subject)
	}
	ec, err := ca.Issue(csr)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*scep.Signer{
		"nothing":      {},
		"ECDSA":        {Certificate: ec, Key: ecdsaKey()},
		"other key":    {Certificate: cert, Key: strangCA().Key()},
		"signing only": {Certificate: cert, Key: onlySigner{rsaKey()}},
	} {
		if _, err := scep.NewClient("http://ca.example/", &scep.ClientOptions{Signer: s}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type onlySigner struct{ crypto.Signer }

func TestCRL(t *testing.T) {
	t.Parallel()
	ca := plainCA()
	_, c := serve(t, ca, testca.SCEP{RA: true}, scep.ClientOptions{})
	chain, err := c.Issue(t.Context(), request(t, rsaKey(), ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := ca.Revoke(chain[0].SerialNumber, 4); err != nil {
		t.Fatal(err)
	}
	crl, err := c.CRL(t.Context(), chain[0])
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(crl.RevokedCertificateEntries, func(e x509.RevocationListEntry) bool {
		return e.SerialNumber.Cmp(chain[0].SerialNumber) == 0 && e.ReasonCode == 4
	}) {
		t.Errorf("%+v", crl.RevokedCertificateEntries)
	}
	for _, tc := range []struct {
		fault testca.Fault
		cert  *x509.Certificate
		want  string
	}{
		{testca.FaultForgedCRL, chain[0], "verification error"},
		{testca.FaultAnyCRL, belowCA().Root(), "covers the certificate"}, // it is the list of the CA below
		{testca.FaultNoCertificate, chain[0], "no CRL in it"},
	} {
		ca := ca
		if tc.fault == testca.FaultAnyCRL {
			ca = belowCA()
		}
		_, c := serve(t, ca, testca.SCEP{Faults: []testca.Fault{tc.fault}}, scep.ClientOptions{})
		if crl, err := c.CRL(t.Context(), tc.cert); err == nil || !reply(tc.want)(err) {
			t.Errorf("%s: %v, %v", tc.fault, crl, err)
		}
	}
	_, err = c.CRL(t.Context(), strangCA().Root())
	if e, ok := errors.AsType[*scep.FailureError](err); !ok || e.Info != scep.BadCertID {
		t.Errorf("%v", err)
	}
}

// A request that is not as ordered goes nowhere.
func TestIssueHoldsToTheOrder(t *testing.T) {
	t.Parallel()
	c, err := scep.NewClient("http://ca.invalid/scep", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := keys.WithOrder(t.Context(), keys.Order{Spec: keys.Spec{Name: "rk1", CommonName: "ordered.example"}})
	_, err = c.Issue(ctx, request(t, rsaKey(), ""))
	if _, ok := errors.AsType[*keys.RequestError](err); !ok {
		t.Errorf("got %v", err)
	}
}
