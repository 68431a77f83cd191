package remoteui

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
)

// SPKIHash is the SHA-256 of a certificate's SubjectPublicKeyInfo: the name of
// a key that no certificate renewal changes.
type SPKIHash [sha256.Size]byte

// spkiPrefix is the notation that curl and others use for public key pins.
const spkiPrefix = "sha256//"

// ParsePin reads "sha256//BASE64".
func ParsePin(s string) (SPKIHash, error) {
	var h SPKIHash
	b64, ok := strings.CutPrefix(strings.TrimSpace(s), spkiPrefix)
	if !ok {
		return h, fmt.Errorf("pin %q: want %sBASE64 of the SHA-256 of the public key (SPKI)", clip(s, 80), spkiPrefix)
	}
	raw, err := base64.StdEncoding.DecodeString(b64)
	if err != nil || len(raw) != len(h) {
		return h, fmt.Errorf("pin %q: want the base64 of %d bytes", clip(s, 80), len(h))
	}
	copy(h[:], raw)
	return h, nil
}

// HashSPKI returns the pin of a certificate.
func HashSPKI(cert *x509.Certificate) SPKIHash { return sha256.Sum256(cert.RawSubjectPublicKeyInfo) }

// String returns the notation that [ParsePin] reads.
func (h SPKIHash) String() string { return spkiPrefix + base64.StdEncoding.EncodeToString(h[:]) }

// MarshalText returns what String returns.
func (h SPKIHash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what [ParsePin] reads.
func (h *SPKIHash) UnmarshalText(text []byte) (err error) {
	*h, err = ParsePin(string(text))
	return err
}

// IsZero reports whether no key is named.
func (h SPKIHash) IsZero() bool { return h == SPKIHash{} }

// Identity says how the device is recognised before a credential is sent. The
// first of Pins, Roots, Stored and TrustOnFirstUse that is given decides, and the
// later ones are not asked; Successor and Successors stand beside it. The
// zero value accepts a certificate that the system's roots vouch for, and
// refuses a self-signed one, naming its pin.
type Identity struct {
	// Pins are keys the device may present.
	Pins []SPKIHash
	// Roots are the CAs that issue the devices' certificates. The name is then
	// checked by our own rule: a SAN, else the CN, must be the host.
	Roots *x509.CertPool
	// Stored is the pin of an earlier contact; zero if there was none.
	Stored SPKIHash
	// Successor accepts, in place of a pinned or stored key, the one that an
	// earlier run bound in its stead and could not follow to the end; nil: none
	// is expected. It returns why a certificate is not that key's, or cannot be
	// told to be: [*UnconfirmedError].
	Successor func(*x509.Certificate) error
	// Successors are keys that earlier runs proved to have replaced one that was
	// vouched for: they are accepted also where Roots do not know them.
	Successors []SPKIHash
	// Also is asked besides, of what the others accept, before anything is sent to
	// the device for the first time: a name may lead to another machine than it did
	// when the work was planned. Nil: not asked.
	Also func(*x509.Certificate) error
	// TrustOnFirstUse accepts an unknown device when there is nothing else to
	// go by. A certificate that crypto/x509 refuses is accepted by a pin alone.
	TrustOnFirstUse bool
}

// identity is the moving state of Identity within a session: across a restart
// the accepted pins go {old} → {old, new} → {new}.
type identity struct {
	cfg  Identity
	host string

	mu        sync.Mutex
	accepted  SPKIHash                      // proved by a handshake of this session
	leaf      *x509.Certificate             // what proved it
	state     tls.ConnectionState           // of the newest connection
	confirmed SPKIHash                      // by the caller, see Config.ConfirmSuccessor
	successor func(*x509.Certificate) error // set during a restart
}

// verify is tls.Config.VerifyConnection: it runs for every connection, resumed
// ones included, which VerifyPeerCertificate does not. It runs before the other
// side has shown that the key is its own, so it changes nothing: see accept.
func (id *identity) verify(addr string, cs tls.ConnectionState) error {
	if len(cs.PeerCertificates) == 0 {
		return errors.New("device presented no certificate")
	}
	leaf := cs.PeerCertificates[0]
	id.mu.Lock()
	defer id.mu.Unlock()
	err := id.check(leaf, cs.PeerCertificates[1:])
	if err == nil && id.cfg.Also != nil && id.accepted.IsZero() {
		err = id.cfg.Also(leaf)
	}
	if err != nil {
		return &IdentityError{Addr: addr, Got: HashSPKI(leaf), Reason: err.Error() + factoryNote(leaf), Err: err}
	}
	return nil
}

// accept notes what a handshake showed that has ended well. A certificate is
// everybody's to send: one that came without its key must not stand for the
// device, nor make the session refuse the device's own.
func (id *identity) accept(cs tls.ConnectionState) {
	id.mu.Lock()
	defer id.mu.Unlock()
	id.accepted, id.leaf, id.state = HashSPKI(cs.PeerCertificates[0]), cs.PeerCertificates[0], cs
}

func (id *identity) check(leaf *x509.Certificate, rest []*x509.Certificate) error {
	got := HashSPKI(leaf)
	if !id.accepted.IsZero() {
		return id.checkKnown(leaf, rest)
	}
	if len(id.cfg.Pins) > 0 {
		if slices.Contains(id.cfg.Pins, got) {
			return nil
		}
		return id.succeeds(leaf, errors.New("its key is none of the given pins"))
	}
	if id.cfg.Roots != nil {
		err := verifyChain(leaf, rest, id.cfg.Roots, id.host)
		if err == nil || slices.Contains(id.cfg.Successors, got) {
			return nil
		}
		return id.succeeds(leaf, err)
	}
	if !id.cfg.Stored.IsZero() {
		if id.cfg.Stored == got {
			return nil
		}
		return id.succeeds(leaf, fmt.Errorf("its key is not the one seen before (%s)", id.cfg.Stored))
	}
	if id.cfg.TrustOnFirstUse {
		return readable(leaf)
	}
	if err := readable(leaf); err != nil {
		return err
	}
	if err := verifyChain(leaf, rest, nil, id.host); err != nil {
		return errors.New("no pin, CA or earlier contact vouches for it")
	}
	return nil
}

// succeeds returns nil if a certificate is that of the key which an earlier run
// bound; else why not, or the error that there is without such a key.
func (id *identity) succeeds(leaf *x509.Certificate, otherwise error) error {
	if id.cfg.Successor == nil {
		return otherwise
	}
	err := id.isSuccessor(leaf, id.cfg.Successor)
	if _, unsure := errors.AsType[*UnconfirmedError](err); err == nil || unsure {
		return err
	}
	return fmt.Errorf("%w; nor is it the one that an earlier run chose: %w", otherwise, err)
}

// isSuccessor asks for a certificate, once: what the caller has confirmed is a
// key, and holds for all its connections.
func (id *identity) isSuccessor(leaf *x509.Certificate, successor func(*x509.Certificate) error) error {
	err := successor(leaf)
	if _, unsure := errors.AsType[*UnconfirmedError](err); unsure && id.confirmed == HashSPKI(leaf) {
		return nil
	}
	return err
}

// checkKnown checks that the device presents the key that the session began with.
// During a restart the announced successor is accepted too, and then replaces the old key: one that is
// proved to be it, or vouched for as the device itself.
func (id *identity) checkKnown(leaf *x509.Certificate, rest []*x509.Certificate) error {
	if HashSPKI(leaf) == id.accepted {
		return nil
	}
	if id.successor == nil {
		return id.succeeded(leaf)
	}
	err := id.isSuccessor(leaf, id.successor)
	if _, unsure := errors.AsType[*UnconfirmedError](err); err == nil || unsure && id.vouched(leaf, rest) {
		return nil
	}
	return fmt.Errorf("after the restart it is neither the old key nor the announced successor: %w", err)
}

// succeeded is why a key is not that of the session, which waits for no restart. Also
// where the key is the one of an earlier run the session ends: what it has read is of
// the device as it was before.
func (id *identity) succeeded(leaf *x509.Certificate) error {
	changed := fmt.Errorf("its key changed within the session (was %s)", id.accepted)
	if id.cfg.Successor == nil {
		return changed
	}
	err := id.cfg.Successor(leaf)
	if _, unsure := errors.AsType[*UnconfirmedError](err); err == nil || unsure {
		return fmt.Errorf("%w: %w", changed, ErrSucceeded)
	}
	return changed
}

// vouched reports whether the caller has named a key, by a pin or when asked, or
// the CA that the caller relies on has, for this host.
func (id *identity) vouched(leaf *x509.Certificate, rest []*x509.Certificate) bool {
	got := HashSPKI(leaf)
	return got == id.confirmed || slices.Contains(id.cfg.Pins, got) ||
		len(id.cfg.Pins) == 0 && id.cfg.Roots != nil && verifyChain(leaf, rest, id.cfg.Roots, id.host) == nil
}

// expect opens the window in which a successor may show itself; nil closes it.
func (id *identity) expect(successor func(*x509.Certificate) error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	id.successor = successor
}

// confirm accepts a key that the caller has looked at.
func (id *identity) confirm(key SPKIHash) {
	id.mu.Lock()
	defer id.mu.Unlock()
	id.confirmed = key
}

func (id *identity) current() (*x509.Certificate, SPKIHash) {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.leaf, id.accepted
}

func sameHost(a, b string) bool {
	ia, ib := net.ParseIP(a), net.ParseIP(b)
	if ia != nil || ib != nil {
		return ia.Equal(ib)
	}
	return a != "" && strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}
