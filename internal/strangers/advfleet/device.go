// Package advfleet holds test stand-ins for the web pages of three multifunction
// devices. Each is a real TLS server on loopback with its own pages and habits.
package advfleet

import (
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
type Credentials = devicetest.Credentials

// KeyState is the truth about one registered key, as effective now.
type KeyState = devicetest.KeyState

// Device is one stand-in.
type Device struct {
	devicetest.Base
	name  string
	cfg   Config
	model model

	plain      *http.Server
	plainAddr  string
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
	generating bool
	genErr     error

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
	defer d.Lock()()
	d.model.setup(d)
	d.live = d.set.clone()
	if err := d.listen(); err != nil || d.model.plain == nil || d.Offline() {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.plainAddr = l.Addr().String()
	d.plain = &http.Server{Handler: http.HandlerFunc(d.redirect)}
	d.wg.Go(func() { _ = d.plain.Serve(l) })
	return nil
}

// Close stops the device; a session still open is a violation.
func (d *Device) Close() {
	d.Base.Close()
	if d.plain != nil {
		_ = d.plain.Close()
	}
	d.wg.Wait()
	defer d.Lock()()
	d.expire()
	for range d.sessions {
		d.Violate("session not logged out at Close")
	}
	clear(d.sessions)
}

// PlainURL is the address without TLS that only redirects; "" if there is none.
func (d *Device) PlainURL() string {
	if d.plainAddr == "" {
		return ""
	}
	return "http://" + d.plainAddr + "/"
}

// Credentials are those of the administrator.
func (d *Device) Credentials() Credentials { return d.model.cred }

// Keys tells the effective state.
func (d *Device) Keys() []KeyState {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Uses: d.uses(d.live, k.id), SPKI: k.spki(), Weak: devicetest.Weak(k.priv)})
	}
	return out
}

// OpenSessions counts logins that were not logged out, expired or lost by a restart.
func (d *Device) OpenSessions() int {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	d.expire()
	return len(d.sessions)
}
