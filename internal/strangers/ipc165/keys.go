package ipc165

import (
	"crypto"
	"crypto/x509/pkix"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	kindDefault = "default"
	kindAMS     = "ams"
	kindSign    = "sign"
	kindUser    = "user"
)

type key struct {
	id         int
	name, kind string
	signer     crypto.Signer
	weak       bool
	cert, csr  []byte // DER
}

// subject is what the wizard collects.
type subject struct {
	name                                string
	country, state, city, org, unit, cn string
	from, to                            time.Time
	algo, length, curve                 string
	hashName, countryBy, list, code     string
	fy, fm, fd, ty, tm, td              string
	csr                                 bool
}

func (k *key) fixed() bool { return k.kind != kindUser }

func (s subject) dn() pkix.Name {
	return devicetest.Subject(s.country, s.state, s.city, s.org, s.unit, s.cn)
}

func (k *key) selfSign(s subject) (err error) {
	k.cert, err = devicetest.SelfSigned(k.signer, s.hashName, devicetest.Usual(s.dn(), s.from, s.to))
	return err
}

func (k *key) request(s subject) (err error) {
	k.csr, err = devicetest.Request(k.signer, s.hashName, s.dn())
	return err
}

// generation is a key being made; it is registered by the page that waits.
type generation struct {
	done  chan struct{}
	key   *key
	err   error
	subj  subject
	renew bool
}

// generate begins to make a key in the background.
func (d *Device) generate(s subject, renew bool) *generation {
	g := &generation{done: make(chan struct{}), subj: s, renew: renew}
	d.generating = g
	size := s.length
	if s.algo == "ECDSA" {
		size = s.curve
	}
	k := &key{name: s.name, kind: kindUser}
	var err error
	d.InBackground(generateTime, func() {
		if k.signer, err = devicetest.NewKey(size); err != nil {
			return
		}
		if s.csr {
			err = k.request(s)
		} else {
			err = k.selfSign(s)
		}
	}, func() {
		defer close(g.done)
		g.key, g.err, d.generating = k, err, nil
		if err != nil {
			return
		}
		if renew {
			for i, old := range d.keys {
				if old.kind == kindSign {
					k.kind, k.id, k.name = kindSign, old.id, old.name
					d.keys[i] = k
				}
			}
			return
		}
		k.id = d.nextID
		d.nextID++
		d.keys = append(d.keys, k)
	})
	return g
}
