package scep

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/keys"
)

// HTTPError means that the server answered with a status that is not 200.
type HTTPError struct {
	Status int
	// Text of the answer, of a web page its title: at most 200 characters,
	// without control characters. Some servers say there what is wrong.
	Text string
}

// Error gives status and text.
func (e *HTTPError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("HTTP status %d", e.Status)
	}
	return fmt.Sprintf("HTTP status %d: %q", e.Status, e.Text)
}

// RedirectError means that the server wanted to send us elsewhere.
type RedirectError struct {
	Status int
	// Location without query; "" if there is none.
	Location string
}

// Error says where to.
func (e *RedirectError) Error() string {
	return fmt.Sprintf("HTTP status %d to %q: redirects are not followed; give that URL if it is the right one", e.Status, e.Location)
}

// WebPageError means that there is a page for people at the URL.
type WebPageError struct {
	Title string
	Admin bool // it is the administrator's page of NDES
}

// Error says which URL is meant instead.
func (e *WebPageError) Error() string {
	what := "a web page"
	if e.Title != "" {
		what = fmt.Sprintf("the web page %q", e.Title)
	}
	if e.Admin {
		return fmt.Sprintf("this is the administrator's page of the server (%s): the URL for requests ends with /certsrv/mscep/mscep.dll", what)
	}
	return fmt.Sprintf("%s answers, not a SCEP server: give the URL for requests, not that of an administrator's page", what)
}

// LegacyError means that the server offers only algorithms that are weak.
type LegacyError struct {
	// Capabilities are what the server said; empty if it said nothing.
	Capabilities Capabilities
	// Algorithms are what it would come to.
	Algorithms string
}

// Error says what the server offers, and what to do.
func (e *LegacyError) Error() string {
	said := "nothing"
	if len(e.Capabilities) > 0 {
		said = bundle.Clean(strings.Join(e.Capabilities, " "), maxQuoted)
	}
	return fmt.Sprintf("scep: the server says that it can do %s, which comes to %s: update it, or set AllowLegacy", said, e.Algorithms)
}

// UntrustedError means that the server is not, or is not shown to be, the CA
// that is meant.
type UntrustedError struct {
	Reason string
	// Shown are the certificates that the server gave.
	Shown []*x509.Certificate
}

// Error lists what was shown, by name and SHA-256.
func (e *UntrustedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "scep: %s; the server shows", e.Reason)
	for i, c := range e.Shown[:min(len(e.Shown), 4)] {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %q (SHA-256 %s)", bundle.Clean(c.Subject.String(), 80), Fingerprints(c).SHA256)
	}
	if len(e.Shown) == 0 {
		b.WriteString(" no certificate")
	}
	return b.String()
}

// ReplyError means that a reply cannot be believed or understood. What it
// answers may have been done all the same.
type ReplyError struct{ Err error }

// Error says why.
func (e *ReplyError) Error() string { return "scep: reply: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *ReplyError) Unwrap() error { return e.Err }

func replyError(format string, args ...any) error {
	return &ReplyError{fmt.Errorf(format, args...)}
}

// errNoCertificate is SUCCESS without any: some servers say so while they wait.
var errNoCertificate = errors.New("the server says SUCCESS but gives no certificate")

// FailInfo is the reason of a FAILURE (RFC 8894, 3.2.1.4), "" if the server
// gave none. Values that the RFC does not know are kept as they came.
type FailInfo string

// Reasons of RFC 8894.
const (
	BadAlg          FailInfo = "0"
	BadMessageCheck FailInfo = "1"
	BadRequest      FailInfo = "2"
	BadTime         FailInfo = "3"
	BadCertID       FailInfo = "4"
)

var failInfos = map[FailInfo]string{
	"":              "no reason given",
	BadAlg:          "badAlg: it does not know or allow an algorithm",
	BadMessageCheck: "badMessageCheck: it could not verify or open the message",
	BadRequest:      "badRequest: it does not permit or support this",
	BadTime:         "badTime: the clocks of server and sender differ too much",
	BadCertID:       "badCertId: it knows no such certificate or request",
}

// String says it in words.
func (f FailInfo) String() string {
	if text, ok := failInfos[f]; ok {
		return text
	}
	return fmt.Sprintf("unknown failInfo %q", bundle.Clean(string(f), 20))
}

// FailureError means that the CA refused.
type FailureError struct {
	Info FailInfo
	// Text is the server's, at most 200 characters; "" if it gave none.
	Text string
	// NoChallenge means that the request has no challenge password, which may be
	// why: SCEP does not say beforehand whether one is wanted.
	NoChallenge bool
}

// Error gives the reason, and if the request has no challenge password what
// can be done: it is under the signature of the device's key, so nobody but
// the device can put it in.
func (e *FailureError) Error() string {
	text := fmt.Sprintf("scep: the CA refused the request: %v", e.Info)
	if e.Text != "" {
		text += fmt.Sprintf("; it says %q", e.Text)
	}
	if e.NoChallenge && (e.Info == BadRequest || e.Info == "") {
		text += ". The request has no challenge password, which only the device itself can put in. If the CA wants one: " +
			"let the device enrol by its own SCEP function, where the password is a field; or configure the CA to want none for this server, " +
			"to let an enrolment agent sign (ClientOptions.Signer), or to have requests approved by hand; or use another way than SCEP"
	}
	return text
}

// PendingError means that the request is with the CA, which has not issued the
// certificate yet. It is [keys.ErrPending]. Calling [Client.Issue] with the
// same request goes on from there.
type PendingError struct {
	// Transaction is the number under which the CA knows the request.
	Transaction string
	// Server is the URL.
	Server string
	// Last is what went wrong the last time it was asked for, or why waiting
	// ended early, such as the context's; nil if nothing did.
	Last error
}

// Error says where to look.
func (e *PendingError) Error() string {
	text := fmt.Sprintf("scep: the certificate is not issued yet: have transaction %s approved at %s, then run again", e.Transaction, e.Server)
	if e.Last != nil {
		text += fmt.Sprintf(" (%v)", e.Last)
	}
	return text
}

// Unwrap gives [keys.ErrPending] and Last.
func (e *PendingError) Unwrap() []error {
	if e.Last == nil {
		return []error{keys.ErrPending}
	}
	return []error{keys.ErrPending, e.Last}
}
