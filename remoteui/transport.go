package remoteui

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/html/charset"

	"github.com/rekey-go/rekey/internal/tlsclient"
	"github.com/rekey-go/rekey/internal/unpack"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

const (
	// maxBody bounds one answer; the largest page known is well under 1 MiB.
	maxBody = 8 << 20
	// idleTime is shorter than the 30 s after which devices drop idle
	// connections: a request on a connection just being dropped is ambiguous.
	idleTime  = 20 * time.Second
	userAgent = "Mozilla/5.0 (compatible; rekey)"
)

// transport sends requests to one host and to no other, one at a time.
type transport struct {
	cfg    *Config
	id     *identity
	host   string                  // without port: cookies and redirects stay here
	addr   atomic.Pointer[url.URL] // where the device was found
	client *http.Client            // of the session, through the gate
	bare   *http.Client            // sends no cookies, outside of the session
	jar    *jar
	base   *http.Transport
	// secrets that nothing that is shown may hold.
	secrets  *Scrubber
	requests atomic.Int64
	busy     atomic.Int64  // time spent on the device's answers, as a time.Duration
	leaving  atomic.Bool   // logging out for good: whatever was spent before
	peer     atomic.Value  // string: the IP address connected to last
	quirk    atomic.Uint32 // a tlsclient.Quirk: what the device needs
	// unreachable: the last attempt to connect failed.
	unreachable atomic.Bool
	spacing     spacing
	status      int // of the last answer, were it half of one; 0: there was none
}

func newTransport(cfg *Config, host string) *transport {
	t := &transport{cfg: cfg, host: host, secrets: cfg.Scrubber, id: &identity{cfg: cfg.Identity, host: host}}
	t.spacing.habit = min(cfg.Spacing, calm)
	t.base = &http.Transport{
		Proxy:                  nil,
		DialContext:            t.dial,
		DialTLSContext:         t.dialTLS,
		ForceAttemptHTTP2:      false,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
		DisableCompression:     true, // internal/unpack does it, within a bound
		MaxConnsPerHost:        1,
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: 64 << 10,
	}
	t.bare = &http.Client{Transport: clear{t}, CheckRedirect: notFollowed}
	t.forget()
	return t
}

func notFollowed(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// forget drops all cookies, as a browser that is started anew.
func (t *transport) forget() {
	kept, _ := cookiejar.New(nil) // only errors on a bad option
	t.jar = newJar(kept, t.secrets)
	t.client = &http.Client{Transport: gate{t}, Jar: t.jar, CheckRedirect: notFollowed}
}

// cookies are what a page's scripts may read as document.cookie.
func (t *transport) cookies(u *url.URL) string {
	var pairs []string
	for _, c := range t.client.Jar.Cookies(u) {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; ")
}

// setCookies keeps the cookies that a page's scripts have set.
func (t *transport) setCookies(u *url.URL, lines []string) {
	var set []*http.Cookie
	for _, line := range lines {
		if c, err := http.ParseSetCookie(line); err == nil {
			set = append(set, c)
		}
	}
	t.client.Jar.SetCookies(u, set)
}

func (t *transport) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, t.cfg.RequestTimeout)
	defer cancel()
	conn, err := t.cfg.DialContext(ctx, network, addr)
	t.unreachable.Store(err != nil)
	return conn, err
}

func (t *transport) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	_, known := t.id.current()
	before := tlsclient.Quirk(t.quirk.Load())
	config := t.tlsConfig()
	var shown tls.ConnectionState // with a certificate that only VerifyConnection sees, maybe
	config.VerifyConnection = func(cs tls.ConnectionState) error {
		shown = cs
		return t.id.verify(addr, cs)
	}
	d := &tlsclient.Dialer{
		Dial: func(ctx context.Context) (net.Conn, error) {
			raw, err := t.dial(ctx, network, addr)
			if err == nil {
				t.peer.Store(peerAddress(raw))
			}
			return raw, err
		},
		Config: config, Timeout: t.cfg.RequestTimeout,
		Quirk: before, Answered: !known.IsZero(),
	}
	conn, quirk, err := d.Connect(ctx)
	if err != nil {
		t.unreachable.Store(true) // of a device that is starting, say
		return nil, explainTLS(err, t.cfg.LegacyTLS)
	}
	t.id.accept(shown)
	if t.quirk.Store(uint32(quirk)); quirk != before && quirk != tlsclient.None {
		t.cfg.OnEvent(Event{Kind: EventNotice, Text: fmt.Sprintf("%s: %s", addr, quirk)})
	}
	return conn, nil
}

func (t *transport) tlsConfig() *tls.Config {
	c := &tls.Config{
		InsecureSkipVerify: true, // the chain is checked by our own rule, on every connection
		// Embedded stacks stall on the large ClientHello of the hybrid groups.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384},
		MinVersion:       tls.VersionTLS12,
	}
	if net.ParseIP(t.host) == nil {
		c.ServerName = t.host
	}
	if t.cfg.LegacyTLS {
		c.MinVersion = tls.VersionTLS10
		for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			c.CipherSuites = append(c.CipherSuites, s.ID)
		}
	}
	return c
}

func explainTLS(err error, legacy bool) error {
	if _, ok := errors.AsType[*IdentityError](err); ok {
		return err
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "too small"), strings.Contains(text, "key size"):
		return fmt.Errorf("%w (the device's RSA key is shorter than Go allows: run the program with GODEBUG=rsa1024min=0)", err)
	case strings.Contains(text, "failed to parse certificate"):
		return fmt.Errorf("%w (where Go refuses the certificate, TLS 1.2 with AES and a public key that Go reads are needed: else give the device another one in a browser first)%s", err, serialAdvice(err))
	case !legacy && (strings.Contains(text, "protocol version") || strings.Contains(text, "handshake failure")):
		return fmt.Errorf("%w (an old TLS stack? try Device.LegacyTLS)", err)
	}
	return err
}

// serialAdvice tells of the setting that makes Go take a certificate; empty: none does.
func serialAdvice(refused error) string {
	if !strings.Contains(refused.Error(), "negative serial number") {
		return ""
	}
	return " (Go takes a negative serial number if told so: run the program with GODEBUG=x509negativeserial=1)"
}

// response is an answer read to its end.
type response struct {
	status   int
	url      *url.URL
	header   http.Header
	body     []byte
	location *url.URL // of a redirect, on our host; nil otherwise
	got      bool     // by a GET
}

// setsCookie reports whether the answer gives the browser a cookie to keep.
func (r *response) setsCookie() bool {
	for _, line := range r.header["Set-Cookie"] {
		if c, err := http.ParseSetCookie(line); err == nil && c.Value != "" && c.MaxAge >= 0 {
			return true
		}
	}
	return false
}

// isHTML reports whether the answer is a page.
func (r *response) isHTML() bool {
	t, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	return t == "text/html" || t == "application/xhtml+xml" || t == ""
}

// text decodes the body; the header or a meta element says from what. The
// charset's name is returned too: forms are sent in it.
func (r *response) text() (text, charsetName string) {
	encoding, name, _ := charset.DetermineEncoding(r.body[:min(len(r.body), 1024)], r.header.Get("Content-Type"))
	text, err := encoding.NewDecoder().String(string(r.body))
	if err != nil {
		return string(r.body), ""
	}
	return text, name
}

// send makes one request, once. fresh asks for a new connection, so that a
// connection the device has just dropped cannot make the outcome ambiguous.
func (t *transport) send(ctx context.Context, r *page.Request, referer *url.URL, fresh bool) (*response, error) {
	at, err := t.admit(r.URL)
	if err != nil {
		return nil, err
	}
	admitted := *r
	admitted.URL = at
	return t.sendBy(ctx, t.client, &admitted, referer, fresh)
}

// unansweredError says that an answer did not come in time.
type unansweredError struct{ within time.Duration }

func (e *unansweredError) Error() string { return fmt.Sprintf("no answer within %v", e.within) }

func (t *transport) sendBy(ctx context.Context, client *http.Client, r *page.Request, referer *url.URL, fresh bool) (*response, error) {
	if err := t.spacing.wait(ctx, r.Method != http.MethodGet, time.Now()); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, t.cfg.RequestTimeout, &unansweredError{t.cfg.RequestTimeout})
	defer cancel()
	req, err := t.newHTTPRequest(ctx, r)
	if err != nil {
		return nil, err
	}
	t.setHeaders(req, referer)
	if r.Script != nil {
		req.Header.Set("Accept", "*/*")
		maps.Copy(req.Header, r.Script.Header)
	}
	if fresh {
		t.base.CloseIdleConnections()
	}
	if err := t.spend(); err != nil {
		return nil, err
	}
	_, done := t.working(ctx, 0, nil)
	defer done()
	began := t.cfg.Now()
	res, err := client.Do(req)
	hasty := err == nil && (&response{status: res.StatusCode}).busy()
	if habit, learned := t.spacing.done(err, hasty, time.Now()); learned {
		t.cfg.OnEvent(Event{Kind: EventNotice, Text: fmt.Sprintf("the device drops or refuses requests that follow closely: leaving %v between them from now on", habit)})
	}
	t.status = 0
	if err != nil {
		return nil, t.cause(ctx, r, err)
	}
	t.status = res.StatusCode
	defer res.Body.Close()
	most := t.cfg.amounts().body
	body, err := io.ReadAll(io.LimitReader(res.Body, int64(most)+1))
	if err == nil {
		// A device that notices the hanging up may end its answer in due form
		// before the connection is closed: it is cut short all the same.
		err = ctx.Err()
	}
	if err != nil {
		return nil, t.cause(ctx, r, err)
	}
	if len(body) > most {
		t.cfg.Share.Exceed()
		return nil, fmt.Errorf("%s %s: answer is larger than %d bytes", r.Method, t.where(r.URL), most)
	}
	if body, err = unpack.Body(body, res.Header, int64(most)); err != nil {
		t.cfg.Share.Exceed() // it may have been too large
		return nil, fmt.Errorf("%s %s: %w", r.Method, t.where(r.URL), t.clean(err))
	}
	t.cfg.Logger.LogAttrs(ctx, -4, "request", t.logAttrs(r, res.StatusCode, len(body), t.cfg.Now().Sub(began))...)
	if err := t.jar.check(); err != nil {
		return nil, err
	}
	out := &response{status: res.StatusCode, url: r.URL, header: res.Header, body: body}
	if err := t.resolveLocation(out); err != nil {
		return nil, err
	}
	return out, nil
}

// resolveLocation keeps redirects on our own host. Devices are known to answer
// with a Location of "https://null:8443/": of that, scheme, port, path and
// query are taken. Any other host is refused.
func (t *transport) resolveLocation(r *response) error {
	loc := r.header.Get("Location")
	if r.status < 300 || r.status > 399 || loc == "" {
		return nil
	}
	u, err := r.url.Parse(loc)
	if err != nil {
		return fmt.Errorf("redirect from %s: unreadable Location", t.where(r.url))
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("redirect from %s: scheme %q", t.where(r.url), t.say(u.Scheme, 20))
	}
	if r.url.Scheme == "https" && u.Scheme == "http" {
		return fmt.Errorf("redirect from %s leads from TLS to plain HTTP: not followed", t.where(r.url))
	}
	if !sameHost(u.Hostname(), t.host) && !hostPlaceholder(u.Hostname()) {
		return t.foreign(u.Hostname())
	}
	host := t.host
	if p := u.Port(); p != "" {
		host = net.JoinHostPort(t.host, p)
	} else if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	r.location = &url.URL{Scheme: u.Scheme, User: u.User, Host: host, Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	return nil
}

// hostPlaceholder knows the literal that old firmware puts for a missing Host.
func hostPlaceholder(h string) bool { return h == "null" }

func (t *transport) setHeaders(req *http.Request, referer *url.URL) {
	h := req.Header
	h.Set("User-Agent", userAgent)
	h.Set("Accept-Encoding", "identity")
	h.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	if t.cfg.Language != "" {
		h.Set("Accept-Language", t.cfg.Language)
	}
	if referer != nil {
		h.Set("Referer", referer.String())
	}
	if req.Method == http.MethodPost {
		h.Set("Origin", req.URL.Scheme+"://"+req.URL.Host)
	}
}

// once is a body that makes a request non-replayable: net/http silently
// repeats a GET whose connection broke, and the device would act twice. It
// reads one byte ahead of a GET's body, finds none, and sends a plain GET.
type once struct{ io.Reader }

func (once) Close() error { return nil }

func (t *transport) newHTTPRequest(ctx context.Context, r *page.Request) (*http.Request, error) {
	body, contentType, err := r.Body()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, t.where(r.URL), t.clean(errors.Unwrap(err)))
	}
	req.Body = once{bytes.NewReader(body)}
	if r.Method == http.MethodPost {
		req.ContentLength = int64(len(body))
		if contentType != "" { // browsers say none of mere bytes
			req.Header.Set("Content-Type", contentType)
		}
		if len(body) == 0 {
			req.Body = http.NoBody
		}
	}
	return req, nil
}

// cause turns a transport error into one that names what was asked, without
// the query (it may hold a token), and why the wait ended.
func (t *transport) cause(ctx context.Context, r *page.Request, err error) error {
	if refused, ok := errors.AsType[*IdentityError](err); ok {
		return t.clean(refused)
	}
	if c := context.Cause(ctx); c != nil {
		return fmt.Errorf("%s %s: %w", r.Method, t.where(r.URL), c)
	}
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	return fmt.Errorf("%s %s: %w", r.Method, t.where(r.URL), t.clean(err))
}
