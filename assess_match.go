package rekey

import (
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/oddcert"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// evidence connects the certificates seen with their keys and tests the
// moduli.
func (a *Assessment) evidence(o *call) {
	if k := a.connect(a.Served, o); k != nil {
		a.ServedKey = k.Name
	} else {
		a.Notices = append(a.Notices, "the certificate that the Remote UI presents could not be matched with a key of the list")
	}
	for _, other := range a.Others {
		if a.connect(other.Certificate, o) == nil {
			a.Notices = append(a.Notices, fmt.Sprintf("the certificate at %s could not be matched with a key of the list", other.Addr))
		}
	}
	for i := range a.Keys {
		a.lookUp(&a.Keys[i], o)
	}
}

// lookUp finds the certificate of a key that only its details page shows among
// those that the caller has, and tests its modulus: a CA knows what it issued.
// // W-2, W-4
func (a *Assessment) lookUp(k *KeyState, o *call) {
	if o.KnownCertificates == nil || k.SPKI != "" || k.Details == nil || !k.Details.HasCertificate() {
		return
	}
	m, err := o.KnownCertificates.Find(k.record(DeviceInfo{}, time.Time{}))
	if err != nil {
		if errors.Is(err, revocation.ErrAmbiguous) {
			a.Notices = append(a.Notices, fmt.Sprintf("key %q: %v", k.Name, err))
		}
		return
	}
	public := m.Certificate.PublicKey
	k.Certificate, k.Source, k.SPKI = m.Certificate.Raw, revocation.SourceFile, public.SHA256
	if public.N != nil {
		k.Finding = o.certs.modulus(public.SPKI, public.N)
	}
	o.event(EventProgress, row.TestKey, fmt.Sprintf("key %q, by its certificate among the known ones (%s): %s", k.Name, m.By, k.Finding))
}

// connect gives a certificate to its key; nil if none fits.
func (a *Assessment) connect(der []byte, o *call) *KeyState {
	cert := o.certs.parse(der)
	if cert == nil {
		return nil
	}
	k := a.servedBy(cert, slices.Equal(der, a.Served))
	if k == nil || k.SPKI != "" {
		return k
	}
	k.Certificate, k.Source, k.SPKI = der, revocation.SourceHandshake, usage.Fingerprint(cert)
	k.Finding, _ = o.certs.key(cert)
	o.event(EventProgress, row.TestKey, fmt.Sprintf("key %q: %s", k.Name, k.Finding))
	return k
}

// servedBy finds the key whose details page describes a certificate: by
// thumbprint or serial number, or, where the page shows neither, the one key
// that the list gives to TLS (for the certificate of the Remote UI only).
func (a *Assessment) servedBy(cert *x509.Certificate, ui bool) *KeyState {
	var sure []*KeyState
	for i := range a.Keys {
		if d := a.Keys[i].Details; d != nil {
			if ok, strong, _ := d.Matches(cert, cert.Subject.CommonName); ok && strong {
				sure = append(sure, &a.Keys[i])
			}
		}
	}
	if len(sure) > 0 {
		if len(sure) > 1 {
			return nil // one serial number twice: it tells nothing
		}
		return sure[0]
	}
	// An earlier run knows by which key the device was served before it.
	for _, u := range a.Unfinished {
		if u.OldSPKI == usage.Fingerprint(cert) {
			return a.key(u.OldKey)
		}
	}
	users := a.users(keys.UseTLS)
	if len(users) > 1 {
		users = slices.DeleteFunc(users, func(k *KeyState) bool {
			if k.Details == nil {
				return false // it may be this one
			}
			ok, _, _ := k.Details.Matches(cert, cert.Subject.CommonName)
			return !ok
		})
		if len(users) == 1 && ui && users[0].Details != nil {
			return users[0]
		}
	}
	if !ui || len(users) != 1 || users[0].Ours || users[0].Details == nil || users[0].Details.Contradicts(cert) {
		return nil // ours may be bound and not in effect yet
	}
	return users[0]
}

// record is the evidence of a key of a device as it stands at a moment. // W-4
func (k *KeyState) record(d DeviceInfo, at time.Time) revocation.Evidence {
	e := revocation.Evidence{
		Device: revocation.Device{URL: d.URL, Model: d.Model, Controller: d.Controller},
		Key:    k.Name, TakenAt: at, Source: revocation.SourceDetails,
		Weakness: revocation.Weakness{State: k.Finding.State.String(), Rounds: k.Finding.Rounds},
	}
	for _, u := range k.Uses {
		e.Usages = append(e.Usages, string(u))
	}
	if k.Details != nil {
		for _, f := range k.Details.Fields {
			e.Fields = append(e.Fields, revocation.Field{Label: f.Label, Value: f.Value})
		}
		e.Printed = &revocation.Printed{Issuer: k.Details.Issuer, Subject: k.Details.Subject, Serial: k.Details.Serial}
	}
	if len(k.Certificate) > 0 {
		e.Source = cmp.Or(k.Source, revocation.SourceHandshake)
		e.Certificate = &revocation.CertificateRecord{DER: k.Certificate}
	}
	return e
}

// certificates are those that a call has read: each is parsed once, and the key of
// each is tested once, whoever asks. Nil: none is kept. They may be used by several
// goroutines, as an assessment may.
type certificates struct {
	mu     sync.Mutex
	read   map[[sha256.Size]byte]*x509.Certificate // by the SHA-256 of the DER; nil: unreadable
	tested map[[sha256.Size]byte]keys.Finding      // by the SHA-256 of the SPKI
}

func newCertificates() *certificates {
	return &certificates{read: map[[sha256.Size]byte]*x509.Certificate{}, tested: map[[sha256.Size]byte]keys.Finding{}}
}

// parse is a certificate in DER; nil: it cannot be read, or there is none. Nobody may
// change it.
func (c *certificates) parse(der []byte) *x509.Certificate {
	if len(der) == 0 {
		return nil
	}
	if c == nil {
		cert, _ := oddcert.Parse(der) // nil with an error
		return cert
	}
	sum := sha256.Sum256(der)
	c.mu.Lock()
	defer c.mu.Unlock()
	cert, known := c.read[sum]
	if !known {
		cert, _ = oddcert.Parse(der)
		c.read[sum] = cert
	}
	return cert
}

// key tests the key of a certificate, as [keys.CheckKey] does. // W-2
func (c *certificates) key(cert *x509.Certificate) (_ keys.Finding, isRSA bool) {
	if pub, isRSA := cert.PublicKey.(*rsa.PublicKey); isRSA {
		return c.modulus(cert.RawSubjectPublicKeyInfo, pub.N), true
	}
	return keys.Finding{}, false
}

// modulus tests a modulus, which the SPKI around it tells from others.
func (c *certificates) modulus(spki []byte, n *big.Int) keys.Finding {
	if c == nil {
		return keys.CheckModulus(n, keys.DefaultRounds)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := sha256.Sum256(spki)
	found, known := c.tested[sum]
	if !known {
		found = keys.CheckModulus(n, keys.DefaultRounds)
		c.tested[sum] = found
	}
	return found
}
