package remoteui_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Each wait is as long as its bound says, and no longer than one look more.
func TestWaitsEnd(t *testing.T) {
	t.Parallel()
	const bound = 7 * time.Minute
	for name, tc := range map[string]struct {
		cfg   remoteui.Config
		sick  http.HandlerFunc // nil: takes no connections
		want  string           // of the error
		slack time.Duration
	}{
		"away": {remoteui.Config{ReturnTimeout: bound}, nil, "did not come back within 7m0s", 0},
		"busy": {remoteui.Config{WaitTimeout: bound}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "503", 10 * time.Second},
		"busy, hours": {remoteui.Config{WaitTimeout: bound}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
		}, "429", time.Minute},
		"asks to wait": {remoteui.Config{WaitTimeout: bound}, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `<html><head><title>Wait</title><meta http-equiv="refresh" content="100; url=%s"></head><body>Please wait</body></html>`, r.URL.Path)
		}, "wait", 100 * time.Second},
		"silent": {remoteui.Config{RequestTimeout: 20 * time.Second}, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no answer within 20s", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var ill atomic.Bool
				dial := inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !ill.Load() {
						portal().ServeHTTP(w, r)
						return
					}
					w.Header().Set("Content-Type", "text/html")
					tc.sick(w, r)
				}))
				cfg := tc.cfg
				cfg.URL, cfg.Identity = "https://x:8443/", remoteui.Identity{TrustOnFirstUse: true}
				cfg.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					if tc.sick == nil && ill.Load() {
						return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
					}
					return dial(ctx, network, addr)
				}
				s, err := remoteui.Dial(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close(t.Context())
				ill.Store(true)
				began := time.Now()
				if tc.sick == nil {
					_, err = s.Handshake(t.Context())
				} else {
					_, err = s.Walk(t.Context(), labels.Settings)
				}
				want := bound
				if cfg.RequestTimeout != 0 {
					want = 3 * cfg.RequestTimeout // a read is tried three times
				}
				took := time.Since(began)
				t.Log(took, err)
				if err == nil || !strings.Contains(err.Error(), tc.want) || errors.Is(err, context.DeadlineExceeded) || took > want+3*time.Second || took < want-tc.slack {
					t.Errorf("%v after %v, want %q after %v", err, took, tc.want, want)
				}
			})
		})
	}
}
