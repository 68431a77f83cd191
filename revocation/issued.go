package revocation

import "bytes"

// IssuedBy reports whether the issuer's name is that of c's issuer, octet by
// octet, and its key verifies c's signature; Unknown if the name fits, the
// signature cannot be handled, and c's authority key identifier does not name
// another key. Weak algorithms and short keys count: this finds an issuer, it
// does not trust one.
func (c *Certificate) IssuedBy(issuer *Certificate) Answer {
	if !bytes.Equal(c.Issuer.Raw, issuer.Subject.Raw) {
		return No
	}
	outer := cursor(c.Raw)
	all, _ := outer.next() // c was read before
	inner := cursor(all.content)
	tbs, _ := inner.next()
	inner.optional(tagSequence)
	signature, _ := inner.optional(tagBitString)
	answer := c.verifiesUnder(issuer.PublicKey, tbs.full, signature.bits())
	if answer == Unknown && len(c.AuthorityKeyID) > 0 && len(issuer.SubjectKeyID) > 0 && !bytes.Equal(c.AuthorityKeyID, issuer.SubjectKeyID) {
		return No
	}
	return answer
}
