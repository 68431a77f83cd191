package remoteui

import (
	"crypto/x509"
	"strings"
)

// factoryNames begin the common names of certificates that devices come with.
// Their dates are the same on every device, and no host is in them.
var factoryNames = []string{"Canon Imaging Product", "Canon iR-ADV", "CANON ELECTRONICS"}

// factoryNote says of a certificate that it is one that a device came with; empty
// if it is none.
func factoryNote(c *x509.Certificate) string {
	for _, name := range factoryNames {
		for _, n := range append([]string{c.Subject.CommonName}, c.Subject.Organization...) {
			if len(n) >= len(name) && strings.EqualFold(n[:len(name)], name) {
				return " (it is a certificate that devices come with: it names no host, and its dates do not tell when its key was made)"
			}
		}
	}
	return ""
}
