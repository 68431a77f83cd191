package keys_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/keys"
)

// rsaPair and ecdsaPair are self-signed server certificates.
var (
	rsaPair = sync.OnceValue(func() tls.Certificate {
		key, err := devicetest.GenerateKey(2048)
		return selfSigned(key, &key.PublicKey, err)
	})
	ecdsaPair = sync.OnceValue(func() tls.Certificate {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return selfSigned(key, &key.PublicKey, err)
	})
)

func selfSigned(key, public any, err error) tls.Certificate {
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "mfp.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serveTLS starts a server on loopback and gives its address.
func serveTLS(t *testing.T, config *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				_ = conn.(*tls.Conn).HandshakeContext(t.Context()) // the client breaks it off
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String()
}

func TestW4_ServedCertificate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		config  *tls.Config
		version uint16
	}{
		{"TLS 1.2 RSA", &tls.Config{Certificates: []tls.Certificate{rsaPair()}}, tls.VersionTLS12},
		{"TLS 1.2 ECDSA", &tls.Config{Certificates: []tls.Certificate{ecdsaPair()}, MaxVersion: tls.VersionTLS12}, tls.VersionTLS12},
		{"TLS 1.2 RSA key exchange", &tls.Config{Certificates: []tls.Certificate{rsaPair()}, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, MaxVersion: tls.VersionTLS12}, tls.VersionTLS12},
		{"TLS 1.2 3DES", &tls.Config{Certificates: []tls.Certificate{rsaPair()}, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}, MaxVersion: tls.VersionTLS12}, tls.VersionTLS12},
		{"TLS 1.1", &tls.Config{Certificates: []tls.Certificate{rsaPair()}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, tls.VersionTLS11},
		{"TLS 1.0 RSA key exchange", &tls.Config{Certificates: []tls.Certificate{rsaPair()}, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, tls.VersionTLS10},
		{"chain", &tls.Config{Certificates: []tls.Certificate{{Certificate: append(slices.Clone(rsaPair().Certificate), ecdsaPair().Certificate...), PrivateKey: rsaPair().PrivateKey}}}, tls.VersionTLS12},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			address := serveTLS(t, tc.config)
			seen, err := keys.ServedCertificate(t.Context(), nil, address)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(seen.Chain, tc.config.Certificates[0].Certificate, bytes.Equal) {
				t.Errorf("chain of %d differs from the server's", len(seen.Chain))
			}
			if seen.Version != tc.version || seen.CipherSuite == 0 {
				t.Errorf("version %#x, suite %#x", seen.Version, seen.CipherSuite)
			}
			if seen.Proved {
				t.Error("a seen certificate counts as possession")
			}
			proved, err := keys.Handshake(t.Context(), nil, address)
			if err != nil {
				t.Fatal(err)
			}
			if !proved.Proved || !bytes.Equal(proved.Chain[0], seen.Chain[0]) {
				t.Errorf("Handshake: proved %v", proved.Proved)
			}
		})
	}
}

func TestServedCertificateTLS13Only(t *testing.T) {
	t.Parallel()
	address := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{rsaPair()}, MinVersion: tls.VersionTLS13})
	_, err := keys.ServedCertificate(t.Context(), nil, address)
	if !errors.Is(err, keys.ErrTLS13Only) || !strings.Contains(err.Error(), "server insists on TLS 1.3, use a real handshake") {
		t.Errorf("%v", err)
	}
	served, err := keys.Handshake(t.Context(), nil, address)
	if err != nil || !served.Proved || served.Version != tls.VersionTLS13 || !bytes.Equal(served.Chain[0], rsaPair().Certificate[0]) {
		t.Errorf("Handshake: %+v, %v", served, err)
	}
}

// A server that shows a certificate whose key it does not hold is seen, and
// proves nothing.
// A certificate that crypto/x509 refuses, here for its negative serial number as the
// flawed firmware makes them, is proved like others.
func TestHandshakeOddCertificate(t *testing.T) {
	t.Parallel()
	odd := rsaPair()
	odd.Certificate = [][]byte{bytes.Replace(odd.Certificate[0], []byte{2, 1, 7, 0x30}, []byte{2, 1, 0x87, 0x30}, 1)}
	if _, err := x509.ParseCertificate(odd.Certificate[0]); err == nil {
		t.Fatal("not odd")
	}
	served, err := keys.Handshake(t.Context(), nil, serveTLS(t, &tls.Config{Certificates: []tls.Certificate{odd}}))
	if err != nil || !served.Proved || len(served.Chain) != 1 || !bytes.Equal(served.Chain[0], odd.Certificate[0]) || served.Version != tls.VersionTLS12 {
		t.Errorf("%+v, %v", served, err)
	}
}

func TestHandshakeNeedsPossession(t *testing.T) {
	t.Parallel()
	other, err := devicetest.GenerateKey(2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		address := serveTLS(t, &tls.Config{
			Certificates: []tls.Certificate{{Certificate: rsaPair().Certificate, PrivateKey: other}},
			MaxVersion:   version,
		})
		if served, err := keys.Handshake(t.Context(), nil, address); err == nil {
			t.Errorf("%#x: foreign key accepted: %+v", version, served.Proved)
		}
	}
}

func TestServerName(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"mfp.example": "mfp.example", "mfp": "mfp", "mfp.example.": "mfp.example",
		"192.0.2.1": "", "[2001:db8::1]": "", "[fe80::1%eth0]": "", "複合機": "", strings.Repeat("a", 300): "",
	} {
		asked := "nothing asked"
		config := &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			asked = h.ServerName
			pair := rsaPair()
			return &pair, nil
		}}
		client, server := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = tls.Server(server, config).HandshakeContext(t.Context())
		}()
		if _, err := keys.ServedCertificate(t.Context(), dialTo(client), host+":8443"); err != nil {
			t.Errorf("%.20q: %v", host, err)
		}
		if <-done; asked != want {
			t.Errorf("%.20q: asked for %.20q, want %q", host, asked, want)
		}
	}
}

// dialTo is a dial function that gives the connection at hand.
func dialTo(conn net.Conn) keys.DialFunc {
	return func(context.Context, string, string) (net.Conn, error) { return conn, nil }
}

func TestHandshakeErrors(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	dial := func(_ context.Context, network, address string) (net.Conn, error) {
		if network != "tcp" || address != "mfp.example:8443" {
			t.Errorf("dialled %s %s", network, address)
		}
		return nil, refused
	}
	for name, probe := range map[string]func(context.Context, keys.DialFunc, string) (*keys.Served, error){
		"ServedCertificate": keys.ServedCertificate, "Handshake": keys.Handshake,
	} {
		_, err := probe(t.Context(), dial, "mfp.example:8443")
		if e, ok := errors.AsType[*keys.HandshakeError](err); !ok || e.Address != "mfp.example:8443" || !errors.Is(err, refused) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := probe(t.Context(), dial, "mfp.example"); err == nil {
			t.Errorf("%s: address without port accepted", name)
		}
	}
}
