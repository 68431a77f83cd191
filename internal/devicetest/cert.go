package devicetest

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
	"strconv"
	"strings"
	"time"
)

// NewKey makes a key of an algorithm: "RSA 2048" or "2048", "ECDSA P256" or "P256".
func NewKey(algorithm string) (crypto.Signer, error) {
	size := algorithm[strings.LastIndex(algorithm, " ")+1:]
	for _, c := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		if size == curveName(c) {
			return ecdsa.GenerateKey(c, rand.Reader)
		}
	}
	bits, err := strconv.Atoi(size)
	if err != nil {
		return nil, fmt.Errorf("no algorithm %q", algorithm)
	}
	return GenerateKey(bits)
}

// Strong is an RSA key for a device that has nobody to tell of errors.
func Strong(bits int) *rsa.PrivateKey { return Must(GenerateKey(bits)) }

// Must is for what cannot fail.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func curveName(c elliptic.Curve) string { return fmt.Sprint("P", c.Params().BitSize) }

// Algorithm is a key's: "RSA 2048", "ECDSA P256".
func Algorithm(k crypto.Signer) string {
	switch p := k.Public().(type) {
	case *rsa.PublicKey:
		return fmt.Sprint("RSA ", p.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + curveName(p.Curve)
	}
	return ""
}

// Weak reports whether a few rounds of Fermat's method factor a key's modulus.
func Weak(k crypto.Signer) bool {
	p, ok := k.Public().(*rsa.PublicKey)
	if !ok {
		return false
	}
	one, a := big.NewInt(1), new(big.Int).Sqrt(p.N)
	for range 100 {
		square := new(big.Int).Mul(a, a)
		if square.Sub(square, p.N).Sign() >= 0 {
			if b := new(big.Int).Sqrt(square); b.Mul(b, b).Cmp(square) == 0 {
				return true
			}
		}
		a.Add(a, one)
	}
	return false
}

// SamePublic reports whether a certificate is one for a key.
func SamePublic(k crypto.Signer, c *x509.Certificate) bool {
	public, err := x509.MarshalPKIXPublicKey(k.Public())
	return err == nil && bytes.Equal(public, c.RawSubjectPublicKeyInfo)
}

// Subject is a name of the fields that forms have; those that are empty are not in it.
func Subject(country, state, city, organization, unit, commonName string) pkix.Name {
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	return pkix.Name{
		Country: one(country), Province: one(state), Locality: one(city),
		Organization: one(organization), OrganizationalUnit: one(unit), CommonName: commonName,
	}
}

// signatureAlgorithm is that of a key with a hash, "SHA1" to "SHA512"; it is SHA-256
// where nothing else is known.
func signatureAlgorithm(k crypto.Signer, hash string) x509.SignatureAlgorithm {
	_, isRSA := k.Public().(*rsa.PublicKey)
	of := map[string][2]x509.SignatureAlgorithm{
		"SHA1":   {x509.ECDSAWithSHA1, x509.SHA1WithRSA},
		"SHA384": {x509.ECDSAWithSHA384, x509.SHA384WithRSA},
		"SHA512": {x509.ECDSAWithSHA512, x509.SHA512WithRSA},
	}
	both, ok := of[hash]
	switch {
	case !ok && isRSA:
		return x509.SHA256WithRSA
	case !ok:
		return x509.ECDSAWithSHA256
	case isRSA:
		return both[1]
	}
	return both[0]
}

// Usual is a certificate as most devices make them: [SelfSigned] adds what is missing.
func Usual(subject pkix.Name, from, to time.Time) x509.Certificate {
	return x509.Certificate{
		Subject: subject, NotBefore: from, NotAfter: to,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
}

// SelfSigned signs a certificate by its own key. It draws the serial number; the hash
// is "SHA1" to "SHA512". It returns the DER.
func SelfSigned(k crypto.Signer, hash string, t x509.Certificate) ([]byte, error) {
	return signed(k.Public(), hash, &t, &t, k)
}

// Issued is [SelfSigned] with a CA that signs.
func Issued(k crypto.Signer, hash string, t, ca x509.Certificate, by crypto.Signer) ([]byte, error) {
	return signed(k.Public(), hash, &t, &ca, by)
}

func signed(public crypto.PublicKey, hash string, t, parent *x509.Certificate, by crypto.Signer) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 62))
	if err != nil {
		return nil, err
	}
	t.SerialNumber = serial.Add(serial, big.NewInt(1))
	t.SignatureAlgorithm = signatureAlgorithm(by, hash)
	return x509.CreateCertificate(rand.Reader, t, parent, public, by)
}

// Request makes a certificate signing request, DER.
func Request(k crypto.Signer, hash string, subject pkix.Name) ([]byte, error) {
	return x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: subject, SignatureAlgorithm: signatureAlgorithm(k, hash)}, k)
}

// RequestText is a certificate signing request as text, of its DER.
func RequestText(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

// ReadCertificate reads a file with one, DER or Base64.
func ReadCertificate(file []byte) (*x509.Certificate, error) {
	if p, _ := pem.Decode(bytes.TrimSpace(file)); p != nil {
		file = p.Bytes
	}
	return x509.ParseCertificate(file)
}

// InBackground does what takes a machine its time, at least least, without the lock;
// then, with it, the rest.
func (b *Base) InBackground(least time.Duration, work, then func()) {
	began := time.Now()
	go func() {
		work()
		time.Sleep(least - time.Since(began))
		defer b.Lock()()
		then()
	}()
}
