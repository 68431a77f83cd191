package remoteui_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/rekey-go/rekey/internal/permit"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// A session that reads carries out no act, however it is asked, until it was
// allowed to and says so: once, and not again.
func TestBeginWriting(t *testing.T) {
	t.Parallel()
	granted, waiting := new(permit.Permit), new(permit.Permit)
	granted.Grant()
	for name, tc := range map[string]struct {
		readOnly bool
		permit   *permit.Permit
		begins   bool // BeginWriting succeeds
		writes   bool // afterwards acts are carried out
	}{
		"without permit":       {true, nil, false, false},
		"before it is granted": {true, waiting, false, false},
		"granted":              {true, granted, true, true},
		"no session to read":   {false, granted, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var acts atomic.Int32
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				form := `<form method="post" action="/x"><input type="hidden" name="Flag" value="Exec_Data"><input type="submit" value="Delete"></form>`
				if r.Method == http.MethodPost {
					acts.Add(1)
					form = ""
				}
				fmt.Fprintf(w, `<title>Remote UI: Portal</title><a href="/">Settings/Registration</a> %s`, form)
			})
			s, err := remoteui.Dial(t.Context(), remoteui.Config{
				URL: "https://192.0.2.7:443/", Identity: remoteui.Identity{TrustOnFirstUse: true}, DialContext: inMemory(t, h),
				Language: "en", ReadOnly: tc.readOnly, Permit: tc.permit,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(t.Context())
			act := func() (refused int, err error) {
				p, err := s.Portal(t.Context())
				if err != nil {
					return 0, err
				}
				_, pressing := p.Press(t.Context(), labels.Delete)
				_, doing := s.Do(t.Context(), remoteui.Intent{
					Name: "deleting", Open: s.Portal, Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Delete}, Writes: true}},
				})
				for _, err := range []error{pressing, doing} {
					if errors.Is(err, remoteui.ErrReadOnly) {
						refused++
					} else if err != nil {
						return refused, err
					}
				}
				return refused, nil
			}
			if tc.readOnly {
				if n, err := act(); n != 2 || err != nil || acts.Load() != 0 {
					t.Fatalf("while it reads: %d acts refused, %v, %d requests", n, err, acts.Load())
				}
			}
			if err := s.BeginWriting(); (err == nil) != tc.begins || err != nil && !errors.Is(err, remoteui.ErrReadOnly) {
				t.Errorf("beginning: %v", err)
			}
			n, err := act()
			if err != nil || (n == 0) != tc.writes || (acts.Load() > 0) != tc.writes {
				t.Errorf("afterwards: %d acts refused, %v, %d requests", n, err, acts.Load())
			}
			if err := s.BeginWriting(); !errors.Is(err, remoteui.ErrReadOnly) {
				t.Errorf("once more: %v", err)
			}
		})
	}
}
