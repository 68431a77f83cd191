package ir2645

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
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
	csr   []byte // PEM, for keys made with a CSR
	devSg bool   // the device signature key
}

func (k *key) algorithm() string {
	switch p := k.priv.Public().(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", p.N.BitLen())
	case *ecdsa.PublicKey:
		return fmt.Sprintf("ECDSA P%d", p.Curve.Params().BitSize)
	}
	return ""
}

// closePrimes tells whether a few rounds of Fermat's method factor the modulus.
func closePrimes(pub crypto.PublicKey) bool {
	r, ok := pub.(*rsa.PublicKey)
	if !ok {
		return false
	}
	a := new(big.Int).Sqrt(r.N)
	for range 100 {
		b2 := new(big.Int).Sub(new(big.Int).Mul(a, a), r.N)
		if b2.Sign() >= 0 {
			if b := new(big.Int).Sqrt(b2); b.Mul(b, b).Cmp(b2) == 0 {
				return true
			}
		}
		a.Add(a, big.NewInt(1))
	}
	return false
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
	var n pkix.Name
	set := func(p *[]string, v string) {
		if v != "" {
			*p = []string{v}
		}
	}
	set(&n.Country, g.country)
	set(&n.Province, g.state)
	set(&n.Locality, g.city)
	set(&n.Organization, g.org)
	set(&n.OrganizationalUnit, g.unit)
	n.CommonName = g.cn
	return n
}

func (g genSpec) sigAlg(ec bool) x509.SignatureAlgorithm {
	i := map[string]int{"SHA256": 0, "SHA384": 1, "SHA512": 2}[g.hash]
	if ec {
		return []x509.SignatureAlgorithm{x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512}[i]
	}
	return []x509.SignatureAlgorithm{x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA}[i]
}

func newSigner(alg string) (crypto.Signer, error) {
	switch alg {
	case "RSA 1024":
		return devicetest.GenerateKey(1024)
	case "RSA 2048":
		return devicetest.GenerateKey(2048)
	case "RSA 4096":
		return devicetest.GenerateKey(4096)
	case "ECDSA P256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ECDSA P384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ECDSA P521":
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	}
	return nil, errors.New("unknown key algorithm")
}

func selfSign(g genSpec, s crypto.Signer) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, err
	}
	_, ec := s.Public().(*ecdsa.PublicKey)
	t := &x509.Certificate{
		SerialNumber: serial, Subject: g.subject(), NotBefore: g.start, NotAfter: g.end,
		SignatureAlgorithm: g.sigAlg(ec), BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(g.cn); ip != nil {
		t.IPAddresses = []net.IP{ip}
	}
	return x509.CreateCertificate(rand.Reader, t, t, s.Public(), s)
}

// make makes the key, and its certificate or CSR.
func (g genSpec) make() (*key, error) {
	s, err := newSigner(g.alg)
	if err != nil {
		return nil, err
	}
	k := &key{name: g.name, priv: s}
	if !g.csr {
		k.cert, err = selfSign(g, s)
		return k, err
	}
	_, ec := s.Public().(*ecdsa.PublicKey)
	der, err := x509.CreateCertificateRequest(rand.Reader,
		&x509.CertificateRequest{Subject: g.subject(), SignatureAlgorithm: g.sigAlg(ec)}, s)
	if err != nil {
		return nil, err
	}
	k.csr = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
	return k, nil
}

// parseCertificate reads an uploaded file, DER or Base64.
func parseCertificate(b []byte) (*x509.Certificate, error) {
	if p, _ := pem.Decode(b); p != nil {
		b = p.Bytes
	}
	return x509.ParseCertificate(b)
}
