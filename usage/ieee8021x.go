package usage

import (
	"context"

	"github.com/rekey-go/rekey/remoteui"
)

// ieee8021x is the page of IEEE 802.1X. It needs the steps if EAP-TLS is on and
// a key name is shown; whether IEEE 802.1X itself is in use does not matter:
// it may be switched on again. // C-2, R-2
func ieee8021x(p Place) *form {
	return &form{
		Place: p, item: remoteui.IEEE8021XSettings, title: remoteui.IEEE8021XSettings,
		open: func(ctx context.Context, s *remoteui.Session) (*remoteui.Page, error) {
			return walkTo(ctx, s, remoteui.Settings, remoteui.Network, remoteui.IEEE8021XSettings)
		},
		on: func(ctx context.Context, p *remoteui.Page) (bool, string, error) {
			on, err := isOn(ctx, p, remoteui.UseTLS, "")
			if !on {
				return false, "EAP-TLS ([Use TLS]) is off", err
			}
			return true, "EAP-TLS ([Use TLS]) is on", err
		},
	}
}
