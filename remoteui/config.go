package remoteui

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/permit"
	"github.com/rekey-go/rekey/internal/share"
)

// Credentials are what the login form is filled with. The form that the
// device shows decides which of the names is used.
type Credentials struct {
	UserName     string // user authentication
	DepartmentID string // department ID / System Manager ID
	Password     Secret // password or PIN
	// Destination is the login destination to choose, by its text or value,
	// where the form has one; empty keeps what the device has preselected.
	Destination string
}

// empty reports whether there is nothing to log in with.
func (c Credentials) empty() bool {
	return c.UserName == "" && c.DepartmentID == "" && c.Password.Empty()
}

// Config says how to reach a device. It is copied by [Dial].
type Config struct {
	// URL is the device: "https://192.0.2.7:8443/", or a bare host, for which
	// the Remote UI's usual ports are tried (8443, 443, then 8000 and 80 for a
	// redirect to TLS).
	URL string
	// Credentials log in; the zero value works where the device asks for none.
	Credentials Credentials
	// Identity says how the device is recognised.
	Identity Identity
	// ConfirmSuccessor is asked, with no connection open, before a password goes to
	// a key that may be the one which was bound: the device had shown nothing of it
	// that proves it. Nil error: somebody has compared the fingerprint with the
	// device itself. Nil: such a key is refused, with [*UnconfirmedError].
	ConfirmSuccessor func(context.Context, *UnconfirmedError) error
	// Language of the labels, e.g. "zh-TW"; empty or "auto": read off the page.
	Language string
	// Profiles say how the device's labels read, and where its pages and fields
	// are, where our own data does not; nil: none. Later ones add to earlier.
	Profiles []*Profile
	// Recorder takes down every page and request, for a bundle; nil: nobody does.
	Recorder *Recorder
	// LegacyTLS allows TLS 1.0 and RSA key exchange, for old firmware.
	LegacyTLS bool
	// ReadOnly refuses every act that could change the device.
	ReadOnly bool
	// Permit lets [Session.BeginWriting] end ReadOnly, once, after it was granted.
	// Nil: nothing ever does; no other value can be made outside of this module.
	Permit *permit.Permit
	// Share of the memory of a process that works on many devices; nil: all that a
	// device may take. No other value can be made outside of this module.
	Share *share.Share
	// Memory of refused credentials; nil: that of this process.
	Memory CredentialMemory
	// Awaited: the device was there a moment ago, so one that takes no connections
	// is waited for, up to ReturnTimeout: it is restarting by itself.
	Awaited bool
	// Spacing is left between an answer and the next request, at most 2 s; zero:
	// as much as the device turns out to want, see [Session.Spacing].
	Spacing time.Duration
	// RequestTimeout bounds one request; zero: 30 s.
	RequestTimeout time.Duration
	// WaitTimeout bounds the waiting on pages that ask to wait, on a device that
	// says it is busy, and on one that lets nobody in at present; zero: 10 min.
	WaitTimeout time.Duration
	// ReturnTimeout bounds the waiting for a device that takes no connections any
	// more in the middle of the work, because somebody restarts it, say; zero: 15
	// min. A device that cannot be reached to begin with is not waited for.
	ReturnTimeout time.Duration
	// DialContext opens connections; nil: a net.Dialer. No proxy is ever used.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// OnEvent is told what happens, synchronously; nil: nobody.
	OnEvent func(Event)
	// Scrubber takes the secrets of the session out of what the device says; it is
	// told the password, challenges and cookies. Give one to clean texts of your
	// own, too; nil: the session has its own.
	Scrubber *Scrubber
	// Logger gets one debug record per request, without values; nil: none.
	Logger *slog.Logger
}

// Event is something worth telling a person while a session works.
type Event struct {
	Kind EventKind
	Text string // one line, safe to print
}

// EventKind classes events.
type EventKind string

// The events of a session.
const (
	EventConnected EventKind = "connected"
	EventLoggedIn  EventKind = "logged-in"
	EventLoggedOut EventKind = "logged-out"
	EventWaiting   EventKind = "waiting"
	EventNotice    EventKind = "notice"
)

func (c *Config) setDefaults() {
	c.Profiles = slices.DeleteFunc(slices.Clone(c.Profiles), func(p *Profile) bool { return p == nil })
	if c.RequestTimeout <= 0 {
		c.RequestTimeout = 30 * time.Second
	}
	if c.WaitTimeout <= 0 {
		c.WaitTimeout = 10 * time.Minute
	}
	if c.ReturnTimeout <= 0 {
		c.ReturnTimeout = 15 * time.Minute
	}
	if c.DialContext == nil {
		c.DialContext = (&net.Dialer{}).DialContext
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.OnEvent == nil {
		c.OnEvent = func(Event) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Memory == nil {
		c.Memory = processMemory{}
	}
	if c.Scrubber == nil {
		c.Scrubber = new(Scrubber)
	}
	c.Scrubber.Add(c.Credentials.Password.Reveal())
	c.Logger = slog.New(c.Scrubber.Handler(c.Logger.Handler()))
	if c.Language == "auto" {
		c.Language = ""
	}
}

// startURLs returns where to look for the Remote UI, most likely first, all on
// the one host.
func (c *Config) startURLs() ([]*url.URL, error) {
	u, err := address.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	if u.Port() == "" && u.Scheme == "https" && (u.Path == "" || u.Path == "/") {
		return usualURLs(u.Hostname()), nil
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return []*url.URL{{Scheme: u.Scheme, Host: u.Host, Path: u.Path}}, nil
}

// usualURLs are where a host may have the Remote UI.
func usualURLs(host string) (urls []*url.URL) {
	for _, at := range []struct{ scheme, port string }{{"https", "8443"}, {"https", "443"}, {"http", "8000"}, {"http", "80"}} {
		urls = append(urls, &url.URL{Scheme: at.scheme, Host: net.JoinHostPort(host, at.port), Path: "/"})
	}
	return urls
}

// overTLS returns the TLS addresses beside a usual one without TLS, where a page
// was found: a device may answer on both and lead from neither to the other.
func overTLS(plain *url.URL, tried []*url.URL) []*url.URL {
	if plain.Scheme != "http" || !slices.Contains([]string{"", "80", "8000"}, plain.Port()) {
		return nil
	}
	return slices.DeleteFunc(usualURLs(plain.Hostname()), func(u *url.URL) bool {
		return u.Scheme != "https" || slices.ContainsFunc(tried, func(t *url.URL) bool { return t.Scheme == u.Scheme && t.Host == u.Host })
	})
}
