package remoteui

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/oddcert"
)

// verifyChain checks the chain, that it is for servers, and the name. Go refuses
// certificates that name the host in the CN only; Canon's own form fills the CN
// and nothing else, so the CN counts when there is no SAN, and what a CA may vouch
// for holds for it, too.
func verifyChain(leaf *x509.Certificate, rest []*x509.Certificate, roots *x509.CertPool, host string) error {
	if err := readable(leaf); err != nil {
		return err
	}
	inter := x509.NewCertPool()
	for _, c := range rest {
		inter.AddCert(c)
	}
	opts := x509.VerifyOptions{Roots: roots, Intermediates: inter, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	chains, err := leaf.Verify(opts)
	if err != nil {
		return fmt.Errorf("its certificate is not vouched for by the given CAs: %w", err)
	}
	if len(leaf.DNSNames)+len(leaf.IPAddresses) > 0 {
		if err := leaf.VerifyHostname(host); err != nil {
			return fmt.Errorf("its certificate is for another host: %w", err)
		}
		return nil
	}
	if !sameHost(leaf.Subject.CommonName, host) {
		return fmt.Errorf("its certificate is for %q, not for %q", clip(leaf.Subject.CommonName, 80), host)
	}
	if !slices.ContainsFunc(chains, func(chain []*x509.Certificate) bool { return mayName(chain[1:], host) }) {
		return errors.New("its certificate names the host in the CN only, and the CA may not vouch for that name")
	}
	return nil
}

// readable returns why a certificate cannot be vouched for by anything but a pin of
// its public key: Go refuses it.
func readable(leaf *x509.Certificate) error {
	if err := oddcert.Refused(leaf.Raw); err != nil {
		return fmt.Errorf("its certificate breaks rules that Go insists on (%w), so only a pin can vouch for it: compare the key at the panel and give its pin%s", err, serialAdvice(err))
	}
	return nil
}

// mayName reports whether every CA of a chain may vouch for a host. Name
// constraints (RFC 5280, section 4.2.1.10) are for typed names, and a CN has no
// type: a CA that is held to names of any kind may vouch for those only.
func mayName(cas []*x509.Certificate, host string) bool {
	ip := net.ParseIP(host)
	within := func(domains []string, nets []*net.IPNet) bool {
		if ip != nil {
			return slices.ContainsFunc(nets, func(n *net.IPNet) bool { return n.Contains(ip) })
		}
		return slices.ContainsFunc(domains, func(d string) bool { return inDomain(host, d) })
	}
	for _, ca := range cas {
		held := len(ca.PermittedDNSDomains)+len(ca.PermittedIPRanges)+len(ca.PermittedEmailAddresses)+len(ca.PermittedURIDomains) > 0
		if held && !within(ca.PermittedDNSDomains, ca.PermittedIPRanges) || within(ca.ExcludedDNSDomains, ca.ExcludedIPRanges) {
			return false
		}
	}
	return true
}

// inDomain reports whether a host is a domain or below it; the empty domain is
// all of them. A dot in front, which some CAs write, leaves out the domain itself.
func inDomain(host, domain string) bool {
	host, domain = strings.ToLower(strings.TrimSuffix(host, ".")), strings.ToLower(strings.TrimSuffix(domain, "."))
	return domain == "" || host == domain || strings.HasSuffix(host, "."+strings.TrimPrefix(domain, "."))
}
