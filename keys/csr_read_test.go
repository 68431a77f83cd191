package keys_test

import (
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"html"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
)

func wide(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.Write([]byte{byte(u), byte(u >> 8)})
	}
	return b.String()
}

// A request is found whatever its length and the form that the device gives it,
// also without the element for attributes, and is as the device signed it.
// // G-4
func TestFindCSR(t *testing.T) {
	t.Parallel()
	openssl, _ := exec.LookPath("openssl")
	for _, cn := range []string{"a", "mfp7.example", strings.Repeat("long.", 12), strings.Repeat("very-long-label.", 14)} {
		for name, attributes := range map[string][]byte{"no attributes": nil, "none": {0xa0, 0}} {
			der := requestWith(t, pkix.Name{CommonName: cn}, attributes)
			armoured := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
			bare := base64.StdEncoding.EncodeToString(der)
			for form, data := range map[string]string{
				"DER": string(der), "DER and line end": string(der) + "\r\n", "DER and NUL": string(der) + "\x00",
				"PEM": armoured, "CR": strings.ReplaceAll(armoured, "\n", "\r"), "NEW": strings.ReplaceAll(armoured, "CERT", "NEW CERT"),
				"UTF-16": wide("\ufeff" + strings.ReplaceAll(armoured, "\n", "\r\n")), "with a mark": "\ufeff" + armoured,
				"without padding": strings.ReplaceAll(armoured, "=", ""), "on one line": strings.ReplaceAll(armoured, "\n", " "),
				"on a page": "CSR\n" + armoured + "\nStore in File", "base64": bare, "base64 on a page": "CSR\n" + bare + "\nOK",
			} {
				csr := keys.FindCSR([]byte(data))
				if csr == nil || string(csr.Raw) != string(der) || csr.CheckSignature() != nil || csr.Subject.CommonName != cn {
					t.Errorf("%d octets, %s, %s: %v", len(der), name, form, csr)
				}
			}
			if openssl != "" && len(cn) < 20 {
				cmd := exec.CommandContext(t.Context(), openssl, "req", "-verify", "-noout", "-inform", "DER")
				cmd.Stdin = strings.NewReader(string(der))
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("openssl does not verify %s: %v\n%s", name, err, out)
				}
			}
		}
	}
}

// What is there and cannot be read is told from what is not there.
func TestUnreadableCSR(t *testing.T) {
	t.Parallel()
	der := requestWith(t, pkix.Name{CommonName: "mfp.example"}, nil)
	broken := append([]byte{}, der...)
	broken[8] = 0xff // the version
	armour := func(b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: b}))
	}
	for _, tc := range []struct {
		name, data string
		there      bool
	}{
		{"nothing", "", false},
		{"a page", "Generate Key\nOK", false},
		{"cut off", armour(der[:len(der)-20]), true},
		{"damaged base64", strings.ReplaceAll(armour(der), "M", "!"), true},
		{"damaged inside", armour(broken), true},
		{"damaged file", string(broken), true},
	} {
		if csr, err := keys.FindCSR([]byte(tc.data)), keys.Unreadable([]byte(tc.data)); csr != nil || (err != nil) != tc.there {
			t.Errorf("%s: %v, %v", tc.name, csr, err)
		}
	}
	if err := keys.Unreadable([]byte(armour(der))); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

// Of the device: the error names that it shows one, with the parser's words.
// // G-4
func TestUnreadableCSROfADevice(t *testing.T) {
	t.Parallel()
	inSimulatedTime(t, testUnreadableCSROfADevice)
}

func testUnreadableCSROfADevice(t *testing.T) {
	der := requestWith(t, pkix.Name{CommonName: "mfp.example"}, nil)
	armoured := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der[:len(der)-9]}))
	show := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<html><head><title>CSR</title></head><body><pre>%s</pre></body></html>", html.EscapeString(armoured))
	}
	_, s := open(t, simdevice.Config{Seed: 3, Errorf: func(string, ...any) {}, Faults: []simdevice.Fault{
		{Kind: simdevice.FaultAnswer, Page: simdevice.PageCSRData, Count: -1, Answer: show},
		{Kind: simdevice.FaultAnswer, Page: simdevice.PageCSRFile, Count: -1, Answer: show},
		{Kind: simdevice.FaultAnswer, Page: simdevice.PageGenerating, Count: -1, Answer: show},
	}})
	_, err := keys.GenerateCSR(t.Context(), s, csrSpec("odd"), keys.Wait{Interval: time.Millisecond})
	if e, ok := errors.AsType[*keys.UnreadableCSRError](err); !ok || e.Err == nil || !strings.Contains(err.Error(), e.Err.Error()) || errors.Is(err, keys.ErrCSRLost) {
		t.Errorf("got %v", err)
	}
}

// The devices' form offers P-256, and a request for it may have fewer than 256
// octets. // G-4
func TestShortCSROfADevice(t *testing.T) {
	t.Parallel()
	inSimulatedTime(t, testShortCSROfADevice)
}

func testShortCSROfADevice(t *testing.T) {
	for seed := range uint64(3) {
		_, s := open(t, simdevice.Config{Seed: seed + 1})
		spec := keys.Spec{Name: "ec1", Hash: "SHA256", Algorithm: keys.Algorithm{Curve: "P256"}, CommonName: "m.example", Country: "TW"}
		csr, err := keys.GenerateCSR(t.Context(), s, spec, keys.Wait{Interval: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if len(csr.Raw) > 255 {
			t.Errorf("it has %d octets: that shows nothing", len(csr.Raw))
		}
		if err := (keys.Order{Spec: spec}).Check(csr, 0); err != nil {
			t.Error(err)
		}
	}
}
