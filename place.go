package rekey

import (
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

var (
	tlsPlace       = usage.Place{Use: keys.UseTLS}
	signaturePlace = usage.Place{Use: keys.UseDeviceSignature}
)

// places are the settings that name a key, TLS first.
func (a *Assessment) places() []usage.Setting {
	tls := usage.Setting{Place: tlsPlace, Need: usage.Needed}
	if k, ok := a.tlsUser(); ok {
		tls.Key = k.Name
	}
	if a.TLSProblem != "" {
		tls.Need, tls.Reason = usage.Unknown, a.TLSProblem
	}
	all := []usage.Setting{tls}
	if a.Settings != nil {
		all = append(all, a.Settings.Places...)
	}
	return all
}
