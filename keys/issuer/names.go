package issuer

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/keys"
)

// sanNames are the names that a certificate is to have (RFC 5280, section
// 4.2.1.6).
type sanNames struct {
	dns    []string
	ips    []net.IP
	emails []string
	uris   []*url.URL
}

// namesOf are the names (SAN) that a certificate is to have: those of the order,
// and then the added ones. Of the request nothing is taken that was not ordered.
func namesOf(order keys.Order, csr *x509.CertificateRequest, extra func(*x509.CertificateRequest) []string) (sanNames, error) {
	var n sanNames
	for _, s := range order.NamesFor(csr) {
		// A common name that is neither stays in the subject alone.
		if err := n.addAny(s); err != nil && len(order.Names) > 0 {
			return sanNames{}, fmt.Errorf("issuer: ordered name: %w", err)
		}
	}
	if extra == nil {
		return n, nil
	}
	for _, s := range extra(csr) {
		if err := n.add(s); err != nil {
			return sanNames{}, fmt.Errorf("issuer: added name: %w", err)
		}
	}
	return n, nil
}

// addAny adds a name of any kind that an order can have; its form says which.
func (n *sanNames) addAny(s string) error {
	_, err := netip.ParseAddr(s)
	u, uriErr := url.Parse(s)
	switch {
	case err == nil:
	case uriErr == nil && u.Scheme != "":
		n.uris = append(n.uris, u)
		return nil
	case strings.Contains(s, "@"):
		n.emails = append(n.emails, s)
		return nil
	}
	return n.add(s)
}

func (n *sanNames) empty() bool {
	return len(n.dns)+len(n.ips)+len(n.emails)+len(n.uris) == 0
}

// add adds an address or a host name that is not there yet.
func (n *sanNames) add(s string) error {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		ip := net.IP(a.Unmap().AsSlice())
		if !slices.ContainsFunc(n.ips, ip.Equal) {
			n.ips = append(n.ips, ip)
		}
		return nil
	}
	s = strings.TrimSuffix(s, ".")
	if !isHostName(s) {
		return fmt.Errorf("%s is neither an IP address nor a host name", quote(s))
	}
	if !slices.ContainsFunc(n.dns, func(d string) bool { return strings.EqualFold(d, s) }) {
		n.dns = append(n.dns, s)
	}
	return nil
}

// strings are the names as text.
func (n *sanNames) strings() []string {
	all := slices.Clone(n.dns)
	for _, ip := range n.ips {
		all = append(all, ip.String())
	}
	all = append(all, n.emails...)
	for _, u := range n.uris {
		all = append(all, u.String())
	}
	return all
}

// isHostName reports whether s can stand as a DNS name in a certificate: the
// letters, digits and hyphens of RFC 1123, the underscore that is found in
// practice, and one leading wildcard label. An address in four numbers is none.
func isHostName(s string) bool {
	if len(s) > 253 || strings.TrimLeft(s, "0123456789.") == "" {
		return false
	}
	s = strings.TrimPrefix(s, "*.")
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return false
		}
	}
	return true
}
