package testca

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"
)

// Attributes of SCEP messages (RFC 8894, 3.2.1) and failInfoText (3.2.1.4.1).
var (
	oidMessageType    = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 2}
	oidStatus         = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 3}
	oidFailInfo       = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 4}
	oidSenderNonce    = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 5}
	oidRecipientNonce = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 6}
	oidTransactionID  = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 7}
	oidFailInfoText   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 24, 1}
)

// message is a request as it was read.
type message struct {
	kind, transaction string
	nonce             []byte
	signer            *x509.Certificate
	cipher, digest    string
	recipients        int
	content           []byte // of the envelope
	csr               *x509.CertificateRequest
	challenge         string
}

// read opens a message. It returns what it knows also with an error.
func (s *Server) read(body []byte) (*message, error) {
	p7, err := pkcs7.Parse(body)
	if err != nil {
		return nil, err
	}
	if err := p7.Verify(); err != nil {
		return nil, err
	}
	m := &message{signer: p7.GetOnlySigner()}
	if m.signer == nil {
		return nil, errors.New("testca: not one signer")
	}
	m.digest = p7.Signers[0].DigestAlgorithm.Algorithm.String()
	for oid, out := range map[*asn1.ObjectIdentifier]any{
		&oidMessageType: &m.kind, &oidTransactionID: &m.transaction, &oidSenderNonce: &m.nonce,
	} {
		if err := p7.UnmarshalSignedAttribute(*oid, out); err != nil {
			return m, fmt.Errorf("testca: attribute %v: %w", *oid, err)
		}
	}
	if err := m.readEnvelope(p7.Content); err != nil {
		return m, err
	}
	if m.kind != string(scep.PKCSReq) {
		envelope, err := pkcs7.Parse(p7.Content)
		if err != nil {
			return m, err
		}
		m.content, err = envelope.Decrypt(s.encrypt.cert, s.encrypt.key)
		return m, err
	}
	// For the main message the library's own server side judges.
	msg, err := scep.ParsePKIMessage(body)
	if err != nil {
		return m, err
	}
	if err := msg.DecryptPKIEnvelope(s.encrypt.cert, s.encrypt.key); err != nil {
		return m, err
	}
	m.csr, m.challenge = msg.CSRReqMessage.CSR, msg.CSRReqMessage.ChallengePassword
	return m, nil
}

// readEnvelope notes how the message was encrypted.
func (m *message) readEnvelope(der []byte) error {
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content struct {
			Version    int
			Recipients []asn1.RawValue `asn1:"set"`
			Info       struct {
				Type      asn1.ObjectIdentifier
				Algorithm struct {
					OID asn1.ObjectIdentifier
					IV  []byte
				}
				Content asn1.RawValue
			}
		} `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return fmt.Errorf("testca: envelope: %w", err)
	}
	m.recipients = len(outer.Content.Recipients)
	m.cipher = outer.Content.Info.Algorithm.OID.String()
	return nil
}

// answer decides on a message.
func (s *Server) answer(m *message) ([]byte, error) {
	switch m.kind {
	case string(scep.PKCSReq):
		return s.answerRequest(m)
	case string(scep.CertPoll):
		switch {
		case s.has(FaultPollClosed):
			panic(http.ErrAbortHandler)
		case s.cfg.RefusePoll:
			return s.reply(m, scep.FAILURE, scep.BadRequest, nil)
		case s.cfg.NoCertPoll:
			return nil, errors.New("scep: not implemented")
		}
		return s.answerPoll(m)
	case string(scep.GetCRL):
		return s.answerCRL(m)
	}
	return nil, fmt.Errorf("testca: messageType %q", m.kind)
}

func (s *Server) answerRequest(m *message) ([]byte, error) {
	if s.cfg.Reject != "" {
		return s.reply(m, scep.FAILURE, scep.FailInfo(s.cfg.Reject), nil)
	}
	if err := m.csr.CheckSignature(); err != nil {
		return s.reply(m, scep.FAILURE, scep.BadMessageCheck, nil)
	}
	s.mu.Lock()
	cert, known := s.done[m.transaction]
	_, waiting := s.asked[m.transaction]
	ok := s.allowed(m.challenge)
	if known || waiting {
		ok = !s.cfg.RefuseRepeated
	}
	s.mu.Unlock()
	if !ok {
		return s.reply(m, scep.FAILURE, scep.BadRequest, nil)
	}
	if known {
		return s.reply(m, scep.SUCCESS, "", cert)
	}
	// Where CertPoll is known, only that makes a waiting request go on.
	if waiting && !s.cfg.NoCertPoll || s.wait(m.transaction) {
		return s.reply(m, scep.PENDING, "", nil)
	}
	return s.issue(m)
}

// allowed looks at a password, and uses it up. s.mu is held.
func (s *Server) allowed(challenge string) bool {
	if s.cfg.Challenge != "" && challenge == s.cfg.Challenge {
		return true
	}
	if slices.Contains(s.cfg.OneTime, challenge) && !s.used[challenge] {
		s.used[challenge] = true
		return true
	}
	return s.cfg.Challenge == "" && s.cfg.OneTime == nil
}
