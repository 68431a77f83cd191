package iprc170

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	kindDefault = iota
	kindAMS
	kindSignature
	kindUser
)

type key struct {
	no   int
	name string
	kind int
	priv crypto.Signer
	cert []byte
	csr  []byte
}

type peerCert struct {
	no   int
	cert *x509.Certificate
}

// genJob is a key generation under way.
type genJob struct {
	no   int
	what string // "self", "csr", "sig"
	done bool
	key  int
}

type keySpec struct {
	name, algo, hash string
	subject          pkix.Name
	from, to         time.Time
}

func template(sub pkix.Name, from, to time.Time) x509.Certificate {
	t := devicetest.Usual(sub, from, to)
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	return t
}

func selfSign(priv crypto.Signer, t x509.Certificate) []byte {
	return devicetest.Must(devicetest.SelfSigned(priv, "SHA256", t))
}

func (d *Device) addKey(name string, kind int, priv crypto.Signer, cert, csr []byte) *key {
	d.nextKey++
	k := &key{no: d.nextKey, name: name, kind: kind, priv: priv, cert: cert, csr: csr}
	d.keys = append(d.keys, k)
	return k
}

func (d *Device) factoryKeys() {
	f0, f1 := time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 12, 31, 23, 59, 59, 0, time.UTC)
	u0, u1 := time.Date(2021, 6, 7, 0, 0, 0, 0, time.UTC), time.Date(2031, 6, 6, 23, 59, 59, 0, time.UTC)
	org := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"TW"}, Province: []string{"Taipei"}, Organization: []string{"Printroom"},
			OrganizationalUnit: []string{"POD"}, CommonName: cn}
	}
	strong := devicetest.Strong(2048)
	d.addKey("Default Key", kindDefault, strong, selfSign(strong, template(pkix.Name{CommonName: "Canon " + shortName}, f0, f1)), nil)
	ams, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	d.addKey("AMS", kindAMS, ams, selfSign(ams, template(pkix.Name{CommonName: "Canon AMS"}, f0, f1)), nil)
	var weak devicetest.WeakKeys
	sig := weak.Next()
	d.addKey("Device Signature Key", kindSignature, sig, d.signatureCert(sig, u0), nil)
	w := weak.Next()
	d.addKey("ipr2021tls", kindUser, w, selfSign(w, template(org("ipr-c170-pod1.printroom.example"), u0, u1)), nil)
	// The 802.1X certificate came from the company's authority by a request.
	ca, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	cat := template(pkix.Name{Country: []string{"TW"}, Organization: []string{"Printroom"}, CommonName: "Printroom Device CA"}, u0, u1)
	cat.IsCA, cat.BasicConstraintsValid, cat.KeyUsage = true, true, x509.KeyUsageCertSign
	w = weak.Next()
	d.addKey("dot1xkey", kindUser, w, devicetest.Must(devicetest.Issued(w, "SHA384", template(org("ipr-c170-pod1"), u0, u1), cat, ca)), nil)
	w = weak.Next()
	d.addKey("ripipsec", kindUser, w, selfSign(w, template(org("192.168.40.21"), u0, u1)), nil)
	pk, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	pc, _ := x509.ParseCertificate(selfSign(pk, template(pkix.Name{CommonName: "iR-ADV C5560 III Device Signature"}, u0, u0.AddDate(5, 0, 0))))
	d.peers = []*peerCert{{no: 1, cert: pc}}
}

func (d *Device) signatureCert(priv crypto.Signer, from time.Time) []byte {
	t := template(pkix.Name{Organization: []string{"Canon"}, CommonName: shortName + " 2QX04417", SerialNumber: "2QX04417"}, from, from.AddDate(5, 0, 0))
	t.KeyUsage |= x509.KeyUsageContentCommitment
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
	return selfSign(priv, t)
}

func (d *Device) keyByNo(no int) *key {
	for _, k := range d.keys {
		if k.no == no {
			return k
		}
	}
	return nil
}

func (d *Device) keyByName(name string) *key {
	for _, k := range d.keys {
		if k.name == name {
			return k
		}
	}
	return nil
}

// generate starts a generation that ends by itself after about a second; d.mu is held.
func (d *Device) generate(what string, spec keySpec) *genJob {
	d.jobNo++
	j := &genJob{no: d.jobNo, what: what}
	d.job = j
	today := d.now().UTC()
	if what == "sig" {
		spec.algo = "2048"
	}
	var priv crypto.Signer
	var cert, csr []byte
	d.InBackground(900*time.Millisecond, func() {
		priv = devicetest.Must(devicetest.NewKey(spec.algo))
		switch what {
		case "self":
			cert = devicetest.Must(devicetest.SelfSigned(priv, spec.hash, template(spec.subject, spec.from, spec.to)))
		case "csr":
			csr = devicetest.Must(devicetest.Request(priv, spec.hash, spec.subject))
		case "sig":
			cert = d.signatureCert(priv, today)
		}
	}, func() {
		if what == "sig" {
			k := d.keyByName("Device Signature Key")
			k.priv, k.cert = priv, cert
			j.key = k.no
		} else {
			j.key = d.addKey(spec.name, kindUser, priv, cert, csr).no
		}
		j.done = true
	})
	return j
}
