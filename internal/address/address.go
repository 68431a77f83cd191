// Package address reads the address of a device as people write it, for all who
// need its host: there is one way to read it.
package address

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// What is wrong with an address. They do not repeat it: it may hold a password.
var (
	ErrEmpty    = errors.New("no device URL given")
	ErrForm     = errors.New("device URL: want https://HOST[:PORT]/ or a host")
	ErrUserinfo = errors.New("device URL holds a user or password: pass them apart")
)

// Parse reads an address: a URL (http or https), a host, an IP address with or
// without brackets, or one of these with a port. A host alone comes back as https
// without a path.
func Parse(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return nil, ErrEmpty
	}
	if _, err := netip.ParseAddr(strings.Trim(raw, "[]")); err == nil {
		return &url.URL{Scheme: "https", Host: bracketed(strings.Trim(raw, "[]"))}, nil
	}
	if !strings.Contains(raw, "://") {
		host, port, err := net.SplitHostPort(raw)
		switch {
		case err != nil:
			host = raw
		case !isPort(port):
			return nil, ErrForm
		default:
			port = ":" + port
		}
		if err != nil {
			port = ""
		}
		if !isHost(host) {
			return nil, ErrForm
		}
		return &url.URL{Scheme: "https", Host: bracketed(host) + port}, nil
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "", u.Port() != "" && !isPort(u.Port()):
		return nil, ErrForm
	case u.User != nil:
		return nil, ErrUserinfo
	case !isHost(u.Hostname()), strings.HasPrefix(u.Path, "//") && (u.Hostname() == "http" || u.Hostname() == "https"): // the scheme twice
		return nil, ErrForm
	}
	return u, nil
}

// bracketed is a host as it stands in a URL.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// isHost is lax: names that no DNS knows are in hosts files.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return s != "" && !strings.ContainsAny(s, "/\\ @?#%:[]\t\r\n")
}

// Host is the host of an address in lower case, without the dot of the DNS root;
// empty if it is none.
func Host(raw string) string {
	u, err := Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
}

// Device names a device in the state directory: its host, and the port if the
// address names another than the Remote UI's own, for several devices may stand
// behind one address.
func Device(raw string) string {
	u, err := Parse(raw)
	if err != nil {
		return ""
	}
	switch port := u.Port(); {
	case port == "", port == "8443", u.Scheme == "http" && (port == "8000" || port == "80"):
		return Host(raw)
	default:
		return net.JoinHostPort(Host(raw), port)
	}
}
