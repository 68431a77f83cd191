package scep

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"
	"github.com/smallstep/scep/x509util"
)

// Attributes of SCEP messages (RFC 8894, 3.2.1; failInfoText: 3.2.1.4.1).
var (
	oidMessageType    = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 2}
	oidStatus         = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 3}
	oidFailInfo       = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 4}
	oidSenderNonce    = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 5}
	oidRecipientNonce = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 6}
	oidTransactionID  = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 7}
	oidFailInfoText   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 24, 1}
)

// exchange is one transaction with the server.
type exchange struct {
	client      *Client
	server      *server
	signer      *Signer
	transaction string
	secret      string // must not appear in errors
}

// begin starts or takes up a transaction about a subject.
func (c *Client) begin(ctx context.Context, subject []byte, transaction, secret string) (*exchange, error) {
	server, err := c.ask(ctx, false)
	if err != nil {
		return nil, err
	}
	signer, err := c.signer(subject)
	if err != nil {
		return nil, err
	}
	return &exchange{c, server, signer, transaction, secret}, nil
}

// transactionOf is the same for every message about a key, so that the CA
// finds the request again, days later and asked by another process.
func transactionOf(csr *x509.CertificateRequest) string {
	sum := sha256.Sum256(csr.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:20])
}

// send makes a message, sends it, and reads the reply.
func (x *exchange) send(ctx context.Context, kind scep.MessageType, content []byte) (*reply, error) {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails
	message, err := x.message(kind, content, nonce)
	if err != nil {
		return nil, err
	}
	answer, err := x.client.post(ctx, x.server.byPOST, message, x.secret)
	if err != nil {
		return nil, err
	}
	r, err := x.read(answer, message, nonce)
	return r, scrubber(x.secret).Error(err)
}

// message makes a pkiMessage (RFC 8894, 3.2).
func (x *exchange) message(kind scep.MessageType, content, nonce []byte) ([]byte, error) {
	a := x.server.algorithms
	sealed, err := seal(content, x.server.recipient, a.cipher)
	if err != nil {
		return nil, err
	}
	sd, err := pkcs7.NewSignedData(sealed)
	if err != nil {
		return nil, err
	}
	sd.SetDigestAlgorithm(a.digest)
	err = sd.AddSigner(x.signer.Certificate, x.signer.Key, pkcs7.SignerInfoConfig{ExtraSignedAttributes: []pkcs7.Attribute{
		{Type: oidTransactionID, Value: x.transaction},
		{Type: oidMessageType, Value: string(kind)},
		{Type: oidSenderNonce, Value: nonce},
	}})
	if err != nil {
		return nil, err
	}
	if a.legacy() {
		// Old servers know the signature by rsaEncryption only. Set so because
		// AddSigner does not heed SetEncryptionAlgorithm.
		for i := range sd.GetSignedData().SignerInfos {
			sd.GetSignedData().SignerInfos[i].DigestEncryptionAlgorithm.Algorithm = pkcs7.OIDEncryptionAlgorithmRSA
		}
	}
	return sd.Finish()
}

// ChallengeIn reports whether a request has a challenge password (PKCS#9
// challengePassword, RFC 2985, 5.4.1), not empty. It is under the signature of
// the request's key: whoever does not hold that key cannot put one in.
func ChallengeIn(csr *x509.CertificateRequest) bool { return challengeOf(csr) != "" }

func challengeOf(csr *x509.CertificateRequest) string {
	challenge, err := x509util.ParseChallengePassword(csr.Raw)
	if err != nil {
		return "" // an odd attribute: as good as none
	}
	return challenge
}
