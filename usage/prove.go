package usage

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/oddcert"
	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
)

// Proved is what the proof of a TLS successor found.
type Proved struct {
	// InUse clears the old key for deletion.
	InUse proof.InUse
	// Certificate that the device serves, and holds the private key of.
	Certificate *x509.Certificate
	// Match says how the certificate was recognised as the successor's.
	Match string
	// List is the key list that the proof rests on.
	List *keys.List
}

// ProveTLS proves that the successor serves TLS: by a fresh handshake, in which
// the device shows that it holds the private key; the certificate is the one
// that the successor's details page names, see [keys.Details.Recognise]; and the
// key list gives TLS to the successor and not to the old key. What cannot be told
// is a [*remoteui.UnconfirmedError]; who knows better sets Certificate in the
// details. // C-1, R-5
func ProveTLS(ctx context.Context, s *remoteui.Session, old proof.Key, successor *keys.Details, commonName string, now time.Time) (*Proved, error) {
	cert, err := s.Handshake(ctx)
	if err != nil {
		return nil, fmt.Errorf("proof of TLS: %w", err)
	}
	if err := successor.Recognise(commonName)(cert); err != nil {
		return nil, fmt.Errorf("proof of TLS: the certificate served at %s is not that of key %q: %w", s.URL(), successor.Name, err)
	}
	_, _, reason := successor.Matches(cert, commonName)
	l, err := keys.ReadList(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("proof of TLS: %w", err)
	}
	if e, ok := l.User(keys.UseTLS); !ok || e.Name != successor.Name {
		return nil, fmt.Errorf("proof of TLS: the key list does not give TLS to %q alone", successor.Name)
	}
	key := proof.Key{Device: old.Device, Name: successor.Name, Fingerprint: Fingerprint(cert)}
	return &Proved{
		InUse:       proof.MintInUse(old, key, []string{string(keys.UseTLS)}, proof.Served, now),
		Certificate: cert,
		Match:       reason,
		List:        l,
	}, nil
}

// Fingerprint is the hex SHA-256 of a certificate's SPKI.
func Fingerprint(c *x509.Certificate) string {
	h := remoteui.HashSPKI(c)
	return fmt.Sprintf("%x", h[:])
}

// ProveBound proves that a successor is bound in a place, after a restart that
// positively happened and in the session after it: the place's page names the
// successor, its function is still on, and the key list gives the successor the
// use, and the old key not any more, unless another policy of IPSec still has it.
// The list is one that was read after the restart; nil: it is read now. What the
// page shows is returned, too. // C-2, C-3, C-4
func ProveBound(ctx context.Context, s *remoteui.Session, l *keys.List, old proof.Key, successor *keys.Details, place Place, now time.Time) (proof.InUse, Setting, error) {
	if l == nil {
		var err error
		if l, err = keys.ReadList(ctx, s); err != nil {
			return proof.InUse{}, Setting{}, err
		}
	}
	seen, err := proveBound(ctx, s, l, old.Name, successor.Name, place)
	if err != nil {
		return proof.InUse{}, seen, fmt.Errorf("proof of %s: %w", place.name(), err)
	}
	key := proof.Key{Device: old.Device, Name: successor.Name, Fingerprint: detailsFingerprint(successor)}
	return proof.MintInUse(old, key, []string{string(place.Use)}, proof.Bound, now), seen, nil
}

func proveBound(ctx context.Context, s *remoteui.Session, l *keys.List, old, successor string, p Place) (Setting, error) {
	now, err := Read(ctx, s, p)
	switch {
	case err != nil:
		return now, err
	case now.Need != Needed:
		return now, fmt.Errorf("its page does not show it in use: %s", now.Reason)
	case now.Key != successor:
		return now, fmt.Errorf("its page names key %q, not %q", now.Key, successor)
	}
	if e, ok := l.Find(successor); !ok || !e.UsedBy(p.Use) {
		return now, fmt.Errorf("the key list does not give it to key %q", successor)
	}
	e, there := l.Find(old)
	if !there || old == successor || !e.UsedBy(p.Use) {
		return now, nil
	}
	if f := p.Function(); f.names != nil {
		policies, err := f.readPlaces(ctx, s)
		if err != nil {
			return now, err
		}
		for _, other := range policies {
			if other.Key == old {
				return now, nil
			}
		}
	}
	return now, fmt.Errorf("the key list still gives it to key %q", old)
}

// detailsFingerprint identifies a key of which only the details page is known.
func detailsFingerprint(d *keys.Details) string {
	var fields []revocation.Field
	for _, f := range d.Fields {
		fields = append(fields, revocation.Field{Label: f.Label, Value: f.Value})
	}
	return revocation.FieldsFingerprint(fields)
}

// ErrOldServed means that a port of the device still serves the old key: the
// binding is stored, but not in effect.
var ErrOldServed = errors.New("the old key is still served")

// ProveServed raises the proof of a successor that is bound, if it is served at
// one of the addresses: by a fresh handshake in which the device shows that it
// holds the private key, with the certificate that the successor's details page
// describes. An error says what was seen instead: [ErrOldServed] where that was
// the old key, which old describes if it is known; any other leaves the proof
// as it was. // C-4
func ProveServed(ctx context.Context, dial keys.DialFunc, addrs []string, bound proof.InUse, old, successor *keys.Details, commonName string) (*x509.Certificate, proof.InUse, error) {
	var closed []string // ports
	var errs []error
	for _, addr := range addrs {
		seen, err := keys.Handshake(ctx, dial, addr)
		if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" && ctx.Err() == nil {
			_, port, _ := net.SplitHostPort(addr)
			closed = append(closed, port)
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		cert, err := oddcert.Parse(seen.Chain[0])
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", addr, err))
			continue
		}
		err = successor.Recognise(commonName)(cert)
		if err == nil && !seen.Proved {
			err = errors.New("nobody showed to hold its key")
		}
		if err != nil {
			err = fmt.Errorf("%s: not the certificate of key %q: %w", addr, successor.Name, err)
			if isOld(cert, bound.Replaced(), old) {
				err = fmt.Errorf("%s: %w (key %q)", addr, ErrOldServed, bound.Replaced().Name)
			}
			errs = append(errs, err)
			continue
		}
		key := bound.Successor()
		key.Fingerprint = Fingerprint(cert)
		return cert, proof.MintInUse(bound.Replaced(), key, bound.Usages(), proof.Served, bound.At()), nil
	}
	if len(closed) > 0 {
		errs = append(errs, fmt.Errorf("nothing takes connections at port %s", strings.Join(closed, ", ")))
	}
	return nil, bound, &unseen{errs}
}

// unseen is why a key was not seen at any port, on one line.
type unseen struct{ whys []error }

func (e *unseen) Error() string {
	texts := make([]string, len(e.whys))
	for i, why := range e.whys {
		texts[i] = why.Error()
	}
	return strings.Join(texts, "; ")
}

func (e *unseen) Unwrap() []error { return e.whys }

// isOld reports whether a certificate is an old key's.
func isOld(cert *x509.Certificate, key proof.Key, details *keys.Details) bool {
	if Fingerprint(cert) == key.Fingerprint {
		return true
	}
	if details == nil {
		return false
	}
	ok, sure, _ := details.Matches(cert, cert.Subject.CommonName)
	return ok && sure
}

// SeenByPeer raises the proof of a successor that is bound, because somebody
// the device talks to saw it at work.
func SeenByPeer(bound proof.InUse) proof.InUse {
	return proof.MintInUse(bound.Replaced(), bound.Successor(), bound.Usages(), proof.Peer, bound.At())
}

// ProveUnused proves that nothing needs a key that rekey made: the list gives it
// no use, every page that could name it was read, and none does.
func ProveUnused(ctx context.Context, s *remoteui.Session, key proof.Key, now time.Time) (proof.Unused, error) {
	l, err := keys.ReadList(ctx, s)
	if err != nil {
		return proof.Unused{}, err
	}
	e, there := l.Find(key.Name)
	if there && !e.Unused() {
		return proof.Unused{}, fmt.Errorf("key %q: the list says it is used for %v%s", key.Name, e.Uses, e.UseText)
	}
	all, err := ReadAll(ctx, s)
	if err != nil {
		return proof.Unused{}, err
	}
	for _, p := range all.Places {
		switch {
		case p.Key == key.Name:
			return proof.Unused{}, fmt.Errorf("key %q: %s names it", key.Name, p.name())
		case p.Need == Unknown && !p.Missing:
			return proof.Unused{}, fmt.Errorf("key %q: it cannot be told whether %s uses it: %s", key.Name, p.name(), p.Reason)
		}
	}
	return proof.MintUnused(key, now), nil
}
