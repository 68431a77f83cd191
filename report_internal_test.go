package rekey

import (
	"testing"

	"github.com/rekey-go/rekey/models"
)

// A pass that ended before it had read what the device is tells nothing of that, and one
// that had read it is not made to forget it.
func TestReportOfPasses(t *testing.T) {
	t.Parallel()
	unread := &Report{Device: DeviceInfo{URL: "u"}}
	read := &Report{Device: DeviceInfo{URL: "u", Model: "m", Serial: "S1"}, Eligibility: models.Fixed}
	for name, passes := range map[string][2]*Report{"read later": {unread, read}, "read first": {read, unread}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := *passes[0]
			if got := first.with(passes[1]); got.Device != read.Device || got.Eligibility != read.Eligibility {
				t.Errorf("%+v, %q", got.Device, got.Eligibility)
			}
		})
	}
}
