// Package c357 plays the Remote UI of one Canon iR-ADV C357 (2019), pages in English.
package c357

import (
	"context"
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

const (
	model      = "iR-ADV C357"
	controller = "31.05"
	adminName  = "Administrator"
	adminPass  = "Kiosk-7391-pier"
	maxKeys    = 10 // keys for network communication, the preinstalled ones included
)

// Config sets up a device.
type Config struct {
	Now         func() time.Time // the device's clock; nil: time.Now
	RestartTime time.Duration    // how long a restart takes; zero: 700 ms
}

// Credentials are what an administrator types.
type Credentials = devicetest.Credentials

// KeyState tells one key of the device.
type KeyState = devicetest.KeyState

// Device is the machine.
type Device struct {
	cfg Config

	mu         sync.Mutex
	keys       []*key
	nextKey    int
	stored     config // what the settings pages show
	effect     config // what is in effect since the last start
	smimeCerts [][]byte
	smimeNext  int
	smimeNo    []int
	sessions   map[string]*session
	challenges map[string]*challenge
	pk         *pageKey
	everSeen   map[string]bool
	wrong      int
	wrongEver  int
	lockedTill time.Time
	violations []string
	restarts   int
	restarting bool
	closed     bool
	job        *job

	addr string
	srv  *http.Server
}

// New makes a device that is switched off.
func New(cfg Config) *Device {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.RestartTime == 0 {
		cfg.RestartTime = 700 * time.Millisecond
	}
	d := &Device{
		cfg:        cfg,
		sessions:   map[string]*session{},
		challenges: map[string]*challenge{},
		everSeen:   map[string]bool{},
		nextKey:    1,
		smimeNext:  1,
		pk:         newPageKey(),
	}
	d.factory()
	return d
}

func (d *Device) now() time.Time { return d.cfg.Now() }

// Start switches the device on.
func (d *Device) Start() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.boot()
}

func (d *Device) boot() error {
	l, err := devicetest.ListenAt(d.addr)
	if err != nil {
		return err
	}
	d.addr = l.Addr().String()
	d.effect = d.stored.clone()
	k := d.byID(d.effect.tls)
	if k == nil {
		l.Close()
		return fmt.Errorf("no key for TLS")
	}
	conf := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		MaxVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.der}, PrivateKey: k.priv}},
		NextProtos:   []string{"http/1.1"},
	}
	d.srv = &http.Server{
		Handler:      http.HandlerFunc(d.serve),
		IdleTimeout:  30 * time.Second,
		ErrorLog:     log.New(io.Discard, "", 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	srv := d.srv
	go srv.Serve(tls.NewListener(l, conf))
	return nil
}

// restart is called with the lock held; the answer of the running request is let out first.
func (d *Device) restart() {
	d.restarting = true
	srv := d.srv
	go func() {
		time.Sleep(150 * time.Millisecond)
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		srv.Shutdown(ctx)
		cancel()
		srv.Close()
		time.Sleep(d.cfg.RestartTime)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.restarting = false
		d.restarts++
		d.sessions = map[string]*session{}
		d.challenges = map[string]*challenge{}
		d.pk = newPageKey()
		if !d.closed {
			d.boot()
		}
	}()
}

// URL is the address of the Remote UI.
func (d *Device) URL() string { return "https://" + d.TLSAddr() + "/" }

// TLSAddr is the host and port that serves TLS.
func (d *Device) TLSAddr() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.addr
}

// Credentials are those of the administrator.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPass}
}

// Keys tells all keys as they are in effect now.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var r []KeyState
	for _, k := range d.keys {
		r = append(r, KeyState{
			Name: k.name, Algorithm: k.alg, Weak: k.weak,
			Uses: d.uses(k, d.effect), HasCertificate: k.der != nil, Certificate: slices.Clone(k.der),
		})
	}
	return r
}

// Violations tells what a person in a browser could not have done, or what harms.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.violations)
}

func (d *Device) violate(format string, a ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, a...))
}

// OpenSessions counts those logged in and not logged out.
func (d *Device) OpenSessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open()
}

func (d *Device) open() int {
	for id, s := range d.sessions {
		if d.now().Sub(s.last) > sessionLife {
			delete(d.sessions, id)
		}
	}
	return len(d.sessions)
}

// Restarts counts the restarts done.
func (d *Device) Restarts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.restarts
}

// Close switches the device off.
func (d *Device) Close() {
	d.mu.Lock()
	d.closed = true
	srv := d.srv
	d.mu.Unlock()
	if srv != nil {
		srv.Close()
	}
}

// config holds the settings; IKE settings are kept per policy.
type config struct {
	tls   int
	pages map[string]map[string]string // page -> field -> value; "KeyNo" is the key chosen
}

func (c config) clone() config {
	r := config{tls: c.tls, pages: map[string]map[string]string{}}
	for p, m := range c.pages {
		n := map[string]string{}
		for k, v := range m {
			n[k] = v
		}
		r.pages[p] = n
	}
	return r
}

func (c config) equal(o config) bool {
	return c.tls == o.tls && fmt.Sprint(c.pages) == fmt.Sprint(o.pages)
}
