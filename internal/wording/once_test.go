package wording_test

import (
	"testing"

	"github.com/rekey-go/rekey/internal/wording"
)

// Everything is said once: what a chain of errors repeats is left out, and ports that
// fail alike have one reason. What is a reason, a name or differs stays.
func TestOnce(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`bind key "x" to TLS: binding "x" to TLS: busy`:                   `bind key "x" to TLS: busy`,
		`bind key "x" to TLS: binding "y" to TLS: busy`:                   `bind key "x" to TLS: binding "y" to TLS: busy`,
		`bind key "x" to TLS: binding "x" to IPSec: busy`:                 `bind key "x" to TLS: binding "x" to IPSec: busy`,
		`delete key "a: b": deleting key "a: b": the device said "no: a"`: `delete key "a: b": the device said "no: a"`,
		`restart the device: restarting the device: EOF`:                  `restart the device: EOF`,
		`-profile: open x: open x: no such file`:                          `-profile: open x: no such file`,
		`keep key "k": kept: as asked`:                                    `keep key "k": as asked`,
		`TLS: TLS`:                                                        `TLS: TLS`, // the last part is the reason
		"a: a: 1\nb: b: 2":                                                "a: 1\nb: 2",
		"no such thing":                                                   "no such thing",
		"https://h:1/: x":                                                 "https://h:1/: x",
		`restart: the device restarts: x`:                                 `restart: the device restarts: x`,
		"no Remote UI found: m.invalid:8443: dial tcp: lookup m.invalid on 192.0.2.1:53: no such host\nm.invalid:443: dial tcp: lookup m.invalid on 192.0.2.1:53: no such host\nGET http://m.invalid:80/: dial tcp: lookup m.invalid on 192.0.2.1:53: no such host": "no Remote UI found: m.invalid:8443, 443, 80: lookup m.invalid on 192.0.2.1:53: no such host",
		"no Remote UI found: [2001:db8::1]:8443: dial tcp [2001:db8::1]:8443: connect: connection refused\n[2001:db8::1]:443: dial tcp [2001:db8::1]:443: connect: connection refused":                                                                              "no Remote UI found: [2001:db8::1]:8443, 443: connection refused",
		"192.0.2.1:443: dial tcp 192.0.2.1:443: connect: connection refused\n192.0.2.2:443: dial tcp 192.0.2.2:443: connect: connection refused":                                                                                                                    "192.0.2.1:443, 192.0.2.2:443: connection refused",
		"192.0.2.1:443: dial tcp 192.0.2.1:443: connect: connection refused\n192.0.2.1:80: EOF":                                                                                                                                                                     "192.0.2.1:443: dial tcp 192.0.2.1:443: connect: connection refused\n192.0.2.1:80: EOF",
		"key \"a\": have csr/r-a-1.csr signed, put r-a-1.cer there\nkey \"b\": have csr/r-b-2.csr signed, put r-b-2.cer there":                                                                                                                                      "key \"a\": have csr/r-a-1.csr signed, put r-a-1.cer there\nlikewise: \"b\", csr/r-b-2.csr",
		"key \"a\" is busy\nkey \"b\" is off":                          "key \"a\" is busy\nkey \"b\" is off",
		"key \"a\" is busy\nkey \"b\" is busy":                         "key \"a\" is busy\nlikewise: \"b\"",
		"it is busy\nit is busy":                                       "it is busy\nit is busy",
		"192.0.2.1:443: EOF\nit is off\n192.0.2.1:80: EOF":             "192.0.2.1:443: EOF\nit is off\n192.0.2.1:80: EOF",
		"key \"a.1\" is before \"a.2\"\nkey \"b.1\" is before \"b.2\"": "key \"a.1\" is before \"a.2\"\nlikewise: \"b.1\", \"b.2\"",
		"h1:443: EOF\nh2:443: EOF\nh1:80: EOF\nh1:81: EOF":             "h1:443, h2:443, h1:80, 81: EOF",
		"a: 192.0.2.1:443: EOF\nb: 192.0.2.1:80: EOF":                  "a: 192.0.2.1:443: EOF\nb: 192.0.2.1:80: EOF",
	} {
		if got := wording.Lang("en").Sentence(text); got != want {
			t.Errorf("%q\nbecame %q\nwant   %q", text, got, want)
		}
	}
	for _, key := range []string{"5m", "it"} { // are names here
		if got := wording.Lang("ja").Sentence(`bind key "` + key + `" to TLS`); got != "鍵「"+key+"」をTLSに設定" {
			t.Error(got)
		}
	}
	if got := wording.Lang("ja").Sentence(`bind key "x" to TLS: binding "x" to TLS: it is off`); got != "鍵「x」をTLSに設定：機能がオフです" {
		t.Error(got)
	}
}

// How a step ended does not say the step again.
func TestEnded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		first, how, want string
		more             int
	}{
		{`keep key "k"`, "skipped: kept: as asked", `keep key "k": as asked`, 0},
		{`keep key "k"`, "skipped: kept: as asked", `keep key "k", and 2 more: as asked`, 2},
		{"restart the device", "skipped: in effect already", "restart the device: in effect already", 0},
		{`bind key "k" to TLS`, "failed", `bind key "k" to TLS: failed`, 0},
		{"restart", "skipped", "restart: skipped", 0},
	} {
		if got := wording.Lang("en").Ended(tt.first, tt.more, tt.how); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}
