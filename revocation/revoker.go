package revocation

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
)

// Revoker asks a CA to revoke certificates. // V-1 to V-4
//
// Implementations are safe for use by several goroutines: a fleet shares one.
// They may implement [Needer], [RevokerChecker] and [Prechecker] besides.
type Revoker interface {
	// Revoke asks the CA to revoke the certificate of e, and returns nil when the
	// CA has taken it on: it has revoked it now, or had done so before, for
	// whatever reason. Asking twice is harmless. That the world can see it is
	// another matter, and another function's.
	//
	// It must not be called before the successor was proved in use: revoking
	// cannot be undone, and the device may still need the certificate.
	//
	// Whether the certificate is this CA's is looked at first, always: a CA may
	// answer with success for a serial number that it never issued. It is if
	// [IssuerOf] proves it, or if it is the CA's own copy octet by octet; what
	// cannot be told is not the CA's ([ErrOtherIssuer]), and nothing is asked.
	// Errors that
	// say what to do: [ErrSelfSigned], [ErrExpired], [ErrOtherIssuer],
	// [ErrPending], [*NeedError], [*ByHandError]; others are those of the network
	// and the CA. The context's error comes as its cause. After an error nothing
	// is known: ask again.
	Revoke(ctx context.Context, e Evidence, r Reason) error
}

// Need is what must be known of a certificate to have it revoked.
type Need uint8

const (
	// NeedSerial is enough to find the CA's own copy and to see that it is the
	// one, in Evidence.Certificate: SerialHex, Issuer or RawIssuer, and the SHA-256
	// (or the certificate, DER).
	NeedSerial Need = iota
	// NeedCertificate is the certificate itself, in Evidence.Certificate.DER.
	NeedCertificate
	// NeedNothing is for what people do: they may find it by other marks.
	NeedNothing
)

// String says it in words.
func (n Need) String() string {
	switch n {
	case NeedCertificate:
		return "the certificate itself"
	case NeedNothing:
		return "nothing"
	}
	return "the certificate itself, or its issuer, serial number and SHA-256"
}

// Needer is a [Revoker] that says what it needs. One that does not needs the
// certificate.
type Needer interface {
	Needs() Need
}

// RevokerChecker is a [Revoker] that can tell beforehand whether it will work.
type RevokerChecker interface {
	// Check looks whether the CA can be reached, is the one expected and lets us
	// revoke, as far as it can be seen without doing so. It is called before the
	// first device is touched.
	Check(ctx context.Context) (*RevokerInfo, error)
}

// RevokerInfo tells what a [Revoker] works with.
type RevokerInfo struct {
	// Name of the CA's server for people.
	Name string `json:"name"`
	// Notes are what the caller should know, such as that the CA publishes no
	// revocation list.
	Notes []string `json:"notes,omitempty"`
	// CAs whose certificates can be revoked; empty if that is not known
	// beforehand.
	CAs []*x509.Certificate `json:"-"`
}

// Prechecker is a [Revoker] that can say beforehand whether one certificate is its
// CA's.
type Prechecker interface {
	// CanRevoke returns nil if the certificate of e is one that this CA issued,
	// and else what [Revoker.Revoke] would. It changes nothing at the CA.
	CanRevoke(ctx context.Context, e Evidence) error
}

// Conditions in which nothing is revoked.
var (
	// ErrSelfSigned: no CA issued it, so none can revoke it. Where it is trusted
	// it must be removed by hand. // V-1 to V-5, column "self-signed"
	ErrSelfSigned = errors.New("the certificate is self-signed: there is nothing to revoke; remove it where it is registered as trusted")
	// ErrExpired: the CA does not revoke what has expired; nobody may accept it
	// any more.
	ErrExpired = errors.New("the certificate has expired: there is nothing to revoke any more")
	// ErrOtherIssuer: it is not proved that this CA issued it. Ask the one that
	// did.
	ErrOtherIssuer = errors.New("the certificate was not issued by this CA")
	// ErrNotSeen: the certificate was found by what a details page says, and the
	// device did not show that it has the key: it may be another machine's, and in
	// use there. A person must confirm it, by its thumbprint; see
	// [Follower].Confirmed.
	ErrNotSeen = errors.New("the certificate was recognised by a details page only, and may be another machine's: a person must confirm it")
	// ErrPending: the CA has taken the request and revokes when somebody has
	// approved of it. Ask again later.
	ErrPending = errors.New("the revocation was asked for and waits for approval at the CA")
)

// NeedError means that too little is known of a certificate to have it revoked
// in this way: a person must, or the certificate be found (see
// [KnownCertificates]).
type NeedError struct {
	Need Need
}

// Error says what is missing.
func (e *NeedError) Error() string {
	return fmt.Sprintf("revoking it needs %v, which is not known: look for it in the CA's files", e.Need)
}

// Lacks says what r needs and e does not have: a [*NeedError], or
// [ErrSelfSigned]; nil if r can be asked. It asks nobody, and is meant for plans.
func Lacks(r Revoker, e Evidence) error {
	if e.Certificate != nil && e.Certificate.SelfSigned == Yes {
		return ErrSelfSigned
	}
	need := NeedCertificate
	if n, ok := r.(Needer); ok {
		need = n.Needs()
	}
	c := e.Certificate
	switch need {
	case NeedNothing:
		return nil
	case NeedSerial:
		if c != nil && c.SerialHex != "" && (c.Issuer != "" || len(c.RawIssuer) > 0) && (len(c.DER) > 0 || c.SHA256 != "") {
			return nil
		}
	case NeedCertificate:
		if c != nil && len(c.DER) > 0 && c.SerialHex != "" {
			return nil
		}
	}
	return &NeedError{need}
}
