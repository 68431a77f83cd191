package keys

import (
	"crypto/x509/pkix"
	"regexp"
	"slices"
	"strings"
	"time"
)

// attribute finds where one of a distinguished name begins: its type, at the
// beginning or after what divides attributes.
var attribute = regexp.MustCompile(`(?i)(?:^|[,;/+\n])\s*(CN|OU|O|L|ST|SP|S|C)\s*=\s*`)

// SubjectName reads the subject that the page shows, written as a
// distinguished name in any of the usual ways ("CN=a, O=b", "/C=TW/O=b/CN=a").
// What is not written so is left out; the first of a repeated attribute counts.
func (d *Details) SubjectName() pkix.Name {
	var n pkix.Name
	starts := attribute.FindAllStringSubmatchIndex(d.Subject, -1)
	for i, at := range starts {
		end := len(d.Subject)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		value := unquoted(d.Subject[at[1]:end])
		if value == "" {
			continue
		}
		switch strings.ToUpper(d.Subject[at[2]:at[3]]) {
		case "CN":
			if n.CommonName == "" {
				n.CommonName = value
			}
		case "OU":
			n.OrganizationalUnit = append(n.OrganizationalUnit, value)
		case "O":
			n.Organization = append(n.Organization, value)
		case "L":
			n.Locality = append(n.Locality, value)
		case "C":
			n.Country = append(n.Country, value)
		default: // ST; S and SP on some systems
			n.Province = append(n.Province, value)
		}
	}
	return n
}

// unquoted takes off quotation marks and backslashes (RFC 4514, section 2.4).
func unquoted(value string) string {
	value = strings.TrimRight(strings.TrimSpace(value), ",;/+ \t\r\n")
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+1 < len(value) {
			i++
		}
		b.WriteByte(value[i])
	}
	return b.String()
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
	for _, form := range []*regexp.Regexp{dayYearFirst, dayYearLast} {
		for _, match := range form.FindAllString(text, -1) {
			if readings := ParseDays(match); len(readings) > 0 {
				days = append(days, readings[0])
			}
		}
		if len(days) > 0 {
			break
		}
	}
	return days
}
