package remoteui

import (
	"context"
	"net/http"
	"net/url"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// gate is the one way out of a session. It stands behind the HTTP client, so it
// sees each request as it would leave, with its cookies, whoever asked for it: a
// caller, a redirect, a meta refresh, a script, a frame, a form, a log-out link.
// A request that it lets through goes over TLS to the address at which the device
// was found; [transport.dialTLS], which makes every connection, sees to it that the
// identity is known there.
type gate struct{ *transport }

// RoundTrip implements [http.RoundTripper].
func (g gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := g.admit(r.URL); err != nil {
		return nil, err
	}
	return g.base.RoundTrip(r)
}

// admit returns a URL with the address of the device as it was found, however the
// URL writes it; or why nothing may be sent there.
func (t *transport) admit(u *url.URL) (*url.URL, error) {
	addr := t.addr.Load()
	switch {
	case !sameHost(u.Hostname(), t.host):
		return nil, t.foreign(u.Hostname())
	case u.User != nil:
		return nil, &OutsideError{Target: t.where(u), Reason: "it names a user to log in as"}
	case u.Scheme == "http":
		return nil, &OutsideError{Target: t.where(u), Reason: "it is not over TLS", Err: ErrPlainHTTP}
	case u.Scheme != "https":
		return nil, &OutsideError{Target: t.where(u), Reason: "it is of another kind than https"}
	case portOf(u) != portOf(addr):
		return nil, &OutsideError{Target: t.where(u), Reason: "it is not the port at which the device is known (" + portOf(addr) + ")"}
	}
	at := *u
	at.Host = addr.Host
	return &at, nil
}

// portOf is the port that a URL over TLS connects to.
func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return "443"
}

// enter makes an address the device's: requests go there from now on.
func (s *Session) enter(u *url.URL) {
	s.entry = u
	s.t.addr.Store(u)
}

// meet follows the device's first page to another port: the way to the login goes
// where the device says, on its own host and under its own key, before anything is
// sent that it could lose.
func (s *Session) meet(u *url.URL) {
	if s.meeting && u.Scheme == "https" && u.User == nil && sameHost(u.Hostname(), s.t.host) {
		s.enter(s.entryOf(u))
	}
}

// moved returns a request as it has to be since the device came back, perhaps at
// another port.
func (s *Session) moved(r *page.Request) *page.Request {
	at, there := *r.URL, *r
	at.Host, there.URL = s.entry.Host, &at
	return &there
}

// clear is the way to look where a device without TLS at that address sends a
// browser: nothing but the first page is asked for, by nobody known.
type clear struct{ *transport }

// RoundTrip implements [http.RoundTripper].
func (c clear) RoundTrip(r *http.Request) (*http.Response, error) {
	switch {
	case !sameHost(r.URL.Hostname(), c.host):
		return nil, c.foreign(r.URL.Hostname())
	case r.URL.Scheme != "http" || r.Method != http.MethodGet || r.URL.User != nil || r.URL.RawQuery != "" || len(r.Header["Cookie"]) > 0 || len(r.Header["Referer"]) > 0:
		return nil, &OutsideError{Target: c.where(r.URL), Reason: "it is not over TLS", Err: ErrPlainHTTP}
	}
	return c.base.RoundTrip(r)
}

// look asks for a page without TLS, outside of the session.
func (t *transport) look(ctx context.Context, u *url.URL) (*response, error) {
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return t.sendBy(ctx, t.bare, &page.Request{Method: http.MethodGet, URL: at}, nil, false)
}
