package issuer

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/caclient"
	"github.com/rekey-go/rekey/keys"
)

// StepCAConfig says where step-ca is and how it is to be convinced: by a key of
// a JWK provisioner (Provisioner, Key), or by Token.
type StepCAConfig struct {
	// URL is the CA's address, such as "https://ca.example:9000". Its host name
	// must be one that step-ca knows itself by (dnsNames in ca.json), or tokens
	// are refused; see Audience. A proxy is that of the environment
	// ([http.ProxyFromEnvironment]).
	URL string
	// Fingerprint is the SHA-256 of the CA's root certificate in hex, as
	// "step certificate fingerprint" prints it; colons and spaces do not matter.
	// The root is then fetched from the CA itself and compared.
	Fingerprint string
	// Roots are certificates that the server's must chain to. Nil is the root of
	// Fingerprint or, without one, the system's.
	Roots *x509.CertPool

	// Provisioner is the name of the provisioner. With Token it may be empty,
	// and is looked up in Check only.
	Provisioner string
	// Key is the provisioner's private key: ECDSA (ES256, ES384, ES512), Ed25519
	// or RSA (RS256).
	Key crypto.Signer `json:"-"`
	// KeyID is the key's ID at the CA; empty is its thumbprint (RFC 7638), which
	// is what the step command gives.
	KeyID string
	// Token gives a one-time token for a request instead, for example from
	// "step ca token". It is called once for every certificate.
	Token func(ctx context.Context, want TokenRequest) (string, error) `json:"-"`
	// Audience goes into the token; empty is URL and /1.0/sign.
	Audience string

	// ExtraNames, if not nil, gives IP addresses and host names to add to those
	// of the request. step-ca takes added ones only of a kind that the request
	// does not name itself: host names to addresses, or addresses to host names.
	ExtraNames func(*x509.CertificateRequest) []string `json:"-"`
	// Validity is how long certificates are to last, at most what the
	// provisioner allows. Zero leaves it to the CA: 24 hours, if nobody
	// configured it otherwise, which is too short for devices.
	Validity time.Duration
	// Timeout bounds Issue and Check; zero is one minute.
	Timeout time.Duration
}

// TokenRequest is what a one-time token for step-ca must say.
type TokenRequest struct {
	// Subject is the common name of the request.
	Subject string
	// Names are the IP addresses and host names that the certificate is to have.
	Names []string
	// Audience is whom the token is for.
	Audience string
}

// Format writes the address and the provisioner, whatever the verb: never the
// key.
func (c StepCAConfig) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "step-ca at %s, provisioner %s", caclient.Address(c.URL), quote(c.Provisioner))
}

// LogValue is what Format writes.
func (c StepCAConfig) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// StepCA asks a step-ca server (smallstep/certificates) to sign requests, by
// POST /1.0/sign. It is safe for concurrent use if key and callbacks are.
type StepCA struct {
	c      StepCAConfig
	server *caclient.Step
}

var (
	_ keys.Issuer  = (*StepCA)(nil)
	_ keys.Namer   = (*StepCA)(nil)
	_ keys.Checker = (*StepCA)(nil)
)

// NewStepCA makes one. Nothing is asked of the server yet.
func NewStepCA(c StepCAConfig) (*StepCA, error) {
	server, err := caclient.NewStep(caclient.StepConfig{URL: c.URL, Fingerprint: c.Fingerprint, Roots: c.Roots,
		Provisioner: c.Provisioner, Key: c.Key, KeyID: c.KeyID, OtherTokens: c.Token != nil})
	if err != nil {
		return nil, fmt.Errorf("issuer: step-ca: %w", err)
	}
	if c.Validity < 0 || c.Timeout < 0 {
		return nil, errors.New("issuer: step-ca: negative Validity or Timeout")
	}
	if c.Audience == "" {
		c.Audience = server.URL("1.0", "sign")
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	return &StepCA{c, server}, nil
}

// Issue has a certificate signed for the request. Its names (SAN) are those of
// the order and of ExtraNames (see [LocalCA.Issue], also for a request without an
// order): the one-time token says so, and step-ca checks the request against it. The
// CA's template decides about the rest. The default template keeps of the subject
// only the common name.
//
// A refusal is a [*ServerError].
func (s *StepCA) Issue(ctx context.Context, csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
	if err := checkRequest(ctx, csr); err != nil {
		return nil, err
	}
	order, err := orderOf(ctx, csr)
	if err != nil {
		return nil, err
	}
	want, err := s.tokenRequest(order, csr)
	if err != nil {
		return nil, err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	chain, err := s.issue(ctx, csr, want)
	if err != nil {
		return nil, fmt.Errorf("issuer: %v: %w", s.c, err)
	}
	return chain, nil
}

func (s *StepCA) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.c.Timeout, fmt.Errorf("not done within %v: %w", s.c.Timeout, context.DeadlineExceeded))
}

func (s *StepCA) tokenRequest(order keys.Order, csr *x509.CertificateRequest) (TokenRequest, error) {
	names, err := namesOf(order, csr, s.c.ExtraNames)
	if err != nil {
		return TokenRequest{}, err
	}
	want := TokenRequest{Subject: csr.Subject.CommonName, Names: names.strings(), Audience: s.c.Audience}
	if len(want.Names) == 0 && want.Subject != "" {
		want.Names = []string{want.Subject} // what step-ca does without any
	}
	if want.Subject == "" {
		if len(want.Names) == 0 {
			return TokenRequest{}, errors.New("issuer: step-ca: the request names nothing: give it a common name")
		}
		want.Subject = want.Names[0]
	}
	return want, nil
}

func (s *StepCA) issue(ctx context.Context, csr *x509.CertificateRequest, want TokenRequest) ([]*x509.Certificate, error) {
	client, err := s.server.Client(ctx)
	if err != nil {
		return nil, err
	}
	token, err := s.token(ctx, want)
	if err != nil {
		return nil, err
	}
	ask := struct {
		CSR      string `json:"csr"`
		Token    string `json:"ott"`
		NotAfter string `json:"notAfter,omitempty"`
	}{CSR: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr.Raw})), Token: token}
	if s.c.Validity > 0 {
		ask.NotAfter = s.c.Validity.String() // counted from now, by the CA
	}
	var answer struct {
		Cert  string   `json:"crt"`
		CA    string   `json:"ca"`
		Chain []string `json:"certChain"`
	}
	sign := caclient.Request{Do: "sign the request", URL: s.server.URL("1.0", "sign"), JSON: ask, Secrets: caclient.TokenParts(token)}
	if _, err := caclient.Send(ctx, client, sign, &answer); err != nil {
		return nil, err
	}
	found, err := bundle.Parse([]byte(strings.Join(append(answer.Chain, answer.Cert, answer.CA), "\n")))
	if err != nil {
		return nil, fmt.Errorf("its answer: %w", err)
	}
	return bundle.Chain(csr.PublicKey, found.Certs)
}

// token gives a one-time token for a certificate of these names.
func (s *StepCA) token(ctx context.Context, want TokenRequest) (string, error) {
	if s.c.Token == nil {
		return s.server.Token(want.Subject, want.Audience, want.Names)
	}
	token, err := s.c.Token(ctx, want)
	if err != nil {
		return "", fmt.Errorf("the one-time token: %w", err)
	}
	if token = strings.TrimSpace(token); token == "" {
		return "", errors.New("the one-time token is empty")
	}
	return token, nil
}

// Format writes the address and the provisioner, whatever the verb: never the
// key.
func (s *StepCA) Format(f fmt.State, verb rune) { s.c.Format(f, verb) }

// AddedNames are those of ExtraNames: the certificate has them beside those that
// were ordered.
func (s *StepCA) AddedNames(csr *x509.CertificateRequest) []string {
	if s.c.ExtraNames == nil {
		return nil
	}
	return s.c.ExtraNames(csr)
}
