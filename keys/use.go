package keys

import (
	"strings"

	"github.com/rekey-go/rekey/remoteui"
)

// Use is a function of the device that uses a key. // W-5
type Use string

// The uses, spelled as in reports.
const (
	UseTLS             Use = "tls"
	UseIEEE8021X       Use = "ieee8021x"
	UseIPSec           Use = "ipsec"
	UseSIP             Use = "sip"
	UseDeviceSignature Use = "deviceSignature"
)

var useLabels = []struct {
	use   Use
	label remoteui.Label
}{
	{UseTLS, remoteui.UsesTLS},
	{UseIEEE8021X, remoteui.UsesIEEE8021X},
	{UseIPSec, remoteui.UsesIPSec},
	{UseSIP, remoteui.UsesSIP},
	{UseDeviceSignature, remoteui.UsesDeviceSignature},
}

// separators stand between several uses in one cell.
const separators = ",、，;；/／|[]()［］（）\n\t"

// Bounds of a usage cell. A device has a few uses, each named by a few words;
// what goes beyond is not understood.
const (
	maxUseText  = 2000 // bytes of a cell
	maxUses     = 32   // named in a cell
	maxUseWords = 12   // in the name of a use
)

// parseUses reads a usage cell. ok is false if anything in it is neither a use
// nor a way of saying "none": then it is not known what the key is used for.
func parseUses(p *remoteui.Page, cell string) (uses []Use, ok bool) {
	if len(cell) > maxUseText {
		return nil, false
	}
	parts := strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(separators, r) })
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if part == "" || strings.Trim(part, "-–—・ \u00a0\u3000") == "" {
			continue
		}
		found, all := parseWords(p, part)
		if !all {
			return nil, false
		}
		if uses = append(uses, found...); len(uses) > maxUses {
			return nil, false
		}
	}
	return uses, true
}

// parseWords reads one use, or several with nothing but white space between
// them.
func parseWords(p *remoteui.Page, part string) (uses []Use, ok bool) {
	if u, ok := useOf(p, part); ok {
		return []Use{u}, true
	}
	words := strings.Fields(part)
	for i := 0; i < len(words); {
		matched := false
		for j := min(len(words), i+maxUseWords); j > i && !matched; j-- {
			if u, ok := useOf(p, strings.Join(words[i:j], " ")); ok && (i > 0 || j < len(words)) {
				uses, i, matched = append(uses, u), j, true
			}
		}
		if !matched || len(uses) > maxUses {
			return nil, false
		}
	}
	return uses, len(words) > 0
}

func useOf(p *remoteui.Page, text string) (Use, bool) {
	for _, ul := range useLabels {
		if p.Is(ul.label, text) {
			return ul.use, true
		}
	}
	return "", false
}
