package irc3226

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	defaultKey = "Default Key"
	signKey    = "Device Signature Key"
)

type key struct {
	no   int
	name string
	priv crypto.Signer
	weak bool
	cert []byte
	csr  []byte
}

// KeyState is one key of the store.
type KeyState = devicetest.KeyState

// Keys lists all keys, the device signature key included.
func (d *Device) Keys() []KeyState {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	var out []KeyState
	for _, k := range d.store {
		out = append(out, KeyState{Name: k.name, Algorithm: devicetest.Algorithm(k.priv), Weak: k.weak, Uses: d.uses(k, d.cur), HasCertificate: k.cert != nil, Certificate: slices.Clone(k.cert)})
	}
	return out
}

func (d *Device) key(no int) *key {
	for _, k := range d.store {
		if k.no == no {
			return k
		}
	}
	return nil
}

// uses tells where a key works under the given settings.
func (d *Device) uses(k *key, c settings) []string {
	var u []string
	if k.name == signKey {
		return []string{"Device Signature"}
	}
	if c.keys["TLS"] == k.no {
		u = append(u, "TLS")
	}
	if c.keys["IEEE 802.1X"] == k.no && c.values["dot1x"]["i5206"] == "1" {
		u = append(u, "IEEE 802.1X")
	}
	for _, p := range []string{"1", "2"} {
		if c.keys["IPSec"+p] == k.no && c.values["ike"+p]["i5404"] == "2" && !slices.Contains(u, "IPSec") {
			u = append(u, "IPSec")
		}
	}
	return u
}

// bound tells the uses now and after the restart.
func (d *Device) bound(k *key) []string {
	u := d.uses(k, d.cur)
	for _, x := range d.uses(k, d.next) {
		if !slices.Contains(u, x) {
			u = append(u, x)
		}
	}
	return u
}

// slots counts the keys of the store; the signature key has a place of its own.
func (d *Device) slots() int {
	n := 0
	for _, k := range d.store {
		if k.name != signKey {
			n++
		}
	}
	return n
}

func selfSign(subject pkix.Name, from, to time.Time, k crypto.Signer, hash string) []byte {
	return devicetest.Must(devicetest.SelfSigned(k, hash, devicetest.Usual(subject, from, to)))
}

func (d *Device) signatureName() pkix.Name {
	return pkix.Name{Country: []string{"JP"}, Organization: []string{"CANON INC."}, CommonName: "Device Signature " + model + " XTK04417"}
}

func (d *Device) factoryKeys() {
	priv := make([]crypto.Signer, 6)
	var weak devicetest.WeakKeys
	for i := range priv {
		if i > 0 && i < 5 {
			priv[i] = weak.Next()
			continue
		}
		priv[i] = devicetest.Strong(2048)
	}
	now := d.cfg.Now()
	from, to := now.AddDate(-2, -1, 0).Truncate(24*time.Hour), now.AddDate(3, 0, 0).Truncate(24*time.Hour).Add(-time.Second)
	const hash = "SHA256"
	factory := pkix.Name{CommonName: "Canon Imaging Product"}
	org := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"JP"}, Province: []string{"Tokyo"}, Locality: []string{"Ota-ku"},
			Organization: []string{"Example Shoji"}, OrganizationalUnit: []string{"Somu"}, CommonName: cn}
	}
	ca := pkix.Name{Country: []string{"JP"}, Organization: []string{"Example Shoji"}, CommonName: "Example Shoji Device CA"}
	add := func(name string, k crypto.Signer, weak bool, cert []byte) {
		d.store = append(d.store, &key{no: d.nextNo, name: name, priv: k, weak: weak, cert: cert})
		d.nextNo++
	}
	add(defaultKey, priv[0], false, selfSign(factory, time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 12, 31, 23, 59, 59, 0, time.UTC), priv[0], hash))
	add("rui-tls", priv[1], true, selfSign(org("192.168.20.41"), from, to, priv[1], hash))
	add("Dot1X_3F", priv[2], true, devicetest.Must(devicetest.Issued(priv[2], hash, devicetest.Usual(org("irc3226-3f"), from, to), x509.Certificate{Subject: ca}, priv[5])))
	add("ipsec01", priv[3], true, selfSign(org("irc3226-3f.example.co.jp"), from, to, priv[3], hash))
	add(signKey, priv[4], true, selfSign(d.signatureName(), from, from.AddDate(5, 0, 0), priv[4], hash))
}

// genRequest is what the generation forms ask for.
type genRequest struct {
	name     string
	size     string // "2048" or "P256"
	hash     string
	from, to time.Time
	subject  pkix.Name
	csr      bool
	renew    bool // the device signature key
}

type genJob struct {
	done   bool
	target string
}

// generate makes the key in the background, as slowly as the machine does.
func (d *Device) generate(r genRequest) {
	job := &genJob{target: "/m_keycert.html"}
	d.job = job
	k := &key{name: r.name}
	d.InBackground(time.Duration(500+rand.IntN(1000))*time.Millisecond, func() {
		k.priv = devicetest.Must(devicetest.NewKey(r.size))
		if r.csr {
			k.csr = devicetest.Must(devicetest.Request(k.priv, r.hash, r.subject))
		} else {
			k.cert = selfSign(r.subject, r.from, r.to, k.priv, r.hash)
		}
	}, func() {
		job.done = true
		if r.renew {
			for _, old := range d.store {
				if old.name == signKey {
					old.priv, old.cert, old.weak = k.priv, k.cert, false
				}
			}
			return
		}
		k.no = d.nextNo
		d.nextNo++
		d.store = append(d.store, k)
		if r.csr {
			job.target = fmt.Sprintf("/m_keycert_csr.html?no=%d", k.no)
		}
	})
}
