// Package adv8595iii is a stand-in for the Remote UI of an iR-ADV 8595 III with
// a firmware of early 2020, in English, written from published facts alone.
package adv8595iii

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Config sets the device's surroundings.
type Config = devicetest.Config

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
	devicetest.Base

	cfg Config

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
	cfg = cfg.OrDefault()
	d := &Device{cfg: cfg, jobs: map[string]*genJob{}, offered: map[string]bool{}, sessions: map[string]*session{}, logins: map[string]*loginPage{}}
	d.factory()
	return d
}

func (d *Device) now() time.Time { return d.cfg.Now() }

// Start listens on a free port of 127.0.0.1.
func (d *Device) Start() error { defer d.Lock()(); return d.listen() }

func (d *Device) listen() error {
	k := d.key(d.active.tls)
	return d.Listen(http.HandlerFunc(d.serveHTTP), devicetest.TLS12(k.cert, k.priv))
}

func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 60 * time.Millisecond, Down: d.cfg.RestartTime, Listen: d.listen,
		Back: func() {
			d.active, d.dirty = d.pending, false
			d.sessions, d.logins, d.jobs = map[string]*session{}, map[string]*loginPage{}, map[string]*genJob{}
		},
	})
}

// Credentials returns the administrator's.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPassword}
}

// Keys lists the key store.
func (d *Device) Keys() []KeyState {
	defer d.Lock()()
	var ks []KeyState
	for _, k := range d.keys {
		ks = append(ks, KeyState{Name: k.name, Algorithm: devicetest.Algorithm(k.priv), Weak: devicetest.Weak(k.priv), Uses: d.uses(k, d.active), HasCertificate: k.cert != nil, Certificate: k.cert})
	}
	return ks
}

// OpenSessions counts the sessions logged in, not logged out and not expired.
func (d *Device) OpenSessions() int {
	defer d.Lock()()
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
