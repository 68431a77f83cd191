package keycheck_test

import (
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/keycheck"
)

// Each finding is as bad, and names the standards, and has the proof, that
// docs/weak-keys.md says of its kind, and no kind is missing there.
func TestStandards(t *testing.T) {
	t.Parallel()
	const br, brOfQuality, size = "CA/B BR 6.1.1.3", "CA/B BR 6.1.6; FIPS 186-5 A.1.1", "CA/B BR 6.1.5; NIST SP 800-131A"
	rng := weaktest.Rand(30)
	sound := weaktest.Sound(rng, 2048).N()
	blocklist := listOf(t, sound)
	old := func([32]byte) (string, bool) { return "old.pem", true }
	key := func(n *big.Int) keycheck.Key { return keycheck.RSA(n, f4) }
	signed := func(selfSigned bool) keycheck.Key {
		return keycheck.Key{Algorithm: "ECDSA", Hash: "SHA-1", SelfSigned: selfSigned}
	}
	page := documented(t)
	for _, tc := range []struct {
		kind     keycheck.Kind
		severity keycheck.Severity
		standard string
		provable bool
		checker  keycheck.Checker
		key      keycheck.Key
	}{
		{keycheck.NextPrime, keycheck.Broken, br, true, keycheck.Checker{}, key(weaktest.Consecutive(rng, 512).N())},
		{keycheck.ClosePrimes, keycheck.Broken, br, true, keycheck.Checker{}, key(weaktest.InRound(rng, 512, 70_000).N())},
		{keycheck.EqualPrimes, keycheck.Broken, br, true, keycheck.Checker{}, key(weaktest.Square(rng, 512).N())},
		{keycheck.OffsetPrimes, keycheck.Broken, "FIPS 186-5 A.1.3", true, keycheck.Checker{}, key(weaktest.Offset(rng, 512, 156).N())},
		{keycheck.SmallFactor, keycheck.Broken, brOfQuality, true, keycheck.Checker{}, key(new(big.Int).Mul(sound, big.NewInt(3)))},
		{keycheck.ROCA, keycheck.Broken, br, false, keycheck.Checker{}, key(weaktest.PublishedROCA())},
		{keycheck.Listed, keycheck.Broken, br, false, keycheck.Checker{Blocklist: blocklist}, key(sound)},
		{keycheck.PrimeModulus, keycheck.Broken, brOfQuality, false, keycheck.Checker{Thorough: true}, key(weaktest.Next(weaktest.Number(rng, 512)))},
		{keycheck.BadModulus, keycheck.Broken, brOfQuality, false, keycheck.Checker{}, key(nil)},
		{keycheck.BadModulus, keycheck.Forbidden, "", false, keycheck.Checker{}, key(ones(keycheck.MaxModulusBits + 1))},
		{keycheck.ModulusSize, keycheck.Broken, size, false, keycheck.Checker{Rounds: 1}, key(weaktest.Sound(rng, 1023).N())},
		{keycheck.ModulusSize, keycheck.Forbidden, size, false, keycheck.Checker{Rounds: 1}, key(weaktest.Sound(rng, 1024).N())},
		{keycheck.ModulusSize, keycheck.Forbidden, size, false, keycheck.Checker{Rounds: 1}, key(weaktest.Sound(rng, 2047).N())},
		{keycheck.ModulusSize, keycheck.Forbidden, "CA/B BR 6.1.5", false, keycheck.Checker{Rounds: 1}, key(weaktest.Sound(rng, 2050).N())},
		{keycheck.Exponent, keycheck.Broken, brOfQuality, false, keycheck.Checker{}, keycheck.RSA(sound, big.NewInt(1))},
		{keycheck.Exponent, keycheck.Broken, brOfQuality, false, keycheck.Checker{}, keycheck.RSA(sound, big.NewInt(-65537))},
		{keycheck.Exponent, keycheck.Broken, brOfQuality, false, keycheck.Checker{}, keycheck.RSA(sound, new(big.Int))},
		{keycheck.Exponent, keycheck.Forbidden, brOfQuality, false, keycheck.Checker{}, keycheck.RSA(ones(127), ones(129))},
		{keycheck.Exponent, keycheck.Forbidden, brOfQuality, false, keycheck.Checker{}, keycheck.RSA(sound, big.NewInt(65536))},
		{keycheck.Exponent, keycheck.Doubtful, brOfQuality, false, keycheck.Checker{}, keycheck.RSA(sound, big.NewInt(65535))},
		{keycheck.SignatureHash, keycheck.Forbidden, "CA/B BR 7.1.3.2; NIST SP 800-131A", false, keycheck.Checker{}, signed(false)},
		{keycheck.SignatureHash, keycheck.Doubtful, "", false, keycheck.Checker{}, signed(true)},
		{keycheck.SameKey, keycheck.Doubtful, "", false, keycheck.Checker{Known: old}, key(sound)},
	} {
		found, err := tc.checker.Check(t.Context(), tc.key)
		at := slices.IndexFunc(found, func(f keycheck.Finding) bool { return f.Kind == tc.kind })
		if err != nil || at < 0 {
			t.Errorf("%s: %v, %v", tc.kind, found, err)
			continue
		}
		if f := found[at]; f.Severity != tc.severity || f.Standard != tc.standard || f.Provable != tc.provable || f.Detail == "" {
			t.Errorf("%s: %+v, want %v, %q, provable %t", tc.kind, f, tc.severity, tc.standard, tc.provable)
		}
		row := page[string(tc.kind)]
		for name := range strings.SplitSeq(tc.standard, "; ") {
			if row == nil || !strings.Contains(row[3], name) {
				t.Errorf("docs/weak-keys.md does not name %q with %s", name, tc.kind)
			}
		}
		if row != nil && strings.HasPrefix(row[2], "yes") != tc.provable {
			t.Errorf("docs/weak-keys.md says of the proof for %s %q", tc.kind, row[2])
		}
		for cve := range slices.Values(regexp.MustCompile(`CVE-[\d-]+`).FindAllString(strings.Join(row, " "), -1)) {
			if !strings.Contains(found[at].Detail, cve) {
				t.Errorf("%s: %q does not name %s", tc.kind, found[at].Detail, cve)
			}
		}
		delete(page, string(keycheck.SharedPrime)) // of a set: TestSharedPrimes
		if row != nil {
			row[0] = "seen"
		}
	}
	for kind, row := range page {
		if row[0] != "seen" {
			t.Errorf("docs/weak-keys.md has a finding %q that no key has here", kind)
		}
	}
}

// documented are the rows of the table of findings, by their kind.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "weak-keys.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| finding |")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := map[string][]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` (\\|.*)\\|$").FindAllStringSubmatch(table, -1) {
		row := strings.Split(m[2], "|")
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		rows[m[1]] = row
	}
	return rows
}
