package advfleet

import (
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Reasons why a request for a new key is refused; the pages translate them.
var (
	errName    = errors.New("name")
	errTaken   = errors.New("taken")
	errFull    = errors.New("full")
	errHash    = errors.New("hash")
	errDate    = errors.New("date")
	errCountry = errors.New("country")
	errText    = errors.New("text")
	errBusy    = errors.New("busy")
	errInUse   = errors.New("in use")
	errCert    = errors.New("certificate")
	errOther   = errors.New("failed")
)

// genReq is a filled-in generation form.
type genReq struct {
	name, hash, alg, size string // SHA256; RSA or ECDSA; 2048 or P256
	from, to              string // YYYY/MM/DD
	country, state, city  string
	org, unit, cn         string
	csr                   bool
}

var (
	alnum    = regexp.MustCompile(`^[A-Za-z0-9]{1,24}$`)
	letters  = regexp.MustCompile(`^[A-Z]{2}$`)
	ascii    = regexp.MustCompile(`^[ -~]{0,128}$`)
	hashes   = []string{"SHA1", "SHA256", "SHA384", "SHA512"}
	rsaSizes = []string{"512", "1024", "2048", "4096"}
	curves   = []string{"P256", "P384", "P521"}
)

const dateForm = "2006/01/02"

// check validates as the form says it does. Caller holds mu.
func (d *Device) check(q *genReq) error {
	if !alnum.MatchString(q.name) {
		return errName
	}
	for _, k := range d.keys {
		if k.name == q.name {
			return errTaken
		}
	}
	if len(d.keys) >= d.model.maxKeys {
		return errFull
	}
	if !slices.Contains(hashes, q.hash) {
		return errHash
	}
	switch q.alg {
	case "RSA":
		if !slices.Contains(rsaSizes, q.size) || q.size == "512" && (q.hash == "SHA384" || q.hash == "SHA512") {
			return errHash
		}
	case "ECDSA":
		if !slices.Contains(curves, q.size) {
			return errHash
		}
	default:
		return errHash
	}
	if !q.csr {
		from, err1 := time.Parse(dateForm, q.from)
		to, err2 := time.Parse(dateForm, q.to)
		if err1 != nil || err2 != nil || to.Before(from) {
			return errDate
		}
	}
	if !letters.MatchString(q.country) {
		return errCountry
	}
	for _, s := range []string{q.state, q.city, q.org, q.unit, q.cn} {
		if !ascii.MatchString(s) {
			return errText
		}
	}
	return nil
}

// build does the slow part without the lock.
func (q *genReq) build() (*key, error) {
	priv, err := devicetest.NewKey(q.size)
	if err != nil { // 512 bit: crypto/rsa refuses what the machine would make
		return nil, errOther
	}
	k := &key{name: q.name, priv: priv}
	subj := devicetest.Subject(q.country, q.state, q.city, q.org, q.unit, q.cn)
	if q.csr {
		k.csr, err = devicetest.Request(priv, q.hash, subj)
	} else {
		from, _ := time.Parse(dateForm, q.from)
		to, _ := time.Parse(dateForm, q.to)
		k.cert, err = selfSign(priv, subj, from, to.Add(24*time.Hour-time.Second), q.hash, nil)
	}
	if err != nil {
		return nil, errOther
	}
	return k, nil
}

// generate registers a new key after the time a machine needs. Caller holds mu,
// which is released while the work is done.
func (d *Device) generate(q *genReq) (*key, error) {
	if d.generating {
		return nil, errBusy
	}
	if err := d.check(q); err != nil {
		return nil, err
	}
	d.generating = true
	d.Mu.Unlock()
	time.Sleep(d.model.genDelay)
	k, err := q.build()
	d.Mu.Lock()
	d.generating = false
	if err != nil {
		return nil, err
	}
	d.nextID++
	k.id = d.nextID
	d.keys = append(d.keys, k)
	return k, nil
}

// generateLater is generate for a device that shows a wait page.
func (d *Device) generateLater(q *genReq) error {
	if d.generating {
		return errBusy
	}
	if err := d.check(q); err != nil {
		return err
	}
	d.genErr = nil
	started := make(chan struct{})
	d.wg.Go(func() {
		d.Mu.Lock()
		close(started)
		_, err := d.generate(q)
		d.genErr = err
		d.Mu.Unlock()
	})
	d.Mu.Unlock()
	<-started
	d.Mu.Lock()
	return nil
}

// register brings the issued certificate to the key that asked for it.
func (d *Device) register(k *key, file []byte) error {
	c, err := devicetest.ReadCertificate(file)
	if err != nil {
		return errCert
	}
	if !devicetest.SamePublic(k.priv, c) {
		return errCert
	}
	k.cert = c
	return nil
}

// renewSignature replaces the device signature key in its place.
func (d *Device) renewSignature() error {
	k := d.key(d.set.sig)
	if k == nil {
		return errOther
	}
	from := d.cfg.Now().UTC().Truncate(24 * time.Hour)
	p := devicetest.Strong(2048)
	c, err := selfSign(p, k.cert.Subject, from, from.AddDate(5, 0, 0), "SHA256", nil)
	if err != nil {
		return errOther
	}
	k.priv, k.cert = p, c
	return nil
}
