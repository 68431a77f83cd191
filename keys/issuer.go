package keys

import (
	"context"
	"crypto/x509"
	"errors"
)

// Issuer has certificates issued for requests that devices made. // G-5
//
// Implementations are safe for use by several goroutines: a fleet shares one.
type Issuer interface {
	// Issue returns the certificate for the request's key and the certificates
	// it chains by, the issued one first; the root may be missing. An error that
	// is [ErrPending] means that it was asked for and will be issued later:
	// calling again with the same request goes on from there and does not ask
	// for a second one.
	//
	// The order that the request belongs to is in the context, with the device,
	// its model, the uses and the name of the key: see [OrderFrom]. What a
	// certificate says is for the order to decide, not for the request.
	Issue(ctx context.Context, csr *x509.CertificateRequest) ([]*x509.Certificate, error)
}

// Checker is an [Issuer] that can tell beforehand whether it will work.
type Checker interface {
	// Check looks whether the CA can be reached and is the one expected. It asks
	// for no certificate. It is called before the first device is touched.
	Check(ctx context.Context) (*IssuerInfo, error)
}

// IssuerInfo tells what an [Issuer] will do.
type IssuerInfo struct {
	// Name of the CA for people, such as its subject.
	Name string `json:"name"`
	// Names says in words which names (SAN) the certificate will have: those of
	// the request, added ones, or that the CA decides.
	Names string `json:"names"`
	// Notes are what the caller should know, such as a weak algorithm in use.
	Notes []string `json:"notes,omitempty"`
	// Agent is who reads the requests in the CA's place, such as a registration
	// authority; nil if nobody does, or it is not known.
	Agent *x509.Certificate `json:"-"`
	// CAs that the issued certificates chain to; empty if it is not known
	// beforehand.
	CAs []*x509.Certificate `json:"-"`
}

// ErrPending means that a certificate was asked for and is not issued yet. The
// error that wraps it says by whom and where to look; run again later.
var ErrPending = errors.New("the certificate is not issued yet")
