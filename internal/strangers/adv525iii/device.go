// Package adv525iii is a stand-in for the Remote UI of one office machine, an
// iR-ADV 525 III with fax, in Japanese: its pages, its key store and its TLS.
package adv525iii

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/weaktest"
)

const (
	model        = "iR-ADV 525 III"
	serialNo     = "XTR05218"
	ctrlVersion  = "38.12"
	adminName    = "Administrator"
	adminPass    = "kiki-kanri#0525"
	maxKeys      = 10
	sessionLife  = 15 * time.Minute
	maxWrongPass = 3
)

// Config sets the clock of the device and the length of a restart.
type Config struct {
	Now         func() time.Time
	RestartTime time.Duration
}

// Credentials are what an administrator types at the login page.
type Credentials = devicetest.Credentials

// KeyState is one key of the store.
type KeyState = devicetest.KeyState

// Device is the machine.
type Device struct {
	cfg    Config
	mu     sync.Mutex
	port   int
	srv    *http.Server
	closed bool

	keys     []*key
	nextKey  int
	set      map[string]*setPage // by template
	policies []*policy
	smime    []*smimeCert
	uses     []*use

	sessions   map[string]*session
	offered    map[string]bool
	forms      map[string][]form // by token or challenge
	logins     []*challenge
	jobs       map[string]*job
	wrong      int
	wrongTotal int
	restarts   int
	restarting bool
	violations []string
}

// use is one place that a key is bound to: the key chosen and the one in effect.
type use struct {
	name, label string
	cfg, eff    int
	inUse       func() bool // the function is on and takes a key
}

// New makes a device as it stands after its firmware update.
func New(cfg Config) *Device {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.RestartTime == 0 {
		cfg.RestartTime = 700 * time.Millisecond
	}
	d := &Device{cfg: cfg, sessions: map[string]*session{}, offered: map[string]bool{}, forms: map[string][]form{},
		jobs: map[string]*job{}, set: map[string]*setPage{}}
	for _, u := range []string{"/", "/login", "/rps/", "/favicon.ico"} {
		d.offered[u] = true
	}
	d.factory()
	d.settings()
	d.generation(d.set["c_keynw.tpl"], false)
	d.generation(d.set["c_keycsr.tpl"], true)
	return d
}

// Start listens on a free port of 127.0.0.1.
func (d *Device) Start() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer d.lock()()
	d.port = l.Addr().(*net.TCPAddr).Port
	d.serve(l)
	return nil
}

func (d *Device) serve(l net.Listener) {
	k := d.key(d.use("TLS").eff)
	cfg := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert}, PrivateKey: weaktest.Signer(k.priv)}},
		MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	d.srv = &http.Server{Handler: http.HandlerFunc(d.handle), ErrorLog: log.New(io.Discard, "", 0), IdleTimeout: 30 * time.Second}
	go d.srv.Serve(tls.NewListener(l, cfg))
}

// restart takes the device away and brings it back with what was chosen.
func (d *Device) restart() {
	time.Sleep(200 * time.Millisecond) // the page goes out first
	d.mu.Lock()
	srv := d.srv
	d.mu.Unlock()
	srv.Close()
	time.Sleep(d.cfg.RestartTime)
	defer d.lock()()
	for _, u := range d.uses {
		u.eff = u.cfg
	}
	d.sessions, d.jobs, d.logins, d.restarting = map[string]*session{}, map[string]*job{}, nil, false
	for range 100 {
		if d.closed {
			return
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", d.port))
		if err == nil {
			d.restarts++
			d.serve(l)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// URL is the address of the portal.
func (d *Device) URL() string { return "https://" + d.TLSAddr() + "/" }

// TLSAddr is host and port.
func (d *Device) TLSAddr() string { return fmt.Sprintf("127.0.0.1:%d", d.port) }

// Credentials are the administrator's.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPass}
}

// lock is for defer d.lock()().
func (d *Device) lock() func() { d.mu.Lock(); return d.mu.Unlock }

// Keys tells what is in the key store.
func (d *Device) Keys() (out []KeyState) {
	defer d.lock()()
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Algorithm: k.algo, Weak: k.weak, Uses: d.usesOf(k), HasCertificate: k.cert != nil, Certificate: slices.Clone(k.cert)})
	}
	return out
}

// Violations lists what no person with a browser would have done.
func (d *Device) Violations() []string { defer d.lock()(); return slices.Clone(d.violations) }

func (d *Device) violate(format string, a ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, a...))
}

// OpenSessions counts the sessions not logged out nor expired.
func (d *Device) OpenSessions() int { defer d.lock()(); return d.open() }

func (d *Device) open() int {
	maps.DeleteFunc(d.sessions, func(_ string, s *session) bool { return d.cfg.Now().Sub(s.last) > sessionLife })
	return len(d.sessions)
}

// Restarts counts the restarts done.
func (d *Device) Restarts() int { defer d.lock()(); return d.restarts }

// Close ends it.
func (d *Device) Close() {
	defer d.lock()()
	if d.closed = true; d.srv != nil {
		d.srv.Close()
	}
}
