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

// parseUses reads a usage cell. ok is false if anything in it is neither a use
// nor a way of saying "none": then it is not known what the key is used for.
func parseUses(p *remoteui.Page, cell string) (uses []Use, ok bool) {
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
		uses = append(uses, found...)
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
		for j := len(words); j > i && !matched; j-- {
			if u, ok := useOf(p, strings.Join(words[i:j], " ")); ok && (i > 0 || j < len(words)) {
				uses, i, matched = append(uses, u), j, true
			}
		}
		if !matched {
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
