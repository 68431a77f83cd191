package acceptance_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
)

// Looking at a device takes no longer than Timeouts.Assess, whatever the time goes
// into, and the error says what was going on.
func TestAssessTimeout(t *testing.T) {
	t.Parallel()
	devices := map[string]func() *hostile.Device{
		"details pages that ask to wait": func() *hostile.Device {
			return page("detail", hostile.Text(hostile.Frame("detail", `<meta http-equiv="refresh" content="60;url=/p/detail?1">Please wait`)))
		},
		"a list that asks to wait": func() *hostile.Device {
			return page("keys", hostile.Text(hostile.Frame("keys", `<meta http-equiv="refresh" content="60;url=/p/keys?1">Please wait`)))
		},
		"come back later": func() *hostile.Device {
			return page("keys", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "100")
				w.WriteHeader(http.StatusServiceUnavailable)
			})
		},
		"silence": func() *hostile.Device {
			return page("info", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		},
		"a script that waits for an answer": func() *hostile.Device {
			return both(page("keys", script(`var x = new XMLHttpRequest(); x.open("GET", "/file", false); x.send(); document.write("<p>" + x.responseText)`)),
				"file", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		},
		"a login form that is silent": func() *hostile.Device {
			return page("form", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		},
	}
	calls := map[string]func(*testing.T, rekey.Device, *rekey.Options) error{
		"Assess": func(t *testing.T, d rekey.Device, o *rekey.Options) error {
			_, err := rekey.Assess(t.Context(), d, o)
			return err
		},
		"Survey": func(t *testing.T, d rekey.Device, o *rekey.Options) error {
			_, err := rekey.Survey(t.Context(), d, o, nil)
			return err
		},
		"Remediate": func(t *testing.T, d rekey.Device, o *rekey.Options) error {
			_, err := rekey.Remediate(t.Context(), d, o)
			return err
		},
	}
	// Connecting and logging in took 700 ms on a busy machine, and nothing was heard then.
	const budget = 2 * time.Second
	for what, device := range devices {
		for call, do := range calls {
			t.Run(what+"/"+call, func(t *testing.T) {
				t.Parallel()
				dev := device()
				dev.Start()
				defer dev.Close()
				d := rekey.Device{URL: dev.URL(), DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password), TrustOnFirstUse: true, TLSPorts: []int{}}
				err := do(t, d, &rekey.Options{Dir: t.TempDir(), Timeouts: rekey.Timeouts{Assess: budget}})
				e, ok := errors.AsType[*rekey.BudgetError](err)
				if !ok || e.Max != budget || e.Doing == "" || !strings.Contains(err.Error(), "Timeouts.Assess") {
					t.Fatalf("got %v", err)
				}
				if n := dev.Sessions.Load(); n != 0 {
					t.Errorf("%d sessions left open", n)
				}
				if n := dev.Writes.Load(); n != 0 {
					t.Errorf("%d requests to change something", n)
				}
			})
		}
	}
}
