package acceptance_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
)

// Every field of the form reaches the certificate. // G-1 G-2 G-3
func TestCertificateAsAsked(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	old := func(s simdevice.KeySpec) []simdevice.KeySpec {
		s.Name, s.Weak, s.Uses = "old", true, []string{"TLS"}
		return []simdevice.KeySpec{{Name: "Default Key"}, {Name: "AMS"}, s}
	}
	long := simdevice.KeySpec{
		Country: "TW", State: "Taipei", City: "Xinyi", Organization: "Example Co., Ltd.", Unit: "Fleet", CommonName: "192.0.2.7",
	}
	for _, tc := range []struct {
		name  string
		keys  []simdevice.KeySpec
		o     rekey.Options
		check func(*x509.Certificate) error
	}{
		{"like the old one", old(long), rekey.Options{}, func(c *x509.Certificate) error {
			if got, want := c.Subject.String(), "CN=192.0.2.7,OU=Fleet,O=Example Co.\\, Ltd.,L=Xinyi,ST=Taipei,C=TW"; got != want {
				return fmt.Errorf("subject %q, want %q", got, want)
			}
			return nil
		}},
		{"ECDSA", nil, rekey.Options{Key: keys.Algorithm{Curve: "P384"}, Hash: "SHA384"}, func(c *x509.Certificate) error {
			if pub, ok := c.PublicKey.(*ecdsa.PublicKey); !ok || pub.Curve.Params().BitSize != 384 || c.SignatureAlgorithm != x509.ECDSAWithSHA384 {
				return fmt.Errorf("%T %v", c.PublicKey, c.SignatureAlgorithm)
			}
			return nil
		}},
		{"RSA-4096 and SHA512", nil, rekey.Options{Key: keys.Algorithm{RSABits: 4096}, Hash: "SHA512"}, func(c *x509.Certificate) error {
			if pub, ok := c.PublicKey.(*rsa.PublicKey); !ok || pub.N.BitLen() != 4096 || c.SignatureAlgorithm != x509.SHA512WithRSA {
				return fmt.Errorf("%T %v", c.PublicKey, c.SignatureAlgorithm)
			}
			return nil
		}},
		{"name and validity", nil, rekey.Options{CommonName: "{host}", Organization: "Other", Validity: 100 * 24 * time.Hour}, func(c *x509.Certificate) error {
			if days := c.NotAfter.Sub(c.NotBefore).Hours() / 24; c.Subject.CommonName != "192.0.2.9" || c.Subject.Organization[0] != "Other" || days < 100 || days > 101 {
				return fmt.Errorf("%v, %v days", c.Subject, days)
			}
			return nil
		}},
	} {
		for _, seed := range race.Sample[uint64](7, 16) {
			t.Run(fmt.Sprintf("%s/%d", tc.name, seed), func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T) {
					cfg := simdevice.Config{Seed: seed, Keys: tc.keys}
					d := access(start(t, cfg), cfg)
					d.URL = "https://192.0.2.9:8443/" // not the name that the device knows itself by
					o := *options(t)
					o.Key, o.Hash, o.CommonName, o.Organization, o.Validity = tc.o.Key, tc.o.Hash, tc.o.CommonName, tc.o.Organization, tc.o.Validity
					r, err := rekey.Remediate(bounded(t), d, &o)
					if err != nil {
						t.Fatalf("%v\n%v", err, r)
					}
					block, _ := pem.Decode([]byte(r.Usages[0].Certificate))
					c, err := x509.ParseCertificate(block.Bytes)
					if err != nil {
						t.Fatal(err)
					}
					if err := tc.check(c); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}
