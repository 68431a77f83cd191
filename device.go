package rekey

import (
	"context"
	"crypto/x509"
	"net"

	"github.com/rekey-go/rekey/remoteui"
)

// Secret is a password that no way of printing reveals; see [remoteui.Secret].
type Secret = remoteui.Secret

// NewSecret wraps a password.
func NewSecret(text string) Secret { return remoteui.NewSecret(text) }

// Device says which machine is meant, how it is recognised and how to log in
// to it.
type Device struct {
	// URL of the Remote UI, "https://192.0.2.7:8443/", or a bare host, for which
	// the usual ports are tried. Required.
	URL string

	// UserName or DepartmentID, and Password: what the login form that the
	// device shows asks for. All empty where the device asks for no login.
	UserName     string
	DepartmentID string
	Password     Secret
	// LoginDestination chooses among the destinations of the login form, by
	// text or value; empty keeps what is preselected.
	LoginDestination string

	// Pins, Roots and TrustOnFirstUse say how the device is recognised before
	// the password is sent; see [remoteui.Identity] for their precedence. With
	// none of them, the pin of an earlier run (Options.Dir) or the system's
	// roots must vouch for it.
	Pins            []remoteui.SPKIHash
	Roots           *x509.CertPool
	TrustOnFirstUse bool

	// Language of the device's pages, e.g. "zh-TW"; empty: read off the portal.
	Language string
	// Profiles say how this device's labels read, and where its pages and fields
	// are, where our own data does not; nil: none. See docs/profiles.md.
	Profiles []*remoteui.Profile
	// TLSPorts are asked for the certificates they present, besides the port of
	// the Remote UI; nil: 8443, 443, 631 and 5061 if URL names no port.
	TLSPorts []int
	// LegacyTLS allows TLS 1.0 and RSA key exchange, for old firmware.
	LegacyTLS bool

	// DialContext opens connections to the device; nil: a net.Dialer.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
}
