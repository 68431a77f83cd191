// Package c5560 is a stand-in for the Remote UI of an iR-ADV C5560 (Traditional Chinese, User Authentication).
package c5560

import (
	"crypto/tls"
	"maps"
	"sort"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/weaktest"
)

const (
	model      = "iR-ADV C5560"
	controller = "68.15"
	slots      = 10 // network keys, Default Key and AMS included; the device signature key has a place of its own
	sigNo      = "11"
	sessionAge = 15 * time.Minute
	maxWrong   = 3
)

// Config holds what a test may choose.
type Config = devicetest.Config

// Credentials are what an administrator types at the login page.
type Credentials = devicetest.Credentials

// KeyState is one key of the store.
type KeyState = devicetest.KeyState

type values map[string]string

// Device is one running machine.
type Device struct {
	devicetest.Base
	cfg   Config
	cred  Credentials
	keys  []*key
	conf  map[string]values // as set
	eff   map[string]values // as in effect since the last start
	smime []*peerCert

	pending  bool // a restart is needed
	wrong    int
	failures int
	job      *job
	logins   map[string]*loginPage
	sessions map[string]*session
	stamps   map[string]time.Time
}

// New makes a device with its factory and weak keys.
func New(cfg Config) *Device {
	cfg = cfg.OrDefault()
	d := &Device{cfg: cfg, cred: Credentials{UserName: "Administrator", Password: "Taipei-5560#Adm"},
		logins: map[string]*loginPage{}, sessions: map[string]*session{}, stamps: map[string]time.Time{}}
	d.factoryKeys()
	d.conf = factorySettings()
	d.eff = copyConf(d.conf)
	return d
}

func copyConf(m map[string]values) map[string]values {
	out := map[string]values{}
	for k, v := range m {
		out[k] = maps.Clone(v)
	}
	return out
}

// Start switches the machine on.
func (d *Device) Start() error { defer d.Lock()(); return d.listen() }

func (d *Device) listen() error {
	k := d.key(d.eff["tls"]["KeyNo"])
	if k == nil || k.cert == nil {
		k = d.key("01")
	}
	return d.Listen(d, &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert.Raw}, PrivateKey: weaktest.Signer(k.signer)}}})
}

// restart is called with the lock held, after the answer has been written.
func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 150 * time.Millisecond, Down: d.cfg.RestartTime,
		Gone: func() {
			clear(d.sessions)
			clear(d.logins)
		},
		Back:   func() { d.eff, d.pending = copyConf(d.conf), false },
		Listen: d.listen,
	})
}

// Credentials are the administrator's.
func (d *Device) Credentials() Credentials { return d.cred }

// Keys tells the state of every key.
func (d *Device) Keys() []KeyState {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		s := KeyState{Name: k.name, Algorithm: k.alg, Weak: k.weak, Uses: d.uses(k, d.eff), HasCertificate: k.cert != nil}
		if k.cert != nil {
			s.Certificate = append([]byte(nil), k.cert.Raw...)
		}
		out = append(out, s)
	}
	return out
}

// OpenSessions counts who is logged in.
func (d *Device) OpenSessions() int {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	d.expire()
	return len(d.sessions)
}

func (d *Device) key(no string) *key {
	for _, k := range d.keys {
		if k.no == no {
			return k
		}
	}
	return nil
}

func (d *Device) sortKeys() {
	sort.Slice(d.keys, func(i, j int) bool { return d.keys[i].no < d.keys[j].no })
}

// uses tells the functions that need the key under the given settings.
func (d *Device) uses(k *key, c map[string]values) []string {
	var u []string
	if c["tls"]["KeyNo"] == k.no {
		u = append(u, "TLS")
	}
	if v := c["dot1x"]; v["KeyNo"] == k.no && v["Use"] == "1" && v["UseTls"] == "1" {
		u = append(u, "IEEE 802.1X")
	}
	for _, p := range policies {
		if v := c["ike"+p]; v["KeyNo"] == k.no && v["AuthMethod"] == "1" {
			u = append(u, "IPSec")
			break
		}
	}
	if c["sip"]["KeyNo"] == k.no && c["sip"]["UseTls"] == "1" {
		u = append(u, "SIP")
	}
	if k.no == sigNo {
		u = append(u, "Device Signature")
	}
	return u
}

// bound: the key is named by a setting, now or after the restart, or is the machine's own.
func (d *Device) bound(k *key) bool {
	for _, c := range []map[string]values{d.conf, d.eff} {
		for _, v := range c {
			if v["KeyNo"] == k.no {
				return true
			}
		}
	}
	return false
}
