package keys_test

import (
	"testing"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// The subject of a certificate that only its details page shows is read in the
// ways in which distinguished names are written. // G-1
func TestSubjectName(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		want [6]string // CN, OU, O, L, ST, C
	}{
		{"CN=mfp.example", [6]string{"mfp.example"}},
		{"C=TW, ST=Taipei, L=Neihu, O=Acme, Inc., OU=IT, CN=mfp.example", [6]string{"mfp.example", "IT", "Acme, Inc.", "Neihu", "Taipei", "TW"}},
		{"/C=TW/O=Acme/CN=mfp.example", [6]string{"mfp.example", "", "Acme", "", "", "TW"}},
		{"CN = mfp.example\nO = Acme\nS = Taipei", [6]string{"mfp.example", "", "Acme", "", "Taipei"}},
		{`cn=mfp.example;o="Acme; Sons"`, [6]string{"mfp.example", "", "Acme; Sons"}},
		{`O=Acme\, Inc.,CN=192.0.2.7`, [6]string{"192.0.2.7", "", "Acme, Inc."}},
		{"CN=first, CN=second", [6]string{"first"}},
		{"mfp.example", [6]string{}},
		{"XCN=no, DC=CN", [6]string{}},
		{"CN=", [6]string{}},
		{"CN=mfp7.example, E=it@example.com, O=Example", [6]string{"mfp7.example", "", "Example"}},
		{"C=TW, O=Example, CN=mfp7.example/emailAddress=it@example.com", [6]string{"mfp7.example", "", "Example", "", "", "TW"}},
		{"CN=mfp7.example + serialNumber=ABC12345, O=Example", [6]string{"mfp7.example", "", "Example"}},
		{"CN=mfp7.example, OU=Printers, DC=corp, DC=example", [6]string{"mfp7.example", "Printers"}},
		{"CN=mfp7.example,1.2.840.113549.1.9.1=it@example.com,O=Example", [6]string{"mfp7.example", "", "Example"}},
		{"OID.2.5.4.3=mfp7.example,2.5.4.10=Example,STREET=Road 1", [6]string{"mfp7.example", "", "Example"}},
		{"commonName=mfp7.example, organizationName=Example, unknownType=x, countryName=TW", [6]string{"mfp7.example", "", "Example", "", "", "TW"}},
		{`CN=mfp7.example,O=Example\2C Inc.`, [6]string{"mfp7.example", "", "Example, Inc."}},
		{`CN=mfp7.example,O=B\C3\BCro\, O=x`, [6]string{"mfp7.example", "", "Büro, O=x"}},
		{`O="Example, CN=no ""x""", CN=mfp7.example`, [6]string{"mfp7.example", "", `Example, CN=no "x"`}},
		{`O=Bob "x, CN=mfp7.example`, [6]string{"mfp7.example", "", `Bob "x`}},
		{"O=A/B=C + D=E, CN=mfp7.example", [6]string{"mfp7.example", "", "A/B=C + D=E"}},
		{"CN=#0c046d667037,O=#x", [6]string{"mfp7", "", "#x"}},
		{`O=ends\,, CN=mfp7.example,`, [6]string{"mfp7.example", "", "ends,"}},
		{"", [6]string{}},
	} {
		n := (&keys.Details{Subject: tc.text}).SubjectName()
		got := [6]string{n.CommonName, first(n.OrganizationalUnit), first(n.Organization), first(n.Locality), first(n.Province), first(n.Country)}
		if got != tc.want {
			t.Errorf("%q: %q, want %q", tc.text, got, tc.want)
		}
	}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func TestValidityOfDetails(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, tc := range []struct {
		name   string
		values []string
		want   time.Duration
	}{
		{"two fields", []string{"RSA 2048", "2021/03/01", "2021/03/31"}, 30 * day},
		{"the end first", []string{"2021/03/31", "2021/03/01"}, 30 * day},
		{"one field", []string{"2021/03/01 - 2021/03/31"}, 30 * day},
		{"in words", []string{"2021年3月1日", "2021 年 3 月 31 日"}, 30 * day},
		{"no-break spaces", []string{"2021/03/01\u00a000:00 -\u00a02021/03/31\u00a023:59"}, 30 * day},
		{"year last, hyphen", []string{"01-03-2021 - 31-03-2021"}, 30 * day},
		{"year last", []string{"01/03/2021 - 31/03/2021"}, 30 * day},
		{"both, the year first counts", []string{"2021/03/01 - 2021/03/31, 01/04/2022"}, 30 * day},
		{"no day with the year first", []string{"2021/13/01, 01/03/2021 - 31/03/2021"}, 30 * day},
		{"the same twice", []string{"2021/03/01", "2021/03/01 - 2021/03/31"}, 30 * day},
		{"one day", []string{"2021/03/01"}, 0},
		{"three days", []string{"2021/03/01", "2021/03/31", "2022/01/01"}, 0},
		{"none", []string{"SHA256", "3F0B6BBC316458C64203D575663E08C04DF4131C"}, 0},
	} {
		d := &keys.Details{}
		for _, v := range tc.values {
			d.Fields = append(d.Fields, remoteui.Pair{Label: "x", Value: v})
		}
		if got := d.Validity(); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
