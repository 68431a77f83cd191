package acceptance_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

// A device that somebody else has locked is reported with its words. The
// credential was not seen wrong, but whether it is cannot be told, and to try
// may prolong the lock: it is not sent again until a person takes back the
// record that the error names.
func TestLockedDevice(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	cfg := simdevice.Config{Seed: 4, MaxFailures: 1, LockoutTime: 30 * time.Minute}
	right := wrong() // for all others: it is refused here for a while, and they would not send it
	cfg.ID, cfg.Password = "7654321", right.Reveal()
	inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
		d.Password = right
		stranger := d
		stranger.Password = wrong()
		if _, err := rekey.Assess(t.Context(), stranger, nil); err == nil {
			t.Fatal("the guess was right")
		}
		_, err := rekey.Remediate(t.Context(), d, o)
		locked, ok := errors.AsType[*remoteui.LockedError](err)
		if !ok || locked.Text == "" || !strings.Contains(err.Error(), "lock") {
			t.Errorf("%v", err)
		}
		time.Sleep(time.Hour)
		_, err = rekey.Remediate(t.Context(), d, o)
		refused, ok := errors.AsType[*remoteui.LoginError](err)
		if !ok || !refused.Before || !strings.Contains(err.Error(), "refused-*") {
			t.Errorf("after the lock: %v", err)
		}
		if n := dev.LoginAttempts(); n != 2 {
			t.Errorf("%d attempts, want the stranger's and ours", n)
		}
		records, err := filepath.Glob(filepath.Join(o.Dir, "devices", "*", "refused-*"))
		if err != nil || len(records) != 1 {
			t.Fatalf("records %q, %v", records, err)
		}
		if err := os.Remove(records[0]); err != nil {
			t.Fatal(err)
		}
		if r, err := rekey.Remediate(t.Context(), d, o); err != nil {
			t.Errorf("%v\n%v", err, r)
		}
	})
}

// A device that lets one person in at a time: a run never needs two sessions,
// and says so in the device's words while somebody else has the one.
func TestOneSessionAtATime(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for i, login := range []simdevice.LoginKind{simdevice.LoginDepartmentID, simdevice.LoginManager} {
		cfg := full(uint64(4 + i))
		cfg.MaxSessions, cfg.Login = 1, login
		if login == simdevice.LoginManager {
			cfg.Family = simdevice.FamilySmall
		}
		t.Run(string(login), func(t *testing.T) {
			t.Parallel()
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				s, err := remoteui.Dial(t.Context(), remoteui.Config{
					URL: d.URL, Credentials: remoteui.Credentials{DepartmentID: d.DepartmentID, Password: d.Password},
					Identity: remoteui.Identity{TrustOnFirstUse: true}, DialContext: d.DialContext,
				})
				if err != nil {
					t.Fatal(err)
				}
				_, err = rekey.Assess(t.Context(), d, nil)
				if refused, ok := errors.AsType[*remoteui.LoginError](err); !ok || refused.Reason == "" {
					t.Errorf("while another is logged in: %v", err)
				}
				if err := s.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				if r, err := rekey.Remediate(t.Context(), d, o); err != nil {
					t.Errorf("%v\n%v", err, r)
				}
			})
		})
	}
}
