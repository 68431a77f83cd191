package keys

import (
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/dn"
	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/internal/printed"
)

// Attribute is one of a distinguished name.
type Attribute struct {
	// Type is the short name ("CN", "emailAddress"), or the OID in dotted form, or
	// what the page calls it.
	Type  string
	Value string
}

// attributeNames are the names of attribute types, the one that we use first.
var attributeNames = [][]string{
	{"2.5.4.3", "CN", "commonName"}, {"2.5.4.10", "O", "organizationName"}, {"2.5.4.11", "OU", "organizationalUnitName"},
	{"2.5.4.6", "C", "countryName"}, {"2.5.4.8", "ST", "S", "SP", "stateOrProvinceName"}, {"2.5.4.7", "L", "localityName"},
	{"1.2.840.113549.1.9.1", "emailAddress", "E", "Email", "MAIL"}, {"2.5.4.5", "serialNumber"},
	{"0.9.2342.19200300.100.1.25", "DC", "domainComponent"}, {"0.9.2342.19200300.100.1.1", "UID", "userId"},
	{"2.5.4.9", "STREET", "streetAddress"}, {"2.5.4.17", "postalCode", "PC"}, {"2.5.4.4", "SN", "surname"},
	{"2.5.4.42", "GN", "givenName", "G"}, {"2.5.4.12", "title", "T"}, {"2.5.4.43", "initials", "I"}, {"2.5.4.46", "dnQualifier"},
	{"2.5.4.13", "description"}, {"2.5.4.20", "telephoneNumber"}, {"1.2.840.113549.1.9.2", "unstructuredName"}, {"1.2.840.113549.1.9.8", "unstructuredAddress"},
}

// typeNamed is the short name of a type; known is false if it is none that we know.
func typeNamed(text string) (name string, known bool) {
	bare := strings.TrimPrefix(strings.ToUpper(text), "OID.")
	for _, names := range attributeNames {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, bare) }) {
			return names[1], true
		}
	}
	return text, dottedOID.MatchString(bare)
}

var (
	dottedOID = lazyregexp.New(`^[0-2](\.[0-9]+)+$`)
	// typeEquals is what stands before a value, after what divides attributes.
	typeEquals = lazyregexp.New(`^\s*((?i:OID\.)?[0-2](?:\.[0-9]+)+|[A-Za-z][A-Za-z0-9-]*)\s*=\s*`)
)

// SubjectAttributes reads the subject that the page shows, written as a
// distinguished name in any of the usual ways ("CN=a, O=b", "/C=TW/O=b/CN=a", with
// the escapes of RFC 4514 or in quotation marks), in its order. What stands before
// the first attribute is left out.
func (d *Details) SubjectAttributes() (all []Attribute) {
	text := d.Subject
	for at := 0; at < len(text); {
		name, value, ok := attributeAt(text, at)
		if !ok {
			at++
			continue
		}
		end := valueEnd(text, value)
		if v := valueOf(text[value:end]); v != "" {
			all = append(all, Attribute{name, v})
		}
		at = end
	}
	return all
}

// attributeAt reports whether an attribute begins at i, which is the beginning or
// what divides attributes: a comma may stand in a value, too, and a slash or a plus
// sign does so often, so that after these the type has to be one that we know.
func attributeAt(text string, i int) (name string, value int, ok bool) {
	start := i
	divides := strings.IndexByte(",;/+\n\r", text[i])
	switch {
	case divides >= 0:
		start = i + 1
	case i > 0:
		return "", 0, false
	}
	m := typeEquals.FindStringSubmatchIndex(text[start:])
	if m == nil {
		return "", 0, false
	}
	name, known := typeNamed(text[start+m[2] : start+m[3]])
	if !known && divides >= 0 && strings.IndexByte("/+", text[i]) >= 0 {
		return "", 0, false
	}
	return name, start + m[1], true
}

// valueEnd is where the value that begins at i ends: before the next attribute,
// but for what is escaped or in quotation marks.
func valueEnd(text string, i int) int {
	if i < len(text) && text[i] == '"' {
		if length := quotedLength(text[i:]); length > 0 {
			i += length
		}
	}
	for ; i < len(text); i++ {
		if text[i] == '\\' {
			i++
			continue
		}
		if _, _, begins := attributeAt(text, i); begins {
			return i
		}
	}
	return len(text)
}

// quotedLength is how long the text in quotation marks is that stands at the
// beginning, with these; 0 if it has no end.
func quotedLength(text string) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\', text[i] == '"' && strings.HasPrefix(text[i+1:], `"`): // Windows doubles them
			i++
		case text[i] == '"':
			return i + 1
		}
	}
	return 0
}

// valueOf takes off what writing a value adds (RFC 4514, 2.4).
func valueOf(value string) string {
	value = strings.TrimSpace(value)
	if trimmed := strings.TrimRight(value, ",;/+ \t\r\n"); trimmed != value { // the last divider, unless it is escaped
		if strings.HasSuffix(trimmed, `\`) && !strings.HasSuffix(trimmed, `\\`) {
			trimmed = value[:len(trimmed)+1]
		}
		value = trimmed
	}
	if n := quotedLength(value); strings.HasPrefix(value, `"`) && n == len(value) {
		return printed.Unescape(strings.ReplaceAll(value[1:n-1], `""`, `"`))
	}
	if digits, ok := strings.CutPrefix(value, "#"); ok {
		der, err := hex.DecodeString(digits)
		if err == nil && len(der) > 2 && int(der[1]) == len(der)-2 {
			if text, ok := dn.Text(der[0], der[2:]); ok {
				return text
			}
		}
	}
	return printed.Unescape(value)
}

// SubjectName is [Details.SubjectAttributes] as crypto/x509 has names, of the types
// that the device's form has fields for. The first common name counts.
func (d *Details) SubjectName() pkix.Name {
	var n pkix.Name
	for _, a := range d.SubjectAttributes() {
		switch a.Type {
		case "CN":
			if n.CommonName == "" {
				n.CommonName = a.Value
			}
		case "OU":
			n.OrganizationalUnit = append(n.OrganizationalUnit, a.Value)
		case "O":
			n.Organization = append(n.Organization, a.Value)
		case "L":
			n.Locality = append(n.Locality, a.Value)
		case "C":
			n.Country = append(n.Country, a.Value)
		case "ST":
			n.Province = append(n.Province, a.Value)
		}
	}
	return n
}

// AttributesOf are the attributes of a certificate's subject, in its order.
func AttributesOf(n pkix.Name) (all []Attribute) {
	for _, a := range n.Names {
		name, _ := typeNamed(a.Type.String())
		if value := fmt.Sprint(a.Value); value != "" {
			all = append(all, Attribute{name, value})
		}
	}
	return all
}

// Validity is how long the certificate is valid by its page: the time between
// the two days that the page shows, in one field or two. Zero: it does not show
// two, or more, and which count cannot be told.
func (d *Details) Validity() time.Duration {
	var days []time.Time
	for _, f := range d.Fields {
		for _, t := range allDays(f.Value) {
			if !slices.Contains(days, t) {
				days = append(days, t)
			}
		}
	}
	if len(days) != 2 {
		return 0
	}
	return days[1].Sub(days[0]).Abs()
}

// allDays reads every day in a text, each in the first of its readings.
func allDays(text string) []time.Time {
	var days []time.Time
	first, last := printed.Dates(text)
	for _, form := range [][]string{first, last} {
		for _, match := range form {
			if readings := printed.Days(match); len(readings) > 0 {
				days = append(days, readings[0])
			}
		}
		if len(days) > 0 {
			break
		}
	}
	return days
}
