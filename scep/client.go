// Package scep speaks the Simple Certificate Enrolment Protocol (RFC 8894) to
// a CA's server.
//
// [Client] has certificates issued for requests whose keys are not here: they
// stay on the devices that made them. It signs its messages with a key of its
// own, made for the purpose, or with that of an enrolment agent; servers that
// want the request's own key to sign cannot be used this way.
//
// Messages are built and checked with smallstep/pkcs7. What that library and
// smallstep/scep leave to package variables (the cipher), take from the message
// itself (who may sign a reply), or do not survive (an empty answer) is done
// here.
package scep

import (
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey/keys"
)

// ClientOptions say which CA is meant and how to speak to it. One of
// Fingerprint and Pinned is needed for everything but [Client.CA]: SCEP is
// mostly plain HTTP, and whoever answers could say that it is the CA.
type ClientOptions struct {
	// Fingerprint of the CA's certificate in hexadecimal, SHA-256, SHA-1 or MD5
	// by its length; case, spaces, colons and a leading "sha256 Fingerprint="
	// do not count. NDES shows the MD5 in groups of 8 digits.
	Fingerprint string
	// Pinned are CA certificates that answers and certificates must chain to. A
	// certificate that is no CA's may speak for the CA as registration authority
	// (RA) that it does not say it is: others must have the extended key usage of
	// one (id-kp-cmcRA, or Microsoft's certificate request agent) and a key usage.
	Pinned []*x509.Certificate
	// CA is the CA identifier, for servers with several; "" sends none.
	CA string
	// AllowLegacy allows 3DES and SHA-1, which are then used if the server says
	// that it can do no better, or says nothing.
	AllowLegacy bool
	// Signer signs the messages as an enrolment agent; nil makes an RSA-2048 key
	// for the life of the Client, which shows self-signed certificates.
	Signer *Signer
	// HTTP makes the requests; nil is a client without proxy. Redirects are not
	// followed with either.
	HTTP *http.Client
	// Timeout of one HTTP request; 0 is a minute.
	Timeout time.Duration
	// PollInterval is how long to wait before asking again for a certificate
	// that is not issued yet; 0 is 30 s.
	PollInterval time.Duration
	// PollFor is how long to go on asking; 0 is five minutes, less than 0 not at
	// all. What is not issued by then is [keys.ErrPending].
	PollFor time.Duration
}

// Client is a SCEP server's client, and a [keys.Issuer] and [keys.Checker]. It
// is safe for concurrent use. Make one by [NewClient].
type Client struct {
	url       *url.URL
	opts      ClientOptions
	pin       *fingerprint // nil if there is none
	http      *http.Client
	transient func() (*rsa.PrivateKey, error)

	busy      chan struct{}     // held while the server is asked who it is
	server    *server           // guarded by busy; nil if not asked yet
	recipient *x509.Certificate // of the server when last asked; guarded, too

	mu      sync.Mutex
	pending map[string]bool // transactions answered PENDING
}

var (
	_ keys.Issuer  = (*Client)(nil)
	_ keys.Checker = (*Client)(nil)
)

// NewClient makes a client of the server at a URL (http or https, without
// "?operation="). Options are copied; nil is that of none. It asks the server
// nothing. Errors tell what is wrong with the URL or an option.
func NewClient(address string, o *ClientOptions) (*Client, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil:
		return nil, fmt.Errorf("scep: server: not a URL")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("scep: server %q: want a URL such as http://ca.example/scep", u.Redacted())
	case u.Query().Has("operation"):
		return nil, fmt.Errorf("scep: server %q: want the URL without ?operation=", u.Redacted())
	}
	u.Fragment = ""
	c := &Client{url: u, busy: make(chan struct{}, 1), pending: make(map[string]bool)}
	if o != nil {
		c.opts = *o
		c.opts.Pinned = slices.Clone(o.Pinned)
	}
	if c.opts.Fingerprint != "" {
		if c.pin, err = parseFingerprint(c.opts.Fingerprint); err != nil {
			return nil, err
		}
	}
	if s := c.opts.Signer; s != nil {
		if err := s.check(); err != nil {
			return nil, err
		}
	}
	c.opts.Timeout = cmp.Or(c.opts.Timeout, time.Minute)
	c.opts.PollInterval = cmp.Or(c.opts.PollInterval, 30*time.Second)
	c.opts.PollFor = cmp.Or(c.opts.PollFor, 5*time.Minute)
	c.http = httpClient(c.opts.HTTP)
	c.transient = sync.OnceValues(newTransientKey)
	return c, nil
}

// URL is that of the server, without a password that may be in it.
func (c *Client) URL() string { return c.url.Redacted() }

// Check asks the server what it can do and who it is, and has no certificate
// issued. It always asks anew.
//
// Errors: [*UntrustedError] if it is not the CA expected, [*LegacyError],
// [*HTTPError], [*WebPageError], and those of the network and of ctx.
func (c *Client) Check(ctx context.Context) (*keys.IssuerInfo, error) {
	s, err := c.ask(ctx, true)
	if err != nil {
		return nil, err
	}
	info := &keys.IssuerInfo{
		Name:  s.ca.Subject.String(),
		Names: "the CA decides; SCEP servers usually take those of the request",
		CAs:   slices.Clone(s.cas),
	}
	if s.algorithms.legacy() {
		info.Notes = append(info.Notes, fmt.Sprintf("the server can do no better than %v, which is weak", s.algorithms))
	}
	if c.pin != nil && len(c.opts.Pinned) == 0 && c.pin.weak() {
		info.Notes = append(info.Notes, fmt.Sprintf("the CA was recognised by its %s fingerprint; its SHA-256 is %s", c.pin.kind(), Fingerprints(s.anchor).SHA256))
	}
	if !s.recipient.Equal(s.ca) {
		info.Agent = s.recipient
		info.Notes = append(info.Notes, fmt.Sprintf("requests go to the registration authority %q", s.recipient.Subject))
	}
	if s.changed {
		info.Notes = append(info.Notes, fmt.Sprintf("they went to another certificate before; that of %q is new", s.recipient.Subject))
	}
	return info, nil
}

// ask gives what is known of the server, asking it if that is old or not known.
func (c *Client) ask(ctx context.Context, anew bool) (*server, error) {
	select {
	case c.busy <- struct{}{}:
		defer func() { <-c.busy }()
	case <-ctx.Done():
		return nil, fmt.Errorf("scep: %w", context.Cause(ctx))
	}
	if c.server != nil && !anew && time.Since(c.server.asked) < freshFor {
		return c.server, nil
	}
	c.server = nil
	s, err := c.identify(ctx)
	if err != nil {
		return nil, err
	}
	s.changed = c.recipient != nil && !c.recipient.Equal(s.recipient)
	c.server, c.recipient = s, s.recipient
	return s, nil
}

// freshFor is how long the server's certificates are taken to be the same:
// long enough for a fleet not to ask for each device, short enough for an RA
// that gets a new certificate.
const freshFor = 10 * time.Minute
