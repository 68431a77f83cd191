package usage

import (
	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// ieee8021x needs the steps if EAP-TLS is on and a key name is shown; whether
// IEEE 802.1X itself is in use does not matter: it may be switched on again.
// // C-2, R-2
var ieee8021x = Function{
	Use: keys.UseIEEE8021X, Title: "IEEE 802.1X", Code: "dot1x",
	NeededRow: row.IEEE8021XInUse, BindingRow: row.BindIEEE8021X, DisableRow: row.DisableOldIEEE8021X,
	Location: remoteui.UsesIEEE8021X,
	path:     pages.Under(pages.Network, remoteui.IEEE8021XSettings),
	title:    remoteui.IEEE8021XSettings,
	on:       switched(remoteui.UseTLS, "", "EAP-TLS ([Use TLS]) is %s"),
	absent:   map[remoteui.Label][]string{remoteui.IEEE8021XSettings: {"802.1x"}},
	wants: []pages.Want{
		pages.OnOff(remoteui.UseTLS), pages.Reading(remoteui.KeyName).Or(remoteui.RoleField),
		pages.Button(remoteui.KeyAndCertificate), pages.Button(remoteui.OK),
	},
}
