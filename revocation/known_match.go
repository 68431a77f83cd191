package revocation

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/printed"
)

// lookup is what tells which certificate evidence is about.
type lookup struct {
	Printed
	Fields []Field
	SPKI   string
}

func lookupOf(e *Evidence) lookup {
	l := lookup{Fields: e.Fields}
	if e.Printed != nil {
		l.Printed = *e.Printed
	}
	if e.PublicKey != nil {
		l.SPKI = e.PublicKey.SPKI
	}
	return l
}

// Match is a known certificate that was found.
type Match struct {
	Certificate *Certificate
	// Chain is what issued it, as far as known, DER each.
	Chain [][]byte
	// By says what tells that it is the one: "thumbprint", "public key", "issuer
	// and serial number", "issuer, serial number and subject".
	By string
}

// Find finds the one certificate that evidence is about, by what it has of Fields,
// Printed and PublicKey. Thumbprints are found in the fields whatever their labels,
// and so is each part of Printed that is empty.
//
// A thumbprint decides. Else the public key, if there is one certificate for
// it. Else issuer and serial number, which CAs give once only; where the serial
// number is short, or is only one of the values on the page, the subject has to
// be there too. Whatever else the page says in the form of a thumbprint must be
// the certificate's: its serial number, or an identifier of its or its issuer's
// key.
//
// The errors are [ErrNotKnown] and [ErrAmbiguous]: a guess would have the wrong
// certificate revoked.
func (x *KnownIndex) Find(e Evidence) (*Match, error) {
	l := lookupOf(&e)
	printed := map[string]*Certificate{}
	for _, f := range l.Fields {
		if c := x.ByThumbprint(f.Value); c != nil {
			printed[c.SHA256] = c
		}
	}
	if len(printed) > 0 {
		return x.only(printed, l, "thumbprint")
	}
	if l.SPKI != "" {
		if all := x.byPublicKey(l.SPKI); len(all) == 1 && l.allows(all[0]) {
			return x.match(all[0], "public key"), nil
		}
	}
	return x.bySerial(l)
}

func (x *KnownIndex) bySerial(l lookup) (*Match, error) {
	how := "issuer and serial number"
	values := []string{l.Serial}
	needSubject := len(trimmed(l.Serial)) < minSerial
	if l.Serial == "" {
		for _, f := range l.Fields {
			if len(trimmed(f.Value)) >= minSerial {
				values = append(values, f.Value)
			}
		}
	}
	if needSubject {
		how = "issuer, serial number and subject"
	}
	seen := map[string]*Certificate{}
	for _, v := range values {
		for _, c := range x.get(x.serials[trimmed(v)]) {
			if l.allows(c) && l.names(l.Issuer, c.Issuer) && (!needSubject || l.names(l.Subject, c.Subject)) {
				seen[c.SHA256] = c
			}
		}
	}
	return x.only(seen, l, how)
}

// only is the match if there is one, and of the right key.
func (x *KnownIndex) only(found map[string]*Certificate, l lookup, how string) (*Match, error) {
	if len(found) > 1 {
		return nil, fmt.Errorf("%w: %d of them by %s", ErrAmbiguous, len(found), how)
	}
	for _, c := range found {
		if l.SPKI == "" || strings.EqualFold(l.SPKI, c.PublicKey.SHA256) {
			return x.match(c, how), nil
		}
	}
	return nil, ErrNotKnown
}

func (x *KnownIndex) match(c *Certificate, how string) *Match {
	return &Match{c, x.Chain(c), how}
}

// allows looks whether nothing speaks against c: another key or serial number,
// or a thumbprint that is not its own.
func (l *lookup) allows(c *Certificate) bool {
	if l.SPKI != "" && !strings.EqualFold(l.SPKI, c.PublicKey.SHA256) {
		return false
	}
	serials := serialSpellings(c)
	if len(trimmed(l.Serial)) >= minSerial && !slices.Contains(serials, trimmed(l.Serial)) {
		return false
	}
	own := append(serials, trimmed(c.SHA1), trimmed(c.SHA256), trimmed(c.PublicKey.SHA256),
		trimmed(hex.EncodeToString(c.SubjectKeyID)), trimmed(hex.EncodeToString(c.AuthorityKeyID)))
	for _, f := range l.Fields {
		if v := compact(f.Value); isPrint(v) && !slices.Contains(own, trimmed(v)) {
			return false
		}
	}
	return true
}

// names looks whether the page names name, in the field that is known to be it,
// or in any.
func (l *lookup) names(printed string, name Name) bool {
	if printed != "" {
		return name.printedIn(printed)
	}
	return slices.ContainsFunc(l.Fields, func(f Field) bool { return name.printedIn(f.Value) })
}

// Complete fills in the certificate of e, with its chain, from the known ones.
// Evidence that has its certificate gets the chain, if it has none. The source of a completed one is
// [SourceFile], unless the public key itself was seen. The weakness is not looked into: check the modulus of the match
// (Match.Certificate.PublicKey.N) and set it.
//
// The errors are those of [KnownIndex.Find], and then e comes back as it was.
// The match is nil if there was nothing to find.
func (x *KnownIndex) Complete(e Evidence) (Evidence, *Match, error) {
	if e.Certificate != nil && len(e.Certificate.DER) > 0 {
		c, err := ParseCertificate(e.Certificate.DER)
		if err == nil && len(e.Certificate.Chain) == 0 {
			record := *e.Certificate
			record.Chain = x.Chain(c)
			e.Certificate = &record
		}
		return e, nil, nil
	}
	m, err := x.Find(e)
	if err != nil {
		return e, nil, err
	}
	if e.PublicKey == nil || !e.Source.seen() || !strings.EqualFold(e.PublicKey.SPKI, m.Certificate.PublicKey.SHA256) {
		e.Source = SourceFile
	}
	e.Certificate = recordOf(m.Certificate, m.Chain)
	e.PublicKey = PublicKeyRecordOf(m.Certificate.PublicKey)
	return e, m, nil
}

// minSerial is how many digits of a serial number tell something.
const minSerial = 4

// serialSpellings are how pages print c's serial number.
func serialSpellings(c *Certificate) []string { return printed.Serials(c.Serial) }

// compact is [printed.Compact].
func compact(s string) string { return printed.Compact(s) }

// trimmed is compact without leading zeros.
func trimmed(s string) string { return strings.TrimLeft(compact(s), "0") }

// isPrint reports whether a compact text has the form of a thumbprint.
func isPrint(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && (len(s) == 40 || len(s) == 64)
}
