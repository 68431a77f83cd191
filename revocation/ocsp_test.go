package revocation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

const week = 7 * 24 * time.Hour

// ocspCases are OCSP responses, as crlCases are CRLs. after is when they are
// looked at, from the time they were made.
var ocspCases = []struct {
	file, cert string
	issuers    string
	after      time.Duration
	library    string
	ours       revocation.State
	why        string
}{
	// Right.
	{file: "good", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "good-sha256", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "good-by-key", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "good-checked", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "good-ca-alone", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "good-sha1", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "good-no-next", cert: "device", after: 23 * time.Hour, library: "good", ours: revocation.StateGood},
	{file: "good", cert: "device", after: week + 4*time.Minute, library: "good", ours: revocation.StateGood}, // clocks differ
	{file: "good", cert: "device", after: -4 * time.Minute, library: "good", ours: revocation.StateGood},
	{file: "revoked", cert: "device", library: "revoked", ours: revocation.StateRevoked},
	{file: "revoked-expired", cert: "expired", library: "revoked", ours: revocation.StateRevoked},
	{file: "unknown", cert: "device", library: "unknown", why: "does not know this certificate"},

	// Rejected although right.
	{file: "good-ca", cert: "device", library: "bad OCSP signature", ours: revocation.StateGood}, // golang/go#81395
	{file: "good-pss", cert: "device", library: "algorithm unimplemented", ours: revocation.StateGood},
	{file: "two", cert: "device", library: "unknown", ours: revocation.StateGood}, // the other issuer's answer comes first
	{file: "good-negative", cert: "negative", library: "x509: negative serial number", ours: revocation.StateGood},
	{file: "revoked-negative", cert: "negative", library: "x509: negative serial number", ours: revocation.StateRevoked},

	// Accepted although wrong.
	{file: "by-device", cert: "device", library: "good", why: "no extended key usage OCSPSigning"},
	{file: "revoked-by-device", cert: "device", library: "revoked", why: "no extended key usage OCSPSigning"},
	{file: "by-any", cert: "device", library: "good", why: "no extended key usage OCSPSigning"},
	{file: "by-ended", cert: "device", library: "good", why: "expired at 2026-02-01"},
	{file: "by-early", cert: "device", library: "good", why: "not valid before 2045-01-01"},
	{file: "good", cert: "device", after: 900*time.Hour + week, library: "good", why: "ran out at"},
	{file: "revoked", cert: "device", after: 900*time.Hour + week, library: "revoked", why: "it says that the certificate is revoked, but it ran out at"},
	{file: "good", cert: "device", after: -time.Hour, library: "good", why: "from the future"},
	{file: "good-no-next", cert: "device", after: 25 * time.Hour, library: "good", why: "too old"},
	{file: "other-issuer", cert: "device", library: "good", why: "another issuer with the same serial number"},
	{file: "good-expired", cert: "expired", library: "good", why: "expired at 2026-06-01"},
	{file: "good-ca-alone", cert: "device", issuers: "endedca", library: "good", why: "signer expired at 2026-11-01"},

	// Wrong, and the library says so too.
	{file: "by-foreign", cert: "device", issuers: "ca other", library: "bad OCSP signature", why: "of another issuer"},
	{file: "by-rekeyed", cert: "device", issuers: "ca rekeyed", library: "bad OCSP signature", why: "may not answer"},
	{file: "by-stranger", cert: "device", library: "bad OCSP signature", why: "no certificate of a responder came with it"},
	{file: "badsig", cert: "device", library: "bad signature", why: "its signature is not that of the certificate that came with it"},
	{file: "other-serial", cert: "device", library: "no response matching", why: "about other certificates"},
	{file: "good", cert: "device", issuers: "rekeyed", library: "bad OCSP signature", why: "none of them issued this certificate"},
	{file: "status1", cert: "device", library: "malformed", why: "malformed request (1)"},
	{file: "status2", cert: "device", library: "internal error", why: "internal error (2)"},
	{file: "status3", cert: "device", library: "try later", why: "try later (3)"},
	{file: "status5", cert: "device", library: "signature required", why: "must be signed (5)"},
	{file: "status6", cert: "device", library: "unauthorized", why: "unauthorized"},
}

// Every response that the library accepts although it proves nothing, or
// refuses although it proves something. The log is the comparison. // V-1 to V-4
func TestOCSPResponses(t *testing.T) {
	t.Parallel()
	made := ocspMade(t)
	table := []string{"| response | certificate | x/crypto/ocsp alone | Verifier |", "|---|---|---|---|"}
	for _, tc := range ocspCases {
		issuers := certificates(t, orElse(tc.issuers, "ca"))
		v := &revocation.Verifier{Issuers: issuers, Now: clock(made.Add(tc.after))}
		response := fixture(t, tc.file+".ocsp")
		c := v.CheckOCSP(evidenceOf(t, tc.cert), response)
		library := librarySaysOCSP(response, fixture(t, tc.cert+".der"), issuers[0])
		table = append(table, row(tc.file+".ocsp", tc.cert, library, c))
		if !strings.Contains(library, tc.library) {
			t.Errorf("%s, %s: the library says %q, not %q", tc.file, tc.cert, library, tc.library)
		}
		if c.Answer != tc.ours || !strings.Contains(c.Why, tc.why) || (c.Answer == revocation.StateUnknown) != (c.Why != "") {
			t.Errorf("%s, %s: %v %q, want %v %q", tc.file, tc.cert, c.Answer, c.Why, tc.ours, tc.why)
		}
		if c.Answer == revocation.StateRevoked && !c.RevokedAt.Equal(time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)) {
			t.Errorf("%s, %s: %+v", tc.file, tc.cert, c)
		}
	}
	t.Log("\n" + strings.Join(table, "\n"))
}

// What a response says of itself comes out of it.
func TestOCSPFields(t *testing.T) {
	t.Parallel()
	made := ocspMade(t)
	for _, tc := range []struct {
		file, responder, signer string
		reason                  revocation.Reason
		notes                   string
	}{
		{"good", "CN=OCSP,O=Office", "CN=OCSP,O=Office", 0, ""},
		{"good-by-key", "key ", "CN=OCSP,O=Office", 0, ""},
		{"good-ca", "CN=Office CA 1,O=Office", "CN=Office CA 1,O=Office", 0, ""},
		{"good-checked", "CN=OCSP,O=Office", "CN=OCSP,O=Office", 0, "id-pkix-ocsp-nocheck"},
		{"good-sha1", "CN=OCSP,O=Office", "CN=OCSP,O=Office", 0, "SHA-1"},
		{"revoked", "CN=OCSP,O=Office", "CN=OCSP,O=Office", revocation.Superseded, ""},
	} {
		v := &revocation.Verifier{Issuers: certificates(t, "ca"), Now: clock(made.Add(time.Minute))}
		c := v.CheckOCSP(evidenceOf(t, "device"), fixture(t, tc.file+".ocsp"))
		near := func(at time.Time, after time.Duration) bool { return at.Sub(made.Add(after)).Abs() < time.Minute }
		if !strings.HasPrefix(c.Responder, tc.responder) || c.Signer != tc.signer || c.Reason != tc.reason || len(c.SignerSHA256) != 64 ||
			!near(c.ThisUpdate, 0) || !near(c.NextUpdate, week) || !near(c.ProducedAt, 0) ||
			(tc.notes == "") != (len(c.Notes) == 0) || !strings.Contains(strings.Join(c.Notes, " "), tc.notes) {
			t.Errorf("%s: %+v", tc.file, c)
		}
	}
}
