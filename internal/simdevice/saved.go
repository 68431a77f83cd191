package simdevice

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
)

// saved is what a device keeps without power: [Config.Saved].
type saved struct {
	Seed   uint64
	Keys   []savedKey
	Stored []int // slot of the key of each place, zero: none
	TLSMin int
	TLSMax int
	TLS    [len(tlsCiphers)]bool
	Forms  formValues
	SMIME  [][]byte
	First  []byte   // certificate of the device signature that it came with
	Seen   []string // keys that were handed out at some time, by their SPKI
}

// savedKey is a key with its private half: RSA by its numbers, for one with close
// primes has no form that others read.
type savedKey struct {
	Slot           int
	Name           string
	N, D           *big.Int `json:",omitempty"`
	E              int      `json:",omitempty"`
	EC             []byte   `json:",omitempty"` // PKCS #8
	Bits           int
	Curve          string
	Weak, Imported bool
	Generated      bool
	Bound, Served  bool
	Corrupt        bool
	Worked         [forPolicy + maxPolicies]bool
	Cert, Request  []byte
}

// Save returns what the device keeps when its power is cut now, for [Config.Saved]:
// keys with their private halves, and settings. What was chosen and is not in effect
// yet will be.
func (d *Device) Save() ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.settings.stored
	all := saved{
		Seed: d.cfg.Seed, TLSMin: v.min, TLSMax: v.max, TLS: v.ciphers, Forms: d.forms.stored, First: d.firstSignature,
		Seen: slices.Clone(d.store.seen),
	}
	for _, k := range d.store.keys {
		s := savedKey{
			Slot: k.slot, Name: k.name, Bits: k.bits, Curve: k.curve, Weak: k.weak, Imported: k.imported, Generated: k.generated,
			Bound: k.bound, Served: k.served, Corrupt: k.corrupt, Worked: k.worked, Request: k.request,
		}
		if k.cert != nil {
			s.Cert = k.cert.Raw
		}
		switch private := k.signer.(type) {
		case *rsa.PrivateKey:
			s.N, s.D, s.E = private.N, private.D, private.E
		case smallRSA:
			s.N, s.D, s.E = private.key.N, private.key.D, private.key.E
		default:
			var err error
			if s.EC, err = x509.MarshalPKCS8PrivateKey(private); err != nil {
				return nil, fmt.Errorf("simulated device: save key %q: %w", k.name, err)
			}
		}
		all.Keys = append(all.Keys, s)
	}
	for _, k := range d.store.stored {
		slot := 0
		if k != nil {
			slot = k.slot
		}
		all.Stored = append(all.Stored, slot)
	}
	for _, c := range d.smimeCerts {
		all.SMIME = append(all.SMIME, c.Raw)
	}
	return json.Marshal(all)
}

// restore gives the device what one with the same configuration saved.
func (d *Device) restore(text []byte) error {
	var all saved
	if err := json.Unmarshal(text, &all); err != nil {
		return fmt.Errorf("simulated device: Saved: %w", err)
	}
	s := d.store
	if all.Seed != d.cfg.Seed || len(all.Stored) != len(s.stored) || all.TLSMin < 0 || all.TLSMax >= len(tlsVersionIDs) || all.TLSMin > all.TLSMax {
		return errors.New("simulated device: Saved: it is of a device with another configuration")
	}
	bySlot := map[int]*key{}
	s.keys, s.seen = nil, all.Seen
	for _, k := range all.Keys {
		restored, err := k.restore()
		if err != nil {
			return fmt.Errorf("simulated device: Saved: key %q: %w", k.Name, err)
		}
		bySlot[k.Slot] = restored
		s.keys = append(s.keys, restored)
	}
	for i, slot := range all.Stored {
		s.stored[i] = bySlot[slot]
	}
	if s.stored[forTLS] == nil && !d.cfg.PlainHTTPOnly {
		return errors.New("simulated device: Saved: no key is used for TLS")
	}
	s.active, s.serving, s.servingSIP = s.stored, s.stored[forTLS], s.stored[forSIP]
	s.rng = rand.New(rand.NewPCG(d.cfg.Seed, 0x6B6579+uint64(len(s.seen)))) // no serial number twice
	d.settings.stored = tlsValues{min: all.TLSMin, max: all.TLSMax, ciphers: all.TLS}
	d.settings.activate()
	d.forms = forms{stored: all.Forms, active: all.Forms}
	d.firstSignature, d.smimeCerts = all.First, nil
	for _, der := range all.SMIME {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("simulated device: Saved: %w", err)
		}
		d.smimeCerts = append(d.smimeCerts, c)
	}
	return nil
}

func (k savedKey) restore() (*key, error) {
	restored := &key{
		slot: k.Slot, name: k.Name, bits: k.Bits, curve: k.Curve, weak: k.Weak, imported: k.Imported, generated: k.Generated,
		bound: k.Bound, served: k.Served, corrupt: k.Corrupt, worked: k.Worked, request: k.Request,
	}
	switch {
	case len(k.EC) > 0:
		private, err := x509.ParsePKCS8PrivateKey(k.EC)
		if err != nil {
			return nil, err
		}
		ec, ok := private.(*ecdsa.PrivateKey)
		if !ok {
			return nil, errors.New("it is no ECDSA key")
		}
		restored.signer = ec
	case k.N == nil || k.D == nil || k.N.BitLen() < 512 || k.E < 3:
		return nil, errors.New("its private half is missing")
	default:
		restored.signer = signerOf(&rsa.PrivateKey{PublicKey: rsa.PublicKey{N: k.N, E: k.E}, D: k.D})
	}
	if len(k.Cert) == 0 {
		return restored, nil
	}
	var err error
	restored.cert, err = x509.ParseCertificate(k.Cert)
	return restored, err
}

// fresh reports whether a key was never handed out, and notes that it is now: a pool
// begins anew with every device.
func (s *keystore) fresh(k *key) bool {
	spki, _ := x509.MarshalPKIXPublicKey(k.signer.Public()) // fails for no key the pool makes
	sum := sha256.Sum256(spki)
	id := hex.EncodeToString(sum[:])
	if slices.Contains(s.seen, id) {
		return false
	}
	s.seen = append(s.seen, id)
	return true
}
