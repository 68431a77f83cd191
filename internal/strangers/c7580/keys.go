package c7580

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"strconv"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type key struct {
	id, name string
	fixed    bool // cannot be deleted
	noBind   bool // device signature and access control keys
	devsig   bool
	weak     bool
	priv     crypto.Signer
	cert     *x509.Certificate
	csr      []byte
}

type peerCert struct {
	id   string
	cert *x509.Certificate
}

func (d *Device) key(id string) *key {
	for _, k := range d.keys {
		if k.id == id {
			return k
		}
	}
	return nil
}

func (d *Device) keyName(id string) string {
	if k := d.key(id); k != nil {
		return k.name
	}
	return ""
}

func (d *Device) addKey(k *key) *key {
	d.nextID++
	k.id = strconv.Itoa(d.nextID)
	d.keys = append(d.keys, k)
	return k
}

// usual is a certificate as the device makes them.
func usual(subject pkix.Name, from, to time.Time) x509.Certificate {
	t := devicetest.Usual(subject, from, to)
	t.BasicConstraintsValid = true
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	return t
}

func selfSigned(k crypto.Signer, subject pkix.Name, from, to time.Time, hash string) *x509.Certificate {
	return parsed(devicetest.SelfSigned(k, hash, usual(subject, from, to)))
}

func parsed(der []byte, err error) *x509.Certificate {
	return devicetest.Must(x509.ParseCertificate(devicetest.Must(der, err)))
}

func day(y, m, dd int) time.Time { return time.Date(y, time.Month(m), dd, 0, 0, 0, 0, time.UTC) }

// firstKeys fills the key store as the office has it.
func (d *Device) firstKeys() {
	var weakKeys devicetest.WeakKeys
	office := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"GB"}, Province: []string{"Surrey"}, Locality: []string{"Reigate"}, Organization: []string{"Example Partners LLP"}, OrganizationalUnit: []string{"IT"}, CommonName: cn}
	}
	factory := pkix.Name{Country: []string{"JP"}, Organization: []string{"CANON INC."}, CommonName: "Canon " + model}
	own := func(name string, weak bool, subject pkix.Name, from, to time.Time) *key {
		k := &key{name: name, weak: weak}
		if k.priv = devicetest.Strong(2048); weak {
			k.priv = weakKeys.Next()
		}
		k.cert = selfSigned(k.priv, subject, from, to, "SHA256")
		return d.addKey(k)
	}
	k := own("Default Key", false, factory, day(2012, 1, 1), day(2037, 12, 31))
	k.fixed = true
	k = own("AMS", false, pkix.Name{CommonName: "AMS"}, day(2021, 2, 8), day(2041, 2, 8))
	k.fixed, k.noBind = true, true
	forTLS := own("RemoteUI2019", true, office("192.0.2.58"), day(2019, 3, 4), day(2029, 3, 4))
	ca := devicetest.Must(devicetest.NewKey("P256"))
	caName := pkix.Name{Organization: []string{"Example Partners LLP"}, CommonName: "Example Partners Network CA"}
	k1x := weakKeys.Next()
	forDot1x := d.addKey(&key{name: "WiredAuth", weak: true, priv: k1x, cert: parsed(devicetest.Issued(k1x, "SHA256", usual(office("prn-7580-3f"), day(2020, 6, 15), day(2028, 6, 15)), x509.Certificate{Subject: caName}, ca))})
	forIPSec := own("ipsec01", true, office("prn-7580-3f"), day(2019, 9, 2), day(2029, 9, 2))
	forSIP := own("SIPFAX", true, office("fax.example.com"), day(2020, 1, 10), day(2030, 1, 10))
	k = own("Device Signature Key", true, pkix.Name{Country: []string{"JP"}, CommonName: model + " XYZ01234"}, day(2022, 1, 11), day(2027, 1, 11))
	k.fixed, k.noBind, k.devsig = true, true, true

	peer := devicetest.Must(devicetest.NewKey("P256"))
	d.smime = []*peerCert{{"1", selfSigned(peer, pkix.Name{Organization: []string{"Example Partners LLP"}, CommonName: "reception@example.com"}, day(2021, 5, 1), day(2031, 5, 1), "SHA256")}}
	d.nextID++
	d.set = firstSettings(forTLS.id, forDot1x.id, forIPSec.id, forSIP.id)
}

// genJob is one key generation; the panel shows the same message meanwhile.
type genJob struct {
	k    *key
	csr  bool
	sig  bool
	done bool
}

// generate makes the key in the background and registers it when it is done.
func (d *Device) generate(j *genJob, make func() *key) {
	d.job = j
	var k *key
	d.InBackground(900*time.Millisecond, func() { k = make() }, func() {
		if d.job != j {
			return // restarted meanwhile
		}
		if j.sig {
			for _, o := range d.keys {
				if o.devsig {
					o.priv, o.cert, o.weak = k.priv, k.cert, false
					k = o
				}
			}
		} else {
			d.addKey(k)
		}
		j.k, j.done = k, true
	})
}

func (d *Device) busy() bool { return d.job != nil && !d.job.done }
