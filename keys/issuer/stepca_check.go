package issuer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/keys"
)

// Check looks whether the server is the one expected and in good health, and
// whether it has the provisioner, with this key.
func (s *StepCA) Check(ctx context.Context) (*keys.IssuerInfo, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	info, err := s.check(ctx)
	if err != nil {
		return nil, fmt.Errorf("issuer: %v: %w", s.c, err)
	}
	return info, nil
}

func (s *StepCA) check(ctx context.Context) (*keys.IssuerInfo, error) {
	client, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	var health struct {
		Status string `json:"status"`
	}
	if err := s.get(ctx, client, "tell its health", &health, nil, "health"); err != nil {
		return nil, err
	}
	if health.Status != "ok" {
		return nil, fmt.Errorf("the CA says that it is not well: %s", quote(health.Status))
	}
	info := &keys.IssuerInfo{
		Name:  fmt.Sprint(s.c),
		Names: "those of the request; if it has none, its common name; the CA's template may change them, and usually keeps only the common name of the subject",
	}
	if s.c.ExtraNames != nil {
		info.Names = "added ones, and " + info.Names
	}
	if s.c.Provisioner != "" {
		p, err := s.provisioner(ctx, client)
		if err != nil {
			return nil, err
		}
		info.Notes = s.notes(p)
	}
	info.CAs, err = s.roots(ctx, client)
	return info, err
}

// notes tell about the validity: step-ca's own limits are made for servers
// that renew by themselves.
func (s *StepCA) notes(p *provisioner) []string {
	if s.c.Validity == 0 {
		lasts := "24 hours, unless it is configured otherwise"
		if p.Claims.Default != "" {
			lasts = bundle.Clean(p.Claims.Default, 30)
		}
		return []string{"the CA decides how long certificates last: " + lasts}
	}
	most, err := time.ParseDuration(p.Claims.Max)
	switch {
	case p.Claims.Max == "":
		return []string{"the provisioner does not say how long certificates may last; step-ca's own limit is 24 hours, and longer ones are refused"}
	case err == nil && most < s.c.Validity:
		return []string{fmt.Sprintf("the provisioner allows certificates of %v, shorter than the %v asked for: it will refuse", most, s.c.Validity)}
	}
	return nil
}

// provisioner is one of GET /provisioners.
type provisioner struct {
	Type   string `json:"type"`
	Name   string `json:"name"`
	Key    jwk    `json:"key"`
	Claims struct {
		Default string `json:"defaultTLSCertDuration"`
		Max     string `json:"maxTLSCertDuration"`
	} `json:"claims"`
}

// maxPages of provisioners are read; each has up to a hundred.
const maxPages = 20

// provisioner finds the configured one in the CA's list.
func (s *StepCA) provisioner(ctx context.Context, client *http.Client) (*provisioner, error) {
	var seen []string
	cursor := ""
	for range maxPages {
		var page struct {
			Provisioners []*provisioner `json:"provisioners"`
			Next         string         `json:"nextCursor"`
		}
		query := url.Values{"limit": {"100"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		if err := s.get(ctx, client, "list its provisioners", &page, query, "provisioners"); err != nil {
			return nil, err
		}
		for _, p := range page.Provisioners {
			if p == nil {
				continue
			}
			if p.Name == s.c.Provisioner && (s.c.Key == nil || p.Type == "JWK" && p.Key.KeyID == s.c.KeyID) {
				return p, s.sameKeyAs(p)
			}
			seen = append(seen, fmt.Sprintf("%s (%s, key %s)", p.Name, p.Type, p.Key.KeyID))
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	want := "provisioner " + quote(s.c.Provisioner)
	if s.c.Key != nil {
		want = fmt.Sprintf("JWK %s with the key %s", want, quote(s.c.KeyID))
	}
	return nil, fmt.Errorf("the CA has no %s, but %s", want, quote(strings.Join(seen, ", ")))
}

func (s *StepCA) sameKeyAs(p *provisioner) error {
	if s.c.Key == nil {
		return nil
	}
	ours, err := publicJWK(s.c.Key.Public())
	if err != nil {
		return err
	}
	if ours.thumbprint() != p.Key.thumbprint() {
		return fmt.Errorf("the provisioner's key %s is another than the one given", quote(p.Key.KeyID))
	}
	return nil
}

// roots are the CA's: the one of the fingerprint, or all it names. Having none
// is no error.
func (s *StepCA) roots(ctx context.Context, client *http.Client) ([]*x509.Certificate, error) {
	s.mu.Lock()
	root := s.root
	s.mu.Unlock()
	if root != nil {
		return []*x509.Certificate{root}, nil
	}
	var answer struct {
		Certs []string `json:"crts"`
	}
	if err := s.get(ctx, client, "give its roots", &answer, nil, "roots"); err != nil {
		return nil, err
	}
	found, err := bundle.Parse([]byte(strings.Join(answer.Certs, "\n")))
	if err != nil {
		return nil, fmt.Errorf("its roots: %w", err)
	}
	return found.Certs, nil
}

func (s *StepCA) get(ctx context.Context, client *http.Client, do string, out any, query url.Values, path ...string) error {
	u := s.base.JoinPath(path...)
	u.RawQuery = query.Encode()
	return exchange(ctx, client, do, u.String(), nil, out, func(said string) string { return said })
}

// connect gives the client that trusts the right roots. With a fingerprint the
// root is fetched first, from a server that is not known yet: a root is public,
// and its hash tells whether it is the one. Two goroutines may both do so.
func (s *StepCA) connect(ctx context.Context) (*http.Client, error) {
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
	pool := x509.NewCertPool()
	pool.AddCert(root)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		s.client, s.root = newClient(&tls.Config{RootCAs: pool}), root
	}
	return s.client, nil
}

func (s *StepCA) fetchRoot(ctx context.Context) (*x509.Certificate, error) {
	anybody := newClient(&tls.Config{InsecureSkipVerify: true}) // see connect
	defer anybody.CloseIdleConnections()
	var answer struct {
		CA string `json:"ca"`
	}
	if err := s.get(ctx, anybody, "give its root of this fingerprint", &answer, nil, "root", s.c.Fingerprint); err != nil {
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
		return "", fmt.Errorf("the fingerprint %s is not a SHA-256 in hex (64 digits)", quote(s))
	}
	return hash, nil
}
