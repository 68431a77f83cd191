package keys

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"github.com/rekey-go/rekey/internal/tlsclient"
)

// DialFunc opens a connection, as [net.Dialer.DialContext] does; nil means
// that of a zero [net.Dialer].
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Served is what a TLS server showed of itself.
type Served struct {
	// Chain holds the certificates as sent, DER, the server's own first. Never
	// empty; nothing about them was checked.
	Chain [][]byte
	// Version and CipherSuite are the server's choice, in the numbers of
	// crypto/tls. Version may be as low as SSL 3.0 (0x0300).
	Version, CipherSuite uint16
	// Proved says that the server proved possession of the private key of
	// Chain[0] in this very handshake.
	Proved bool
}

// HandshakeError means that a server could not be made to show its
// certificate.
type HandshakeError struct {
	Address string
	Err     error
}

// Error names the address and the cause.
func (e *HandshakeError) Error() string {
	return fmt.Sprintf("keys: TLS handshake with %s: %v", e.Address, e.Err)
}

// Unwrap gives the cause: an [*AlertError], [ErrTLS13Only], [ErrNotTLS],
// [ErrNoCertificate], or that of the network or the context.
func (e *HandshakeError) Unwrap() error { return e.Err }

// handshakeTime bounds a handshake, the dialling included. Old devices take
// seconds for an RSA operation; none takes this long.
const handshakeTime = 30 * time.Second

// ServedCertificate asks the TLS server at address ("host:port") for its
// certificates by a TLS 1.2 handshake that it breaks off as soon as it has
// them (W-4). It speaks for itself instead of using crypto/tls, so nothing
// that Go refuses stands in the way: RSA-512, negative serial numbers, TLS
// 1.0, RSA key exchange, 3DES, whatever GODEBUG says.
//
// A certificate *seen* is not possession: certificates are public, anyone can
// send them, and Proved is always false. What must be proved needs
// [Handshake]. A server that speaks nothing below TLS 1.3 encrypts its
// certificate and gives [ErrTLS13Only].
//
// All errors are of type [*HandshakeError]. No more than 256 KiB are read, and
// the handshake ends after 30 s even if ctx does not.
func ServedCertificate(ctx context.Context, dial DialFunc, address string) (*Served, error) {
	return connect(ctx, dial, address, func(_ context.Context, conn net.Conn, host string) (*Served, error) {
		if _, err := conn.Write(clientHello(host)); err != nil {
			return nil, err
		}
		return readServed(conn)
	})
}

// Handshake makes a whole TLS handshake (1.0 to 1.3) with the server at
// address ("host:port"), so the server proves that it holds the private key of
// the certificate it shows: Proved is true. The certificate is not checked
// against any root, name or date, so this authenticates nobody: compare the
// key with the one expected. Nothing is sent but the handshake.
//
// It is crypto/tls that does it, within its limits: an RSA key under 1024 bits, or
// a SHA-1 signature in the handshake fail (GODEBUG rsa1024min=0 and tlssha1=1 lift
// them); [ServedCertificate] shows such certificates without proof. A certificate
// that crypto/x509 refuses is taken over TLS 1.2 with AES, and a server that is
// silent for 15 s is tried once more with TLS 1.2 at most.
//
// All errors are of type [*HandshakeError].
func Handshake(ctx context.Context, dial DialFunc, address string) (*Served, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &HandshakeError{address, err}
	}
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	served := &Served{Proved: true}
	d := &tlsclient.Dialer{
		Dial: func(ctx context.Context) (net.Conn, error) { return dial(ctx, "tcp", address) },
		Config: &tls.Config{
			ServerName:         host,
			InsecureSkipVerify: true, // the key is compared, not trusted
			MinVersion:         tls.VersionTLS10,
			CipherSuites:       provingSuites(),
			// Old devices fail on the large ClientHello that hybrid groups make.
			CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384},
			VerifyConnection: func(cs tls.ConnectionState) error {
				served.Version, served.CipherSuite, served.Chain = cs.Version, cs.CipherSuite, nil
				for _, c := range cs.PeerCertificates {
					served.Chain = append(served.Chain, c.Raw)
				}
				return nil
			},
		},
		Timeout: handshakeTime / 2,
	}
	conn, _, err := d.Connect(ctx)
	if err == nil {
		conn.Close()
		return served, nil
	}
	if ctx.Err() != nil { // then err is only that of the closed connection
		err = context.Cause(ctx)
	}
	return nil, &HandshakeError{address, tlsError(err)}
}

// provingSuites are all suites crypto/tls has but RC4. Every one of them proves
// possession, by a signature or by decrypting the premaster secret, and no
// secret of ours goes over the connection.
func provingSuites() []uint16 {
	var ids []uint16
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		switch s.ID {
		case tls.TLS_RSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA:
		default:
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// connect dials address, runs do within the time allowed, and closes the
// connection. do gets the host without port.
func connect(ctx context.Context, dial DialFunc, address string,
	do func(ctx context.Context, conn net.Conn, host string) (*Served, error)) (*Served, error) {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &HandshakeError{address, err}
	}
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		return nil, &HandshakeError{address, err}
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	served, err := do(ctx, conn, host)
	if err == nil {
		return served, nil
	}
	if ctx.Err() != nil { // then err is only that of the closed connection
		err = context.Cause(ctx)
	}
	return nil, &HandshakeError{address, err}
}
