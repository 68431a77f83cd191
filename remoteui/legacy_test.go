package remoteui_test

import (
	"crypto/tls"
	"io"
	"log"
	"net/http/httptest"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
)

// TLS 1.0, and RSA key exchange, by which a recorded connection is read once the
// key is factored, are for those who ask for them.
func TestLegacyTLS(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		server *tls.Config
		legacy bool // wanted
	}{
		"TLS 1.0":          {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, true},
		"TLS 1.1":          {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, true},
		"RSA key exchange": {&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA}}, true},
		"TLS 1.2":          {&tls.Config{MaxVersion: tls.VersionTLS12}, false},
	} {
		for _, legacy := range []bool{false, true} {
			srv := httptest.NewUnstartedServer(portal())
			srv.TLS, srv.Config.ErrorLog = tc.server.Clone(), log.New(io.Discard, "", 0)
			srv.StartTLS()
			s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}, Language: "en", LegacyTLS: legacy})
			if refused := err != nil; refused != (tc.legacy && !legacy) {
				t.Errorf("%s, LegacyTLS %v: %v", name, legacy, err)
			}
			if s != nil {
				s.Close(bounded(t))
			}
			srv.Close()
		}
	}
}
