package keys

import (
	"crypto/x509"
	"strings"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
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

// uses are, of each use, its name in the key list, and what its peers ask of a
// certificate (RFC 5280, 4.2.1.12); nil: those of IPSec ask for different things,
// mostly for nothing.
var uses = []struct {
	use     Use
	label   remoteui.Label
	purpose *purpose
}{
	{UseTLS, labels.UsesTLS, &forServers},
	{UseIEEE8021X, labels.UsesIEEE8021X, &forClients},
	{UseIPSec, labels.UsesIPSec, nil},
	{UseSIP, labels.UsesSIP, &forServers},
	{UseDeviceSignature, labels.UsesDeviceSignature, nil},
}

// purpose is what a certificate is for (extended key usage).
type purpose struct {
	usage x509.ExtKeyUsage
	name  string
}

var (
	forServers = purpose{x509.ExtKeyUsageServerAuth, "TLS servers"}
	forClients = purpose{x509.ExtKeyUsageClientAuth, "TLS clients"}
)

// purpose is what the use's peers ask of a certificate; nil: nothing.
func (u Use) purpose() *purpose {
	for _, known := range uses {
		if known.use == u {
			return known.purpose
		}
	}
	return nil
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
	for _, ul := range uses {
		if p.Is(ul.label, text) {
			return ul.use, true
		}
	}
	return "", false
}
