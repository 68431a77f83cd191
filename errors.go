package rekey

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/models"
)

// Conditions that [errors.Is] tells apart. What the device said or showed is
// in the error that wraps them; conditions of the session are in package
// remoteui ([remoteui.LoginError], [remoteui.IdentityError],
// [remoteui.PageError] …).
var (
	// ErrStillWeak means that the key the device has just made is weak as well:
	// its firmware still has the flaw. Nothing was deleted. Exit code 6.
	ErrStillWeak = errors.New("the device still makes weak keys: update its firmware, whatever version it shows, then run again")
	// ErrUnfinished means that something was left undone on purpose, or is
	// waiting for somebody: run again later. Exit code 8.
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
