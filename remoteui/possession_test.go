package remoteui_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui"
)

// A certificate is everybody's to send. One that comes without its key neither
// stands for the device nor makes the session refuse the device's own.
func TestCertificateWithoutItsKey(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		own := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "own"}}, nil)
		next := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "next"}}, nil)
		copied := tls.Certificate{Certificate: next.Certificate, PrivateKey: own.PrivateKey}
		isNext := func(c *x509.Certificate) error {
			if c.Equal(next.Leaf) {
				return nil
			}
			return errors.New("another key")
		}
		t.Run(fmt.Sprintf("at the first contact, %s", tls.VersionName(version)), func(t *testing.T) {
			t.Parallel()
			thief, device := serveTLS(t, version, copied), serveTLS(t, version, own)
			s, err := remoteui.Dial(bounded(t), remoteui.Config{
				URL: "mfp.test", Identity: remoteui.Identity{TrustOnFirstUse: true},
				DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
					to := device
					if strings.HasSuffix(addr, ":8443") {
						to = thief
					}
					return new(net.Dialer).DialContext(ctx, network, to.Listener.Addr().String())
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(t.Context())
			if !s.Certificate().Equal(own.Leaf) {
				t.Errorf("the device is taken for %q", s.Certificate().Subject.CommonName)
			}
		})
		t.Run(fmt.Sprintf("of a device that is known, %s", tls.VersionName(version)), func(t *testing.T) {
			t.Parallel()
			device := serveTLS(t, version, own, own, copied, own)
			s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: device.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(t.Context())
			for _, want := range []string{"fails", "works"} {
				leaf, err := s.Handshake(t.Context())
				if (err != nil) != (want == "fails") || err == nil && !leaf.Equal(own.Leaf) || !s.Certificate().Equal(own.Leaf) {
					t.Fatalf("a handshake that %s: %v, known by %q", want, err, s.Certificate().Subject.CommonName)
				}
			}
		})
		t.Run(fmt.Sprintf("in place of the successor, %s", tls.VersionName(version)), func(t *testing.T) {
			t.Parallel()
			device := serveTLS(t, version, own, own, copied, own)
			s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: device.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(t.Context())
			err = s.AwaitRestart(bounded(t), remoteui.RestartOptions{Timeout: time.Minute, Interval: time.Millisecond, Successor: isNext})
			if err != nil || !s.Certificate().Equal(own.Leaf) {
				t.Errorf("%v, known by %q", err, s.Certificate().Subject.CommonName)
			}
		})
	}
}

// serveTLS is a portal that shows one certificate after the other, and the last
// one from then on. A connection without a ClientHello counts for none.
func serveTLS(t *testing.T, version uint16, certs ...tls.Certificate) *httptest.Server {
	t.Helper()
	var n atomic.Int32
	srv := httptest.NewUnstartedServer(portal())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		cert := certs[min(int(n.Add(1)), len(certs))-1]
		return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: version, MaxVersion: version}, nil
	}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}
