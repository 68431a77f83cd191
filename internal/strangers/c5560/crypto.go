package c5560

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type key struct {
	no, name, alg string
	signer        crypto.Signer
	weak, fixed   bool
	cert          *x509.Certificate
	csr           []byte // PEM
}

type peerCert struct {
	no   string
	cert *x509.Certificate
}

func selfSign(k crypto.Signer, subject pkix.Name, from, to time.Time, alg x509.SignatureAlgorithm) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 62))
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{SerialNumber: serial, Subject: subject, NotBefore: from, NotAfter: to, SignatureAlgorithm: alg,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment}
	der, err := x509.CreateCertificate(rand.Reader, t, t, k.Public(), k)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func (d *Device) factoryKeys() {
	var old devicetest.WeakKeys
	add := func(no, name string, weak, fixed bool, subject pkix.Name, from time.Time, years int) {
		var k *rsa.PrivateKey
		var err error
		if weak {
			k = old.Next()
		} else if k, err = devicetest.GenerateKey(2048); err != nil {
			panic(err)
		}
		cert, err := selfSign(k, subject, from, from.AddDate(years, 0, 0), x509.SHA256WithRSA)
		if err != nil {
			panic(err)
		}
		d.keys = append(d.keys, &key{no: no, name: name, alg: "RSA 2048", signer: k, weak: weak, fixed: fixed, cert: cert})
	}
	day := func(y, m, dd int) time.Time { return time.Date(y, time.Month(m), dd, 0, 0, 0, 0, time.UTC) }
	own := func(unit, cn string) pkix.Name {
		return pkix.Name{Country: []string{"TW"}, Province: []string{"Taipei"}, Locality: []string{"Xinyi"},
			Organization: []string{"Formosa Trading"}, OrganizationalUnit: []string{unit}, CommonName: cn}
	}
	now := d.cfg.Now().UTC()
	add("01", "Default Key", false, true, pkix.Name{Organization: []string{"CANON INC."}, CommonName: "Canon iR-ADV C5560"}, day(2016, 1, 1), 22)
	add("02", "AMS", false, true, pkix.Name{Organization: []string{"CANON INC."}, CommonName: "AMS"}, day(2018, 5, 7), 20)
	add("03", "RUI2021", true, false, own("General Affairs", "127.0.0.1"), day(now.Year()-2, 3, 9), 5)
	add("04", "wired8021x", true, false, own("General Affairs", "mfp-5f.formosa.example"), day(now.Year()-2, 3, 9), 5)
	add("05", "ipsecHQ", true, false, own("IT", "mfp-5f-vpn.formosa.example"), day(now.Year()-2, 4, 20), 5)
	add("06", "ipfax", true, false, own("General Affairs", "mfp-5f-fax.formosa.example"), day(now.Year()-1, 8, 2), 4)
	add(sigNo, "Device Signature Key", true, true, pkix.Name{Organization: []string{"CANON INC."}, OrganizationalUnit: []string{"QMT03721"}, CommonName: "iR-ADV C5560 Device Signature"}, day(now.Year()-1, 1, 15), 5)
	d.sortKeys()
	for i, cn := range []string{"fax-kaohsiung@formosa.example", "scan-hsinchu@formosa.example"} {
		k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		c, err := selfSign(k, pkix.Name{Country: []string{"TW"}, CommonName: cn}, day(now.Year()-1, 6, 1), day(now.Year()+3, 6, 1), x509.ECDSAWithSHA256)
		if err != nil {
			panic(err)
		}
		d.smime = append(d.smime, &peerCert{fmt.Sprintf("%03d", i+1), c})
	}
}

// request is a key wanted, as read from the form.
type request struct {
	kind, name, hash, alg string
	from, to              time.Time
	subject               pkix.Name
}

func sigAlg(alg, hash string) x509.SignatureAlgorithm {
	m := map[string]x509.SignatureAlgorithm{"RSA256": x509.SHA256WithRSA, "RSA384": x509.SHA384WithRSA, "RSA512": x509.SHA512WithRSA,
		"ECDSA256": x509.ECDSAWithSHA256, "ECDSA384": x509.ECDSAWithSHA384, "ECDSA512": x509.ECDSAWithSHA512}
	a, _, _ := strings.Cut(alg, " ")
	return m[a+hash]
}

func generate(q request) (*key, error) {
	k := &key{name: q.name, alg: q.alg}
	var err error
	kind, size, _ := strings.Cut(q.alg, " ")
	if kind == "RSA" {
		bits := map[string]int{"1024": 1024, "2048": 2048, "4096": 4096}[size]
		k.signer, err = devicetest.GenerateKey(bits)
	} else {
		curve := map[string]elliptic.Curve{"P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}[size]
		if curve == nil {
			return nil, errors.New("curve")
		}
		k.signer, err = ecdsa.GenerateKey(curve, rand.Reader)
	}
	if err != nil {
		return nil, err
	}
	if q.kind == "csr" {
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: q.subject, SignatureAlgorithm: sigAlg(q.alg, q.hash)}, k.signer)
		if err != nil {
			return nil, err
		}
		k.csr = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
		return k, nil
	}
	k.cert, err = selfSign(k.signer, q.subject, q.from, q.to, sigAlg(q.alg, q.hash))
	return k, err
}

func parseCert(b []byte) (*x509.Certificate, error) {
	if p, _ := pem.Decode(b); p != nil {
		b = p.Bytes
	}
	return x509.ParseCertificate(b)
}

func samePublic(c *x509.Certificate, k *key) bool {
	a, _ := x509.MarshalPKIXPublicKey(c.PublicKey)
	b, _ := x509.MarshalPKIXPublicKey(k.signer.Public())
	return len(a) > 0 && bytes.Equal(a, b)
}

func thumb(c *x509.Certificate) string {
	h := sha1.Sum(c.Raw)
	return strings.ToUpper(strings.TrimSpace(strings.ReplaceAll(fmt.Sprintf("% x", h[:]), "  ", " ")))
}

func dnText(n pkix.Name) string {
	var p []string
	add := func(l string, v []string) {
		for _, s := range v {
			p = append(p, l+"="+s)
		}
	}
	add("C", n.Country)
	add("ST", n.Province)
	add("L", n.Locality)
	add("O", n.Organization)
	add("OU", n.OrganizationalUnit)
	if n.CommonName != "" {
		p = append(p, "CN="+n.CommonName)
	}
	return strings.Join(p, ", ")
}
