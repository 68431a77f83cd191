// Package adv4535 is a stand-in for the Remote UI (Japanese) of an iR-ADV 4535 of 2017, firmware of 2022.
package adv4535

import (
	"maps"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	model       = "iR-ADV 4535"
	controller  = "68.12"
	maxKeys     = 10
	sessionLife = 15 * time.Minute
	lockTime    = 10 * time.Minute
	adminName   = "Administrator"
	adminPass   = "Kanri#4535"
)

// Config says how the device keeps time.
type Config = devicetest.Config

// Credentials are what an administrator types; one of the first two is empty.
type Credentials = devicetest.Credentials

// KeyState is one key of the key store.
type KeyState = devicetest.KeyState

// settings holds every page's fields by page and field name.
type settings map[string]map[string]string

func (s settings) clone() settings {
	n := settings{}
	for k, v := range s {
		n[k] = maps.Clone(v)
	}
	return n
}

// Device is one machine on the network.
type Device struct {
	devicetest.Base

	cfg Config
	err error

	keys           []*key
	nextID         int
	stored, active settings
	pending        bool
	smime          []*mailCert
	sessions       map[string]*session
	jobs           map[string]*job

	offered    map[string]bool
	forms      map[string]*form
	loginShown bool
	wrong      int
	wrongEver  int
	lockedAt   time.Time
}

// New makes the device as it left the factory and its first administrator.
func New(c Config) *Device {
	c = c.OrDefault()
	d := &Device{cfg: c, sessions: map[string]*session{}, jobs: map[string]*job{}, offered: map[string]bool{}, forms: map[string]*form{}}
	ids, err := d.factoryKeys()
	d.err = err
	d.stored = settings{
		"tls": {"KeyID": ids["TLS"], "MaxVer": "1.2", "MinVer": "1.0", "AlgAES": "1", "AlgDES": "", "AlgGCM": "1", "AlgECDHE": "1", "AlgRSA": "1"},
		"x1": {"Use8021X": "1", "LoginName": "mfp-4f-east", "VerCert": "1", "VerName": "1", "AuthName": "radius1.example.co.jp", "UseTLS": "1",
			"KeyID": ids["8021X"], "UseTTLS": "", "TTLSProt": "0", "UsePEAP": "", "SameName": "1", "PeapName": "", "PeapPass": ""},
		"pol1": {"PolName": "Honsha-Kaikei", "PolUse": "1"},
		"pol2": {"PolName": "Souko-Server", "PolUse": "1"},
		"ike1": {"IkeMode": "0", "IkeTime": "480", "AuthType": "1", "PSK": "", "KeyID": ids["IPSec"], "AlgMode": "1", "SHA1": "1", "SHA2": "1", "Enc3DES": "", "EncAES": "1", "DHGroup": "14"},
		"ike2": {"IkeMode": "0", "IkeTime": "480", "AuthType": "0", "PSK": "souko2017", "KeyID": "", "AlgMode": "0", "SHA1": "1", "SHA2": "", "Enc3DES": "1", "EncAES": "1", "DHGroup": "2"},
		"sip": {"T38Trans": "0", "T38Media": "0", "T38Port": "49152", "RTPPort": "5004", "IntraUse": "1", "IntraTLS": "1", "IntraAuto": "", "UserURI": "fax4535@example.co.jp", "RegServer": "sip.example.co.jp",
			"RegTime": "3600", "NGNUse": "", "KeyID": ids["SIP"], "ReqClient": "", "VerServer": "1", "AddCN": ""},
		"smime": {"EncMode": "2", "AddSign": "", "EncAlg": "AES256", "SignAlg": "SHA256", "VerRecv": "1", "PrintSign": "0"},
		"ams":   {"UseAMS": "1"},
	}
	d.active = d.stored.clone()
	return d
}

// Start begins to serve on a free port of 127.0.0.1.
func (d *Device) Start() error {
	defer d.Lock()()
	if d.err != nil {
		return d.err
	}
	return d.listen()
}

func (d *Device) listen() error {
	k := d.keyByID(d.active["tls"]["KeyID"])
	if k == nil {
		k = d.keys[0]
	}
	return d.Listen(d, devicetest.TLS12(k.cert, k.priv))
}

func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 250 * time.Millisecond, Down: d.cfg.RestartTime, Listen: d.listen,
		Gone: func() {
			d.sessions, d.jobs = map[string]*session{}, map[string]*job{}
			d.active, d.pending = d.stored.clone(), false
		},
	})
}

// Credentials are the administrator's.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPass}
}

// Keys lists the key store.
func (d *Device) Keys() []KeyState {
	defer d.Lock()()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Algorithm: devicetest.Algorithm(k.priv), Weak: k.weak, Uses: d.uses(k), HasCertificate: k.cert != nil, Certificate: k.cert})
	}
	return out
}

// OpenSessions counts who is logged in.
func (d *Device) OpenSessions() int {
	defer d.Lock()()
	return d.openSessions()
}

func (d *Device) openSessions() (n int) {
	for _, s := range d.sessions {
		if d.cfg.Now().Sub(s.last) < sessionLife {
			n++
		}
	}
	return n
}

func (d *Device) keyByID(id string) *key {
	for _, k := range d.keys {
		if k.id == id {
			return k
		}
	}
	return nil
}

// usesIn tells the functions that use a key under some settings.
func usesIn(s settings, k *key) (out []string) {
	if k.kind == kindDevSig {
		return []string{"Device Signature"}
	}
	if s["tls"]["KeyID"] == k.id {
		out = append(out, "TLS")
	}
	if x := s["x1"]; x["KeyID"] == k.id && x["Use8021X"] == "1" && x["UseTLS"] == "1" {
		out = append(out, "IEEE 802.1X")
	}
	for _, i := range []string{"1", "2"} {
		if p := s["ike"+i]; p["KeyID"] == k.id && p["AuthType"] == "1" && !slices.Contains(out, "IPSec") {
			out = append(out, "IPSec")
		}
	}
	if p := s["sip"]; p["KeyID"] == k.id && p["IntraTLS"] == "1" {
		out = append(out, "SIP")
	}
	return out
}

func (d *Device) uses(k *key) []string { return usesIn(d.active, k) }

// bound tells whether any setting, now or after the restart, names the key.
func (d *Device) bound(k *key) bool {
	for _, s := range []settings{d.active, d.stored} {
		for _, m := range s {
			if m["KeyID"] == k.id {
				return true
			}
		}
	}
	return false
}
