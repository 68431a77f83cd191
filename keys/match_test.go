package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"testing"

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
