package usage

import (
	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// The rows of IEEE 802.1X.
const (
	// IEEE 802.1X uses a key if it authenticates by TLS and names one.
	ieee8021xInUse = "C-2"
	// The key is chosen for IEEE 802.1X.
	bindIEEE8021X = "R-2"
	// The old certificate of IEEE 802.1X is removed where it is trusted, or revoked.
	disableOldIEEE8021X = "V-2"
)

// IEEE 802.1X needs the steps if EAP-TLS is on and a key name is shown; whether
// IEEE 802.1X itself is in use does not matter: it may be switched on again.
// // C-2, R-2
var _ = known(Function{
	Use: keys.UseIEEE8021X, Title: "IEEE 802.1X", Code: "dot1x",
	NeededRow: ieee8021xInUse, BindingRow: bindIEEE8021X, DisableRow: disableOldIEEE8021X,
	Location: labels.UsesIEEE8021X,
	path:     pages.Under(pages.Network, labels.IEEE8021XSettings),
	title:    labels.IEEE8021XSettings,
	on:       switched(labels.UseTLS, "", "EAP-TLS ([Use TLS]) is %s"),
	absent:   map[remoteui.Label][]string{labels.IEEE8021XSettings: {"802.1x"}},
	wants: []pages.Want{
		pages.OnOff(labels.UseTLS), pages.Reading(labels.KeyName).Or(remoteui.RoleField),
		pages.Button(labels.KeyAndCertificate), pages.Button(labels.OK),
	},
})
