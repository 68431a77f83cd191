package c357

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type key struct {
	id        int
	name, alg string
	hash      string
	system    string // "default", "ams", "signature" or empty
	weak      bool
	priv      crypto.Signer
	der, csr  []byte
}

func (d *Device) add(k *key) *key {
	k.id = d.nextKey
	d.nextKey++
	d.keys = append(d.keys, k)
	return k
}

func (d *Device) byID(id int) *key {
	for _, k := range d.keys {
		if k.id == id {
			return k
		}
	}
	return nil
}

func (d *Device) byName(name string) *key {
	for _, k := range d.keys {
		if strings.EqualFold(k.name, name) {
			return k
		}
	}
	return nil
}

func (d *Device) stock() int {
	n := 0
	for _, k := range d.keys {
		if k.system != "signature" {
			n++
		}
	}
	return n
}

func (d *Device) factory() {
	var weak devicetest.WeakKeys
	strong := func() *rsa.PrivateKey { return devicetest.Strong(2048) }
	now := d.now()
	made := now.AddDate(-3, -2, -9)
	start := time.Date(made.Year(), made.Month(), made.Day(), 0, 0, 0, 0, time.UTC)
	org := pkix.Name{Country: []string{"GB"}, Organization: []string{"Harbour Logistics"}, CommonName: "192.0.2.57"}
	mk := func(name, system string, priv *rsa.PrivateKey, isWeak bool, subj pkix.Name, from, to time.Time) *key {
		der := devicetest.Must(devicetest.SelfSigned(priv, "SHA256", devicetest.Usual(subj, from, to)))
		return d.add(&key{name: name, system: system, alg: "RSA 2048", hash: "SHA256", priv: priv, weak: isWeak, der: der})
	}
	canon := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"JP"}, Organization: []string{"CANON INC."}, CommonName: cn}
	}
	f0, f1 := time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 12, 31, 23, 59, 59, 0, time.UTC)
	mk("Default Key", "default", strong(), false, canon("Canon iR-ADV C357"), f0, f1)
	mk("AMS", "ams", strong(), false, canon("Access Management System"), f0, f1)
	end := start.AddDate(8, 0, 0)
	tk := mk("c357web", "", weak.Next(), true, org, start, end)
	xk := mk("wired8021x", "", weak.Next(), true, org, start.AddDate(0, 0, 1), end)
	ik := mk("ipsec2023", "", weak.Next(), true, org, start.AddDate(0, 0, 1), end)
	sk := mk("sipfax", "", weak.Next(), true, org, start.AddDate(0, 1, 4), end)
	mk("Device Signature Key", "signature", weak.Next(), true, canon("Canon iR-ADV C357 2RX04417"), start, start.AddDate(5, 0, 0))
	d.stored = config{tls: tk.id, pages: factorySettings()}
	d.stored.pages["dot1x"]["KeyNo"] = strconv.Itoa(xk.id)
	d.stored.pages["ike1"]["KeyNo"] = strconv.Itoa(ik.id)
	d.stored.pages["ike3"]["KeyNo"] = strconv.Itoa(ik.id)
	d.stored.pages["sip"]["KeyNo"] = strconv.Itoa(sk.id)
	d.effect = d.stored.clone()
}

// uses tells the uses of a key under a configuration.
func (d *Device) uses(k *key, c config) []string {
	var r []string
	id := strconv.Itoa(k.id)
	if c.tls == k.id {
		r = append(r, "TLS")
	}
	if x := c.pages["dot1x"]; x["KeyNo"] == id && x["UseEAPTLS"] == "1" {
		r = append(r, "IEEE 802.1X")
	}
	for _, p := range policies {
		if x := c.pages["ike"+p.no]; x["KeyNo"] == id && x["AuthMethod"] == "2" {
			r = append(r, "IPSec")
			break
		}
	}
	if x := c.pages["sip"]; x["KeyNo"] == id && x["SipUseTLS"] == "1" {
		r = append(r, "SIP")
	}
	if k.system == "signature" {
		r = append(r, "Device Signature")
	}
	return r
}

// job is a key being generated.
type job struct {
	kind string // "self", "csr", "signature"
	done bool
	err  string
	key  *key
}

type genRequest struct {
	kind, name, hash, alg string
	subj                  pkix.Name
	from, to              time.Time
}

// generate starts a generation, with the lock held.
func (d *Device) generate(g genRequest) {
	j := &job{kind: g.kind}
	d.job = j
	k := &key{name: g.name, alg: g.alg, hash: g.hash}
	var err error
	d.InBackground(time.Duration(600+rand.IntN(700))*time.Millisecond, func() {
		if k.priv, err = devicetest.NewKey(g.alg); err != nil {
			return
		}
		if g.kind == "csr" {
			k.csr, err = devicetest.Request(k.priv, g.hash, g.subj)
		} else {
			k.der, err = devicetest.SelfSigned(k.priv, g.hash, devicetest.Usual(g.subj, g.from, g.to))
		}
	}, func() {
		j.done = true
		if err != nil {
			j.err = "Could not generate the key and certificate."
			return
		}
		if g.kind == "signature" {
			for _, o := range d.keys {
				if o.system == "signature" {
					o.priv, o.der, o.weak, o.alg, o.hash = k.priv, k.der, false, k.alg, k.hash
					j.key = o
				}
			}
			return
		}
		j.key = d.add(k)
	})
}

func thumbprint(der []byte) string {
	s := sha1.Sum(der)
	return spaced(s[:])
}

func spaced(b []byte) string {
	var o []string
	for _, x := range b {
		o = append(o, fmt.Sprintf("%02x", x))
	}
	return strings.Join(o, " ")
}

// publicOnly lets a public key be shown like a key.
type publicOnly struct{ pub crypto.PublicKey }

func (p publicOnly) Public() crypto.PublicKey { return p.pub }

func (p publicOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("no private key")
}
