package caclient

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/scrub"
)

const (
	requestTime = 30 * time.Second // for one request and its answer
	maxBody     = 1 << 20          // of an answer, in bytes
)

// ServerURL reads the address of a CA's server. Nothing but https will do: what
// comes back decides whom the device's peers trust.
func ServerURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, fmt.Errorf("%s is not an https address, or has a password in it", bundle.Address(s))
	}
	return u, nil
}

// NewClient makes a client that goes where it is told and nowhere else. Roots
// are those to trust, nil the system's. A proxy is that of the environment, as
// with other programs that talk to servers rather than devices.
func NewClient(config *tls.Config) *http.Client {
	config.MinVersion = tls.VersionTLS12
	return &http.Client{
		Transport: &limited{&http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			TLSClientConfig:        config,
			TLSHandshakeTimeout:    requestTime,
			ResponseHeaderTimeout:  requestTime,
			MaxResponseHeaderBytes: 64 << 10,
			IdleConnTimeout:        10 * time.Second,
			ForceAttemptHTTP2:      true,
		}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			return fmt.Errorf("it answered with a redirection to %s, which is not followed: give the address that answers itself", bundle.Quote(r.URL.Host))
		},
	}
}

// limited speaks https only, lets no answer be longer than maxBody, and no
// server say when to come back in a way that keeps us too long or too busy.
type limited struct{ next *http.Transport }

// RoundTrip does it.
func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return nil, fmt.Errorf("the server names an address that is not https: %s", bundle.Quote(r.URL.Redacted()))
	}
	res, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = &limitedBody{res.Body, maxBody}
	if after, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
		res.Header.Set("Retry-After", strconv.Itoa(min(max(after, 1), 60)))
	} else {
		res.Header.Del("Retry-After") // a date: by whose clock?
	}
	return res, nil
}

var errTooLong = fmt.Errorf("the answer has more than %d bytes", maxBody)

type limitedBody struct {
	io.ReadCloser
	left int64
}

// Read is an error beyond the limit: an answer cut off must not look whole.
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		// At the limit only the end may follow.
		if n, err := b.ReadCloser.Read(make([]byte, 1)); n == 0 {
			return 0, err
		}
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// Request is what is asked of a server.
type Request struct {
	// Do says in words what the server is asked for, such as "sign the request".
	Do string
	// Method is that of HTTP. Empty is GET, and POST if there is a body.
	Method string
	URL    string
	Header http.Header
	// JSON is the body before encoding; nil is none.
	JSON any
	// Accept are statuses beside 200 and 201 that are no refusals.
	Accept []int
	// Secrets are taken out of whatever the server says, in every spelling that
	// package scrub knows, before anything is cut.
	Secrets []string
}

// Send sends a request and reads the JSON of the answer into out (not if out is
// nil, or there is no body). It gives the status. A refusal, or a web page, is a
// [*caserver.ServerError].
func Send(ctx context.Context, client *http.Client, r Request, out any) (status int, err error) {
	status, body, err := Fetch(ctx, client, r)
	if err != nil || out == nil || status == http.StatusNoContent {
		return status, err
	}
	if err := json.Unmarshal(body, out); err != nil {
		return status, fmt.Errorf("asking the CA to %s: the answer is not what was expected (%w): is the address right?", r.Do, err)
	}
	return status, nil
}

// Fetch is [Send] for answers that are no JSON.
func Fetch(ctx context.Context, client *http.Client, r Request) (status int, body []byte, err error) {
	secrets := new(scrub.Scrubber)
	secrets.Add(r.Secrets...)
	ctx, cancel := context.WithTimeoutCause(ctx, requestTime, fmt.Errorf("no answer within %v: %w", requestTime, context.DeadlineExceeded))
	defer cancel()
	status, body, err = r.fetch(ctx, client)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return 0, nil, fmt.Errorf("asking the CA to %s: %w", r.Do, secrets.Error(err))
	}
	body = r.clean(body)
	if html := bundle.HTML(body); html != nil {
		return status, nil, &caserver.ServerError{Do: r.Do, Status: status, Message: secrets.Text(fmt.Sprintf("%v: is the address right?", html))}
	}
	if status != http.StatusOK && status != http.StatusCreated && !slices.Contains(r.Accept, status) {
		return status, nil, &caserver.ServerError{Do: r.Do, Status: status, Message: bundle.Clean(secrets.Text(message(body)), 300)}
	}
	return status, body, nil
}

// clean takes the secrets out of an answer that is read. A short one may be part
// of what the answer is made of, and is taken out of messages only.
func (r *Request) clean(body []byte) []byte {
	const long = 12
	secrets := new(scrub.Scrubber)
	for _, secret := range r.Secrets {
		if len(secret) >= long {
			secrets.Add(secret)
		}
	}
	if text := secrets.Text(string(body)); text != string(body) {
		return []byte(text)
	}
	return body
}

func (r *Request) fetch(ctx context.Context, client *http.Client) (status int, body []byte, err error) {
	method, content := cmp.Or(r.Method, http.MethodGet), io.Reader(http.NoBody)
	if r.JSON != nil {
		b, err := json.Marshal(r.JSON)
		if err != nil {
			return 0, nil, err
		}
		method, content = cmp.Or(r.Method, http.MethodPost), bytes.NewReader(b)
	}
	q, err := http.NewRequestWithContext(ctx, method, r.URL, content)
	if err != nil {
		return 0, nil, err
	}
	if r.Header != nil {
		q.Header = r.Header.Clone()
	}
	if r.JSON != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	res, err := client.Do(q)
	if err != nil {
		return 0, nil, Explain(err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

// Explain says of a failed request what to do about it.
func Explain(err error) error {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return fmt.Errorf("%w: give the CA's root certificate or its fingerprint", err)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return fmt.Errorf("%w: check that the CA runs there and can be reached from here", err)
	}
	return err
}

// message is the text of an error as step-ca, EJBCA or Vault words it, or what
// came instead.
func message(body []byte) string {
	var answer struct {
		Message      string   `json:"message"`
		ErrorMessage string   `json:"error_message"`
		Errors       []string `json:"errors"`
	}
	if json.Unmarshal(body, &answer) == nil {
		if said := cmp.Or(answer.Message, answer.ErrorMessage, strings.Join(answer.Errors, "; ")); said != "" || answer.Errors != nil {
			return said
		}
	}
	return string(body)
}
