package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

func madeFor(t *testing.T, cn string, serial int64) *x509.Certificate {
	t.Helper()
	return madeWith(t, cn, big.NewInt(serial))
}

func madeWith(t *testing.T, cn string, serial *big.Int) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: cn}, NotBefore: day(2026, 1, 1), NotAfter: day(2031, 1, 1),
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A certificate is recognised by what a details page happens to show of it.
func TestDetailsMatches(t *testing.T) {
	t.Parallel()
	c, other := madeFor(t, "192.0.2.7", 0x12ab34cd56), madeFor(t, "192.0.2.7", 0x7777777777)
	print := fmt.Sprintf("% X", sha1.Sum(c.Raw))
	// Serial numbers of 20 octets are usual, and have as many digits as a SHA-1.
	serial, _ := new(big.Int).SetString("7af1e2d3c4b5a69788796a5b4c3d2e1f00112233", 16)
	long, zero := madeWith(t, "192.0.2.7", serial), madeWith(t, "192.0.2.7", new(big.Int).Rsh(serial, 4))
	for _, tc := range []struct {
		name       string
		fields     []remoteui.Pair
		cert       *x509.Certificate
		ok, strong bool
	}{
		{"thumbprint", []remoteui.Pair{{Label: "x", Value: print}}, c, true, true},
		{"serial in hex", []remoteui.Pair{{Label: "x", Value: "12:AB:34:CD:56"}}, c, true, true},
		{"serial with zeros", []remoteui.Pair{{Label: "x", Value: "00 12 ab 34 cd 56"}}, c, true, true},
		{"serial in decimal", []remoteui.Pair{{Label: "x", Value: c.SerialNumber.String()}}, c, true, true},
		{"serial as long as a thumbprint", []remoteui.Pair{{Label: "x", Value: serial.Text(16)}}, long, true, true},
		{"with a zero before it", []remoteui.Pair{{Label: "x", Value: "0" + zero.SerialNumber.Text(16)}}, zero, true, true},
		{"another serial as long as a thumbprint", []remoteui.Pair{{Label: "x", Value: serial.Text(16)}}, zero, false, false},
		{"and a thumbprint that is another's", []remoteui.Pair{{Label: "x", Value: serial.Text(16)}, {Label: "y", Value: print}}, long, false, false},
		{"another thumbprint beats all", []remoteui.Pair{{Label: "x", Value: print}, {Label: "y", Value: other.SerialNumber.Text(16)}}, other, false, false},
		{"subject only", []remoteui.Pair{{Label: "x", Value: "CN=192.0.2.7"}}, c, true, false},
		{"another subject", nil, madeFor(t, "192.0.2.8", 5), false, false},
	} {
		d := keys.Details{Name: "k", Fields: tc.fields}
		ok, strong, reason := d.Matches(tc.cert, "192.0.2.7")
		if ok != tc.ok || strong != tc.strong || reason == "" {
			t.Errorf("%s: %v %v %q", tc.name, ok, strong, reason)
		}
	}
}

// described describes a certificate, as far as a page without a thumbprint can.
func described(c *x509.Certificate, change func(*keys.Details)) *keys.Details {
	d := &keys.Details{
		Name: "rktls", Algorithm: "RSA", Bits: 2048, Subject: "CN = printer, O = Example Co., Ltd.", Issuer: "/O=Example Co., Ltd./CN=printer", Serial: fmt.Sprintf("%X", c.SerialNumber),
		Fields: []remoteui.Pair{{Label: "from", Value: "2026/01/02"}, {Label: "until", Value: "01/01 2031"}, {Label: "made", Value: "2026/03/04"}},
	}
	change(d)
	d.Fields = append(d.Fields, remoteui.Pair{Label: "serial", Value: d.Serial}, remoteui.Pair{Label: "subject", Value: d.Subject})
	return d
}

// A password goes to the key whose thumbprint was shown before. Whatever else
// agrees is for a person to judge, and what does not is refused.
func TestRecognise(t *testing.T) {
	t.Parallel()
	key, err := devicetest.GenerateKey(2048)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := new(big.Int).SetString("123456789abcdef0123", 16)
	tmpl := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "printer", Organization: []string{"Example Co., Ltd."}}, NotBefore: day(2026, 1, 1), NotAfter: day(2031, 1, 1),
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	const accepted, asked, refused = "accepted", "asked", "refused"
	print := fmt.Sprintf("%X", sha1.Sum(c.Raw))
	field := func(value string) func(*keys.Details) {
		return func(d *keys.Details) { d.Fields = append(d.Fields, remoteui.Pair{Label: "x", Value: value}) }
	}
	for name, tc := range map[string]struct {
		change func(*keys.Details)
		want   string
	}{
		"all agrees":                {func(*keys.Details) {}, asked},
		"no serial number":          {func(d *keys.Details) { d.Serial = "" }, asked},
		"nothing shown":             {func(d *keys.Details) { *d = keys.Details{Name: "rktls"} }, asked},
		"common name only":          {func(d *keys.Details) { d.Subject = "Printer" }, asked},
		"one date":                  {func(d *keys.Details) { d.Fields = d.Fields[1:2] }, asked},
		"serial number in decimal":  {func(d *keys.Details) { d.Serial = c.SerialNumber.String() }, asked},
		"thumbprint":                {field(print), accepted},
		"thumbprint cut short":      {field(print[:20]), asked},
		"another thumbprint":        {field("00" + print[2:]), refused},
		"thumbprint, another key":   {func(d *keys.Details) { field(print)(d); d.Bits = 4096 }, refused},
		"thumbprint, other serial":  {func(d *keys.Details) { field(print)(d); d.Serial = "0123456789" }, refused},
		"serial number cut short":   {func(d *keys.Details) { d.Serial = d.Serial[:4] }, refused},
		"serial number of one byte": {func(d *keys.Details) { d.Serial = "01" }, refused},
		"another length":            {func(d *keys.Details) { d.Bits = 1024 }, refused},
		"another algorithm":         {func(d *keys.Details) { d.Algorithm, d.Bits = "ECDSA", 0 }, refused},
		"longer subject":            {func(d *keys.Details) { d.Subject = "CN=printer2" }, refused},
		"shorter subject":           {func(d *keys.Details) { d.Subject = "CN=print" }, refused},
		"more in the subject":       {func(d *keys.Details) { d.Subject = "CN=printer, OU=Tokyo" }, refused},
		"another organization":      {func(d *keys.Details) { d.Subject = "CN=printer, O=Example" }, refused},
		"another issuer":            {func(d *keys.Details) { d.Issuer = "CN=CA" }, refused},
		"both dates in a field":     {func(d *keys.Details) { d.Fields = []remoteui.Pair{{Value: "2026/01/01 - 2031/01/01"}} }, asked},
		"another end in a field":    {func(d *keys.Details) { d.Fields = []remoteui.Pair{{Value: "2026/01/01 - 2031/01/09"}} }, refused},
		"another end":               {func(d *keys.Details) { d.Fields[1].Value = "2031/01/03" }, refused},
		"another beginning":         {func(d *keys.Details) { d.Fields[0].Value = "2025/12/30" }, refused},
	} {
		got := accepted
		if err := described(c, tc.change).Recognise("printer")(c); err != nil {
			got = refused
			if e, unsure := errors.AsType[*remoteui.UnconfirmedError](err); unsure && e.Certificate == c && e.Key == "rktls" {
				got = asked
			}
		}
		if got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	d := described(c, field(print))
	if err := d.Recognise("somebody else")(c); err != nil { // the device may have written the name in its own way
		t.Errorf("by its thumbprint: %v", err)
	}
	if err := described(c, func(*keys.Details) {}).Recognise("somebody else")(c); err == nil || errors.As(err, new(*remoteui.UnconfirmedError)) {
		t.Errorf("not asked for: %v", err)
	}
	d.Certificate = madeFor(t, "printer", 1)
	if err := d.Recognise("printer")(c); err == nil {
		t.Error("another certificate was registered")
	}
}

// The flawed firmware makes negative serial numbers, and shows their octets.
func TestNegativeSerial(t *testing.T) {
	t.Parallel()
	c := &x509.Certificate{SerialNumber: big.NewInt(-0x1234567)}
	d := &keys.Details{Serial: "FE DC BA 99", Fields: []remoteui.Pair{{Label: "x", Value: "FE DC BA 99"}}}
	if ok, strong, reason := d.Matches(c, ""); !ok || !strong {
		t.Error(reason)
	}
}
