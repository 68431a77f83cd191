package adv4535

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	kindDefault = "default"
	kindAMS     = "ams"
	kindDevSig  = "devsig"
)

// key is an entry of the key store.
type key struct {
	id, name, kind string
	priv           crypto.Signer
	weak           bool
	cert, csr      []byte
}

// mailCert is an S/MIME certificate of somebody else.
type mailCert struct {
	id string
	c  *x509.Certificate
}

// bare is a certificate as the device makes them, without extensions.
func bare(s pkix.Name, from, to time.Time) x509.Certificate {
	return x509.Certificate{Subject: s, NotBefore: from, NotAfter: to}
}

func office(cn string) pkix.Name {
	return pkix.Name{Country: []string{"JP"}, Province: []string{"Kanagawa"}, Locality: []string{"Kawasaki"}, Organization: []string{"Example Shoji"}, CommonName: cn}
}

func (d *Device) add(k *key) string {
	d.nextID++
	k.id = strconv.Itoa(d.nextID)
	d.keys = append(d.keys, k)
	return k.id
}

func (d *Device) factoryKeys() (map[string]string, error) {
	now := d.cfg.Now().Truncate(time.Second)
	long0, long1 := time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 12, 31, 23, 59, 59, 0, time.UTC)
	ca, err := devicetest.NewKey("P256")
	if err != nil {
		return nil, err
	}
	caCert := x509.Certificate{Subject: pkix.Name{Country: []string{"JP"}, Organization: []string{"Example Shoji"}, CommonName: "Example Shoji Network CA"}}
	ids := map[string]string{}
	var weak devicetest.WeakKeys
	made := now.AddDate(-5, -3, -4)
	for _, f := range []struct {
		use, name, kind string
		weak, ca        bool
		subj            pkix.Name
		from, to        time.Time
	}{
		{"", "Default Key", kindDefault, false, false, pkix.Name{CommonName: "Canon iR-ADV"}, long0, long1},
		{"", "AMS", kindAMS, false, false, pkix.Name{CommonName: "Canon iR-ADV AMS"}, made, long1},
		{"", "Device Signature Key", kindDevSig, true, false, pkix.Name{Organization: []string{"CANON INC."}, CommonName: "iR-ADV 4535 QLA04535"}, now.AddDate(-4, 0, 0), now.AddDate(1, 0, 0)},
		{"TLS", "WebServer2021", "", true, false, office("192.168.12.45"), made, now.AddDate(4, 8, 0)},
		{"8021X", "Dot1xClient", "", true, true, office("mfp-4f-east"), made.AddDate(0, 0, 9), now.AddDate(0, 9, 0)},
		{"IPSec", "IPsecKaikei", "", true, false, office("mfp4535.example.co.jp"), made.AddDate(0, 1, 2), now.AddDate(4, 8, 0)},
		{"SIP", "IPFax", "", true, false, office("fax4535.example.co.jp"), made.AddDate(0, 1, 2), now.AddDate(4, 8, 0)},
	} {
		k := &key{name: f.name, kind: f.kind, weak: f.weak}
		if f.weak {
			k.priv = weak.Next()
		} else {
			k.priv, err = devicetest.NewKey("2048")
		}
		if err != nil {
			return nil, err
		}
		if f.ca {
			k.cert, err = devicetest.Issued(k.priv, "SHA256", bare(f.subj, f.from, f.to), caCert, ca)
		} else {
			k.cert, err = devicetest.SelfSigned(k.priv, "SHA256", bare(f.subj, f.from, f.to))
		}
		if err != nil {
			return nil, err
		}
		ids[f.use] = d.add(k)
	}
	mail, err := devicetest.NewKey("2048")
	if err != nil {
		return nil, err
	}
	der, err := devicetest.SelfSigned(mail, "SHA256", bare(pkix.Name{Organization: []string{"CANON INC."}, CommonName: "iR-ADV C5535 XUW11802"}, now.AddDate(-3, 0, 0), now.AddDate(2, 0, 0)))
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	d.smime = append(d.smime, &mailCert{"1", c})
	return ids, err
}

// job is a key being generated.
type job struct {
	kind string // "net", "csr", "dev"
	done bool
	err  error
	key  *key
}

// generate works in the background for about a second, as the machine's processor does.
func (d *Device) generate(j *job, size, hash, name string, subj pkix.Name, from, to time.Time) {
	k := &key{name: name}
	var err error
	d.InBackground(time.Duration(600+rand.IntN(800))*time.Millisecond, func() {
		if k.priv, err = devicetest.NewKey(size); err != nil {
			return
		}
		if j.kind == "csr" {
			k.csr, err = devicetest.Request(k.priv, hash, subj)
		} else {
			k.cert, err = devicetest.SelfSigned(k.priv, hash, bare(subj, from, to))
		}
	}, func() {
		j.done, j.err, j.key = true, err, k
		switch {
		case err != nil:
		case j.kind == "dev":
			for _, o := range d.keys {
				if o.kind == kindDevSig {
					o.priv, o.cert, o.weak = k.priv, k.cert, false
				}
			}
		default:
			d.add(k)
		}
	})
}

// certRows are the lines of a certificate's details page.
func certRows(c *x509.Certificate) [][2]string {
	serial := ""
	for _, b := range c.SerialNumber.Bytes() {
		serial += fmt.Sprintf("%02X ", b)
	}
	sum := ""
	for _, b := range sha1.Sum(c.Raw) {
		sum += fmt.Sprintf("%02X ", b)
	}
	pub := ""
	switch p := c.PublicKey.(type) {
	case *rsa.PublicKey:
		pub = fmt.Sprintf("RSA %d bit", p.N.BitLen())
	case *ecdsa.PublicKey:
		pub = "ECDSA P" + strconv.Itoa(p.Curve.Params().BitSize)
	}
	alg := strings.NewReplacer("SHA1-RSA", "SHA1WithRSA", "SHA256-RSA", "SHA256WithRSA", "SHA384-RSA", "SHA384WithRSA", "SHA512-RSA", "SHA512WithRSA").Replace(c.SignatureAlgorithm.String())
	day := func(t time.Time) string { return t.Local().Format("2006/01/02 15:04:05") }
	return [][2]string{{"バージョン", "X.509v3"}, {"シリアル番号", strings.TrimSpace(serial)}, {"署名アルゴリズム", alg}, {"発行先", devicetest.NameText(c.Subject)},
		{"有効期限開始日", day(c.NotBefore)}, {"有効期限終了日", day(c.NotAfter)}, {"発行者", devicetest.NameText(c.Issuer)}, {"公開鍵", pub}, {"証明書の拇印(SHA1)", strings.TrimSpace(sum)}}
}
