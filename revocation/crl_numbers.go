package revocation

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"sync"
	"time"
)

// CRLNumbers remembers the newest CRL that was seen of each issuer and scope. A
// CRL number never goes back (RFC 5280, 5.2.3): an older CRL, still within its
// time, would hide what the newer one lists. It remembers, too, which
// certificates were seen to be revoked, by whatever statement. The zero value is
// empty and ready; it is safe for concurrent use and must not be copied.
//
// It is kept as JSON:
//
//	{"<hex SHA-256 of issuer, key, scope>": {"issuer": "CN=…", "number": "7", "thisUpdate": "2026-…"},
//	 "<hex SHA-256 of issuer, serial number>": {"issuer": "CN=…", "thisUpdate": "2026-…", "revokedAt": "2026-…", "reason": "keyCompromise"}}
type CRLNumbers struct {
	mu   sync.Mutex
	seen map[string]crlMark
	// changed since it was kept last
	changed bool
}

type crlMark struct {
	Issuer     string    `json:"issuer"`
	Number     string    `json:"number,omitempty"` // decimal; empty: the CRL had none
	ThisUpdate time.Time `json:"thisUpdate"`
	// Of a certificate:
	RevokedAt time.Time `json:"revokedAt,omitzero"`
	Reason    Reason    `json:"reason,omitempty"`
}

// MarshalJSON writes what is remembered.
func (n *CRLNumbers) MarshalJSON() ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.seen == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(n.seen)
}

// UnmarshalJSON replaces what is remembered.
func (n *CRLNumbers) UnmarshalJSON(b []byte) error {
	var seen map[string]crlMark
	if err := json.Unmarshal(b, &seen); err != nil {
		return fmt.Errorf("revocation: remembered CRL numbers: %w", err)
	}
	for _, m := range seen {
		if _, ok := new(big.Int).SetString(m.Number, 10); !ok && m.Number != "" {
			return fmt.Errorf("revocation: remembered CRL numbers: %.40q is no number", m.Number)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen = seen
	return nil
}

// note remembers an authentic CRL, or says why it is older than one seen.
func (n *CRLNumbers) note(l *crl, signer *x509.Certificate) error {
	kind := "complete"
	if l.delta { // has the numbers of the complete ones, and may be ahead of them
		kind = "delta"
	}
	key := hexSHA256(encodeDER(tagSequence, l.rawIssuer, signer.RawSubjectPublicKeyInfo, encodeDER(tagOctetString, l.rawScope), []byte(kind)))
	mark := crlMark{Issuer: textOf(l.rawIssuer), ThisUpdate: l.thisUpdate}
	if l.number != nil {
		mark.Number = l.number.String()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	last, ok := n.seen[key]
	switch {
	case ok && last.Number != "" && l.number == nil:
		return fmt.Errorf("it has no number, though CRL number %s was seen before", last.Number)
	case ok && last.Number != "" && l.number.Cmp(number(last.Number)) < 0:
		return fmt.Errorf("its number is %v, older than number %s which was seen before", l.number, last.Number)
	case ok && l.thisUpdate.Before(last.ThisUpdate):
		return fmt.Errorf("it is of %s, older than one of %s which was seen before", stamp(l.thisUpdate), stamp(last.ThisUpdate))
	}
	n.set(key, mark)
	return nil
}

// set keeps a mark; n.mu is held.
func (n *CRLNumbers) set(key string, mark crlMark) {
	if n.seen == nil {
		n.seen = map[string]crlMark{}
	}
	n.changed = n.changed || n.seen[key] != mark
	n.seen[key] = mark
}

// maxRevokedMarks bounds the certificates that are remembered.
const maxRevokedMarks = 100_000

func certificateMark(t *target) string {
	return hexSHA256(encodeDER(tagSequence, t.rawIssuer, encodeDER(tagInteger, minimal(t.serial)), []byte("certificate")))
}

// noteRevoked remembers that a certificate was seen to be revoked.
func (n *CRLNumbers) noteRevoked(t *target, c Check) {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := certificateMark(t)
	if _, ok := n.seen[key]; !ok && len(n.seen) < maxRevokedMarks {
		n.set(key, crlMark{Issuer: textOf(t.rawIssuer), ThisUpdate: c.ThisUpdate, RevokedAt: c.RevokedAt, Reason: c.Reason})
	}
}

// revoked gives what is remembered of a certificate that was revoked.
func (n *CRLNumbers) revoked(t *target) (crlMark, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m, ok := n.seen[certificateMark(t)]
	return m, ok
}

// merge takes over what others have seen: of each list the newest. It reports
// whether there is more here than the others knew.
func (n *CRLNumbers) merge(other *CRLNumbers) (more bool) {
	other.mu.Lock()
	theirs := maps.Clone(other.seen)
	other.mu.Unlock()
	n.mu.Lock()
	defer n.mu.Unlock()
	for key, m := range theirs {
		if own, ok := n.seen[key]; !ok || own.olderThan(m) {
			n.set(key, m)
		}
	}
	more = !maps.Equal(n.seen, theirs)
	n.changed = more
	return more
}

// olderThan compares marks of the same list: by number, then by time.
func (m crlMark) olderThan(other crlMark) bool {
	if m.Number != "" && other.Number != "" {
		if c := number(m.Number).Cmp(number(other.Number)); c != 0 {
			return c < 0
		}
	} else if m.Number != other.Number {
		return m.Number == "" // a list that had no number has one since
	}
	return m.ThisUpdate.Before(other.ThisUpdate)
}

func number(decimal string) *big.Int {
	n, _ := new(big.Int).SetString(decimal, 10)
	return n
}

// textOf is a raw Name for reading.
func textOf(name []byte) string {
	c := cursor(name)
	e, _ := c.next()
	return parseName(e).Text
}
