package adv8595iii

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
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

// subject is what the generation forms ask for.
type subject struct{ country, state, city, org, unit, cn string }

func (s subject) name() pkix.Name {
	return devicetest.Subject(s.country, s.state, s.city, s.org, s.unit, s.cn)
}

func selfSign(k crypto.Signer, s subject, hash string, from, to time.Time) ([]byte, error) {
	t := devicetest.Usual(s.name(), from, to)
	t.BasicConstraintsValid = true
	if ip := net.ParseIP(s.cn); ip != nil {
		t.IPAddresses = []net.IP{ip}
	} else if s.cn != "" {
		t.DNSNames = []string{s.cn}
	}
	der, err := devicetest.SelfSigned(k, hash, t)
	if err != nil { // a host name that no SAN may hold
		t.IPAddresses, t.DNSNames = nil, nil
		return devicetest.SelfSigned(k, hash, t)
	}
	return der, nil
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
		ks = append(ks, devicetest.Strong(2048))
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
