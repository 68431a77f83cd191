package revocation

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/dn"
)

// askCRL fetches a CRL and judges it.
func (v *Verifier) askCRL(ctx context.Context, t *target, issuer *x509.Certificate, raw string) Check {
	check := Check{Source: CRL, URL: raw, At: v.now()}
	body, err := v.fetchCRL(ctx, raw)
	if err != nil {
		check.Why = err.Error()
		return check
	}
	v.judgeCRL(t, issuer, body, &check)
	return check
}

// judgeCRL fills in c from a CRL, or from that CRL of a PEM file that fits.
func (v *Verifier) judgeCRL(t *target, issuer *x509.Certificate, body []byte, c *Check) {
	lists, err := decodeCRLs(body)
	if err != nil {
		c.Why = "what is there is no CRL: " + err.Error()
		return
	}
	var l *crl
	var signer *x509.Certificate
	for _, der := range lists {
		if l, err = parseCRL(der); err != nil {
			err = fmt.Errorf("what is there is no CRL: %w", err)
		} else if signer, err = v.crlSigner(l, t, issuer); err == nil {
			break
		}
	}
	if err != nil {
		c.Why = err.Error()
		return
	}
	c.ThisUpdate, c.NextUpdate = l.thisUpdate, l.nextUpdate
	if l.number != nil {
		c.Number = l.number.String()
	}
	weak, err := checkSignature(signer, l.algorithm, l.tbs, l.signature)
	if err != nil {
		c.Why = "its signature does not verify: " + err.Error()
		return
	}
	c.signedBy(signer, weak)
	v.weighCRL(t, l, signer, c)
}

// crlSigner finds the certificate that must have signed l: the issuer's, or
// that of the CRL issuer which the certificate names (RFC 5280, 6.3.3 (b)(1)).
func (v *Verifier) crlSigner(l *crl, t *target, issuer *x509.Certificate) (*x509.Certificate, error) {
	signer := issuer
	if !dn.Equal(l.rawIssuer, issuer.RawSubject) {
		named := slices.ContainsFunc(t.points, func(p point) bool {
			return slices.ContainsFunc(p.issuers, func(n []byte) bool { return dn.Equal(n, l.rawIssuer) })
		})
		if !named || l.scope == nil || !l.scope.indirect {
			return nil, errors.New("it is the CRL of another issuer")
		}
		i := slices.IndexFunc(v.Issuers, func(c *x509.Certificate) bool { return c != nil && dn.Equal(c.RawSubject, l.rawIssuer) })
		if i < 0 {
			return nil, errors.New("it is an indirect CRL, and its issuer is not among Verifier.Issuers")
		}
		signer = v.Issuers[i]
	}
	switch {
	case len(l.aki) > 0 && len(signer.SubjectKeyId) > 0 && !bytes.Equal(l.aki, signer.SubjectKeyId):
		return nil, errors.New("it is signed by another key of the same name (authority key identifier)")
	case signer.KeyUsage != 0 && signer.KeyUsage&x509.KeyUsageCRLSign == 0:
		return nil, errors.New("its issuer's certificate is not for signing CRLs (key usage)")
	}
	return signer, nil
}

// weighCRL decides on a CRL that is authentic. Refusals forbid to use it;
// doubts only forbid to conclude anything from not being listed.
func (v *Verifier) weighCRL(t *target, l *crl, signer *x509.Certificate, c *Check) {
	f, err := l.find(t.serial, t.rawIssuer)
	if err != nil {
		c.Why = "an entry of the CRL cannot be read: " + err.Error()
		return
	}
	var refusals []string
	if why := v.stale(c.At, l.thisUpdate, l.nextUpdate); why != "" {
		refusals = append(refusals, why)
	}
	if !l.thisUpdate.After(c.At.Add(v.skew())) { // one from the future must not shut out those before it
		if err := v.numbers.note(l, signer); err != nil {
			refusals = append(refusals, err.Error())
		}
	}
	answer := StateGood
	doubts := slices.Concat(l.doubts(t, v.vouched(c.URL), f), t.doubtsOfGood(c.At, signer, v.skew()))
	if t.someReasons(c.URL) {
		doubts = append(doubts, "the certificate says that it is about some reasons only")
	}
	if f.entry != nil {
		answer = StateRevoked
		c.RevokedAt, c.Reason = f.entry.at, f.entry.reason
		refusals = append(refusals, l.refusals(f.entry)...)
	}
	switch {
	case len(refusals) == 0 && len(doubts) > 0 && answer == StateRevoked:
		c.Notes = append(c.Notes, doubts...)
	case len(refusals)+len(doubts) > 0:
		c.Why = said(answer) + strings.Join(append(refusals, doubts...), "; ")
		return
	}
	if l.freshest && answer == StateGood {
		c.Notes = append(c.Notes, "it names delta CRLs, which may list more")
	}
	v.conclude(t, answer, c)
}

// vouched is url if the caller gave it, so that it need not stand in the
// certificate.
func (v *Verifier) vouched(url string) string {
	if slices.Contains(v.CRLURLs, url) {
		return url
	}
	return ""
}

// refusals says why an entry for the certificate does not revoke it.
func (l *crl) refusals(e *crlEntry) []string {
	var out []string
	if e.reason == RemoveFromCRL && l.delta {
		out = append(out, "its entry takes a hold back: the complete CRL must say what holds now")
	} else if e.reason == RemoveFromCRL {
		out = append(out, "its entry says removeFromCRL, which only delta CRLs may")
	}
	// RFC 5280, 5.3, forbids to use such a CRL for any certificate; an entry may
	// be about something else than it seems, as with certificateIssuer.
	if len(e.critical) > 0 {
		out = append(out, "its entry has critical extensions that are not known: "+strings.Join(e.critical, ", "))
	}
	if l.scope != nil && l.scope.onlyAttributes {
		out = append(out, "its entries are about attribute certificates, which have serial numbers of their own")
	}
	return out
}

// doubts says why not being listed on l means nothing.
func (l *crl) doubts(t *target, given string, f found) []string {
	out := l.scope.doubts(t, given)
	if l.delta {
		out = append(out, "it is a delta CRL, which lists changes only")
	}
	if len(l.critical) > 0 {
		out = append(out, "it has critical extensions that are not known: "+strings.Join(l.critical, ", "))
	}
	if len(f.critical) > 0 {
		out = append(out, "entries have critical extensions that are not known: "+strings.Join(f.critical, ", "))
	}
	if f.foreign && (l.scope == nil || !l.scope.indirect) {
		out = append(out, "entries name another issuer, though it is no indirect CRL")
	}
	if l.nextUpdate.IsZero() {
		out = append(out, "it does not say how long it is valid (RFC 5280, 5.1.2.5)")
	}
	return out
}

// doubtsOfGood says why "not revoked" may mean nothing, whoever says it.
func (t *target) doubtsOfGood(now time.Time, signer *x509.Certificate, skew time.Duration) []string {
	var out []string
	switch {
	case t.notAfter.IsZero():
		out = append(out, "the certificate's end of validity cannot be read, and expired ones are no longer listed")
	case now.After(t.notAfter):
		out = append(out, "the certificate expired at "+stamp(t.notAfter)+", and expired ones are no longer listed")
	}
	if now.After(signer.NotAfter.Add(skew)) {
		out = append(out, "the certificate of its signer expired at "+stamp(signer.NotAfter))
	}
	return out
}
