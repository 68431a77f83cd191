package testca

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"
	"github.com/smallstep/scep/x509util"
)

// ErrPending is what [Enrol] gives when the CA wants to be asked again.
var ErrPending = errors.New("testca: the CA answers PENDING")

// FailureError is what [Enrol] gives when the CA refuses.
type FailureError struct{ Info string }

// Error names the failInfo by its number.
func (e *FailureError) Error() string { return "testca: the CA answers FAILURE, failInfo " + e.Info }

// Enrolment is what a device asks for.
type Enrolment struct {
	// URL of the server; Ident, if not "", is the CA identifier.
	URL, Ident string
	// Subject and DNSNames of the request.
	Subject  pkix.Name
	DNSNames []string
	// Challenge is the challenge password; "" puts none into the request.
	Challenge string
	// Key of the certificate, which signs the messages, too.
	Key *rsa.PrivateKey
	// Client makes the requests; nil is [http.DefaultClient].
	Client *http.Client
}

// Enrol has a certificate issued the way a device does it for itself: the
// message is signed by the very key to be certified. It asks once and gives
// [ErrPending] if it is to ask again with the same key; refusals are of type
// [*FailureError]. It believes every CA. It is written on smallstep/scep, so
// messages are encrypted by what that library is set to, single DES.
func Enrol(ctx context.Context, e Enrolment) (*x509.Certificate, error) {
	answer, err := e.call(ctx, "GetCACert", nil)
	if err != nil {
		return nil, err
	}
	cas, err := certificates(answer)
	if err != nil {
		return nil, err
	}
	csr, err := NewRequest(e.Key, x509.CertificateRequest{Subject: e.Subject, DNSNames: e.DNSNames}, e.Challenge)
	if err != nil {
		return nil, err
	}
	self, err := selfSigned(e.Key, csr.RawSubject)
	if err != nil {
		return nil, err
	}
	recipients := []*x509.Certificate{cas[0]}
	for _, c := range cas {
		if !c.IsCA && c.KeyUsage&x509.KeyUsageKeyEncipherment != 0 {
			recipients[0] = c
		}
	}
	msg, err := scep.NewCSRRequest(csr, &scep.PKIMessage{
		MessageType: scep.PKCSReq, Recipients: recipients, SignerKey: e.Key, SignerCert: self,
	})
	if err != nil {
		return nil, err
	}
	answer, err = e.call(ctx, "PKIOperation", msg.Raw)
	if err != nil {
		return nil, err
	}
	reply, err := scep.ParsePKIMessage(answer, scep.WithCACerts(cas))
	switch {
	case err != nil:
		return nil, err
	case reply.CertRepMessage == nil || reply.TransactionID != msg.TransactionID || !bytes.Equal(reply.RecipientNonce, msg.SenderNonce):
		return nil, errors.New("testca: the reply is to something else")
	case reply.PKIStatus == scep.PENDING:
		return nil, ErrPending
	case reply.PKIStatus == scep.FAILURE:
		return nil, &FailureError{string(reply.FailInfo)}
	}
	return e.open(reply, self)
}

// open takes the certificate for the key out of a reply.
func (e Enrolment) open(reply *scep.PKIMessage, self *x509.Certificate) (*x509.Certificate, error) {
	signed, err := pkcs7.Parse(reply.Raw)
	if err != nil {
		return nil, err
	}
	envelope, err := pkcs7.Parse(signed.Content)
	if err != nil {
		return nil, err
	}
	content, err := envelope.Decrypt(self, e.Key)
	if err != nil {
		return nil, err
	}
	certs, err := scep.CACerts(content)
	if err != nil {
		return nil, err
	}
	for _, c := range certs {
		if e.Key.PublicKey.Equal(c.PublicKey) {
			return c, nil
		}
	}
	return nil, errors.New("testca: no certificate for the key in the reply")
}

// certificates reads the answer to GetCACert.
func certificates(answer []byte) ([]*x509.Certificate, error) {
	if c, err := x509.ParseCertificate(answer); err == nil {
		return []*x509.Certificate{c}, nil
	}
	certs, err := scep.CACerts(answer)
	if err == nil && len(certs) == 0 {
		err = errors.New("testca: no CA certificate")
	}
	return certs, err
}

// call makes one HTTP request, by POST if there is a body.
func (e Enrolment) call(ctx context.Context, operation string, body []byte) ([]byte, error) {
	method, url := http.MethodGet, e.URL+"?operation="+operation
	if body != nil {
		method = http.MethodPost
	} else if e.Ident != "" {
		url += "&message=" + e.Ident
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	client := e.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxMessage))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("testca: %s: %s", operation, resp.Status)
	}
	return answer, err
}

// NewRequest makes a certificate request, with a challenge password unless it is
// "". The key is RSA or ECDSA.
func NewRequest(key any, template x509.CertificateRequest, challenge string) (*x509.CertificateRequest, error) {
	der, err := x509util.CreateCertificateRequest(rand.Reader, &x509util.CertificateRequest{
		CertificateRequest: template, ChallengePassword: challenge,
	}, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificateRequest(der)
}

func selfSigned(key *rsa.PrivateKey, name []byte) (*x509.Certificate, error) {
	t := &x509.Certificate{
		RawSubject: name,
		NotBefore:  time.Now().AddDate(0, 0, -1),
		KeyUsage:   x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	return create(t, t, key.Public(), key)
}
