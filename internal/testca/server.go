package testca

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// SCEP says how a [Server] behaves. The zero value issues to everybody at once.
type SCEP struct {
	// Caps are the lines of GetCACaps; nil is what a modern server says, and an
	// empty slice an empty answer.
	Caps []string
	// Challenge is the password every request must have; "" wants none.
	Challenge string
	// OneTime are passwords that are good for one certificate each. If there are
	// any, a request must have one of them.
	OneTime []string
	// Pending is how many times a request is answered PENDING.
	Pending int
	// NoCertPoll makes the server know no CertPoll: HTTP status 500, as of
	// servers written on smallstep/scep. Repeat the PKCSReq then.
	NoCertPoll bool
	// RefuseRepeated answers a request that waits, or is issued, FAILURE when it
	// is sent again: only CertPoll gets at it.
	RefuseRepeated bool
	// RefusePoll answers every CertPoll FAILURE, as if somebody had rejected the
	// request meanwhile.
	RefusePoll bool
	// RA makes two certificates, for signing and for encryption, speak for the
	// CA. They say that they may, by the certificate request agent's EKU.
	RA bool
	// Show is what GetCACert gives instead of the right certificates.
	Show []*x509.Certificate
	// Ident is the CA identifier that requests must carry; "" wants none.
	Ident string
	// FailText goes with every FAILURE as failInfoText; "" leaves it out.
	FailText string
	// Reject answers every request with this failInfo; "" rejects none.
	Reject string
	// Faults are what the server does wrong.
	Faults []Fault
}

// Request is what a [Server] was asked.
type Request struct {
	Method, Operation, Ident string
	// MessageType and TransactionID of PKIOperation, "" for other operations.
	MessageType, TransactionID string
	// Cipher and Digest are dotted OIDs of the message.
	Cipher, Digest string
	// Recipients is how many the envelope is encrypted to.
	Recipients int
	// Signer of the message, CSR within it; nil if there is none.
	Signer *x509.Certificate
	CSR    *x509.CertificateRequest
	// Message is the PKIMessage as it came.
	Message []byte
}

// Server is a SCEP server (RFC 8894). It is an [http.Handler] for any path, and
// safe for concurrent use.
type Server struct {
	ca  *CA
	cfg SCEP
	// sign and encrypt are who speaks for the CA.
	sign, encrypt identity
	// shown is what GetCACert gives.
	shown []*x509.Certificate

	mu       sync.Mutex
	requests []Request
	asked    map[string]int               // times a transaction was answered PENDING
	done     map[string]*x509.Certificate // by transaction
	used     map[string]bool              // one-time passwords
}

type identity struct {
	cert *x509.Certificate
	key  crypto.Signer
}

type ra struct{ sign, encrypt identity }

// newRA makes certificates as those of an NDES.
func (ca *CA) newRA() (*ra, error) {
	make := func(name string, usage x509.KeyUsage) (id identity, err error) {
		key, err := devicetest.GenerateKey(2048)
		if err != nil {
			return id, err
		}
		cert, err := ca.IssueAs(&x509.Certificate{
			Subject:            pkix.Name{CommonName: ca.opts.Name + " " + name},
			KeyUsage:           usage,
			UnknownExtKeyUsage: []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 311, 20, 2, 1}},
		}, key.Public())
		return identity{cert, key}, err
	}
	sign, err := make("RA signing", x509.KeyUsageDigitalSignature)
	if err != nil {
		return nil, err
	}
	encrypt, err := make("RA encryption", x509.KeyUsageKeyEncipherment)
	return &ra{sign, encrypt}, err
}

// Server makes a SCEP server for the CA. It refuses a CA that has no RSA key
// and no RA.
func (ca *CA) Server(cfg SCEP) (*Server, error) {
	id := identity{ca.chain[0], ca.key}
	s := &Server{
		ca: ca, cfg: cfg, sign: id, encrypt: id, shown: ca.Chain(),
		asked: make(map[string]int), done: make(map[string]*x509.Certificate), used: make(map[string]bool),
	}
	if s.cfg.Caps == nil {
		s.cfg.Caps = []string{"AES", "DES3", "POSTPKIOperation", "SCEPStandard", "SHA-1", "SHA-256", "SHA-512"}
	}
	if cfg.RA {
		ra, err := ca.ra()
		if err != nil {
			return nil, err
		}
		s.sign, s.encrypt = ra.sign, ra.encrypt
		// Encryption before signing before CA: the order says nothing.
		s.shown = append([]*x509.Certificate{ra.encrypt.cert, ra.sign.cert}, s.shown...)
	}
	if cfg.Show != nil {
		s.shown = cfg.Show
	}
	if _, ok := s.encrypt.key.(*rsa.PrivateKey); !ok {
		return nil, fmt.Errorf("testca: SCEP encrypts to RSA keys only: use SCEP.RA")
	}
	return s, nil
}

// Requests gives what was asked, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *Server) record(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
}

func (s *Server) has(f Fault) bool { return slices.Contains(s.cfg.Faults, f) }

// maxMessage bounds a request's body, in bytes.
const maxMessage = 1 << 20

// ServeHTTP answers GetCACaps, GetCACert and PKIOperation.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err != nil {
		return
	}
	q := r.URL.Query()
	req := Request{Method: r.Method, Operation: q.Get("operation")}
	if r.Method == http.MethodGet && req.Operation != "PKIOperation" {
		req.Ident = q.Get("message")
	}
	if s.cfg.Ident != "" && req.Operation != "PKIOperation" && req.Ident != s.cfg.Ident {
		s.record(req)
		http.Error(w, "no such CA: "+req.Ident, http.StatusNotFound)
		return
	}
	if s.fault(w, r, req) {
		s.record(req)
		return
	}
	switch req.Operation {
	case "GetCACaps":
		s.record(req)
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, strings.Join(s.cfg.Caps, "\r\n"))
	case "GetCACert":
		s.record(req)
		s.serveCACert(w)
	case "PKIOperation":
		if r.Method == http.MethodGet {
			body, err = base64.StdEncoding.DecodeString(q.Get("message"))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
		}
		s.serveMessage(w, req, body)
	default:
		s.record(req)
		http.Error(w, "unknown operation", http.StatusBadRequest)
	}
}

func (s *Server) serveCACert(w http.ResponseWriter) {
	if s.has(FaultPEMCACert) {
		for _, c := range s.shown {
			_ = pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
		}
		return
	}
	if len(s.shown) == 1 {
		w.Header().Set("Content-Type", "application/x-x509-ca-cert")
		_, _ = w.Write(s.shown[0].Raw)
		return
	}
	answer, err := degenerate(raws(s.shown), nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-x509-ca-ra-cert")
	_, _ = w.Write(s.encode(answer))
}

// serveMessage answers a PKIOperation.
func (s *Server) serveMessage(w http.ResponseWriter, req Request, body []byte) {
	req.Message = bytes.Clone(body)
	m, err := s.read(body)
	if m != nil {
		req.MessageType, req.TransactionID, req.Signer = m.kind, m.transaction, m.signer
		req.Cipher, req.Digest, req.Recipients, req.CSR = m.cipher, m.digest, m.recipients, m.csr
	}
	s.record(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer, err := s.answer(m)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if s.has(FaultEcho) {
		answer = body
	}
	if s.has(FaultTruncated) {
		answer = answer[:len(answer)/2]
	}
	w.Header().Set("Content-Type", "application/x-pki-message")
	_, _ = w.Write(answer)
}

// encode is the way answers go out.
func (s *Server) encode(der []byte) []byte {
	if s.has(FaultBER) {
		return toBER(der)
	}
	return der
}

func raws(certs []*x509.Certificate) (all [][]byte) {
	for _, c := range certs {
		all = append(all, c.Raw)
	}
	return all
}
