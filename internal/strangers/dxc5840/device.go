// Package dxc5840 imitates the Remote UI of one iR-ADV DX C5840 of 2021 whose pages are in Traditional Chinese.
package dxc5840

import (
	"crypto"
	"crypto/x509"
	"maps"
	"net/http"
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
type Config = devicetest.Config

// Credentials are what an administrator types; one of the first two is set.
type Credentials = devicetest.Credentials

// KeyState tells about one key in the device.
type KeyState = devicetest.KeyState

// Device is one machine.
type Device struct {
	devicetest.Base

	cfg Config

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
}

// New makes a device with its keys; it does not listen yet.
func New(cfg Config) *Device {
	cfg = cfg.OrDefault()
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
	defer d.Lock()()
	return d.listen()
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

func (d *Device) listen() error {
	k := d.key(d.effect["TLS"])
	return d.Listen(http.HandlerFunc(d.serve), devicetest.TLS12(k.cert, k.priv))
}

func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 250 * time.Millisecond, Down: d.cfg.RestartTime, Listen: d.listen,
		Back: func() {
			maps.Copy(d.effect, d.stored)
			d.dirty = false
			d.sessions, d.forms, d.formOrder = map[string]*session{}, map[string]*form{}, nil
			d.logins = map[string]*challenge{}
		},
	})
}

// Credentials are the administrator's.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: "Administrator", Password: "Ruey+5840&zh=TW%"}
}

// Keys lists all keys.
func (d *Device) Keys() []KeyState {
	defer d.Lock()()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{
			Name: k.name, Algorithm: algorithm(k.pub(), ""), Weak: devicetest.Weak(k.priv), Uses: d.uses(k, d.effect),
			HasCertificate: k.cert != nil, Certificate: append([]byte(nil), k.cert...),
		})
	}
	return out
}

// OpenSessions counts who is logged in and has not logged out.
func (d *Device) OpenSessions() int {
	defer d.Lock()()
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

func (k *key) pub() crypto.PublicKey { return k.priv.Public() }

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
