package remoteui_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
)

// A CA vouches for servers, and for the names that it may, also where the name is
// in the CN only.
func TestCAConstraints(t *testing.T) {
	t.Parallel()
	authority := func(name string, parent *tls.Certificate, change func(*x509.Certificate)) tls.Certificate {
		tmpl := x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
		change(&tmpl)
		return certificate(t, tmpl, parent)
	}
	root := authority("root", nil, func(*x509.Certificate) {})
	_, loopback, _ := net.ParseCIDR("127.0.0.0/8")
	_, elsewhere, _ := net.ParseCIDR("192.0.2.0/24")
	sub := func(change func(*x509.Certificate)) *tls.Certificate {
		c := authority("sub", &root, change)
		return &c
	}
	domain := func(names ...string) *tls.Certificate {
		return sub(func(c *x509.Certificate) { c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = names, true })
	}
	for _, tc := range []struct {
		name   string
		issuer *tls.Certificate
		host   string
		change func(*x509.Certificate)
		ok     bool
	}{
		{"root", &root, "127.0.0.1", nil, true},
		{"domain", domain("a.example"), "p.a.example", nil, true},
		{"domain itself", domain("a.example"), "a.example", nil, true},
		{"one of two domains", domain("b.example", "a.example"), "p.A.example", nil, true},
		{"domain with a dot", domain(".a.example"), "p.a.example", nil, true},
		{"another domain", domain("a.example"), "p.b.example", nil, false},
		{"a domain's end", domain("a.example"), "ba.example", nil, false},
		{"domain, name an address", domain("a.example"), "127.0.0.1", nil, false},
		{"address, name in a domain", sub(func(c *x509.Certificate) { c.PermittedIPRanges = []*net.IPNet{loopback} }), "p.a.example", nil, false},
		{"address", sub(func(c *x509.Certificate) { c.PermittedIPRanges = []*net.IPNet{loopback} }), "127.0.0.1", nil, true},
		{"another address", sub(func(c *x509.Certificate) { c.PermittedIPRanges = []*net.IPNet{elsewhere} }), "127.0.0.1", nil, false},
		{"excluded address", sub(func(c *x509.Certificate) { c.ExcludedIPRanges = []*net.IPNet{loopback} }), "127.0.0.1", nil, false},
		{"excluded domain", sub(func(c *x509.Certificate) { c.ExcludedDNSDomains = []string{"a.example"} }), "p.a.example", nil, false},
		{"mail only", sub(func(c *x509.Certificate) { c.PermittedEmailAddresses = []string{"a.example"} }), "p.a.example", nil, false},
		{"CA for clients", sub(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), "127.0.0.1", nil, false},
		{"no CA", sub(func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, 0 }), "127.0.0.1", nil, false},
		{"for servers", &root, "127.0.0.1", func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
		}, true},
		{"for any purpose", &root, "127.0.0.1", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }, true},
		{"for clients", &root, "127.0.0.1", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, false},
		{"for clients, by SAN", &root, "127.0.0.1", func(c *x509.Certificate) {
			c.ExtKeyUsage, c.IPAddresses = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, []net.IP{net.IPv4(127, 0, 0, 1)}
		}, false},
		{"for mail", &root, "127.0.0.1", func(c *x509.Certificate) {
			c.ExtKeyUsage, c.EmailAddresses = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, []string{"a@b.example"}
		}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tmpl := x509.Certificate{Subject: pkix.Name{CommonName: tc.host}}
			if tc.change != nil {
				tc.change(&tmpl)
			}
			cert := certificate(t, tmpl, tc.issuer)
			cert.Certificate = append(cert.Certificate, tc.issuer.Certificate...)
			var requests atomic.Int64
			srv := serve(t, cert, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				portal().ServeHTTP(w, r)
			}))
			pool := x509.NewCertPool()
			pool.AddCert(root.Leaf)
			s, err := remoteui.Dial(bounded(t), remoteui.Config{
				URL: "https://" + net.JoinHostPort(tc.host, "8443") + "/", Identity: remoteui.Identity{Roots: pool}, Language: "en",
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					var d net.Dialer
					return d.DialContext(ctx, network, srv.Listener.Addr().String())
				},
			})
			if err == nil {
				defer s.Close(bounded(t))
			} else if _, is := errors.AsType[*remoteui.IdentityError](err); !is {
				t.Errorf("%v", err)
			}
			if (err == nil) != tc.ok || (requests.Load() > 0) != tc.ok {
				t.Errorf("%d requests, %v", requests.Load(), err)
			}
		})
	}
}
