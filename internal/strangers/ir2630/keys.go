package ir2630

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	defaultKey = "Default Key"
	devSigKey  = "Device Signature Key"
)

type key struct {
	name string
	priv crypto.Signer
	weak bool
	der  []byte // the certificate, nil while only a CSR is out
	csr  []byte // DER
	sig  string // the hash chosen
}

func (k *key) cert() *x509.Certificate {
	c, err := x509.ParseCertificate(k.der)
	if err != nil {
		return nil
	}
	return c
}

type subject struct {
	country, state, city, org, unit, cn string
	from, to                            time.Time
}

func (s subject) name() pkix.Name {
	return devicetest.Subject(s.country, s.state, s.city, s.org, s.unit, s.cn)
}

func (k *key) selfSign(s subject) (err error) {
	k.der, err = devicetest.SelfSigned(k.priv, k.sig, x509.Certificate{Subject: s.name(), NotBefore: s.from, NotAfter: s.to})
	return err
}

func (k *key) request(s subject) (err error) {
	k.csr, err = devicetest.Request(k.priv, k.sig, s.name())
	return err
}

// install registers an issued certificate; the error is the text that the page shows.
func (k *key) install(file []byte) error {
	c, err := devicetest.ReadCertificate(file)
	if err != nil {
		//lint:ignore ST1005 the page shows it
		return errors.New("The file could not be registered. The file is not a certificate in a supported format.")
	}
	if !devicetest.SamePublic(k.priv, c) {
		//lint:ignore ST1005 the page shows it
		return errors.New("The certificate could not be registered. It does not match the key.")
	}
	k.der = c.Raw
	return nil
}

// factoryKeys are made once in a process: they are slow to make. Slots 1 to 5.
var factoryKeys = sync.OnceValue(func() []*key {
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	office := subject{country: "GB", city: "Reading", org: "Harbour Office", cn: "192.168.14.30", from: day(2021, 3, 1), to: day(2031, 2, 28)}
	var out []*key
	var weak devicetest.WeakKeys
	for _, f := range []struct {
		name, cn string
		weak     bool
	}{{defaultKey, "Canon Imaging Product", false}, {devSigKey, model + " Device Signature", true}, {"ruikey2021", office.cn, true}, {"dot1x", "prn-2630-1.harbour.example", true}, {"ipsec01", office.cn, true}} {
		k, s := &key{name: f.name, weak: f.weak, sig: "SHA256"}, office
		s.cn = f.cn
		switch f.name {
		case defaultKey:
			s = subject{cn: f.cn, from: day(2012, 1, 1), to: time.Date(2037, 12, 31, 23, 59, 59, 0, time.UTC)}
		case devSigKey:
			s = subject{org: "CANON INC.", cn: f.cn, from: day(2022, 2, 26), to: day(2027, 2, 26)}
		}
		if f.weak {
			k.priv = weak.Next()
		} else {
			k.priv = devicetest.Strong(2048)
		}
		if err := k.selfSign(s); err != nil {
			panic(err)
		}
		out = append(out, k)
	}
	return out
})

// genJob is one generation under way; the machine does one at a time.
type genJob struct {
	kind string // "self", "csr", "sign"
	slot int
	done bool
	err  error
}

func (d *Device) freeSlot() int {
	for n := 1; n <= slots; n++ {
		if d.keys[n] == nil {
			return n
		}
	}
	return 0
}

// startGen works on in the background, as the page says it does. The caller holds mu.
func (d *Device) startGen(kind, name, alg, hash string, slot int, s subject) {
	job := &genJob{kind: kind, slot: slot}
	d.gen = job
	k := &key{name: name, sig: hash}
	var err error
	d.InBackground(time.Duration(600+rand.IntN(800))*time.Millisecond, func() {
		if k.priv, err = devicetest.NewKey(alg); err != nil {
			return
		}
		if kind == "csr" {
			err = k.request(s)
		} else {
			err = k.selfSign(s)
		}
	}, func() {
		if job.done, job.err = true, err; err == nil {
			d.keys[slot] = k
		}
	})
}

// uses names the functions that hold slot n under the settings s.
func (d *Device) uses(s settings, n int) []string {
	var out []string
	if s.tlsKey == n {
		out = append(out, "TLS")
	}
	if s.x.tls && s.x.key == n {
		out = append(out, "IEEE 802.1X")
	}
	for _, p := range s.policies {
		if p.ike.signature && p.ike.key == n {
			out = append(out, "IPSec")
			break
		}
	}
	if k := d.keys[n]; k != nil && k.name == devSigKey {
		out = append(out, "Device Signature")
	}
	return out
}
