package scep

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/scrub"
	"github.com/rekey-go/rekey/internal/unpack"
)

// maxAnswer bounds what a server may answer, in bytes.
const maxAnswer = 1 << 20

// maxQuoted bounds what is quoted of a server's text, in characters.
const maxQuoted = 200

// httpClient copies a client, or makes one, and lets it follow no redirects.
func httpClient(given *http.Client) *http.Client {
	h := &http.Client{Transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 30 * time.Second,
		IdleConnTimeout:     30 * time.Second,
		MaxIdleConnsPerHost: 4,
		DisableCompression:  true,
	}}
	if given != nil {
		copied := *given
		h = &copied
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return h
}

// call is one HTTP request.
type call struct {
	operation string
	message   string // query parameter; "" leaves it out
	body      []byte // sent by POST; nil is a GET
	secret    string // must not appear in errors; "" is none
}

// do makes a request and gives the body of the answer. Pages are errors.
func (c *Client) do(ctx context.Context, q call) ([]byte, error) {
	limited, cancel := context.WithTimeoutCause(ctx, c.opts.Timeout, fmt.Errorf("no answer within %v", c.opts.Timeout))
	defer cancel()
	body, err := c.roundTrip(limited, q)
	if err == nil {
		return body, nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	} else if limited.Err() != nil {
		err = context.Cause(limited)
	}
	return nil, fmt.Errorf("scep: %s of %s: %w", q.operation, c.url.Redacted(), scrubber(q.secret).Error(err))
}

func (c *Client) roundTrip(ctx context.Context, q call) ([]byte, error) {
	method, payload := http.MethodGet, io.Reader(nil)
	if q.body != nil {
		// Of this type the length is known: IIS refuses chunked bodies.
		method, payload = http.MethodPost, bytes.NewReader(q.body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.address(q), payload)
	if err != nil {
		return nil, withoutURL(err)
	}
	if q.body != nil {
		req.Header.Set("Content-Type", "application/x-pki-message")
	}
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 == 3 {
		return nil, &RedirectError{resp.StatusCode, scrubber(q.secret).Text(location(resp))}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil && resp.StatusCode == http.StatusOK:
		return nil, err
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("the answer has more than %d KiB: this is no SCEP server", maxAnswer>>10)
	}
	if body, err = unpack.Body(body, resp.Header, maxAnswer); err != nil {
		return nil, err
	}
	page := bundle.HTML(body)
	if resp.StatusCode != http.StatusOK {
		text := string(body)
		if page != nil { // of pages nothing but the title: they may show passwords
			text = page.Title
		}
		return nil, &HTTPError{resp.StatusCode, quote(text, q.secret)}
	}
	if page != nil {
		return nil, &WebPageError{Title: quote(page.Title, q.secret), Admin: strings.Contains(strings.ToLower(c.url.Path), "mscep_admin")}
	}
	return body, nil
}

// address is the URL of a request. The operation comes first and message
// second, as in RFC 8894, 4.1: some servers read by position.
func (c *Client) address(q call) string {
	u := *c.url
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "operation=" + q.operation
	if q.message != "" {
		// Not url.QueryEscape's "+" for a space: not every server undoes it.
		u.RawQuery += "&message=" + strings.ReplaceAll(url.QueryEscape(q.message), "+", "%20")
	}
	return u.String()
}

// post sends a PKIMessage the way the server can take it.
func (c *Client) post(ctx context.Context, byPOST bool, message []byte, secret string) ([]byte, error) {
	q := call{operation: "PKIOperation", body: message, secret: secret}
	if !byPOST {
		q.message, q.body = base64.StdEncoding.EncodeToString(message), nil
	}
	return c.do(ctx, q)
}

// withoutURL drops the URL from an error: it is named anyway, without password
// and without a message of kilobytes in it.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

func location(resp *http.Response) string {
	u, err := resp.Location()
	if err != nil {
		return ""
	}
	u.RawQuery, u.Fragment = "", ""
	return bundle.Clean(u.Redacted(), maxQuoted)
}

// quote makes a server's text fit to be shown.
func quote(text, secret string) string {
	return bundle.Clean(scrubber(secret).Text(text), maxQuoted)
}

func scrubber(secret string) *scrub.Scrubber {
	var s scrub.Scrubber
	s.Add(secret)
	return &s
}
