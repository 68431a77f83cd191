package scep

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/keysize"
	"github.com/rekey-go/rekey/internal/wait"
	"github.com/rekey-go/rekey/keys"
)

// Issue has the certificate for a request issued, and waits for it up to
// [ClientOptions.PollFor] if the CA does not issue at once. The certificate
// returned first is for the request's key and chains to the pinned CA; those
// it chains by follow, as far as the CA gave them. The request is checked to be
// signed by its key before it is sent: not every CA does. Where it comes with an
// order ([keys.OrderFrom]) it has to be what was ordered.
//
// Errors: [*FailureError] if the CA refused, [*PendingError] if it has not
// decided, [*ReplyError] if the reply cannot be believed, and those of
// [Client.Check].
func (c *Client) Issue(ctx context.Context, csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
	if csr == nil || len(csr.Raw) == 0 {
		return nil, errors.New("scep: request: want one that was parsed")
	}
	if err := keysize.Key(csr.PublicKey); err != nil {
		return nil, fmt.Errorf("scep: request: %w", err)
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, fmt.Errorf("scep: request: its signature is not that of its key: %w", err)
	}
	if order, ok := keys.OrderFrom(ctx); ok {
		if err := order.Check(csr, 0); err != nil {
			return nil, fmt.Errorf("scep: %w", err)
		}
	}
	x, err := c.begin(ctx, csr.RawSubject, transactionOf(csr), challengeOf(csr))
	if err != nil {
		return nil, err
	}
	e := &enrolment{exchange: x, csr: csr}
	if c.isPending(x.transaction) {
		return e.wait(ctx, true)
	}
	r, err := x.send(ctx, scep.PKCSReq, csr.Raw)
	if err != nil {
		return nil, err
	}
	if r.status == scep.FAILURE {
		// Asked for by an earlier run, it may be waiting, or issued, while this
		// second request is refused: its one-time password is used up.
		if earlier, err := e.certPoll(ctx); err == nil && earlier.status != scep.FAILURE {
			r = earlier
		}
	}
	chain, err := e.result(r)
	if !errors.Is(err, errWaiting) {
		return chain, err
	}
	c.setPending(x.transaction, true)
	return e.wait(ctx, false)
}

// enrolment is the exchange about one request.
type enrolment struct {
	*exchange
	csr *x509.CertificateRequest
	// repeat says to send the request again instead of a CertPoll, which the
	// server does not know; failed counts CertPolls without reply.
	repeat bool
	failed int
	empty  bool // the last answer was SUCCESS without certificate
}

// errWaiting means that the CA has not decided.
var errWaiting = errors.New("pending")

// result takes the certificate out of a reply.
func (e *enrolment) result(r *reply) ([]*x509.Certificate, error) {
	e.empty = false
	switch r.status {
	case scep.PENDING:
		return nil, errWaiting
	case scep.FAILURE:
		return nil, &FailureError{r.info, r.text, !ChallengeIn(e.csr)}
	}
	var certs []*x509.Certificate
	if r.content != nil {
		b, err := bundle.Parse(r.content)
		switch {
		case err == nil && len(b.Certs) == 0 && len(b.Broken) > 0:
			return nil, &ReplyError{b.Broken[0].Err}
		case err == nil:
			certs = b.Certs
		case !emptyMessage(r.content):
			return nil, &ReplyError{err}
		}
	}
	if len(certs) == 0 {
		e.empty = true // Dogtag says so while it waits
		return nil, errWaiting
	}
	chain, err := bundle.Chain(e.csr.PublicKey, slices.Concat(certs, e.server.cas))
	if err != nil {
		return nil, &ReplyError{err}
	}
	if err := e.server.chains(chain[0], chain); err != nil {
		return nil, &ReplyError{fmt.Errorf("the certificate is not of the pinned CA: %w", err)}
	}
	return chain, nil
}

// emptyMessage reports whether content is a certs-only message without any.
func emptyMessage(content []byte) bool {
	var data signedData
	return unwrap(content, pkcs7.OIDSignedData, &data) == nil && len(data.Certificates.Bytes) == 0
}

// wait asks again until there is an answer or the time for it is over.
func (e *enrolment) wait(ctx context.Context, now bool) ([]*x509.Certificate, error) {
	c := e.client
	deadline := time.Now().Add(c.opts.PollFor)
	pending := &PendingError{Transaction: e.transaction, Server: c.url.Redacted()}
	for first := true; ; first = false {
		if !first || !now {
			left := time.Until(deadline)
			if left <= 0 {
				return nil, pending
			}
			_ = wait.For(ctx, min(left, c.opts.PollInterval)) // its end is asked for below
		}
		if ctx.Err() != nil {
			pending.Last = context.Cause(ctx)
			return nil, pending
		}
		r, err := e.poll(ctx)
		if err != nil {
			pending.Last = err // whatever it is, the request is with the CA
			continue
		}
		chain, err := e.result(r)
		if !errors.Is(err, errWaiting) {
			c.setPending(e.transaction, false)
			return chain, err
		}
		pending.Last = nil
		if e.empty {
			pending.Last = errNoCertificate
		}
	}
}

// poll asks once whether the certificate is there.
func (e *enrolment) poll(ctx context.Context) (*reply, error) {
	if e.repeat {
		return e.send(ctx, scep.PKCSReq, e.csr.Raw)
	}
	r, err := e.certPoll(ctx)
	if err == nil || ctx.Err() != nil {
		e.failed = 0
		return r, err
	}
	// A server that answers by an HTTP error does not know CertPoll; nor, probably,
	// does one that breaks off every time.
	e.failed++
	if _, ok := errors.AsType[*HTTPError](err); ok || e.failed > 1 {
		e.repeat = true
		return e.poll(ctx)
	}
	return nil, err
}

// certPoll sends a CertPoll (RFC 8894, 3.3.3), which smallstep/scep has not.
func (e *enrolment) certPoll(ctx context.Context) (*reply, error) {
	names, err := asn1.Marshal(struct{ Issuer, Subject asn1.RawValue }{
		asn1.RawValue{FullBytes: e.server.ca.RawSubject}, asn1.RawValue{FullBytes: e.csr.RawSubject},
	})
	if err != nil {
		return nil, err
	}
	return e.send(ctx, scep.CertPoll, names)
}

func (c *Client) isPending(transaction string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending[transaction]
}

func (c *Client) setPending(transaction string, pending bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if pending {
		c.pending[transaction] = true
	} else {
		delete(c.pending, transaction)
	}
}
