package usage

import (
	"context"

	"github.com/rekey-go/rekey/remoteui"
)

// function is one that is only on or off.
type function struct {
	menu, item, label remoteui.Label
	// mayLack: a device without the item has nothing to do.
	mayLack bool
}

var (
	bluetooth = function{remoteui.Network, remoteui.BluetoothSettings, remoteui.UseBluetooth, false}
	// The item of ACCESS MANAGEMENT SYSTEM is not shown on every device
	// (advisory, l.231).
	ams = function{remoteui.LicenseOther, remoteui.AMSSettings, remoteui.UseAMS, true}
)

// readSwitch reads whether a function is on. // C-6, C-7
func readSwitch(ctx context.Context, s *remoteui.Session, f function) (Setting, error) {
	var p *remoteui.Page
	var on bool
	var readErr error // of a page that is there
	err := s.Retry(ctx, func() (err error) {
		if p, err = s.Walk(ctx, remoteui.Settings, f.menu, f.item); err == nil {
			on, readErr = isOn(ctx, p, f.label, "")
			err = readErr
		}
		return err
	})
	if err != nil && readErr == nil {
		setting, err := unknown(ctx, Place{}, f.item, err, f.menu)
		if err == nil && f.mayLack && setting.Missing {
			setting = Setting{Need: NotNeeded, Reason: "the device does not show the item: there is nothing to do"}
		}
		return setting, err
	}
	switch {
	case err != nil:
		return unknown(ctx, Place{}, f.item, err)
	case on:
		return Setting{Need: Needed, Reason: "it is on"}, nil
	}
	return Setting{Need: NotNeeded, Reason: "it is off"}, nil
}
