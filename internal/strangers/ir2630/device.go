// Package ir2630 is a stand-in for the Remote UI of one iR2630 (2020): the small
// "portal_top.html" kind of web page, written from published facts alone.
package ir2630

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	model       = "iR2630"
	controller  = "802.0.112" // the flaw's range ends with 707.0.701
	slots       = 8           // keys, the preinstalled ones included
	sessionLife = 15 * time.Minute
	lockTime    = 30 * time.Minute
	maxSessions = 5
)

// Config says what a test may choose.
type Config struct {
	Now         func() time.Time // the device's clock; nil: time.Now
	RestartTime time.Duration    // how long a restart takes; zero: 700 ms
}

// Credentials are a System Manager ID and its PIN.
type Credentials = devicetest.Credentials

// KeyState is what the device knows of one key.
type KeyState = devicetest.KeyState

// Device is one running machine.
type Device struct {
	now     func() time.Time
	restart time.Duration
	port    int

	life   sync.Mutex // Start, Close, restart
	srv    *http.Server
	closed bool
	wg     sync.WaitGroup

	mu         sync.Mutex
	keys       [slots + 1]*key // by slot number, from 1
	cfg, run   settings        // stored, and in effect since the last start
	gen        *genJob
	sessions   map[string]*session
	offered    map[string]bool
	loginForms []formSpec
	wrong      int
	wrongEver  int
	lockUntil  time.Time
	violations []string
	restarts   int
	booted     time.Time
	restarting bool
}

// New makes a machine with its keys; it does not listen yet.
func New(c Config) *Device {
	d := &Device{now: c.Now, restart: c.RestartTime, sessions: map[string]*session{}}
	if d.now == nil {
		d.now = time.Now
	}
	if d.restart == 0 {
		d.restart = 700 * time.Millisecond
	}
	d.offered = map[string]bool{"/": true, "/login.html": true, "/favicon.ico": true}
	for i, k := range factoryKeys() {
		c := *k
		d.keys[i+1] = &c
	}
	d.cfg = factorySettings()
	d.run = d.cfg
	d.booted = d.now()
	return d
}

// Start listens on 127.0.0.1, on a port that is kept over restarts.
func (d *Device) Start() error {
	d.life.Lock()
	defer d.life.Unlock()
	var err error
	for range 50 {
		// below the range of ephemeral ports, so that nobody takes it during a restart
		d.port = 18000 + rand.IntN(12000)
		if err = d.listen(); err == nil {
			return nil
		}
	}
	return err
}

func (d *Device) listen() error {
	l, err := net.Listen("tcp", d.TLSAddr())
	if err != nil {
		return err
	}
	d.srv = &http.Server{Handler: d, ErrorLog: log.New(io.Discard, "", 0), IdleTimeout: 30 * time.Second}
	srv := d.srv
	tl := tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			k := d.keys[d.run.tlsKey]
			return &tls.Certificate{Certificate: [][]byte{k.der}, PrivateKey: k.priv}, nil
		},
	})
	d.wg.Go(func() { srv.Serve(tl) })
	return nil
}

// reboot lets the answer go out, stops listening, puts the stored settings into effect and listens again.
func (d *Device) reboot() {
	time.Sleep(150 * time.Millisecond)
	d.life.Lock()
	defer d.life.Unlock()
	if d.closed {
		return
	}
	d.srv.Close()
	d.mu.Lock()
	d.sessions = map[string]*session{}
	d.run = d.cfg
	d.restarts++
	d.mu.Unlock()
	time.Sleep(d.restart)
	d.mu.Lock()
	d.booted, d.restarting = d.now(), false
	d.mu.Unlock()
	for range 100 {
		if d.listen() == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// URL is what a person types into the browser.
func (d *Device) URL() string { return "https://" + d.TLSAddr() + "/" }

// TLSAddr is host:port of the TLS server.
func (d *Device) TLSAddr() string { return fmt.Sprintf("127.0.0.1:%d", d.port) }

// Credentials of the system manager.
func (d *Device) Credentials() Credentials {
	return Credentials{DepartmentID: "2630001", Password: "7390241"}
}

// Keys lists the key store in slot order.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []KeyState
	for n, k := range d.keys {
		if k != nil {
			out = append(out, KeyState{Name: k.name, Algorithm: k.algorithm(), Weak: k.weak, Uses: d.uses(d.run, n), HasCertificate: k.der != nil, Certificate: append([]byte(nil), k.der...)})
		}
	}
	return out
}

// Violations tells what a client did that a person could not have done, or that harms.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.violations...)
}

// OpenSessions counts sessions logged in, not logged out and not expired.
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

// Restarts counts restarts since New.
func (d *Device) Restarts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.restarts
}

// Close ends the machine.
func (d *Device) Close() {
	d.life.Lock()
	d.closed = true
	if d.srv != nil {
		d.srv.Close()
	}
	d.life.Unlock()
	d.wg.Wait()
}

func (d *Device) violate(format string, a ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, a...))
}
