package keys

import (
	"crypto/tls"
	"errors"
	"fmt"
)

var (
	// ErrTLS13Only means that the server speaks no TLS below 1.3, where
	// certificates are encrypted.
	ErrTLS13Only = errors.New("server insists on TLS 1.3, use a real handshake")
	// ErrNotTLS means that what answers is no TLS server.
	ErrNotTLS = errors.New("the answer is not TLS: check the port")
	// ErrNoCertificate means that the server chose to show no certificate.
	ErrNoCertificate = errors.New("server shows no certificate")

	errMalformed = errors.New("malformed TLS handshake message")
	errChain     = fmt.Errorf("%w: more than %d certificates", errMalformed, maxServedChain)
	errEndless   = errors.New("server sends more than any handshake needs")
)

// AlertError is a TLS alert (RFC 5246, 7.2) by which the server ended the
// handshake.
type AlertError struct {
	Code uint8 // AlertDescription
}

// Error names the alert.
func (e *AlertError) Error() string {
	return fmt.Sprintf("server ended the handshake with alert %d (%v)", e.Code, tls.AlertError(e.Code))
}

const (
	alertCloseNotify     = 0
	alertProtocolVersion = 70
)

// alert reads an alert record. A warning other than close_notify is nil:
// servers send one when they do not know the name asked for, and go on.
func alert(content []byte) error {
	const warning = 1
	switch {
	case len(content) != 2:
		return errMalformed
	case content[0] == warning && content[1] != alertCloseNotify:
		return nil
	case content[1] == alertProtocolVersion:
		return fmt.Errorf("%w; or it takes older versions than 1.2 only: try Device.LegacyTLS (%w)", ErrTLS13Only, &AlertError{content[1]})
	}
	return &AlertError{content[1]}
}

// tlsError brings the errors of crypto/tls to the types of this package.
func tlsError(err error) error {
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok && record.Conn != nil {
		return fmt.Errorf("%w (%w)", ErrNotTLS, err)
	}
	return err
}
