package advfleet

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"regexp"
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
	alnum   = regexp.MustCompile(`^[A-Za-z0-9]{1,24}$`)
	letters = regexp.MustCompile(`^[A-Z]{2}$`)
	ascii   = regexp.MustCompile(`^[ -~]{0,128}$`)
	hashes  = map[string][2]x509.SignatureAlgorithm{
		"SHA1":   {x509.SHA1WithRSA, x509.ECDSAWithSHA1},
		"SHA256": {x509.SHA256WithRSA, x509.ECDSAWithSHA256},
		"SHA384": {x509.SHA384WithRSA, x509.ECDSAWithSHA384},
		"SHA512": {x509.SHA512WithRSA, x509.ECDSAWithSHA512},
	}
	rsaSizes = map[string]int{"512": 512, "1024": 1024, "2048": 2048, "4096": 4096}
	curves   = map[string]elliptic.Curve{"P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}
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
	if _, ok := hashes[q.hash]; !ok {
		return errHash
	}
	switch q.alg {
	case "RSA":
		if rsaSizes[q.size] == 0 || q.size == "512" && (q.hash == "SHA384" || q.hash == "SHA512") {
			return errHash
		}
	case "ECDSA":
		if curves[q.size] == nil {
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

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// build does the slow part without the lock.
func (q *genReq) build() (*key, error) {
	k := &key{name: q.name}
	algs := hashes[q.hash]
	alg := algs[0]
	if q.alg == "RSA" {
		p, err := devicetest.GenerateKey(rsaSizes[q.size])
		if err != nil { // 512 bit: crypto/rsa refuses what the machine would make
			return nil, errOther
		}
		k.priv = p
	} else {
		k.priv = ecKey(curves[q.size])
		alg = algs[1]
	}
	subj := pkix.Name{Country: one(q.country), Province: one(q.state), Locality: one(q.city),
		Organization: one(q.org), OrganizationalUnit: one(q.unit), CommonName: q.cn}
	if q.csr {
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: subj, SignatureAlgorithm: alg}, k.priv)
		if err != nil {
			return nil, errOther
		}
		k.csr = der
		return k, nil
	}
	from, _ := time.Parse(dateForm, q.from)
	to, _ := time.Parse(dateForm, q.to)
	c, err := selfSign(k.priv, subj, from, to.Add(24*time.Hour-time.Second), alg, nil)
	if err != nil {
		return nil, errOther
	}
	k.cert = c
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
	c, err := readCert(file)
	if err != nil {
		return errCert
	}
	type equal interface{ Equal(crypto.PublicKey) bool }
	if p, ok := c.PublicKey.(equal); !ok || !p.Equal(k.priv.Public()) {
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
	p := strongRSA(2048)
	c, err := selfSign(p, k.cert.Subject, from, from.AddDate(5, 0, 0), 0, nil)
	if err != nil {
		return errOther
	}
	k.priv, k.cert = p, c
	return nil
}
