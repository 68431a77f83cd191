// Package ir2645 stands in for the Remote UI of an iR2645: an entry A3
// monochrome machine with the page set of the small models, shown in
// Traditional Chinese. It has neither IP fax, S/MIME, Bluetooth nor AMS.
package ir2645

import (
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	product  = "iR2645"
	firmware = "708.0.212"
	maxKeys  = 8 // with the preinstalled ones
	lifetime = 15 * time.Minute
)

// Config tells how the device behaves.
type Config = devicetest.Config

// Credentials are what an administrator types to log in.
type Credentials = devicetest.Credentials

// KeyState is the state of one key of the store.
type KeyState = devicetest.KeyState

// dot1x holds the IEEE 802.1X settings.
type dot1x struct {
	on, verifyCert, verifyName    bool
	login, server                 string
	tls, ttls, peap               bool
	ttlsProto, user, pass, keyRef string
}

// policy is one IPSec policy.
type policy struct {
	no                 int
	name               string
	on                 bool
	mode, minutes      string // mode "0" main, "1" aggressive
	auth               string // "0" pre-shared key, "1" digital signature
	psk, keyRef        string
	local, remote, enc string
}

// settings are the settings that a restart brings into effect.
type settings struct {
	tlsKey   string
	dot1x    dot1x
	policies []policy
}

func (s settings) clone() settings {
	s.policies = slices.Clone(s.policies)
	return s
}

// uses lists what a key is used for under these settings.
func (s settings) uses(name string) []string {
	var u []string
	if s.tlsKey == name {
		u = append(u, "TLS")
	}
	if s.dot1x.tls && s.dot1x.keyRef == name {
		u = append(u, "IEEE 802.1X")
	}
	for _, p := range s.policies {
		if p.auth == "1" && p.keyRef == name {
			u = append(u, "IPSec")
			break
		}
	}
	return u
}

// Device is one running stand-in.
type Device struct {
	devicetest.Base

	cfg Config

	keys       []*key
	nextNo     int
	now_, next settings // in effect; after the restart
	changed    bool     // a setting waits for the restart
	sessions   map[string]*session
	offered    map[string]bool
	wrong      int // wrong passwords in a row
	locked     time.Time
	gen        *generation
	cred       Credentials
}

// generation is a key being made.
type generation struct {
	done   bool
	result string // page to show when done
	err    string
}

// New makes a device; Start starts it.
func New(cfg Config) *Device {
	cfg = cfg.OrDefault()
	return &Device{
		cfg: cfg, sessions: map[string]*session{},
		offered: map[string]bool{"/": true, "/favicon.ico": true, "/login.html": true},
		cred:    Credentials{DepartmentID: "2645001", Password: "7390416"},
	}
}

// Start makes the factory state and listens.
func (d *Device) Start() error {
	y := func(n int) time.Time { return time.Date(n, 4, 1, 0, 0, 0, 0, time.UTC) }
	var weak devicetest.WeakKeys
	type first struct {
		name, cn string
		weak, sg bool
		from, to time.Time
	}
	for _, f := range []first{
		{"Default Key", "Canon Imaging Product", false, false, time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 12, 31, 23, 59, 59, 0, time.UTC)},
		{"Device Signature Key", "iR2645", true, true, y(2021), y(2036)},
		{"mfp2f-web", "192.168.11.45", true, false, y(2021), y(2031)},
		{"dot1x2021", "ir2645.office.example", true, false, y(2021), y(2031)},
		{"ipsec-hq", "192.168.11.45", true, false, y(2022), y(2032)},
	} {
		k := &key{name: f.name, weak: f.weak, devSg: f.sg}
		var err error
		if f.weak {
			k.priv = weak.Next()
		} else {
			k.priv, err = devicetest.NewKey("RSA 2048")
		}
		if err != nil {
			return err
		}
		g := genSpec{hash: "SHA256", start: f.from, end: f.to, cn: f.cn}
		if f.name != "Default Key" {
			g.country, g.org = "TW", "Example Trading"
		}
		if k.cert, err = g.selfSigned(k.priv); err != nil {
			return err
		}
		d.addKey(k)
	}
	d.now_ = settings{
		tlsKey: "mfp2f-web",
		dot1x: dot1x{on: true, verifyCert: true, verifyName: true, login: "mfp2f@office.example",
			server: "radius.office.example", tls: true, ttlsProto: "0", user: "mfp2f", keyRef: "dot1x2021"},
		policies: []policy{
			{no: 1, name: "HQ-VPN", on: true, mode: "0", minutes: "480", auth: "1", keyRef: "ipsec-hq", local: "所有IPv4位址", remote: "192.168.10.0/24", enc: "AES-CBC/AES-GCM"},
			{no: 2, name: "Scan-Server", on: true, mode: "1", minutes: "120", auth: "0", psk: "kd83-wq1x", local: "所有IPv4位址", remote: "192.168.11.9", enc: "自動"},
		},
	}
	d.next = d.now_.clone()
	defer d.Lock()()
	return d.listen()
}

func (d *Device) addKey(k *key) {
	d.nextNo++
	k.no = d.nextNo
	d.keys = append(d.keys, k)
}

func (d *Device) keyByName(n string) *key {
	for _, k := range d.keys {
		if k.name == n {
			return k
		}
	}
	return nil
}

func (d *Device) keyByNo(no string) *key {
	for _, k := range d.keys {
		if fmt.Sprint(k.no) == no {
			return k
		}
	}
	return nil
}

// listen serves TLS with the key in effect.
func (d *Device) listen() error {
	k := d.keyByName(d.now_.tlsKey)
	if k == nil || k.cert == nil {
		k = d.keyByName("Default Key")
	}
	return d.Listen(d, devicetest.TLS12(k.cert, k.priv, "http/1.1"))
}

// restart goes away for a while and comes back with the new settings.
// d.Mu is held.
func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 150 * time.Millisecond, Down: d.cfg.RestartTime, Listen: d.listen,
		Gone: func() {
			d.now_, d.changed, d.gen = d.next.clone(), false, nil
			clear(d.sessions)
		},
	})
}

// Credentials returns what an administrator types.
func (d *Device) Credentials() Credentials { return d.cred }

// Keys lists the key store.
func (d *Device) Keys() []KeyState {
	defer d.Lock()()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Algorithm: devicetest.Algorithm(k.priv), Weak: devicetest.Weak(k.priv),
			Uses: d.usesNow(k), HasCertificate: k.cert != nil, Certificate: slices.Clone(k.cert)})
	}
	return out
}

func (d *Device) usesNow(k *key) []string {
	if k.devSg {
		return []string{"Device Signature"}
	}
	return d.now_.uses(k.name)
}

// OpenSessions counts those logged in and not logged out.
func (d *Device) OpenSessions() int {
	defer d.Lock()()
	d.dropExpired()
	return len(d.sessions)
}
