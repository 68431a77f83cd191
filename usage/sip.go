package usage

import (
	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// sip needs the steps if TLS is on in the intranet settings and a key name is
// shown in the TLS settings. It takes no key that is in use elsewhere. // C-4, R-4
var sip = Function{
	Use: keys.UseSIP, Title: "SIP", Code: "sip",
	NeededRow: row.SIPInUse, BindingRow: row.BindSIP, DisableRow: row.DisableOldSIP,
	OwnKey: true, OwnPort: true,
	path:    pages.Under(pages.Network, remoteui.SIPSettings),
	title:   remoteui.SIPSettings,
	section: remoteui.TLSSettings,
	on:      switched(remoteui.UseTLS, remoteui.IntranetSettings, "[Use TLS] is %s in the intranet settings"),
	absent:  map[remoteui.Label][]string{remoteui.SIPSettings: {"sip"}},
	wants: []pages.Want{
		pages.OnOff(remoteui.UseTLS).In(remoteui.IntranetSettings),
		pages.Reading(remoteui.KeyName).Or(remoteui.RoleField).In(remoteui.TLSSettings),
		pages.Button(remoteui.KeyAndCertificate).In(remoteui.TLSSettings), pages.Button(remoteui.OK),
	},
}
