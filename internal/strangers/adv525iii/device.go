// Package adv525iii is a stand-in for the Remote UI of one office machine, an
// iR-ADV 525 III with fax, in Japanese: its pages, its key store and its TLS.
package adv525iii

import (
	"crypto/tls"
	"maps"
	"net/http"
	"slices"
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
type Config = devicetest.Config

// Credentials are what an administrator types at the login page.
type Credentials = devicetest.Credentials

// KeyState is one key of the store.
type KeyState = devicetest.KeyState

// Device is the machine.
type Device struct {
	devicetest.Base
	cfg Config

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
}

// use is one place that a key is bound to: the key chosen and the one in effect.
type use struct {
	name, label string
	cfg, eff    int
	inUse       func() bool // the function is on and takes a key
}

// New makes a device as it stands after its firmware update.
func New(cfg Config) *Device {
	cfg = cfg.OrDefault()
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

// Start switches the machine on.
func (d *Device) Start() error { defer d.Lock()(); return d.listen() }

func (d *Device) listen() error {
	k := d.key(d.use("TLS").eff)
	return d.Listen(http.HandlerFunc(d.handle), &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert}, PrivateKey: weaktest.Signer(k.priv)}},
		MinVersion:   tls.VersionTLS12, MaxVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	})
}

// restart takes the device away and brings it back with what was chosen.
func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 200 * time.Millisecond, Down: d.cfg.RestartTime,
		Back: func() {
			for _, u := range d.uses {
				u.eff = u.cfg
			}
			d.sessions, d.jobs, d.logins = map[string]*session{}, map[string]*job{}, nil
		},
		Listen: d.listen,
	})
}

// Credentials are the administrator's.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPass}
}

// Keys tells what is in the key store.
func (d *Device) Keys() (out []KeyState) {
	defer d.Lock()()
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Algorithm: k.algo, Weak: k.weak, Uses: d.usesOf(k), HasCertificate: k.cert != nil, Certificate: slices.Clone(k.cert)})
	}
	return out
}

// OpenSessions counts the sessions not logged out nor expired.
func (d *Device) OpenSessions() int { defer d.Lock()(); return d.open() }

func (d *Device) open() int {
	maps.DeleteFunc(d.sessions, func(_ string, s *session) bool { return d.cfg.Now().Sub(s.last) > sessionLife })
	return len(d.sessions)
}
