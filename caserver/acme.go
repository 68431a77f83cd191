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

// ACME says which ACME server (RFC 8555) to use, by which account, and how its
// challenges are answered.
type ACME struct {
	// DirectoryURL is that of the server, such as
	// "https://ca.example/acme/printers/directory". A proxy is that of the
	// environment ([http.ProxyFromEnvironment]).
	DirectoryURL string
	// Key is the account's: ECDSA or RSA. Keep it: an account is its key. One
	// that the server does not know is registered when it first orders a certificate.
	// To revoke, it is to be that of the account that had the certificate issued:
	// servers let other accounts revoke only what they are authorised for (RFC
	// 8555, section 7.6), and the certificate's own key never leaves the device.
	Key crypto.Signer `json:"-"`
	// Roots are certificates that the server's must chain to. Nil is the
	// system's.
	Roots *x509.CertPool

	// Contact are addresses such as "mailto:pki@ca.example" for a new account.
	Contact []string
	// AgreeTerms agrees to the server's terms of service, if it has any, for a
	// new account. The issuer's Check names their address.
	AgreeTerms bool
	// ExternalAccount binds a new account to one that the CA gave otherwise (RFC
	// 8555, section 7.3.4); nil does not.
	ExternalAccount *ACMEExternalAccount
	// HTTP01 and DNS01 answer challenges of these types (RFC 8555, sections 8.3
	// and 8.4); for issuing at least one must. Where the server takes both, DNS01
	// does: for HTTP01 the server asks the device's name on port 80, where the
	// device answers. IP addresses need HTTP01 (RFC 8738, section 7), wildcards
	// DNS01.
	HTTP01, DNS01 ACMESolver

	// Issuers are the certificates that the CA issues with. Revoking needs them:
	// what none of them signed is not the CA's, and the server is not asked about it.
	Issuers []*x509.Certificate

	// Timeout bounds each call, with all waiting; zero is five minutes for issuing,
	// and one for revoking.
	Timeout time.Duration
}

// ACMEExternalAccount is what a CA gives for binding a new account.
type ACMEExternalAccount struct {
	KeyID string
	Key   []byte `json:"-"` // of the MAC, decoded
}

// Format writes the key ID, whatever the verb: never the key.
func (e ACMEExternalAccount) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "external account %s", bundle.Quote(e.KeyID))
}

// ACMESolver answers challenges of one type. The zero value answers none.
type ACMESolver struct {
	// Present makes the answer public, and returns when the server can see it:
	// after a DNS change has spread.
	Present func(context.Context, ACMEChallenge) error
	// CleanUp takes it back. It follows every Present, failed ones too, and then
	// has half a minute of its own even if the context of Issue has ended. It
	// has nobody to return an error to. Nil does nothing.
	CleanUp func(context.Context, ACMEChallenge)
}

// ACMEChallenge is what must be made public to prove control of a name.
type ACMEChallenge struct {
	// Type is "http-01" or "dns-01".
	Type string
	// Name is the host name or IP address; for a wildcard the name without it.
	Name string
	// Where is, for http-01, the path of the URL, beginning with
	// "/.well-known/acme-challenge/", and for dns-01 the name of the TXT record,
	// without a dot at the end. A record may need several values at once.
	Where string
	// Value is the content: of the page, or of the TXT record.
	Value string
}

// Format writes the address, whatever the verb: never the key.
func (c ACME) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "ACME server %s", bundle.Address(c.DirectoryURL))
}

// LogValue is what Format writes.
func (c ACME) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }
