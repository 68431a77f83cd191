package c7580

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
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

func (k *key) algorithm() string {
	switch p := k.priv.Public().(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", p.N.BitLen())
	case *ecdsa.PublicKey:
		return fmt.Sprintf("ECDSA P%d", p.Curve.Params().BitSize)
	}
	return "?"
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

func strongKey(bits int) *rsa.PrivateKey {
	k, err := devicetest.GenerateKey(bits)
	if err != nil {
		panic(err)
	}
	return k
}

func curveKey(name string) *ecdsa.PrivateKey {
	c := map[string]elliptic.Curve{"P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}[name]
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

var rsaHash = map[string]x509.SignatureAlgorithm{"SHA1": x509.SHA1WithRSA, "SHA256": x509.SHA256WithRSA, "SHA384": x509.SHA384WithRSA, "SHA512": x509.SHA512WithRSA}
var ecHash = map[string]x509.SignatureAlgorithm{"SHA1": x509.ECDSAWithSHA1, "SHA256": x509.ECDSAWithSHA256, "SHA384": x509.ECDSAWithSHA384, "SHA512": x509.ECDSAWithSHA512}

func sigAlg(k crypto.Signer, hash string) x509.SignatureAlgorithm {
	if _, ok := k.(*ecdsa.PrivateKey); ok {
		return ecHash[hash]
	}
	return rsaHash[hash]
}

func certify(pub crypto.PublicKey, by crypto.Signer, subject, issuer pkix.Name, from, to time.Time, hash string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 62))
	t := &x509.Certificate{
		SerialNumber: serial, Subject: subject, NotBefore: from, NotAfter: to,
		SignatureAlgorithm: sigAlg(by, hash), BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, &x509.Certificate{Subject: issuer}, pub, by)
	if err != nil {
		panic(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return c
}

func selfSigned(k crypto.Signer, subject pkix.Name, from, to time.Time, hash string) *x509.Certificate {
	return certify(k.Public(), k, subject, subject, from, to, hash)
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
		if k.priv = strongKey(2048); weak {
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
	ca := curveKey("P256")
	caName := pkix.Name{Organization: []string{"Example Partners LLP"}, CommonName: "Example Partners Network CA"}
	k1x := weakKeys.Next()
	forDot1x := d.addKey(&key{name: "WiredAuth", weak: true, priv: k1x, cert: certify(&k1x.PublicKey, ca, office("prn-7580-3f"), caName, day(2020, 6, 15), day(2028, 6, 15), "SHA256")})
	forIPSec := own("ipsec01", true, office("prn-7580-3f"), day(2019, 9, 2), day(2029, 9, 2))
	forSIP := own("SIPFAX", true, office("fax.example.com"), day(2020, 1, 10), day(2030, 1, 10))
	k = own("Device Signature Key", true, pkix.Name{Country: []string{"JP"}, CommonName: model + " XYZ01234"}, day(2022, 1, 11), day(2027, 1, 11))
	k.fixed, k.noBind, k.devsig = true, true, true

	peer := curveKey("P256")
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
	go func() {
		begin := time.Now()
		k := make()
		time.Sleep(time.Until(begin.Add(900 * time.Millisecond)))
		defer d.Lock()()
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
	}()
}

func (d *Device) busy() bool { return d.job != nil && !d.job.done }
