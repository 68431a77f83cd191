package usage_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
	"github.com/rekey-go/rekey/usage"
)

// However long the wait for jobs, it leaves the session requests for the rest of
// the run (docs/limits.md: 10,000).
func TestAwaitIdleLeavesRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dev, err := remoteuitest.New(remoteuitest.Config{ID: "1000", Password: "1000", Language: "en", Jobs: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		s, err := remoteui.Dial(context.Background(), remoteui.Config{
			URL: dev.URL(), DialContext: dev.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
			Credentials: remoteui.Credentials{DepartmentID: "1000", Password: remoteui.NewSecret("1000")},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close(context.Background())
		before := s.Requests()
		err = usage.AwaitIdle(context.Background(), s, keys.Wait{Timeout: time.Hour, Interval: time.Second})
		if _, busy := errors.AsType[*usage.BusyError](err); !busy || s.Requests()-before > 4000 {
			t.Errorf("%d requests: %v", s.Requests()-before, err)
		}
	})
}
