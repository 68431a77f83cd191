package revocation

import (
	"crypto"
	"encoding/hex"
	"errors"
	"time"
)

// ocspResponse is a BasicOCSPResponse (RFC 6960, 4.2.1), read to its end.
//
// golang.org/x/crypto/ocsp is not used for it: v0.58.0 does not give the CertID's
// hashes, picks an answer by serial number alone, looks at the first embedded
// certificate only, drops the response's extensions, and refuses serial numbers
// that are not in their shortest form. Tests compare the two.
type ocspResponse struct {
	status     byte // OCSPResponseStatus; the rest is empty unless 0
	name       []byte
	keyHash    []byte // responder by key: SHA-1
	producedAt time.Time
	singles    []ocspSingle
	critical   []string // OIDs of critical extensions
	tbs        []byte
	algorithm  element
	signature  []byte
	certs      [][]byte
}

// ocspSingle is a SingleResponse.
type ocspSingle struct {
	hash                   crypto.Hash // 0: not supported
	nameHash, keyHash      []byte
	serial                 []byte
	answer                 State
	revokedAt              time.Time
	reason                 Reason
	thisUpdate, nextUpdate time.Time
	critical               []string
}

const (
	tagNull       = 0x05
	tagEnumerated = 0x0a
	tagExplicit1  = 0xa1
	tagExplicit2  = 0xa2
	tagContext2   = 0x82

	maxSingles  = 1000
	maxEmbedded = 16
)

func (r *ocspResponse) responderText() string {
	if r.name == nil {
		return "key " + hex.EncodeToString(r.keyHash)
	}
	return textOf(r.name)
}

func parseOCSP(der []byte) (*ocspResponse, error) {
	outer, err := only(der, tagSequence)
	if err != nil {
		return nil, err
	}
	c := cursor(outer.content)
	status, err := c.want(tagEnumerated)
	if err != nil || len(status.content) != 1 {
		return nil, errDER
	}
	r := &ocspResponse{status: status.content[0]}
	if r.status != 0 {
		return r, nil
	}
	wrapped, err := only(c, tagExplicit0)
	if err != nil {
		return nil, err
	}
	bytes, err := only(wrapped.content, tagSequence)
	if err != nil {
		return nil, err
	}
	c = cursor(bytes.content)
	typ, err1 := c.want(tagOID)
	octets, err2 := c.want(tagOctetString)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if typ.oid() != "1.3.6.1.5.5.7.48.1.1" {
		return nil, errors.New("not of the basic type")
	}
	return r, r.readBasic(octets.content)
}

func (r *ocspResponse) readBasic(der []byte) error {
	basic, err := only(der, tagSequence)
	if err != nil {
		return err
	}
	c := cursor(basic.content)
	tbs, err1 := c.want(tagSequence)
	algorithm, err2 := c.want(tagSequence)
	signature, err3 := c.want(tagBitString)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	if r.signature, err = signatureBits(signature); err != nil {
		return err
	}
	r.tbs, r.algorithm = tbs.full, algorithm
	if wrapped, ok := c.optional(tagExplicit0); ok {
		list, err := only(wrapped.content, tagSequence)
		if err != nil {
			return err
		}
		certs, err := list.children()
		if err != nil || len(certs) > maxEmbedded {
			return errDER
		}
		for _, e := range certs {
			r.certs = append(r.certs, e.full)
		}
	}
	if len(c) > 0 {
		return errDER
	}
	return r.readData(tbs)
}

// readData reads ResponseData.
func (r *ocspResponse) readData(tbs element) error {
	c := cursor(tbs.content)
	if wrapped, ok := c.optional(tagExplicit0); ok { // version 1 is left out in DER; some write it out
		version, err := only(wrapped.content, tagInteger)
		if err != nil || !sameInteger(version.content, []byte{0}) {
			return errors.New("of another version than 1")
		}
	}
	responder, err1 := c.next()
	produced, err2 := c.want(tagGeneralizedTime)
	list, err3 := c.want(tagSequence)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	switch responder.id {
	case tagExplicit1:
		r.name = responder.content
	case tagExplicit2:
		hash, err := only(responder.content, tagOctetString)
		if err != nil {
			return err
		}
		r.keyHash = hash.content
	default:
		return errDER
	}
	if r.producedAt = produced.time(); r.producedAt.IsZero() {
		return errDER
	}
	singles, err := list.children()
	if err != nil || len(singles) > maxSingles {
		return errDER
	}
	for _, e := range singles {
		s, err := parseSingle(e)
		if err != nil {
			return err
		}
		r.singles = append(r.singles, s)
	}
	return readCritical(&c, tagExplicit1, &r.critical)
}

// readCritical reads the optional extensions that must end c, and notes the
// critical ones: none is known here, so each forbids using what it is part of.
func readCritical(c *cursor, id byte, critical *[]string) error {
	wrapped, ok := c.optional(id)
	if !ok || len(*c) > 0 {
		if len(*c) > 0 {
			return errDER
		}
		return nil
	}
	list, err := only(wrapped.content, tagSequence)
	if err != nil {
		return err
	}
	return eachExtension(list, func(x extension) error {
		if x.critical {
			*critical = append(*critical, x.oid)
		}
		return nil
	})
}

func parseSingle(e element) (s ocspSingle, err error) {
	c := cursor(e.content)
	id, err1 := c.want(tagSequence)
	status, err2 := c.next()
	thisUpdate, err3 := c.want(tagGeneralizedTime)
	if err := errors.Join(err1, err2, err3, s.readCertID(id), s.readStatus(status)); err != nil || e.id != tagSequence {
		return s, errDER
	}
	if s.thisUpdate = thisUpdate.time(); s.thisUpdate.IsZero() {
		return s, errDER
	}
	if wrapped, ok := c.optional(tagExplicit0); ok {
		next, err := only(wrapped.content, tagGeneralizedTime)
		if s.nextUpdate = next.time(); err != nil || s.nextUpdate.IsZero() {
			return s, errDER
		}
	}
	return s, readCritical(&c, tagExplicit1, &s.critical)
}

func (s *ocspSingle) readCertID(id element) error {
	c := cursor(id.content)
	algorithm, err1 := c.want(tagSequence)
	name, err2 := c.want(tagOctetString)
	key, err3 := c.want(tagOctetString)
	serial, err4 := c.want(tagInteger)
	s.hash = hashesByOID[firstOID(algorithm)]
	s.nameHash, s.keyHash, s.serial = name.content, key.content, serial.content
	return errors.Join(err1, err2, err3, err4)
}

// readStatus reads CertStatus: good [0], revoked [1], unknown [2].
func (s *ocspSingle) readStatus(e element) error {
	switch e.id {
	case tagContext0:
		s.answer = StateGood
	case tagExplicit1:
		s.answer = StateRevoked
		c := cursor(e.content)
		at, err := c.want(tagGeneralizedTime)
		if s.revokedAt = at.time(); err != nil || s.revokedAt.IsZero() {
			return errDER
		}
		if wrapped, ok := c.optional(tagExplicit0); ok {
			reason, err := only(wrapped.content, tagEnumerated)
			if err != nil {
				return err
			}
			s.reason, err = reasonOf(reason)
			return err
		}
	case tagContext2:
		s.answer = StateUnknown
	default:
		return errDER
	}
	return nil
}

// reasonOf reads a CRLReason, whatever its number.
func reasonOf(e element) (Reason, error) {
	if e.id != tagEnumerated || len(e.content) != 1 {
		return 0, errDER
	}
	return Reason(e.content[0]), nil
}
