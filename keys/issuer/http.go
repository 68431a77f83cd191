package issuer

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
)

const (
	requestTime = 30 * time.Second // for one request and its answer
	maxBody     = 1 << 20          // of an answer, in bytes
)

// ServerError is the refusal of a CA's server.
type ServerError struct {
	// Do is what the server was asked for, such as "sign the request".
	Do string
	// Status is that of HTTP.
	Status int
	// Message is what the server said: one line, without control characters and
	// without secrets of ours.
	Message string
}

// Error names all of it.
func (e *ServerError) Error() string {
	said := "without saying why"
	if e.Message != "" {
		said = strconv.Quote(e.Message)
	}
	return fmt.Sprintf("the CA would not %s: HTTP status %d, %s", e.Do, e.Status, said)
}

// serverURL reads the address of a CA's server. Nothing but https will do: what
// comes back decides whom the device's peers trust.
func serverURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, fmt.Errorf("%s is not an https address", quote(s))
	}
	return u, nil
}

// newClient makes a client that goes where it is told and nowhere else. Roots
// are those to trust, nil the system's. A proxy is that of the environment, as
// with other programs that talk to servers rather than devices.
func newClient(config *tls.Config) *http.Client {
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
			return fmt.Errorf("it answered with a redirection to %s, which is not followed: give the address that answers itself", quote(r.URL.Host))
		},
	}
}

// limited speaks https only, lets no answer be longer than maxBody, and no
// server say when to come back in a way that keeps us too long or too busy.
type limited struct{ next *http.Transport }

// RoundTrip does it.
func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return nil, fmt.Errorf("the server names an address that is not https: %s", quote(r.URL.Redacted()))
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

// exchange sends a request with a JSON body (none if in is nil) and reads the
// answer into out. An answer that is no JSON, or an unwanted status, is a
// [*ServerError]; clean takes secrets out of what the server said.
func exchange(ctx context.Context, client *http.Client, do, address string, in, out any, clean func(string) string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, requestTime, fmt.Errorf("no answer within %v: %w", requestTime, context.DeadlineExceeded))
	defer cancel()
	status, body, err := fetch(ctx, client, address, in)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("asking the CA to %s: %w", do, err)
	}
	if html := bundle.HTML(body); html != nil {
		return &ServerError{do, status, clean(fmt.Sprintf("%v: is the address right?", html))}
	}
	if status != http.StatusOK && status != http.StatusCreated {
		return &ServerError{do, status, bundle.Clean(clean(message(body)), 300)}
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("asking the CA to %s: the answer is not what was expected (%w): is the address right?", do, err)
	}
	return nil
}

func fetch(ctx context.Context, client *http.Client, address string, in any) (status int, body []byte, err error) {
	method, content := http.MethodGet, io.Reader(http.NoBody)
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return 0, nil, err
		}
		method, content = http.MethodPost, bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return 0, nil, err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := client.Do(r)
	if err != nil {
		return 0, nil, explain(err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

// explain says of a failed request what to do about it.
func explain(err error) error {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return fmt.Errorf("%w: give the CA's root certificate or its fingerprint", err)
	}
	return err
}

// message is the text of step-ca's errors, or what came instead.
func message(body []byte) string {
	var answer struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &answer) == nil && answer.Message != "" {
		return answer.Message
	}
	return string(body)
}
