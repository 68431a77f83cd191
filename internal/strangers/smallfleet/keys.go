package smallfleet

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// key is one place of the key store.
type key struct {
	slot  int
	name  string
	priv  crypto.Signer
	cert  *x509.Certificate // nil: only a CSR was made so far
	csr   []byte
	fixed bool // AMS and device signature: never chosen for a protocol
}

// request is what a generate form asks for.
type request struct {
	name, sig, alg, size            string // sig SHA256.., alg RSA|ECDSA, size 2048|P256..
	start, end                      time.Time
	country, state, city, org, unit string
	cn                              string
	csr                             bool
}

type fault string

// The reasons a page can refuse something; each device words them itself.
const (
	badToken  fault = "token"
	badOrder  fault = "order"
	busy      fault = "busy"
	inUse     fault = "inuse"
	full      fault = "full"
	badName   fault = "name"
	dupName   fault = "dup"
	badDate   fault = "date"
	badHash   fault = "hash"
	badField  fault = "field"
	noKey     fault = "nokey"
	badCert   fault = "cert"
	noRight   fault = "right"
	cantMake  fault = "make"
	noPage    fault = "page"
	badChoice fault = "choice"
)

var hashes = map[string]bool{"SHA1": true, "SHA256": true, "SHA384": true, "SHA512": true}

var curves = map[string]elliptic.Curve{"P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}

var rsaBits = map[string]int{"512": 512, "1024": 1024, "2048": 2048, "4096": 4096}

func ascii(s string, limit int) bool {
	if len(s) > limit {
		return false
	}
	for _, c := range s {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

func alnum(s string) bool {
	for _, c := range s {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return s != ""
}

func (g *request) check() fault {
	switch {
	case !alnum(g.name) || len(g.name) > 24:
		return badName
	case !hashes[g.sig]:
		return badField
	case g.alg == "RSA" && rsaBits[g.size] == 0, g.alg == "ECDSA" && curves[g.size] == nil:
		return badField
	case g.alg != "RSA" && g.alg != "ECDSA":
		return badField
	case g.alg == "RSA" && g.size == "512" && (g.sig == "SHA384" || g.sig == "SHA512"):
		return badHash
	case !g.csr && (g.start.IsZero() || g.end.IsZero() || g.end.Before(g.start)):
		return badDate
	case len(g.country) != 0 && (len(g.country) != 2 || !alnum(g.country)):
		return badField
	}
	for _, v := range []string{g.state, g.city, g.org, g.unit, g.cn} {
		if !ascii(v, 64) {
			return badField
		}
	}
	return ""
}

func (g *request) subject() pkix.Name {
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	return pkix.Name{Country: one(g.country), Province: one(g.state), Locality: one(g.city),
		Organization: one(g.org), OrganizationalUnit: one(g.unit), CommonName: g.cn}
}

func (g *request) algorithm() x509.SignatureAlgorithm {
	ec := g.alg == "ECDSA"
	switch {
	case g.sig == "SHA1" && ec:
		return x509.ECDSAWithSHA1
	case g.sig == "SHA1":
		return x509.SHA1WithRSA
	case g.sig == "SHA384" && ec:
		return x509.ECDSAWithSHA384
	case g.sig == "SHA384":
		return x509.SHA384WithRSA
	case g.sig == "SHA512" && ec:
		return x509.ECDSAWithSHA512
	case g.sig == "SHA512":
		return x509.SHA512WithRSA
	case ec:
		return x509.ECDSAWithSHA256
	}
	return x509.SHA256WithRSA
}

// build makes the key and its certificate (or CSR) as fixed firmware does.
func (g *request) build() (*key, error) {
	var priv crypto.Signer
	var err error
	if g.alg == "ECDSA" {
		priv, err = ecdsa.GenerateKey(curves[g.size], rand.Reader)
	} else {
		priv, err = devicetest.GenerateKey(rsaBits[g.size])
	}
	if err != nil {
		return nil, err
	}
	k := &key{name: g.name, priv: priv}
	if g.csr {
		t := &x509.CertificateRequest{Subject: g.subject(), SignatureAlgorithm: g.algorithm()}
		k.csr, err = x509.CreateCertificateRequest(rand.Reader, t, priv)
		return k, err
	}
	return k, k.sign(g)
}

// sign gives the key a self-signed certificate.
func (k *key) sign(g *request) error {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 62))
	if err != nil {
		return err
	}
	t := &x509.Certificate{SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: g.subject(),
		NotBefore: g.start, NotAfter: g.end, SignatureAlgorithm: g.algorithm(),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, t, t, k.priv.Public(), k.priv)
	if err != nil {
		return err
	}
	k.cert, err = x509.ParseCertificate(der)
	return err
}

// install takes the certificate a CA issued for this key's CSR.
func (k *key) install(data []byte) fault {
	if b, _ := pem.Decode(data); b != nil {
		data = b.Bytes
	}
	c, err := x509.ParseCertificate(data)
	if err != nil {
		return badCert
	}
	pub, ok := k.priv.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !pub.Equal(c.PublicKey) {
		return badCert
	}
	k.cert = c
	return ""
}

// weak tells whether Fermat's method splits the modulus within 100 rounds.
func (k *key) weak() bool {
	pub, ok := k.priv.Public().(*rsa.PublicKey)
	if !ok {
		return false
	}
	a := new(big.Int).Sqrt(pub.N)
	for range 101 {
		b2 := new(big.Int).Sub(new(big.Int).Mul(a, a), pub.N)
		if b2.Sign() >= 0 {
			b := new(big.Int).Sqrt(b2)
			if b.Mul(b, b).Cmp(b2) == 0 {
				return true
			}
		}
		a.Add(a, big.NewInt(1))
	}
	return false
}

func (k *key) spki() string {
	der, err := x509.MarshalPKIXPublicKey(k.priv.Public())
	if err != nil {
		return ""
	}
	h := sha256.Sum256(der)
	return hex.EncodeToString(h[:])
}

// kind is "RSA", 2048 or "ECDSA", 256.
func (k *key) kind() (string, int) {
	switch p := k.priv.Public().(type) {
	case *rsa.PublicKey:
		return "RSA", p.N.BitLen()
	case *ecdsa.PublicKey:
		return "ECDSA", p.Curve.Params().BitSize
	}
	return "", 0
}

var errSeed = errors.New("the initial keys could not be made")

// seedKey is a self-signed key of the time before the update; issued ones
// come from a CA outside, as if registered from a file.
func seedKey(name string, priv crypto.Signer, cn, org string, from time.Time, years int) (*key, error) {
	g := &request{name: name, sig: "SHA256", alg: "RSA", cn: cn, org: org, country: "JP",
		start: from, end: from.AddDate(years, 0, -1)}
	if _, ok := priv.(*ecdsa.PrivateKey); ok {
		g.alg = "ECDSA"
	}
	k := &key{name: name, priv: priv}
	return k, k.sign(g)
}
