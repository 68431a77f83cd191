package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

func TestExitCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{usagef("flag"), 2},
		{&keys.FieldError{Field: "CommonName"}, 2},
		{&rekey.FirmwareError{}, 3},
		{&remoteui.LoginError{}, 4},
		{&remoteui.LockedError{}, 4},
		{&remoteui.IdentityError{}, 4},
		{remoteui.ErrPlainHTTP, 4},
		{remoteui.ErrOneTimeCode, 4},
		{remoteui.ErrPasswordExpired, 4},
		{&remoteui.PageError{}, 5},
		{&rekey.UnknownError{}, 5},
		{errors.New("anything else"), 6},
		{rekey.ErrStillWeak, 6},
		{remoteui.ErrRestartNotSeen, 6},
		{&remoteui.RefusedError{}, 6},
		{&rekey.VerifyError{}, 6},
		{&rekey.DriftError{}, 7},
		{rekey.ErrUnfinished, 8},
		{context.Canceled, 130},
		{context.DeadlineExceeded, 6},
		// What is asked first when several are wrapped.
		{errors.Join(&remoteui.PageError{}, context.Canceled), 130},
		{errors.Join(rekey.ErrUnfinished, &rekey.VerifyError{}), 6},
		{errors.Join(rekey.ErrUnfinished, rekey.ErrStillWeak), 6},
	} {
		if got := exitCode(tt.err); got != tt.want {
			t.Errorf("exitCode(%v) = %d, want %d", tt.err, got, tt.want)
		}
		if tt.err == nil {
			continue
		}
		if got := exitCode(fmt.Errorf("step: %w", tt.err)); got != tt.want {
			t.Errorf("exitCode(wrapped %v) = %d, want %d", tt.err, got, tt.want)
		}
	}
}
