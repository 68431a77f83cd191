package caclient

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/bundle"
)

// tokenTime is how long a token is good for, as those of the step command.
const tokenTime = 5 * time.Minute

// Step is a step-ca server (smallstep/certificates). It is safe for concurrent
// use if the key is.
type Step struct {
	c    caserver.StepCA
	base *url.URL
	self *url.URL // as the CA knows itself

	mu     sync.Mutex // guards what follows; not held while the network is used
	client *http.Client
	root   *x509.Certificate // the one of Fingerprint
}

// NewStep makes one. Nothing is asked of the server yet.
func NewStep(c caserver.StepCA) (*Step, error) {
	base, err := ServerURL(c.URL)
	switch {
	case err != nil:
		return nil, err
	case c.Key == nil && c.Token == nil:
		return nil, errors.New("give a provisioner's key or a callback for tokens")
	case c.Key != nil && c.Token != nil:
		return nil, errors.New("a provisioner's key and a callback for tokens: give one of them")
	case c.Key != nil && c.Provisioner == "":
		return nil, errors.New("the key's provisioner must be named")
	case c.Timeout < 0:
		return nil, errors.New("negative Timeout")
	}
	base = &url.URL{Scheme: base.Scheme, Host: base.Host, Path: base.Path} // no query
	self := base
	if c.KnownAs != "" {
		if self, err = ServerURL(c.KnownAs); err != nil {
			return nil, fmt.Errorf("KnownAs: %w", err)
		}
	}
	if c.Key != nil {
		jwk, err := PublicJWK(c.Key.Public())
		if err != nil {
			return nil, err
		}
		if c.KeyID == "" {
			c.KeyID = jwk.Thumbprint()
		}
	}
	if c.Fingerprint != "" {
		if c.Fingerprint, err = parseFingerprint(c.Fingerprint); err != nil {
			return nil, err
		}
	}
	s := &Step{c: c, base: base, self: self}
	if c.Fingerprint == "" {
		s.client = NewClient(&tls.Config{RootCAs: c.Roots})
	}
	return s, nil
}

// URL is the address of a path below the server's.
func (s *Step) URL(path ...string) string { return s.base.JoinPath(path...).String() }

// Audience is whom a token is for that lets do something, "sign" or "revoke".
func (s *Step) Audience(do string) string { return s.self.JoinPath("1.0", do).String() }

// Token gives a one-time token: one that comes from elsewhere, or one signed with
// the provisioner's key.
func (s *Step) Token(ctx context.Context, want caserver.TokenRequest) (string, error) {
	if s.c.Token == nil {
		return s.sign(want)
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

func (s *Step) sign(want caserver.TokenRequest) (string, error) {
	now := time.Now()
	claims := struct {
		Issuer    string   `json:"iss"`
		Audience  string   `json:"aud"`
		Subject   string   `json:"sub"`
		Names     []string `json:"sans,omitempty"`
		IssuedAt  int64    `json:"iat"`
		NotBefore int64    `json:"nbf"`
		Expiry    int64    `json:"exp"`
		ID        string   `json:"jti"`
		Root      string   `json:"sha,omitempty"`
	}{s.c.Provisioner, want.Audience, want.Subject, want.Names,
		now.Unix(), now.Unix(), now.Add(tokenTime).Unix(), rand.Text(), s.c.Fingerprint}
	token, err := SignJWT(s.c.Key, s.c.KeyID, claims)
	if err != nil {
		return "", fmt.Errorf("signing a token with the provisioner's key: %w", err)
	}
	return token, nil
}

// Client gives the client that trusts the right roots. With a fingerprint the
// root is fetched first, from a server that is not known yet: a root is public,
// and its hash tells whether it is the one. Where there are roots, too, they are
// those that the server's certificate must chain to, and the CA behind it must
// be the one of the fingerprint all the same. Two goroutines may both do so.
func (s *Step) Client(ctx context.Context) (*http.Client, error) {
	s.mu.Lock()
	client := s.client
	s.mu.Unlock()
	if client != nil {
		return client, nil
	}
	root, err := s.fetchRoot(ctx)
	if err != nil {
		return nil, err
	}
	pool := s.c.Roots
	if pool == nil {
		pool = x509.NewCertPool()
		pool.AddCert(root)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		s.client, s.root = NewClient(&tls.Config{RootCAs: pool}), root
	}
	return s.client, nil
}

func (s *Step) fetchRoot(ctx context.Context) (*x509.Certificate, error) {
	anybody := NewClient(&tls.Config{RootCAs: s.c.Roots, InsecureSkipVerify: s.c.Roots == nil}) // see Client
	defer anybody.CloseIdleConnections()
	var answer struct {
		CA string `json:"ca"`
	}
	ask := Request{Do: "give its root of this fingerprint", URL: s.URL("root", s.c.Fingerprint)}
	if _, err := Send(ctx, anybody, ask, &answer); err != nil {
		if e, ok := errors.AsType[*caserver.ServerError](err); ok && e.Status == http.StatusNotFound {
			return nil, fmt.Errorf("%w: is it the fingerprint of this CA's root certificate?", err)
		}
		return nil, err
	}
	found, err := bundle.Parse([]byte(answer.CA))
	if err != nil {
		return nil, fmt.Errorf("its root: %w", err)
	}
	want, err := hex.DecodeString(s.c.Fingerprint)
	if err != nil {
		return nil, err
	}
	for _, c := range found.Certs {
		if sum := sha256.Sum256(c.Raw); bytes.Equal(sum[:], want) {
			return c, nil
		}
	}
	return nil, fmt.Errorf("the CA gives a root of another fingerprint than %s: this is not your CA", s.c.Fingerprint)
}

// parseFingerprint reads a SHA-256 in hex, in the usual spellings.
func parseFingerprint(s string) (string, error) {
	hash := strings.ToLower(strings.NewReplacer(":", "", " ", "", "-", "").Replace(s))
	if b, err := hex.DecodeString(hash); err != nil || len(b) != sha256.Size {
		return "", fmt.Errorf("the fingerprint %s is not a SHA-256 in hex (64 digits)", bundle.Quote(s))
	}
	return hash, nil
}
