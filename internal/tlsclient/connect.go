// Package tlsclient connects to devices that crypto/tls alone does not get on
// with: those that never answer a ClientHello of TLS 1.3, and those whose
// certificate crypto/x509 refuses to read. The latter are let in here: what
// vouches for them can be their public key only, which they are made to prove.
package tlsclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Quirk is what a server needs that others do not.
type Quirk uint8

const (
	// None is a server like others.
	None Quirk = iota
	// NoTLS13 is a server that is silent where TLS 1.3 is offered.
	NoTLS13
	// OddCertificate is a server whose certificate crypto/x509 refuses.
	OddCertificate
)

// String says what was met and what is done about it, for people; empty: nothing.
func (q Quirk) String() string {
	switch q {
	case NoTLS13:
		return "it is silent when offered TLS 1.3: it is offered TLS 1.2 at most from now on"
	case OddCertificate:
		return "its certificate breaks rules that Go insists on: it is known by its public key alone, over TLS 1.2"
	}
	return ""
}

// Dialer makes TLS connections to one address.
type Dialer struct {
	// Dial makes the connection beneath.
	Dial func(context.Context) (net.Conn, error)
	// Config is for crypto/tls. It has to have InsecureSkipVerify, and to check the
	// server in VerifyConnection, which sees also certificates that crypto/x509
	// refuses, as [oddcert.Parse] reads them.
	Config *tls.Config
	// Timeout bounds each attempt, dialling included.
	Timeout time.Duration
	// Quirk is what the server is known to need.
	Quirk Quirk
	// Answered says that the server has been spoken to before: then its silence is
	// silence, and not tried anew.
	Answered bool
}

// Connect makes a connection, and says what the server needed for it. A server
// that sends nothing at all in answer is offered TLS 1.2 once; one that has
// answered is asked again only if it was its certificate that failed.
func (d *Dialer) Connect(ctx context.Context) (*tls.Conn, Quirk, error) {
	conn, heard, err := d.attempt(ctx, d.Quirk)
	if err == nil && d.Quirk == OddCertificate && !conn.NetConn().(*filter).odd {
		return conn, None, nil // it has another certificate now
	}
	if err == nil || ctx.Err() != nil {
		return conn, d.Quirk, err
	}
	quirk := d.Quirk
	if quirk == None && !d.Answered && !heard && isTimeout(err) && d.offers(tls.VersionTLS13) && d.offers(tls.VersionTLS12) {
		silence := err
		quirk = NoTLS13
		if conn, _, err = d.attempt(ctx, quirk); err != nil {
			err = fmt.Errorf("%w; offered TLS 1.2 at most: %w", silence, err)
		}
	}
	if quirk != OddCertificate && refusesCertificate(err) && d.offers(tls.VersionTLS12) {
		refused := err
		quirk = OddCertificate
		if conn, _, err = d.attempt(ctx, quirk); err != nil {
			err = fmt.Errorf("%w; going by its public key alone failed as well: %w", refused, err)
		}
	}
	return conn, quirk, err
}

// offers reports whether the caller lets a version be spoken.
func (d *Dialer) offers(version uint16) bool {
	return d.Config.MinVersion <= version && (d.Config.MaxVersion == 0 || version <= d.Config.MaxVersion)
}

// refusesCertificate knows what crypto/tls says where crypto/x509 refuses one.
func refusesCertificate(err error) bool {
	return err != nil && strings.Contains(err.Error(), "failed to parse certificate from server")
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// attempt makes one connection; heard: the server sent at least an octet.
func (d *Dialer) attempt(ctx context.Context, quirk Quirk) (conn *tls.Conn, heard bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	raw, err := d.Dial(ctx)
	if err != nil {
		return nil, true, err // of the way there, not of TLS
	}
	ears := &ears{Conn: raw}
	config := d.Config.Clone()
	switch quirk {
	case OddCertificate:
		conn = tls.Client(newFilter(ears, config), config)
	case NoTLS13:
		config.MaxVersion = tls.VersionTLS12
		fallthrough
	default:
		conn = tls.Client(ears, config)
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, ears.heard.Load(), err
	}
	return conn, true, nil
}

// ears notes whether anything was heard.
type ears struct {
	net.Conn
	heard atomic.Bool
}

func (e *ears) Read(b []byte) (int, error) {
	n, err := e.Conn.Read(b)
	if n > 0 {
		e.heard.Store(true)
	}
	return n, err
}
