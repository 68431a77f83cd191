package remoteui_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/remoteui"
)

// restarting is a device that forgets all sessions when it is told to restart, and
// goes down a while later.
type restarting struct {
	farewell, down time.Duration

	mu     sync.Mutex
	told   time.Time // zero: it was not
	logins []time.Duration
}

func (d *restarting) since() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.told.IsZero() {
		return -1
	}
	return time.Since(d.told)
}

// era is what sessions belong to; away: there is none.
func (d *restarting) era() (era string, away bool) {
	switch t := d.since(); {
	case t < 0:
		return "before", false
	case t < d.farewell:
		return "farewell", false
	case t < d.farewell+d.down:
		return "", true
	}
	return "after", false
}

func (d *restarting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	era, _ := d.era()
	c, _ := r.Cookie("session")
	switch {
	case r.Method == http.MethodPost:
		at := d.since()
		d.mu.Lock()
		d.logins = append(d.logins, at)
		d.mu.Unlock()
		http.SetCookie(w, &http.Cookie{Name: "session", Value: era, Path: "/"})
		http.Redirect(w, r, "/", http.StatusFound)
	case r.URL.Path == "/rps/logout.cgi":
		http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1})
	case c != nil && c.Value == era:
		fmt.Fprint(w, `<title>Portal</title><a href="/rps/logout.cgi">Log Out</a> <a href="/s">Settings/Registration</a> <a href="/j">Status Monitor/Cancel</a>`)
	default:
		fmt.Fprint(w, userForm)
	}
}

// A restart is over when the device was down and is back. That it forgot the session
// is the beginning of it: whoever logs in then is thrown out again, and takes the old
// state for the new one.
func TestAwaitRestart(t *testing.T) {
	t.Parallel()
	const long = time.Hour
	for name, c := range map[string]struct {
		d           *restarting
		least, most time.Duration // until it is said to be over
	}{
		"down at once":                     {&restarting{down: time.Minute}, time.Minute, 66 * time.Second},
		"sessions end before":              {&restarting{farewell: 20 * time.Second, down: time.Minute}, 80 * time.Second, 86 * time.Second},
		"sessions end a good while before": {&restarting{farewell: 50 * time.Second, down: 5 * time.Minute}, 350 * time.Second, 356 * time.Second},
		"nothing but sessions ends":        {&restarting{farewell: long}, time.Minute, 66 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dial := inMemory(t, c.d)
				s, err := remoteui.Dial(t.Context(), remoteui.Config{
					URL: "https://192.0.2.7/", Identity: remoteui.Identity{TrustOnFirstUse: true},
					Credentials: remoteui.Credentials{UserName: "Administrator", Password: remoteui.NewSecret(password)},
					DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
						if _, away := c.d.era(); away {
							return nil, errors.New("connection refused")
						}
						return dial(ctx, network, addr)
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				c.d.mu.Lock()
				c.d.told = time.Now()
				c.d.mu.Unlock()
				if err := s.AwaitRestart(t.Context(), remoteui.RestartOptions{}); err != nil {
					t.Fatal(err)
				}
				if took := c.d.since(); took < c.least || took > c.most {
					t.Errorf("it was over after %v, want %v to %v", took, c.least, c.most)
				}
				if err := s.Close(t.Context()); err != nil {
					t.Error(err)
				}
				if len(c.d.logins) != 2 {
					t.Errorf("logged in at %v, want once before and once after", c.d.logins)
				}
			})
		})
	}
}
