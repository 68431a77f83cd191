package usage

import (
	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// The rows of SIP.
const (
	// SIP uses a key if TLS is on for it and its settings name one.
	sipInUse = "C-4"
	// The key is chosen for SIP.
	bindSIP = "R-4"
	// The old certificate of SIP is removed where it is trusted, or revoked.
	disableOldSIP = "V-4"
)

// SIP needs the steps if TLS is on in the intranet settings and a key name is
// shown in the TLS settings. It takes no key that is in use elsewhere. // C-4, R-4
var _ = known(Function{
	Use: keys.UseSIP, Title: "SIP", Code: "sip",
	NeededRow: sipInUse, BindingRow: bindSIP, DisableRow: disableOldSIP,
	OwnKey: true, OwnPort: true,
	path:    pages.Under(pages.Network, labels.SIPSettings),
	title:   labels.SIPSettings,
	section: labels.TLSSettings,
	on:      switched(labels.UseTLS, labels.IntranetSettings, "[Use TLS] is %s in the intranet settings"),
	absent:  map[remoteui.Label][]string{labels.SIPSettings: {"sip"}},
	wants: []pages.Want{
		pages.OnOff(labels.UseTLS).In(labels.IntranetSettings),
		pages.Reading(labels.KeyName).Or(remoteui.RoleField).In(labels.TLSSettings),
		pages.Button(labels.KeyAndCertificate).In(labels.TLSSettings), pages.Button(labels.OK),
	},
})
