package scep_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/rekey-go/rekey/scep"
)

// What servers answer to GetCACaps is read in the forms that are found.
func TestCapabilitiesAsTheyCome(t *testing.T) {
	t.Parallel()
	all := []string{"AES", "POSTPKIOperation", "SHA-256"}
	for name, tc := range map[string]struct {
		body string
		want []string
	}{
		"lines":           {"AES\nPOSTPKIOperation\nSHA-256\n", all},
		"CRLF":            {"AES\r\nPOSTPKIOperation\r\nSHA-256\r\n", all},
		"CR":              {"AES\rPOSTPKIOperation\rSHA-256\r", all},
		"mark":            {"\ufeffAES\nPOSTPKIOperation\nSHA-256", all},
		"UTF-16":          {"\xff\xfeA\x00E\x00S\x00\n\x00", []string{"AES"}},
		"one line":        {"AES POSTPKIOperation SHA-256", all},
		"commas":          {"AES, POSTPKIOperation, SHA-256", all},
		"nothing between": {"AESPOSTPKIOperationSHA-256", all},
		"escaped":         {`AES\nPOSTPKIOperation\nSHA-256\n`, all},
		"no hyphen":       {"aes\npostpkioperation\nSHA256", all},
		"NUL":             {"AES\nPOSTPKIOperation\nSHA-256\x00", all},
		"others":          {"AES\nx-own keyword\n", []string{"AES", "x-own keyword"}},
	} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(tc.body)) }))
		c, err := scep.NewClient(web.URL, &scep.ClientOptions{Fingerprint: "00112233445566778899aabbccddeeff00112233"})
		if err != nil {
			t.Fatal(err)
		}
		caps, err := c.Capabilities(t.Context())
		web.Close()
		if err != nil || len(caps) != len(tc.want) || slices.ContainsFunc(tc.want, func(k string) bool { return !caps.Has(k) }) {
			t.Errorf("%s: %q %v, want %q", name, caps, err, tc.want)
		}
	}
}
