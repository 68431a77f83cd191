// Package advfleet holds test stand-ins for the web pages of three multifunction
// devices. Each is a real TLS server on loopback with its own pages and habits.
package advfleet

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Config tunes a device; the zero value is usable.
type Config struct {
	Now  func() time.Time
	Down time.Duration // time without a listener during a restart, zero means 200ms
}

// Credentials open the device for its administrator.
type Credentials struct{ DepartmentID, UserName, Password string }

// KeyState is the truth about one registered key, as effective now.
type KeyState struct {
	Name string
	Uses []string
	SPKI string
	Weak bool
}

// Device is one stand-in.
type Device struct {
	name  string
	cfg   Config
	model model

	mu         sync.Mutex
	srv        *http.Server
	plain      *http.Server
	plainAddr  string
	addr       string
	keys       []*key
	weak       devicetest.WeakKeys
	nextID     int
	live, set  binding
	policies   []string
	pages      map[string]map[string]string
	changed    bool // a setting waits for the restart
	smimeCerts []*key
	sessions   map[string]*session
	challenge  map[string]bool
	refused    map[string]bool
	violations []string
	restarts   int
	generating bool
	restarting bool
	genErr     error
	closed     bool

	writes atomic.Int32
	wg     sync.WaitGroup
}

// model is what the make of a device decides; its pages are in serve.
type model struct {
	product, version string
	cred             Credentials
	maxKeys          int
	maxTLS           uint16
	listShowsSet     bool // usage column: as configured, not as effective
	server           string
	genDelay         time.Duration
	serve            func(*ctx)
	setup            func(*Device)
	plain            http.HandlerFunc
}

var makes = []struct {
	name string
	m    func() model
}{
	{"iradv-c255-frames", framesModel},
	{"iradv-c3530iii", scriptModel},
	{"iradv-dx-c5840", wizardModel},
}

// Names lists the devices in a fixed order.
func Names() []string {
	var out []string
	for _, m := range makes {
		out = append(out, m.name)
	}
	return out
}

// New makes a device that is not started yet.
func New(name string, cfg Config) *Device {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Down == 0 {
		cfg.Down = 200 * time.Millisecond
	}
	for _, m := range makes {
		if m.name == name {
			return &Device{name: name, cfg: cfg, model: m.m(), pages: map[string]map[string]string{},
				sessions: map[string]*session{}, challenge: map[string]bool{}, refused: map[string]bool{}}
		}
	}
	panic("advfleet: unknown device " + name)
}

// Start makes the keys and opens the TLS port.
func (d *Device) Start() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.addr != "" {
		return fmt.Errorf("advfleet: %s already started", d.name)
	}
	d.model.setup(d)
	d.live = d.set.clone()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.addr = ln.Addr().String()
	d.listen(ln)
	if d.model.plain != nil {
		pl, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		d.plainAddr = pl.Addr().String()
		d.plain = &http.Server{Handler: http.HandlerFunc(d.redirect)}
		d.wg.Go(func() { _ = d.plain.Serve(pl) })
	}
	return nil
}

// URL is where a person would point the browser.
func (d *Device) URL() string { return "https://" + d.TLSAddr() + "/" }

// PlainURL is the address without TLS that only redirects; "" if there is none.
func (d *Device) PlainURL() string {
	if d.plainAddr == "" {
		return ""
	}
	return "http://" + d.plainAddr + "/"
}

// TLSAddr is host:port of the TLS port; it never changes.
func (d *Device) TLSAddr() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.addr
}

// Credentials are those of the administrator.
func (d *Device) Credentials() Credentials { return d.model.cred }

// Keys tells the effective state.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{k.name, d.uses(d.live, k.id), k.spki(), k.weak()})
	}
	return out
}

// Violations are what a careful client never does, in the order it happened.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.violations...)
}

// OpenSessions counts logins that were not logged out, expired or lost by a restart.
func (d *Device) OpenSessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expire()
	return len(d.sessions)
}

// Restarts counts restarts since Start.
func (d *Device) Restarts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.restarts
}

// Close stops the device; a session still open is a violation.
func (d *Device) Close() {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return
	}
	d.expire()
	for range d.sessions {
		d.violate("session not logged out at Close")
	}
	d.closed = true
	srv := d.srv
	d.mu.Unlock()
	if srv != nil {
		_ = srv.Close()
	}
	if d.plain != nil {
		_ = d.plain.Close()
	}
	d.wg.Wait()
}

func (d *Device) violate(format string, a ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, a...))
}
