package revocation

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Verifier asks OCSP responders and CRLs whether certificates are revoked, and
// believes only what is proved. Issuers is what it needs; everything else has a
// default. It is safe for concurrent use once its fields are set, and must not
// be copied.
//
// # What is believed
//
// An answer counts if it is signed by the certificate's own issuer, found in
// Issuers by name, key identifier and the certificate's signature; for OCSP also
// by a responder whose certificate that issuer signed for OCSP (extended key
// usage OCSPSigning), valid now, and sent with the answer. Whether that
// certificate is itself revoked is not asked (id-pkix-ocsp-nocheck says that one
// need not; a note says where it is missing). The answer must be about this very
// certificate, current, and not from the future. Everything else, every
// failure to fetch or read included, is [StateUnknown], and Check.Why says why.
//
// A CRL may list a certificate and still say nothing of those that it does not
// list: delta and indirect CRLs, parts, unknown critical extensions (RFC 5280,
// 5.2.5; X.509, 7.3), expired certificates. There listed is revoked, and not
// listed is unknown.
//
// # What is sent
//
// OCSP requests (POST, no nonce) and GETs of CRLs, to the URLs that the
// certificate names and to OCSPURLs and CRLURLs, and nothing else; nothing at all
// before it is proved that one of Issuers signed the certificate, so that whoever
// forges one chooses no addresses. Hosts on private networks are the rule in an
// office; PublicOnly refuses them. Redirects are followed only on the same host;
// there are no cookies, no credentials, and no proxy unless HTTP has one.
//
// One certificate costs at most MaxRequests requests, redirects included, and
// MaxTime in a round.
type Verifier struct {
	// Issuers are certificates of the CAs, from an inventory that is trusted.
	// Neither what a device sends nor what a certificate names will do instead;
	// both are named in Why as hints.
	Issuers []*x509.Certificate
	// OCSPURLs and CRLURLs are asked besides those that certificates name: some
	// CAs name none (step-ca by default). What they answer for other issuers is
	// unknown.
	OCSPURLs, CRLURLs []string
	// HTTP is used for its transport and timeout. Nil: one without proxy that
	// trusts, for https, the system's roots and Issuers.
	HTTP *http.Client
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
	// Skew is how far clocks may differ. 0: 5 minutes; negative: not at all.
	Skew time.Duration
	// MaxAge is how old an answer may be that does not say how long it is valid.
	// 0: 24 hours.
	MaxAge time.Duration
	// Oldest is how old any answer may be, however long it says it is valid: what a
	// CA signed years ago says nothing of today. 0: 90 days.
	Oldest time.Duration
	// MaxOCSP and MaxCRL bound what is read, in bytes. 0: 64 KiB and 64 MiB.
	MaxOCSP, MaxCRL int64
	// RequestTimeout bounds each request with its answer. 0: 10 seconds.
	RequestTimeout time.Duration
	// MaxRequests and MaxTime bound what one certificate costs in one round, Check's
	// or each of Await's. What is left to ask then is [StateUnknown]. 0: 20 requests
	// and one minute.
	MaxRequests int
	MaxTime     time.Duration
	// PublicOnly refuses what certificates name at loopback, link-local, private
	// and other addresses that are not public, when it is connected to (CRLURLs and
	// OCSPURLs are asked in any case). A transport in HTTP that is no
	// [http.Transport], and a proxy, see to that themselves.
	PublicOnly bool
	// Numbers remembers CRL numbers, so that an older CRL cannot take the place
	// of a newer one that lists more, and what was seen to be revoked. Nil: for as
	// long as the Verifier lives. A [Follower] keeps it in its store, so that every
	// run knows; else keep it as JSON.
	Numbers *CRLNumbers
	// Timeout is how long Await takes in all. 0: until the answers that it finds
	// first have run out (their latest nextUpdate, Skew and an Interval), but no
	// longer than eight days; an hour where they do not say.
	Timeout time.Duration
	// Interval is the pause between two rounds of Await. 0: a second, and twice as
	// long each time, up to a minute.
	Interval time.Duration

	once    sync.Once
	client  *http.Client
	outside *http.Client // for what certificates name
	numbers *CRLNumbers
	cache   crlCache
}

// maxURLs bounds how many sources of one kind are asked for one certificate.
const maxURLs = 8

// Check asks every source once. Its error is ctx's; the Status is what was
// found until then. Whatever else fails is part of the Status.
func (v *Verifier) Check(ctx context.Context, e Evidence) (Status, error) {
	s, _, err := v.check(ctx, e)
	return s, err
}

// check is Check; askable is false where asking again can change nothing.
func (v *Verifier) check(ctx context.Context, e Evidence) (s Status, askable bool, err error) {
	v.init()
	if err := ctx.Err(); err != nil {
		return Status{}, false, err
	}
	now := v.now()
	s = Status{At: now}
	if r := e.Certificate; r != nil {
		s.SHA256, s.Issuer, s.SerialHex = r.SHA256, r.Issuer, r.SerialHex
	}
	t, err := newTarget(e)
	if err != nil {
		s.Why = err.Error()
		return s, false, nil
	}
	if t.cert != nil {
		s.SHA256, s.Issuer, s.SerialHex = t.cert.SHA256, t.cert.Issuer.Text, t.cert.SerialHex()
	}
	if t.selfSigned() {
		s.Answer = StateNothing
		return s, false, nil
	}
	issuer, err := v.issuerOf(t)
	if err != nil {
		s.Why = err.Error()
		return s, false, nil
	}
	round, stop := context.WithTimeout(ctx, v.maxTime())
	defer stop()
	round = context.WithValue(round, budgetKey{}, &budget{left: v.maxRequests()})
	for _, u := range urls(t.ocsp, v.OCSPURLs) {
		s.Checks = append(s.Checks, v.askOCSP(round, t, issuer, u))
		askable = askable || fetchable(u)
	}
	for _, u := range urls(t.crls, v.CRLURLs) {
		s.Checks = append(s.Checks, v.askCRL(round, t, issuer, u))
		askable = askable || fetchable(u)
	}
	if len(s.Checks) == 0 {
		s.Why = "the certificate names neither an OCSP responder nor a CRL: give Verifier.CRLURLs or OCSPURLs"
	}
	s.decide()
	if c, ok := s.Decisive(); ok && c.Answer == StateRevoked {
		v.numbers.noteRevoked(t, c)
	}
	return s, askable, ctx.Err()
}

// urls are the certificate's own and the caller's, each once. The caller's come
// first: a certificate that names many must not crowd them out.
func urls(own, given []string) []string {
	var out []string
	for _, u := range slices.Concat(given, own) {
		if len(out) < maxURLs && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

// CheckCRL judges a CRL, PEM or DER, that the caller brought: for CAs that
// publish by LDAP or on paper only. It remembers its number as Check does.
func (v *Verifier) CheckCRL(e Evidence, crl []byte) Check {
	return v.judge(e, CRL, func(t *target, issuer *x509.Certificate, c *Check) { v.judgeCRL(t, issuer, crl, c) })
}

// CheckOCSP judges an OCSP response, DER, that the caller brought.
func (v *Verifier) CheckOCSP(e Evidence, response []byte) Check {
	return v.judge(e, OCSP, func(t *target, issuer *x509.Certificate, c *Check) { v.judgeOCSP(t, issuer, response, c) })
}

func (v *Verifier) judge(e Evidence, p Protocol, f func(*target, *x509.Certificate, *Check)) Check {
	v.init()
	c := Check{Source: p, At: v.now()}
	t, err := newTarget(e)
	if err == nil && t.selfSigned() {
		c.Answer = StateNothing
		return c
	}
	var issuer *x509.Certificate
	if err == nil {
		issuer, err = v.issuerOf(t)
	}
	if err != nil {
		c.Why = err.Error()
		return c
	}
	f(t, issuer, &c)
	if c.Answer == StateRevoked {
		v.numbers.noteRevoked(t, c)
	}
	return c
}

// Await asks until a source says revoked, and gives the last Status. It ends
// without error when its time is over (Timeout): that the revocation is not
// published yet is a result. It ends at once where asking again can change
// nothing, as with self-signed certificates. An error is ctx's.
func (v *Verifier) Await(ctx context.Context, e Evidence) (Status, error) {
	began := time.Now()
	wait, stop := context.WithCancel(ctx)
	defer stop()
	if v.Timeout > 0 { // the first round counts, too
		defer time.AfterFunc(v.Timeout, stop).Stop()
	}
	s, askable, err := v.check(wait, e)
	if err != nil || !askable || s.Answer == StateRevoked {
		return s, ctx.Err()
	}
	left := v.timeout(s) - time.Since(began)
	defer time.AfterFunc(left, stop).Stop()
	for pause := v.firstPause(); ; pause = v.nextPause(pause) {
		timer := time.NewTimer(pause)
		select {
		case <-wait.Done():
			timer.Stop()
			return s, ctx.Err()
		case <-timer.C:
		}
		next, _, err := v.check(wait, e)
		if err != nil { // cut off in the middle: the round before was whole
			return s, ctx.Err()
		}
		if s = next; s.Answer == StateRevoked {
			return s, nil
		}
	}
}

// timeout is how long to wait, seen after the first round.
func (v *Verifier) timeout(s Status) time.Duration {
	const unsaid, longest = time.Hour, 8 * 24 * time.Hour
	if v.Timeout > 0 {
		return v.Timeout
	}
	var latest time.Time
	for _, c := range s.Checks {
		if c.Answer.known() && c.NextUpdate.After(latest) {
			latest = c.NextUpdate
		}
	}
	if latest.IsZero() {
		return unsaid
	}
	return min(max(latest.Sub(s.At), 0)+v.skew()+2*max(v.Interval, maxPause), longest)
}

const (
	maxPause    = time.Minute
	defaultSkew = 5 * time.Minute
)

func (v *Verifier) firstPause() time.Duration {
	if v.Interval > 0 {
		return v.Interval
	}
	return time.Second
}

func (v *Verifier) nextPause(last time.Duration) time.Duration {
	if v.Interval > 0 {
		return v.Interval
	}
	return min(2*last, maxPause)
}

func (v *Verifier) now() time.Time {
	now := time.Now
	if v.Now != nil {
		now = v.Now
	}
	return now().UTC().Truncate(time.Second)
}

func (v *Verifier) skew() time.Duration {
	if v.Skew == 0 {
		return defaultSkew
	}
	return max(v.Skew, 0)
}

func (v *Verifier) maxAge() time.Duration {
	if v.MaxAge <= 0 {
		return 24 * time.Hour
	}
	return v.MaxAge
}

func (v *Verifier) maxRequests() int {
	if v.MaxRequests <= 0 {
		return 20
	}
	return v.MaxRequests
}

func (v *Verifier) maxTime() time.Duration {
	if v.MaxTime <= 0 {
		return time.Minute
	}
	return v.MaxTime
}

func (v *Verifier) oldest() time.Duration {
	if v.Oldest <= 0 {
		return 90 * 24 * time.Hour
	}
	return v.Oldest
}

// conclude sets the answer of an authentic, current statement about t. What is
// revoked stays so: a statement that says otherwise is older than the revocation
// or wrong, however long it says it is valid. A hold can be taken back, and what
// is revoked from some day on is not yet.
func (v *Verifier) conclude(t *target, answer State, c *Check) {
	switch {
	case answer == StateRevoked && c.Reason == CertificateHold:
		c.Why = "it says that the certificate is on hold (certificateHold), which can be taken back and is no revocation"
	case answer == StateRevoked && c.RevokedAt.After(c.At.Add(v.skew())):
		c.Why = "it says that the certificate will be revoked at " + stamp(c.RevokedAt) + ", which is not yet"
	case answer == StateGood:
		if m, ok := v.numbers.revoked(t); ok {
			c.Why = said(answer) + fmt.Sprintf("it was seen before to be revoked at %s, %v (by a statement of %s), and that is never taken back", stamp(m.RevokedAt), m.Reason, stamp(m.ThisUpdate))
			return
		}
		fallthrough
	default:
		c.Answer = answer
	}
}

// stale says why an answer with these times cannot be used now; "" if it can.
func (v *Verifier) stale(now, thisUpdate, nextUpdate time.Time) string {
	switch {
	case thisUpdate.After(now.Add(v.skew())):
		return "it is from the future: its thisUpdate is " + stamp(thisUpdate)
	case now.Sub(thisUpdate) > v.oldest()+v.skew():
		return "it is of " + stamp(thisUpdate) + ", older than any answer may be (Verifier.Oldest), whatever it says"
	case nextUpdate.IsZero() && now.Sub(thisUpdate) > v.maxAge()+v.skew():
		return "it is of " + stamp(thisUpdate) + ", too old, and does not say how long it is valid"
	case !nextUpdate.IsZero() && now.After(nextUpdate.Add(v.skew())):
		return "it ran out at " + stamp(nextUpdate) + "; the CA must publish a new one"
	case !nextUpdate.IsZero() && nextUpdate.Before(thisUpdate):
		return "its nextUpdate is before its thisUpdate"
	}
	return ""
}
