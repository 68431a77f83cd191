package rekey_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/window"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// Every way to end has one code, one meaning and one thing to do next.
func TestExitOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err   error
		code  int
		class rekey.ExitClass
		retry rekey.Retry
	}{
		{nil, 0, rekey.ExitDone, rekey.RetryNo},
		{&keys.FieldError{Field: "CommonName"}, 2, rekey.ExitUsage, rekey.RetryChange},
		{&rekey.FirmwareError{}, 3, rekey.ExitFirmware, rekey.RetryChange},
		{&remoteui.LoginError{}, 4, rekey.ExitLogin, rekey.RetryChange},
		{&remoteui.LockedError{}, 4, rekey.ExitLogin, rekey.RetryChange},
		{&remoteui.IdentityError{}, 4, rekey.ExitLogin, rekey.RetryChange},
		{remoteui.ErrPlainHTTP, 4, rekey.ExitLogin, rekey.RetryChange},
		{remoteui.ErrOneTimeCode, 4, rekey.ExitLogin, rekey.RetryChange},
		{remoteui.ErrPasswordExpired, 4, rekey.ExitLogin, rekey.RetryChange},
		{&remoteui.PageError{}, 5, rekey.ExitPage, rekey.RetryChange},
		{&rekey.UnknownError{}, 5, rekey.ExitPage, rekey.RetryChange},
		{errors.New("anything else"), 6, rekey.ExitFailed, rekey.RetryChange},
		{rekey.ErrStillWeak, 6, rekey.ExitFailed, rekey.RetryChange},
		{remoteui.ErrRestartNotSeen, 6, rekey.ExitFailed, rekey.RetryChange},
		{&remoteui.LimitError{}, 6, rekey.ExitFailed, rekey.RetryChange},
		{&remoteui.RefusedError{}, 6, rekey.ExitFailed, rekey.RetryChange},
		{&rekey.KeyStoreError{}, 6, rekey.ExitFailed, rekey.RetryChange},
		{context.DeadlineExceeded, 6, rekey.ExitFailed, rekey.RetryChange},
		{&rekey.DriftError{}, 7, rekey.ExitDrift, rekey.RetryNow},
		{rekey.ErrUnfinished, 8, rekey.ExitDecision, rekey.RetryChange},
		{&rekey.SuccessorError{}, 8, rekey.ExitDecision, rekey.RetryChange},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, 9, rekey.ExitUnreachable, rekey.RetryLater},
		{remoteui.ErrSilent, 9, rekey.ExitUnreachable, rekey.RetryLater},
		{&net.DNSError{}, 9, rekey.ExitUnreachable, rekey.RetryLater},
		{&rekey.BudgetError{}, 9, rekey.ExitUnreachable, rekey.RetryLater},
		{&rekey.HeldError{Err: &remoteui.PageError{}}, 8, rekey.ExitDecision, rekey.RetryChange},
		{&rekey.HeldError{Err: &window.ClosedError{}}, 10, rekey.ExitWaiting, rekey.RetryLater},
		{&rekey.HeldError{NotStarted: true, Err: context.DeadlineExceeded}, 130, rekey.ExitInterrupted, rekey.RetryNow},
		{keys.ErrPending, 10, rekey.ExitWaiting, rekey.RetryLater},
		{&usage.BusyError{}, 10, rekey.ExitWaiting, rekey.RetryLater},
		{&state.HeldError{}, 11, rekey.ExitLocked, rekey.RetryLater},
		{&remoteui.RefusedError{Text: "This setting is locked by the security policy."}, 12, rekey.ExitPolicy, rekey.RetryChange},
		{&remoteui.PageError{Err: remoteui.ErrGreyed}, 12, rekey.ExitPolicy, rekey.RetryChange},
		{&rekey.VerifyError{}, 13, rekey.ExitUnverified, rekey.RetryChange},
		{&keys.IssuedError{}, 14, rekey.ExitCertificate, rekey.RetryChange},
		{&keys.RequestError{}, 14, rekey.ExitCertificate, rekey.RetryChange},
		{state.ErrNotLocked, 11, rekey.ExitLocked, rekey.RetryLater},
		{&state.CorruptError{Err: errors.New("no JSON")}, 16, rekey.ExitState, rekey.RetryChange},
		{&state.SizeError{}, 16, rekey.ExitState, rekey.RetryChange},
		{&revocation.StoreError{Err: revocation.ErrOthersWrite}, 16, rekey.ExitState, rekey.RetryChange},
		{rekey.ErrDeclined, 15, rekey.ExitDeclined, rekey.RetryChange},
		{context.Canceled, 130, rekey.ExitInterrupted, rekey.RetryNow},
		// What is asked first when several are wrapped.
		{errors.Join(&remoteui.PageError{}, context.Canceled), 130, rekey.ExitInterrupted, rekey.RetryNow},
		{errors.Join(rekey.ErrUnfinished, &rekey.VerifyError{}), 13, rekey.ExitUnverified, rekey.RetryChange},
		{errors.Join(rekey.ErrUnfinished, rekey.ErrStillWeak), 6, rekey.ExitFailed, rekey.RetryChange},
		{errors.Join(&rekey.VerifyError{}, rekey.ErrStillWeak), 6, rekey.ExitFailed, rekey.RetryChange},
		{errors.Join(rekey.ErrUnfinished, keys.ErrPending), 10, rekey.ExitWaiting, rekey.RetryLater},
	} {
		want := rekey.Exit{Code: tt.code, Class: tt.class, Retry: tt.retry}
		if got := rekey.ExitOf(tt.err); got != want {
			t.Errorf("%T %v: %+v, want %+v", tt.err, tt.err, got, want)
		}
		if tt.err == nil {
			continue
		}
		if got := rekey.ExitOf(fmt.Errorf("step: %w", tt.err)); got != want {
			t.Errorf("wrapped %T %v: %+v, want %+v", tt.err, tt.err, got, want)
		}
	}
	if text, err := json.Marshal(rekey.ExitOf(rekey.ErrUnfinished)); string(text) != `{"code":8,"class":"decision","retry":"change"}` || err != nil {
		t.Errorf("%s, %v", text, err)
	}
}
