package rekey

import (
	"context"
	"errors"
	"net"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// ExitClass is a way for a run to end, each with one meaning and one thing to
// do next; the comments have the exit code of programs.
type ExitClass string

// The ways to end.
const (
	ExitDone        ExitClass = "done"        // 0: done and verified, nothing to do, or a plan made
	ExitUsage       ExitClass = "usage"       // 2: the call asks for something impossible
	ExitFirmware    ExitClass = "firmware"    // 3: the firmware makes weak keys: update it
	ExitLogin       ExitClass = "login"       // 4: login refused or locked, or identity unknown
	ExitPage        ExitClass = "page"        // 5: the device could not be understood
	ExitFailed      ExitClass = "failed"      // 6: look now
	ExitDrift       ExitClass = "drift"       // 7: the device changed: plan again
	ExitDecision    ExitClass = "decision"    // 8: withheld until somebody decides
	ExitUnreachable ExitClass = "unreachable" // 9: off, asleep or not connected: nothing was done, try later
	ExitWaiting     ExitClass = "waiting"     // 10: for a certificate, or for jobs to end: run the same later
	ExitLocked      ExitClass = "locked"      // 11: another run works on the device
	ExitPolicy      ExitClass = "policy"      // 12: the device does not allow it
	ExitUnverified  ExitClass = "unverified"  // 13: what was done could not be verified; the old key was kept
	ExitCertificate ExitClass = "certificate" // 14: what a CA issued, or a device asks for, is not as ordered
	ExitDeclined    ExitClass = "declined"    // 15: [Options.Approve] said no
	ExitInterrupted ExitClass = "interrupted" // 130: at a safe point
)

// Retry says when running again is of use.
type Retry string

// The times to run again.
const (
	RetryNo     Retry = "no"     // there is nothing to be repeated
	RetryNow    Retry = "now"    // the same, at once
	RetryLater  Retry = "later"  // the same, some time later
	RetryChange Retry = "change" // once something was changed: a flag, the password, the firmware, the device
)

// Exit is how a run ended, for programs and scripts.
type Exit struct {
	Code  int       `json:"code"` // exit code of a program
	Class ExitClass `json:"class"`
	Retry Retry     `json:"retry"`
}

// exits are the codes, and when running again is of use.
var exits = map[ExitClass]Exit{
	ExitDone: {0, ExitDone, RetryNo}, ExitUsage: {2, ExitUsage, RetryChange}, ExitFirmware: {3, ExitFirmware, RetryChange},
	ExitLogin: {4, ExitLogin, RetryChange}, ExitPage: {5, ExitPage, RetryChange}, ExitFailed: {6, ExitFailed, RetryChange},
	ExitDrift: {7, ExitDrift, RetryNow}, ExitDecision: {8, ExitDecision, RetryChange}, ExitUnreachable: {9, ExitUnreachable, RetryLater},
	ExitWaiting: {10, ExitWaiting, RetryLater}, ExitLocked: {11, ExitLocked, RetryLater}, ExitPolicy: {12, ExitPolicy, RetryChange},
	ExitUnverified: {13, ExitUnverified, RetryChange}, ExitCertificate: {14, ExitCertificate, RetryChange},
	ExitDeclined: {15, ExitDeclined, RetryChange}, ExitInterrupted: {130, ExitInterrupted, RetryNow},
}

// ErrDeclined is for [Options.Approve] to return when somebody does not agree.
var ErrDeclined = errors.New("the plan was not agreed to: nothing was changed")

// kinds are asked from top to bottom: an error may wrap several.
var kinds = []struct {
	class   ExitClass
	matches func(error) bool
}{
	{ExitDeclined, is(ErrDeclined)},
	{ExitInterrupted, is(context.Canceled)},
	{ExitUsage, as[*keys.FieldError]}, // asks for what no certificate form takes
	{ExitFirmware, as[*FirmwareError]},
	{ExitDecision, as[*SuccessorError]},
	{ExitLogin, as[*remoteui.IdentityError]},
	{ExitLogin, as[*remoteui.LoginError]},
	{ExitLogin, as[*remoteui.LockedError]},
	{ExitLogin, is(remoteui.ErrPlainHTTP)},
	{ExitLogin, is(remoteui.ErrOneTimeCode)},
	{ExitLogin, is(remoteui.ErrPasswordExpired)},
	{ExitLocked, as[*state.HeldError]},
	{ExitDrift, as[*DriftError]},
	{ExitFailed, is(ErrStillWeak)},
	{ExitUnverified, as[*VerifyError]},
	{ExitFailed, as[*KeyStoreError]},
	{ExitCertificate, as[*keys.IssuedError]},
	{ExitCertificate, as[*keys.RequestError]},
	{ExitWaiting, as[*usage.BusyError]},
	{ExitPolicy, is(remoteui.ErrGreyed)},
	{ExitPage, as[*remoteui.PageError]},
	{ExitPage, as[*UnknownError]},
	{ExitWaiting, is(keys.ErrPending)},
	{ExitDecision, is(ErrUnfinished)},
	{ExitFailed, is(remoteui.ErrRestartNotSeen)},
	{ExitUnreachable, as[*BudgetError]},
	{ExitUnreachable, noConnection},
}

// ExitOf classes the error of a call; nil is done. That a device cannot be
// reached counts as such only where the error comes from a call that had changed
// nothing: a report's Exit knows that.
func ExitOf(err error) Exit {
	if err == nil {
		return exits[ExitDone]
	}
	for _, k := range kinds {
		if k.matches(err) {
			return exits[k.class]
		}
	}
	return exits[ExitFailed]
}

// exit is how the run of the report ended. Who changed a device and lost it has
// to look at it.
func (r *Report) exit(err error, changed bool) Exit {
	if e := ExitOf(err); e.Class != ExitUnreachable || !changed {
		return e
	}
	return exits[ExitFailed]
}

// noConnection reports whether nobody took the connection.
func noConnection(err error) bool {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	e, ok := errors.AsType[*net.OpError](err)
	return ok && e.Op == "dial"
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
