// Package dxc5840 imitates the Remote UI of one iR-ADV DX C5840 of 2021 whose pages are in Traditional Chinese.
package dxc5840

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	model       = "iR-ADV C5840"
	controller  = "27.11"
	maxKeys     = 8 // keys of the user; Default Key, AMS and Device Signature Key have places of their own
	sessionLife = 15 * time.Minute
	lockTime    = 30 * time.Minute
	maxWrong    = 3
)

// Config sets the device's clock and the time that a restart takes.
type Config struct {
	Now         func() time.Time // the device's clock; nil: time.Now
	RestartTime time.Duration    // how long a restart takes; zero: 700 ms
}

// Credentials are what an administrator types; one of the first two is set.
type Credentials = devicetest.Credentials

// KeyState tells about one key in the device.
type KeyState = devicetest.KeyState

// Device is one machine.
type Device struct {
	cfg        Config
	mu         sync.Mutex
	addr       string
	srv        *http.Server
	closed     bool
	restarting bool
	restarts   int

	keys    []*key
	nextKey int
	effect  map[string]int // use -> number of the key, in effect now
	stored  map[string]int // the same after the next restart
	dirty   bool           // another setting waits for the restart
	set     map[string]*setPage
	smime   []*smimeCert
	nextSM  int
	job     *job

	sessions    map[string]*session
	forms       map[string]*form
	formOrder   []string
	logins      map[string]*challenge
	wrong       int
	wrongTotal  int
	lockedUntil time.Time
	violations  []string
}

// New makes a device with its keys; it does not listen yet.
func New(cfg Config) *Device {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.RestartTime == 0 {
		cfg.RestartTime = 700 * time.Millisecond
	}
	d := &Device{
		cfg:      cfg,
		sessions: map[string]*session{},
		forms:    map[string]*form{},
		logins:   map[string]*challenge{},
	}
	d.makeKeys()
	d.makeSettings()
	return d
}

// Start listens on a free port of 127.0.0.1.
func (d *Device) Start() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.srv != nil {
		return errors.New("dxc5840: already started")
	}
	return d.listen()
}

// listen serves with the TLS key in effect; d.mu is held.
func (d *Device) listen() error {
	ln, err := devicetest.ListenAt(d.addr)
	if err != nil {
		return err
	}
	d.addr = ln.Addr().String()
	k := d.key(d.effect["TLS"])
	cfg := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		MaxVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: k.chain(), PrivateKey: k.priv}},
	}
	srv := &http.Server{
		Handler:      http.HandlerFunc(d.serve),
		IdleTimeout:  30 * time.Second,
		ReadTimeout:  60 * time.Second,
		ErrorLog:     log.New(io.Discard, "", 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	d.srv = srv
	go srv.Serve(tls.NewListener(ln, cfg))
	return nil
}

// restart lets the answer out, goes away and comes back; d.mu is held.
func (d *Device) restart() {
	d.restarting = true
	go func() {
		time.Sleep(250 * time.Millisecond)
		d.mu.Lock()
		srv := d.srv
		d.mu.Unlock()
		srv.Close()
		time.Sleep(d.cfg.RestartTime)
		d.mu.Lock()
		defer d.mu.Unlock()
		for u, n := range d.stored {
			d.effect[u] = n
		}
		d.dirty = false
		d.sessions, d.forms, d.formOrder = map[string]*session{}, map[string]*form{}, nil
		d.logins = map[string]*challenge{}
		d.restarts++
		d.restarting = false
		if !d.closed {
			if err := d.listen(); err != nil {
				d.violate("the stand-in could not listen again: %v", err)
			}
		}
	}()
}

// pending tells whether something waits for a restart.
func (d *Device) pending() bool {
	for u, n := range d.stored {
		if d.effect[u] != n {
			return true
		}
	}
	return d.dirty
}

// URL is the address to type into a browser.
func (d *Device) URL() string { return "https://" + d.TLSAddr() + "/" }

// TLSAddr is host and port.
func (d *Device) TLSAddr() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.addr
}

// Credentials are the administrator's.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: "Administrator", Password: "Ruey+5840&zh=TW%"}
}

// Keys lists all keys.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{
			Name: k.name, Algorithm: algorithm(k.pub(), ""), Weak: weak(k.pub()), Uses: d.uses(k, d.effect),
			HasCertificate: k.cert != nil, Certificate: append([]byte(nil), k.cert...),
		})
	}
	return out
}

// Violations tells what no person with a browser would have done, or what harms.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.violations...)
}

func (d *Device) violate(format string, a ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, a...))
}

// OpenSessions counts who is logged in and has not logged out.
func (d *Device) OpenSessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.openSessions()
}

func (d *Device) openSessions() int {
	for id, s := range d.sessions {
		if d.cfg.Now().Sub(s.last) > sessionLife {
			delete(d.sessions, id)
		}
	}
	return len(d.sessions)
}

// Restarts counts the restarts that are over.
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

func (k *key) pub() crypto.PublicKey { return k.priv.Public() }

func (k *key) chain() [][]byte { return [][]byte{k.cert} }

func (k *key) parsed() *x509.Certificate {
	if k.cert == nil {
		return nil
	}
	c, err := x509.ParseCertificate(k.cert)
	if err != nil {
		return nil
	}
	return c
}
