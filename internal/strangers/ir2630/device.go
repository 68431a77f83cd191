// Package ir2630 is a stand-in for the Remote UI of one iR2630 (2020): the small
// "portal_top.html" kind of web page, written from published facts alone.
package ir2630

import (
	"crypto/tls"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/weaktest"
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
type Config = devicetest.Config

// Credentials are a System Manager ID and its PIN.
type Credentials = devicetest.Credentials

// KeyState is what the device knows of one key.
type KeyState = devicetest.KeyState

// Device is one running machine.
type Device struct {
	devicetest.Base

	now     func() time.Time
	restart time.Duration

	keys       [slots + 1]*key // by slot number, from 1
	cfg, run   settings        // stored, and in effect since the last start
	gen        *genJob
	sessions   map[string]*session
	offered    map[string]bool
	loginForms []formSpec
	wrong      int
	wrongEver  int
	lockUntil  time.Time
	booted     time.Time
}

// New makes a machine with its keys; it does not listen yet.
func New(c Config) *Device {
	c = c.OrDefault()
	d := &Device{now: c.Now, restart: c.RestartTime, sessions: map[string]*session{}}
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
func (d *Device) Start() error { defer d.Lock()(); return d.listen() }

func (d *Device) listen() error {
	return d.Listen(d, &tls.Config{
		MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			defer d.Lock()()
			k := d.keys[d.run.tlsKey]
			return &tls.Certificate{Certificate: [][]byte{k.der}, PrivateKey: weaktest.Signer(k.priv)}, nil
		},
	})
}

// reboot lets the answer go out, stops listening, puts the stored settings into effect and listens again.
func (d *Device) reboot() {
	d.Restart(devicetest.Restart{
		Answer: 150 * time.Millisecond, Down: d.restart, Listen: d.listen,
		Gone: func() { d.sessions, d.run = map[string]*session{}, d.cfg },
		Back: func() { d.booted = d.now() },
	})
}

// Credentials of the system manager.
func (d *Device) Credentials() Credentials {
	return Credentials{DepartmentID: "2630001", Password: "7390241"}
}

// Keys lists the key store in slot order.
func (d *Device) Keys() []KeyState {
	defer d.Lock()()
	var out []KeyState
	for n, k := range d.keys {
		if k != nil {
			out = append(out, KeyState{Name: k.name, Algorithm: devicetest.Algorithm(k.priv), Weak: k.weak, Uses: d.uses(d.run, n), HasCertificate: k.der != nil, Certificate: append([]byte(nil), k.der...)})
		}
	}
	return out
}

// OpenSessions counts sessions logged in, not logged out and not expired.
func (d *Device) OpenSessions() int {
	defer d.Lock()()
	n := 0
	for _, s := range d.sessions {
		if !d.expired(s) {
			n++
		}
	}
	return n
}
