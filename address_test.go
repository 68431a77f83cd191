package rekey_test

import (
	"cmp"
	"context"
	"net"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
)

// What cannot be an address is refused by name, before anything is looked up or
// dialled, and without repeating it.
func TestAddressRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"https:/SECRET/", "https:SECRET", "https://https://SECRET/", "SECRET:x", "a:SECRET@mfp", "https://a:SECRET@mfp/", "https:///SECRET", ""} {
		dialled := 0
		dial := func(context.Context, string, string) (net.Conn, error) { dialled++; return nil, net.ErrClosed }
		_, err := rekey.Assess(t.Context(), rekey.Device{URL: address, DialContext: dial, TrustOnFirstUse: true}, &rekey.Options{Dir: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), "device URL") || strings.Contains(err.Error(), "SECRET") || dialled > 0 {
			t.Errorf("%q: dialled %d times: %v", address, dialled, err)
		}
	}
}

// A new certificate is for a name that peers can find in it; an address that is
// none is refused with the way out. // G-3
func TestNameOfTheAddress(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ url, subject, option, want string }{ // want empty: refused
		{"https://printer.example:8443/", "", "", "printer.example"},
		{"https://printer.example.:8443/", "", "", "printer.example"},
		{"https://PRINTER.example./", "", "", "printer.example"},
		{"https://printer.example/", "CN=old.example.", "", "old.example"},
		{"https://printer.example/", "", "new.example.", "new.example"},
		{"https://printer.example./", "", "{host}", "printer.example"},
		{"https://[2001:db8::7]:8443/", "", "", "2001:db8::7"},
		{"https://mfp_7.example/", "", "", ""},
		{"https://[fe80::1%25eth0]:8443/", "", "", ""},
		{"https://mfp_7.example/", "", "mfp7.example", "mfp7.example"},
		{"https://mfp_7.example/", "CN=mfp7.example", "", "mfp7.example"},
	} {
		a := assessed(func(a *rekey.Assessment) {
			a.Device.URL = tc.url
			name := cmp.Or(tc.subject, "CN=Canon Imaging Product")
			a.Keys[1].Details.Subject, a.Keys[1].Details.Issuer = name, name
		})
		p, err := a.Plan(stored(rekey.Options{CommonName: tc.option}))
		switch {
		case tc.want == "" && (err == nil || !strings.Contains(err.Error(), "-cn")):
			t.Errorf("%+v: %v", tc, err)
		case tc.want != "" && (err != nil || p.Changes[0].New.CommonName != tc.want):
			t.Errorf("%+v: %v %+v", tc, err, p)
		}
	}
}
