package revocation_test

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey/revocation"
)

// What a details page says of a certificate that was not to be had stands in the
// columns that a CA's team looks into, where it can mean one thing only.
func TestPrintedColumns(t *testing.T) {
	t.Parallel()
	print := strings.Repeat("AB:", 19) + "AB"
	for _, tc := range []struct {
		key           string
		printed       *revocation.Printed
		fields        []string
		issuer, s, f1 string
	}{
		{"all", &revocation.Printed{Issuer: "O=Office, CN=Office CA 1", Subject: "CN=mfp", Serial: "3E:8A:01"}, []string{print}, "O=Office, CN=Office CA 1", "3e8a01", strings.ToLower(strings.ReplaceAll(print, ":", ""))},
		{"hex without marks", &revocation.Printed{Serial: "0x1001"}, nil, "", "1001", ""},
		{"letters", &revocation.Printed{Serial: "3e8a"}, nil, "", "3e8a", ""},
		{"one digit", &revocation.Printed{Serial: "07"}, nil, "", "07", ""},
		{"hex or decimal", &revocation.Printed{Serial: "1001"}, nil, "", "", ""},
		{"negative", &revocation.Printed{Serial: "-3E:8A"}, nil, "", "", ""},
		{"negative, as OpenSSL says it", &revocation.Printed{Serial: "(Negative)3e:8a"}, nil, "", "", ""},
		{"no number", &revocation.Printed{Serial: "none"}, nil, "", "", ""},
		{"serial number of 20 octets", &revocation.Printed{Serial: print}, []string{print}, "", strings.ToLower(strings.ReplaceAll(print, ":", "")), ""},
		{"two thumbprints, or a key's identifier", &revocation.Printed{}, []string{print, strings.ReplaceAll(print, "A", "C")}, "", "", ""},
		{"the same twice", &revocation.Printed{}, []string{print, strings.ReplaceAll(print, ":", " ")}, "", "", strings.ToLower(strings.ReplaceAll(print, ":", ""))},
		{"not known which is which", nil, []string{print}, "", "", ""},
	} {
		t.Run(tc.key, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir)
			e := details(tc.key)
			e.Printed = tc.printed
			for _, v := range tc.fields {
				e.Fields = append(e.Fields, revocation.Field{Label: "SHA-1", Value: v})
			}
			put(t, s, e)
			handOver(t, s)
			row := table(t, dir)[0]
			if row["issuer"] != tc.issuer || row["serial_hex"] != tc.s || row["sha1"] != tc.f1 || row["serial_dec"] != "" {
				t.Errorf("%q, %q, %q", row["issuer"], row["serial_hex"], row["sha1"])
			}
		})
	}
}

// With the certificate itself nothing that is only printed counts.
func TestPrintedGivesWay(t *testing.T) {
	t.Parallel()
	e := handshake(t, "TLS")
	e.Printed = &revocation.Printed{Serial: "77"}
	e, err := revocation.NewEvidence(e)
	if err != nil || e.Printed != nil {
		t.Errorf("%+v, %v", e.Printed, err)
	}
}
