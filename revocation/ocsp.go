package revocation

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// askOCSP asks one responder. The request names the certificate by SHA-1, as
// everybody understands it, and once more by SHA-256 where that is refused.
func (v *Verifier) askOCSP(ctx context.Context, t *target, issuer *x509.Certificate, raw string) Check {
	limit := v.MaxOCSP
	if limit <= 0 {
		limit = defaultMaxOCSP
	}
	var check Check
	for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256} {
		check = Check{Source: OCSP, URL: raw, At: v.now()}
		request, err := ocspRequest(t, issuer, hash)
		if err != nil {
			check.Why = err.Error()
			return check
		}
		header := http.Header{"Content-Type": {"application/ocsp-request"}, "Accept": {"application/ocsp-response"}}
		body, _, err := v.fetch(ctx, raw, "", request, header, limit)
		_, refusedPost := errors.AsType[statusError](err)
		if _, unread := parseOCSP(body); refusedPost || err == nil && unread != nil {
			// Some take the request in the address only (RFC 6960, A.1).
			header := http.Header{"Accept": {"application/ocsp-response"}}
			if byGet, _, getErr := v.fetch(ctx, raw, base64.StdEncoding.EncodeToString(request), nil, header, limit); getErr == nil {
				body, err = byGet, nil
			}
		}
		if err != nil {
			check.Why = err.Error()
			return check
		}
		if refused := v.judgeOCSP(t, issuer, body, &check); !refused {
			return check
		}
	}
	return check
}

// ocspRequest is an OCSPRequest (RFC 6960, 4.1.1) for one certificate, without
// nonce. x/crypto/ocsp makes it from a parsed certificate, which there need not
// be, and writes the serial number anew.
func ocspRequest(t *target, issuer *x509.Certificate, hash crypto.Hash) ([]byte, error) {
	name, key, err := issuerHashes(t.rawIssuer, issuer, hash)
	if err != nil {
		return nil, err
	}
	oids := map[crypto.Hash]string{
		crypto.SHA1:   "\x2b\x0e\x03\x02\x1a",
		crypto.SHA256: "\x60\x86\x48\x01\x65\x03\x04\x02\x01",
	}
	algorithm := encodeDER(tagSequence, encodeDER(tagOID, []byte(oids[hash])), encodeDER(tagNull))
	certID := encodeDER(tagSequence, algorithm, encodeDER(tagOctetString, name), encodeDER(tagOctetString, key), encodeDER(tagInteger, t.serial))
	list := encodeDER(tagSequence, encodeDER(tagSequence, certID))
	return encodeDER(tagSequence, encodeDER(tagSequence, list)), nil
}

// issuerHashes are issuerNameHash and issuerKeyHash of a CertID. The name is that
// in the certificate which is asked about (RFC 6960, 4.1.1); some responders
// answer with the one in the issuer's own.
func issuerHashes(issuerName []byte, issuer *x509.Certificate, hash crypto.Hash) (name, key []byte, err error) {
	bits, err := keyBits(issuer)
	if err != nil {
		return nil, nil, err
	}
	return digest(hash, issuerName), digest(hash, bits), nil
}

// keyBits is the value of the subjectPublicKey BIT STRING, which is what OCSP
// hashes.
func keyBits(c *x509.Certificate) ([]byte, error) {
	spki, err := only(c.RawSubjectPublicKeyInfo, tagSequence)
	if err != nil {
		return nil, fmt.Errorf("the issuer's public key cannot be read: %w", err)
	}
	parts := cursor(spki.content)
	_, err1 := parts.want(tagSequence)
	bits, err2 := parts.want(tagBitString)
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("the issuer's public key cannot be read: %w", errDER)
	}
	return bits.bits(), nil
}

func digest(hash crypto.Hash, b []byte) []byte {
	h := hash.New()
	h.Write(b)
	return h.Sum(nil)
}

// ocspStatuses are the words for answers that are none (RFC 6960, 4.2.1).
var ocspStatuses = map[byte]string{
	1: "malformed request",
	2: "internal error",
	3: "try later",
	5: "the request must be signed",
	6: "unauthorized: it does not answer for this CA or to us",
}

// judgeOCSP fills in c from a response. refused means that the responder would
// not answer this form of the question; another may be tried.
func (v *Verifier) judgeOCSP(t *target, issuer *x509.Certificate, body []byte, c *Check) (refused bool) {
	r, err := parseOCSP(body)
	if err != nil {
		c.Why = "the answer is not an OCSP response: " + err.Error()
		return false
	}
	if r.status != 0 {
		c.Why = fmt.Sprintf("the responder answers with status %d", r.status)
		if words, ok := ocspStatuses[r.status]; ok {
			c.Why = fmt.Sprintf("the responder says: %s (%d)", words, r.status)
		}
		return r.status == 1 || r.status == 6
	}
	c.ProducedAt, c.Responder = r.producedAt, r.responderText()
	if c.Why = v.checkOCSPSigner(r, issuer, c); c.Why != "" {
		return false
	}
	single, why := r.about(t, issuer)
	if why != "" {
		c.Why = why
		return false
	}
	v.weighOCSP(t, issuer, r, single, c)
	return false
}

// weighOCSP decides on a response that is authentic and about t.
func (v *Verifier) weighOCSP(t *target, issuer *x509.Certificate, r *ocspResponse, single ocspSingle, c *Check) {
	c.ThisUpdate, c.NextUpdate = single.thisUpdate, single.nextUpdate
	c.RevokedAt, c.Reason = single.revokedAt, single.reason
	var doubts []string
	if critical := slices.Concat(r.critical, single.critical); len(critical) > 0 {
		doubts = append(doubts, "it has critical extensions that are not known: "+strings.Join(critical, ", "))
	}
	if why := v.stale(c.At, single.thisUpdate, single.nextUpdate); why != "" {
		doubts = append(doubts, why)
	}
	if r.producedAt.After(c.At.Add(v.skew())) {
		doubts = append(doubts, "it is from the future: its producedAt is "+stamp(r.producedAt))
	}
	if single.answer == StateUnknown {
		doubts = append(doubts, "the responder does not know this certificate")
	}
	if single.answer == StateGood {
		doubts = append(doubts, t.doubtsOfGood(c.At, issuer, v.skew())...)
	}
	if len(doubts) > 0 {
		c.Why = said(single.answer) + strings.Join(doubts, "; ")
		return
	}
	v.conclude(t, single.answer, c)
}

// said is what an answer that is not believed would have been.
func said(s State) string {
	switch s {
	case StateGood:
		return "it does not list the certificate as revoked, but "
	case StateRevoked:
		return "it says that the certificate is revoked, but "
	}
	return ""
}

// about finds the answer for t, by issuer and serial number: the library takes
// the first with the same number, whoever issued that.
func (r *ocspResponse) about(t *target, issuer *x509.Certificate) (single ocspSingle, why string) {
	why = "it is about other certificates"
	found := 0
	for _, s := range r.singles {
		if !sameInteger(s.serial, t.serial) {
			continue
		}
		if s.hash == 0 {
			why = "it names the issuer by a hash that is not supported"
			continue
		}
		name, key, err := issuerHashes(t.rawIssuer, issuer, s.hash)
		if err != nil || !bytes.Equal(name, s.nameHash) && !bytes.Equal(digest(s.hash, issuer.RawSubject), s.nameHash) || !bytes.Equal(key, s.keyHash) {
			why = "it is about a certificate of another issuer with the same serial number"
			continue
		}
		if found++; found > 1 && s.answer != single.answer {
			return single, "it contradicts itself: two answers for this certificate"
		}
		if found == 1 || s.thisUpdate.After(single.thisUpdate) {
			single = s
		}
	}
	if found == 0 {
		return single, why
	}
	return single, ""
}
