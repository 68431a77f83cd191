package scep

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"

	"github.com/rekey-go/rekey/internal/bundle"
)

// reply is a CertRep (RFC 8894, 3.3.2) that is the CA's, and to our message.
type reply struct {
	status  scep.PKIStatus
	info    FailInfo
	text    string // failInfoText
	content []byte // decrypted; nil if there is none
}

// read checks a reply and opens it.
func (x *exchange) read(answer, sent, nonce []byte) (*reply, error) {
	if bytes.Equal(answer, sent) {
		return nil, replyError("the server sent our own message back")
	}
	p7, err := x.server.verify(answer)
	if err != nil {
		return nil, err
	}
	// The library's own types must not be formatted: they panic on values that
	// they do not know.
	get := func(oid asn1.ObjectIdentifier) string {
		var s string
		_ = p7.UnmarshalSignedAttribute(oid, &s) // "" if it is not there
		return s
	}
	if kind := get(oidMessageType); kind != string(scep.CertRep) {
		return nil, replyError("messageType %q where CertRep should be", bundle.Clean(kind, 20))
	}
	if id := get(oidTransactionID); id != x.transaction {
		return nil, replyError("it is to another transaction, %q, not %q", bundle.Clean(id, 80), x.transaction)
	}
	var got []byte
	if err := p7.UnmarshalSignedAttribute(oidRecipientNonce, &got); err != nil || !bytes.Equal(got, nonce) {
		return nil, replyError("it is to another message: recipientNonce is not the nonce that was sent")
	}
	r := &reply{status: scep.PKIStatus(get(oidStatus))}
	switch r.status {
	case scep.PENDING:
		return r, nil
	case scep.FAILURE:
		r.info, r.text = FailInfo(get(oidFailInfo)), quote(get(oidFailInfoText), x.secret)
		return r, nil
	case scep.SUCCESS:
		if len(p7.Content) == 0 {
			return r, nil
		}
		if r.content, err = x.signer.open(p7.Content); err != nil {
			return nil, &ReplyError{err}
		}
		return r, nil
	}
	return nil, replyError("unknown pkiStatus %q", bundle.Clean(string(r.status), 20))
}

// signedData is RFC 5652, 5.1, its parts as they are.
type signedData struct {
	Version      int
	Digests      asn1.RawValue
	Content      asn1.RawValue
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
	Signers      asn1.RawValue
}

var errNotSCEP = errors.New("it is no SCEP message, or truncated")

// verify checks who signed a reply. The certificates in it are only offers: the
// library would take a stranger's.
func (s *server) verify(answer []byte) (*pkcs7.PKCS7, error) {
	var data signedData
	if err := unwrap(answer, pkcs7.OIDSignedData, &data); err != nil {
		blocks := bundle.Blocks(answer) // PEM, or base64
		if len(blocks) != 1 || unwrap(blocks[0].DER, pkcs7.OIDSignedData, &data) != nil {
			return nil, &ReplyError{errNotSCEP}
		}
		answer = blocks[0].DER
	}
	var offered []*x509.Certificate
	if b, err := bundle.Parse(answer); err == nil {
		offered = b.Certs[:min(len(b.Certs), maxShown)]
	}
	// The library would refuse all of it for one odd certificate. Without any,
	// no harm is done: they are not what is signed.
	data.Certificates, data.CRLs = asn1.RawValue{}, asn1.RawValue{}
	var signer signerInfo
	if rest, err := asn1.Unmarshal(data.Signers.Bytes, &signer); err != nil || len(rest) > 0 {
		return nil, &ReplyError{errNotSCEP}
	}
	candidates, named := signer.of(s.signers(offered))
	if len(candidates) == 0 {
		return nil, &ReplyError{&UntrustedError{"it is signed by somebody who neither is the CA nor may speak for it (by " + named + ")", offered}}
	}
	var failed error
	for _, c := range candidates {
		p7, err := signer.by(c, data)
		if err != nil {
			return nil, &ReplyError{errNotSCEP}
		}
		if err := signer.verify(p7, c); err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		return p7, nil
	}
	return nil, replyError("its signature does not hold: %s", bundle.Clean(failed.Error(), maxQuoted)) // the library's texts have lines
}

// signers are whose signature counts: of those that the server showed when
// asked, and of those that come with the reply, the CAs and the RAs that chain
// to what is pinned.
func (s *server) signers(offered []*x509.Certificate) []*x509.Certificate {
	all := slices.Clone(s.cas)
	for _, c := range s.ras {
		if s.mayBeRA(c, x509.KeyUsageDigitalSignature) {
			all = append(all, c)
		}
	}
	for _, c := range offered {
		if (isCA(c) || s.mayBeRA(c, x509.KeyUsageDigitalSignature)) && s.chains(c, offered) == nil {
			all = append(all, c)
		}
	}
	return all
}
