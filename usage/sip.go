package usage

import (
	"context"

	"github.com/rekey-go/rekey/remoteui"
)

// sip is the page of SIP. It needs the steps if TLS is on in the intranet
// settings and a key name is shown in the TLS settings. // C-4, R-4
func sip(p Place) *form {
	return &form{
		Place: p, item: remoteui.SIPSettings, title: remoteui.SIPSettings, section: remoteui.TLSSettings,
		open: func(ctx context.Context, s *remoteui.Session) (*remoteui.Page, error) {
			return walkTo(ctx, s, remoteui.Settings, remoteui.Network, remoteui.SIPSettings)
		},
		on: func(ctx context.Context, p *remoteui.Page) (bool, string, error) {
			on, err := isOn(ctx, p, remoteui.UseTLS, remoteui.IntranetSettings)
			if !on {
				return false, "[Use TLS] is off in the intranet settings", err
			}
			return true, "[Use TLS] is on in the intranet settings", err
		},
	}
}
