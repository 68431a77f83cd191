// Package ipc165 is a stand-in for the Remote UI of an imagePRESS C165:
// a production printer of the "rps" kind with a third-party login service,
// wizard-like dialogues and a key list in pages of eight rows.
package ipc165

import (
	"crypto/rsa"
	"crypto/tls"
	"net/http"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/weaktest"
)

const (
	modelName    = "imagePRESS C165"
	controller   = "38.11"
	adminName    = "Administrator"
	adminPass    = "Prepress#4471"
	maxKeys      = 16
	maxSessions  = 32
	sessionLife  = 15 * time.Minute
	lockTime     = 30 * time.Minute
	rowsPerPage  = 8
	generateTime = 900 * time.Millisecond
)

// Config sets the device's clock and the length of a restart.
type Config = devicetest.Config

// Credentials are what an administrator types at the login page.
type Credentials = devicetest.Credentials

// KeyState is one key of the store.
type KeyState = devicetest.KeyState

// Device is one printer.
type Device struct {
	devicetest.Base
	cfg Config

	keys   []*key
	nextID int
	store  settings // what the pages show and save
	active bindings // what is in effect since the last restart

	sessions   map[string]*session
	offers     map[string]bool
	wrong      int // wrong passwords in a row
	wrongAll   int
	lockedTill time.Time
	smime      []smimeCert
	generating *generation
}

// bindings are the keys (by id) of the functions.
type bindings struct {
	tls, dot1x int
	ipsec      []int
}

// New makes a device that is switched off.
func New(cfg Config) *Device {
	cfg = cfg.OrDefault()
	return &Device{cfg: cfg, nextID: 1, sessions: map[string]*session{}, offers: map[string]bool{}}
}

// Start makes the factory and site keys and begins to listen.
func (d *Device) Start() error {
	defer d.Lock()()
	if err := d.install(); err != nil {
		return err
	}
	return d.listen()
}

func (d *Device) listen() error {
	var cert tls.Certificate
	if k := d.key(d.active.tls); k != nil {
		cert = tls.Certificate{Certificate: [][]byte{k.cert}, PrivateKey: weaktest.Signer(k.signer)}
	}
	return d.Listen(http.HandlerFunc(d.serve), &tls.Config{
		Certificates: []tls.Certificate{cert},
		MinVersion:   tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
	})
}

// reboot takes the device away for a while and brings it back with the
// chosen keys in effect.
func (d *Device) reboot() {
	d.Restart(devicetest.Restart{
		Answer: 150 * time.Millisecond, Down: d.cfg.RestartTime,
		Gone:   func() { d.sessions = map[string]*session{} },
		Back:   func() { d.active = d.store.bindings() },
		Listen: d.listen,
	})
}

// Credentials of the administrator.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPass}
}

// Keys lists the key store.
func (d *Device) Keys() []KeyState {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{
			Name: k.name, Algorithm: devicetest.Algorithm(k.signer), Weak: k.weak, Uses: d.uses(k),
			HasCertificate: k.cert != nil, Certificate: slices.Clone(k.cert),
		})
	}
	return out
}

// OpenSessions counts the sessions that are logged in.
func (d *Device) OpenSessions() int {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	d.expire()
	return len(d.sessions)
}

func (d *Device) key(id int) *key {
	for _, k := range d.keys {
		if k.id == id {
			return k
		}
	}
	return nil
}

func (d *Device) keyName(id int) string {
	if k := d.key(id); k != nil {
		return k.name
	}
	return ""
}

// uses are the functions that use a key now.
func (d *Device) uses(k *key) []string {
	u := usesIn(d.active, k.id)
	if k.kind == kindSign {
		u = append(u, "Device Signature")
	}
	return u
}

func usesIn(b bindings, id int) []string {
	var u []string
	if b.tls == id {
		u = append(u, "TLS")
	}
	if b.dot1x == id {
		u = append(u, "IEEE 802.1X")
	}
	if slices.Contains(b.ipsec, id) {
		u = append(u, "IPSec")
	}
	return u
}

// install makes the keys and settings with which the device was set up.
func (d *Device) install() error {
	var old devicetest.WeakKeys
	add := func(name, kind string, weak bool, subj subject, from, to int) (int, error) {
		var priv *rsa.PrivateKey
		var err error
		if weak {
			priv = old.Next()
		} else {
			priv, err = devicetest.GenerateKey(2048)
		}
		if err != nil {
			return 0, err
		}
		k := &key{id: d.nextID, name: name, kind: kind, signer: priv, weak: weak}
		d.nextID++
		subj.from = time.Date(from, 3, 12, 0, 0, 0, 0, time.UTC)
		subj.to = time.Date(to, 3, 11, 0, 0, 0, 0, time.UTC)
		subj.hashName = "SHA256"
		if err := k.selfSign(subj); err != nil {
			return 0, err
		}
		d.keys = append(d.keys, k)
		return k.id, nil
	}
	site := subject{country: "GB", state: "Kent", city: "Ashford", org: "Stour Press Ltd", unit: "Prepress"}
	named := func(cn string) subject { s := site; s.cn = cn; return s }
	if _, err := add("Default Key", kindDefault, false, subject{cn: "Canon " + modelName, org: "CANON INC."}, 2018, 2038); err != nil {
		return err
	}
	if _, err := add("AMS", kindAMS, false, subject{cn: "Access Management System"}, 2019, 2039); err != nil {
		return err
	}
	if _, err := add("Device Signature Key", kindSign, true, subject{cn: modelName + " Device Signature", org: "CANON INC."}, 2024, 2029); err != nil {
		return err
	}
	var ids []int
	for _, n := range []struct{ name, cn string }{{"PressTLS", "127.0.0.1"}, {"LAN-Port-Auth", "c165-press1"}, {"RIP-Link", "c165-press1.stour.example"}} {
		id, err := add(n.name, kindUser, true, named(n.cn), 2021, 2031)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	d.store = factorySettings(ids[0], ids[1], ids[2])
	d.active = d.store.bindings()
	return nil
}
