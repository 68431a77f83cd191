// Package testca is a certification authority for tests: it issues and revokes
// certificates, signs CRLs, and serves SCEP (RFC 8894), well or, as asked,
// badly. It also enrols as a device does, see [Enrol].
//
// It decides nothing and protects nothing: never let it issue what anybody
// trusts.
package testca

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Options of [New]; nil and zero values are an RSA-2048 root that issues
// itself.
type Options struct {
	// Name is the common name of the CA; "" is "Test CA".
	Name string
	// ECDSA gives the CA P-256 keys instead of RSA-2048. For SCEP it then needs
	// [SCEP.RA]: messages are encrypted to RSA keys only.
	ECDSA bool
	// Intermediate puts an issuing CA below the root.
	Intermediate bool
	// CRLURL and OCSPURL go into the certificates issued; "" leaves them out.
	CRLURL, OCSPURL string
}

// CA is a certification authority. It is safe for concurrent use.
type CA struct {
	opts  Options
	key   crypto.Signer       // of chain[0]
	chain []*x509.Certificate // issuing CA first, root last

	ra func() (*ra, error) // made once, when first needed

	mu        sync.Mutex
	issued    []*x509.Certificate
	revoked   []x509.RevocationListEntry
	crlNumber int64
}

// New makes a CA.
func New(o *Options) (*CA, error) {
	ca := new(CA)
	if o != nil {
		ca.opts = *o
	}
	if ca.opts.Name == "" {
		ca.opts.Name = "Test CA"
	}
	name := ca.opts.Name
	if ca.opts.Intermediate {
		name += " Root"
	}
	if err := ca.addCA(name); err != nil {
		return nil, err
	}
	if ca.opts.Intermediate {
		if err := ca.addCA(ca.opts.Name); err != nil {
			return nil, err
		}
	}
	ca.ra = sync.OnceValues(ca.newRA)
	return ca, nil
}

func (ca *CA) newKey() (crypto.Signer, error) {
	if ca.opts.ECDSA {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return devicetest.GenerateKey(2048)
}

// addCA makes a CA certificate below those that are there.
func (ca *CA) addCA(name string) error {
	key, err := ca.newKey()
	if err != nil {
		return err
	}
	t := &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"Rekey tests"}, CommonName: name},
		NotAfter:              time.Now().AddDate(10, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	parent, signer := t, key
	if len(ca.chain) > 0 {
		parent, signer = ca.chain[0], ca.key
	}
	cert, err := create(t, parent, key.Public(), signer)
	if err != nil {
		return err
	}
	ca.key, ca.chain = key, slices.Insert(ca.chain, 0, cert)
	return nil
}

// create fills in what t leaves out and signs it.
func create(t, parent *x509.Certificate, pub crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	if t.SerialNumber == nil {
		serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
		if err != nil {
			return nil, err
		}
		t.SerialNumber = serial.Add(serial, big.NewInt(1))
	}
	if t.NotBefore.IsZero() {
		t.NotBefore = time.Now().Add(-time.Hour)
	}
	if t.NotAfter.IsZero() {
		t.NotAfter = time.Now().AddDate(1, 0, 0)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, pub, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Certificate is that of the issuing CA.
func (ca *CA) Certificate() *x509.Certificate { return ca.chain[0] }

// Key is that of the issuing CA.
func (ca *CA) Key() crypto.Signer { return ca.key }

// Chain is the issuing CA's certificate and those above it, the root last.
func (ca *CA) Chain() []*x509.Certificate { return slices.Clone(ca.chain) }

// Root is the self-signed certificate at the top.
func (ca *CA) Root() *x509.Certificate { return ca.chain[len(ca.chain)-1] }

// Pool holds the root.
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.Root())
	return pool
}

// Issue signs a certificate for a request, for a year, with the request's
// subject and names. It checks that the request is signed by its key, as far
// as any check goes here.
func (ca *CA) Issue(csr *x509.CertificateRequest) (*x509.Certificate, error) {
	if err := csr.CheckSignature(); err != nil {
		return nil, fmt.Errorf("testca: request: %w", err)
	}
	return ca.IssueAs(&x509.Certificate{
		RawSubject:  csr.RawSubject,
		DNSNames:    csr.DNSNames,
		IPAddresses: csr.IPAddresses,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, csr.PublicKey)
}

// IssueAs signs a certificate made as the template says, for pub. Serial number
// and dates are filled in where it has none.
func (ca *CA) IssueAs(template *x509.Certificate, pub crypto.PublicKey) (*x509.Certificate, error) {
	t := *template
	if ca.opts.CRLURL != "" && t.CRLDistributionPoints == nil {
		t.CRLDistributionPoints = []string{ca.opts.CRLURL}
	}
	if ca.opts.OCSPURL != "" && t.OCSPServer == nil {
		t.OCSPServer = []string{ca.opts.OCSPURL}
	}
	cert, err := create(&t, ca.chain[0], pub, ca.key)
	if err != nil {
		return nil, err
	}
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.issued = append(ca.issued, cert)
	return cert, nil
}

// Issued gives what was issued, oldest first, RA certificates included.
func (ca *CA) Issued() []*x509.Certificate {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return slices.Clone(ca.issued)
}

// ErrRevoked means that a certificate is revoked already.
var ErrRevoked = errors.New("testca: revoked already")

// Revoke puts a serial number on the next CRL, with a reason code of RFC 5280,
// 5.3.1. It refuses numbers that it did not issue.
func (ca *CA) Revoke(serial *big.Int, reason int) error {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	same := func(n *big.Int) bool { return n.Cmp(serial) == 0 }
	switch {
	case !slices.ContainsFunc(ca.issued, func(c *x509.Certificate) bool { return same(c.SerialNumber) }):
		return fmt.Errorf("testca: no certificate has the serial number %x", serial)
	case slices.ContainsFunc(ca.revoked, func(e x509.RevocationListEntry) bool { return same(e.SerialNumber) }):
		return ErrRevoked
	}
	ca.revoked = append(ca.revoked, x509.RevocationListEntry{
		SerialNumber: serial, RevocationTime: time.Now(), ReasonCode: reason,
	})
	return nil
}

// Revoked gives the entry of a serial number, nil if there is none.
func (ca *CA) Revoked(serial *big.Int) *x509.RevocationListEntry {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	for _, e := range ca.revoked {
		if e.SerialNumber.Cmp(serial) == 0 {
			return &e
		}
	}
	return nil
}

// CRL signs a new list, DER, valid for a day, numbered one higher than the last.
func (ca *CA) CRL() ([]byte, error) {
	return ca.CRLAs(&x509.RevocationList{})
}

// CRLAs signs a list made as the template says; its number, dates and entries
// are filled in where it has none.
func (ca *CA) CRLAs(template *x509.RevocationList) ([]byte, error) {
	t := *template
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if t.Number == nil {
		ca.crlNumber++
		t.Number = big.NewInt(ca.crlNumber)
	}
	if t.ThisUpdate.IsZero() {
		t.ThisUpdate = time.Now().Add(-time.Minute)
	}
	if t.NextUpdate.IsZero() {
		t.NextUpdate = t.ThisUpdate.Add(24 * time.Hour)
	}
	if t.RevokedCertificateEntries == nil {
		t.RevokedCertificateEntries = slices.Clone(ca.revoked)
	}
	return x509.CreateRevocationList(rand.Reader, &t, ca.chain[0], ca.key)
}

// find gives a certificate issued by the issuer name and serial number.
func (ca *CA) find(issuer []byte, serial *big.Int) *x509.Certificate {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	for _, c := range ca.issued {
		if bytes.Equal(c.RawIssuer, issuer) && c.SerialNumber.Cmp(serial) == 0 {
			return c
		}
	}
	return nil
}
