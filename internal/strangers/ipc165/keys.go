package ipc165

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	kindDefault = "default"
	kindAMS     = "ams"
	kindSign    = "sign"
	kindUser    = "user"
)

type key struct {
	id         int
	name, kind string
	signer     crypto.Signer
	weak       bool
	cert, csr  []byte // DER
}

// subject is what the wizard collects.
type subject struct {
	name                                string
	hash                                crypto.Hash
	country, state, city, org, unit, cn string
	from, to                            time.Time
	algo, length, curve                 string
	hashName, countryBy, list, code     string
	fy, fm, fd, ty, tm, td              string
	csr                                 bool
}

func (k *key) algorithm() string {
	switch p := k.signer.Public().(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", p.N.BitLen())
	case *ecdsa.PublicKey:
		return fmt.Sprintf("ECDSA P%d", p.Curve.Params().BitSize)
	}
	return ""
}

func (k *key) fixed() bool { return k.kind != kindUser }

func strongRSA(bits int) (*rsa.PrivateKey, error) { return devicetest.GenerateKey(bits) }

func newSigner(s subject) (crypto.Signer, error) {
	if s.algo == "ECDSA" {
		c := map[string]elliptic.Curve{"P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}[s.curve]
		return ecdsa.GenerateKey(c, rand.Reader)
	}
	bits := map[string]int{"1024": 1024, "2048": 2048, "4096": 4096}[s.length]
	return strongRSA(bits)
}

func (k *key) sigAlg(h crypto.Hash) x509.SignatureAlgorithm {
	_, isRSA := k.signer.Public().(*rsa.PublicKey)
	switch {
	case isRSA && h == crypto.SHA384:
		return x509.SHA384WithRSA
	case isRSA && h == crypto.SHA512:
		return x509.SHA512WithRSA
	case isRSA:
		return x509.SHA256WithRSA
	case h == crypto.SHA384:
		return x509.ECDSAWithSHA384
	case h == crypto.SHA512:
		return x509.ECDSAWithSHA512
	}
	return x509.ECDSAWithSHA256
}

func (s subject) dn() pkix.Name {
	var n pkix.Name
	set := func(dst *[]string, v string) {
		if v != "" {
			*dst = []string{v}
		}
	}
	set(&n.Country, s.country)
	set(&n.Province, s.state)
	set(&n.Locality, s.city)
	set(&n.Organization, s.org)
	set(&n.OrganizationalUnit, s.unit)
	n.CommonName = s.cn
	return n
}

func (k *key) selfSign(s subject) error {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return err
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: s.dn(), NotBefore: s.from, NotAfter: s.to,
		SignatureAlgorithm: k.sigAlg(s.hash),
		KeyUsage:           x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	k.cert, err = x509.CreateCertificate(rand.Reader, t, t, k.signer.Public(), k.signer)
	return err
}

func (k *key) request(s subject) error {
	var err error
	k.csr, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: s.dn(), SignatureAlgorithm: k.sigAlg(s.hash)}, k.signer)
	return err
}

func (k *key) csrPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: k.csr}))
}

// readCert takes a certificate file, DER or PEM.
func readCert(b []byte) (*x509.Certificate, error) {
	if bl, _ := pem.Decode(bytes.TrimSpace(b)); bl != nil {
		b = bl.Bytes
	}
	return x509.ParseCertificate(b)
}

func samePublic(k *key, c *x509.Certificate) bool {
	p, ok := k.signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && p.Equal(c.PublicKey)
}

// generation is a key being made; it is registered by the page that waits.
type generation struct {
	done  chan struct{}
	key   *key
	err   error
	subj  subject
	renew bool
}

// generate begins to make a key in the background.
func (d *Device) generate(s subject, renew bool) *generation {
	g := &generation{done: make(chan struct{}), subj: s, renew: renew}
	d.generating = g
	end := time.Now().Add(generateTime)
	go func() {
		defer close(g.done)
		var k *key
		signer, err := newSigner(s)
		if err == nil {
			k = &key{name: s.name, kind: kindUser, signer: signer}
			if s.csr {
				err = k.request(s)
			} else {
				err = k.selfSign(s)
			}
		}
		time.Sleep(time.Until(end))
		d.Mu.Lock()
		defer d.Mu.Unlock()
		g.key, g.err, d.generating = k, err, nil
		if err != nil {
			return
		}
		if renew {
			for i, old := range d.keys {
				if old.kind == kindSign {
					k.kind, k.id, k.name = kindSign, old.id, old.name
					d.keys[i] = k
				}
			}
			return
		}
		k.id = d.nextID
		d.nextID++
		d.keys = append(d.keys, k)
	}()
	return g
}
