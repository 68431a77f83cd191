package scep

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/hostile"
)

// fuzzExchange is an exchange with a CA whose key is at hand, and a genuine
// answer of each status.
func fuzzExchange(f *testing.F) (x *exchange, answers [][]byte, nonce []byte) {
	f.Helper()
	key, err := devicetest.GenerateKey(2048)
	if err != nil {
		f.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		f.Fatal(err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		f.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	s := testSigner(f)
	x = &exchange{server: &server{roots: roots, anchor: ca, cas: []*x509.Certificate{ca}, pinned: []*x509.Certificate{ca}}, signer: s, transaction: "t1", secret: "planted-secret"}
	nonce = []byte("0123456789abcdef")
	sealed, err := seal(ca.Raw, s.Certificate, aes128)
	if err != nil {
		f.Fatal(err)
	}
	for _, status := range []scep.PKIStatus{scep.SUCCESS, scep.FAILURE, scep.PENDING} {
		sd, err := pkcs7.NewSignedData(sealed)
		if err != nil {
			f.Fatal(err)
		}
		sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
		attributes := []pkcs7.Attribute{
			{Type: oidTransactionID, Value: x.transaction}, {Type: oidMessageType, Value: string(scep.CertRep)},
			{Type: oidStatus, Value: string(status)}, {Type: oidRecipientNonce, Value: nonce},
			{Type: oidFailInfo, Value: "2"}, {Type: oidFailInfoText, Value: "no\u202e planted-secret\x1b[2J"},
		}
		if err := sd.AddSigner(ca, key, pkcs7.SignerInfoConfig{ExtraSignedAttributes: attributes}); err != nil {
			f.Fatal(err)
		}
		answer, err := sd.Finish()
		if err != nil {
			f.Fatal(err)
		}
		answers = append(answers, answer)
	}
	return x, answers, nonce
}

// FuzzReply reads any answer of a server: nothing but what the CA has signed
// counts, and what is shown of it is fit to be shown.
func FuzzReply(f *testing.F) {
	x, answers, nonce := fuzzExchange(f)
	for _, a := range answers {
		f.Add(a)
		f.Add(a[:len(a)/2])
		if r, err := x.read(a, nil, nonce); err != nil || r == nil {
			f.Fatalf("a genuine answer: %+v, %v", r, err)
		}
	}
	f.Add([]byte("<html>"))
	f.Add([]byte{0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x80})
	f.Fuzz(func(t *testing.T, answer []byte) {
		r, err := x.read(answer, nil, nonce)
		if (r == nil) == (err == nil) {
			t.Fatalf("%+v, %v", r, err)
		}
		if err != nil {
			if c, bad := hostile.Unsafe(err.Error()); bad || strings.Contains(err.Error(), "planted-secret") {
				t.Errorf("%U in error %q", c, err)
			}
			return
		}
		if c, bad := hostile.Unsafe(r.text); bad || strings.Contains(r.text, "planted-secret") {
			t.Errorf("%U in text %q", c, r.text)
		}
	})
}

// FuzzAnswers gives a client any answers to what it asks without a key.
func FuzzAnswers(f *testing.F) {
	var body []byte
	status := http.StatusOK
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	f.Cleanup(web.Close)
	c, err := NewClient(web.URL, &ClientOptions{Fingerprint: strings.Repeat("ab", 32)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint16(200), []byte("AES\r\nPOSTPKIOperation\nSHA-256"))
	f.Add(uint16(200), []byte("<html><title>x\x1b[2J</title>"))
	f.Add(uint16(500), []byte("\u202eno"))
	f.Add(uint16(200), testSigner(f).Certificate.Raw)
	f.Fuzz(func(t *testing.T, code uint16, answer []byte) {
		status, body = 200+int(code%400), answer
		if status == 304 || status == 204 {
			body = nil
		}
		caps, err := c.Capabilities(t.Context())
		if err != nil || len(caps) > 100 {
			t.Errorf("%q, %v", caps, err)
		}
		_, _ = choose(caps, false)
		if certs, err := c.CA(t.Context()); err == nil && len(certs) == 0 {
			t.Error("no certificate, no error")
		} else if err != nil {
			if r, bad := hostile.Unsafe(err.Error()); bad {
				t.Errorf("%U in %q", r, err)
			}
		}
	})
}

// FuzzFingerprint reads fingerprints as people paste them.
func FuzzFingerprint(f *testing.F) {
	f.Add("SHA256:ab:cd")
	f.Add(strings.Repeat("AB ", 32))
	f.Add(strings.Repeat("0", 40))
	f.Fuzz(func(t *testing.T, text string) {
		c, err := NewClient("http://ca.example/", &ClientOptions{Fingerprint: text})
		if (c == nil) == (err == nil) && text != "" {
			t.Errorf("%q: %v, %v", text, c, err)
		}
		if err != nil {
			if r, bad := hostile.Unsafe(err.Error()); bad {
				t.Errorf("%U in %q", r, err)
			}
		}
	})
}
