package revocation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

// crlCases are CRLs, right and wrong, each with what crypto/x509 alone says
// ("good" is: reads it, accepts the signature, and does not find the number)
// and what must be said. ours is the state and, where it is unknown, words of
// the reason; a revoked entry that is not believed is marked so in the words.
var crlCases = []struct {
	file, cert string
	issuers    string // "": ca
	at         time.Time
	maxAge     time.Duration
	library    string
	ours       revocation.State
	why        string
}{
	// Right.
	{file: "clear", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "clear-space", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "listed", cert: "device", library: "revoked", ours: revocation.StateRevoked},
	{file: "part", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "only-users", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "freshest", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "clear-sha1", cert: "device", library: "good", ours: revocation.StateGood},
	{file: "hold", cert: "device", library: "revoked", why: "on hold"},
	{file: "listed", cert: "ldap", library: "revoked", ours: revocation.StateRevoked},
	{file: "listed", cert: "bare", library: "revoked", ours: revocation.StateRevoked},
	{file: "listed", cert: "md5", library: "revoked", ours: revocation.StateRevoked},
	{file: "listed", cert: "neighbour", library: "revoked", ours: revocation.StateRevoked},
	{file: "listed", cert: "device", issuers: "rekeyed ca root other", library: "verification error", ours: revocation.StateRevoked},

	// Rejected although right.
	{file: "listed-pem", cert: "device", library: "x509: malformed crl", ours: revocation.StateRevoked},
	{file: "version1", cert: "device", library: "x509: unsupported crl version", ours: revocation.StateGood},
	{file: "version1", cert: "neighbour", library: "x509: unsupported crl version", ours: revocation.StateRevoked},
	{file: "clear-pss", cert: "device", library: "x509: cannot verify signature: algorithm unimplemented", ours: revocation.StateGood},
	{file: "odd-serial", cert: "device", library: "x509: malformed serial number", ours: revocation.StateRevoked},
	{file: "long-serial", cert: "device", library: "x509: malformed serial number", ours: revocation.StateRevoked},
	{file: "negative-listed", cert: "negative", library: "x509: negative serial number", ours: revocation.StateRevoked},
	{file: "indirect-listed", cert: "indirect", issuers: "ca crlissuer", library: "verification error", ours: revocation.StateRevoked},
	{file: "indirect-inherited", cert: "indirect", issuers: "ca crlissuer", library: "verification error", ours: revocation.StateRevoked},

	{file: "negative-unsigned", cert: "negative", library: "x509: negative serial number", ours: revocation.StateGood}, // no peer finds it

	// Accepted although wrong: not listed means nothing.
	{file: "stale", cert: "device", library: "good", why: "ran out at 2026-10-01"},
	{file: "future", cert: "device", library: "good", why: "from the future"},
	{file: "delta", cert: "device", library: "good", why: "delta CRL"},
	{file: "is-indirect", cert: "device", library: "good", why: "indirect CRL"},
	{file: "only-ca", cert: "device", library: "good", why: "CA certificates only"},
	{file: "only-users", cert: "subca", library: "good", why: "not about CA certificates"},
	{file: "only-attributes", cert: "device", library: "good", why: "attribute certificates only"},
	{file: "some-reasons", cert: "device", library: "good", why: "some reasons only"},
	{file: "clear", cert: "reasons", library: "good", why: "the certificate says that it is about some reasons only"},
	{file: "part-other", cert: "device", library: "good", why: "another distribution point"},
	{file: "part", cert: "bare", library: "good", why: "another distribution point"},
	{file: "critical", cert: "device", library: "good", why: "critical extensions that are not known: 1.3.6.1.4.1.99999.1"},
	{file: "entry-critical-elsewhere", cert: "device", library: "good", why: "entries have critical extensions that are not known: 1.3.6.1.4.1.99999.2"},
	{file: "foreign-entry-not-indirect", cert: "neighbour", library: "good", why: "entries name another issuer"},
	{file: "no-next-update", cert: "device", library: "good", why: "does not say how long it is valid"},
	{file: "clear", cert: "expired", library: "good", why: "expired at 2026-06-01"},
	{file: "clear", cert: "device", issuers: "endedca", library: "good", why: "signer expired at 2026-11-01"},

	// There, listed still means revoked.
	{file: "delta-listed", cert: "device", library: "revoked", ours: revocation.StateRevoked},
	{file: "is-indirect-listed", cert: "device", library: "revoked", ours: revocation.StateRevoked},
	{file: "critical-listed", cert: "device", library: "revoked", ours: revocation.StateRevoked},
	{file: "entry-critical-and-listed", cert: "device", library: "revoked", ours: revocation.StateRevoked},
	{file: "listed", cert: "expired", library: "revoked", ours: revocation.StateRevoked},
	{file: "no-next-update-listed", cert: "device", maxAge: 60 * 24 * time.Hour, library: "revoked", ours: revocation.StateRevoked},

	// And here it does not.
	{file: "stale-listed", cert: "device", library: "revoked", why: "it says that the certificate is revoked, but it ran out at 2026-10-01"},
	{file: "no-next-update-listed", cert: "device", library: "revoked", why: "too old"},
	{file: "no-next-update-listed", cert: "device", at: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), library: "revoked", why: "will be revoked at 2026-11-05T12:00:00Z"},
	{file: "removed", cert: "device", library: "revoked", why: "removeFromCRL, which only delta CRLs may"},
	{file: "delta-removed", cert: "device", library: "revoked", why: "takes a hold back"},
	{file: "entry-critical", cert: "device", library: "revoked", why: "its entry has critical extensions that are not known: 1.3.6.1.4.1.99999.2"},
	{file: "only-attributes-listed", cert: "device", library: "revoked", why: "serial numbers of their own"},
	{file: "foreign-entry", cert: "device", library: "revoked", why: "indirect CRL"},
	{file: "foreign-entry-not-indirect", cert: "device", library: "revoked", why: "entries name another issuer"},

	// Not the issuer's.
	{file: "other-listed", cert: "device", issuers: "ca other", library: "verification error", why: "another issuer"},
	{file: "other-listed", cert: "othersame", issuers: "other", library: "revoked", ours: revocation.StateRevoked},
	{file: "rekeyed-listed", cert: "device", issuers: "ca rekeyed", library: "verification error", why: "another key of the same name"},
	{file: "rekeyed-clear", cert: "bare", issuers: "rekeyed ca", library: "good", why: "another key of the same name"},
	{file: "listed", cert: "device", issuers: "nosign", library: "x509: invalid signature: parent certificate cannot sign", why: "not for signing CRLs"},
	{file: "listed", cert: "device", issuers: "rekeyed", library: "verification error", why: "none of them issued this certificate"},
	{file: "rekeyed-listed", cert: "bare", issuers: "rekeyed", library: "revoked", why: "none of them issued this certificate"},
	{file: "listed", cert: "device", issuers: "root other", library: "verification error", why: "not among Verifier.Issuers"},
	{file: "indirect-unnamed", cert: "indirect", issuers: "ca crlissuer", library: "verification error", why: "indirect CRL"},
	{file: "indirect-not-marked", cert: "indirect", issuers: "ca crlissuer", library: "verification error", why: "another issuer"},
	{file: "indirect-listed", cert: "indirect", issuers: "ca", library: "verification error", why: "its issuer is not among Verifier.Issuers"},
	{file: "indirect-listed", cert: "device", issuers: "ca crlissuer", library: "verification error", why: "another issuer"},

	// Broken.
	{file: "badsig", cert: "device", library: "verification error", why: "its signature does not verify"},
	{file: "clear-md5", cert: "device", library: "x509: cannot verify signature: insecure algorithm MD5-RSA", why: "1.2.840.113549.1.1.4 is not accepted"},
	{file: "cut", cert: "device", library: "x509: malformed crl", why: "no CRL"},
}

// Every CRL that the library accepts although it says nothing, or refuses
// although it says something. The log is the comparison. // V-1 to V-4
func TestCRLs(t *testing.T) {
	t.Parallel()
	table := []string{"| CRL | certificate | crypto/x509 alone | Verifier |", "|---|---|---|---|"}
	for _, tc := range crlCases {
		issuers := certificates(t, orElse(tc.issuers, "ca"))
		at := tc.at
		if at.IsZero() {
			at = crlDay
		}
		v := &revocation.Verifier{Issuers: issuers, Now: clock(at), MaxAge: tc.maxAge}
		crl := fixture(t, tc.file+".crl")
		c := v.CheckCRL(evidenceOf(t, tc.cert), crl)
		library := librarySaysCRL(crl, fixture(t, tc.cert+".der"), issuers[0])
		table = append(table, row(tc.file+".crl", tc.cert, library, c))
		if !strings.Contains(library, tc.library) {
			t.Errorf("%s, %s: the library says %q, not %q", tc.file, tc.cert, library, tc.library)
		}
		if c.Answer != tc.ours || !strings.Contains(c.Why, tc.why) || (c.Answer == revocation.StateUnknown) != (c.Why != "") {
			t.Errorf("%s, %s: %v %q, want %v %q", tc.file, tc.cert, c.Answer, c.Why, tc.ours, tc.why)
		}
		if c.Answer == revocation.StateRevoked && (!c.RevokedAt.Equal(time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)) || c.Source != revocation.CRL || c.Signer == "") {
			t.Errorf("%s, %s: %+v", tc.file, tc.cert, c)
		}
	}
	t.Log("\n" + strings.Join(table, "\n"))
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// What a CRL says of itself comes out of it, and is kept where it is not
// believed.
func TestCRLFields(t *testing.T) {
	t.Parallel()
	day := func(month, day int) time.Time { return time.Date(2026, time.Month(month), day, 0, 0, 0, 0, time.UTC) }
	for _, tc := range []struct {
		file   string
		number string
		this   time.Time
		next   time.Time
		reason revocation.Reason
		notes  string
	}{
		{"stale-listed", "9", day(9, 1), day(10, 1), revocation.KeyCompromise, ""},
		{"listed", "11", day(11, 1), day(12, 1), revocation.KeyCompromise, ""},
		{"critical-listed", "11", day(11, 1), day(12, 1), revocation.KeyCompromise, "1.3.6.1.4.1.99999.1"},
		{"hold", "12", day(11, 1), day(12, 1), revocation.CertificateHold, ""},
		{"clear-sha1", "10", day(11, 1), day(12, 1), 0, "SHA-1"},
		{"freshest", "10", day(11, 1), day(12, 1), 0, "delta"},
		{"version1", "", day(11, 1), day(12, 1), 0, ""},
	} {
		v := &revocation.Verifier{Issuers: certificates(t, "ca"), Now: clock(crlDay)}
		c := v.CheckCRL(evidenceOf(t, "device"), fixture(t, tc.file+".crl"))
		if c.Number != tc.number || !c.ThisUpdate.Equal(tc.this) || !c.NextUpdate.Equal(tc.next) || c.Reason != tc.reason ||
			!strings.Contains(strings.Join(c.Notes, " "), tc.notes) || c.Signer != "CN=Office CA 1,O=Office" || !c.At.Equal(crlDay) {
			t.Errorf("%s: %+v", tc.file, c)
		}
	}
}
