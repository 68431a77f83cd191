package usage_test

import (
	"testing"

	"github.com/rekey-go/rekey/usage"
)

func TestPlaceNames(t *testing.T) {
	t.Parallel()
	for id, title := range map[string]string{
		"tls": "TLS", "ieee8021x": "IEEE 802.1X", "ipsec": "IPSec", "ipsec/HQ": `IPSec policy "HQ"`, "ipsec/a/b": `IPSec policy "a/b"`,
		"ipsec/\x1b[2J": `IPSec policy "\\u001b[2J"`, "fax\u202e": `fax\u202e`,
	} {
		if p := usage.PlaceOf(id); p.ID() != id || p.Title() != title {
			t.Errorf("%q: %q, %q", id, p.ID(), p.Title())
		}
	}
}
