// Package adv4535 is a stand-in for the Remote UI (Japanese) of an iR-ADV 4535 of 2017, firmware of 2022.
package adv4535

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
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
type Config struct {
	Now         func() time.Time // the device's clock; nil: time.Now
	RestartTime time.Duration    // how long a restart takes; zero: 700 ms
}

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
	cfg  Config
	mu   sync.Mutex
	err  error
	port int
	srv  *http.Server

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
	violations []string
	wrong      int
	wrongEver  int
	lockedAt   time.Time
	restarts   int
	restarting bool
	closed     bool
}

// New makes the device as it left the factory and its first administrator.
func New(c Config) *Device {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.RestartTime == 0 {
		c.RestartTime = 700 * time.Millisecond
	}
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
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	return d.listen()
}

func (d *Device) listen() error {
	addr := ""
	if d.port != 0 {
		addr = "127.0.0.1:" + strconv.Itoa(d.port)
	}
	ln, err := devicetest.ListenAt(addr)
	if err != nil {
		return err
	}
	k := d.keyByID(d.active["tls"]["KeyID"])
	if k == nil {
		k = d.keys[0]
	}
	d.port = ln.Addr().(*net.TCPAddr).Port
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert}, PrivateKey: k.priv}}}
	d.srv = &http.Server{Handler: d, ErrorLog: log.New(io.Discard, "", 0), IdleTimeout: 30 * time.Second}
	go d.srv.Serve(tls.NewListener(ln, cfg))
	return nil
}

// restart takes the machine down and brings it up again with the stored settings.
func (d *Device) restart() {
	d.restarting = true
	go func() {
		time.Sleep(250 * time.Millisecond) // the answer still goes out
		d.mu.Lock()
		srv := d.srv
		d.sessions, d.jobs = map[string]*session{}, map[string]*job{}
		d.active, d.pending = d.stored.clone(), false
		d.mu.Unlock()
		srv.Close()
		time.Sleep(d.cfg.RestartTime)
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.closed {
			return
		}
		if err := d.listen(); err != nil {
			d.violations = append(d.violations, "stand-in: the port was lost in the restart: "+err.Error())
		}
		d.restarting = false
		d.restarts++
	}()
}

// URL is the address that a person types.
func (d *Device) URL() string { return "https://" + d.TLSAddr() + "/" }

// TLSAddr is where TLS listens.
func (d *Device) TLSAddr() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return "127.0.0.1:" + strconv.Itoa(d.port)
}

// Credentials are the administrator's.
func (d *Device) Credentials() Credentials {
	return Credentials{UserName: adminName, Password: adminPass}
}

// Keys lists the key store.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Algorithm: k.algorithm(), Weak: k.weak, Uses: d.uses(k), HasCertificate: k.cert != nil, Certificate: k.cert})
	}
	return out
}

// Violations are what no person in a browser could have done, or what does harm.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.violations)
}

// OpenSessions counts who is logged in.
func (d *Device) OpenSessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
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

// Restarts counts the restarts that are over.
func (d *Device) Restarts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.restarts
}

// Close switches the machine off.
func (d *Device) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.srv != nil {
		d.srv.Close()
	}
}

func (d *Device) violate(format string, a ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, a...))
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
