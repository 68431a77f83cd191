package otherdevice

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Usages as [KeyState] names them, whatever the device's language.
const (
	useTLS       = "TLS"
	use8021X     = "IEEE 802.1X"
	useIPSec     = "IPSec"
	useSignature = "Device Signature"
	useAccess    = "Access Control"
)

// maxKeys is how many keys the device has room for.
const maxKeys = 14

// refusal is why the device does not do what it was asked; each style words
// it in its own language.
type refusal string

const (
	badName    refusal = "name"
	nameTaken  refusal = "taken"
	badHash    refusal = "hash"
	badDates   refusal = "dates"
	badSubject refusal = "subject"
	badKind    refusal = "kind"
	storeFull  refusal = "full"
	keyInUse   refusal = "inuse"
	keyFixed   refusal = "protected"
	noSuchKey  refusal = "nokey"
	noLogin    refusal = "login"
)

// storedKey is one row of the device's key list.
type storedKey struct {
	id      int // slot, never used again
	name    string
	signer  crypto.Signer
	cert    *x509.Certificate
	fixed   bool      // Default Key, AMS, Device Signature Key
	uses    []string  // other than TLS, which the binding tells
	readyAt time.Time // generating takes a while: listed from then on
}

// KeyState is one key as the device knows it, not as it shows it.
type KeyState struct {
	Name string
	Uses []string // in effect now, in English: TLS, IEEE 802.1X, ...
	SPKI string   // hex SHA-256 of the SubjectPublicKeyInfo
}

// spkiHash is the hex SHA-256 of the certificate's SubjectPublicKeyInfo.
func spkiHash(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// factoryRSA is made once for all devices: making RSA keys is slow, and
// nothing depends on two devices having different ones.
var factoryRSA = sync.OnceValue(func() []*rsa.PrivateKey {
	keys := make([]*rsa.PrivateKey, 6)
	for i := range keys {
		keys[i], _ = devicetest.GenerateKey(2048)
	}
	return keys
})

// install puts the keys of a device that has been in service for years.
func (d *Device) install() error {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	strong := factoryRSA()
	f := d.style.factory
	rows := []storedKey{
		{name: "Default Key", signer: strong[0], fixed: true},
		{name: "AMS", signer: strong[1], fixed: true, uses: f.amsUses},
		{name: f.tlsKey, signer: weakKey()},
		{name: f.ecKey, signer: ec, uses: f.ecUses},
		{name: f.imported, signer: strong[2]},
	}
	for i, p := range d.style.places {
		rows = append(rows, storedKey{name: p.key, signer: strong[3+i]})
	}
	if d.cfg.DeviceSignature {
		rows = append(rows, storedKey{name: "Device Signature Key", signer: strong[0], fixed: true, uses: []string{useSignature}})
	}
	for _, k := range rows {
		form := keyForm{
			hash: "SHA256", start: time.Date(2019, 4, 1, 0, 0, 0, 0, time.UTC), end: time.Date(2034, 3, 31, 0, 0, 0, 0, time.UTC),
			country: "TW", org: "Example Trading", unit: "Office", cn: "mfp-3f.example.test",
		}
		if k.cert, err = selfSign(k.signer, form); err != nil {
			return err
		}
		k.readyAt = form.start
		d.addKey(k)
	}
	d.bindPlaces()
	d.bound, d.served = d.findName(f.tlsKey).id, d.findName(f.tlsKey).id
	return nil
}

func (d *Device) addKey(k storedKey) {
	d.nextSlot++
	k.id = d.nextSlot
	d.keys = append(d.keys, &k)
}

func (d *Device) find(id int) *storedKey {
	return d.first(func(k *storedKey) bool { return k.id == id })
}

func (d *Device) findName(name string) *storedKey {
	return d.first(func(k *storedKey) bool { return k.name == name })
}

func (d *Device) first(want func(*storedKey) bool) *storedKey {
	if i := slices.IndexFunc(d.keys, want); i >= 0 {
		return d.keys[i]
	}
	return nil
}

// listed are the keys that the list shows by now.
func (d *Device) listed() []*storedKey {
	now := d.now()
	return slices.DeleteFunc(slices.Clone(d.keys), func(k *storedKey) bool { return k.readyAt.After(now) })
}

// usesOf tells what a key is used for: bound counts what is stored, served
// what is in effect. They differ between [使用] and the restart.
func (d *Device) usesOf(k *storedKey, tls int) []string {
	uses := slices.Clone(k.uses)
	if k.id == tls {
		uses = append([]string{useTLS}, uses...)
	}
	for _, p := range d.style.places {
		if d.places[p.name].active == k.id {
			uses = append(uses, p.use)
		}
	}
	return uses
}

// bindTLS stores the key for TLS; it serves after the restart.
func (d *Device) bindTLS(id int) refusal {
	k := d.find(id)
	switch {
	case k == nil:
		return noSuchKey
	case k.name == "AMS" || slices.Contains(k.uses, useSignature):
		d.blame("R-6: %s chosen for TLS", k.name)
		return keyFixed
	}
	d.bound = id
	return ""
}

// remove deletes one key (D-1).
func (d *Device) remove(id int) refusal {
	k := d.find(id)
	switch {
	case k == nil:
		return noSuchKey
	case k.fixed:
		d.blame("W-1: deletion of protected key %s", k.name)
		return keyFixed
	case k.id == d.bound || k.id == d.served || d.placed(k) || len(k.uses) > 0:
		d.blame("D-1: deletion of key in use %s", k.name)
		return keyInUse
	}
	d.keys = slices.DeleteFunc(d.keys, func(o *storedKey) bool { return o == k })
	return ""
}

// serial gives a certificate serial of 63 bits.
func serial() *big.Int {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	return n
}
