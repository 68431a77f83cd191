package acceptance_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// A device whose power was off between two runs, after the keys were chosen:
// there is nothing to apply, and no [Apply Setting Changes]. That the keys are
// in effect has to be seen all the same, so a restart by hand is asked for; if
// nobody comes, nothing is deleted. // R-5
func TestPowerOffBetweenRuns(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, tc := range []struct {
		name  string
		comes bool // somebody who restarts it by hand
	}{{"somebody comes", true}, {"nobody comes", false}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg := full(2)
			cfg.HideApplyUntilPending = simdevice.Yes
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				before := dev.Settings()
				o.OnEvent = func(rekey.Event) {}
				stopAtAlso(t, d, o, "R-5")
				dev.Restart()
				time.Sleep(10 * time.Minute)
				asked := 0
				o.OnEvent = func(e rekey.Event) {
					if e.Kind == rekey.EventNotice && strings.Contains(e.Text, "restart it by hand now") {
						if asked++; tc.comes {
							time.AfterFunc(time.Minute, dev.Restart)
						}
					}
				}
				r, err := rekey.Remediate(t.Context(), d, o)
				if asked == 0 || (err == nil) != tc.comes {
					t.Errorf("asked %d times for a restart: %v\n%v", asked, err, r)
				}
				if tc.comes {
					finished(t, dev, before)
					return
				}
				for _, old := range []string{"tls", "dot1x", "hq", "lab", "sip"} {
					if !slices.Contains(names(dev), old) {
						t.Errorf("key %q is gone", old)
					}
				}
			})
		})
	}
}
