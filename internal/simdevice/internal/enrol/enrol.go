// Package enrol asks a SCEP server (RFC 8894) for a certificate in the way the
// firmware of a device does: over HTTP without TLS, each message signed by the
// key the certificate is for.
//
// It trusts whatever GetCACert answers: no public document says what a device
// checks there. Its errors never hold a challenge password.
package enrol

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"
)

// Errors of [Client.Enrol], besides those of the context.
var (
	// ErrCommunication: the server cannot be reached, or does not speak SCEP.
	ErrCommunication = errors.New("no communication with the SCEP server")
	// ErrRefused: the server answered FAILURE.
	ErrRefused = errors.New("the SCEP server refused the request")
	// ErrReply: the server's answer is not one to this request, or has no
	// certificate for its key.
	ErrReply = errors.New("the SCEP server's answer is of no use")
	// ErrWaiting: the request was pending for too long.
	ErrWaiting = errors.New("the request is still pending")
)

// Client is a SCEP client.
type Client struct {
	// URL of the server, "http://host/path".
	URL string
	// Dial connects to it; nil means [net.Dialer.DialContext].
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Timeout of each exchange.
	Timeout time.Duration
	// Poll is how long to wait before a pending request is asked for, Polls
	// how often.
	Poll  time.Duration
	Polls int
	// Pending is called when the server says that the request is pending.
	Pending func()
	// Now is the device's clock.
	Now func() time.Time
}

// Enrol has a certificate issued for a PKCS #10 request, DER, made by key.
func (c *Client) Enrol(ctx context.Context, key *rsa.PrivateKey, request []byte) (*x509.Certificate, error) {
	csr, err := x509.ParseCertificateRequest(request)
	if err != nil {
		return nil, fmt.Errorf("enrol: the device's own request: %w", err)
	}
	t, err := c.transaction(ctx, key, csr)
	if err != nil {
		return nil, err
	}
	body := t.requestContent
	kind := scep.PKCSReq
	for range c.Polls + 1 {
		cert, err := t.exchange(ctx, kind, body)
		switch {
		case errors.Is(err, errNoPoll) && kind == scep.CertPoll: // some servers know none: RFC 8894 section 4.4 notwithstanding
			kind, body = scep.PKCSReq, t.requestContent
			continue
		case errors.Is(err, errNoPoll):
			return nil, fmt.Errorf("%w: %w", ErrCommunication, err)
		case !errors.Is(err, errPending):
			return cert, err
		}
		c.Pending()
		if !t.resends {
			kind, body = scep.CertPoll, t.pollContent
		}
		select {
		case <-time.After(c.Poll):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return nil, ErrWaiting
}

// transaction is one enrolment.
type transaction struct {
	server         *server
	id             string
	key            *rsa.PrivateKey
	self           *x509.Certificate // of key, to sign and be answered by
	certs          []*x509.Certificate
	recipient      *x509.Certificate
	requestContent []byte
	pollContent    []byte
	resends        bool // the server knows no CertPoll
}

// transaction asks the server for its capabilities and certificates.
func (c *Client) transaction(ctx context.Context, key *rsa.PrivateKey, csr *x509.CertificateRequest) (*transaction, error) {
	s, err := c.server()
	if err != nil {
		return nil, err
	}
	s.getCaps(ctx)
	certs, err := s.getCertificates(ctx)
	if err != nil {
		return nil, err
	}
	recipient, err := chooseRecipient(certs)
	if err != nil {
		return nil, err
	}
	self, err := selfSigned(key, csr, c.Now())
	if err != nil {
		return nil, err
	}
	issuer := recipient.RawIssuer
	if recipient.IsCA {
		issuer = recipient.RawSubject
	}
	poll, err := asn1.Marshal(struct{ Issuer, Subject asn1.RawValue }{ // RFC 8894 section 3.3.3
		asn1.RawValue{FullBytes: issuer}, asn1.RawValue{FullBytes: csr.RawSubject},
	})
	if err != nil {
		return nil, fmt.Errorf("enrol: names of a poll: %w", err)
	}
	return &transaction{
		server: s, id: transactionID(self), key: key, self: self, certs: certs, recipient: recipient,
		requestContent: csr.Raw, pollContent: poll,
	}, nil
}

// chooseRecipient is the RSA certificate messages are encrypted to: an RA's
// for it, else the lowest there is.
func chooseRecipient(certs []*x509.Certificate) (*x509.Certificate, error) {
	var lowest *x509.Certificate
	for _, c := range certs {
		if _, ok := c.PublicKey.(*rsa.PublicKey); !ok {
			continue
		}
		if !c.IsCA && c.KeyUsage&x509.KeyUsageKeyEncipherment != 0 {
			return c, nil
		}
		if lowest == nil || c.CheckSignatureFrom(lowest) == nil && !c.Equal(lowest) {
			lowest = c
		}
	}
	if lowest == nil {
		return nil, fmt.Errorf("%w: GetCACert gives no certificate with an RSA key", ErrCommunication)
	}
	return lowest, nil
}

var (
	errPending = errors.New("the request is pending")
	errNoPoll  = errors.New("the answer is no SCEP message")
)

// exchange sends a message and reads the answer.
func (t *transaction) exchange(ctx context.Context, kind scep.MessageType, content []byte) (*x509.Certificate, error) {
	nonce := newNonce()
	message, err := t.message(kind, nonce, content)
	if err != nil {
		return nil, err
	}
	answer, err := t.server.pkiOperation(ctx, message)
	if err != nil {
		if kind == scep.CertPoll && ctx.Err() == nil {
			t.resends = true
			return nil, errNoPoll
		}
		return nil, err
	}
	reply, err := scep.ParsePKIMessage(answer, scep.WithCACerts(t.certs))
	switch {
	case err != nil && kind == scep.CertPoll:
		t.resends = true
		return nil, errNoPoll
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrReply, err)
	case reply.CertRepMessage == nil: // an echo of a request parses too
		return nil, fmt.Errorf("%w: no CertRep", ErrReply)
	case string(reply.TransactionID) != t.id || string(reply.RecipientNonce) != string(nonce):
		return nil, fmt.Errorf("%w: it is one to another request", ErrReply)
	}
	switch reply.PKIStatus {
	case scep.PENDING:
		return nil, errPending
	case scep.FAILURE:
		return nil, fmt.Errorf("%w: failInfo %s", ErrRefused, string(reply.FailInfo)) // String panics on unknown values
	}
	return t.open(answer)
}

// open decrypts an answer and finds the certificate of the key: the library's
// own way takes the first, also where there is none.
func (t *transaction) open(answer []byte) (*x509.Certificate, error) {
	signed, err := pkcs7.Parse(answer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReply, err)
	}
	envelope, err := pkcs7.Parse(signed.Content)
	if err != nil {
		return nil, fmt.Errorf("%w: envelope: %w", ErrReply, err)
	}
	data, err := t.decrypt(envelope)
	if err != nil {
		return nil, fmt.Errorf("%w: envelope: %w", ErrReply, err)
	}
	certs, err := scep.CACerts(data)
	if err != nil {
		return nil, fmt.Errorf("%w: certificates: %w", ErrReply, err)
	}
	for _, c := range certs {
		if t.key.PublicKey.Equal(c.PublicKey) {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%w: %d certificates, none for the key", ErrReply, len(certs))
}

// decrypt opens an envelope. The library panics on padding longer than the
// content (v0.2.3) and on ciphertext that is no multiple of the block.
func (t *transaction) decrypt(envelope *pkcs7.PKCS7) (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			data, err = nil, fmt.Errorf("it cannot be decrypted: %v", p)
		}
	}()
	return envelope.Decrypt(t.self, t.key)
}
