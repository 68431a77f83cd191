package usage

import (
	"context"

	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// bluetooth and ams are only on or off: their keys renew themselves. // C-6, C-7
var (
	bluetooth = switchOnly(Function{
		Use: "bluetooth", Title: "Bluetooth", PeopleRow: row.PairBluetooth,
		absent: map[remoteui.Label][]string{labels.BluetoothSettings: {"bluetooth", "藍芽", "藍牙"}},
	}, pages.Under(pages.Network, labels.BluetoothSettings), labels.UseBluetooth)

	// The item of ACCESS MANAGEMENT SYSTEM is not shown on every device
	// (advisory, l.231).
	ams = switchOnly(Function{
		Use: "ams", Title: "ACCESS MANAGEMENT SYSTEM", PeopleRow: row.FetchRestrictions, mayLack: true,
		absent: map[remoteui.Label][]string{labels.LicenseOther: nil, labels.AMSSettings: {"accessmanagement", "ams"}},
	}, pages.Way(labels.Settings, labels.LicenseOther, labels.AMSSettings), labels.UseAMS)
)

func switchOnly(f Function, path []remoteui.Label, l remoteui.Label) *Function {
	f.path, f.toggle = path, l
	f.before = []pages.Page{{Name: string(f.Use), Path: path, Optional: true, Wants: []pages.Want{pages.OnOff(l)}}}
	return known(f)
}

// readSwitch reads whether a function is on. // C-6, C-7
func readSwitch(ctx context.Context, s *remoteui.Session, f *Function) (Setting, error) {
	var p *remoteui.Page
	var on bool
	var readErr error // of a page that is there
	err := s.Retry(ctx, func() (err error) {
		if p, err = s.Walk(ctx, f.path...); err == nil {
			on, readErr = isOn(ctx, p, f.toggle, "")
			err = readErr
		}
		return err
	})
	if err != nil && readErr == nil {
		setting, err := unknown(ctx, Place{}, f.item(), err, f.path[1])
		if err == nil && f.mayLack && setting.Missing {
			setting = Setting{Need: NotNeeded, Reason: "the device does not show the item: there is nothing to do"}
		}
		return setting, err
	}
	switch {
	case err != nil:
		return unknown(ctx, Place{}, f.item(), err)
	case on:
		return Setting{Need: Needed, Reason: "it is on"}, nil
	}
	return Setting{Need: NotNeeded, Reason: "it is off"}, nil
}
