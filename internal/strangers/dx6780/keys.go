package dx6780

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509/pkix"
	"math/rand/v2"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// kinds of keys
const (
	kindNet = iota // network communication
	kindDefault
	kindAMS
	kindSign
)

type key struct {
	id     int
	name   string
	kind   int
	priv   crypto.Signer
	weak   bool
	cert   []byte
	csr    []byte // DER; a request whose certificate may be registered
	sigAlg string // "SHA256" ...
}

// genJob is a key being made.
type genJob struct {
	ready bool
	csr   bool
	sign  bool
	keyID int
	err   string
}

func (d *Device) addKey(k *key) *key {
	d.nextID++
	k.id = d.nextID
	d.keys = append(d.keys, k)
	return k
}

func (d *Device) setUp() {
	made := d.cfg.Now().AddDate(-2, -1, -5).UTC().Truncate(24 * time.Hour)
	add := func(name string, kind int, priv *rsa.PrivateKey, isWeak bool, cn string) *key {
		subj := pkix.Name{CommonName: cn, Country: []string{"JP"}, Organization: []string{"Soumu"}}
		from, to := made, made.AddDate(5, 0, 0)
		if kind == kindDefault || kind == kindAMS {
			subj = pkix.Name{CommonName: "Canon " + modelName, Organization: []string{"CANON INC."}, Country: []string{"JP"}}
			from, to = time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 12, 31, 23, 59, 59, 0, time.UTC)
		}
		c, err := devicetest.SelfSigned(priv, "SHA256", devicetest.Usual(subj, from, to))
		if err != nil {
			panic(err)
		}
		return d.addKey(&key{name: name, kind: kind, priv: priv, weak: isWeak, cert: c, sigAlg: "SHA256"})
	}
	var weak devicetest.WeakKeys
	add("Default Key", kindDefault, devicetest.Strong(2048), false, "")
	add("AMS", kindAMS, devicetest.Strong(2048), false, "")
	add("Device Signature Key", kindSign, weak.Next(), true, modelName+" "+serialNo)
	web := add("fukugouki2024", kindNet, weak.Next(), true, "192.168.20.61")
	eap := add("ninsho2024", kindNet, weak.Next(), true, "mfp-3f.soumu.example.jp")
	ike := add("honshaVPN", kindNet, weak.Next(), true, "192.168.20.61")

	d.dot1x = dot1xSettings{On: true, Login: "mfp-3f", VerifyCert: true, VerifyName: true, Server: "radius.soumu.example.jp", TLS: true, Proto: "0"}
	d.policies = []*policy{
		{No: 1, Name: "honsha-server", On: true, Mode: "0", Minutes: "480", Auth: "1", Enc: "1", Hash: "1", DH: "2"},
		{No: 2, Name: "kanri-pc", On: true, Mode: "0", Minutes: "480", Auth: "0", PSK: "tk8mmA27", Enc: "1", Hash: "1", DH: "2"},
	}
	d.stored = bindings{TLS: web.id, Dot1X: eap.id, IPSec: map[int]int{1: ike.id}}
	d.active = d.stored.clone()
	d.tls = tlsSettings{Max: "3", Min: "3"}
	d.smime = smimeSettings{Enc: "2", Alg: "1", Sig: "1", Verify: true}
	d.bt = btSettings{On: true, Name: "DX6780-3F"}
	peer := devicetest.Strong(2048)
	c, err := devicetest.SelfSigned(peer, "SHA256", devicetest.Usual(pkix.Name{CommonName: "iR-ADV C5860 2F", Country: []string{"JP"}}, made, made.AddDate(5, 0, 0)))
	if err != nil {
		panic(err)
	}
	d.smimeCerts = []*smimeCert{{id: 1, der: c}}
	for _, u := range []string{"tls", "1x", "ip", "smime", "key", "bt", "ams", "smc"} {
		d.updated[u] = made.Add(9*time.Hour + 17*time.Minute + 53*time.Second)
	}
}

func (d *Device) keyByID(id int) *key {
	for _, k := range d.keys {
		if k.id == id {
			return k
		}
	}
	return nil
}

// uses names the functions that use a key under the bindings.
func (d *Device) uses(k *key, b bindings) []string {
	var u []string
	if b.TLS == k.id {
		u = append(u, "TLS")
	}
	if b.Dot1X == k.id && d.dot1x.TLS {
		u = append(u, "IEEE 802.1X")
	}
	for _, p := range d.policies {
		if b.IPSec[p.No] == k.id && p.Auth == "1" {
			u = append(u, "IPSec")
			break
		}
	}
	if k.kind == kindSign {
		u = append(u, "Device Signature")
	}
	return u
}

func (d *Device) inUse(k *key) bool {
	return len(d.uses(k, d.active)) > 0 || len(d.uses(k, d.stored)) > 0
}

// keySpec is what the generation page asks for.
type keySpec struct {
	name, hash, alg, length string
	from, to                time.Time
	subj                    pkix.Name
	csr                     bool
}

// generate makes a key in the background; the pages poll d.job.
func (d *Device) generate(spec keySpec) {
	job := &genJob{csr: spec.csr}
	d.job = job
	k := &key{name: spec.name, sigAlg: spec.hash}
	var err error
	d.InBackground(aboutASecond(), func() {
		if k.priv, err = devicetest.NewKey(spec.length); err != nil {
			return
		}
		if spec.csr {
			k.csr, err = devicetest.Request(k.priv, spec.hash, spec.subj)
		} else {
			k.cert, err = devicetest.SelfSigned(k.priv, spec.hash, devicetest.Usual(spec.subj, spec.from, spec.to))
		}
	}, func() {
		if job.ready = true; err != nil {
			job.err = "鍵の生成に失敗しました。"
			return
		}
		job.keyID = d.addKey(k).id
		d.touch("key")
	})
}

func aboutASecond() time.Duration { return time.Duration(700+rand.IntN(700)) * time.Millisecond }

// renewSignature replaces the device signature key in place.
func (d *Device) renewSignature() {
	job := &genJob{sign: true}
	d.job = job
	now := d.cfg.Now().UTC().Truncate(time.Second)
	var priv *rsa.PrivateKey
	var c []byte
	var err error
	d.InBackground(aboutASecond(), func() {
		priv = devicetest.Strong(2048)
		c, err = devicetest.SelfSigned(priv, "SHA256", devicetest.Usual(pkix.Name{CommonName: modelName + " " + serialNo, Country: []string{"JP"}}, now, now.AddDate(5, 0, 0)))
	}, func() {
		if job.ready = true; err != nil {
			job.err = "鍵の生成に失敗しました。"
			return
		}
		for _, k := range d.keys {
			if k.kind == kindSign {
				k.priv, k.cert, k.weak = priv, c, false
				job.keyID = k.id
			}
		}
		d.touch("key")
	})
}
