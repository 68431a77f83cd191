package window_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of any machine

	"github.com/rekey-go/rekey/fleet/window"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"22:00-05:00 Europe/Berlin", "22:00-05:00 Europe/Berlin"},
		{"mon-wed,Sun 00:00-24:00 UTC", "Mon,Tue,Wed,Sun 00:00-24:00 UTC"},
		{"Fri-Mon 01:30-02:00 Asia/Taipei", "Fri,Sat,Sun,Mon 01:30-02:00 Asia/Taipei"},
		{"22:00-05:00", ""},
		{"22:00-05:00 Local", ""},
		{"22:00-05:00 Europe/Atlantis", ""},
		{"Someday 22:00-05:00 UTC", ""},
		{"22-05 UTC", ""},
		{"24:00-05:00 UTC", ""},
		{"", ""},
	} {
		w, err := window.Parse(tt.text)
		if tt.want == "" {
			if err == nil || !strings.Contains(err.Error(), "write for example") {
				t.Errorf("%q: %v, %v", tt.text, w, err)
			}
			continue
		}
		if err != nil || w.String() != tt.want {
			t.Errorf("%q: %v, %v", tt.text, w, err)
			continue
		}
		if again, err := window.Parse(w.String()); err != nil || again.String() != tt.want {
			t.Errorf("%q does not survive: %v, %v", tt.text, again, err)
		}
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		window, now string
		takes       time.Duration
		fits        bool
	}{
		{"22:00-05:00 Europe/Berlin", "2026-01-15T21:30:00Z", time.Hour, true}, // 22:30 there
		{"22:00-05:00 Europe/Berlin", "2026-01-15T20:59:59Z", time.Hour, false},
		{"22:00-05:00 Europe/Berlin", "2026-01-16T03:00:00Z", time.Hour, true}, // 04:00, past midnight
		{"22:00-05:00 Europe/Berlin", "2026-01-16T03:00:01Z", time.Hour, false},
		{"Fri 22:00-05:00 Europe/Berlin", "2026-01-17T02:00:00Z", time.Hour, true}, // Saturday, opened on Friday
		{"Sat 22:00-05:00 Europe/Berlin", "2026-01-17T02:00:00Z", time.Hour, false},
		{"22:00-05:00 Asia/Taipei", "2026-01-15T14:00:00Z", time.Hour, true},
		// Clocks go forward at 02:00, so 01:30 is half an hour before 03:00; and back
		// at 03:00, so the first 02:30 is an hour and a half before 03:00.
		{"00:00-03:00 Europe/Berlin", "2026-03-29T00:30:00Z", 31 * time.Minute, false},
		{"00:00-03:00 Europe/Berlin", "2026-10-25T00:30:00Z", 89 * time.Minute, true},
		{"Sat 22:00-22:00 UTC", "2026-01-18T12:00:00Z", 10 * time.Hour, true}, // a day and a night
		{"Sat 22:00-22:00 UTC", "2026-01-18T22:00:00Z", time.Minute, false},
		{"00:00-24:00 UTC", "2026-01-15T12:00:00Z", 13 * time.Hour, false},
	} {
		w, err := window.Parse(tt.window)
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		err = w.Fits(now, tt.takes)
		if _, closed := errors.AsType[*window.ClosedError](err); (err == nil) != tt.fits || closed == tt.fits {
			t.Errorf("%s at %s for %v: %v", tt.window, tt.now, tt.takes, err)
		}
		if next := w.Next(now); !next.After(now) || w.Fits(next, 0) != nil {
			t.Errorf("%s after %s: %v", tt.window, tt.now, next)
		}
	}
	if err := new(window.Window).Fits(time.Now(), 0); err == nil {
		t.Error("the zero value is open")
	}
}
