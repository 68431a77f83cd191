// Package c7580 stands in for the Remote UI of an iR-ADV C7580 with firmware
// above the flaw's range, invented from published facts.
package c7580

import (
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
type Config = devicetest.Config

// Credentials are what an administrator types.
type Credentials = devicetest.Credentials

// KeyState is one key as it really is.
type KeyState = devicetest.KeyState

// Device is one stand-in.
type Device struct {
	devicetest.Base

	now      func() time.Time
	restart  time.Duration
	keys     []*key
	nextID   int
	job      *genJob
	set, eff *settings
	smime    []*peerCert
	changed  bool // settings wait for a restart

	sessions map[string]*session
	logins   map[string]*loginPage
	offered  map[string]bool
	wrong    int
	fails    int
}

// New makes a device with its factory and office keys.
func New(c Config) *Device {
	c = c.OrDefault()
	d := &Device{now: c.Now, restart: c.RestartTime, sessions: map[string]*session{}, logins: map[string]*loginPage{}, offered: map[string]bool{}}
	for _, u := range []string{"/", "/rps/", "/rps", "/login"} {
		d.offered[u+"|"] = true
	}
	d.firstKeys()
	d.eff = d.set.clone()
	return d
}

// Start listens on a free port of 127.0.0.1.
func (d *Device) Start() error {
	defer d.Lock()()
	return d.listen()
}

func (d *Device) listen() error {
	k := d.key(d.eff.tls["key"])
	if k == nil || k.cert == nil {
		k = d.keys[0]
	}
	return d.Listen(d, devicetest.TLS12(k.cert.Raw, k.priv, "http/1.1"))
}

// beginRestart lets the answer leave, then takes the service away.
func (d *Device) beginRestart() {
	if d.Away {
		return
	}
	d.sessions, d.logins, d.job = map[string]*session{}, map[string]*loginPage{}, nil
	d.Restart(devicetest.Restart{
		Answer: 250 * time.Millisecond, Down: d.restart, Listen: d.listen,
		Back: func() { d.eff, d.changed = d.set.clone(), false },
	})
}

// Credentials of the administrator.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPassword}
}

// Keys tells the key store as it is.
func (d *Device) Keys() []KeyState {
	defer d.Lock()()
	var out []KeyState
	for _, k := range d.keys {
		s := KeyState{Name: k.name, Algorithm: devicetest.Algorithm(k.priv), Weak: k.weak, Uses: d.eff.uses(k)}
		if k.cert != nil {
			s.HasCertificate, s.Certificate = true, k.cert.Raw
		}
		out = append(out, s)
	}
	return out
}

// OpenSessions counts those logged in and neither logged out nor expired.
func (d *Device) OpenSessions() int {
	defer d.Lock()()
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
