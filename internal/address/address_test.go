package address_test

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/address"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ raw, url, host, device string }{
		{"mfp.example", "https://mfp.example", "mfp.example", "mfp.example"},
		{" MFP.example ", "https://MFP.example", "mfp.example", "mfp.example"},
		{"mfp.example.", "https://mfp.example.", "mfp.example", "mfp.example"},
		{"mfp_7", "https://mfp_7", "mfp_7", "mfp_7"},
		{"mfp.example:8443", "https://mfp.example:8443", "mfp.example", "mfp.example"},
		{"mfp.example:9443", "https://mfp.example:9443", "mfp.example", "mfp.example:9443"},
		{"https://mfp.example.:8443/", "https://mfp.example.:8443/", "mfp.example", "mfp.example"},
		{"http://mfp.example:8000/rps/", "http://mfp.example:8000/rps/", "mfp.example", "mfp.example"},
		{"https://mfp.example:8000/", "https://mfp.example:8000/", "mfp.example", "mfp.example:8000"},
		{"HTTPS://mfp.example/", "https://mfp.example/", "mfp.example", "mfp.example"},
		{"192.0.2.7", "https://192.0.2.7", "192.0.2.7", "192.0.2.7"},
		{"2001:DB8::7", "https://[2001:DB8::7]", "2001:db8::7", "2001:db8::7"},
		{"[2001:db8::7]", "https://[2001:db8::7]", "2001:db8::7", "2001:db8::7"},
		{"[2001:db8::7]:9443", "https://[2001:db8::7]:9443", "2001:db8::7", "[2001:db8::7]:9443"},
		{"fe80::1%eth0", "https://[fe80::1%25eth0]", "fe80::1%eth0", "fe80::1%eth0"},
		{"https://[fe80::1%25eth0]/", "https://[fe80::1%25eth0]/", "fe80::1%eth0", "fe80::1%eth0"},
	} {
		u, err := address.Parse(tc.raw)
		if err != nil || u.String() != tc.url || address.Host(tc.raw) != tc.host || address.Device(tc.raw) != tc.device {
			t.Errorf("%q: %v %v, host %q, device %q", tc.raw, u, err, address.Host(tc.raw), address.Device(tc.raw))
		}
	}
	for _, raw := range []string{
		"", " ", "https:/SECRET/", "https:/SECRET", "https:SECRET", "http:/SECRET", "https//SECRET/", "https:///SECRET", "https://", "https://https://SECRET/", "https://http://SECRET",
		`https:\\SECRET`, "ftp://SECRET/", "SECRET:x", "SECRET:0", "https://h:99999/SECRET", "admin:SECRET@mfp", "https://admin:SECRET@mfp/", "mfp/SECRET", "mfp?SECRET", "a SECRET", "https://a%zzSECRET/", "[SECRET", "::SECRET",
	} {
		if u, err := address.Parse(raw); err == nil || strings.Contains(err.Error(), "SECRET") || address.Host(raw) != "" || address.Device(raw) != "" {
			t.Errorf("%q: %v %v", raw, u, err)
		}
	}
}

// What some resolvers take for an IP address, each for another, is none; nor is what
// only looks like a host.
func TestNoHost(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"192.0.02.007", "0xc0.0.2.7", "https://3221225991/", "192.0.2", "printer.7", "mfp7..example", "mfp7.example..", ".", "mfp7,mfp8", "<https://mfp7/>", "mfp\u200b7", "mfp\u00ad7", "mfp\xff", "https://mfp7/ https://mfp8/",
		"mfp7:00443", "*.example", "::0%#", "fe80::1%a b", "[fe80::1%a/b]", "fe80::1%25%",
	} {
		if u, err := address.Parse(raw); err == nil || address.Host(raw) != "" {
			t.Errorf("%q: %v", raw, u)
		}
	}
	for _, raw := range []string{"mfp7", "7mfp", "mfp-7.example", "büro.example", "複合機", "3com.example", "mfp7.0xyz"} {
		if _, err := address.Parse(raw); err != nil {
			t.Errorf("%q: %v", raw, err)
		}
	}
}
