package revocation

import (
	"bytes"
	"errors"
	"math/big"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/dn"
)

// crl is a CertificateList (RFC 5280, 5.1) but for its entries, which are
// looked through once and not kept: lists of hundreds of thousands are real.
//
// x509.ParseRevocationList is not used: it refuses the whole list for one serial
// number that is not in its shortest form and for version 1, which CAs still
// write where no extension is configured. Tests compare the two.
type crl struct {
	rawIssuer              []byte
	thisUpdate, nextUpdate time.Time
	entries                []byte
	aki                    []byte
	number                 *big.Int // nil: none
	scope                  *scope   // issuing distribution point; nil: the issuer's whole
	rawScope               []byte
	delta                  bool
	freshest               bool     // names delta CRLs
	critical               []string // OIDs of critical extensions that are not known

	tbs, signature []byte
	algorithm      element
}

// decodeCRLs gives the DER of the CRL, or of each one in a text. White space and
// NUL after DER is what some programs leave there; a signature may end in it, too.
func decodeCRLs(b []byte) (all [][]byte, err error) {
	if len(b) == 0 {
		return nil, errors.New("it is empty")
	}
	for _, block := range bundle.Blocks(b) {
		switch block.Label {
		case "", "X509 CRL", "CRL":
		default:
			continue
		}
		c := cursor(block.DER)
		e, err := c.next()
		switch {
		case block.Err != nil:
			return nil, block.Err
		case err == nil && len(bytes.Trim(c, bundle.Padding)) > 0:
			err = errors.New("more follows it")
			fallthrough
		case err != nil:
			return nil, err
		}
		all = append(all, e.full)
	}
	if len(all) == 0 {
		return nil, errors.New("it is neither DER nor PEM")
	}
	return all, nil
}

func parseCRL(der []byte) (*crl, error) {
	outer, err := only(der, tagSequence)
	if err != nil {
		return nil, err
	}
	c := cursor(outer.content)
	tbs, err1 := c.want(tagSequence)
	algorithm, err2 := c.want(tagSequence)
	signature, err3 := c.want(tagBitString)
	if err := errors.Join(err1, err2, err3); err != nil || len(c) > 0 {
		return nil, errDER
	}
	bits, err := signatureBits(signature)
	if err != nil {
		return nil, err
	}
	l := &crl{tbs: tbs.full, algorithm: algorithm, signature: bits}
	return l, l.readTBS(tbs)
}

func (l *crl) readTBS(tbs element) error {
	c := cursor(tbs.content)
	version, has := c.optional(tagInteger)
	if has && !slices.Equal(version.content, []byte{1}) {
		return errors.New("of a version that is not known")
	}
	algorithm, err1 := c.want(tagSequence)
	issuer, err2 := c.want(tagSequence)
	thisUpdate, err3 := c.next()
	if err := errors.Join(err1, err2, err3); err != nil {
		return errDER
	}
	if !bytes.Equal(algorithm.full, l.algorithm.full) {
		return errors.New("signature algorithm inside and outside differ")
	}
	l.rawIssuer = issuer.full
	if l.thisUpdate = thisUpdate.time(); l.thisUpdate.IsZero() {
		return errDER
	}
	if len(c) > 0 && (c[0] == tagUTCTime || c[0] == tagGeneralizedTime) {
		nextUpdate, err := c.next()
		if l.nextUpdate = nextUpdate.time(); err != nil || l.nextUpdate.IsZero() {
			return errDER
		}
	}
	if list, ok := c.optional(tagSequence); ok {
		l.entries = list.content
	}
	if wrapped, ok := c.optional(tagExplicit0); ok {
		list, err := only(wrapped.content, tagSequence)
		if err != nil {
			return err
		}
		if err := eachExtension(list, l.readExtension); err != nil {
			return err
		}
	}
	if len(c) > 0 {
		return errDER
	}
	return nil
}

func (l *crl) readExtension(x extension) error {
	const maxNumber = 64 // octets; RFC 5280 allows 20
	switch x.oid {
	case "2.5.29.20": // CRL number
		e, err := only(x.value, tagInteger)
		if err != nil || len(e.content) == 0 || len(e.content) > maxNumber {
			return errDER
		}
		l.number = e.integer()
	case "2.5.29.35": // authority key identifier
		e, err := only(x.value, tagSequence)
		if err != nil {
			return err
		}
		c := cursor(e.content)
		if id, ok := c.optional(tagContext0); ok {
			l.aki = id.content
		}
	case "2.5.29.28": // issuing distribution point
		var err error
		l.scope, err = readScope(x.value)
		l.rawScope = x.value
		return err
	case "2.5.29.27": // delta CRL indicator
		l.delta = true
	case "2.5.29.46":
		l.freshest = true
	default:
		if x.critical {
			l.critical = append(l.critical, x.oid)
		}
	}
	return nil
}

// crlEntry is one entry for the certificate looked for.
type crlEntry struct {
	at       time.Time
	reason   Reason
	critical []string
}

// found is what a look through the entries gave.
type found struct {
	entry    *crlEntry
	foreign  bool     // an entry names another issuer
	critical []string // critical extensions that are not known, of any entry
}

// find looks through all entries: an entry may change the meaning of those
// after it, and a malformed one spoils the list. Which issuer an entry is about
// is that of the last certificateIssuer before (RFC 5280, 5.3.3).
func (l *crl) find(serial, issuer []byte) (f found, err error) {
	current, own, theirs := l.rawIssuer, true, dn.Equal(l.rawIssuer, issuer)
	for c := cursor(l.entries); len(c) > 0; {
		e, err := c.want(tagSequence)
		if err != nil {
			return f, err
		}
		x := cursor(e.content)
		number, err1 := x.want(tagInteger)
		date, err2 := x.next()
		if err1 != nil || err2 != nil || date.id != tagUTCTime && date.id != tagGeneralizedTime {
			return f, errDER
		}
		var entry crlEntry
		if extensions, ok := x.optional(tagSequence); ok {
			if err := eachExtension(extensions, func(x extension) error {
				named := current
				err := entry.read(x, &current)
				if !bytes.Equal(named, current) {
					own, theirs = dn.Equal(current, l.rawIssuer), dn.Equal(current, issuer)
				}
				return err
			}); err != nil {
				return f, err
			}
		}
		if len(x) > 0 {
			return f, errDER
		}
		for _, oid := range entry.critical {
			if !slices.Contains(f.critical, oid) && len(f.critical) < maxNames {
				f.critical = append(f.critical, oid)
			}
		}
		f.foreign = f.foreign || !own
		if !sameInteger(number.content, serial) || !theirs {
			continue
		}
		if entry.at = date.time(); entry.at.IsZero() {
			return f, errDER
		}
		if f.entry == nil || f.entry.reason == RemoveFromCRL || f.entry.reason == CertificateHold {
			f.entry = &entry
		}
	}
	return f, nil
}

func (e *crlEntry) read(x extension, current *[]byte) error {
	switch x.oid {
	case "2.5.29.21": // reason code
		value, err := only(x.value, tagEnumerated)
		if err != nil {
			return err
		}
		e.reason, err = reasonOf(value)
		return err
	case "2.5.29.29": // certificate issuer
		names, err := only(x.value, tagSequence)
		if err != nil {
			return err
		}
		all, err := names.children()
		if err != nil {
			return err
		}
		*current = nil
		for _, name := range all {
			if name.id == generalDirectory {
				*current = name.content
			}
		}
	default:
		if x.critical {
			e.critical = append(e.critical, x.oid)
		}
	}
	return nil
}
