// Package dx8795 is a stand-in for the Remote UI of an imageRUNNER ADVANCE DX
// 8795 with fax option (IP fax), as firmware of the 2020-2021 line shows it.
package dx8795

import (
	"crypto/tls"
	"net/http"
	"reflect"
	"slices"
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
type Config = devicetest.Config

// Credentials are what an administrator types at the login page.
type Credentials = devicetest.Credentials

// KeyState is one key of the store.
type KeyState = devicetest.KeyState

// Device is one machine.
type Device struct {
	devicetest.Base
	cfg Config

	keys    []*key
	nextID  int
	cur     settings // in effect
	set     settings // as stored; in effect after the restart
	plain   plainSettings
	smime   []*smimeCert
	updated time.Time
	jobs    map[int]*job
	nextJob int

	sessions   map[string]*session
	anon       map[string]bool // addresses offered to anybody, ever
	challenges map[string]*challenge
	loginKey   *loginKey
	fails      int
	lockedTill time.Time
}

// New makes a device that is switched off.
func New(cfg Config) *Device {
	cfg = cfg.OrDefault()
	d := &Device{
		cfg: cfg, jobs: map[int]*job{}, sessions: map[string]*session{},
		anon: map[string]bool{}, challenges: map[string]*challenge{},
	}
	d.factory()
	d.updated = cfg.Now().Add(-41 * 24 * time.Hour)
	return d
}

// Start switches the device on.
func (d *Device) Start() error { defer d.Lock()(); return d.listen() }

func (d *Device) listen() error {
	k := d.key(d.cur.TLSKey)
	d.newLoginKey()
	return d.Listen(http.HandlerFunc(d.serve), &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert}, PrivateKey: weaktest.Signer(k.priv)}},
		MinVersion:   tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
	})
}

// restart is called with the lock held; the machine goes down after the answer.
func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 60 * time.Millisecond, Down: d.cfg.RestartTime,
		Gone: func() {
			d.sessions = map[string]*session{}
			d.challenges = map[string]*challenge{}
		},
		Back:   func() { d.cur = d.set.clone() },
		Listen: d.listen,
	})
}

// Credentials are the administrator's.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPassword}
}

// Keys lists the key store.
func (d *Device) Keys() []KeyState {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Algorithm: k.alg, Weak: k.weak, Uses: d.uses(k, d.cur), HasCertificate: k.cert != nil, Certificate: slices.Clone(k.cert)})
	}
	return out
}

// OpenSessions counts sessions logged in and not logged out.
func (d *Device) OpenSessions() int {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	d.expire()
	return len(d.sessions)
}

func (d *Device) now() time.Time { return d.cfg.Now() }

// dirty tells whether something waits for a restart.
func (d *Device) dirty() bool { return !reflect.DeepEqual(d.cur, d.set) }

func (d *Device) changed() { d.updated = d.now() }
