package ir2645

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// key is one slot of the key store.
type key struct {
	no    int
	name  string
	priv  crypto.Signer
	weak  bool
	cert  []byte
	csr   []byte // for keys made with a CSR
	devSg bool   // the device signature key
}

// genSpec is what the key generation form asks for.
type genSpec struct {
	name, hash, alg     string // hash "SHA256"…; alg "RSA 2048", "ECDSA P256"
	start, end          time.Time
	country, state      string
	city, org, unit, cn string
	csr                 bool
}

func (g genSpec) subject() pkix.Name {
	return devicetest.Subject(g.country, g.state, g.city, g.org, g.unit, g.cn)
}

// make makes the key, and its certificate or CSR.
func (g genSpec) make() (*key, error) {
	s, err := devicetest.NewKey(g.alg)
	if err != nil {
		return nil, err
	}
	k := &key{name: g.name, priv: s}
	if g.csr {
		k.csr, err = devicetest.Request(s, g.hash, g.subject())
	} else {
		k.cert, err = g.selfSigned(s)
	}
	return k, err
}

func (g genSpec) selfSigned(s crypto.Signer) ([]byte, error) {
	t := x509.Certificate{Subject: g.subject(), NotBefore: g.start, NotAfter: g.end, BasicConstraintsValid: true}
	if ip := net.ParseIP(g.cn); ip != nil {
		t.IPAddresses = []net.IP{ip}
	}
	return devicetest.SelfSigned(s, g.hash, t)
}
