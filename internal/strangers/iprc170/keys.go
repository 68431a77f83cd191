package iprc170

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strconv"
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

func (k *key) algorithm() string {
	switch p := k.priv.Public().(type) {
	case *rsa.PublicKey:
		return "RSA " + strconv.Itoa(p.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA P" + strconv.Itoa(p.Curve.Params().BitSize)
	}
	return ""
}

// weak reports whether Fermat's method factors the modulus within a few rounds.
func (k *key) weak() bool {
	p, ok := k.priv.Public().(*rsa.PublicKey)
	if !ok {
		return false
	}
	one := big.NewInt(1)
	a := new(big.Int).Sqrt(p.N)
	for range 100 {
		b := new(big.Int).Mul(a, a)
		b.Sub(b, p.N)
		if b.Sign() >= 0 {
			r := new(big.Int).Sqrt(b)
			if r.Mul(r, r).Cmp(b) == 0 {
				return true
			}
		}
		a.Add(a, one)
	}
	return false
}

func strongRSA(bits int) *rsa.PrivateKey {
	k, err := devicetest.GenerateKey(bits)
	if err != nil {
		panic(err)
	}
	return k
}

func serial() *big.Int {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 62))
	return n.Add(n, big.NewInt(1))
}

func template(sub pkix.Name, from, to time.Time) *x509.Certificate {
	return &x509.Certificate{SerialNumber: serial(), Subject: sub, NotBefore: from, NotAfter: to,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
}

func selfSign(priv crypto.Signer, t *x509.Certificate) []byte {
	der, err := x509.CreateCertificate(rand.Reader, t, t, priv.Public(), priv)
	if err != nil {
		panic(err)
	}
	return der
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
	strong := strongRSA(2048)
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
	der, err := x509.CreateCertificate(rand.Reader, template(org("ipr-c170-pod1"), u0, u1), cat, w.Public(), ca)
	if err != nil {
		panic(err)
	}
	d.addKey("dot1xkey", kindUser, w, der, nil)
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

func newPrivate(algo string) crypto.Signer {
	curves := map[string]elliptic.Curve{"P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}
	if c := curves[algo]; c != nil {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			panic(err)
		}
		return k
	}
	bits, _ := strconv.Atoi(algo)
	return strongRSA(bits)
}

func sigAlg(hash string, priv crypto.Signer) x509.SignatureAlgorithm {
	if _, ok := priv.(*ecdsa.PrivateKey); ok {
		return map[string]x509.SignatureAlgorithm{"SHA1": x509.ECDSAWithSHA1, "SHA256": x509.ECDSAWithSHA256,
			"SHA384": x509.ECDSAWithSHA384, "SHA512": x509.ECDSAWithSHA512}[hash]
	}
	return map[string]x509.SignatureAlgorithm{"SHA1": x509.SHA1WithRSA, "SHA256": x509.SHA256WithRSA,
		"SHA384": x509.SHA384WithRSA, "SHA512": x509.SHA512WithRSA}[hash]
}

// generate starts a generation that ends by itself after about a second; d.mu is held.
func (d *Device) generate(what string, spec keySpec) *genJob {
	d.jobNo++
	j := &genJob{no: d.jobNo, what: what}
	d.job = j
	start := time.Now()
	today := d.now().UTC()
	go func() {
		if what == "sig" {
			spec.algo = "2048"
		}
		priv := newPrivate(spec.algo)
		var cert, csr []byte
		switch what {
		case "self":
			t := template(spec.subject, spec.from, spec.to)
			t.SignatureAlgorithm = sigAlg(spec.hash, priv)
			cert = selfSign(priv, t)
		case "csr":
			csr, _ = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: spec.subject,
				SignatureAlgorithm: sigAlg(spec.hash, priv)}, priv)
		case "sig":
			cert = d.signatureCert(priv, today)
		}
		if left := 900*time.Millisecond - time.Since(start); left > 0 {
			time.Sleep(left)
		}
		defer d.Lock()()
		if what == "sig" {
			k := d.keyByName("Device Signature Key")
			k.priv, k.cert = priv, cert
			j.key = k.no
		} else {
			j.key = d.addKey(spec.name, kindUser, priv, cert, csr).no
		}
		j.done = true
	}()
	return j
}
