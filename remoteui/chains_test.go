package remoteui_test

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// A page is reached over ten redirects and over twelve pages that send the browser
// on, and not over one more.
func TestChainsAreBounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		length  int
		refresh bool
		want    string // of the error; empty: there is none
	}{
		"redirects": {10, false, ""}, "a redirect too many": {11, false, "redirects"},
		"refreshes": {12, true, ""}, "a refresh too many": {13, true, "without end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, certificate(t, x509.Certificate{DNSNames: []string{"x"}}, nil), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html;charset=UTF-8")
				var n int
				switch _, err := fmt.Sscanf(r.URL.Path, "/act%d", &n); {
				case err != nil:
					fmt.Fprint(w, `<html lang="en"><head><title>Remote UI</title></head><body><a href="/act0">Settings/Registration</a></body></html>`)
				case n == c.length:
					fmt.Fprint(w, `<html lang="en"><head><title>Here</title></head><body><a href="/">Log Out</a></body></html>`)
				case c.refresh:
					fmt.Fprintf(w, `<html><head><title>On</title><meta http-equiv="refresh" content="0;url=/act%d"></head><body></body></html>`, n+1)
				default:
					http.Redirect(w, r, fmt.Sprintf("/act%d", n+1), http.StatusFound)
				}
			}))
			s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close(t.Context()) })
			p, err := s.Walk(bounded(t), labels.Settings)
			if c.want == "" && (err != nil || p.Title() != "Here") || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v", err)
			}
		})
	}
}
