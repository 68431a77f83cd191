package keys

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Order is what a certificate is asked for: what we decided before the device
// was told to make a request. A request (CSR) comes from the device, and a
// device in other hands asks for what it likes; what a certificate says is taken
// from the order, and the request is checked against it.
//
// An [Issuer] is given the order of a request by the context of Issue; see
// [OrderFrom]. Who calls an Issuer of the package issuer by himself gives it one
// by [WithOrder].
type Order struct {
	// Device is the address that we reach the device by: an IP address or a host
	// name, which a request may name (SAN) beside what was ordered.
	Device string `json:"device,omitempty"`
	// Model is what the device calls itself, for people.
	Model string `json:"model,omitempty"`
	// Uses that the certificate is for; empty: not said.
	Uses []Use `json:"uses,omitempty"`
	// Spec has the name and kind of the key, the subject, and the hash. Its dates
	// are not looked at. A zero Algorithm, an empty Hash and an empty Country
	// leave the choice to the device.
	Spec Spec `json:"spec"`
	// Names (SAN) that the certificate is to have: IP addresses, host names,
	// e-mail addresses, URIs. Empty: the common name, if it is one of them.
	Names []string `json:"names,omitempty"`
	// Validity is how long the certificate is to last; zero leaves it to the CA.
	Validity time.Duration `json:"validity,omitempty"`
	// Policy says what of the certificate is for the CA to decide.
	Policy IssuedPolicy `json:"-"`
}

type orderKey struct{}

// WithOrder gives an order to the [Issuer] that is called with the context.
func WithOrder(ctx context.Context, o Order) context.Context {
	return context.WithValue(ctx, orderKey{}, o)
}

// OrderFrom returns the order that a request belongs to; ok is false if the
// caller of Issue gave none. It comes with the context so that issuers that look
// at the request alone, and wrappers around issuers, stay as they are.
func OrderFrom(ctx context.Context) (o Order, ok bool) {
	o, ok = ctx.Value(orderKey{}).(Order)
	return o, ok
}

// SANs are the names that the certificate is to have.
func (o Order) SANs() []string {
	if len(o.Names) > 0 || !IsHost(o.Spec.CommonName) {
		return slices.Clone(o.Names)
	}
	return []string{o.Spec.CommonName}
}

// NamesFor are the names that a certificate for the request is to have: those of
// the order, and of the device's address and the policy's names those that the
// request asks for.
func (o Order) NamesFor(csr *x509.CertificateRequest) []string {
	asked := slices.Clone(csr.DNSNames)
	for _, ip := range csr.IPAddresses {
		asked = append(asked, ip.String())
	}
	is := func(n string) func(string) bool { return func(other string) bool { return SameName(n, other) } }
	names := o.SANs()
	for _, n := range o.mayName() {
		if slices.ContainsFunc(asked, is(n)) && !slices.ContainsFunc(names, is(n)) {
			names = append(names, n)
		}
	}
	return names
}

// mayName are the names that a request may ask for.
func (o Order) mayName() []string {
	names := append(o.SANs(), o.Policy.Names...)
	if o.Device != "" {
		names = append(names, o.Device)
	}
	return names
}

// RequestError means that a request is not what was ordered. Nobody was asked
// to sign it.
type RequestError struct {
	Key         string   // its name on the device
	Differences []string // each in words, with what was ordered and what was found
}

func (e *RequestError) Error() string {
	return fmt.Sprintf("CSR of key %q: it asks for something else than was ordered: %s", e.Key, strings.Join(e.Differences, "; "))
}

// Check checks a request against the order, before any CA hears of it: the device
// must hold the key, which must not be a weak one and must be of the kind
// ordered; the subject must be that of the order, by the rules of RFC 5280, 7.1
// (string types, case and spaces do not matter), in any sequence, with nothing
// left out or added; and it may ask for no names and nothing else that a CA could
// grant than the order has.
//
// Tolerated are an attribute without value, a country where the order has none
// (devices fill one in), and what grants nothing: an empty list of extensions, a
// challenge password (servers of SCEP know by it who may ask), and extensions
// that every certificate of ours has anyway: no CA (basic constraints), a key
// usage of signatures and key agreement, TLS server and client.
//
// Errors: [*WeakKeyError], [*RequestError], and a signature that does not fit.
// rounds of Fermat's method; zero means [DefaultRounds]. // G-4, W-2
func (o Order) Check(csr *x509.CertificateRequest, rounds int) error {
	if csr == nil {
		return errors.New("no CSR given")
	}
	if err := checkKey(csr, o.Spec.Name, rounds); err != nil {
		return err
	}
	var wrong []string
	if got := algorithmOf(csr.PublicKey); !o.Spec.Algorithm.IsZero() && got != o.Spec.Algorithm {
		wrong = append(wrong, fmt.Sprintf("key: want %s, got %s", o.Spec.Algorithm, got))
	}
	if wrong = append(wrong, o.compare(csr)...); len(wrong) > 0 {
		return &RequestError{o.Spec.Name, wrong}
	}
	return nil
}

// compare says in what a request differs from the order, but for its key.
func (o Order) compare(csr *x509.CertificateRequest) (wrong []string) {
	subject, err := parseName(csr.RawSubject)
	if err != nil {
		wrong = append(wrong, "subject: "+err.Error())
	} else {
		wrong = append(wrong, subject.differences(o.Spec.attributes(), whole)...)
	}
	if o.Spec.Hash != "" && !strings.Contains(plain(csr.SignatureAlgorithm.String()), string(o.Spec.Hash)) {
		wrong = append(wrong, fmt.Sprintf("signature: want %s, got %s", o.Spec.Hash, csr.SignatureAlgorithm))
	}
	return append(wrong, o.AsksFor(csr)...)
}
