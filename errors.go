package rekey

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/rekey-go/rekey/fleet/window"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// Conditions that [errors.Is] tells apart. What the device said or showed is
// in the error that wraps them; conditions of the session are in package
// remoteui ([remoteui.LoginError], [remoteui.IdentityError],
// [remoteui.PageError] …).
var (
	// ErrStillWeak means that the key the device has just made is weak as well:
	// its firmware still has the flaw. Nothing was deleted. Exit code 6, because the
	// device has a new weak key then; a run that sees it before, or later, ends with
	// [*FirmwareError] and 3.
	ErrStillWeak = errors.New("the device still makes weak keys: update its firmware, whatever version it shows, then run again")
	// ErrUnfinished means that something was left undone on purpose, or is
	// waiting for somebody; [ExitOf] tells which. Exit code 8 or 10.
	ErrUnfinished = errors.New("unfinished on purpose: run again")
)

// FirmwareError says that the firmware must be updated first: it still makes
// weak keys, so a new one would be as worthless as the old. // M-5
type FirmwareError struct {
	Model   string
	Version string
	Row     models.Row // the row of the advisory's table
	// Caught: an earlier run saw a weak key that this version made, whatever the
	// table says of it.
	Caught bool
}

func (e *FirmwareError) Error() string {
	if e.Caught {
		return fmt.Sprintf("%s with controller %s was caught making a weak key, whatever the advisory says of that version: "+
			"update the firmware first, then run again; nothing was changed", safe(e.Model), safe(e.Version))
	}
	return fmt.Sprintf("%s with controller %s is within %s–%s, which still makes weak keys: "+
		"update the firmware first, then run again; nothing was changed", safe(e.Model), e.Version, e.Row.From, e.Row.To)
}

// DriftError says that the device is no longer as it was when the plan was
// made, or when this call looked at it last; plan again.
type DriftError struct {
	Changes []string
	// Done is what this call had done to the device by then, in order and in words:
	// it stays, and the next run goes on with it. Empty: nothing was changed.
	Done []string
}

func (e *DriftError) Error() string {
	return "device changed since the plan was made: " + strings.Join(e.Changes, "; ") + "; plan again" + doneText(e.Done)
}

// doneText says what was done to the device.
func doneText(done []string) string {
	if len(done) == 0 {
		return "; nothing was changed"
	}
	return "; done until then, and left so for the next run: " + safe(strings.Join(done, ", "))
}

// VerifyError says that what was done could not be proved. The old key is
// still there.
type VerifyError struct {
	Addr string // where it was looked for
	Want string
	Got  string
}

func (e *VerifyError) Error() string {
	return fmt.Sprintf("not verified at %s: want %s, got %s; the old key was kept", e.Addr, e.Want, e.Got)
}

// SerialError says that a device shows another serial number than the one that is
// meant: it is another machine, whatever its address and its key are. Exit code 4.
type SerialError struct {
	Addr string
	// Want is the serial number of who is meant: [Device].Serial, that of the plan, or
	// that which the state directory keeps (Kept), as they write it. Got is that which
	// the device shows, or that the plan was made for (Planned).
	Want, Got     string
	Kept, Planned bool
	// Begun, with Kept: the caller names the device that is there, and the state directory
	// has a journal of the one that was there before. It is not given to another one.
	Begun bool
	// Done is what this call had done to the device by then, in order and in words:
	// it stays. Empty: nothing was changed.
	Done []string
}

func (e *SerialError) Error() string {
	want, got, done := safe(e.Want), safe(e.Got), doneText(e.Done)
	switch {
	case e.Planned:
		return fmt.Sprintf("%s: the plan was made for the device with the serial number %q, and %q is meant: see which device is there, correct the list, and plan again%s", e.Addr, got, want, done)
	case e.Begun:
		return fmt.Sprintf("%s has the serial number %q, and what the state directory keeps for this address was done on the device with %q, and is given to no other: "+
			"give the device that is there now a state directory of its own (Options.Dir); that one continues in this one%s", e.Addr, got, want, done)
	case e.Kept:
		return fmt.Sprintf("%s has the serial number %q, and the device that is known there has %q: another device has come to its address; "+
			"see which one it is, and if it is meant, name it by its serial number%s", e.Addr, got, want, done)
	}
	return fmt.Sprintf("%s has the serial number %q, and the device with %q is meant: it was exchanged or has moved; "+
		"see which device is there, and correct the address or the serial number%s", e.Addr, got, want, done)
}

// SuccessorError says that a device came back with a key which may be the new
// one, and that nothing proves it: the device's pages show no thumbprint. It was
// sent no password, and nothing was deleted. Compare the fingerprint at the
// device's panel, and run again with Pin among [Device].Pins. Exit code 8.
type SuccessorError struct {
	Addr string // who presents it
	Successor
	Err error // what ConfirmSuccessor returned; nil: it was not asked
}

func (e *SuccessorError) Error() string {
	text := fmt.Sprintf("%s presents a key that may be the new one, %q, and nothing proves it: the device's details page shows no thumbprint, "+
		"and what it shows (%s) anybody on the way could copy; compare the thumbprint %s of the certificate (SHA-1; SHA-256 %s) at the device's panel, and run again with the pin %s",
		e.Addr, safe(e.Key), strings.Join(e.compared(), ", "), e.New.SHA1, e.New.SHA256, e.Pin)
	if e.Err != nil {
		text += "; asked: " + e.Err.Error()
	}
	return text
}

func (e *SuccessorError) compared() []string {
	var all []string
	for _, c := range e.Compared {
		all = append(all, safe(c))
	}
	return all
}

// Unwrap returns [ErrUnfinished], and what ConfirmSuccessor returned.
func (e *SuccessorError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrUnfinished}
	}
	return []error{ErrUnfinished, e.Err}
}

// HeldError says that [AssessAll] or [RemediateAll] never began with a device.
// Exit code 8; 10 if its maintenance window is closed, and 130 if the call ended.
type HeldError struct {
	URL string // of the device
	Why string
	// NotStarted: the call ended before its turn came. Else something held it:
	// a failure elsewhere, a refused password, a gate, or the hour.
	NotStarted bool
	Err        error // what held it; nil: Why is all
}

func (e *HeldError) Error() string { return e.Why } // which device, everybody is told who is told this

// Unwrap returns what held the device.
func (e *HeldError) Unwrap() error { return e.Err }

// OtherError says on which of [Options].OtherDevices something went wrong. The device
// itself was finished.
type OtherError struct {
	URL string
	Err error
}

func (e *OtherError) Error() string { return e.Err.Error() }

// Unwrap returns what went wrong.
func (e *OtherError) Unwrap() error { return e.Err }

// UnknownError says that something needed to decide could not be found out.
type UnknownError struct{ What string }

func (e *UnknownError) Error() string { return e.What }

// KeyStoreError says that the device has no room for the new keys. Exit code 6.
type KeyStoreError struct {
	Slots  int // how many keys the device holds
	Keys   int // how many there are
	Needed int // how many places are missing
	// Deletable are keys in no usage, which a person may delete if nobody needs
	// them; none that rekey made.
	Deletable []string
	// Done is what this call had done to the device by then, in order and in words:
	// it stays, and the next run goes on with it. Empty: nothing was changed.
	Done []string
	// Said is how the device refused a key; empty if the plan found out before.
	Said string
}

func (e *KeyStoreError) Error() string {
	text := fmt.Sprintf("the key store is full: %d keys in %d places, and the new keys need %d more", e.Keys, e.Slots, e.Needed)
	if e.Said != "" {
		text = fmt.Sprintf("the device refused a new key while it holds %d, which may be all it can (it said %q)", e.Keys, safe(e.Said))
	}
	if len(e.Deletable) == 0 {
		return text + "; no unused key could go: let old keys be deleted (they are not without a place for evidence), or switch a function off by hand whose key nothing else uses" + doneText(e.Done)
	}
	names := make([]string, 0, len(e.Deletable))
	for _, n := range e.Deletable {
		names = append(names, fmt.Sprintf("%q", safe(n)))
	}
	return text + "; these are in no usage, delete one if nobody needs it: " + strings.Join(names, ", ") + doneText(e.Done)
}

// ended makes the error of a call whose context ended say so by [context.Canceled]
// or [context.DeadlineExceeded], whatever cause the caller gave the context: what is
// shown is the cause, and who asks for the sentinel finds it.
func ended(ctx context.Context, err error) error {
	return endedBy(ctx.Err(), err)
}

func endedBy(why, err error) error {
	if err == nil || why == nil || as[*endedError](err) {
		return err
	}
	return &endedError{err, why}
}

type endedError struct{ err, why error }

func (e *endedError) Error() string   { return e.err.Error() }
func (e *endedError) Unwrap() []error { return []error{e.err, e.why} }

// Is makes a budget that is used up a deadline that has passed.
func (e *BudgetError) Is(target error) bool { return target == context.DeadlineExceeded }

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
	ExitState       ExitClass = "state"       // 16: what the state directory keeps is damaged, too large, or cannot be read or written
	ExitInterrupted ExitClass = "interrupted" // 130: at a safe point: the context was canceled, or its deadline has passed
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
	ExitDeclined: {15, ExitDeclined, RetryChange}, ExitState: {16, ExitState, RetryChange},
	ExitInterrupted: {130, ExitInterrupted, RetryNow},
}

// ErrDeclined is for [Options.Approve] to return when somebody does not agree. The
// run's error says, besides, what had been done by then: nothing, the first time.
var ErrDeclined = errors.New("the plan was not agreed to")

// kinds are asked from top to bottom: an error may wrap several.
var kinds = []struct {
	class   ExitClass
	matches func(error) bool
}{
	{ExitInterrupted, notStarted},
	{ExitWaiting, as[*window.ClosedError]},
	{ExitDecision, as[*HeldError]},
	{ExitDeclined, is(ErrDeclined)},
	{ExitInterrupted, is(context.Canceled)},
	{ExitInterrupted, as[*endedError]}, // by a deadline
	{ExitInterrupted, is(errShare)},    // and not begun again
	{ExitUsage, as[*keys.FieldError]},  // asks for what no certificate form takes
	{ExitFirmware, as[*FirmwareError]},
	{ExitDecision, as[*SuccessorError]},
	{ExitDrift, is(remoteui.ErrSucceeded)},
	{ExitLogin, as[*remoteui.IdentityError]},
	{ExitLogin, as[*SerialError]},
	{ExitLogin, as[*remoteui.LoginError]},
	{ExitLogin, as[*remoteui.LockedError]},
	{ExitLogin, is(remoteui.ErrPlainHTTP)},
	{ExitLogin, is(remoteui.ErrOneTimeCode)},
	{ExitLogin, is(remoteui.ErrPasswordExpired)},
	{ExitLocked, as[*state.HeldError]},
	{ExitLocked, is(state.ErrNotLocked)},
	{ExitState, as[*state.CorruptError]},
	{ExitState, as[*state.SizeError]},
	{ExitState, as[*revocation.StoreError]},
	{ExitDrift, as[*DriftError]},
	{ExitFailed, is(ErrStillWeak)},
	{ExitUnverified, as[*VerifyError]},
	{ExitFailed, as[*KeyStoreError]},
	{ExitCertificate, as[*keys.IssuedError]},
	{ExitCertificate, as[*keys.RequestError]},
	{ExitWaiting, as[*usage.BusyError]},
	{ExitPolicy, is(remoteui.ErrGreyed)},
	{ExitPolicy, byPolicy},
	{ExitPage, as[*remoteui.PageError]},
	{ExitPage, as[*UnknownError]},
	{ExitWaiting, is(keys.ErrPending)},
	{ExitDecision, is(ErrUnfinished)},
	{ExitFailed, is(remoteui.ErrRestartNotSeen)},
	{ExitUnreachable, as[*BudgetError]},
	{ExitUnreachable, is(remoteui.ErrSilent)},
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

func notStarted(err error) bool {
	e, ok := errors.AsType[*HeldError](err)
	return ok && e.NotStarted
}

// byPolicy reports whether the device said that its security policy is why.
func byPolicy(err error) bool {
	e, ok := errors.AsType[*remoteui.RefusedError](err)
	return ok && e.ByPolicy()
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
