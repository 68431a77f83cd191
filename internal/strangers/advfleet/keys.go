package advfleet

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// key is one place of the key store.
type key struct {
	id    int
	name  string
	priv  crypto.Signer
	cert  *x509.Certificate // nil: a request is out, the certificate not here yet
	csr   []byte
	ca    *x509.Certificate
	fixed bool   // made by the maker: never deleted
	other string // a use that is no network function
}

func (k *key) chain() [][]byte {
	out := [][]byte{k.cert.Raw}
	if k.ca != nil {
		out = append(out, k.ca.Raw)
	}
	return out
}

func (k *key) spki() string {
	der, err := x509.MarshalPKIXPublicKey(k.priv.Public())
	if err != nil {
		return ""
	}
	h := sha256.Sum256(der)
	return hex.EncodeToString(h[:])
}

// weak runs the hundred Fermat rounds that public CAs run.
func (k *key) weak() bool {
	pub, ok := k.priv.Public().(*rsa.PublicKey)
	if !ok {
		return false
	}
	one := big.NewInt(1)
	a := new(big.Int).Sqrt(pub.N)
	for range 101 {
		b := new(big.Int).Mul(a, a)
		b.Sub(b, pub.N)
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

// algorithm is "RSA" or "ECDSA" with its size.
func (k *key) algorithm() (string, string) {
	switch p := k.priv.Public().(type) {
	case *rsa.PublicKey:
		return "RSA", fmt.Sprint(p.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA", fmt.Sprintf("P%d", p.Curve.Params().BitSize)
	}
	return "", ""
}

func (k *key) thumb() []byte {
	h := sha1.Sum(k.cert.Raw)
	return h[:]
}

func spaced(b []byte, sep string) string {
	var p []string
	for _, x := range b {
		p = append(p, fmt.Sprintf("%02X", x))
	}
	return strings.Join(p, sep)
}

func strongRSA(bits int) *rsa.PrivateKey {
	k, err := devicetest.GenerateKey(bits)
	if err != nil {
		panic(err)
	}
	return k
}

func ecKey(c elliptic.Curve) *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

func serial() *big.Int {
	b := make([]byte, 9)
	_, _ = rand.Read(b)
	b[0] &= 0x7f
	b[1] |= 1
	return new(big.Int).SetBytes(b)
}

// selfSign makes an X.509v3 certificate for priv, signed by itself or by the CA given.
func selfSign(priv crypto.Signer, subj pkix.Name, from, to time.Time, alg x509.SignatureAlgorithm, ca *key) (*x509.Certificate, error) {
	t := &x509.Certificate{SerialNumber: serial(), Subject: subj, NotBefore: from, NotAfter: to, SignatureAlgorithm: alg,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, BasicConstraintsValid: true}
	parent, signer := t, priv
	if ca != nil {
		parent, signer = ca.cert, ca.priv
		t.SignatureAlgorithm = 0
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, priv.Public(), signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// stock puts a key with a certificate into the store, as it left the factory or years ago.
func (d *Device) stock(name string, priv crypto.Signer, subj pkix.Name, age int, ca *key) *key {
	from := d.cfg.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -age)
	c, err := selfSign(priv, subj, from, from.AddDate(10, 0, 0), 0, ca)
	if err != nil {
		panic(err)
	}
	d.nextID++
	k := &key{id: d.nextID, name: name, priv: priv, cert: c}
	d.keys = append(d.keys, k)
	return k
}

// officeCA is a customer's own CA that issued one of the old certificates.
func officeCA(cn string, now time.Time) *key {
	p := strongRSA(2048)
	t := &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{Organization: []string{"Example Office"}, CommonName: cn},
		NotBefore: now.AddDate(-6, 0, 0), NotAfter: now.AddDate(14, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	der, err := x509.CreateCertificate(rand.Reader, t, t, p.Public(), p)
	if err != nil {
		panic(err)
	}
	c, _ := x509.ParseCertificate(der)
	return &key{priv: p, cert: c}
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// readCert takes DER or PEM.
func readCert(b []byte) (*x509.Certificate, error) {
	if p, _ := pem.Decode(b); p != nil {
		b = p.Bytes
	}
	return x509.ParseCertificate(b)
}
