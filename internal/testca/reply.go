package testca

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"slices"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"
)

// reply makes a CertRep, with the certificate for SUCCESS.
func (s *Server) reply(m *message, status scep.PKIStatus, info scep.FailInfo, cert *x509.Certificate) ([]byte, error) {
	if status != scep.SUCCESS || s.has(FaultNoCertificate) {
		return s.send(m, status, info, nil)
	}
	var certs [][]byte
	switch {
	case s.has(FaultEmpty):
	case s.has(FaultCAFirst):
		certs = append(raws(s.ca.chain), cert.Raw)
	case s.has(FaultBrokenNeighbor):
		odd, err := oddCertificate()
		if err != nil {
			return nil, err
		}
		certs = [][]byte{odd, cert.Raw}
	default:
		certs = append(certs, cert.Raw)
	}
	content, err := degenerate(certs, nil)
	if err != nil {
		return nil, err
	}
	return s.send(m, status, info, content)
}

// send encrypts the content, if there is any, to the signer of m, and signs.
func (s *Server) send(m *message, status scep.PKIStatus, info scep.FailInfo, content []byte) ([]byte, error) {
	if s.has(FaultUnknownStatus) {
		status = "7"
	}
	if s.has(FaultUnknownInfo) {
		info = "9"
	}
	var sealed []byte
	if content != nil {
		var err error
		if sealed, err = s.seal(s.encode(content), m.signer); err != nil {
			return nil, err
		}
	}
	sd, err := pkcs7.NewSignedData(s.encode(sealed))
	if err != nil {
		return nil, err
	}
	sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if s.has(Fault3DES) {
		sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA1)
	}
	id, err := s.signer()
	if err != nil {
		return nil, err
	}
	if err := sd.AddSigner(id.cert, id.key, pkcs7.SignerInfoConfig{ExtraSignedAttributes: s.attributes(m, status, info)}); err != nil {
		return nil, err
	}
	der, err := sd.Finish()
	if err != nil {
		return nil, err
	}
	switch {
	case s.has(FaultNoSignerCert):
		der, err = replaceCertificates(der, nil)
	case s.has(FaultOddCert):
		var odd []byte
		if odd, err = oddCertificate(); err == nil {
			der, err = replaceCertificates(der, append(odd, id.cert.Raw...))
		}
	}
	if err == nil && (s.has(FaultKeyID) || s.has(FaultUnsorted) || s.has(FaultNoDigest)) {
		der, err = s.oddSigner(der, id)
	}
	if err != nil {
		return nil, err
	}
	der = s.encode(der)
	switch {
	case s.has(FaultPEMReply):
		der = bytes.ReplaceAll(pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: der}), []byte("\n"), []byte("\r\n"))
	case s.has(FaultBase64Reply):
		der = []byte(base64.StdEncoding.EncodeToString(der))
	}
	return der, nil
}

// oddSigner rewrites the SignerInfo of a message.
func (s *Server) oddSigner(der []byte, by identity) ([]byte, error) {
	var outer contentInfo
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil, err
	}
	var data signedData
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &data); err != nil {
		return nil, err
	}
	var info struct {
		Version    int
		ID, Digest asn1.RawValue
		Attributes asn1.RawValue `asn1:"tag:0"`
		Algorithm  asn1.RawValue
		Signature  []byte
	}
	if _, err := asn1.Unmarshal(data.SignerIs.Bytes, &info); err != nil {
		return nil, err
	}
	if s.has(FaultKeyID) {
		info.Version, info.ID = 3, asn1.RawValue{Class: asn1.ClassContextSpecific, Bytes: by.cert.SubjectKeyId}
	}
	if s.has(FaultUnsorted) || s.has(FaultNoDigest) {
		var all []asn1.RawValue
		for rest := info.Attributes.Bytes; len(rest) > 0; {
			var a asn1.RawValue
			next, err := asn1.Unmarshal(rest, &a)
			if err != nil {
				return nil, err
			}
			var oid asn1.ObjectIdentifier
			if _, err := asn1.Unmarshal(a.Bytes, &oid); err != nil {
				return nil, err
			}
			if !s.has(FaultNoDigest) || !oid.Equal(pkcs7.OIDAttributeMessageDigest) {
				all = append(all, a)
			}
			rest = next
		}
		slices.SortFunc(all, func(a, b asn1.RawValue) int { return -bytes.Compare(a.FullBytes, b.FullBytes) })
		var content []byte
		for _, a := range all {
			content = append(content, a.FullBytes...)
		}
		info.Attributes = implicitSet(0, content)
		signed, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: content})
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(signed)
		if info.Signature, err = by.key.Sign(rand.Reader, sum[:], crypto.SHA256); err != nil {
			return nil, err
		}
	}
	encoded, err := asn1.Marshal(info)
	if err != nil {
		return nil, err
	}
	data.SignerIs = asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: encoded}
	return wrap(outer.Type, data)
}

// signer is who signs replies.
func (s *Server) signer() (identity, error) {
	switch {
	case s.has(FaultAttacker):
		return stranger(s.ca.chain[0].RawSubject)
	case s.has(FaultWrongSigner):
		id, err := stranger(nil)
		return identity{s.sign.cert, id.key}, err
	case s.has(FaultOtherDevice):
		return s.otherDevice()
	}
	return s.sign, nil
}

func (s *Server) attributes(m *message, status scep.PKIStatus, info scep.FailInfo) []pkcs7.Attribute {
	kind, transaction, nonce := scep.CertRep, m.transaction, m.nonce
	if s.has(FaultUnknownType) {
		kind = "99"
	}
	if s.has(FaultTransaction) {
		transaction += "0"
	}
	if s.has(FaultNonce) {
		nonce = bytes.Repeat([]byte{1}, len(nonce))
	}
	own := make([]byte, 16)
	_, _ = rand.Read(own)
	all := []pkcs7.Attribute{
		{Type: oidMessageType, Value: kind},
		{Type: oidTransactionID, Value: transaction},
		{Type: oidStatus, Value: status},
		{Type: oidSenderNonce, Value: own},
	}
	if !s.has(FaultNoNonce) {
		all = append(all, pkcs7.Attribute{Type: oidRecipientNonce, Value: nonce})
	}
	if status == scep.FAILURE {
		if !s.has(FaultNoInfo) {
			all = append(all, pkcs7.Attribute{Type: oidFailInfo, Value: info})
		}
		if s.cfg.FailText != "" {
			text := asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(s.cfg.FailText)}
			all = append(all, pkcs7.Attribute{Type: oidFailInfoText, Value: text})
		}
	}
	return all
}

// signedData is RFC 5652, 5.1, as it is.
type signedData struct {
	Version  int
	Digests  asn1.RawValue
	Content  asn1.RawValue
	Certs    asn1.RawValue `asn1:"optional,tag:0"`
	CRLs     asn1.RawValue `asn1:"optional,tag:1"`
	SignerIs asn1.RawValue
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

func implicitSet(tag int, content []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, IsCompound: true, Bytes: content}
}

// degenerate is a certs-only message (RFC 8894, 3.4), or one with a CRL.
func degenerate(certs [][]byte, crl []byte) ([]byte, error) {
	data := signedData{Version: 1, Digests: asn1.RawValue{FullBytes: []byte{0x31, 0}}, SignerIs: asn1.RawValue{FullBytes: []byte{0x31, 0}}}
	content, err := asn1.Marshal([]asn1.ObjectIdentifier{pkcs7.OIDData})
	if err != nil {
		return nil, err
	}
	data.Content = asn1.RawValue{FullBytes: content}
	if certs != nil {
		data.Certs = implicitSet(0, bytes.Join(certs, nil))
	}
	if crl != nil {
		data.CRLs = implicitSet(1, crl)
	}
	return wrap(pkcs7.OIDSignedData, data)
}

func wrap(kind asn1.ObjectIdentifier, data any) ([]byte, error) {
	inner, err := asn1.Marshal(data)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(contentInfo{kind, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: inner}})
}

// replaceCertificates puts others into a message: no signature is over them.
func replaceCertificates(der, certs []byte) ([]byte, error) {
	var outer contentInfo
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil, err
	}
	var data signedData
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &data); err != nil {
		return nil, err
	}
	data.Certs = asn1.RawValue{}
	if certs != nil {
		data.Certs = implicitSet(0, certs)
	}
	return wrap(outer.Type, data)
}

// oddCertificate is one that crypto/x509 refuses.
func oddCertificate() ([]byte, error) {
	id, err := stranger(nil)
	if err != nil {
		return nil, err
	}
	return negate(id.cert.Raw, id.cert.SerialNumber)
}

// negate makes the serial number of a certificate negative.
func negate(der []byte, serial *big.Int) ([]byte, error) {
	encoded, err := asn1.Marshal(serial)
	if err != nil {
		return nil, err
	}
	der = bytes.Clone(der)
	der[bytes.Index(der, encoded)+2] |= 0x80
	return der, nil
}
