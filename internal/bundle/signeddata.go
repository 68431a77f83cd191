package bundle

import (
	"bytes"

	"go.mozilla.org/pkcs7"

	"github.com/rekey-go/rekey/internal/keysize"
)

type kind int

const (
	kindOther kind = iota
	kindCertificate
	kindSignedData
	kindOtherCMS
	kindPKCS12
)

var (
	oidCMS        = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07} // 1.2.840.113549.1.7, arc of the content types
	oidSignedData = append(bytes.Clone(oidCMS), 2)
)

// kindOf tells elements apart by how they begin.
func kindOf(der []byte) kind {
	outer := cursor(der)
	id, content, _ := outer.next()
	if id != tagSequence {
		return kindOther
	}
	inner := cursor(content)
	switch id, first, _ := inner.next(); id {
	case tagSequence:
		// A certificate, a request, a CRL: to-be-signed part, algorithm, signature.
		// An AlgorithmIdentifier instead begins with an OID.
		tbs := cursor(first)
		if id, _, _ := tbs.next(); id != tagOID && id != 0 {
			return kindCertificate
		}
	case tagOID:
		if bytes.Equal(first, oidSignedData) {
			return kindSignedData
		}
		if bytes.HasPrefix(first, oidCMS) {
			return kindOtherCMS
		}
	case tagInteger:
		if len(first) == 1 && first[0] == 3 {
			if id, _, _ := inner.next(); id == tagSequence {
				return kindPKCS12
			}
		}
	}
	return kindOther
}

// addSignedData reads the certificates and CRLs of a PKCS#7 SignedData
// (RFC 5652, 5.1). It does not check signatures: certs-only messages have none.
func (b *Bundle) addSignedData(der []byte) {
	raws, crls := signedDataParts(der)
	b.CRLs = append(b.CRLs, crls...)
	// The library fails the whole message for one certificate that crypto/x509
	// refuses (a negative serial number is enough), and ignores some errors.
	if p7, err := pkcs7.Parse(der); err == nil && len(p7.Certificates) == len(raws) && keysize.Certificates(p7.Certificates...) == nil {
		b.Certs = append(b.Certs, p7.Certificates...)
		return
	}
	for _, raw := range raws {
		c, err := keysize.ParseCertificate(raw)
		if err != nil {
			b.Broken = append(b.Broken, Broken{raw, err})
			continue
		}
		b.Certs = append(b.Certs, c)
	}
}

// signedDataParts gives certificates and CRLs of a SignedData as they are.
func signedDataParts(der []byte) (certs, crls [][]byte) {
	outer := cursor(der)
	_, content, _ := outer.next()
	info := cursor(content)
	info.next() // content type
	if _, content, _ = info.next(); content == nil {
		return nil, nil
	}
	wrapper := cursor(content)
	_, content, _ = wrapper.next()
	for data := cursor(content); ; {
		id, content, _ := data.next()
		switch id {
		case 0:
			return certs, crls
		case tagExplicit0: // the tag of the implicit SETs
			certs = append(certs, sequences(content)...)
		case tagExplicit1:
			crls = append(crls, sequences(content)...)
		}
	}
}

// sequences gives the SEQUENCEs of a set: other choices of CertificateSet and
// RevocationInfoChoices, such as attribute certificates, have other tags.
func sequences(set []byte) (all [][]byte) {
	for c := cursor(set); ; {
		id, _, full := c.next()
		if id == 0 {
			return all
		}
		if id == tagSequence {
			all = append(all, full)
		}
	}
}
