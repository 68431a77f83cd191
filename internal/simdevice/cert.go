package simdevice

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"
	"time"
)

// certificateFor makes the X.509v3 certificate of key from template. A nil
// issuer makes it self-signed. The hash of the signature is taken as far as
// the key allows.
func certificateFor(key crypto.Signer, hash crypto.Hash, template, issuer *x509.Certificate, issuerKey crypto.Signer) (*x509.Certificate, error) {
	if issuer == nil {
		issuer, issuerKey = template, key
	}
	if small, ok := issuerKey.(smallRSA); ok {
		return smallCertificate(small, template)
	}
	template.SignatureAlgorithm = signatureAlgorithm(issuerKey, hash)
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), remembering{issuerKey})
	if err != nil {
		return nil, fmt.Errorf("simulated device: make a certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// remembering signs with RSA once for all devices of a process: those of one seed
// have the same keys and certificates, and signing these was half the time that it
// takes to make a device. PKCS #1 v1.5 gives the same signature each time.
type remembering struct{ crypto.Signer }

// signatures are by key, hash and digest, at most maxSignatures.
var signatures struct {
	sync.Mutex
	made map[[sha256.Size]byte][]byte
}

const maxSignatures = 4096

func (r remembering) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	public, ok := r.Public().(*rsa.PublicKey)
	if _, pss := opts.(*rsa.PSSOptions); !ok || pss {
		return r.Signer.Sign(random, digest, opts)
	}
	of := sha256.Sum256(fmt.Appendf(nil, "%x %v %x", public.N, opts.HashFunc(), digest))
	signatures.Lock()
	signature := signatures.made[of]
	signatures.Unlock()
	if signature != nil {
		return signature, nil
	}
	signature, err := r.Signer.Sign(random, digest, opts)
	if err != nil {
		return nil, err
	}
	signatures.Lock()
	defer signatures.Unlock()
	if signatures.made == nil || len(signatures.made) == maxSignatures {
		signatures.made = make(map[[sha256.Size]byte][]byte)
	}
	signatures.made[of] = signature
	return signature, nil
}

func signatureAlgorithm(key crypto.Signer, hash crypto.Hash) x509.SignatureAlgorithm {
	_, ec := key.Public().(*ecdsa.PublicKey)
	switch {
	case hash == crypto.SHA384 && ec:
		return x509.ECDSAWithSHA384
	case hash == crypto.SHA384:
		return x509.SHA384WithRSA
	case hash == crypto.SHA512 && ec:
		return x509.ECDSAWithSHA512
	case hash == crypto.SHA512:
		return x509.SHA512WithRSA
	case ec:
		return x509.ECDSAWithSHA256
	}
	return x509.SHA256WithRSA
}

// minStandardBits is the shortest RSA key the standard library still signs
// with. The device makes shorter ones.
const minStandardBits = 1024

// signerOf returns the signer of an RSA key of any length.
func signerOf(key *rsa.PrivateKey) crypto.Signer {
	if key.N.BitLen() < minStandardBits {
		return smallRSA{key}
	}
	return key
}

// smallRSA signs with keys the standard library finds too short: PKCS #1 v1.5
// (RFC 8017 section 8.2.1) with SHA-256, the only hash that fits 512 bits.
type smallRSA struct{ key *rsa.PrivateKey }

func (s smallRSA) Public() crypto.PublicKey { return &s.key.PublicKey }

func (s smallRSA) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, pss := opts.(*rsa.PSSOptions); pss || opts.HashFunc() != crypto.SHA256 {
		return nil, errors.New("simulated device: RSA keys this short sign PKCS #1 v1.5 with SHA-256 only")
	}
	info, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}{pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, digest})
	if err != nil {
		return nil, err
	}
	padded := make([]byte, s.key.Size())
	body := len(padded) - len(info)
	if body < 11 {
		return nil, errors.New("simulated device: RSA key too short for a SHA-256 signature")
	}
	for i := range body {
		padded[i] = 0xFF
	}
	padded[0], padded[1], padded[body-1] = 0, 1, 0
	copy(padded[body:], info)
	signature := new(big.Int).Exp(new(big.Int).SetBytes(padded), s.key.D, s.key.N)
	return signature.FillBytes(padded), nil
}

var (
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA256WithRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
)

// tbsCertificate is RFC 5280 section 4.1 as far as smallCertificate edits it.
type tbsCertificate struct {
	Version   int `asn1:"explicit,default:0,tag:0"`
	Serial    *big.Int
	Algorithm pkix.AlgorithmIdentifier
	Issuer    asn1.RawValue
	Validity  asn1.RawValue
	Subject   asn1.RawValue
	PublicKey asn1.RawValue
}

// smallCertificate makes a self-signed certificate the standard library would
// not: it builds the names and dates by way of one it does make.
func smallCertificate(key smallRSA, template *x509.Certificate) (*x509.Certificate, error) {
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	names, err := asn1.Marshal(template.Subject.ToRDNSequence())
	if err != nil {
		return nil, err
	}
	type validity struct{ NotBefore, NotAfter time.Time }
	dates, err := asn1.Marshal(validity{template.NotBefore.UTC(), template.NotAfter.UTC()})
	if err != nil {
		return nil, err
	}
	algorithm := pkix.AlgorithmIdentifier{Algorithm: oidSHA256WithRSA, Parameters: asn1.NullRawValue}
	tbs, err := asn1.Marshal(tbsCertificate{
		Version: 2, Serial: template.SerialNumber, Algorithm: algorithm,
		Issuer:    asn1.RawValue{FullBytes: names},
		Validity:  asn1.RawValue{FullBytes: dates},
		Subject:   asn1.RawValue{FullBytes: names},
		PublicKey: asn1.RawValue{FullBytes: spki},
	})
	if err != nil {
		return nil, err
	}
	hash := crypto.SHA256.New()
	hash.Write(tbs)
	signature, err := key.Sign(nil, hash.Sum(nil), crypto.SHA256)
	if err != nil {
		return nil, err
	}
	der, err := asn1.Marshal(struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: tbs}, algorithm, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}})
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
