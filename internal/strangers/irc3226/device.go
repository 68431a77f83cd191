// Package irc3226 is a stand-in for the Remote UI of one office machine of the
// imageRUNNER C3226 class: the "portal_top" UI of the small models, in Japanese.
package irc3226

import (
	"crypto/tls"
	"errors"
	"maps"
	"reflect"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/weaktest"
)

const (
	model      = "iR C3226"
	product    = "iR C3226"
	controller = "03.05"
	adminID    = "7700321"
	adminPIN   = "4815162"
	maxKeys    = 8
	lifetime   = 15 * time.Minute
)

// Config sets what a test may choose.
type Config = devicetest.Config

// Credentials are what an administrator types at the login page.
type Credentials = devicetest.Credentials

// settings is everything that a restart brings into effect.
type settings struct {
	keys   map[string]int // function -> key number
	values map[string]map[string]string
}

func (c settings) clone() settings {
	n := settings{maps.Clone(c.keys), map[string]map[string]string{}}
	for k, v := range c.values {
		n.values[k] = maps.Clone(v)
	}
	return n
}

// Device is one machine.
type Device struct {
	devicetest.Base
	cfg Config

	store      []*key
	nextNo     int
	cur, next  settings
	sessions   map[string]*session
	login      *form
	issued     map[string]bool // session ids and tokens ever given out
	offered    map[string]bool // addresses ever shown
	wrong      int
	wrongEver  int
	lockedTill time.Time
	job        *genJob
}

// New makes a device with its keys; it does not listen yet.
func New(c Config) *Device {
	c = c.OrDefault()
	d := &Device{cfg: c, sessions: map[string]*session{}, nextNo: 1, issued: map[string]bool{}, offered: map[string]bool{}}
	d.factoryKeys()
	d.cur = settings{
		keys: map[string]int{"TLS": 2, "IEEE 802.1X": 3, "IPSec1": 4},
		values: map[string]map[string]string{
			"tls": {"i5101": "3", "i5102": "2", "i5103": "1", "i5104": "1", "i5105": "0"},
			"dot1x": {"i5201": "1", "i5202": "irc3226-3f", "i5203": "1", "i5204": "1", "i5205": "radius01.example.co.jp",
				"i5206": "1", "i5207": "0", "i5208": "1", "i5209": "0", "i5210": "1", "i5211": ""},
			"ike1": {"i5401": "1", "i5402": "480", "i5403": "1", "i5404": "2"},
			"ike2": {"i5401": "2", "i5402": "240", "i5403": "1", "i5404": "1"},
		},
	}
	d.next = d.cur.clone()
	d.loginForm("")
	return d
}

// Start switches the machine on.
func (d *Device) Start() error { defer d.Lock()(); return d.listen() }

func (d *Device) listen() error {
	k := d.key(d.cur.keys["TLS"])
	if k == nil || k.cert == nil {
		return errors.New("no key for TLS")
	}
	return d.Listen(d, &tls.Config{
		MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert}, PrivateKey: weaktest.Signer(k.priv)}},
	})
}

// restart takes the machine down and brings it back with what was chosen.
func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 150 * time.Millisecond, Down: d.cfg.RestartTime,
		Back: func() {
			d.cur = d.next.clone()
			clear(d.sessions)
		},
		Listen: d.listen,
	})
}

func (d *Device) pending() bool { return !reflect.DeepEqual(d.cur, d.next) }

// Credentials of the administrator.
func (d *Device) Credentials() Credentials {
	return Credentials{DepartmentID: adminID, Password: adminPIN}
}

// OpenSessions counts those logged in and not logged out.
func (d *Device) OpenSessions() int {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	d.expire()
	return len(d.sessions)
}
