package tlsclient_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/internal/tlsclient"
)

var (
	rsaKey = sync.OnceValue(func() crypto.Signer {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return key
	})
	ecdsaKey = sync.OnceValue(func() crypto.Signer {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		return key
	})
)

// name is a CN in a string type.
func name(t *testing.T, tag int, cn string) []byte {
	t.Helper()
	type attribute struct {
		OID   asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	der, err := asn1.Marshal([]asn1.RawValue{{Class: 0, Tag: asn1.TagSet, IsCompound: true, Bytes: func() []byte {
		b, err := asn1.Marshal(attribute{asn1.ObjectIdentifier{2, 5, 4, 3}, asn1.RawValue{Tag: tag, Bytes: []byte(cn)}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}()}})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// selfSigned is a certificate that is edited before it is made, and its octets after.
func selfSigned(t *testing.T, key crypto.Signer, edit func(*x509.Certificate), patch func([]byte) []byte) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x7a5a5a5a), Subject: pkix.Name{CommonName: "mfp7.example"},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2046, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	if edit != nil {
		edit(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if patch != nil {
		der = patch(der)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func underscore(t *testing.T) func(*x509.Certificate) {
	raw := name(t, asn1.TagPrintableString, "mfp_7")
	return func(c *x509.Certificate) { c.RawSubject = raw }
}

// server answers connections of a pipe, echoes, and reports why handshakes failed.
func server(t *testing.T, config *tls.Config, between func(net.Conn) net.Conn) (dial func(context.Context) (net.Conn, error), dialled func() int) {
	t.Helper()
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	n := 0
	return func(context.Context) (net.Conn, error) {
		n++
		ours, theirs := net.Pipe()
		if between != nil {
			ours = between(ours)
		}
		wg.Go(func() {
			defer theirs.Close()
			conn := tls.Server(theirs, config)
			if conn.HandshakeContext(t.Context()) == nil {
				_, _ = io.Copy(conn, conn)
			}
		})
		return ours, nil
	}, func() int { return n }
}

func dialer(dial func(context.Context) (net.Conn, error), seen *tls.ConnectionState) *tlsclient.Dialer {
	return &tlsclient.Dialer{Dial: dial, Timeout: 30 * time.Second, Config: &tls.Config{
		InsecureSkipVerify: true, MinVersion: tls.VersionTLS12,
		VerifyConnection: func(cs tls.ConnectionState) error { *seen = cs; return nil },
	}}
}

// A certificate that crypto/x509 refuses does not keep anybody out: the caller sees
// it as it is, and whoever shows it has proved to hold its key.
func TestOddCertificates(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		cert  tls.Certificate
		cn    string
		quirk tlsclient.Quirk
	}{
		{"nothing odd", selfSigned(t, rsaKey(), nil, nil), "mfp7.example", tlsclient.None},
		{"underscore in a PrintableString", selfSigned(t, rsaKey(), underscore(t), nil), "mfp_7", tlsclient.OddCertificate},
		{"at sign in a PrintableString", selfSigned(t, ecdsaKey(), func(c *x509.Certificate) { c.RawSubject = name(t, asn1.TagPrintableString, "admin@mfp7") }, nil), "admin@mfp7", tlsclient.OddCertificate},
		{"Latin-1 in an IA5String", selfSigned(t, rsaKey(), func(c *x509.Certificate) { c.RawSubject = name(t, asn1.TagIA5String, "B\xfcro") }, nil), "B\ufffdro", tlsclient.OddCertificate},
		{"Latin-1 in a UTF8String", selfSigned(t, rsaKey(), func(c *x509.Certificate) { c.RawSubject = name(t, asn1.TagUTF8String, "B\xfcro") }, nil), "B\ufffdro", tlsclient.OddCertificate},
		{"half a character in a BMPString", selfSigned(t, rsaKey(), func(c *x509.Certificate) { c.RawSubject = name(t, 30, "abc") }, nil), "", tlsclient.OddCertificate},
		{"negative serial number", selfSigned(t, rsaKey(), nil, func(der []byte) []byte {
			return bytes.Replace(der, []byte{2, 4, 0x7a, 0x5a, 0x5a, 0x5a}, []byte{2, 4, 0xfa, 0x5a, 0x5a, 0x5a}, 1)
		}), "mfp7.example", tlsclient.OddCertificate},
		{"serial number longer than need be", selfSigned(t, rsaKey(), nil, func(der []byte) []byte {
			return bytes.Replace(der, []byte{2, 4, 0x7a, 0x5a, 0x5a, 0x5a}, []byte{2, 4, 0, 0x5a, 0x5a, 0x5a}, 1)
		}), "mfp7.example", tlsclient.OddCertificate},
		{"month 13", selfSigned(t, rsaKey(), nil, func(der []byte) []byte {
			return bytes.Replace(der, []byte("260101000000Z"), []byte("261301000000Z"), 1)
		}), "mfp7.example", tlsclient.OddCertificate},
		{"an extension twice", selfSigned(t, rsaKey(), func(c *x509.Certificate) {
			x := pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Value: []byte{5, 0}}
			c.ExtraExtensions = []pkix.Extension{x, x}
		}, nil), "mfp7.example", tlsclient.OddCertificate},
		{"octets after the certificate", selfSigned(t, rsaKey(), nil, func(der []byte) []byte { return append(der, 0) }), "mfp7.example", tlsclient.OddCertificate},
		{"odd CA above", func() tls.Certificate {
			c := selfSigned(t, rsaKey(), nil, nil)
			c.Certificate = append(c.Certificate, selfSigned(t, ecdsaKey(), underscore(t), nil).Certificate...)
			return c
		}(), "mfp7.example", tlsclient.OddCertificate},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dial, dialled := server(t, &tls.Config{Certificates: []tls.Certificate{tc.cert}}, nil)
			var seen tls.ConnectionState
			d := dialer(dial, &seen)
			for attempts := range 2 {
				conn, quirk, err := d.Connect(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				echo(t, conn)
				leaf, sent := seen.PeerCertificates[0], tc.cert.Certificate[0]
				if quirk != tc.quirk || !bytes.HasPrefix(sent, leaf.Raw) || len(leaf.Raw) < len(sent)-1 || leaf.Subject.CommonName != tc.cn ||
					!tc.cert.PrivateKey.(interface{ Public() crypto.PublicKey }).Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(leaf.PublicKey) {
					t.Errorf("%v, CN %q, %d octets", quirk, leaf.Subject.CommonName, len(leaf.Raw))
				}
				// What is known of a server spares the attempt that fails.
				if want := 1 + attempts + min(1, int(tc.quirk)); dialled() != want {
					t.Errorf("%d connections, want %d", dialled(), want)
				}
				d.Quirk = quirk
			}
		})
	}
}

// echo sends more than a record, twice, and closes.
func echo(t *testing.T, conn *tls.Conn) {
	t.Helper()
	defer conn.Close()
	for range 2 {
		text := bytes.Repeat([]byte("rekey"), 5000)
		go func() { _, _ = conn.Write(text) }()
		got := make([]byte, len(text))
		if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("echo: %v", err)
		}
	}
}

func TestOddCertificateSuites(t *testing.T) {
	t.Parallel()
	odd := map[bool]tls.Certificate{false: selfSigned(t, rsaKey(), underscore(t), nil), true: selfSigned(t, ecdsaKey(), underscore(t), nil)}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if strings.Contains(s.Name, "CHACHA20") || s.SupportedVersions[0] == tls.VersionTLS13 || !strings.Contains(s.Name, "AES") || strings.HasSuffix(s.Name, "CBC_SHA256") {
			continue // not of the filter
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			dial, _ := server(t, &tls.Config{CipherSuites: []uint16{s.ID}, MaxVersion: tls.VersionTLS12,
				Certificates: []tls.Certificate{odd[strings.Contains(s.Name, "ECDSA")]}}, nil)
			var seen tls.ConnectionState
			d := dialer(dial, &seen)
			d.Config.CipherSuites = []uint16{s.ID}
			conn, quirk, err := d.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			echo(t, conn)
			if quirk != tlsclient.OddCertificate || seen.CipherSuite != s.ID {
				t.Errorf("%v, %#x", quirk, seen.CipherSuite)
			}
		})
	}
}

// A successor whose certificate is in order ends the special treatment.
func TestNoLongerOdd(t *testing.T) {
	t.Parallel()
	dial, dialled := server(t, &tls.Config{Certificates: []tls.Certificate{selfSigned(t, rsaKey(), nil, nil)}}, nil)
	var seen tls.ConnectionState
	d := dialer(dial, &seen)
	d.Quirk = tlsclient.OddCertificate
	conn, quirk, err := d.Connect(t.Context())
	if err != nil || quirk != tlsclient.None || dialled() != 1 {
		t.Fatalf("%v, %v, %d connections", quirk, err, dialled())
	}
	echo(t, conn)
}

// Who does not hold the key of an odd certificate gets nowhere with it, whatever
// the caller thinks of that; nor does anybody who changes what is sent.
func TestOddCertificateIsProved(t *testing.T) {
	t.Parallel()
	odd := selfSigned(t, rsaKey(), underscore(t), nil)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	stolen := tls.Certificate{Certificate: odd.Certificate, PrivateKey: other}
	refusal := errors.New("not this one")
	for _, tc := range []struct {
		name   string
		config *tls.Config
		edit   func(*tlsclient.Dialer)
		flip   int // octet of what the server sends; 0: none
		want   error
	}{
		{"foreign key, signed", &tls.Config{Certificates: []tls.Certificate{stolen}}, nil, 0, nil},
		{"foreign key, RSA key exchange", &tls.Config{Certificates: []tls.Certificate{stolen}, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}},
			func(d *tlsclient.Dialer) { d.Config.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA} }, 0, nil},
		{"serial number changed on the way", &tls.Config{Certificates: []tls.Certificate{odd}, MaxVersion: tls.VersionTLS12}, nil,
			bytes.Index(odd.Certificate[0], []byte{0x7a, 0x5a, 0x5a, 0x5a}) + 1, nil},
		{"refused by the caller", &tls.Config{Certificates: []tls.Certificate{odd}},
			func(d *tlsclient.Dialer) {
				d.Config.VerifyConnection = func(tls.ConnectionState) error { return refusal }
			}, 0, refusal},
		{"TLS 1.3 only", &tls.Config{Certificates: []tls.Certificate{odd}, MinVersion: tls.VersionTLS13}, nil, 0, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			between := func(c net.Conn) net.Conn { return c }
			if tc.flip > 0 {
				between = func(c net.Conn) net.Conn { return &flipper{Conn: c, mark: odd.Certificate[0][:30], at: tc.flip} }
			}
			dial, dialled := server(t, tc.config, between)
			var seen tls.ConnectionState
			d := dialer(dial, &seen)
			if tc.edit != nil {
				tc.edit(d)
			}
			conn, _, err := d.Connect(t.Context())
			if err == nil {
				conn.Close()
				t.Fatal("connected")
			}
			if tc.want != nil && !errors.Is(err, tc.want) || !strings.Contains(err.Error(), "PrintableString") || dialled() != 2 {
				t.Errorf("%v (%d connections)", err, dialled())
			}
		})
	}
}

// flipper changes one octet of the certificate that passes.
type flipper struct {
	net.Conn
	mark []byte
	at   int
	seen []byte
	done bool
}

func (f *flipper) Read(b []byte) (int, error) {
	n, err := f.Conn.Read(b)
	before := len(f.seen)
	f.seen = append(f.seen, b[:n]...)
	if i := bytes.Index(f.seen, f.mark); i >= 0 && !f.done && i+f.at >= before && i+f.at < len(f.seen) {
		b[i+f.at-before] ^= 1
		f.done = true
	}
	return n, err
}

// A device that is silent to a ClientHello of TLS 1.3 is offered TLS 1.2, once; one
// that has answered, or was spoken to before, is not asked again.
func TestSilentToTLS13(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		silent    func(versions []uint16) bool
		answered  bool
		quirk     tlsclient.Quirk
		ok        bool
		dialled   int
		took      time.Duration
		offersMax uint16
	}{
		{"answers", func([]uint16) bool { return false }, false, tlsclient.None, true, 1, 0, 0},
		{"silent to TLS 1.3", offers13, false, tlsclient.NoTLS13, true, 2, 30 * time.Second, 0},
		{"silent to all", func([]uint16) bool { return true }, false, tlsclient.NoTLS13, false, 2, time.Minute, 0},
		{"silent, and was spoken to before", offers13, true, tlsclient.None, false, 1, 30 * time.Second, 0},
		{"TLS 1.2 was all that was offered", func([]uint16) bool { return true }, false, tlsclient.None, false, 1, 30 * time.Second, tls.VersionTLS12},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cert := selfSigned(t, rsaKey(), nil, nil)
			synctest.Test(t, func(t *testing.T) {
				over := make(chan struct{})
				dial, dialled := server(t, &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
					if tc.silent(h.SupportedVersions) {
						<-over
						return nil, errors.New("over")
					}
					return &tls.Config{Certificates: []tls.Certificate{cert}}, nil
				}}, nil)
				defer close(over)
				var seen tls.ConnectionState
				d := dialer(dial, &seen)
				d.Answered, d.Config.MaxVersion = tc.answered, tc.offersMax
				began := time.Now()
				conn, quirk, err := d.Connect(t.Context())
				if conn != nil {
					conn.Close()
				}
				if (err == nil) != tc.ok || quirk != tc.quirk || dialled() != tc.dialled || time.Since(began) != tc.took {
					t.Errorf("%v, %v, %d connections, %v", quirk, err, dialled(), time.Since(began))
				}
			})
		})
	}
}

func offers13(versions []uint16) bool {
	return strings.Contains(fmt.Sprint(versions), fmt.Sprint(tls.VersionTLS13))
}

// One octet, and then silence, is an answer.
func TestHalfAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		d := dialer(func(context.Context) (net.Conn, error) {
			n++
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				_, _ = theirs.Read(make([]byte, 4096))
				_, _ = theirs.Write([]byte{22})
				_, _ = io.Copy(io.Discard, theirs)
			}()
			return ours, nil
		}, new(tls.ConnectionState))
		if _, quirk, err := d.Connect(t.Context()); err == nil || quirk != tlsclient.None || n != 1 {
			t.Errorf("%v, %v, %d connections", quirk, err, n)
		}
	})
}

// FuzzAnswer lets a server answer anything to a client that goes by the key alone.
func FuzzAnswer(f *testing.F) {
	hello := append([]byte{22, 3, 3, 0, 49, 2, 0, 0, 45, 3, 3}, make([]byte, 32)...)
	hello = append(hello, 0, 0xc0, 0x2f, 0, 0, 5, 0xff, 1, 0, 1, 0)
	f.Add(hello)
	f.Add(append(append([]byte{}, hello...), 22, 3, 3, 0, 10, 11, 0, 0, 6, 0, 0, 3, 0, 0, 0))
	f.Add([]byte{20, 3, 3, 0, 1, 1, 22, 3, 3, 0, 1, 0})
	f.Add([]byte{21, 3, 3, 0, 2, 2, 40})
	f.Fuzz(func(t *testing.T, answer []byte) {
		d := dialer(func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				_, _ = theirs.Read(make([]byte, 1<<14))
				_, _ = theirs.Write(answer)
			}()
			return ours, nil
		}, new(tls.ConnectionState))
		d.Quirk = tlsclient.OddCertificate
		if conn, _, err := d.Connect(t.Context()); err == nil {
			conn.Close()
			t.Error("connected to who proved nothing")
		}
	})
}
