package revocation

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/dn"
)

// Name is a distinguished name.
type Name struct {
	// Raw is its DER as the certificate has it. CAs compare names by these
	// octets, so they are kept and never encoded anew.
	Raw []byte
	// Text is the name for reading, much as RFC 4514 writes it: most specific
	// part first, safe to print (control and direction characters escaped).
	Text string
}

// attributeNames are the short names of RFC 4514 and the common ones beside.
var attributeNames = map[string]string{
	"2.5.4.3":                    "CN",
	"2.5.4.4":                    "SN",
	"2.5.4.5":                    "serialNumber",
	"2.5.4.6":                    "C",
	"2.5.4.7":                    "L",
	"2.5.4.8":                    "ST",
	"2.5.4.9":                    "STREET",
	"2.5.4.10":                   "O",
	"2.5.4.11":                   "OU",
	"2.5.4.12":                   "title",
	"2.5.4.42":                   "GN",
	"0.9.2342.19200300.100.1.1":  "UID",
	"0.9.2342.19200300.100.1.25": "DC",
	"1.2.840.113549.1.9.1":       "emailAddress",
}

// parseName reads a Name; what is malformed inside is left out of its text.
func parseName(e element) Name {
	var rdns []string
	e.all(func(rdn element) {
		var parts []string
		rdn.all(func(attribute element) {
			if part := attributeText(attribute); part != "" {
				parts = append(parts, part)
			}
		})
		if len(parts) > 0 {
			rdns = append(rdns, strings.Join(parts, "+"))
		}
	})
	slices.Reverse(rdns)
	return Name{Raw: e.full, Text: strings.Join(rdns, ",")}
}

func attributeText(attribute element) string {
	c := cursor(attribute.content)
	typ, err := c.want(tagOID)
	if err != nil {
		return ""
	}
	value, err := c.next()
	oid := typ.oid()
	if err != nil || oid == "" {
		return ""
	}
	name, ok := attributeNames[oid]
	if !ok {
		name = oid
	}
	if text, ok := dn.Text(value.id, value.content); ok {
		return name + "=" + escapeValue(text)
	}
	return name + "=#" + hex.EncodeToString(value.full)
}

// escapeValue writes an attribute value by RFC 4514, 2.4, and escapes besides
// every character that a terminal or a reader could be misled by.
func escapeValue(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		edge := i == 0 || i+size == len(s)
		switch {
		case r == utf8.RuneError && size == 1, !unicode.IsPrint(r):
			for _, octet := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, `\%02X`, octet)
			}
		case strings.ContainsRune(`"+,;<>\`, r), r == ' ' && edge, r == '#' && i == 0:
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}
