package rekey_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
)

// A device that takes connections and says nothing is asleep, or starts: nothing is
// wrong with it, and later is early enough. One that ends them is another matter.
func TestAsleep(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for name, c := range map[string]struct {
		ports map[string]string // what each does, of those that take connections
		want  rekey.ExitClass
	}{
		"silent":            {map[string]string{"8443": "silent", "443": "silent", "8000": "silent", "80": "silent"}, rekey.ExitUnreachable},
		"silent on one":     {map[string]string{"8443": "silent"}, rekey.ExitUnreachable},
		"off":               {nil, rekey.ExitUnreachable},
		"ends connections":  {map[string]string{"8443": "ends"}, rekey.ExitFailed},
		"ends and is quiet": {map[string]string{"8443": "ends", "443": "silent"}, rekey.ExitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := rekey.Device{URL: "printer.test", TrustOnFirstUse: true, DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
					_, port, _ := net.SplitHostPort(addr)
					ours, theirs := net.Pipe()
					switch c.ports[port] {
					case "":
						return nil, refused
					case "ends":
						theirs.Close()
					default:
						go io.Copy(io.Discard, theirs)
					}
					return ours, nil
				}}
				r, err := rekey.Remediate(t.Context(), d, nil)
				if got := rekey.ExitOf(err); got.Class != c.want || r != nil && r.Exit != got {
					t.Errorf("%+v: %v", got, err)
				}
				if silent := c.want == rekey.ExitUnreachable && c.ports != nil; silent != errors.Is(err, remoteui.ErrSilent) || silent && !strings.Contains(err.Error(), "asleep") {
					t.Errorf("%v", err)
				}
			})
		})
	}
}
