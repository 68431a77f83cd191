package remoteuitest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"
)

// scepOffice is a certification authority with a SCEP server.
type scepOffice struct {
	*office
	challenge string
	caps      string
	pendings  int  // answers before the certificate
	noPoll    bool // CertPoll is answered with status 500
	answer    func(w http.ResponseWriter, operation string) bool
	forge     func(o *scepOffice, r *certRep)

	mu      sync.Mutex
	message []byte   // the last
	log     []string // methods and operations, message types
	request *x509.CertificateRequest
	waiting map[scep.TransactionID]*scep.PKIMessage
}

var officeKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// open starts the server and returns its address.
func (o *scepOffice) open(t *testing.T) string {
	o.office = newOffice(t, officeKey())
	o.waiting = map[scep.TransactionID]*scep.PKIMessage{}
	if o.caps == "" {
		o.caps = "POSTPKIOperation\r\nAES\r\nSHA-256\r\n"
	}
	s := httptest.NewServer(o)
	t.Cleanup(s.Close)
	return s.URL + "/scep"
}

func (o *scepOffice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	operation := r.URL.Query().Get("operation")
	o.log = append(o.log, r.Method+" "+operation)
	if o.answer != nil && o.answer(w, operation) {
		return
	}
	switch operation {
	case "GetCACaps":
		fmt.Fprint(w, o.caps)
	case "GetCACert":
		_, _ = w.Write(o.cert.Raw)
	case "PKIOperation":
		message, err := io.ReadAll(r.Body)
		if r.Method == http.MethodGet {
			message, err = base64.StdEncoding.DecodeString(r.URL.Query().Get("message"))
		}
		var reply []byte
		if err == nil {
			reply, err = o.reply(message)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(reply)
	}
}

func (o *scepOffice) reply(message []byte) ([]byte, error) {
	p7, err := pkcs7.Parse(message)
	if err != nil {
		return nil, err
	}
	var kind scep.MessageType
	var id scep.TransactionID
	var nonce scep.SenderNonce
	err = errors.Join(p7.Verify(), p7.UnmarshalSignedAttribute(scepAttribute(2), &kind),
		p7.UnmarshalSignedAttribute(scepAttribute(7), &id),
		p7.UnmarshalSignedAttribute(scepAttribute(5), &nonce))
	if err != nil {
		return nil, err
	}
	o.message = message
	o.log = append(o.log, "type "+string(kind))
	if kind == scep.CertPoll && o.noPoll {
		return nil, errors.New("not implemented")
	}
	msg := o.waiting[id]
	if kind == scep.PKCSReq {
		if msg, err = scep.ParsePKIMessage(message); err == nil {
			err = msg.DecryptPKIEnvelope(o.cert, o.key)
		}
		if err != nil {
			return nil, err
		}
		o.request, o.waiting[id] = msg.CSR, msg
	}
	if msg == nil {
		return nil, errors.New("unknown transaction")
	}
	cipher, digest := "3DES", "SHA-1"
	if bytes.Contains(p7.Content, []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02}) { // the identifier of AES-128-CBC
		cipher = "AES"
	}
	if p7.Signers[0].DigestAlgorithm.Algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA256) {
		digest = "SHA-256"
	}
	o.log = append(o.log, cipher, digest)
	rep := &certRep{status: scep.SUCCESS, id: id, nonce: nonce, to: p7.Certificates, signer: o.cert, key: o.key}
	switch {
	case msg.ChallengePassword != o.challenge || msg.CSR.CheckSignature() != nil:
		rep.status = scep.FAILURE
	case o.pendings > 0:
		o.pendings--
		rep.status = scep.PENDING
	default:
		rep.certs = [][]byte{o.issue(msg.CSR.Subject, msg.CSR.PublicKey)}
	}
	if o.forge != nil {
		o.forge(o, rep)
	}
	if rep.instead != nil {
		return rep.instead, nil
	}
	return rep.der()
}

// certRep is an answer in the making. The library makes neither pending ones
// nor wrong ones.
type certRep struct {
	status  scep.PKIStatus
	id      scep.TransactionID
	nonce   []byte
	certs   [][]byte
	to      []*x509.Certificate
	signer  *x509.Certificate
	key     crypto.Signer
	instead []byte
}

func (r *certRep) der() ([]byte, error) {
	var content []byte
	if r.status == scep.SUCCESS {
		bundle, err := pkcs7.DegenerateCertificate(slices.Concat(r.certs...))
		if err == nil {
			content, err = pkcs7.Encrypt(bundle, r.to)
		}
		if err != nil {
			return nil, err
		}
	}
	signed, err := pkcs7.NewSignedData(content)
	if err != nil {
		return nil, err
	}
	attributes := []pkcs7.Attribute{
		{Type: scepAttribute(2), Value: string(scep.CertRep)}, {Type: scepAttribute(3), Value: string(r.status)},
		{Type: scepAttribute(7), Value: string(r.id)}, {Type: scepAttribute(5), Value: []byte("nonce of server!")}, {Type: scepAttribute(6), Value: r.nonce},
	}
	if r.status == scep.FAILURE {
		attributes = append(attributes, pkcs7.Attribute{Type: scepAttribute(4), Value: string(scep.BadRequest)})
	}
	if err := signed.AddSigner(r.signer, r.key, pkcs7.SignerInfoConfig{ExtraSignedAttributes: attributes}); err != nil {
		return nil, err
	}
	return signed.Finish()
}

// scepAttribute is the n-th of RFC 8894 section 3.2.
func scepAttribute(n int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, n}
}
