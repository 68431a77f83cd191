package c5560

import (
	"crypto"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type key struct {
	no, name, alg string
	signer        crypto.Signer
	weak, fixed   bool
	cert          *x509.Certificate
	csr           []byte
}

type peerCert struct {
	no   string
	cert *x509.Certificate
}

func selfSign(k crypto.Signer, subject pkix.Name, from, to time.Time, hash string) (*x509.Certificate, error) {
	t := devicetest.Usual(subject, from, to)
	t.KeyUsage |= x509.KeyUsageDataEncipherment
	der, err := devicetest.SelfSigned(k, hash, t)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func (d *Device) factoryKeys() {
	var old devicetest.WeakKeys
	add := func(no, name string, weak, fixed bool, subject pkix.Name, from time.Time, years int) {
		k := devicetest.Strong(2048)
		if weak {
			k = old.Next()
		}
		cert := devicetest.Must(selfSign(k, subject, from, from.AddDate(years, 0, 0), "SHA256"))
		d.keys = append(d.keys, &key{no: no, name: name, alg: "RSA 2048", signer: k, weak: weak, fixed: fixed, cert: cert})
	}
	day := func(y, m, dd int) time.Time { return time.Date(y, time.Month(m), dd, 0, 0, 0, 0, time.UTC) }
	own := func(unit, cn string) pkix.Name {
		return pkix.Name{Country: []string{"TW"}, Province: []string{"Taipei"}, Locality: []string{"Xinyi"},
			Organization: []string{"Formosa Trading"}, OrganizationalUnit: []string{unit}, CommonName: cn}
	}
	now := d.cfg.Now().UTC()
	add("01", "Default Key", false, true, pkix.Name{Organization: []string{"CANON INC."}, CommonName: "Canon iR-ADV C5560"}, day(2016, 1, 1), 22)
	add("02", "AMS", false, true, pkix.Name{Organization: []string{"CANON INC."}, CommonName: "AMS"}, day(2018, 5, 7), 20)
	add("03", "RUI2021", true, false, own("General Affairs", "127.0.0.1"), day(now.Year()-2, 3, 9), 5)
	add("04", "wired8021x", true, false, own("General Affairs", "mfp-5f.formosa.example"), day(now.Year()-2, 3, 9), 5)
	add("05", "ipsecHQ", true, false, own("IT", "mfp-5f-vpn.formosa.example"), day(now.Year()-2, 4, 20), 5)
	add("06", "ipfax", true, false, own("General Affairs", "mfp-5f-fax.formosa.example"), day(now.Year()-1, 8, 2), 4)
	add(sigNo, "Device Signature Key", true, true, pkix.Name{Organization: []string{"CANON INC."}, OrganizationalUnit: []string{"QMT03721"}, CommonName: "iR-ADV C5560 Device Signature"}, day(now.Year()-1, 1, 15), 5)
	d.sortKeys()
	for i, cn := range []string{"fax-kaohsiung@formosa.example", "scan-hsinchu@formosa.example"} {
		k := devicetest.Must(devicetest.NewKey("P256"))
		c := devicetest.Must(selfSign(k, pkix.Name{Country: []string{"TW"}, CommonName: cn}, day(now.Year()-1, 6, 1), day(now.Year()+3, 6, 1), "SHA256"))
		d.smime = append(d.smime, &peerCert{fmt.Sprintf("%03d", i+1), c})
	}
}

// request is a key wanted, as read from the form.
type request struct {
	kind, name, hash, alg string
	from, to              time.Time
	subject               pkix.Name
}

func generate(q request) (*key, error) {
	signer, err := devicetest.NewKey(q.alg)
	if err != nil {
		return nil, err
	}
	k := &key{name: q.name, alg: q.alg, signer: signer}
	if q.kind == "csr" {
		k.csr, err = devicetest.Request(signer, "SHA"+q.hash, q.subject)
	} else {
		k.cert, err = selfSign(signer, q.subject, q.from, q.to, "SHA"+q.hash)
	}
	return k, err
}

func thumb(c *x509.Certificate) string {
	h := sha1.Sum(c.Raw)
	return strings.ToUpper(strings.TrimSpace(strings.ReplaceAll(fmt.Sprintf("% x", h[:]), "  ", " ")))
}
