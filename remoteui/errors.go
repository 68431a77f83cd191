package remoteui

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// Conditions a caller may want to tell apart with [errors.Is].
var (
	// ErrReadOnly is returned by [Page.Press] in a session opened read-only, and by
	// [Session.BeginWriting] if it has to stay so.
	ErrReadOnly = errors.New("session is read-only: nothing may be pressed that could change the device")
	// ErrClosed is returned by every method of a closed session, and of its pages,
	// that would ask the device; what was read before can still be looked at.
	ErrClosed = errors.New("session is closed")
	// ErrPlainHTTP means that the device offers its Remote UI without TLS only.
	ErrPlainHTTP = errors.New("device answers over plain HTTP only, so a password would travel in clear: " +
		"switch on TLS for the Remote UI at the device (Settings/Registration > Management Settings > License/Other > Remote UI > Use TLS), then try again")
	// ErrRestartNotSeen means that the device was never seen going down.
	ErrRestartNotSeen = errors.New("restart not seen before the deadline: look at the device; running again is safe")
	// ErrSilent means that the device takes connections, and nothing answers there.
	ErrSilent = errors.New("it takes connections and answers nothing: it may be asleep or still starting; try again later")
	// ErrOneTimeCode means that the device asks for a one-time code at login.
	ErrOneTimeCode = errors.New("device asks for a one-time code at login: use an account without two-factor authentication")
	// ErrMayWrite means that something to click, followed with [Where].Reads or in
	// a read-only session, was not followed: its request does not say that it only
	// asks for a page, or reads like an act.
	ErrMayWrite = errors.New("was not followed: its request may change the device")
	// ErrGreyed means that something is on the page and cannot be clicked, by a
	// security policy of the device for one.
	ErrGreyed = errors.New("is greyed out: the device does not allow it now (a security policy, a job, or something to be set before)")
	// ErrSucceeded means that the device restarted within the session, and presents
	// the key that an earlier run bound: a new session knows it by that
	// ([Identity].Successor).
	ErrSucceeded = errors.New("the device has restarted, and presents the key that an earlier run chose: run again")
	// ErrPasswordExpired means that the device wants a new password before it lets anyone in.
	ErrPasswordExpired = errors.New("device wants a new password before anything else: change it in a browser, then try again")
)

// LoginError says that the device did not let us in. A credential that it
// refused is not sent again until it changes; Failure says whether it did.
type LoginError struct {
	Host   string
	Form   string // kind of login form: "department ID", "user name", "RSA challenge"
	Reason string // what the device's page said, if anything was understood
	Before bool   // refused before, in this process or an earlier run, and not sent this time
	// Missing: none was given that the form asks for, and none was sent.
	Missing bool
	// Asks is what the form asks for, if that is what is missing: "user name",
	// "department ID", "System Manager ID"; empty: a credential as such.
	Asks string
	// Failure is why, as far as the device's words tell; the zero value is a
	// refusal of the credential.
	Failure LoginFailure
}

func (e *LoginError) Error() string {
	if e.Before {
		return fmt.Sprintf("login to %s not tried: the device refused this very credential before; correct the password; or, if it is right, remove the record of it, the files refused-* in the devices' folders of the state directory; without one, start the program anew", e.Host)
	}
	if e.Missing && e.Asks != "" {
		return fmt.Sprintf("login to %s not tried: its form asks for a %s, and none was given that fits (user names and department IDs are different things)", e.Host, e.Asks)
	}
	if e.Missing {
		return fmt.Sprintf("%s asks for a login (%s form): give a user or department ID and a password", e.Host, e.Form)
	}
	msg := fmt.Sprintf("login to %s refused (%s form)", e.Host, e.Form)
	if e.Failure != WrongCredential {
		msg = fmt.Sprintf("login to %s: %s", e.Host, e.Failure)
	}
	if e.Reason != "" {
		msg += fmt.Sprintf(": %q", clip(e.Reason, 300))
	}
	return msg + "; " + e.Failure.advice()
}

// Unwrap returns [ErrPasswordExpired] or [ErrPlainHTTP] where the device said so.
func (e *LoginError) Unwrap() error {
	switch e.Failure {
	case PasswordExpired:
		return ErrPasswordExpired
	case TLSOff:
		return ErrPlainHTTP
	}
	return nil
}

// LockedError says that the device does not accept logins at present, or
// warns that it will not. The credential is not sent again until it changes.
type LockedError struct {
	Host string
	Text string // the device's words, with the end of the lock if it tells one
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("login to %s is refused, and the device speaks of a lock: %q; wait for the lock to end, "+
		"every further attempt can prolong it, and check user and password in a browser: these will not be sent again until they change "+
		"or the record of them, the files refused-* in the devices' folders of the state directory, is removed", e.Host, e.Text)
}

// IdentityError says that the machine that answered is not known to be the
// one meant. Nothing was sent to it.
type IdentityError struct {
	Addr   string
	Got    SPKIHash // what it presented
	Reason string
	Err    error // the same; nil if there is no more to it
}

// Unwrap returns the cause.
func (e *IdentityError) Unwrap() error { return e.Err }

func (e *IdentityError) Error() string {
	return fmt.Sprintf("identity of %s not accepted: %s; it presented %s: if that is your device, pass it as pin", e.Addr, e.Reason, e.Got)
}

// UnconfirmedError says that a certificate may belong to the key that was bound:
// all that the device showed of it before agrees, and nothing of that is proof.
// An attacker on the path can make such a certificate. No password goes to a server
// that presents it until [Config.ConfirmSuccessor] says so.
type UnconfirmedError struct {
	Key         string // its name in the device's list
	Certificate *x509.Certificate
	Compared    []string // what agrees, in words
}

func (e *UnconfirmedError) Error() string {
	return fmt.Sprintf("it may be the one of key %q (compared: %s), and nothing the device showed before proves it", e.Key, strings.Join(e.Compared, ", "))
}

// PageError says that a page could not be understood.
type PageError struct {
	Page     string   // title and the labels that led there
	Label    Label    // what was wanted
	Tried    []string // the texts it may have
	Found    []string // the closest texts, or the candidates if several fit
	Reason   string   // "not found", "ambiguous", …
	Snapshot string   // what the page shows, without values
	Trace    []string // what was done and met on the way, where an act led there
	Err      error
}

func (e *PageError) Error() string {
	msg := fmt.Sprintf("page %q: %q %s", e.Page, e.Label, clip(e.Reason, 600))
	if len(e.Tried) > 0 {
		msg += " (looked for " + quoteList(e.Tried) + ")"
	}
	if len(e.Found) > 0 {
		msg += ", closest: " + quoteList(e.Found)
	}
	return msg
}

// Unwrap returns the cause, if there is one.
func (e *PageError) Unwrap() error { return e.Err }

// RefusedError says that the device did not do what was asked, in its words.
type RefusedError struct {
	Page  string
	Text  string
	Trace []string // what was done and met on the way
}

func (e *RefusedError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("device refused on page %q, without a word", e.Page)
	}
	return fmt.Sprintf("device refused on page %q: %q", e.Page, e.Text)
}

// AmbiguousWriteError says that the answer to a request that may have changed
// the device was lost: whether it acted is found out by reading, never by
// repeating.
type AmbiguousWriteError struct{ Err error }

func (e *AmbiguousWriteError) Error() string {
	return "answer lost after a change was requested: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *AmbiguousWriteError) Unwrap() error { return e.Err }

// ForeignHostError says that the device pointed to another machine.
type ForeignHostError struct{ Host, Target string }

func (e *ForeignHostError) Error() string {
	return fmt.Sprintf("device %s points to another host (%q): not followed; if that is its own name, give the URL by that name", e.Host, e.Target)
}

// OutsideError says that something on the device's pages led out of the session:
// away from TLS, say, or to another port. Nothing was sent there.
type OutsideError struct {
	Target string // without query
	Reason string
	Err    error // [ErrPlainHTTP], if that is why; else nil
}

func (e *OutsideError) Error() string {
	return fmt.Sprintf("not asked for %s: %s", clip(e.Target, 200), e.Reason)
}

// Unwrap returns Err.
func (e *OutsideError) Unwrap() error { return e.Err }

// tooManyLoginsError ends a session that the device keeps forgetting.
type tooManyLoginsError struct{ n int }

func (e *tooManyLoginsError) Error() string {
	return fmt.Sprintf("logged in %d times in one session: the device keeps forgetting it", e.n)
}

func quoteList(texts []string) string {
	const most = 30
	quoted := make([]string, 0, most)
	for _, t := range texts[:min(len(texts), most)] {
		quoted = append(quoted, fmt.Sprintf("%q", clip(t, 60)))
	}
	if more := len(texts) - most; more > 0 {
		quoted = append(quoted, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(quoted, ", ")
}

// clip shortens device text for messages, and takes out what a terminal could
// take for a command: control and bidi characters.
func clip(s string, n int) string { return printable.Line(s, n, '\ufffd') }

// Lacks reports whether an error says that nothing on a page reads like the
// label: the device does not have it, or calls it something else.
func Lacks(err error, l Label) bool {
	e, ok := errors.AsType[*PageError](err)
	if !ok || e.Label != l {
		return false
	}
	_, missing := errors.AsType[*page.NotFoundError](e.Err)
	return missing
}
