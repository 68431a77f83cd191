package otherdevice

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"text/template"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/weaktest"
)

// Config changes what a style has by default.
type Config struct {
	Model           string        // empty: the style's, a row of the advisory's table
	Version         string        // controller version; empty: above that row's range
	DeviceSignature bool          // adds the Device Signature Key, in use
	Down            time.Duration // how long a restart takes; zero: 150 ms
	Now             func() time.Time
}

// Device is one running stand-in. Its methods may be called at any time.
type Device struct {
	style *style
	cfg   Config
	pages *template.Template

	mu         sync.Mutex
	keys       []*storedKey
	nextSlot   int
	bound      int // slot stored for TLS
	served     int // slot in effect since the last start
	places     map[string]*placeState
	sessions   map[string]*session
	refused    map[string]bool // logins refused once
	violations []string
	restarts   int

	port, plainPort devicetest.Port
	server          []*http.Server
	closed          bool
	stop            chan struct{}
	restarting      sync.WaitGroup
	serving         sync.WaitGroup
}

// Styles names the devices there are, in a fixed order.
func Styles() []string {
	names := make([]string, len(styles))
	for i, s := range styles {
		names[i] = s.name
	}
	return names
}

// New makes a device of one of the [Styles]; it panics for any other name, as
// only tests call it.
func New(name string, cfg Config) *Device {
	for _, s := range styles {
		if s.name == name {
			d := &Device{style: s, cfg: cfg, pages: parsePages(name), stop: make(chan struct{})}
			d.places = newPlaces(s)
			d.sessions, d.refused = map[string]*session{}, map[string]bool{}
			return d
		}
	}
	panic("otherdevice: no style " + name)
}

// Start installs the keys and serves on loopback.
func (d *Device) Start() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.install(); err != nil {
		return err
	}
	return d.listen()
}

// URL is where a person would point a browser: TLS, or the plain port of the
// styles that redirect from there.
func (d *Device) URL() string {
	if d.style.plain {
		return "http://" + d.plainPort.Addr + "/"
	}
	return "https://" + d.TLSAddr() + "/"
}

// TLSAddr is host and port of the TLS listener; it outlives restarts.
func (d *Device) TLSAddr() string { return d.port.Addr }

// Close ends the device. A session that is still logged in is a violation.
func (d *Device) Close() {
	if n := d.OpenSessions(); n > 0 {
		d.mu.Lock()
		d.blame("Close: %d sessions not logged out", n)
		d.mu.Unlock()
	}
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	close(d.stop)
	d.restarting.Wait()
	for _, s := range d.server {
		s.Close()
	}
	d.serving.Wait()
	d.port.Release()
	d.plainPort.Release()
}

// Keys lists every key with what it is used for now.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Uses: d.usesOf(k, d.served), SPKI: spkiHash(k.cert)})
	}
	return out
}

// Violations tells what the client did wrong, in order.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.violations...)
}

// Restarts counts the restarts that ended.
func (d *Device) Restarts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.restarts
}

func (d *Device) blame(format string, args ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, args...))
}

func (d *Device) now() time.Time {
	if d.cfg.Now != nil {
		return d.cfg.Now()
	}
	return time.Now()
}

// listen starts the servers with the key that is bound by now.
func (d *Device) listen() error {
	d.served = d.bound
	d.activatePlaces()
	k := d.find(d.served)
	l, err := d.port.Listen()
	if err != nil {
		return err
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert.Raw}, PrivateKey: weaktest.Signer(k.signer)}}}
	d.server = nil
	d.run(tls.NewListener(l, config), d.serve)
	if !d.style.plain {
		return nil
	}
	if l, err = d.plainPort.Listen(); err != nil {
		return err
	}
	d.run(l, d.redirect)
	return nil
}

func (d *Device) run(l net.Listener, h http.HandlerFunc) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	d.server = append(d.server, s)
	d.serving.Go(func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			l.Close()
		}
	})
}

// redirect is the plain port: it only sends to TLS on the host that was asked.
func (d *Device) redirect(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = "null" // what the real one says to a request without Host
	}
	_, port, err := net.SplitHostPort(d.port.Addr)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "https://"+host+":"+port+"/", http.StatusFound)
}

// restart is [套用設定變更]: the listeners close when the answer is out, every
// session is forgotten, and the bound key serves when the device is back.
func (d *Device) restart() {
	d.mu.Lock()
	servers := d.server
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, s := range servers {
		if s.Shutdown(ctx) != nil {
			s.Close()
		}
	}
	down := d.cfg.Down
	if down == 0 {
		down = 150 * time.Millisecond
	}
	select {
	case <-time.After(down):
	case <-d.stop:
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.sessions)
	if err := d.listen(); err != nil {
		d.blame("device: does not come back: %v", err)
	}
	d.restarts++
}
