package simdevice

import (
	"slices"
	"time"
)

// KeySpec describes a key a device starts with.
type KeySpec struct {
	// Name in the list. "Default Key", "AMS" and "Device Signature Key" are the
	// preinstalled keys and behave so.
	Name string

	// Bits of an RSA key; zero means 2048. Curve makes an ECDSA key instead:
	// "P256", "P384" or "P521".
	Bits  int
	Curve string
	// Weak gives an RSA key close primes.
	Weak bool

	// Uses: "TLS", "IEEE 802.1X", "IPSec", "SIP". If no key is used for TLS,
	// "Default Key" is.
	Uses []string

	// Imported keys were made elsewhere. The pages do not show it.
	Imported bool

	// Subject of the certificate. An empty CommonName means [Config.Hostname].
	Country, State, City, Organization, Unit, CommonName string
	// Validity; zero means from 2021-03-01, ten years long.
	NotBefore, NotAfter time.Time
	// ExternalIssuer: a CA signed the certificate; otherwise it is self-signed.
	ExternalIssuer bool
	// Issue has a CA of the caller's sign the certificate, for a request that the
	// device makes with the key (DER); nil: none does. The DER of the certificate
	// is returned.
	Issue func(request []byte) ([]byte, error)

	// Corrupt marks the key as corrupted or invalid in the list.
	Corrupt bool
	// NoCertificate is a key whose certificate was not registered yet.
	NoCertificate bool
}

// PolicySpec describes a policy of IPSec.
type PolicySpec struct {
	Name string
	// PreShared: it authenticates by a pre-shared key, not by Key.
	PreShared bool
	Key       string // name of one of Config.Keys; empty: none
}

// withPolicies returns the policies, with what follows from the keys' uses.
func (c Config) withPolicies() []PolicySpec {
	if c.Policies != nil {
		return slices.Clone(c.Policies)
	}
	for _, k := range c.Keys {
		if slices.Contains(k.Uses, UseIPSec) {
			return []PolicySpec{{Name: "Policy1", Key: k.Name}}
		}
	}
	return nil
}

func defaultKeys() []KeySpec {
	return []KeySpec{
		{Name: nameDefaultKey, CommonName: "Canon Default Key"},
		{Name: nameAMS, CommonName: "Canon AMS"},
		{Name: "TLS-2021", Weak: true, Uses: []string{UseTLS}, Organization: "Example Office"},
	}
}
