package simdevice

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/rekey-go/rekey/internal/weaktest"
)

// portSIP is where SIP over TLS answers in memory.
const portSIP = 5061

// SIPAddr is where SIP is served over TLS, "host:port"; empty if the device
// does not serve it: no key is bound, or [Use TLS] is off.
func (d *Device) SIPAddr() string {
	d.mu.Lock()
	on := d.servesSIP()
	d.mu.Unlock()
	if !on {
		return ""
	}
	d.power.mu.Lock()
	defer d.power.mu.Unlock()
	if d.power.loopback {
		return d.power.sip.Addr
	}
	return net.JoinHostPort(d.cfg.Hostname, strconv.Itoa(portSIP))
}

func (d *Device) servesSIP() bool {
	return d.store.servingSIP != nil && d.forms.active[formAt(PageSIP, 0)][functions[forSIP].on] == "1"
}

// sipConfig serves TLS with the key that SIP has as of the last restart.
func (d *Device) sipConfig() *tls.Config {
	return &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		k := d.store.servingSIP
		if !d.servesSIP() || !k.usable() || !d.store.has(k) {
			return nil, errors.New("simulated device: SIP is not served over TLS")
		}
		cert := tls.Certificate{Certificate: [][]byte{k.cert.Raw}, PrivateKey: weaktest.Signer(k.signer), Leaf: k.cert}
		return &tls.Config{Certificates: []tls.Certificate{cert}, SessionTicketsDisabled: true}, nil
	}}
}

// sipServer answers nothing but TLS: what comes after is none of our business.
func (b *boot) sipServer() *http.Server {
	return &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }),
		ReadHeaderTimeout: time.Second, IdleTimeout: time.Second, ErrorLog: quietLog(), ConnState: b.track,
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
}

// KeyPair is the certificate and private key in effect for a use, for a test
// that plays the device's part elsewhere (a supplicant of IEEE 802.1X, say).
func (d *Device) KeyPair(use string) (tls.Certificate, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, place := range d.store.placesOf(use) {
		if k := d.store.active[place]; k != nil && k.usable() {
			return tls.Certificate{Certificate: [][]byte{k.cert.Raw}, PrivateKey: k.signer, Leaf: k.cert}, nil
		}
	}
	return tls.Certificate{}, errors.New("simulated device: no working key is in effect for " + use)
}
