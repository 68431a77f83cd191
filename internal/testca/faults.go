package testca

import "net/http"

// Fault is something that a [Server] does that it should not, or that servers
// do and clients do not expect.
type Fault string

// Faults of HTTP and of the first two operations.
const (
	FaultHTML       Fault = "every answer is a web page, status 200"
	FaultCapsHTML   Fault = "GetCACaps is answered by a web page"
	FaultCapsClosed Fault = "the connection is closed on GetCACaps"
	FaultHuge       Fault = "answers never end"
	FaultSlow       Fault = "PKIOperation is never answered"
	FaultRedirect   Fault = "every answer redirects to another host"
	FaultStatus     Fault = "PKIOperation is answered by status 500, with text and control characters"
	FaultPollClosed Fault = "the connection is closed on CertPoll"
	FaultPEMCACert  Fault = "GetCACert is answered in PEM"
)

// Faults of how a reply is made.
const (
	FaultBER          Fault = "indefinite lengths and octet strings in pieces everywhere"
	FaultTruncated    Fault = "half of the reply is missing"
	FaultEcho         Fault = "the reply is the request"
	Fault3DES         Fault = "replies are encrypted by 3DES and signed with SHA-1"
	FaultDES          Fault = "replies are encrypted by single DES"
	FaultBlock        Fault = "the ciphertext is no multiple of the block"
	FaultPadding      Fault = "the padding says more octets than there are"
	FaultNoSignerCert Fault = "the reply carries no certificates"
	FaultOddCert      Fault = "the reply carries a certificate with a negative serial number"
	FaultKeyID        Fault = "the reply names its signer by subject key identifier"
	FaultUnsorted     Fault = "the reply's attributes are sent and signed in no order"
	FaultNoDigest     Fault = "the same, without messageDigest: the content is not signed"
	FaultPEMReply     Fault = "the reply is PEM, in CR LF"
	FaultBase64Reply  Fault = "the reply is base64"
)

// Faults of who signs a reply.
const (
	FaultAttacker    Fault = "signed by a stranger, whose certificate comes along"
	FaultWrongSigner Fault = "signed by a stranger's key in the name of the CA"
	FaultOtherDevice Fault = "signed by another device of the CA"
)

// Faults of what a reply says.
const (
	FaultNonce         Fault = "wrong recipientNonce"
	FaultNoNonce       Fault = "no recipientNonce"
	FaultTransaction   Fault = "another transaction"
	FaultUnknownStatus Fault = "pkiStatus 7"
	FaultUnknownInfo   Fault = "failInfo 9"
	FaultNoInfo        Fault = "FAILURE without failInfo"
	FaultUnknownType   Fault = "messageType 99"
)

// Faults of the certificates within a reply.
const (
	FaultCAFirst        Fault = "the CA's certificate stands first"
	FaultEmpty          Fault = "no certificate in the envelope"
	FaultNoCertificate  Fault = "SUCCESS without an envelope"
	FaultOtherKey       Fault = "a certificate for another key"
	FaultOtherCA        Fault = "a certificate of another CA"
	FaultClockAhead     Fault = "a certificate that is valid from in five minutes on"
	FaultFuture         Fault = "a certificate that is valid from tomorrow on"
	FaultBrokenNeighbor Fault = "a broken certificate stands beside the one issued"
)

// Faults of revocation lists.
const (
	FaultForgedCRL Fault = "GetCRL is answered by a stranger's list in the name of the CA"
	FaultAnyCRL    Fault = "GetCRL is answered whatever certificate it is about"
)

const page = "\xef\xbb\xbf<!DOCTYPE html>\r\n<html><head><title>Network Device Enrollment Service</title></head>" +
	"<body>The enrollment challenge password is: <B> 0123456789ABCDEF </B></body></html>"

// fault answers wrongly, if it is to, before anything is read.
func (s *Server) fault(w http.ResponseWriter, r *http.Request, req Request) bool {
	operation := req.Operation
	switch {
	case s.has(FaultHTML), s.has(FaultCapsHTML) && operation == "GetCACaps":
		w.Header().Set("Content-Type", "application/x-x509-ca-cert")
		_, _ = w.Write([]byte(page))
	case s.has(FaultCapsClosed) && operation == "GetCACaps":
		panic(http.ErrAbortHandler)
	case s.has(FaultHuge):
		for zeros := make([]byte, 64<<10); r.Context().Err() == nil; {
			if _, err := w.Write(zeros); err != nil {
				break
			}
		}
	case s.has(FaultSlow) && operation == "PKIOperation":
		<-r.Context().Done()
	case s.has(FaultRedirect):
		http.Redirect(w, r, "http://elsewhere.invalid/scep", http.StatusFound)
	case s.has(FaultStatus) && operation == "PKIOperation":
		http.Error(w, "no\x1b[31m luck\x00 today", http.StatusInternalServerError)
	default:
		return false
	}
	return true
}
