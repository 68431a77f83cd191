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
	"unicode"
	"unicode/utf8"
)

// The faults of an address. They do not repeat it: it may hold a password.
var (
	ErrEmpty    = errors.New("no device given: the device URL is empty; give the address of its Remote UI, https://HOST[:PORT]/ or a host")
	ErrForm     = errors.New("device URL: want https://HOST[:PORT]/ or a host")
	ErrUserinfo = errors.New("device URL holds a user or password: pass them apart")
)

// Parse reads an address: a URL (http or https), a host, an IP address with or
// without brackets, or one of these with a port. A host alone comes back as https
// without a path.
func Parse(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	switch {
	case raw == "":
		return nil, ErrEmpty
	case strings.ContainsAny(raw, " \t\r\n"): // two of them, or a text around it
		return nil, ErrForm
	}
	if isIP(strings.Trim(raw, "[]")) {
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
	return err == nil && n > 0 && s[0] != '0'
}

// isIP takes zones that name an interface, and nothing that a URL reads otherwise.
func isIP(s string) bool {
	ip, err := netip.ParseAddr(s)
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("-._~", r)
	}
	return err == nil && !strings.ContainsFunc(ip.Zone(), odd)
}

// isHost is lax: names that no DNS knows are in hosts files. What ends in a number
// and is no IP address is one to some resolvers, and to each another: "192.0.2.010".
func isHost(s string) bool {
	if isIP(s) {
		return true
	}
	s = strings.TrimSuffix(s, ".")
	for label := range strings.SplitSeq(s, ".") {
		if label == "" {
			return false
		}
	}
	last := strings.ToLower(s[strings.LastIndexByte(s, '.')+1:])
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") && strings.Trim(last[2:], "0123456789abcdef") == "" {
		return false
	}
	odd := func(r rune) bool {
		return !unicode.IsPrint(r) || strings.ContainsRune(" /\\@?#%:[]<>{}()\"'`,;|^!$&=~*+", r)
	}
	return utf8.ValidString(s) && !strings.ContainsFunc(s, odd)
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
