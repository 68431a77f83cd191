// Package c357 plays the Remote UI of one Canon iR-ADV C357 (2019), pages in English.
package c357

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
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
type Config = devicetest.Config

// Credentials are what an administrator types.
type Credentials = devicetest.Credentials

// KeyState tells one key of the device.
type KeyState = devicetest.KeyState

// Device is the machine.
type Device struct {
	devicetest.Base

	cfg Config

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
	job        *job
}

// New makes a device that is switched off.
func New(cfg Config) *Device {
	cfg = cfg.OrDefault()
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
	defer d.Lock()()
	return d.boot()
}

func (d *Device) boot() error {
	d.effect = d.stored.clone()
	k := d.byID(d.effect.tls)
	if k == nil {
		return errors.New("no key for TLS")
	}
	return d.Listen(http.HandlerFunc(d.serve), devicetest.TLS12(k.der, k.priv, "http/1.1"))
}

// restart is called with the lock held; the answer of the running request is let out first.
func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 150 * time.Millisecond, Down: d.cfg.RestartTime, Listen: d.boot,
		Back: func() {
			d.sessions, d.challenges, d.pk = map[string]*session{}, map[string]*challenge{}, newPageKey()
		},
	})
}

// Credentials are those of the administrator.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPass}
}

// Keys tells all keys as they are in effect now.
func (d *Device) Keys() []KeyState {
	defer d.Lock()()
	var r []KeyState
	for _, k := range d.keys {
		r = append(r, KeyState{
			Name: k.name, Algorithm: k.alg, Weak: k.weak,
			Uses: d.uses(k, d.effect), HasCertificate: k.der != nil, Certificate: slices.Clone(k.der),
		})
	}
	return r
}

// OpenSessions counts those logged in and not logged out.
func (d *Device) OpenSessions() int {
	defer d.Lock()()
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
