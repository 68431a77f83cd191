package adv525iii

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	defaultKey = "Default Key"
	amsKey     = "AMS"
	signKey    = "Device Signature Key"
)

type key struct {
	id         int
	name, algo string
	priv       crypto.Signer
	weak       bool
	cert, csr  []byte
}

func (k *key) fixed() bool { return k.name == defaultKey || k.name == amsKey || k.name == signKey }

type smimeCert struct {
	id   int
	cert *x509.Certificate
}

// find gives the first that fits, or nil.
func find[T any](all []*T, fits func(*T) bool) *T {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i]
	}
	return nil
}

func (d *Device) key(id int) *key { return find(d.keys, func(k *key) bool { return k.id == id }) }
func (d *Device) keyNamed(name string) *key {
	return find(d.keys, func(k *key) bool { return k.name == name })
}
func (d *Device) use(name string) *use {
	return find(d.uses, func(u *use) bool { return u.name == name })
}

func (d *Device) addKey(k *key) *key {
	d.nextKey++
	k.id = d.nextKey
	d.keys = append(d.keys, k)
	return k
}

// usesOf names the uses of a key that are in effect.
func (d *Device) usesOf(k *key) []string {
	var out []string
	for _, u := range d.uses {
		if u.eff == k.id && u.inUse() {
			out = append(out, u.label)
		}
	}
	if k.name == signKey {
		out = append(out, "Device Signature")
	}
	return slices.Compact(out)
}

// bound tells whether a key is in use now or will be after the restart, apart from one use.
func (d *Device) bound(k *key, but *use) bool {
	return slices.ContainsFunc(d.uses, func(u *use) bool { return u != but && (u.cfg == k.id || u.eff == k.id) })
}

func subject(cn, ou string) pkix.Name {
	return pkix.Name{Country: []string{"JP"}, Province: []string{"Tokyo"}, Organization: []string{"Minato Shoji"}, OrganizationalUnit: []string{ou}, CommonName: cn}
}

// factory fills the key store as found.
func (d *Device) factory() {
	var weak devicetest.WeakKeys
	day := func(y, m, dd int) time.Time { return time.Date(y, time.Month(m), dd, 0, 0, 0, 0, time.UTC) }
	add := func(name string, priv crypto.Signer, weak bool, sub pkix.Name, from, to time.Time) int {
		cert := devicetest.Must(devicetest.SelfSigned(priv, "SHA256", devicetest.Usual(sub, from, to)))
		return d.addKey(&key{name: name, algo: "RSA 2048", priv: priv, weak: weak, cert: cert}).id
	}
	made := pkix.Name{Country: []string{"JP"}, Organization: []string{"CANON"}, CommonName: "Canon " + model}
	add(defaultKey, devicetest.Strong(2048), false, made, day(2019, 1, 1), day(2037, 12, 31))
	add(amsKey, devicetest.Strong(2048), false, made, day(2019, 1, 1), day(2037, 12, 31))
	add(signKey, weak.Next(), true, pkix.Name{Country: []string{"JP"}, Organization: []string{"CANON"}, CommonName: model + " " + serialNo}, day(2022, 5, 9), day(2027, 5, 9))
	web := add("webtls2020", weak.Next(), true, subject("127.0.0.1", "Soumu"), day(2020, 4, 1), day(2030, 3, 31))
	dot := add("lan8021x", weak.Next(), true, subject("fukugouki-03.minato.example", "Joushisu"), day(2020, 4, 1), day(2030, 3, 31))
	ike := add("vpnike", weak.Next(), true, subject("fukugouki-03.minato.example", "Joushisu"), day(2020, 6, 15), day(2030, 6, 14))
	sip := add("ipfax", weak.Next(), true, subject("ipfax-03.minato.example", "Soumu"), day(2021, 2, 1), day(2031, 1, 31))
	on := func(tpl, name string) func() bool {
		return func() bool { return d.set[tpl] != nil && d.set[tpl].vals[name] == "1" }
	}
	d.uses = []*use{
		{"TLS", "TLS", web, web, func() bool { return true }},
		{"8021X", "IEEE 802.1X", dot, dot, on("c_net1x.tpl", "TlsUse")},
		{"IKE1", "IPSec", ike, ike, func() bool { return d.set["c_ike1.tpl"].vals["AuthType"] == "2" }},
		{"IKE2", "IPSec", 0, 0, func() bool { return d.set["c_ike2.tpl"].vals["AuthType"] == "2" }},
		{"SIP", "SIP", sip, sip, on("c_netsip.tpl", "IntraTls")},
	}
}

// keySpec is what the generation form asks for.
type keySpec struct {
	name     string
	hash     string // 1 SHA1, 2 SHA256, 3 SHA384, 4 SHA512
	ec       bool
	size     string
	from, to time.Time
	sub      pkix.Name
	csr      bool
}

// make generates the key; it is called without the lock.
func (s keySpec) make() (*key, error) {
	priv, err := devicetest.NewKey(s.size)
	if err != nil {
		return nil, err
	}
	k := &key{name: s.name, algo: devicetest.Algorithm(priv), priv: priv}
	hash := map[string]string{"1": "SHA1", "2": "SHA256", "3": "SHA384", "4": "SHA512"}[s.hash]
	if s.csr {
		k.csr, err = devicetest.Request(priv, hash, s.sub)
	} else {
		k.cert, err = devicetest.SelfSigned(priv, hash, devicetest.Usual(s.sub, s.from, s.to))
	}
	return k, err
}
