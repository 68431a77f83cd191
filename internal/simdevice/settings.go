package simdevice

import (
	"crypto/tls"
	"strings"
)

// settings are what the TLS page stores besides the key.
type settings struct {
	stored, active tlsValues
}

// tlsValues are the values of the form.
type tlsValues struct {
	min, max int // indices of tlsVersions
	ciphers  [len(tlsCiphers)]bool
}

// tlsDraft is what a session entered on the TLS page and did not store yet.
type tlsDraft struct {
	tlsValues
	key *key // only if [Use] waits for [OK]; else nil
}

var (
	tlsVersions   = [...]string{"TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"}
	tlsVersionIDs = [...]uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13}
	tlsCiphers    = [...]string{"AES-CBC(256-bit)", "AES-GCM(256-bit)", "3DES-CBC", "AES-CBC(128-bit)", "AES-GCM(128-bit)", "CHACHA20-POLY1305"}
)

// factorySettings draws what the device comes with.
func (l *layout) factorySettings() settings {
	v := tlsValues{min: l.pick("settings.min", 3), max: 2 + l.pick("settings.max", 2)}
	for i := range v.ciphers {
		v.ciphers[i] = i == 0 || l.pick("settings.cipher."+tlsCiphers[i], 2) == 1
	}
	return settings{stored: v, active: v}
}

func (s *settings) activate() { s.active = s.stored }

func (v tlsValues) cipherNames() string {
	var names []string
	for i, on := range v.ciphers {
		if on {
			names = append(names, tlsCiphers[i])
		}
	}
	return strings.Join(names, ",")
}

// pending tells whether something waits for a restart.
func (d *Device) pending() bool {
	return d.store.stored != d.store.active || d.settings.stored != d.settings.active || d.forms.stored != d.forms.active
}

func (d *Device) snapshot() Settings {
	b := &d.store.stored
	return Settings{
		TLSKey: b.name(forTLS), IEEE8021XKey: b.name(for8021X), IPSecKey: b.name(forPolicy), SIPKey: b.name(forSIP),
		Policies: d.policiesText(), Others: d.formsText(), SCEPTimer: d.timerOn(),
		TLSMin:     tlsVersions[d.settings.stored.min],
		TLSMax:     tlsVersions[d.settings.stored.max],
		TLSCiphers: d.settings.stored.cipherNames(),
		Pending:    d.pending(),
	}
}

// tlsConfig serves TLS with the key and the versions as of the last restart.
func (d *Device) tlsConfig() *tls.Config {
	return &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.handshakeConfig()
	}}
}

// handshakeConfig is for one handshake. Sessions are not resumed: every
// connection shows the certificate and proves possession of its key, which is
// noted when the client went along with it.
func (d *Device) handshakeConfig() (*tls.Config, error) {
	cert, k, err := d.store.tlsCertificate()
	if err != nil {
		return nil, err
	}
	newest := tlsVersionIDs[d.settings.active.max]
	if d.cfg.MaxTLS != 0 {
		newest = d.cfg.MaxTLS
	}
	return &tls.Config{
		Certificates:           []tls.Certificate{*cert},
		MinVersion:             tlsVersionIDs[d.settings.active.min],
		MaxVersion:             newest,
		SessionTicketsDisabled: true,
		VerifyConnection: func(tls.ConnectionState) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			k.served = true
			return nil
		},
	}, nil
}
