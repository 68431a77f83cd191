package rekey

import (
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// placeID names a place in the journal: its usage, and its policy behind a
// slash.
func placeID(p usage.Place) string {
	if p.Policy == "" {
		return string(p.Use)
	}
	return string(p.Use) + "/" + p.Policy
}

func placeOf(id string) usage.Place {
	u, policy, _ := strings.Cut(id, "/")
	return usage.Place{Use: keys.Use(u), Policy: policy}
}

// placeTitle names a place for people.
func placeTitle(p usage.Place) string {
	if p.Policy == "" {
		return title(p.Use)
	}
	return fmt.Sprintf("%s policy %q", title(p.Use), safe(p.Policy))
}

// bindingRow is the row of the procedure by which a usage is bound, provedRow
// the one that says when it matters.
var (
	bindingRow = map[keys.Use]string{keys.UseTLS: "R-1", keys.UseIEEE8021X: "R-2", keys.UseIPSec: "R-3", keys.UseSIP: "R-4"}
	provedRow  = map[keys.Use]string{keys.UseTLS: "C-1", keys.UseIEEE8021X: "C-2", keys.UseIPSec: "C-3", keys.UseSIP: "C-4", keys.UseDeviceSignature: "C-5"}
)

// places are the settings that name a key, TLS first.
func (a *Assessment) places() []usage.Setting {
	tls := usage.Setting{Place: usage.Place{Use: keys.UseTLS}, Need: usage.Needed}
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
