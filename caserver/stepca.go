package caserver

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"log/slog"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
)

// StepCA says where a step-ca server (smallstep/certificates) is and how it is to
// be convinced: by a key of a JWK provisioner (Provisioner, Key), or by Token.
type StepCA struct {
	// URL is the CA's address, such as "https://ca.example:9000". A proxy is that
	// of the environment ([http.ProxyFromEnvironment]).
	URL string
	// KnownAs is an address by which step-ca knows itself (dnsNames in ca.json), if
	// it does not know itself by URL: tokens are for it, or are refused.
	KnownAs string
	// Fingerprint is the SHA-256 of the CA's root certificate in hex, as
	// "step certificate fingerprint" prints it; colons and spaces do not matter.
	// The root is then fetched from the CA itself and compared.
	Fingerprint string
	// Roots are certificates that the server's must chain to. Nil is the root of
	// Fingerprint or, without one, the system's. Beside Roots the fingerprint still
	// has to be that of the CA's root.
	Roots *x509.CertPool

	// Provisioner is the name of the provisioner; any JWK provisioner of a CA may
	// revoke any of its certificates. With Token it may be empty, and is looked up
	// in Check only.
	Provisioner string
	// Key is the provisioner's private key: ECDSA (ES256, ES384, ES512), Ed25519
	// or RSA (RS256).
	Key crypto.Signer `json:"-"`
	// KeyID is the key's ID at the CA; empty is its thumbprint (RFC 7638), which
	// is what the step command gives.
	KeyID string
	// Token gives a one-time token instead, for example from "step ca token" or
	// "step ca token --revoke". It is called once for every certificate.
	Token func(ctx context.Context, want TokenRequest) (string, error) `json:"-"`

	// ExtraNames, if not nil, gives IP addresses and host names to add to those
	// of a request. step-ca takes added ones only of a kind that the request
	// does not name itself: host names to addresses, or addresses to host names.
	ExtraNames func(*x509.CertificateRequest) []string `json:"-"`
	// Validity is how long certificates are to last, at most what the
	// provisioner allows. Zero leaves it to the CA: 24 hours, if nobody
	// configured it otherwise, which is too short for devices.
	Validity time.Duration

	// Issuers are the certificates that the CA issues with, today's and earlier
	// ones; they tell which certificates are its own to revoke. Nil asks the CA,
	// which knows today's only, and before version 0.28 not even those.
	Issuers []*x509.Certificate

	// Timeout bounds each call; zero is one minute.
	Timeout time.Duration
}

// TokenRequest is what a one-time token for step-ca must say.
type TokenRequest struct {
	// Subject is the common name of the request or, for revoking, the
	// certificate's serial number, decimal.
	Subject string
	// Names are the IP addresses and host names that the certificate is to have;
	// for revoking there are none.
	Names []string
	// Audience is whom and what the token is for: an address that ends in
	// "/1.0/sign" or "/1.0/revoke".
	Audience string
}

// Format writes the address and the provisioner, whatever the verb: never the
// key.
func (c StepCA) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "step-ca at %s, provisioner %s", bundle.Address(c.URL), bundle.Quote(c.Provisioner))
}

// LogValue is what Format writes.
func (c StepCA) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }
