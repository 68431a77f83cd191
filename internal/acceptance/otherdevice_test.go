package acceptance_test

import (
	"slices"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/otherdevice"
	"github.com/rekey-go/rekey/internal/race"
)

// Devices that share no code, URL, name, script or layout with the simulated
// one, made by hand from the published facts: the library knows them by their
// labels or not at all.
func TestOtherDevices(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, style := range race.Sample(otherdevice.Styles()...) {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			dev := otherdevice.New(style, otherdevice.Config{})
			if err := dev.Start(); err != nil {
				t.Fatal(err)
			}
			defer dev.Close()
			login := dev.Credentials()
			d := rekey.Device{
				URL: dev.URL(), UserName: login.UserName, DepartmentID: login.DepartmentID,
				Password: rekey.NewSecret(login.Password), TrustOnFirstUse: true,
			}
			was := servedBy(dev)
			o := options(t)
			o.AssumeTrusted, o.ConfirmSuccessor = true, atPanel(t, func() string { return servedBy(dev).SPKI })
			r, err := rekey.Remediate(bounded(t), d, o)
			if err != nil {
				t.Errorf("%v\n%v", err, r)
			}
			now := servedBy(dev)
			if now.SPKI == was.SPKI || now.SPKI == "" || slices.ContainsFunc(dev.Keys(), func(k otherdevice.KeyState) bool { return k.Name == was.Name }) {
				t.Errorf("keys: %+v", dev.Keys())
			}
			if again, err := rekey.Remediate(bounded(t), d, o); err != nil || len(again.Steps) != 0 {
				t.Errorf("second run: %v\n%v", err, again)
			}
			if n := dev.OpenSessions(); n != 0 {
				t.Errorf("%d sessions left open", n)
			}
			for _, v := range dev.Violations() {
				t.Error(v)
			}
		})
	}
}

func servedBy(dev *otherdevice.Device) otherdevice.KeyState {
	for _, k := range dev.Keys() {
		if slices.Contains(k.Uses, "TLS") {
			return k
		}
	}
	return otherdevice.KeyState{}
}
