package enrol

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/smallstep/scep"
)

// maxAnswer is the most a server may send.
const maxAnswer = 1 << 20

// server is the other side, and what it can do.
type server struct {
	url     string // up to the query
	http    *http.Client
	timeout time.Duration

	post, aes, sha256 bool
}

// server refuses addresses with TLS: the device has none here.
func (c *Client) server() (*server, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("%w: its address is not one of plain HTTP", ErrCommunication)
	}
	transport := &http.Transport{DialContext: c.Dial, DisableKeepAlives: true} // no Proxy: nothing else is dialed
	return &server{url: c.URL, timeout: c.Timeout, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// getCaps asks what the server can do. One that does not answer can do little
// (RFC 8894 section 3.5.2).
func (s *server) getCaps(ctx context.Context) {
	body, err := s.do(ctx, http.MethodGet, "GetCACaps", nil)
	if err != nil {
		return
	}
	for line := range strings.Lines(string(body)) {
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "postpkioperation":
			s.post = true
		case "aes":
			s.aes = true
		case "sha-256":
			s.sha256 = true
		case "scepstandard":
			s.post, s.aes, s.sha256 = true, true, true
		}
	}
}

// getCertificates are those of CA and RA.
func (s *server) getCertificates(ctx context.Context) ([]*x509.Certificate, error) {
	body, err := s.do(ctx, http.MethodGet, "GetCACert", nil)
	if err != nil {
		return nil, err
	}
	if c, err := x509.ParseCertificate(body); err == nil {
		return []*x509.Certificate{c}, nil
	}
	certs, err := scep.CACerts(body)
	if err != nil {
		return nil, fmt.Errorf("%w: GetCACert: %w", ErrCommunication, err)
	}
	return certs, nil
}

// pkiOperation sends a message, by GET to a server that cannot do POST.
func (s *server) pkiOperation(ctx context.Context, message []byte) ([]byte, error) {
	if s.post {
		return s.do(ctx, http.MethodPost, "PKIOperation", message)
	}
	return s.do(ctx, http.MethodGet, "PKIOperation&message="+url.QueryEscape(base64.StdEncoding.EncodeToString(message)), nil)
}

func (s *server) do(ctx context.Context, method, operation string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	mark := "?"
	if strings.Contains(s.url, "?") {
		mark = "&"
	}
	req, err := http.NewRequestWithContext(ctx, method, s.url+mark+"operation="+operation, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCommunication, err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-pki-message")
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCommunication, errors.Unwrap(err)) // without the address
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrCommunication, err)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%w: status %d", ErrCommunication, resp.StatusCode)
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("%w: an answer of more than %d bytes", ErrCommunication, maxAnswer)
	}
	return answer, nil
}
