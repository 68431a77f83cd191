package issuer

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"github.com/rekey-go/rekey/internal/dn"
	"github.com/rekey-go/rekey/keys"
)

// Issue signs a certificate for the public key of the request. Everything else is
// the order's (see [keys.OrderFrom]) or the CA's: the names (SAN) are those of
// the order and of ExtraNames, validity is the order's where it has one, at most
// the CA's. The subject is the request's, in the device's own encoding, after it
// was found equal to the order's.
//
// Without an order the request's common name must be an IP address or a host
// name, and is the only name, beside those of ExtraNames.
//
// Refused are a request that its key did not sign or that asks for more than was
// ordered, an RSA key shorter than MinRSABits, and a certificate that would not
// verify below this CA, for instance because the CA is constrained to other names
// or other purposes.
func (ca *LocalCA) Issue(ctx context.Context, csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkRequest(ctx, csr); err != nil {
		return nil, err
	}
	if k, ok := csr.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() < ca.o.MinRSABits {
		return nil, fmt.Errorf("issuer: the request's RSA key has %d bits, this CA wants at least %d", k.N.BitLen(), ca.o.MinRSABits)
	}
	if err := ca.check(); err != nil { // it may have expired by now
		return nil, fmt.Errorf("issuer: the CA's certificate: %w", err)
	}
	order, err := orderOf(ctx, csr)
	if err != nil {
		return nil, err
	}
	template, err := ca.template(order, csr)
	if err != nil {
		return nil, err
	}
	cert, err := ca.sign(template, csr.PublicKey)
	if err != nil { // an odd subject: the same texts in string types that may hold them
		template.RawSubject, template.Subject = nil, pkix.Name{ExtraNames: dn.Name(csr.RawSubject).Names}
		cert, err = ca.sign(template, csr.PublicKey)
	}
	if err != nil {
		return nil, err
	}
	if err := ca.verify(cert); err != nil {
		return nil, fmt.Errorf("issuer: nobody would accept this certificate from the CA %s: %w",
			quote(ca.cert.Subject.String()), err)
	}
	return ca.chain(cert), nil
}

func (ca *LocalCA) sign(template *x509.Certificate, key any) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, key, ca.signer)
	if err != nil {
		return nil, fmt.Errorf("issuer: signing: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("issuer: what was signed: %w", err)
	}
	return cert, nil
}

func (ca *LocalCA) template(order keys.Order, csr *x509.CertificateRequest) (*x509.Certificate, error) {
	names, err := namesOf(order, csr, ca.o.ExtraNames)
	if err != nil {
		return nil, err
	}
	ski, err := keyID(csr.RawSubjectPublicKeyInfo)
	if err != nil {
		return nil, err
	}
	usage := x509.KeyUsageDigitalSignature
	if _, ok := csr.PublicKey.(*rsa.PublicKey); ok {
		usage |= x509.KeyUsageKeyEncipherment // RSA key exchange of old TLS peers
	}
	begin, end := ca.validity()
	if last := begin.Add(order.Validity - time.Second); order.Validity > 0 && last.Before(end) {
		end = last
	}
	return &x509.Certificate{
		SerialNumber:          newSerial(),
		RawSubject:            csr.RawSubject, // in the device's own encoding
		NotBefore:             begin,
		NotAfter:              end,
		KeyUsage:              usage,
		ExtKeyUsage:           ca.o.ExtKeyUsage,
		BasicConstraintsValid: true,
		SubjectKeyId:          ski,
		DNSNames:              names.dns,
		IPAddresses:           names.ips,
		EmailAddresses:        names.emails,
		URIs:                  names.uris,
		CRLDistributionPoints: ca.o.CRLDistributionPoints,
		OCSPServer:            ca.o.OCSPServers,
		IssuingCertificateURL: ca.o.IssuerURLs,
	}, nil
}

// verify builds the path as a peer does, for every purpose: name constraints
// and purposes of the CAs show here.
func (ca *LocalCA) verify(cert *x509.Certificate) error {
	path := ca.path()
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(dn.Normal(path[len(path)-1]))
	for _, c := range path[:len(path)-1] {
		between.AddCert(dn.Normal(c))
	}
	for _, use := range ca.o.ExtKeyUsage {
		if _, err := dn.Normal(cert).Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: between, CurrentTime: ca.o.Now(), KeyUsages: []x509.ExtKeyUsage{use},
		}); err != nil {
			return err
		}
	}
	return nil
}

// newSerial is a random number of 128 bits, the first of them set so that all
// have the same length (RFC 5280, section 4.1.2.2: positive, 20 octets at most).
func newSerial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	b[0] |= 0x80
	return new(big.Int).SetBytes(b)
}

// keyID is the subject key identifier by method 1 of RFC 7093, section 2: 160
// bits of the SHA-256 of the public key without its algorithm.
func keyID(spki []byte) ([]byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(spki, &info); err != nil {
		return nil, fmt.Errorf("issuer: the request's public key: %w", err)
	}
	sum := sha256.Sum256(info.Key.Bytes)
	return sum[:20], nil
}
