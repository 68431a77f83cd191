// Package smallfleet holds stand-ins for the web pages of small Canon
// multifunction devices (the "portal_top.html" kind of Remote UI).
package smallfleet

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/weaktest"
)

// Config is what a harness may set.
type Config struct {
	Now  func() time.Time
	Down time.Duration // of a restart, zero: 200ms
}

// Credentials are what a person would type at the login page.
type Credentials struct{ DepartmentID, UserName, Password string }

// KeyState is one key of the store; Uses is what runs, not what is stored.
type KeyState struct {
	Name string
	Uses []string
	SPKI string
	Weak bool
}

// The uses a key can have; an IPSec policy's name follows ipsec.
const (
	useTLS   = "TLS"
	useDot1x = "IEEE 802.1X"
	useIPSec = "IPSec "
	useSIP   = "SIP"
	useSign  = "Device Signature"
)

// product is what one team built.
type product struct {
	model, version string
	max            int           // keys
	cookie         string        // session cookie
	server         string        // Server header
	space          time.Duration // a request sooner after the last answer is dropped
	cred           Credentials
	policies       [2]string // the first with a certificate, the second with a pre-shared key
	seed           func(*Device) error
	routes         func() map[string]route
	expired        func(*rq)
	fault          func(*rq, fault)
}

// Device is one running stand-in.
type Device struct {
	name string
	cfg  Config
	p    product
	rt   map[string]route

	mu         sync.Mutex
	keys       []*key
	weak       devicetest.WeakKeys
	saved      map[string]*key // as the pages show it
	running    map[string]*key // as it works until the next restart
	sessions   map[string]*session
	refused    map[string]bool
	violations []string
	restarts   int
	changed    bool // stored, not yet in effect
	generating bool
	genFault   fault
	smime      []*x509.Certificate
	down       bool
	closed     bool
	addr       string
	srv        *http.Server

	writes  atomic.Int32
	answer  atomic.Int64 // time of the last answer, for spacing
	pending sync.WaitGroup
}

var products = map[string]func() product{
	"ir2425-en":  productA,
	"irc3226-tw": productB,
	"ir2630-ja":  productC,
}

// Names lists the devices.
func Names() []string { return []string{"ir2425-en", "irc3226-tw", "ir2630-ja"} }

// New makes a device; it panics on an unknown name.
func New(name string, cfg Config) *Device {
	f, ok := products[name]
	if !ok {
		panic("smallfleet: no device " + name)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Down == 0 {
		cfg.Down = 200 * time.Millisecond
	}
	d := &Device{name: name, cfg: cfg, p: f(), saved: map[string]*key{}, running: map[string]*key{},
		sessions: map[string]*session{}, refused: map[string]bool{}}
	d.rt = d.p.routes()
	return d
}

// Start makes the initial keys and opens the TLS port.
func (d *Device) Start() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.p.seed(d); err != nil {
		return fmt.Errorf("%w: %v", errSeed, err)
	}
	for u, k := range d.saved {
		d.running[u] = k
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.addr = ln.Addr().String()
	d.serve(ln)
	return nil
}

// serve runs a server with the key now in effect; mu is held.
func (d *Device) serve(ln net.Listener) {
	k := d.running[useTLS]
	conf := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert.Raw}, PrivateKey: weaktest.Signer(k.priv)}},
		NextProtos: []string{"http/1.1"}}
	d.srv = &http.Server{Handler: d, ErrorLog: quiet, ReadHeaderTimeout: 10 * time.Second}
	srv := d.srv
	d.pending.Go(func() { _ = srv.Serve(tls.NewListener(ln, conf)) })
}

// restart drops everybody, and comes back with the stored settings.
func (d *Device) restart() {
	time.Sleep(30 * time.Millisecond) // let the answer out
	d.mu.Lock()
	srv := d.srv
	d.mu.Unlock()
	_ = srv.Close()
	time.Sleep(d.cfg.Down)
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.sessions)
	d.running = map[string]*key{}
	for u, k := range d.saved {
		d.running[u] = k
	}
	d.changed = false
	for !d.closed {
		ln, err := net.Listen("tcp", d.addr)
		if err == nil {
			d.restarts++
			d.down = false
			d.serve(ln)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// URL is where a person would point the browser.
func (d *Device) URL() string { return "https://" + d.addr + "/" }

// TLSAddr is the port whose certificate matters.
func (d *Device) TLSAddr() string { return d.addr }

// Credentials are accepted by the login page.
func (d *Device) Credentials() Credentials { return d.p.cred }

// Keys is the key store with the uses now in effect.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Uses: d.usesIn(d.running, k), SPKI: k.spki(), Weak: k.weak()})
	}
	return out
}

// Violations lists what no browser or careful person would have done.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.violations)
}

// OpenSessions counts logins without a logout.
func (d *Device) OpenSessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.sessions)
}

// Restarts counts completed restarts.
func (d *Device) Restarts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.restarts
}

// Close stops the device; sessions still open are violations.
func (d *Device) Close() {
	d.mu.Lock()
	if !d.closed {
		d.closed = true
		for range d.sessions {
			d.violations = append(d.violations, "session not logged out at Close")
		}
	}
	srv := d.srv
	d.mu.Unlock()
	if srv != nil {
		_ = srv.Close()
	}
	d.pending.Wait()
}

func (d *Device) violate(format string, a ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, a...))
}

// useNames is the fixed order of the uses this product has.
func (d *Device) useNames() []string {
	return []string{useTLS, useDot1x, useIPSec + d.p.policies[0], useIPSec + d.p.policies[1], useSIP, useSign}
}

func (d *Device) usesIn(m map[string]*key, k *key) []string {
	var out []string
	for _, u := range d.useNames() {
		if m[u] == k {
			out = append(out, u)
		}
	}
	return out
}

// shown is the usage column: an IPSec use without its policy.
func shown(uses []string) []string {
	var out []string
	for _, u := range uses {
		if strings.HasPrefix(u, useIPSec) {
			u = "IPSec"
		}
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}
