package smallfleet

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"slices"
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

var hashes = []string{"SHA1", "SHA256", "SHA384", "SHA512"}

var curves = []string{"P256", "P384", "P521"}

var rsaBits = []string{"512", "1024", "2048", "4096"}

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
	case !slices.Contains(hashes, g.sig):
		return badField
	case g.alg == "RSA" && !slices.Contains(rsaBits, g.size), g.alg == "ECDSA" && !slices.Contains(curves, g.size):
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
	return devicetest.Subject(g.country, g.state, g.city, g.org, g.unit, g.cn)
}

// build makes the key and its certificate (or CSR) as fixed firmware does.
func (g *request) build() (*key, error) {
	priv, err := devicetest.NewKey(g.size)
	if err != nil {
		return nil, err
	}
	k := &key{name: g.name, priv: priv}
	if g.csr {
		k.csr, err = devicetest.Request(priv, g.sig, g.subject())
		return k, err
	}
	return k, k.sign(g)
}

// sign gives the key a self-signed certificate.
func (k *key) sign(g *request) error {
	t := devicetest.Usual(g.subject(), g.start, g.end)
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	der, err := devicetest.SelfSigned(k.priv, g.sig, t)
	if err != nil {
		return err
	}
	k.cert, err = x509.ParseCertificate(der)
	return err
}

// install takes the certificate a CA issued for this key's CSR.
func (k *key) install(data []byte) fault {
	c, err := devicetest.ReadCertificate(data)
	if err != nil || !devicetest.SamePublic(k.priv, c) {
		return badCert
	}
	k.cert = c
	return ""
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
	g := &request{name: name, sig: "SHA256", cn: cn, org: org, country: "JP", start: from, end: from.AddDate(years, 0, -1)}
	k := &key{name: name, priv: priv}
	return k, k.sign(g)
}
