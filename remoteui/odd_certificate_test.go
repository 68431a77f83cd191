package remoteui_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui"
)

// oddName gives a certificate a subject that crypto/x509 refuses: a PrintableString
// with an underscore, as the names of many devices have it.
func oddName(c *x509.Certificate) {
	c.RawSubject = []byte{0x30, 16, 0x31, 14, 0x30, 12, 6, 3, 0x55, 4, 3, 0x13, 5, 'm', 'f', 'p', '_', '7'}
}

// A device whose certificate Go refuses is reached by a pin of its key, and by
// nothing else; who may have a way around it is told.
func TestOddCertificate(t *testing.T) {
	t.Parallel()
	ca := certificate(t, x509.Certificate{
		Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil)
	roots := x509.NewCertPool()
	roots.AddCert(ca.Leaf)
	var template x509.Certificate
	oddName(&template)
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	odd := certificate(t, template, &ca)
	negative := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "mfp7"}}, nil)
	serial := bytes.Index(negative.Certificate[0], []byte{2, 8, byte(time.Now().UnixNano() >> 56)})
	if serial < 0 {
		t.Fatal("no serial number")
	}
	negative.Certificate[0][serial+2] |= 0x80
	pin := func(c tls.Certificate) remoteui.SPKIHash {
		spki, err := x509.MarshalPKIXPublicKey(c.PrivateKey.(crypto.Signer).Public())
		if err != nil {
			t.Fatal(err)
		}
		return sha256.Sum256(spki)
	}
	for _, tc := range []struct {
		name string
		cert tls.Certificate
		id   remoteui.Identity
		want string // of the error; "": none
		not  string
	}{
		{"pin", odd, remoteui.Identity{Pins: []remoteui.SPKIHash{pin(odd)}}, "", ""},
		{"pin, negative serial number", negative, remoteui.Identity{Pins: []remoteui.SPKIHash{pin(negative)}}, "", ""},
		{"earlier contact", odd, remoteui.Identity{Stored: pin(odd)}, "", ""},
		{"another pin", odd, remoteui.Identity{Pins: []remoteui.SPKIHash{pin(negative)}}, "none of the given pins", ""},
		{"first use", odd, remoteui.Identity{TrustOnFirstUse: true}, "only a pin can vouch for it", "GODEBUG"},
		{"first use, negative serial number", negative, remoteui.Identity{TrustOnFirstUse: true}, "GODEBUG=x509negativeserial=1", ""},
		{"CA", odd, remoteui.Identity{Roots: roots}, "only a pin can vouch for it", "GODEBUG"},
		{"nothing given", odd, remoteui.Identity{}, "only a pin can vouch for it", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, tc.cert, portal())
			var mu sync.Mutex
			var notices []string
			s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: srv.URL, Identity: tc.id, OnEvent: func(e remoteui.Event) {
				mu.Lock()
				defer mu.Unlock()
				notices = append(notices, e.Text)
			}})
			if err == nil {
				defer s.Close(bounded(t))
				if !bytes.Equal(s.Certificate().Raw, tc.cert.Certificate[0]) {
					t.Error("another certificate than the device's")
				}
			}
			refused, is := errors.AsType[*remoteui.IdentityError](err)
			switch {
			case (err == nil) != (tc.want == ""):
				t.Fatalf("Dial: %v", err)
			case err == nil && !slices.ContainsFunc(notices, func(s string) bool { return strings.Contains(s, "known by its public key alone") }):
				t.Errorf("not said: %q", notices)
			case err != nil && (!is || refused.Got != pin(tc.cert) || !strings.Contains(err.Error(), tc.want) || tc.not != "" && strings.Contains(err.Error(), tc.not)):
				t.Errorf("%v", err)
			}
		})
	}
}

// A device that is silent to a ClientHello of TLS 1.3 is reached over TLS 1.2, and
// that is said, once.
func TestSilentToTLS13(t *testing.T) {
	t.Parallel()
	cert := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}}, nil)
	over := make(chan struct{})
	srv := httptest.NewUnstartedServer(portal())
	var silent atomic.Int32
	srv.TLS = &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		if slices.Contains(h.SupportedVersions, tls.VersionTLS13) {
			silent.Add(1)
			<-over
			return nil, errors.New("over")
		}
		return &tls.Config{Certificates: []tls.Certificate{cert}}, nil
	}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(over) })
	said := 0
	s, err := remoteui.Dial(bounded(t), remoteui.Config{
		URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}, RequestTimeout: 2 * time.Second,
		OnEvent: func(e remoteui.Event) {
			if strings.Contains(e.Text, "silent when offered TLS 1.3") {
				said++
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(bounded(t))
	if version, _ := s.TLS(); said != 1 || silent.Load() != 1 || version != "TLS 1.2" {
		t.Errorf("said %d times, silent %d times, %s", said, silent.Load(), version)
	}
}
