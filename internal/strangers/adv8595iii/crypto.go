package adv8595iii

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type keyKind int

const (
	kindNormal keyKind = iota
	kindDefault
	kindAMS
	kindDevSig
)

type key struct {
	no   int
	name string
	kind keyKind
	priv crypto.Signer
	cert []byte // DER
	csr  []byte // DER, while the certificate is awaited and after
}

type peerCert struct {
	no   int
	name string
	der  []byte
}

func (k *key) algorithm() string {
	switch p := k.priv.Public().(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", p.N.BitLen())
	case *ecdsa.PublicKey:
		return fmt.Sprintf("ECDSA P%d", p.Curve.Params().BitSize)
	}
	return ""
}

// weak tries a few rounds of Fermat's method.
func (k *key) weak() bool {
	p, ok := k.priv.Public().(*rsa.PublicKey)
	if !ok {
		return false
	}
	a := new(big.Int).Sqrt(p.N)
	for range 64 {
		b := new(big.Int).Mul(a, a)
		b.Sub(b, p.N)
		if b.Sign() > 0 {
			s := new(big.Int).Sqrt(b)
			if s.Mul(s, s).Cmp(b) == 0 {
				return true
			}
		}
		a.Add(a, big.NewInt(1))
	}
	return false
}

func strongKey(bits int) *rsa.PrivateKey {
	k, err := devicetest.GenerateKey(bits)
	if err != nil {
		panic(err)
	}
	return k
}

// subject is what the generation forms ask for.
type subject struct{ country, state, city, org, unit, cn string }

func (s subject) name() pkix.Name {
	one := func(v string) []string {
		if v == "" {
			return nil
		}
		return []string{v}
	}
	return pkix.Name{Country: one(s.country), Province: one(s.state), Locality: one(s.city), Organization: one(s.org), OrganizationalUnit: one(s.unit), CommonName: s.cn}
}

func sigAlg(k crypto.Signer, hash string) x509.SignatureAlgorithm {
	_, ec := k.(*ecdsa.PrivateKey)
	switch {
	case hash == "SHA384" && ec:
		return x509.ECDSAWithSHA384
	case hash == "SHA512" && ec:
		return x509.ECDSAWithSHA512
	case ec:
		return x509.ECDSAWithSHA256
	case hash == "SHA384":
		return x509.SHA384WithRSA
	case hash == "SHA512":
		return x509.SHA512WithRSA
	}
	return x509.SHA256WithRSA
}

func selfSign(k crypto.Signer, s subject, hash string, from, to time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: s.name(), NotBefore: from, NotAfter: to,
		SignatureAlgorithm: sigAlg(k, hash), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(s.cn); ip != nil {
		t.IPAddresses = []net.IP{ip}
	} else if s.cn != "" {
		t.DNSNames = []string{s.cn}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, k.Public(), k)
	if err != nil { // a host name that no SAN may hold
		t.IPAddresses, t.DNSNames = nil, nil
		return x509.CreateCertificate(rand.Reader, t, t, k.Public(), k)
	}
	return der, nil
}

func makeCSR(k crypto.Signer, s subject, hash string) ([]byte, error) {
	return x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: s.name(), SignatureAlgorithm: sigAlg(k, hash)}, k)
}

func newPrivate(alg, length string) (crypto.Signer, error) {
	if alg == "ECDSA" {
		c := map[string]elliptic.Curve{"P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}[length]
		return ecdsa.GenerateKey(c, rand.Reader)
	}
	bits := 0
	fmt.Sscan(length, &bits)
	return devicetest.GenerateKey(bits)
}

// parseCert takes a DER or PEM certificate.
func parseCert(b []byte) (*x509.Certificate, error) {
	if p, _ := pem.Decode(b); p != nil {
		b = p.Bytes
	}
	return x509.ParseCertificate(b)
}

// nameText writes a name as the details page does.
func nameText(raw []byte) string {
	var seq pkix.RDNSequence
	if _, err := asn1.Unmarshal(raw, &seq); err != nil {
		return ""
	}
	short := map[string]string{"2.5.4.6": "C", "2.5.4.8": "ST", "2.5.4.7": "L", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.3": "CN"}
	out := ""
	for _, set := range seq {
		for _, a := range set {
			if out != "" {
				out += ", "
			}
			n := short[a.Type.String()]
			if n == "" {
				n = a.Type.String()
			}
			out += fmt.Sprintf("%s=%v", n, a.Value)
		}
	}
	return out
}

// The keys of the factory and of the site take long to make: once per process.
var made = sync.OnceValue(func() []*rsa.PrivateKey {
	var ks []*rsa.PrivateKey
	for range 2 {
		ks = append(ks, strongKey(2048))
	}
	var weak devicetest.WeakKeys
	for range 5 {
		ks = append(ks, weak.Next())
	}
	return ks
})

// factory fills the device with what its owner set up in the years before.
func (d *Device) factory() {
	ks := made()
	put := func(i int, name string, kind keyKind, s subject, from, to time.Time) int {
		der, err := selfSign(ks[i], s, "SHA256", from, to)
		if err != nil {
			panic(err)
		}
		if err := d.addKey(&key{name: name, kind: kind, priv: ks[i], cert: der}); err != nil {
			panic(err)
		}
		return d.nextKey
	}
	day := func(y, m, n int) time.Time { return time.Date(y, time.Month(m), n, 0, 0, 0, 0, time.UTC) }
	site := func(cn string) subject {
		return subject{"US", "New York", "Melville", "Harbor Legal LLP", "Facilities", cn}
	}
	put(0, "Default Key", kindDefault, subject{cn: "Canon iR-ADV 8595 III", org: "CANON INC.", country: "JP"}, day(2018, 1, 1), day(2037, 12, 31))
	put(1, "AMS", kindAMS, subject{cn: "AMS", org: "CANON INC.", country: "JP"}, day(2019, 10, 1), day(2037, 12, 31))
	now := d.now()
	put(2, "Device Signature Key", kindDevSig, subject{cn: "Canon iR-ADV 8595 III XLS04417", org: "CANON INC."}, day(now.Year()-2, 3, 9), day(now.Year()+3, 3, 9))
	y := now.Year() - 2
	d.pending.tls = put(3, "RUI2020", kindNormal, site("printroom-2f.harborlegal.example"), day(y, 2, 17), day(y+10, 2, 16))
	d.pending.dot1x = put(4, "LANport", kindNormal, site("printroom-2f.harborlegal.example"), day(y, 2, 17), day(y+10, 2, 16))
	d.pending.ipsec[0] = put(5, "vpnarchive", kindNormal, site("192.0.2.85"), day(y, 4, 2), day(y+5, 4, 1))
	d.pending.sip = put(6, "IPFAX", kindNormal, site("fax.harborlegal.example"), day(y, 4, 2), day(y+5, 4, 1))
	d.active = d.pending
	peer, err := selfSign(ks[0], subject{cn: "Canon iR-ADV C5560 III UMV01093", org: "CANON INC."}, "SHA256", day(y, 5, 5), day(y+5, 5, 5))
	if err != nil {
		panic(err)
	}
	d.peers = []*peerCert{{1, "Canon iR-ADV C5560 III UMV01093", peer}}
	d.sets = map[string]map[string]string{}
	for id, p := range settingPages {
		m := map[string]string{}
		for _, it := range p.items {
			if it.name != "" && it.kind != "key" {
				m[it.name] = it.init
			}
		}
		d.sets[id] = m
	}
}
