package testca

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/smallstep/scep"
)

// wait reports whether a transaction is to wait once more.
func (s *Server) wait(transaction string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked[transaction] >= s.cfg.Pending {
		return false
	}
	s.asked[transaction]++
	return true
}

func (s *Server) issue(m *message) ([]byte, error) {
	cert, err := s.certify(m.csr)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.done[m.transaction] = cert
	s.mu.Unlock()
	return s.reply(m, scep.SUCCESS, "", cert)
}

// certify issues the certificate, or the wrong one.
func (s *Server) certify(csr *x509.CertificateRequest) (*x509.Certificate, error) {
	switch {
	case s.has(FaultOtherKey):
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		return s.ca.IssueAs(&x509.Certificate{RawSubject: csr.RawSubject}, key.Public())
	case s.has(FaultClockAhead):
		return s.ca.IssueAs(&x509.Certificate{RawSubject: csr.RawSubject, DNSNames: csr.DNSNames, NotBefore: time.Now().Add(5 * time.Minute)}, csr.PublicKey)
	case s.has(FaultFuture):
		return s.ca.IssueAs(&x509.Certificate{RawSubject: csr.RawSubject, NotBefore: time.Now().AddDate(0, 0, 1)}, csr.PublicKey)
	case s.has(FaultOtherCA):
		other, err := New(&Options{Name: s.ca.opts.Name, ECDSA: true})
		if err != nil {
			return nil, err
		}
		return other.Issue(csr)
	}
	return s.ca.Issue(csr)
}

// answerPoll answers a CertPoll: PENDING as long as the request waits. The
// request itself was kept by the log.
func (s *Server) answerPoll(m *message) ([]byte, error) {
	var names struct{ Issuer, Subject asn1.RawValue }
	if _, err := asn1.Unmarshal(m.content, &names); err != nil {
		return nil, err
	}
	var csr *x509.CertificateRequest
	for _, r := range s.Requests() {
		if r.TransactionID == m.transaction && r.CSR != nil {
			csr = r.CSR
		}
	}
	s.mu.Lock()
	cert := s.done[m.transaction]
	_, waiting := s.asked[m.transaction]
	s.mu.Unlock()
	switch {
	case csr == nil || !waiting && cert == nil,
		!bytes.Equal(names.Issuer.FullBytes, s.ca.chain[0].RawSubject), !bytes.Equal(names.Subject.FullBytes, csr.RawSubject):
		return s.reply(m, scep.FAILURE, scep.BadCertID, nil)
	case cert != nil:
		return s.reply(m, scep.SUCCESS, "", cert)
	case s.wait(m.transaction):
		return s.reply(m, scep.PENDING, "", nil)
	}
	m.csr = csr
	return s.issue(m)
}

// answerCRL answers a GetCRL for a certificate of this CA.
func (s *Server) answerCRL(m *message) ([]byte, error) {
	var id struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	if _, err := asn1.Unmarshal(m.content, &id); err != nil {
		return nil, err
	}
	if !s.has(FaultAnyCRL) && s.ca.find(id.Issuer.FullBytes, id.Serial) == nil {
		return s.reply(m, scep.FAILURE, scep.BadCertID, nil)
	}
	ca := s.ca
	if s.has(FaultForgedCRL) {
		var err error
		if ca, err = New(&s.ca.opts); err != nil {
			return nil, err
		}
	}
	crl, err := ca.CRL()
	if err != nil {
		return nil, err
	}
	if s.has(FaultNoCertificate) {
		return s.send(m, scep.SUCCESS, "", nil)
	}
	content, err := degenerate(nil, crl)
	if err != nil {
		return nil, err
	}
	return s.send(m, scep.SUCCESS, "", content)
}

// stranger is somebody who has nothing to do with the CA but may use its name.
func stranger(name []byte) (identity, error) {
	key, err := devicetest.GenerateKey(2048)
	if err != nil {
		return identity{}, err
	}
	t := &x509.Certificate{RawSubject: name, IsCA: true, BasicConstraintsValid: true}
	cert, err := create(t, t, key.Public(), key)
	return identity{cert, key}, err
}

// otherDevice has a certificate of this CA as devices have them.
func (s *Server) otherDevice() (identity, error) {
	key, err := devicetest.GenerateKey(2048)
	if err != nil {
		return identity{}, err
	}
	cert, err := s.ca.IssueAs(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "other.example"},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, key.Public())
	return identity{cert, key}, err
}
