package usage_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// However long the wait for jobs, it leaves the session requests for the rest of
// the run (docs/limits.md: 10,000).
func TestAwaitIdleLeavesRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dev, err := simdevice.New(simdevice.Config{ID: "1000", Password: "1000", Language: "en", Jobs: 1})
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
		// A twentieth of an hour, watched: all of it may take 6,000.
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		err = usage.AwaitIdle(ctx, s, keys.Wait{Timeout: time.Hour, Interval: time.Second})
		if !errors.Is(err, context.DeadlineExceeded) || s.Requests()-before > 300 {
			t.Errorf("%d requests: %v", s.Requests()-before, err)
		}
	})
}
