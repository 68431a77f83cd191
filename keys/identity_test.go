package keys_test

import (
	"testing"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// Two readings of a key's page are of the same key by its thumbprint, or else by all
// that tells keys apart; what the page says of itself does not count. // W-4 D-1
func TestSame(t *testing.T) {
	t.Parallel()
	const print, other = "8E:65:A4:2B:90:F4:A7:18:87:EB:62:3C:C6:C0:D7:C7:1F:6B:19:DF", "3E:CF:4E:A6:AE:CF:0B:BE:2D:E1:BF:0F:F5:EF:46:C0:1E:FE:41:70"
	thumb := remoteui.Pair{Label: "Certificate Thumbprint", Value: print}
	version := remoteui.Pair{Label: "Version", Value: "v3"}
	serial := remoteui.Pair{Label: "Serial Number", Value: "25:E2"}
	subject := remoteui.Pair{Label: "Issued To", Value: "CN=printer"}
	verified := remoteui.Pair{Label: "Verified", Value: "Yes"}
	waiting := remoteui.Pair{Label: "There are settings that are applied after a restart", Value: "Apply Setting Changes"}
	for name, tc := range map[string]struct {
		was, is []remoteui.Pair
		want    bool
	}{
		"thumbprint":                    {[]remoteui.Pair{serial, thumb}, []remoteui.Pair{serial, waiting, thumb}, true},
		"thumbprint, and little else":   {[]remoteui.Pair{subject, thumb}, []remoteui.Pair{{Label: "Issued To", Value: "CN=other"}, thumb}, true},
		"other thumbprint":              {[]remoteui.Pair{serial, subject, thumb}, []remoteui.Pair{serial, subject, {Label: thumb.Label, Value: other}}, false},
		"thumbprint no longer shown":    {[]remoteui.Pair{serial, thumb}, []remoteui.Pair{serial}, false},
		"all that tells":                {[]remoteui.Pair{version, serial, subject, verified}, []remoteui.Pair{waiting, version, serial, subject}, true},
		"other serial number":           {[]remoteui.Pair{version, serial, subject}, []remoteui.Pair{version, {Label: serial.Label, Value: "25:E3"}, subject}, false},
		"serial number no longer shown": {[]remoteui.Pair{version, serial, subject}, []remoteui.Pair{version, subject}, false},
		"nothing that tells":            {[]remoteui.Pair{verified}, []remoteui.Pair{verified}, false},
		"nothing in common":             {[]remoteui.Pair{serial}, []remoteui.Pair{verified}, false},
		"nothing recorded":              {nil, []remoteui.Pair{serial}, false},
	} {
		d := keys.Details{Fields: tc.is}
		if got := d.Same(tc.was); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
