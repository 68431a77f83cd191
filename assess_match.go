package rekey

import (
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"

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
	l := revocation.Lookup{Serial: k.Details.Serial, Issuer: k.Details.Issuer, Subject: k.Details.Subject}
	for _, f := range k.Details.Fields {
		l.Fields = append(l.Fields, revocation.Field{Label: f.Label, Value: f.Value})
	}
	m, err := o.KnownCertificates.Find(l)
	if err != nil {
		if errors.Is(err, revocation.ErrAmbiguous) {
			a.Notices = append(a.Notices, fmt.Sprintf("key %q: %v", k.Name, err))
		}
		return
	}
	public := m.Certificate.PublicKey
	k.Certificate, k.Source, k.SPKI = m.Certificate.Raw, revocation.SourceFile, public.SHA256
	if public.N != nil {
		k.Finding = keys.CheckModulus(public.N, keys.DefaultRounds)
	}
	o.event(EventProgress, row.TestKey, fmt.Sprintf("key %q, by its certificate among the known ones (%s): %s", k.Name, m.By, k.Finding))
}

// connect gives a certificate to its key; nil if none fits.
func (a *Assessment) connect(der []byte, o *call) *KeyState {
	cert, err := oddcert.Parse(der)
	if err != nil {
		return nil
	}
	k := a.servedBy(cert, slices.Equal(der, a.Served))
	if k == nil || k.SPKI != "" {
		return k
	}
	k.Certificate, k.Source, k.SPKI = der, revocation.SourceHandshake, usage.Fingerprint(cert)
	k.Finding, _ = o.tested.key(cert)
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

// record is the evidence of a key as it stands now. // W-4
func (a *Assessment) record(k *KeyState, chain [][]byte) revocation.Evidence {
	e := revocation.Evidence{
		Device: revocation.Device{URL: a.Device.URL, Model: a.Device.Model, Controller: a.Device.Controller},
		Key:    k.Name, TakenAt: a.Taken, Source: revocation.SourceDetails,
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
		e.Certificate = &revocation.CertificateRecord{DER: k.Certificate, Chain: chain}
	}
	return e
}

// findings are what the tests of public keys came to: a test takes a while, and is
// asked for several times. Nil: none is kept. They may be used by several goroutines, as
// an assessment may.
type findings struct {
	mu    sync.Mutex
	bySum map[[sha256.Size]byte]keys.Finding // by the SHA-256 of the SPKI
}

// key tests the key of a certificate, as [keys.CheckKey] does. // W-2
func (f *findings) key(cert *x509.Certificate) (_ keys.Finding, isRSA bool) {
	if _, isRSA = cert.PublicKey.(*rsa.PublicKey); !isRSA || f == nil {
		return keys.CheckKey(cert.PublicKey, keys.DefaultRounds)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	found, known := f.bySum[sum]
	if !known {
		found, _ = keys.CheckKey(cert.PublicKey, keys.DefaultRounds)
		f.bySum[sum] = found
	}
	return found, true
}
