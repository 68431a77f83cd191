package remoteui_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/remoteui"
)

func dialHostile(t *testing.T, dev *hostile.Device) *remoteui.Session {
	t.Helper()
	dev.Start()
	t.Cleanup(dev.Close)
	s, err := remoteui.Dial(bounded(t), remoteui.Config{
		URL: dev.URL(), Credentials: remoteui.Credentials{DepartmentID: hostile.DepartmentID, Password: remoteui.NewSecret(hostile.Password)},
		Identity: remoteui.Identity{TrustOnFirstUse: true}, Language: "en", RequestTimeout: 1500 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

// stalling accepts connections and, once told to, says nothing on them and never
// closes one.
type stalling struct {
	net.Listener
	stall *atomic.Bool
	mu    *sync.Mutex
	held  *[]net.Conn
}

func (l stalling) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil || !l.stall.Load() {
			return c, err
		}
		l.mu.Lock()
		*l.held = append(*l.held, c)
		l.mu.Unlock()
	}
}

// A device that never restarts, stalls, or comes back with nonsense is waited
// for no longer than said, and the error says what was seen.
func TestAwaitRestartHostile(t *testing.T) {
	t.Parallel()
	const most = 2 * time.Second
	forgotten := func(bad http.HandlerFunc) func(*hostile.Device) {
		return func(d *hostile.Device) {
			d.Any = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/" {
					return false
				}
				bad(w, r)
				return true
			}
		}
	}
	for _, tc := range []struct {
		name, want string
		change     func(*hostile.Device) // what the device does from the restart on
	}{
		{"goes on as before", "", func(*hostile.Device) {}},
		{"shows the login form, then an endless page", "did not come back", forgotten(func() http.HandlerFunc {
			var n atomic.Int32
			return func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1) == 1 {
					new(hostile.Device).Page(w, r, "form")
					return
				}
				for r.Context().Err() == nil {
					if _, err := w.Write([]byte(strings.Repeat(" ", 1<<16))); err != nil {
						return
					}
				}
			}
		}())},
		{"an endless page from the start", "", forgotten(func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write([]byte(strings.Repeat("<p>", 1<<16))); err != nil {
					return
				}
			}
		})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dev := &hostile.Device{}
			var change atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
			dev.Any = func(w http.ResponseWriter, r *http.Request) bool {
				f := change.Load()
				return f != nil && (*f)(w, r)
			}
			s := dialHostile(t, dev)
			var after hostile.Device
			tc.change(&after)
			if after.Any != nil {
				change.Store(&after.Any)
			}
			checkWait(t, s, most, tc.want)
		})
	}
	t.Run("connections never answered nor closed", func(t *testing.T) {
		t.Parallel()
		var stall atomic.Bool
		var mu sync.Mutex
		var held []net.Conn
		dev := &hostile.Device{Listener: func(l net.Listener) net.Listener { return stalling{l, &stall, &mu, &held} }}
		s := dialHostile(t, dev)
		stall.Store(true)
		t.Cleanup(func() {
			stall.Store(false)
			mu.Lock()
			defer mu.Unlock()
			for _, c := range held {
				c.Close()
			}
		})
		checkWait(t, s, most, "did not come back")
	})
}

func checkWait(t *testing.T, s *remoteui.Session, most time.Duration, want string) {
	t.Helper()
	begun := time.Now()
	err := s.AwaitRestart(bounded(t), remoteui.RestartOptions{Timeout: most, Interval: 50 * time.Millisecond})
	switch {
	case want == "" && !errors.Is(err, remoteui.ErrRestartNotSeen):
		t.Errorf("%v, want ErrRestartNotSeen", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n")):
		t.Errorf("%v, want %q", err, want)
	}
	if took := time.Since(begun); took > most+5*time.Second {
		t.Errorf("took %v", took)
	}
}

// An owner can read what there was too much of, also where one was.
func TestLimitErrorIsReadable(t *testing.T) {
	t.Parallel()
	const end = "; no device needs that: look at it in a browser, with care"
	for _, tc := range []struct {
		e    remoteui.LimitError
		want string
	}{
		{remoteui.LimitError{What: "cookies", Max: "180"}, "device asks for too much: more than 180 cookies" + end},
		{remoteui.LimitError{What: "a script that could not be stopped was left behind"}, "device asks for too much: a script that could not be stopped was left behind" + end},
	} {
		if got := tc.e.Error(); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}
