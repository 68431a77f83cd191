package caclient

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/bundle"
)

// maxPages of provisioners are read; each has up to a hundred.
const maxPages = 20

// Provisioner is one of GET /provisioners.
type Provisioner struct {
	Type   string `json:"type"`
	Name   string `json:"name"`
	Key    JWK    `json:"key"`
	Claims struct {
		Default string `json:"defaultTLSCertDuration"`
		Max     string `json:"maxTLSCertDuration"`
	} `json:"claims"`
}

// Check looks whether the server is the one expected and in good health, and
// whether it has the provisioner, with this key; nil if none was named.
func (s *Step) Check(ctx context.Context) (*Provisioner, error) {
	client, err := s.Client(ctx)
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
		return nil, fmt.Errorf("the CA says that it is not well: %s", bundle.Quote(health.Status))
	}
	if s.c.Provisioner == "" {
		return nil, nil
	}
	return s.provisioner(ctx, client)
}

// provisioner finds the configured one in the CA's list.
func (s *Step) provisioner(ctx context.Context, client *http.Client) (*Provisioner, error) {
	var seen []string
	cursor := ""
	for range maxPages {
		var page struct {
			Provisioners []*Provisioner `json:"provisioners"`
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
	want := "provisioner " + bundle.Quote(s.c.Provisioner)
	if s.c.Key != nil {
		want = fmt.Sprintf("JWK %s with the key %s", want, bundle.Quote(s.c.KeyID))
	}
	return nil, fmt.Errorf("the CA has no %s, but %s", want, bundle.Quote(strings.Join(seen, ", ")))
}

func (s *Step) sameKeyAs(p *Provisioner) error {
	if s.c.Key == nil {
		return nil
	}
	ours, err := PublicJWK(s.c.Key.Public())
	if err != nil {
		return err
	}
	if ours.Thumbprint() != p.Key.Thumbprint() {
		return fmt.Errorf("the provisioner's key %s is another than the one given", bundle.Quote(p.Key.KeyID))
	}
	return nil
}

// Roots are the CA's: the one of the fingerprint, or all it names. Having none
// is no error.
func (s *Step) Roots(ctx context.Context) ([]*x509.Certificate, error) {
	client, err := s.Client(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	root := s.root
	s.mu.Unlock()
	if root != nil {
		return []*x509.Certificate{root}, nil
	}
	return s.certificates(ctx, client, "give its roots", "roots")
}

// Intermediates are what the CA issues with, as far as it tells: older servers
// have no such list, and then there is none, and no error.
func (s *Step) Intermediates(ctx context.Context) ([]*x509.Certificate, error) {
	client, err := s.Client(ctx)
	if err != nil {
		return nil, err
	}
	certs, err := s.certificates(ctx, client, "give its intermediates", "intermediates")
	if refused, ok := errors.AsType[*caserver.ServerError](err); ok && (refused.Status == http.StatusNotFound || refused.Status == http.StatusNotImplemented) {
		return nil, nil
	}
	return certs, err
}

func (s *Step) certificates(ctx context.Context, client *http.Client, do, path string) ([]*x509.Certificate, error) {
	var answer struct {
		Certs []string `json:"crts"`
	}
	if err := s.get(ctx, client, do, &answer, nil, path); err != nil {
		return nil, err
	}
	found, err := bundle.Parse([]byte(strings.Join(answer.Certs, "\n")))
	if err != nil {
		return nil, fmt.Errorf("asking the CA to %s: %w", do, err)
	}
	return found.Certs, nil
}

func (s *Step) get(ctx context.Context, client *http.Client, do string, out any, query url.Values, path ...string) error {
	u := s.base.JoinPath(path...)
	u.RawQuery = query.Encode()
	_, err := Send(ctx, client, Request{Do: do, URL: u.String()}, out)
	return err
}

// HasCRL reports whether the CA publishes a revocation list.
func (s *Step) HasCRL(ctx context.Context) (bool, error) {
	client, err := s.Client(ctx)
	if err != nil {
		return false, err
	}
	_, _, err = Fetch(ctx, client, Request{Do: "give its revocation list", URL: s.URL("1.0", "crl")})
	if refused, ok := errors.AsType[*caserver.ServerError](err); ok && (refused.Status == http.StatusNotFound || refused.Status == http.StatusNotImplemented) {
		return false, nil
	}
	if errors.Is(err, errTooLong) { // it has a long one
		return true, nil
	}
	return err == nil, err
}
