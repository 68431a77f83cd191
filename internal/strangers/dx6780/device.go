// Package dx6780 is a stand-in for the Remote UI of an iR-ADV DX 6780 (2020,
// monochrome, no fax), with pages in Japanese.
package dx6780

import (
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// The device's identity.
const (
	modelName  = "iR-ADV DX 6780"
	controller = "31.05"
	serialNo   = "2TX04417"
	maxKeys    = 10
)

// Config sets up a Device.
type Config = devicetest.Config

// Credentials are what an administrator types.
type Credentials = devicetest.Credentials

// KeyState describes one key of the device.
type KeyState = devicetest.KeyState

// bindings says which key (by id, 0: none) each function uses.
type bindings struct {
	TLS, Dot1X int
	IPSec      map[int]int // policy number -> key
}

func (b bindings) clone() bindings {
	c := b
	c.IPSec = map[int]int{}
	for k, v := range b.IPSec {
		c.IPSec[k] = v
	}
	return c
}

// Device is one running machine.
type Device struct {
	devicetest.Base

	cfg Config

	keys       []*key
	nextID     int
	stored     bindings // as chosen
	active     bindings // as in effect since the last restart
	dot1x      dot1xSettings
	policies   []*policy
	tls        tlsSettings
	smime      smimeSettings
	smimeCerts []*smimeCert
	bt         btSettings
	amsOn      bool
	pending    bool // a change waits for a restart
	job        *genJob
	sessions   map[string]*session
	challenges map[string]*challenge
	ever       map[string]bool // addresses offered to any session
	bad        int             // wrong passwords in a row
	locked     bool
	updated    map[string]time.Time
}

// New makes a device with its factory and weak keys.
func New(cfg Config) *Device {
	cfg = cfg.OrDefault()
	d := &Device{cfg: cfg, sessions: map[string]*session{}, challenges: map[string]*challenge{}, ever: map[string]bool{}, updated: map[string]time.Time{}}
	d.setUp()
	return d
}

// Start listens on 127.0.0.1.
func (d *Device) Start() error {
	defer d.Lock()()
	return d.listen()
}

func (d *Device) listen() error {
	k := d.keyByID(d.active.TLS)
	return d.Listen(d, devicetest.TLS12(k.cert, k.priv))
}

// restart takes the machine down and brings it back with the stored settings.
func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 150 * time.Millisecond, Down: d.cfg.RestartTime, Listen: d.listen,
		Gone: func() { d.sessions, d.challenges = map[string]*session{}, map[string]*challenge{} },
		Back: func() { d.active, d.pending, d.job = d.stored.clone(), false, nil },
	})
}

// Credentials are those of the administrator.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: "Administrator", Password: "Soumu-6780kanri"}
}

// Keys lists the key store.
func (d *Device) Keys() []KeyState {
	defer d.Lock()()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Algorithm: devicetest.Algorithm(k.priv), Weak: k.weak, Uses: d.uses(k, d.active),
			HasCertificate: k.cert != nil, Certificate: slices.Clone(k.cert)})
	}
	return out
}

// OpenSessions counts sessions logged in and not logged out.
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

func (d *Device) touch(what string) { d.updated[what] = d.cfg.Now() }
