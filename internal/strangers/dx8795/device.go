// Package dx8795 is a stand-in for the Remote UI of an imageRUNNER ADVANCE DX
// 8795 with fax option (IP fax), as firmware of the 2020-2021 line shows it.
package dx8795

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/weaktest"
)

const (
	model      = "iR-ADV 8795"
	controller = "27.42"
	bootCode   = "5.04"
	maxKeys    = 10
)

// Config sets the device's clock and the length of a restart.
type Config struct {
	Now         func() time.Time // the device's clock; nil: time.Now
	RestartTime time.Duration    // how long a restart takes; zero: 700 ms
}

// Credentials are what an administrator types at the login page.
type Credentials = devicetest.Credentials

// KeyState is one key of the store.
type KeyState = devicetest.KeyState

// Device is one machine.
type Device struct {
	cfg    Config
	mu     sync.Mutex
	port   int
	srv    *http.Server
	closed bool
	boots  int

	keys    []*key
	nextID  int
	cur     settings // in effect
	set     settings // as stored; in effect after the restart
	plain   plainSettings
	smime   []*smimeCert
	updated time.Time
	jobs    map[int]*job
	nextJob int
	booting bool

	sessions   map[string]*session
	anon       map[string]bool // addresses offered to anybody, ever
	challenges map[string]*challenge
	loginKey   *loginKey
	fails      int
	lockedTill time.Time
	violations []string
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
		cfg: cfg, jobs: map[int]*job{}, sessions: map[string]*session{},
		anon: map[string]bool{}, challenges: map[string]*challenge{},
	}
	d.factory()
	d.updated = cfg.Now().Add(-41 * 24 * time.Hour)
	return d
}

// Start switches the device on.
func (d *Device) Start() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var err error
	for range 200 {
		d.port = 20000 + rand.IntN(12000) // outside the range for outgoing connections
		if err = d.listen(); err == nil {
			return nil
		}
	}
	return err
}

func (d *Device) listen() error {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", d.port))
	if err != nil {
		return err
	}
	k := d.key(d.cur.TLSKey)
	conf := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert}, PrivateKey: weaktest.Signer(k.priv)}},
		MinVersion:   tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
	}
	d.srv = &http.Server{
		Handler: http.HandlerFunc(d.serve), IdleTimeout: 30 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go d.srv.Serve(tls.NewListener(l, conf))
	d.newLoginKey()
	return nil
}

// restart is called with the lock held; the machine goes down after the answer.
func (d *Device) restart() {
	d.booting = true
	srv := d.srv
	go func() {
		time.Sleep(60 * time.Millisecond)
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		srv.Shutdown(ctx)
		cancel()
		srv.Close()
		d.mu.Lock()
		d.sessions = map[string]*session{}
		d.challenges = map[string]*challenge{}
		d.mu.Unlock()
		time.Sleep(d.cfg.RestartTime)
		for {
			d.mu.Lock()
			if d.closed {
				d.mu.Unlock()
				return
			}
			d.cur = d.set.clone()
			err := d.listen()
			if err == nil {
				d.boots++
				d.booting = false
				d.mu.Unlock()
				return
			}
			d.mu.Unlock()
			time.Sleep(50 * time.Millisecond)
		}
	}()
}

// URL is the address of the Remote UI.
func (d *Device) URL() string { return "https://" + d.TLSAddr() + "/" }

// TLSAddr is where the device serves TLS.
func (d *Device) TLSAddr() string { return fmt.Sprintf("127.0.0.1:%d", d.port) }

// Credentials are the administrator's.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPassword}
}

// Keys lists the key store.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Algorithm: k.alg, Weak: k.weak, Uses: d.uses(k, d.cur), HasCertificate: k.cert != nil, Certificate: slices.Clone(k.cert)})
	}
	return out
}

// Violations tells what no person with a browser would or should have done.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.violations)
}

// OpenSessions counts sessions logged in and not logged out.
func (d *Device) OpenSessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expire()
	return len(d.sessions)
}

// Restarts counts completed restarts.
func (d *Device) Restarts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.boots
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

func (d *Device) violate(format string, a ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, a...))
}

func (d *Device) now() time.Time { return d.cfg.Now() }

// dirty tells whether something waits for a restart.
func (d *Device) dirty() bool { return !reflect.DeepEqual(d.cur, d.set) }

func (d *Device) changed() { d.updated = d.now() }
