package revoker

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/caclient"
	"github.com/rekey-go/rekey/internal/dn"
	"github.com/rekey-go/rekey/revocation"
)

// EJBCAConfig says where EJBCA's REST API is, and who asks.
type EJBCAConfig struct {
	// URL is that of the REST API, such as
	// "https://ejbca.example:8443/ejbca/ejbca-rest-api", which is also meant if
	// there is no path. "REST Certificate Management" must be enabled there. A
	// proxy is that of the environment ([http.ProxyFromEnvironment]).
	URL string
	// Certificate is the client certificate of an administrator who may revoke
	// end entities' certificates, with its key.
	Certificate tls.Certificate `json:"-"`
	// Roots are certificates that the server's must chain to. Nil is the
	// system's.
	Roots *x509.CertPool
	// IssuerDN is the CA's name as EJBCA writes it, such as
	// "CN=ManagementCA,O=Example CA,C=SE". Empty is the issuer of the certificate
	// in the order of RFC 4514, which EJBCA understands; it is needed for names
	// with attributes that have several spellings.
	IssuerDN string
	// DecimalSerial gives serial numbers in decimal: the oldest versions with a
	// REST API want that.
	DecimalSerial bool
	// Issuers are certificates of the CA, today's and earlier ones. Nil asks for
	// today's, which the administrator must then be allowed to see. With IssuerDN
	// they must be of one name.
	Issuers []*x509.Certificate
	// Timeout bounds Revoke, CanRevoke and Check; zero is one minute.
	Timeout time.Duration
}

// Format writes the address, whatever the verb: never the key.
func (c EJBCAConfig) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "EJBCA at %s", bundle.Address(c.URL))
}

// LogValue is what Format writes.
func (c EJBCAConfig) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// EJBCA asks EJBCA by its REST API, PUT
// /v1/certificate/{issuer_dn}/{serial}/revoke, and looks at the status
// afterwards. It needs the certificate itself, which must be signed with one of
// Issuers or, where there are none, of those that EJBCA gives for the CA. It is
// safe for concurrent use.
//
// Where revocations need approval, the error is [revocation.ErrPending].
type EJBCA struct {
	c      EJBCAConfig
	base   *url.URL
	client *http.Client
}

var (
	_ revocation.Revoker        = (*EJBCA)(nil)
	_ revocation.Needer         = (*EJBCA)(nil)
	_ revocation.Prechecker     = (*EJBCA)(nil)
	_ revocation.RevokerChecker = (*EJBCA)(nil)
)

// NewEJBCA makes one. Nothing is asked of the server yet.
func NewEJBCA(c EJBCAConfig) (*EJBCA, error) {
	base, err := caclient.ServerURL(c.URL)
	switch {
	case err != nil:
		return nil, fmt.Errorf("revoker: EJBCA: %w", err)
	case len(c.Certificate.Certificate) == 0 || c.Certificate.PrivateKey == nil:
		return nil, errors.New("revoker: EJBCA: give an administrator's client certificate and its key")
	case c.Timeout < 0:
		return nil, errors.New("revoker: EJBCA: negative Timeout")
	case c.IssuerDN != "" && slices.ContainsFunc(c.Issuers, func(ca *x509.Certificate) bool { return !dn.Equal(ca.RawSubject, c.Issuers[0].RawSubject) }):
		return nil, errors.New("revoker: EJBCA: IssuerDN names one CA, and Issuers are of several")
	}
	path := strings.TrimRight(base.Path, "/")
	base = &url.URL{Scheme: base.Scheme, Host: base.Host, Path: cmp.Or(path, "/ejbca/ejbca-rest-api")}
	config := &tls.Config{RootCAs: c.Roots, Certificates: []tls.Certificate{c.Certificate}}
	c.Issuers = slices.Clone(c.Issuers)
	return &EJBCA{c, base, caclient.NewClient(config)}, nil
}

// Needs says that the certificate itself is needed.
func (j *EJBCA) Needs() revocation.Need { return revocation.NeedCertificate }

// Revoke does as [revocation.Revoker] says. A refusal is a [*caserver.ServerError].
func (j *EJBCA) Revoke(ctx context.Context, e revocation.Evidence, r revocation.Reason) error {
	return j.within(ctx, func(ctx context.Context) error {
		if err := r.CheckRequest(); err != nil {
			return err
		}
		t, before, err := j.look(ctx, e)
		if err != nil || before.final() {
			return err
		}
		return j.revoke(ctx, t, r)
	})
}

// CanRevoke does as [revocation.Prechecker] says.
func (j *EJBCA) CanRevoke(ctx context.Context, e revocation.Evidence) error {
	return j.within(ctx, func(ctx context.Context) error {
		_, _, err := j.look(ctx, e)
		return err
	})
}

// look finds the certificate at the CA.
func (j *EJBCA) look(ctx context.Context, e revocation.Evidence) (*target, *ejbcaStatus, error) {
	t, err := forServer(j, e)
	if err != nil {
		return nil, nil, err
	}
	if j.issuerDN(t) == "" {
		return nil, nil, errors.New("the issuer's name is not known: set IssuerDN")
	}
	if err := j.issued(ctx, t); err != nil {
		return nil, nil, err
	}
	status, err := j.status(ctx, t)
	return t, status, err
}

// issued looks whether the CA's certificate verifies the one to revoke: EJBCA
// itself finds certificates by issuer and serial number, which are public.
func (j *EJBCA) issued(ctx context.Context, t *target) error {
	issuers := j.c.Issuers
	if issuers == nil {
		var err error
		issuers, err = j.caCertificates(ctx, j.issuerDN(t))
		if refused, ok := errors.AsType[*caserver.ServerError](err); ok {
			switch refused.Status {
			case http.StatusNotFound:
				return fmt.Errorf("%w: %w", revocation.ErrOtherIssuer, refused)
			case http.StatusUnauthorized, http.StatusForbidden:
				return fmt.Errorf("%w, as far as can be proved: the CA's certificates may not be seen; give them (Issuers): %w", revocation.ErrOtherIssuer, refused)
			}
		}
		if err != nil {
			return err
		}
	}
	return t.issuedBy(issuers)
}

// revoke asks, and does not take the answer for the deed.
func (j *EJBCA) revoke(ctx context.Context, t *target, r revocation.Reason) error {
	address := j.certificateURL(t, "revoke")
	address.RawQuery = url.Values{"reason": {ejbcaReason(r)}}.Encode()
	ask := caclient.Request{Do: "revoke the certificate", Method: http.MethodPut, URL: address.String(), Accept: []int{http.StatusAccepted}}
	status, _, err := caclient.Fetch(ctx, j.client, ask)
	refused, _ := errors.AsType[*caserver.ServerError](err)
	switch {
	case refused != nil && refused.Status == http.StatusConflict: // revoked already
	case refused != nil && refused.Status == http.StatusBadRequest && waits(refused.Message):
		return fmt.Errorf("%w: %w", revocation.ErrPending, refused)
	case refused != nil && refused.Status == http.StatusNotFound:
		return fmt.Errorf("%w: %w", revocation.ErrOtherIssuer, refused)
	case err != nil:
		return err
	case status == http.StatusAccepted:
		return revocation.ErrPending
	}
	after, err := j.status(ctx, t)
	switch {
	case err != nil:
		return err
	case after.final():
		return nil
	case refused != nil:
		return refused
	}
	return errors.New("the CA says that it revoked the certificate, and its status says that it did not")
}

// waits reports whether a refusal is that a request like it waits for approval
// since before.
func waits(said string) bool {
	said = strings.ToLower(said)
	return strings.Contains(said, "approval") && strings.Contains(said, "already")
}

// ejbcaReason is what EJBCA calls a reason; one name is not that of RFC 5280.
func ejbcaReason(r revocation.Reason) string {
	switch r {
	case revocation.KeyCompromise:
		return "KEY_COMPROMISE"
	case revocation.AffiliationChanged:
		return "AFFILIATION_CHANGED"
	case revocation.Superseded:
		return "SUPERSEDED"
	case revocation.CessationOfOperation:
		return "CESSATION_OF_OPERATION"
	case revocation.PrivilegeWithdrawn:
		return "PRIVILEGES_WITHDRAWN"
	}
	return "UNSPECIFIED"
}

// Format writes the address, whatever the verb: never the key.
func (j *EJBCA) Format(f fmt.State, verb rune) { j.c.Format(f, verb) }

// LogValue is what Format writes.
func (j *EJBCA) LogValue() slog.Value { return j.c.LogValue() }

func (j *EJBCA) within(ctx context.Context, do func(context.Context) error) error {
	return within(ctx, j.c.Timeout, fmt.Sprint(j.c), do)
}
