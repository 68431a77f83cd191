// Package c7580 stands in for the Remote UI of an iR-ADV C7580 with firmware
// above the flaw's range, invented from published facts.
package c7580

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	model      = "iR-ADV C7580"
	controller = "71.12"
	maxKeys    = 10
	idleTime   = 15 * time.Minute
)

// Config holds what a test may choose.
type Config struct {
	Now         func() time.Time // the device's clock; nil: time.Now
	RestartTime time.Duration    // how long a restart takes; zero: 700 ms
}

// Credentials are what an administrator types.
type Credentials = devicetest.Credentials

// KeyState is one key as it really is.
type KeyState = devicetest.KeyState

// Device is one stand-in.
type Device struct {
	mu         sync.Mutex
	now        func() time.Time
	restart    time.Duration
	port       int
	srv        *http.Server
	closed     bool
	restarting bool
	restarts   int
	keys       []*key
	nextID     int
	job        *genJob
	set, eff   *settings
	smime      []*peerCert
	changed    bool // settings wait for a restart

	sessions   map[string]*session
	logins     map[string]*loginPage
	offered    map[string]bool
	wrong      int
	fails      int
	violations []string
}

// New makes a device with its factory and office keys.
func New(c Config) *Device {
	d := &Device{now: c.Now, restart: c.RestartTime, sessions: map[string]*session{}, logins: map[string]*loginPage{}, offered: map[string]bool{}}
	if d.now == nil {
		d.now = time.Now
	}
	if d.restart == 0 {
		d.restart = 700 * time.Millisecond
	}
	for _, u := range []string{"/", "/rps/", "/rps", "/login"} {
		d.offered[u+"|"] = true
	}
	d.firstKeys()
	d.eff = d.set.clone()
	return d
}

// Start listens on a free port of 127.0.0.1.
func (d *Device) Start() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.listen()
}

func (d *Device) listen() error {
	addr := ""
	if d.port != 0 {
		addr = "127.0.0.1:" + strconv.Itoa(d.port)
	}
	ln, err := devicetest.ListenAt(addr)
	if err != nil {
		return err
	}
	k := d.key(d.eff.tls["key"])
	if k == nil || k.cert == nil {
		k = d.keys[0]
	}
	d.port = ln.Addr().(*net.TCPAddr).Port
	cfg := &tls.Config{
		MaxVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert.Raw}, PrivateKey: k.priv}},
		NextProtos:   []string{"http/1.1"},
	}
	d.srv = &http.Server{Handler: d, ErrorLog: log.New(io.Discard, "", 0), IdleTimeout: 30 * time.Second}
	go d.srv.Serve(tls.NewListener(ln, cfg))
	return nil
}

// beginRestart lets the answer leave, then takes the service away.
func (d *Device) beginRestart() {
	if d.restarting {
		return
	}
	d.restarting = true
	d.sessions, d.logins, d.job = map[string]*session{}, map[string]*loginPage{}, nil
	go func() {
		time.Sleep(250 * time.Millisecond)
		d.mu.Lock()
		srv := d.srv
		d.mu.Unlock()
		srv.Close()
		time.Sleep(d.restart)
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.closed {
			return
		}
		d.eff, d.changed, d.restarting = d.set.clone(), false, false
		d.restarts++
		if err := d.listen(); err != nil && !errors.Is(err, net.ErrClosed) {
			d.violate("the stand-in could not listen again: %v", err)
		}
	}()
}

// Close stops the device.
func (d *Device) Close() {
	d.mu.Lock()
	d.closed = true
	srv := d.srv
	d.mu.Unlock()
	if srv != nil {
		srv.Close()
	}
}

// URL is the address an administrator types.
func (d *Device) URL() string { return "https://" + d.TLSAddr() + "/" }

// TLSAddr is the host and port.
func (d *Device) TLSAddr() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return "127.0.0.1:" + strconv.Itoa(d.port)
}

// Credentials of the administrator.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPassword}
}

// Keys tells the key store as it is.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		s := KeyState{Name: k.name, Algorithm: k.algorithm(), Weak: k.weak, Uses: d.eff.uses(k)}
		if k.cert != nil {
			s.HasCertificate, s.Certificate = true, k.cert.Raw
		}
		out = append(out, s)
	}
	return out
}

// Violations tells what no person with a browser would have done.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.violations...)
}

// OpenSessions counts those logged in and neither logged out nor expired.
func (d *Device) OpenSessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open()
}

func (d *Device) open() int {
	n := 0
	for _, s := range d.sessions {
		if d.now().Sub(s.last) < idleTime {
			n++
		}
	}
	return n
}

// Restarts counts the restarts completed.
func (d *Device) Restarts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.restarts
}

func (d *Device) violate(format string, a ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, a...))
}
