// Package compare finds what only shows when the keys of many devices lie side by
// side: the same key on several of them, and RSA moduli that have a prime in common,
// which gives away the private keys of both.
package compare

import (
	"cmp"
	"context"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/oddcert"
	"github.com/rekey-go/rekey/keycheck"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// Kind is what was found.
type Kind string

// What can be found.
const (
	SameKey     Kind = "same-key"     // who has one of the devices can pose as the others
	SharedPrime Kind = "shared-prime" // anybody can work out the private keys
)

// Place is where a key was seen.
type Place struct {
	Device string `json:"device"` // as [rekey.Assessment] has it in Address, else its URL
	// Key is its name in the device's list, empty where it was only seen at Port.
	Key  string `json:"key,omitempty"`
	Port string `json:"port,omitempty"` // address at which it was presented
	// Factory: by its name the device came with it.
	Factory bool `json:"factory,omitempty"`
}

func (p Place) String() string {
	at := fmt.Sprintf("%s key %q", p.Device, p.Key)
	if p.Key == "" {
		at = fmt.Sprintf("%s at %s", p.Device, p.Port)
	}
	if p.Factory {
		at += " (factory)"
	}
	return at
}

// Finding is about keys of several devices, or several keys.
type Finding struct {
	Kind Kind `json:"kind"`
	// SPKI is the hex SHA-256 of the public key.
	SPKI   string  `json:"spki"`
	Places []Place `json:"places"` // in order; of SharedPrime all that have this key
	// Factory: a device came with it, so others of its kind may have it, too, that are
	// not in the fleet.
	Factory bool `json:"factory,omitempty"`
}

func (f Finding) String() string {
	what := "the same key on several devices"
	if f.Kind == SharedPrime {
		what = "a modulus that has a prime in common with another key's"
	}
	var at []string
	for _, p := range f.Places {
		at = append(at, p.String())
	}
	return what + ": " + strings.Join(at, ", ")
}

// Keys are public keys of many devices. The zero value is ready; it is not safe for
// concurrent use. Of a key it keeps the modulus and where it was seen.
type Keys struct {
	of    map[remoteui.SPKIHash]*known
	order []remoteui.SPKIHash
}

type known struct {
	n      *big.Int // nil: no RSA key
	places []Place
}

// Add adds all keys of a device of which a certificate was seen. Those that it shares
// with itself are no finding.
func (k *Keys) Add(a *rekey.Assessment) {
	device := address.Device(cmp.Or(a.Address, a.Device.URL))
	for i := range a.Keys {
		s := &a.Keys[i]
		k.add(s.Certificate, Place{Device: device, Key: s.Name, Factory: s.Name == keys.DefaultKey || s.Name == keys.AMSKey})
	}
	for _, other := range append([]rekey.PortCertificate{{Addr: device, Certificate: a.Served}}, a.Others...) {
		k.add(other.Certificate, Place{Device: device, Port: other.Addr})
	}
}

func (k *Keys) add(der []byte, at Place) {
	cert, err := oddcert.Parse(der)
	if err != nil {
		return
	}
	h := remoteui.HashSPKI(cert)
	if k.of == nil {
		k.of = map[remoteui.SPKIHash]*known{}
	}
	if k.of[h] == nil {
		k.of[h] = &known{}
		k.order = append(k.order, h)
		if pub, ok := cert.PublicKey.(*rsa.PublicKey); ok {
			k.of[h].n = pub.N
		}
	}
	e := k.of[h]
	if at.Key == "" && slices.ContainsFunc(e.places, func(p Place) bool { return p.Device == at.Device }) {
		return // its list has it
	}
	e.places = append(e.places, at)
}

// Len is how many different keys there are.
func (k *Keys) Len() int { return len(k.order) }

// Findings are what the keys have in common, in the order in which they came. The time
// grows little faster than the number of RSA keys: see docs/benchmarks.md. An error is
// that of ctx.
func (k *Keys) Findings(ctx context.Context) ([]Finding, error) {
	found := []Finding{}
	var moduli []*big.Int
	for _, h := range k.order {
		e := k.of[h]
		moduli = append(moduli, e.n)
		if slices.ContainsFunc(e.places, func(p Place) bool { return p.Device != e.places[0].Device }) {
			found = append(found, e.finding(SameKey, h))
		}
	}
	shared, err := keycheck.SharedPrimes(ctx, moduli)
	if err != nil {
		return nil, err
	}
	for i, h := range k.order {
		if _, weak := shared[i]; weak {
			found = append(found, k.of[h].finding(SharedPrime, h))
		}
	}
	return found, nil
}

func (e *known) finding(kind Kind, h remoteui.SPKIHash) Finding {
	f := Finding{Kind: kind, SPKI: hex.EncodeToString(h[:]), Places: slices.Clone(e.places)}
	slices.SortStableFunc(f.Places, func(a, b Place) int { return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Key, b.Key)) })
	f.Factory = slices.ContainsFunc(f.Places, func(p Place) bool { return p.Factory })
	return f
}
