// Package smallfleet holds stand-ins for the web pages of small Canon
// multifunction devices (the "portal_top.html" kind of Remote UI).
package smallfleet

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/weaktest"
)

// Config is what a harness may set.
type Config struct {
	Now  func() time.Time
	Down time.Duration // of a restart, zero: 200ms
}

// Credentials are what a person would type at the login page.
type Credentials = devicetest.Credentials

// KeyState is one key of the store; Uses is what runs, not what is stored.
type KeyState = devicetest.KeyState

// The uses a key can have; an IPSec policy's name follows ipsec.
const (
	useTLS   = "TLS"
	useDot1x = "IEEE 802.1X"
	useIPSec = "IPSec "
	useSIP   = "SIP"
	useSign  = "Device Signature"
)

// product is what one team built.
type product struct {
	model, version string
	max            int           // keys
	cookie         string        // session cookie
	server         string        // Server header
	space          time.Duration // a request sooner after the last answer is dropped
	cred           Credentials
	policies       [2]string // the first with a certificate, the second with a pre-shared key
	seed           func(*Device) error
	routes         func() map[string]route
	expired        func(*rq)
	fault          func(*rq, fault)
}

// Device is one running stand-in.
type Device struct {
	devicetest.Base
	name string
	cfg  Config
	p    product
	rt   map[string]route

	keys       []*key
	weak       devicetest.WeakKeys
	saved      map[string]*key // as the pages show it
	running    map[string]*key // as it works until the next restart
	sessions   map[string]*session
	refused    map[string]bool
	changed    bool // stored, not yet in effect
	generating bool
	genFault   fault
	smime      []*x509.Certificate

	writes  atomic.Int32
	answer  atomic.Int64 // time of the last answer, for spacing
	pending sync.WaitGroup
}

var products = map[string]func() product{
	"ir2425-en":  productA,
	"irc3226-tw": productB,
	"ir2630-ja":  productC,
}

// Names lists the devices.
func Names() []string { return []string{"ir2425-en", "irc3226-tw", "ir2630-ja"} }

// New makes a device; it panics on an unknown name.
func New(name string, cfg Config) *Device {
	f, ok := products[name]
	if !ok {
		panic("smallfleet: no device " + name)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Down == 0 {
		cfg.Down = 200 * time.Millisecond
	}
	d := &Device{name: name, cfg: cfg, p: f(), saved: map[string]*key{}, running: map[string]*key{},
		sessions: map[string]*session{}, refused: map[string]bool{}}
	d.rt = d.p.routes()
	return d
}

// Start makes the initial keys and opens the TLS port.
func (d *Device) Start() error {
	defer d.Lock()()
	if err := d.p.seed(d); err != nil {
		return fmt.Errorf("%w: %v", errSeed, err)
	}
	d.running = maps.Clone(d.saved)
	return d.listen()
}

// listen runs a server with the key now in effect; Mu is held.
func (d *Device) listen() error {
	k := d.running[useTLS]
	return d.Listen(d, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert.Raw}, PrivateKey: weaktest.Signer(k.priv)}},
		NextProtos: []string{"http/1.1"}})
}

// restart drops everybody, and comes back with the stored settings; Mu is held.
func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 30 * time.Millisecond, Down: d.cfg.Down,
		Back: func() {
			clear(d.sessions)
			d.running, d.changed = maps.Clone(d.saved), false
		},
		Listen: d.listen,
	})
}

// Close stops the device; sessions still open are violations.
func (d *Device) Close() {
	d.Base.Close()
	d.pending.Wait()
	defer d.Lock()()
	for range d.sessions {
		d.Violate("session not logged out at Close")
	}
	clear(d.sessions)
}

// Credentials are accepted by the login page.
func (d *Device) Credentials() Credentials { return d.p.cred }

// Keys is the key store with the uses now in effect.
func (d *Device) Keys() []KeyState {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	var out []KeyState
	for _, k := range d.keys {
		out = append(out, KeyState{Name: k.name, Uses: d.usesIn(d.running, k), SPKI: k.spki(), Weak: devicetest.Weak(k.priv)})
	}
	return out
}

// OpenSessions counts logins without a logout.
func (d *Device) OpenSessions() int {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	return len(d.sessions)
}

// useNames is the fixed order of the uses this product has.
func (d *Device) useNames() []string {
	return []string{useTLS, useDot1x, useIPSec + d.p.policies[0], useIPSec + d.p.policies[1], useSIP, useSign}
}

func (d *Device) usesIn(m map[string]*key, k *key) []string {
	var out []string
	for _, u := range d.useNames() {
		if m[u] == k {
			out = append(out, u)
		}
	}
	return out
}

// shown is the usage column: an IPSec use without its policy.
func shown(uses []string) []string {
	var out []string
	for _, u := range uses {
		if strings.HasPrefix(u, useIPSec) {
			u = "IPSec"
		}
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}
