package issuer

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/acme"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/caclient"
	"github.com/rekey-go/rekey/internal/keysize"
	"github.com/rekey-go/rekey/keys"
)

// ACME asks an ACME server (RFC 8555). It is safe for concurrent use if key and
// callbacks are.
//
// An order that is not done in time is given up; the next call makes another.
type ACME struct {
	c      caserver.ACME
	server *caclient.ACME
}

var (
	_ keys.Issuer  = (*ACME)(nil)
	_ keys.Checker = (*ACME)(nil)
)

// NewACME makes one. Nothing is asked of the server yet.
func NewACME(c caserver.ACME) (*ACME, error) {
	server, err := caclient.NewACME(c)
	if err != nil {
		return nil, fmt.Errorf("issuer: ACME: %w", err)
	}
	if c.HTTP01.Present == nil && c.DNS01.Present == nil {
		return nil, errors.New("issuer: ACME: nothing answers challenges: give HTTP01 or DNS01")
	}
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Minute
	}
	return &ACME{c, server}, nil
}

// Issue has a certificate issued for the names of the request: host names and IP
// addresses (SAN), and its common name if that is one. Anything else that the
// request asks for, such as an e-mail address, ACME cannot certify: that is an
// error, and nothing is ordered. What else of the subject the certificate keeps
// is the CA's decision, usually nothing.
//
// A refusal is a [*caserver.ServerError].
func (a *ACME) Issue(ctx context.Context, csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
	if err := checkRequest(ctx, csr); err != nil {
		return nil, err
	}
	ids, err := a.identifiers(csr)
	if err != nil {
		return nil, fmt.Errorf("issuer: %v: %w", a.c, err)
	}
	ctx, cancel := a.bound(ctx)
	defer cancel()
	chain, err := a.issue(ctx, csr, ids)
	if err != nil {
		return nil, a.explain(ctx, err)
	}
	return chain, nil
}

func (a *ACME) issue(ctx context.Context, csr *x509.CertificateRequest, ids []acme.AuthzID) ([]*x509.Certificate, error) {
	client, err := a.server.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.account(ctx, client); err != nil {
		return nil, err
	}
	der, err := a.order(ctx, client, csr, ids)
	if err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	for i, b := range der {
		c, err := keysize.ParseCertificate(b)
		if err != nil {
			return nil, fmt.Errorf("certificate %d of its answer: %w", i+1, err)
		}
		certs = append(certs, c)
	}
	return bundle.Chain(csr.PublicKey, certs)
}

// Check looks whether the server answers as an ACME server, and whether there is
// an account or can be one. It registers none.
func (a *ACME) Check(ctx context.Context) (*keys.IssuerInfo, error) {
	ctx, cancel := a.bound(ctx)
	defer cancel()
	info, err := a.check(ctx)
	if err != nil {
		return nil, a.explain(ctx, err)
	}
	return info, nil
}

func (a *ACME) check(ctx context.Context) (*keys.IssuerInfo, error) {
	client, err := a.server.Connect(ctx)
	if err != nil {
		return nil, err
	}
	info := &keys.IssuerInfo{
		Name:  fmt.Sprint(a.c),
		Names: "the host names and IP addresses of the request, with its common name; the CA usually drops the rest of the subject",
	}
	switch err := a.server.FindAccount(ctx, client); {
	case errors.Is(err, acme.ErrNoAccount):
		if err := a.mayRegister(ctx, client); err != nil {
			return nil, err
		}
		info.Notes = append(info.Notes, "there is no account of this key yet: one will be registered")
	case err != nil:
		return nil, err
	}
	if a.c.HTTP01.Present != nil {
		info.Notes = append(info.Notes, "for http-01 the CA asks each name on port 80: what answers there must be you, not the device")
	}
	return info, nil
}

func (a *ACME) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, a.c.Timeout, fmt.Errorf("not done within %v: %w", a.c.Timeout, context.DeadlineExceeded))
}

// explain says whose error it is, and why the context ended if it did.
func (a *ACME) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("issuer: %v: %w", a.c, caclient.Explain(err))
}

// identifiers are the names to order (RFC 8555, section 7.4: exactly those of
// the request, its common name among them).
func (a *ACME) identifiers(csr *x509.CertificateRequest) ([]acme.AuthzID, error) {
	other := sanNames{emails: csr.EmailAddresses, uris: csr.URIs}
	if !other.empty() {
		return nil, fmt.Errorf("ACME certifies host names and IP addresses only, and the request names %s", quote(strings.Join(other.strings(), ", ")))
	}
	var names sanNames
	asked := sanNames{dns: csr.DNSNames, ips: csr.IPAddresses}
	for _, n := range asked.strings() {
		if err := names.add(n); err != nil {
			return nil, err
		}
	}
	_ = names.add(csr.Subject.CommonName) // for people: stays out
	if names.empty() {
		return nil, fmt.Errorf("the request names nothing that ACME can certify: its common name %s is neither a host name nor an IP address",
			quote(csr.Subject.CommonName))
	}
	var ids []acme.AuthzID
	for _, d := range names.dns {
		if strings.HasPrefix(d, "*.") && a.c.DNS01.Present == nil {
			return nil, fmt.Errorf("the wildcard %s needs dns-01, and nothing answers that", quote(d))
		}
		ids = append(ids, acme.AuthzID{Type: "dns", Value: strings.ToLower(d)})
	}
	for _, ip := range names.ips {
		if a.c.HTTP01.Present == nil {
			return nil, fmt.Errorf("the IP address %v needs http-01, and nothing answers that", ip)
		}
		ids = append(ids, acme.AuthzID{Type: "ip", Value: ip.String()})
	}
	return ids, nil
}

// Format writes the address, whatever the verb: never the key.
func (a *ACME) Format(f fmt.State, verb rune) { a.c.Format(f, verb) }
