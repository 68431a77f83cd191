// Package iprc170 is a stand-in for the Remote UI of an imagePRESS C170 with
// the pages in Traditional Chinese. Everything that is not a published fact
// about these pages is invented.
package iprc170

import (
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	modelName  = "imagePRESS C170"
	shortName  = "iPR C170"
	controller = "39.12"
	maxKeys    = 10
)

// Config holds what a test may choose.
type Config = devicetest.Config

// Credentials are what an administrator types at the login page.
type Credentials = devicetest.Credentials

// KeyState tells about one key of the device.
type KeyState = devicetest.KeyState

type eapSettings struct {
	On, VerifyCert, VerifyName, TLS, TTLS, PEAP bool
	Login, Server, Proto, User                  string
	Key                                         int
}

type policy struct {
	No                                 int
	Name, Local, Remote, Port          string
	On                                 bool
	Mode, Life, Auth, DH, Auto, PSKSet string
	Key                                int
}

type tlsSettings struct{ Max, Min, A1, A2 string }

type smimeSettings struct {
	Enc, EncAlg, SigAlg       string
	AddSig, VerifyRx, PrintRx bool
}

// Device is one running stand-in.
type Device struct {
	devicetest.Base

	cfg Config

	sessions   map[string]*session
	challenges map[string]*challenge
	offered    map[string]bool
	wrong      int
	wrongAll   int
	lockedTill time.Time

	keys    []*key
	nextKey int
	job     *genJob
	jobNo   int
	peers   []*peerCert

	tls      tlsSettings
	tlsKey   int // as set; in effect after a restart
	eap      eapSettings
	policies []*policy
	smime    smimeSettings
	ams      bool
	changed  time.Time // last update of a setting
	pending  bool      // a change waits for a restart
	effTLS   int
	effEAP   int
	effIPSec []int

	mux map[string]func(*ctx)
}

// New makes a device with its keys and settings; Start serves it.
func New(cfg Config) *Device {
	cfg = cfg.OrDefault()
	d := &Device{
		cfg:        cfg,
		sessions:   map[string]*session{},
		challenges: map[string]*challenge{},
		offered:    map[string]bool{},
		changed:    time.Date(2021, 11, 18, 14, 2, 37, 0, time.UTC),
		tls:        tlsSettings{Max: "12", Min: "10", A1: "aes256", A2: "1"},
		smime:      smimeSettings{Enc: "2", EncAlg: "3des", SigAlg: "sha256", VerifyRx: true},
		ams:        true,
	}
	d.factoryKeys()
	d.tlsKey = d.keyByName("ipr2021tls").no
	d.eap = eapSettings{On: true, Login: "ipr-c170-pod1", VerifyCert: true, VerifyName: true,
		Server: "radius1.printroom.example", TLS: true, Proto: "MSCHAPv2", Key: d.keyByName("dot1xkey").no}
	d.policies = []*policy{
		{No: 1, Name: "RIP-Server", Local: "全部 IP 位址", Remote: "192.168.40.10", Port: "全部埠號", On: true,
			Mode: "main", Life: "480", Auth: "sig", DH: "14", Auto: "1", Key: d.keyByName("ripipsec").no},
		{No: 2, Name: "Accounting", Local: "全部 IP 位址", Remote: "192.168.41.0/24", Port: "9013", On: true,
			Mode: "main", Life: "480", Auth: "psk", DH: "14", Auto: "1", PSKSet: "1"},
	}
	d.takeEffect()
	d.routes()
	return d
}

func (d *Device) now() time.Time { return d.cfg.Now() }

// takeEffect copies the set keys to those in effect; d.mu is held or not needed.
func (d *Device) takeEffect() {
	d.effTLS, d.effEAP, d.effIPSec = d.tlsKey, d.setEAP(), d.setIPSec()
	d.pending = false
}

func (d *Device) setEAP() int {
	if d.eap.On && d.eap.TLS {
		return d.eap.Key
	}
	return 0
}

func (d *Device) setIPSec() (l []int) {
	for _, p := range d.policies {
		if p.Auth == "sig" && p.Key != 0 {
			l = append(l, p.Key)
		}
	}
	return l
}

// Start listens on a free port of 127.0.0.1 and keeps it until Close.
func (d *Device) Start() error { defer d.Lock()(); return d.listen() }

// listen serves with the TLS key in effect; d.Mu is held.
func (d *Device) listen() error {
	k := d.keyByNo(d.effTLS)
	return d.Listen(d, devicetest.TLS12(k.cert, k.priv))
}

// restart closes everything a moment after the answer has gone out; d.Mu is held.
func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 150 * time.Millisecond, Down: d.cfg.RestartTime, Listen: d.listen,
		Back: func() {
			d.sessions, d.challenges = map[string]*session{}, map[string]*challenge{}
			d.takeEffect()
		},
	})
}

// Credentials are those of the administrator.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPassword}
}

// Keys lists the keys with the uses in effect now.
func (d *Device) Keys() []KeyState {
	defer d.Lock()()
	var l []KeyState
	for _, k := range d.keys {
		l = append(l, KeyState{Name: k.name, Algorithm: devicetest.Algorithm(k.priv), Weak: devicetest.Weak(k.priv),
			Uses: d.usesNow(k), HasCertificate: k.cert != nil, Certificate: k.cert})
	}
	return l
}

// OpenSessions counts the sessions logged in and neither logged out nor expired.
func (d *Device) OpenSessions() int {
	defer d.Lock()()
	return d.liveSessions()
}

func (d *Device) liveSessions() (n int) {
	for id, s := range d.sessions {
		if d.now().Sub(s.last) > sessionLife {
			delete(d.sessions, id)
			continue
		}
		n++
	}
	return n
}

func (d *Device) usesNow(k *key) (u []string) {
	if k.no == d.effTLS {
		u = append(u, "TLS")
	}
	if k.no == d.effEAP {
		u = append(u, "IEEE 802.1X")
	}
	for _, n := range d.effIPSec {
		if n == k.no {
			u = append(u, "IPSec")
			break
		}
	}
	if k.kind == kindSignature {
		u = append(u, "Device Signature")
	}
	return u
}

// usesSet is what the settings say, in effect only after a restart.
func (d *Device) usesSet(k *key) (u []string) {
	if k.no == d.tlsKey {
		u = append(u, "TLS")
	}
	if k.no == d.setEAP() {
		u = append(u, "IEEE 802.1X")
	}
	for _, n := range d.setIPSec() {
		if n == k.no {
			u = append(u, "IPSec")
			break
		}
	}
	return u
}

// useText is the usage column of the lists: a star marks what is not yet in effect.
func (d *Device) useText(k *key) string {
	now := strings.Join(d.usesNow(k), " ")
	var t []string
	for _, u := range d.usesNow(k) {
		if u == "Device Signature" {
			u = "裝置簽章"
		}
		t = append(t, "["+u+"]")
	}
	if k.kind == kindAMS {
		t = append(t, "[存取限制]")
	}
	for _, u := range d.usesSet(k) {
		if !strings.Contains(now, u) {
			t = append(t, "["+u+"]*")
		}
	}
	return strings.Join(t, " ")
}
