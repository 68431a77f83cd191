package simdevice

import (
	"crypto"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/simdevice/internal/pki"
	"github.com/rekey-go/rekey/internal/weaktest"
)

// key is a key of the device and its certificate.
type key struct {
	slot   int // stable number, never given twice
	name   string
	signer crypto.Signer
	bits   int
	curve  string // empty: RSA
	weak   bool

	imported  bool
	generated bool                          // over the Remote UI
	bound     bool                          // was bound to a usage at some time
	served    bool                          // TLS was served with it at some time
	worked    [forPolicy + maxPolicies]bool // places in which it was in effect at some time
	corrupt   bool
	cert      *x509.Certificate // nil: not registered yet
	request   []byte            // the signing request, DER; nil: none was made
}

func (k *key) usable() bool { return !k.corrupt && k.cert != nil }

func (k *key) algorithm() string {
	if k.curve != "" {
		return "ECDSA"
	}
	return "RSA"
}

// protected keys are preinstalled: they cannot be deleted.
func (k *key) protected() bool {
	return slices.Contains([]string{nameDefaultKey, nameAMS, nameSignatureKey}, k.name)
}

// forTLS tells whether the key may serve TLS.
func (k *key) forTLS() bool { return k.name != nameAMS && k.name != nameSignatureKey }

func (k *key) state(s *keystore) KeyState {
	spki, _ := x509.MarshalPKIXPublicKey(k.signer.Public()) // fails for no key the pool makes
	sum := sha256.Sum256(spki)
	return KeyState{
		Name: k.name, Algorithm: k.algorithm(), Bits: k.bits, Weak: k.weak,
		Uses: s.stored.of(k), Active: s.active.of(k),
		Imported: k.imported, Generated: k.generated,
		Corrupt: k.corrupt, NoCertificate: k.cert == nil,
		Certificate: k.cert, SPKI: hex.EncodeToString(sum[:]),
	}
}

// usages in the order pages and snapshots list them.
var usages = func() []string {
	all := []string{UseTLS}
	for _, f := range functions[forTLS+1:] {
		all = append(all, f.use)
	}
	return slices.Insert(all, 2, UseIPSec)
}()

// bindings says which key each place has.
type bindings [forPolicy + maxPolicies]*key

// useAt is the usage that a place belongs to.
func useAt(place int) string {
	if f := functionAt(place); f != nil {
		return f.use
	}
	if place == forTLS {
		return UseTLS
	}
	return UseIPSec
}

// placesOf are the places of a usage.
func (s *keystore) placesOf(use string) []int {
	if use == UseTLS {
		return []int{forTLS}
	}
	if place := slices.IndexFunc(functions[:], func(f function) bool { return f.use == use }); place >= 0 {
		return []int{place}
	}
	var all []int
	for i := range s.policies {
		all = append(all, forPolicy+i)
	}
	return all
}

func (b *bindings) of(k *key) []string {
	var uses []string
	for _, use := range usages {
		for i, bound := range b {
			if bound == k && useAt(i) == use && !slices.Contains(uses, use) {
				uses = append(uses, use)
			}
		}
	}
	return uses
}

func (b *bindings) name(i int) string {
	if b[i] == nil {
		return ""
	}
	return b[i].name
}

// keystore is the device's memory for keys.
type keystore struct {
	keys       []*key
	stored     bindings // as set
	active     bindings // as of the last restart
	serving    *key     // what TLS is served with
	servingSIP *key     // and SIP
	pool       *pki.Pool
	rng        *rand.Rand
	slots      int
	// policies are the names of the IPSec policies.
	policies []string
	seen     []string // keys that the pool gave, by their SPKI
	ca       *key     // issuer of ExternalIssuer certificates, made when needed
}

func newKeystore(cfg Config) (*keystore, error) {
	s := &keystore{
		pool:  pki.NewPool(cfg.Seed),
		rng:   rand.New(rand.NewPCG(cfg.Seed, 0x6B6579)),
		slots: cfg.KeySlots,
	}
	for _, spec := range cfg.Keys {
		k, err := s.fromSpec(spec, cfg)
		if err != nil {
			return nil, fmt.Errorf("simulated device: key %q: %w", spec.Name, err)
		}
		s.add(k)
		if err := s.bindSpec(k, spec.Uses); err != nil {
			return nil, fmt.Errorf("simulated device: key %q: %w", spec.Name, err)
		}
	}
	if err := s.bindPolicies(cfg); err != nil {
		return nil, err
	}
	if s.stored[forTLS] == nil {
		s.stored[forTLS] = s.byName(nameDefaultKey)
	}
	if s.stored[forTLS] == nil && !cfg.PlainHTTPOnly {
		return nil, errors.New(`simulated device: no key is used for TLS, and there is no "Default Key"`)
	}
	s.active, s.serving, s.servingSIP = s.stored, s.stored[forTLS], s.stored[forSIP]
	return s, nil
}

func (s *keystore) bindSpec(k *key, uses []string) error {
	for _, use := range uses {
		if !slices.Contains(usages, use) {
			return fmt.Errorf("unknown use %q", use)
		}
		k.bound = true
		if use == UseIPSec {
			continue // by the policies
		}
		i := s.placesOf(use)[0]
		if s.stored[i] != nil {
			return fmt.Errorf("%s already has key %q", use, s.stored[i].name)
		}
		s.stored[i] = k
	}
	return nil
}

// bindPolicies gives the policies of IPSec their keys.
func (s *keystore) bindPolicies(cfg Config) error {
	for i, p := range cfg.Policies {
		if i == maxPolicies {
			return fmt.Errorf("simulated device: more than %d IPSec policies", maxPolicies)
		}
		s.policies = append(s.policies, p.Name)
		k := s.byName(p.Key)
		if p.Key != "" && k == nil {
			return fmt.Errorf("simulated device: policy %q names key %q, which is not there", p.Name, p.Key)
		}
		if k != nil {
			k.bound = true
		}
		s.stored[forPolicy+i] = k
	}
	return nil
}

func (s *keystore) fromSpec(spec KeySpec, cfg Config) (*key, error) {
	k, err := s.make(spec.Curve, spec.Bits, spec.Weak)
	if err != nil {
		return nil, err
	}
	k.name, k.imported, k.corrupt = spec.Name, spec.Imported, spec.Corrupt
	subject := pkix.Name{CommonName: spec.CommonName}
	if subject.CommonName == "" {
		subject.CommonName = cfg.Hostname
	}
	addNames(&subject, spec.Country, spec.State, spec.City, spec.Organization, spec.Unit)
	if spec.NoCertificate || spec.Issue != nil {
		k.request, err = certificationRequest(k.signer, crypto.SHA256, subject, cfg.CSRNames, "")
		if err == nil && spec.Issue != nil {
			err = k.issue(spec.Issue)
		}
		return k, err
	}
	from, to := spec.NotBefore, spec.NotAfter
	if from.IsZero() {
		from = time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC)
	}
	if to.IsZero() {
		to = from.AddDate(10, 0, 0)
	}
	var issuer *key
	if spec.ExternalIssuer {
		if issuer, err = s.issuer(); err != nil {
			return nil, err
		}
	}
	return k, s.certify(k, crypto.SHA256, subject, from, to, issuer)
}

// issue has the key's certificate signed outside.
func (k *key) issue(by func([]byte) ([]byte, error)) error {
	der, err := by(k.request)
	if err != nil {
		return err
	}
	k.request = nil
	k.cert, err = x509.ParseCertificate(der)
	return err
}

// make makes a key without a name, none twice. An empty curve means RSA.
func (s *keystore) make(curve string, bits int, weak bool) (*key, error) {
	for {
		if k, err := s.draw(curve, bits, weak); err != nil || s.fresh(k) {
			return k, err
		}
	}
}

func (s *keystore) draw(curve string, bits int, weak bool) (*key, error) {
	curves := map[string]elliptic.Curve{"P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}
	if curve != "" {
		c, ok := curves[curve]
		if !ok {
			return nil, fmt.Errorf("unknown curve %q: use P256, P384 or P521", curve)
		}
		private, err := s.pool.ECDSA(c)
		if err != nil {
			return nil, err
		}
		return &key{signer: private, curve: curve, bits: c.Params().BitSize}, nil
	}
	if bits == 0 {
		bits = 2048
	}
	private, err := s.pool.RSA(bits, weak)
	if err != nil {
		return nil, err
	}
	return &key{signer: signerOf(private), bits: bits, weak: weak}, nil
}

// certify gives k a certificate; a nil issuer means self-signed.
func (s *keystore) certify(k *key, hash crypto.Hash, subject pkix.Name, from, to time.Time, issuer *key) error {
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetUint64(s.rng.Uint64()>>1 | 1<<56),
		Subject:      subject,
		NotBefore:    from,
		NotAfter:     to,
	}
	var err error
	if issuer == nil {
		k.cert, err = certificateFor(k.signer, hash, template, nil, nil)
	} else {
		k.cert, err = certificateFor(k.signer, hash, template, issuer.cert, issuer.signer)
	}
	return err
}

// issuer returns the CA outside the device.
func (s *keystore) issuer() (*key, error) {
	if s.ca != nil {
		return s.ca, nil
	}
	ca, err := s.make("P256", 0, false)
	if err != nil {
		return nil, err
	}
	from := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	name := pkix.Name{CommonName: "Example Issuing CA", Organization: []string{"Example"}}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: name, NotBefore: from, NotAfter: from.AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if ca.cert, err = certificateFor(ca.signer, crypto.SHA256, template, nil, nil); err != nil {
		return nil, err
	}
	s.ca = ca
	return ca, nil
}

func (s *keystore) add(k *key) {
	k.slot = 1
	for _, other := range s.keys {
		k.slot = max(k.slot, other.slot+1)
	}
	s.keys = append(s.keys, k)
}

func (s *keystore) byName(name string) *key {
	i := slices.IndexFunc(s.keys, func(k *key) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return s.keys[i]
}

func (s *keystore) has(k *key) bool { return slices.Contains(s.keys, k) }

// inUse tells whether deleting k would take it from a usage (D-1).
func (s *keystore) inUse(k *key) bool {
	return len(s.stored.of(k)) > 0 || len(s.active.of(k)) > 0
}

func (s *keystore) remove(k *key) {
	s.keys = slices.DeleteFunc(s.keys, func(other *key) bool { return other == k })
}

// activate puts the stored bindings into effect, as a restart does.
func (s *keystore) activate(cfg Config) {
	if cfg.enforces(RuleOneRestart) {
		s.active = s.stored
	} else {
		s.activateOne()
	}
	if cfg.enforces(RuleServedIsBound) {
		s.serving = s.active[forTLS]
	}
	if cfg.enforces(RuleSIPServed) {
		s.servingSIP = s.active[forSIP]
	}
}

// activateOne puts only the first binding that waits into effect.
func (s *keystore) activateOne() {
	for i := range s.stored {
		if s.active[i] != s.stored[i] {
			s.active[i] = s.stored[i]
			return
		}
	}
}

// tlsCertificate is what TLS presents.
func (s *keystore) tlsCertificate() (*tls.Certificate, *key, error) {
	k := s.serving
	if k == nil || !k.usable() || !s.has(k) {
		return nil, nil, errors.New("simulated device: no working key is bound to TLS")
	}
	return &tls.Certificate{Certificate: [][]byte{k.cert.Raw}, PrivateKey: weaktest.Signer(k.signer), Leaf: k.cert}, k, nil
}

// addNames sets the parts of a subject that are not empty.
func addNames(n *pkix.Name, country, state, city, organization, unit string) {
	for _, part := range []struct {
		field *[]string
		value string
	}{
		{&n.Country, country}, {&n.Province, state}, {&n.Locality, city},
		{&n.Organization, organization}, {&n.OrganizationalUnit, unit},
	} {
		if part.value != "" {
			*part.field = []string{part.value}
		}
	}
}
