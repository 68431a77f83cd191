package caclient_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rekey-go/rekey/internal/caclient"
)

// A CA's server does not say for how long a run stands still: a minute at most, and
// never by a date.
func TestRetryAfterIsBounded(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{"": "", "5": "5", "3600": "60", "-5": "1", "0": "1", "Sat, 01 Jan 2050 00:00:00 GMT": ""} {
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", said) }))
		t.Cleanup(server.Close)
		client := caclient.NewClient(&tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
		res, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Retry-After"); got != want {
			t.Errorf("%q counts as %q, want %q", said, got, want)
		}
		client.CloseIdleConnections()
	}
}
