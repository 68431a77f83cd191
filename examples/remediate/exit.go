package main

import (
	"context"
	"errors"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// Exit codes. Scripts rely on them.
const (
	exitDone        = 0
	exitUsage       = 2
	exitFirmware    = 3
	exitLogin       = 4
	exitPage        = 5
	exitFailed      = 6
	exitDrift       = 7
	exitUnfinished  = 8
	exitInterrupted = 130
)

// exits is asked from top to bottom: an error may wrap several.
var exits = []struct {
	code    int
	matches func(error) bool
}{
	{exitInterrupted, is(context.Canceled)},
	{exitUsage, as[*usageError]},
	{exitUsage, as[*keys.FieldError]}, // -cn, -org ... ask for what no certificate form takes
	{exitFirmware, as[*rekey.FirmwareError]},
	{exitLogin, as[*remoteui.IdentityError]},
	{exitLogin, as[*remoteui.LoginError]},
	{exitLogin, as[*remoteui.LockedError]},
	{exitLogin, is(remoteui.ErrPlainHTTP)},
	{exitLogin, is(remoteui.ErrOneTimeCode)},
	{exitLogin, is(remoteui.ErrPasswordExpired)},
	{exitDrift, as[*rekey.DriftError]},
	{exitFailed, is(rekey.ErrStillWeak)},
	{exitFailed, as[*rekey.VerifyError]},
	{exitFailed, as[*rekey.KeyStoreError]},
	{exitPage, as[*remoteui.PageError]},
	{exitPage, as[*rekey.UnknownError]},
	{exitUnfinished, is(rekey.ErrUnfinished)},
}

func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	for _, e := range exits {
		if e.matches(err) {
			return e.code
		}
	}
	return exitFailed
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
