package models

import (
	"cmp"
	"fmt"

	"github.com/rekey-go/rekey/internal/printable"
)

// Device is what a device says of itself. // M-1
type Device struct {
	URL        string `json:"url"`
	Model      string `json:"model"`
	Controller string `json:"controller"` // version of the controller firmware
	// Serial is the serial number that its page of device information shows; empty:
	// it shows none, or one that is the device's password.
	Serial string `json:"serial,omitempty"`
}

// String is one line, fit for a terminal.
func (d Device) String() string {
	return printable.Text(fmt.Sprintf("%s, controller %s, at %s", cmp.Or(d.Model, "unknown"), cmp.Or(d.Controller, "unknown"), d.URL))
}
