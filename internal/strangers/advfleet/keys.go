package advfleet

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
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

// selfSign makes an X.509v3 certificate for priv, signed by itself or by the CA given.
func selfSign(priv crypto.Signer, subj pkix.Name, from, to time.Time, hash string, ca *key) (*x509.Certificate, error) {
	t := devicetest.Usual(subj, from, to)
	t.BasicConstraintsValid = true
	der, err := devicetest.SelfSigned(priv, hash, t)
	if ca != nil {
		der, err = devicetest.Issued(priv, hash, t, *ca.cert, ca.priv)
	}
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// stock puts a key with a certificate into the store, as it left the factory or years ago.
func (d *Device) stock(name string, priv crypto.Signer, subj pkix.Name, age int, ca *key) *key {
	from := d.cfg.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -age)
	c, err := selfSign(priv, subj, from, from.AddDate(10, 0, 0), "SHA256", ca)
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
	p := devicetest.Strong(2048)
	t := x509.Certificate{Subject: pkix.Name{Organization: []string{"Example Office"}, CommonName: cn},
		NotBefore: now.AddDate(-6, 0, 0), NotAfter: now.AddDate(14, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	return &key{priv: p, cert: devicetest.Must(x509.ParseCertificate(devicetest.Must(devicetest.SelfSigned(p, "SHA256", t))))}
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
