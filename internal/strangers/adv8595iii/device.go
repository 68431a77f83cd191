// Package adv8595iii is a stand-in for the Remote UI of an iR-ADV 8595 III with
// a firmware of early 2020, in English, written from published facts alone.
package adv8595iii

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Config sets the device's surroundings.
type Config struct {
	Now         func() time.Time // the device's clock; nil: time.Now
	RestartTime time.Duration    // how long a restart takes; zero: 700 ms
}

// Credentials is what an administrator types on the login page.
type Credentials = devicetest.Credentials

// KeyState describes a key of the key store.
type KeyState = devicetest.KeyState

const (
	adminName     = "Administrator"
	adminPassword = "7Lobby&Copy9"
	modelName     = "iR-ADV 8595 III"
	deviceName    = "PrintRoom-2F"
	firmware      = "38.14"
	sessionLife   = 15 * time.Minute
	maxKeys       = 10
)

// Device is one machine.
type Device struct {
	cfg Config

	mu       sync.Mutex
	addr     string
	srv      *http.Server
	closed   bool
	down     bool
	restarts int
	viol     []string

	keys    []*key
	nextKey int
	pending bindings // what the pages show
	active  bindings // in effect since the last restart
	dirty   bool     // a change waits for a restart
	jobs    map[string]*genJob
	nextJob int
	sets    map[string]map[string]string // stored settings by page
	peers   []*peerCert

	sessions  map[string]*session
	offered   map[string]bool
	logins    map[string]*loginPage
	wrong     int // wrong passwords since the last success
	wrongEver int
	lockedTil time.Time
}

// bindings are the numbers of the keys each function uses, 0 for none.
type bindings struct {
	tls, dot1x, sip int
	ipsec           [2]int
}

// New makes a device that is switched off.
func New(cfg Config) *Device {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.RestartTime == 0 {
		cfg.RestartTime = 700 * time.Millisecond
	}
	d := &Device{cfg: cfg, jobs: map[string]*genJob{}, offered: map[string]bool{}, sessions: map[string]*session{}, logins: map[string]*loginPage{}}
	d.factory()
	return d
}

func (d *Device) now() time.Time { return d.cfg.Now() }

// Start switches the device on.
func (d *Device) Start() error {
	l, err := devicetest.ListenFree()
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.addr = l.Addr().String()
	d.serve(l)
	return nil
}

func (d *Device) serve(l net.Listener) {
	k := d.key(d.active.tls)
	cert := tls.Certificate{Certificate: [][]byte{k.cert}, PrivateKey: k.priv}
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}
	d.srv = &http.Server{
		Handler:      http.HandlerFunc(d.serveHTTP),
		IdleTimeout:  30 * time.Second,
		ErrorLog:     log.New(io.Discard, "", 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	go d.srv.Serve(tls.NewListener(l, conf))
}

// restart switches the device off and on again; d.mu is held.
func (d *Device) restart() {
	d.down = true
	srv := d.srv
	go func() {
		time.Sleep(60 * time.Millisecond) // the last page still gets out
		srv.Close()
		time.Sleep(d.cfg.RestartTime)
		for range 200 {
			d.mu.Lock()
			if d.closed {
				d.mu.Unlock()
				return
			}
			l, err := net.Listen("tcp", d.addr)
			if err == nil {
				d.active, d.dirty, d.down = d.pending, false, false
				d.sessions, d.logins, d.jobs = map[string]*session{}, map[string]*loginPage{}, map[string]*genJob{}
				d.restarts++
				d.serve(l)
				d.mu.Unlock()
				return
			}
			d.mu.Unlock()
			time.Sleep(50 * time.Millisecond)
		}
	}()
}

// URL is the address a person types.
func (d *Device) URL() string { return "https://" + d.TLSAddr() + "/" }

// TLSAddr is the host and port of the TLS server.
func (d *Device) TLSAddr() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.addr
}

// Credentials returns the administrator's.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPassword}
}

// Keys lists the key store.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var ks []KeyState
	for _, k := range d.keys {
		ks = append(ks, KeyState{Name: k.name, Algorithm: k.algorithm(), Weak: k.weak(), Uses: d.uses(k, d.active), HasCertificate: k.cert != nil, Certificate: k.cert})
	}
	return ks
}

// Violations tells what a client did that no person with a browser would have done.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.viol...)
}

func (d *Device) violate(format string, a ...any) { d.viol = append(d.viol, fmt.Sprintf(format, a...)) }

// OpenSessions counts the sessions logged in, not logged out and not expired.
func (d *Device) OpenSessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.openSessions()
}

func (d *Device) openSessions() int {
	n := 0
	for id, s := range d.sessions {
		if d.now().Sub(s.last) > sessionLife {
			delete(d.sessions, id)
		} else {
			n++
		}
	}
	return n
}

// Restarts counts the restarts since Start.
func (d *Device) Restarts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.restarts
}

// Close switches the device off.
func (d *Device) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.srv != nil {
		d.srv.Close()
	}
}

func (d *Device) key(no int) *key {
	for _, k := range d.keys {
		if k.no == no {
			return k
		}
	}
	return nil
}

func (d *Device) uses(k *key, b bindings) []string {
	var u []string
	if b.tls == k.no {
		u = append(u, "TLS")
	}
	if b.dot1x == k.no {
		u = append(u, "IEEE 802.1X")
	}
	if b.ipsec[0] == k.no || b.ipsec[1] == k.no {
		u = append(u, "IPSec")
	}
	if b.sip == k.no {
		u = append(u, "SIP")
	}
	if k.kind == kindDevSig {
		u = append(u, "Device Signature")
	}
	return u
}

// inUse says whether a function uses the key now or will after the restart.
func (d *Device) inUse(k *key) bool {
	return len(d.uses(k, d.active))+len(d.uses(k, d.pending)) > 0
}

// useText is the text of the list's column.
func (d *Device) useText(k *key) string {
	if k.kind == kindAMS {
		return "Access Control"
	}
	u := d.uses(k, d.pending)
	for _, a := range d.uses(k, d.active) {
		if !strings.Contains(strings.Join(u, ","), a) {
			u = append(u, a)
		}
	}
	if len(u) == 0 {
		return ""
	}
	return "[" + strings.Join(u, "] [") + "]"
}

func (d *Device) addKey(k *key) error {
	for _, o := range d.keys {
		if o.name == k.name {
			//lint:ignore ST1005 the page shows it
			return errors.New("The specified key name is already in use.")
		}
	}
	if len(d.keys) >= maxKeys {
		//lint:ignore ST1005 the page shows it
		return errors.New("The number of keys that can be registered has reached the limit. Delete unnecessary keys, and then try again.")
	}
	d.nextKey++
	k.no = d.nextKey
	d.keys = append(d.keys, k)
	return nil
}
