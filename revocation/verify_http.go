package revocation

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rekey-go/rekey/internal/unpack"
)

const (
	defaultMaxOCSP = 64 << 10
	defaultMaxCRL  = 64 << 20
	maxRedirects   = 3
)

func (v *Verifier) init() {
	v.once.Do(func() {
		v.client = v.newClient()
		v.outside = v.client
		if v.PublicOnly {
			v.outside = publicOnly(v.client)
		}
		v.numbers = cmp.Or(v.Numbers, &CRLNumbers{})
	})
}

// newClient is the caller's client or our own, made to go nowhere else and to
// carry nothing along.
func (v *Verifier) newClient() *http.Client {
	client := &http.Client{}
	if v.HTTP != nil {
		copied := *v.HTTP
		client = &copied
	}
	client.Jar, client.CheckRedirect = nil, sameHost
	if v.HTTP == nil {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		for _, c := range v.Issuers {
			if c != nil {
				roots.AddCert(c)
			}
		}
		// Answers are signed. TLS keeps them fresh and private, no more; a CA's own
		// server has a certificate of that CA.
		client.Transport = &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			DisableKeepAlives: true, DisableCompression: true, ForceAttemptHTTP2: false,
		}
	}
	return client
}

// budget is what one certificate may still cost in a round.
type (
	budget    struct{ left int }
	budgetKey struct{}
)

// spend takes a request from the round's budget; one that has none is the
// caller's alone.
func spend(ctx context.Context) error {
	b, ok := ctx.Value(budgetKey{}).(*budget)
	if !ok {
		return nil
	}
	if b.left--; b.left < 0 {
		return errors.New("as many requests as one certificate may cost (Verifier.MaxRequests) were made")
	}
	return nil
}

var errPrivate = errors.New("the certificate names an address that is not public, which is not asked (Verifier.PublicOnly)")

// publicOnly is a client that connects to public addresses only. It looks at the
// address itself when it is connected to: names lead anywhere, and not twice to
// the same.
func publicOnly(client *http.Client) *http.Client {
	copied := *client
	transport, ok := copied.Transport.(*http.Transport)
	switch {
	case copied.Transport == nil:
		transport = http.DefaultTransport.(*http.Transport)
	case !ok:
		return &copied
	}
	transport = transport.Clone()
	dialer := &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !isPublic(at.Addr()) {
			return errPrivate
		}
		return nil
	}}
	transport.DialContext, transport.DialTLSContext = dialer.DialContext, nil
	copied.Transport = transport
	return &copied
}

// notPublic are addresses that net/netip does not tell as such: shared (RFC
// 6598), of this network, of tests and benchmarks, and those that carry IPv4
// addresses within, which would have to be looked at anew.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("::/96"), netip.MustParsePrefix("fec0::/10"),
}

func isPublic(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

var errElsewhere = errors.New("it redirects")

// sameHost follows a redirect on the same server that leaves the request what
// it is, and none elsewhere.
func sameHost(next *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > maxRedirects || next.Method != first.Method || next.URL.User != nil ||
		next.URL.Scheme != first.URL.Scheme || !strings.EqualFold(next.URL.Host, first.URL.Host) {
		return fmt.Errorf("%w to %s, which is not followed", errElsewhere, shown(next.URL.Redacted()))
	}
	next.Header.Del("Referer")
	return spend(next.Context())
}

// parseURL accepts http and https URLs that carry no credentials.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("the URL cannot be read")
	case strings.EqualFold(u.Scheme, "ldap"), strings.EqualFold(u.Scheme, "ldaps"):
		return nil, errors.New("LDAP is not supported: fetch the CRL from there yourself and give it to CheckCRL, or name an http URL in Verifier.CRLURLs")
	case !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https") || u.Host == "":
		return nil, errors.New("only http and https URLs are supported")
	case u.User != nil:
		return nil, errors.New("the URL carries credentials, which are not sent")
	}
	return u, nil
}

func fetchable(raw string) bool {
	_, err := parseURL(raw)
	return err == nil
}

// statusError is an HTTP status that is no answer.
type statusError int

func (e statusError) Error() string {
	return fmt.Sprintf("the server answers with HTTP status %d", int(e))
}

// fetch sends one request, to the URL or, where there is more, to one below it, and reads at most limit octets of a whole answer with
// status 200, or, where the request is conditional, 304.
func (v *Verifier) fetch(ctx context.Context, raw, below string, post []byte, headers http.Header, limit int64) ([]byte, *http.Response, error) {
	u, err := parseURL(raw)
	if err != nil {
		return nil, nil, err
	}
	if ctx.Err() != nil {
		return nil, nil, errors.New("the time that one certificate may cost is over (Verifier.MaxTime)")
	}
	timeout := v.RequestTimeout
	if timeout <= 0 {
		timeout = 10 * time.Second
	}
	if below != "" {
		u = u.JoinPath("/") // one slash at the end
		u.Path, u.RawPath = u.Path+below, u.EscapedPath()+url.QueryEscape(below)
	}
	ctx, stop := context.WithTimeout(ctx, timeout)
	defer stop()
	method, body := http.MethodGet, io.Reader(nil)
	if post != nil {
		method, body = http.MethodPost, bytes.NewReader(post)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, nil, errors.New("the URL cannot be requested")
	}
	req.Header = headers
	req.Header.Set("User-Agent", "rekey")
	req.Header.Set("Accept-Encoding", "identity")
	if err := spend(ctx); err != nil {
		return nil, nil, err
	}
	client := v.outside
	if slices.Contains(v.CRLURLs, raw) || slices.Contains(v.OCSPURLs, raw) {
		client = v.client
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, requestError(err, timeout)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotModified && headers.Get("If-None-Match")+headers.Get("If-Modified-Since") != "" {
		return nil, resp, nil
	}
	if resp.StatusCode != http.StatusOK {
		return nil, nil, statusError(resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, nil, requestError(err, timeout)
	}
	if int64(len(data)) > limit {
		return nil, nil, fmt.Errorf("the answer is longer than %d bytes", limit)
	}
	if data, err = unpack.Body(data, resp.Header, limit); err != nil {
		return nil, nil, err
	}
	return data, resp, nil
}

// requestError says what went wrong without the URL, which stands beside it.
func requestError(err error, timeout time.Duration) error {
	if errors.Is(err, errPrivate) {
		return errPrivate
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no whole answer within %v", timeout)
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return fmt.Errorf("the request failed: %w", err)
}
