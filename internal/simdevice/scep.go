package simdevice

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/rekey-go/rekey/internal/simdevice/internal/enrol"
)

// scepServer is what the page of communication settings has. The port is a
// field of its own; one in the address is not looked at.
type scepServer struct{ url, port, timeout string }

// Indices of the fields.
const (
	entrySCEPURL = iota
	entrySCEPPort
	entrySCEPTimeout
)

// scepServer splits the address of the configuration as the page has it.
func (c Config) scepServer() scepServer {
	u, err := url.Parse(c.SCEPURL)
	if err != nil {
		return scepServer{}
	}
	v := scepServer{port: u.Port(), timeout: "30"}
	setDefault(&v.port, "80")
	u.Host = hostInURL(u.Hostname())
	v.url = u.String()
	return v
}

// hostInURL puts an IPv6 address in brackets.
func hostInURL(host string) string {
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return "[" + host + "]"
	}
	return host
}

func (s scepServer) values() values {
	return values{entrySCEPURL: s.url, entrySCEPPort: s.port, entrySCEPTimeout: s.timeout}
}

// valid tells whether the device takes the settings (G-7).
func (s scepServer) valid(cfg Config) bool {
	u, err := url.Parse(s.url)
	port, err1 := strconv.ParseUint(s.port, 10, 16)
	timeout, err2 := strconv.ParseUint(s.timeout, 10, 10)
	if err != nil || err1 != nil || err2 != nil || port == 0 || timeout == 0 {
		return false
	}
	secure := u.Scheme == "https" && !cfg.enforces(RuleSCEPHTTPOnly)
	return u.Hostname() != "" && u.User == nil && (u.Scheme == "http" || secure)
}

// address is where the device sends requests.
func (s scepServer) address() string {
	u, err := url.Parse(s.url)
	if err != nil {
		return ""
	}
	u.Host = net.JoinHostPort(u.Hostname(), s.port)
	return u.String()
}

// scepServer is what is set by now.
func (d *Device) scepServer() scepServer {
	v := d.forms.stored[formAt(PageSCEPServer, 0)]
	return scepServer{v[entrySCEPURL], v[entrySCEPPort], v[entrySCEPTimeout]}
}

func (d *Device) timerOn() bool { return d.forms.stored[formAt(PageSCEPTimer, 0)][0] == "1" }

// enrolment is a certificate request under way.
type enrolment struct {
	key    *key
	use    string // the use location; empty: none
	listed bool   // the key stands in the list already
	cancel context.CancelFunc
}

// scepResult is a line of the status page.
type scepResult struct {
	at    time.Time
	name  string
	state word
}

// maxResults is how many requests the status page remembers, maxPolls how
// often a pending one is asked for.
const (
	maxResults = 20
	maxPolls   = 1000
)

// beginEnrolment sends a request in the background. It is not kept with the
// key: it may hold a challenge password, and no page shows it.
func (d *Device) beginEnrolment(e *enrolment, private *rsa.PrivateKey, request []byte) {
	ctx, cancel := context.WithCancel(d.ctx)
	e.cancel = cancel
	d.enrol = e
	d.scepLog = append(d.scepLog, scepResult{d.cfg.Now(), e.key.name, wSCEPRunning})
	d.scepLog = d.scepLog[max(0, len(d.scepLog)-maxResults):]
	if e.listed {
		d.store.add(e.key)
	}
	server := d.scepServer()
	seconds, _ := strconv.Atoi(server.timeout) // was checked when stored
	client := enrol.Client{
		URL: server.address(), Dial: d.cfg.SCEPDial, Timeout: time.Duration(seconds) * time.Second,
		Poll: d.cfg.SCEPPoll, Polls: maxPolls, Now: d.cfg.Now,
		Pending: func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.enrolmentState(e, wSCEPPending)
		},
	}
	d.background.Go(func() {
		defer cancel()
		cert, err := client.Enrol(ctx, private, request)
		d.mu.Lock()
		d.endEnrolment(e, cert, err)
		found := d.obs.takeUnreported()
		d.mu.Unlock()
		d.tell(found)
	})
}

// enrolmentState notes how far the request under way has got.
func (d *Device) enrolmentState(e *enrolment, state word) {
	if d.enrol == e {
		d.scepLog[len(d.scepLog)-1].state = state
	}
}

// endEnrolment stores what the request brought, with its use location (G-9).
func (d *Device) endEnrolment(e *enrolment, cert *x509.Certificate, err error) {
	if d.enrol != e { // given up meanwhile
		return
	}
	k := e.key
	deleted := e.listed && !d.store.has(k)
	switch {
	case errors.Is(err, enrol.ErrCommunication), d.ctx.Err() != nil:
		d.enrolmentState(e, wSCEPNoServer)
	case err != nil, deleted:
		d.enrolmentState(e, wSCEPRefused)
	default:
		d.enrolmentState(e, wSCEPDone)
	}
	d.enrol = nil
	if err != nil || deleted || !d.cfg.enforces(RuleSCEPStores) {
		d.store.remove(k)
		return
	}
	k.cert = cert
	if !e.listed {
		d.store.add(k)
	}
	d.assign(k, e.use)
	d.checkInvariants()
}

// assign gives a key its use location: of IPSec, in every policy. It is in
// effect after the restart.
func (d *Device) assign(k *key, use string) {
	if use == "" {
		return
	}
	if d.cfg.enforces(RuleSCEPLocationBinds) {
		for _, place := range d.store.placesOf(use) {
			d.store.stored[place], k.bound = k, true
		}
	}
	if d.cfg.enforces(RuleSCEPNoSwitchOn) {
		return
	}
	switch use {
	case Use8021X:
		d.forms.stored[formAt(PageIEEE8021X, 0)][functions[for8021X].on] = "1"
	case UseIPSec:
		for i := range d.store.policies {
			d.forms.stored[formAt(PageIKE, i)][entryIKEMethod] = "1"
		}
	}
}

// abandonEnrolment is what a restart does to a request under way: like a key
// in the making, it is lost.
func (d *Device) abandonEnrolment() {
	e := d.enrol
	if e == nil {
		return
	}
	e.cancel()
	d.enrolmentState(e, wSCEPNoServer)
	d.enrol = nil
	d.store.remove(e.key)
}
