// Package ir2425 is a stand-in for the Remote UI of an imageRUNNER 2425: the
// small-MF kind of web page that was shipped in 2018 and 2019.
package ir2425

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509/pkix"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/weaktest"
)

const (
	model, slots          = "iR2425", 8
	managerID, managerPIN = "2425001", "7390184"
	idle, lockTime        = 15 * time.Minute, 10 * time.Minute
)

// Config sets the device up.
type Config = devicetest.Config

// Credentials are what an administrator types at the login page.
type Credentials = devicetest.Credentials

// KeyState is one key of the store.
type KeyState = devicetest.KeyState

// dot1x holds the IEEE 802.1X settings.
type dot1x struct {
	On, VerifyCert, VerifyName, TLS, TTLS, PAP, PEAP bool
	Login, Server, User, Password                    string
	Key                                              *key
}

// ike holds the IKE settings of one IPSec policy.
type ike struct {
	Aggressive, Sign            bool
	Minutes, PSK, Auth, Enc, DH string
	Key                         *key
}

// settings are all that a restart brings into effect; comparable.
type settings struct {
	TLS      *key
	X        dot1x
	Policies [2]ike
}

// noKey stands for a setting without a key.
var noKey = &key{}

var policyNames = [2]string{"Headquarters", "Backup-Server"}

// Device is one machine.
type Device struct {
	devicetest.Base
	cfg                Config
	store              [slots]*key
	eff, stored        settings // in effect; after the restart
	wrong, refused     int
	bucket             float64
	filled, lockedTill time.Time
	sessions           map[string]*session
	offered            map[string]bool
	job                *job
}

// New makes a machine with its keys.
func New(cfg Config) *Device {
	cfg = cfg.OrDefault()
	d := &Device{cfg: cfg, sessions: map[string]*session{}, bucket: bucketSize, filled: time.Now(),
		offered: map[string]bool{"/": true, "/login.html": true, "/portal_top.html": true}}
	d.factoryKeys()
	t, x, i := d.store[1], d.store[2], d.store[3]
	d.stored = settings{
		TLS: t,
		X:   dot1x{On: true, VerifyCert: true, TLS: true, Login: "ir2425-3f", Server: "radius.example.com", User: "mfp", Password: "Ky-4471", VerifyName: true, Key: x},
		Policies: [2]ike{
			{Sign: true, Minutes: "480", Auth: "SHA1", Enc: "AES-CBC", DH: "Group14(2048)", Key: i},
			{Key: noKey, Minutes: "480", PSK: "bk-88-sec", Auth: "SHA1", Enc: "3DES-CBC", DH: "Group2(1024)"},
		},
	}
	d.eff = d.stored
	return d
}

// Start switches the machine on.
func (d *Device) Start() error { defer d.Lock()(); return d.listen() }

func (d *Device) listen() error {
	k := d.eff.TLS
	return d.Listen(http.HandlerFunc(d.serve), &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert}, PrivateKey: weaktest.Signer(k.signer)}}})
}

// restart takes the machine away for a while; d.Mu is held by the caller.
func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 250 * time.Millisecond, Down: d.cfg.RestartTime, // the answer goes out first
		Back: func() {
			d.sessions = map[string]*session{}
			d.eff = d.stored
			d.wrong, d.lockedTill, d.job = 0, time.Time{}, nil
		},
		Listen: d.listen,
	})
}

// Credentials returns the System Manager ID and PIN.
func (d *Device) Credentials() Credentials {
	return Credentials{DepartmentID: managerID, Password: managerPIN}
}

// OpenSessions counts sessions that are neither logged out nor expired.
func (d *Device) OpenSessions() int { defer d.Lock()(); return d.open() }

func (d *Device) open() int {
	maps.DeleteFunc(d.sessions, func(_ string, s *session) bool { return d.cfg.Now().Sub(s.last) > idle })
	return len(d.sessions)
}

// Keys returns the store's keys with their uses as in effect now.
func (d *Device) Keys() []KeyState {
	defer d.Lock()()
	var out []KeyState
	for _, k := range d.store {
		if k != nil {
			out = append(out, KeyState{Name: k.name, Algorithm: k.alg, Weak: k.weak, Uses: uses(k, &d.eff), HasCertificate: k.cert != nil, Certificate: bytes.Clone(k.cert)})
		}
	}
	return out
}

// uses lists what a key serves for under the given settings.
func uses(k *key, s *settings) []string {
	var out []string
	for i, on := range []bool{s.TLS == k, s.X.Key == k, s.Policies[0].Key == k || s.Policies[1].Key == k, k.devsig} {
		if on {
			out = append(out, []string{"TLS", "IEEE 802.1X", "IPSec", "Device Signature"}[i])
		}
	}
	return out
}

// usable tells whether a key may be chosen for communication.
func usable(k *key) bool { return k != nil && k.cert != nil && !k.devsig }

// slot finds the key by the number that the pages use.
func (d *Device) slot(no string) *key {
	if n, err := strconv.Atoi(no); err == nil && n >= 1 && n <= slots {
		return d.store[n-1]
	}
	return nil
}

// key is one entry of the key store.
type key struct {
	name, alg           string
	signer              crypto.Signer
	weak, fixed, devsig bool
	cert, csr           []byte // DER
}

// job is a key generation that is going on.
type job struct {
	done bool
	err  string
	next string // page shown afterwards
}

// order is what the key generation page asks for.
type order struct {
	name, hash, alg string
	subject         pkix.Name
	from, to        time.Time
	csr, devsig     bool
}

func (d *Device) factoryKeys() {
	var weak devicetest.WeakKeys
	def := devicetest.Strong(2048)
	d.store[0] = &key{name: "Default Key", alg: "RSA 2048", signer: def, fixed: true}
	for i, n := range []string{"rui-tls", "dot1x", "vpnkey", "Device Signature Key"} {
		d.store[1+i] = &key{name: n, alg: "RSA 2048", signer: weak.Next(), weak: true, devsig: i == 3, fixed: i == 3}
	}
	made := d.cfg.Now().UTC().AddDate(-4, -1, -3).Truncate(24 * time.Hour)
	for i, cn := range []string{"Canon Imaging Product", "192.0.2.25", "ir2425-3f.example.com", "192.0.2.25", "iR2425 Device Signature"} {
		sub := pkix.Name{CommonName: cn}
		if i > 0 && i < 4 {
			sub.Country, sub.Organization = []string{"US"}, []string{"Example Ltd"}
		}
		o := order{hash: "SHA256", subject: sub, from: made, to: made.AddDate(5+2*(4-i), 0, 0)}
		if i == 0 {
			o.from, o.to = time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 12, 31, 23, 59, 59, 0, time.UTC)
		}
		d.store[i].cert = devicetest.Must(o.selfSigned(d.store[i].signer))
	}
}

func (o order) selfSigned(s crypto.Signer) ([]byte, error) {
	return devicetest.SelfSigned(s, o.hash, devicetest.Usual(o.subject, o.from, o.to))
}

// generate starts making a key in the background; d.Mu is held.
func (d *Device) generate(o order, into int, next string) {
	j := &job{next: next}
	d.job = j
	k := &key{name: o.name, alg: o.alg, devsig: o.devsig, fixed: o.devsig}
	var err error
	d.InBackground(900*time.Millisecond, func() {
		if k.signer, err = devicetest.NewKey(o.alg); err != nil {
			return
		}
		if o.csr {
			k.csr, err = devicetest.Request(k.signer, o.hash, o.subject)
		} else {
			k.cert, err = o.selfSigned(k.signer)
		}
	}, func() {
		if err != nil {
			j.err = "The key could not be generated."
		} else {
			d.store[into] = k
		}
		j.done = true
	})
}

// issued checks an uploaded certificate against the key that waits for it.
func (k *key) issued(file []byte) string {
	c, err := devicetest.ReadCertificate(file)
	if err != nil {
		return "The certificate cannot be registered. The format of the file is not correct."
	}
	if !devicetest.SamePublic(k.signer, c) {
		return "The certificate cannot be registered. The certificate does not correspond to the key."
	}
	k.cert, k.csr = c.Raw, nil
	return ""
}
