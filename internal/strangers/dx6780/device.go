// Package dx6780 is a stand-in for the Remote UI of an iR-ADV DX 6780 (2020,
// monochrome, no fax), with pages in Japanese.
package dx6780

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// The device's identity.
const (
	modelName  = "iR-ADV DX 6780"
	controller = "31.05"
	serialNo   = "2TX04417"
	maxKeys    = 10
)

// Config sets up a Device.
type Config struct {
	Now         func() time.Time // the device's clock; nil: time.Now
	RestartTime time.Duration    // how long a restart takes; zero: 700 ms
}

// Credentials are what an administrator types.
type Credentials = devicetest.Credentials

// KeyState describes one key of the device.
type KeyState = devicetest.KeyState

// bindings says which key (by id, 0: none) each function uses.
type bindings struct {
	TLS, Dot1X int
	IPSec      map[int]int // policy number -> key
}

func (b bindings) clone() bindings {
	c := b
	c.IPSec = map[int]int{}
	for k, v := range b.IPSec {
		c.IPSec[k] = v
	}
	return c
}

// Device is one running machine.
type Device struct {
	cfg Config

	mu         sync.Mutex
	keys       []*key
	nextID     int
	stored     bindings // as chosen
	active     bindings // as in effect since the last restart
	dot1x      dot1xSettings
	policies   []*policy
	tls        tlsSettings
	smime      smimeSettings
	smimeCerts []*smimeCert
	bt         btSettings
	amsOn      bool
	pending    bool // a change waits for a restart
	job        *genJob
	sessions   map[string]*session
	challenges map[string]*challenge
	ever       map[string]bool // addresses offered to any session
	bad        int             // wrong passwords in a row
	locked     bool
	violations []string
	restarts   int
	restarting bool
	closed     bool
	addr       string
	srv        *http.Server
	updated    map[string]time.Time
}

// New makes a device with its factory and weak keys.
func New(cfg Config) *Device {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.RestartTime == 0 {
		cfg.RestartTime = 700 * time.Millisecond
	}
	d := &Device{cfg: cfg, sessions: map[string]*session{}, challenges: map[string]*challenge{}, ever: map[string]bool{}, updated: map[string]time.Time{}}
	d.setUp()
	return d
}

// Start listens on 127.0.0.1.
func (d *Device) Start() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.listen()
}

func (d *Device) listen() error {
	ln, err := devicetest.ListenAt(d.addr)
	if err != nil {
		return err
	}
	d.addr = ln.Addr().String()
	k := d.keyByID(d.active.TLS)
	conf := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert}, PrivateKey: k.priv}},
		MinVersion:   tls.VersionTLS12,
		MaxVersion:   tls.VersionTLS12,
	}
	srv := &http.Server{Handler: d, ErrorLog: log.New(io.Discard, "", 0), IdleTimeout: 30 * time.Second}
	d.srv = srv
	go srv.Serve(tls.NewListener(ln, conf))
	return nil
}

// restart takes the machine down and brings it back with the stored settings.
func (d *Device) restart() {
	time.Sleep(150 * time.Millisecond)
	d.mu.Lock()
	srv := d.srv
	d.sessions = map[string]*session{}
	d.challenges = map[string]*challenge{}
	d.mu.Unlock()
	srv.Close()
	time.Sleep(d.cfg.RestartTime)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.active = d.stored.clone()
	d.pending = false
	d.job = nil
	d.restarting = false
	if err := d.listen(); err != nil {
		return
	}
	d.restarts++
}

// URL is the address of the portal.
func (d *Device) URL() string { return "https://" + d.TLSAddr() + "/" }

// TLSAddr is the host and port that serve TLS.
func (d *Device) TLSAddr() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.addr
}

// Credentials are those of the administrator.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: "Administrator", Password: "Soumu-6780kanri"}
}

// Keys lists the key store.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Algorithm: k.algorithm(), Weak: k.weak, Uses: d.uses(k, d.active),
			HasCertificate: k.cert != nil, Certificate: slices.Clone(k.cert)})
	}
	return out
}

// Violations tells what no person in a browser would have done.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.violations)
}

func (d *Device) violate(format string, args ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, args...))
}

// OpenSessions counts sessions logged in and not logged out.
func (d *Device) OpenSessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, s := range d.sessions {
		if !d.expired(s) {
			n++
		}
	}
	return n
}

// Restarts counts finished restarts.
func (d *Device) Restarts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.restarts
}

// Close stops the device.
func (d *Device) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.srv != nil {
		d.srv.Close()
	}
}

func (d *Device) touch(what string) { d.updated[what] = d.cfg.Now() }
