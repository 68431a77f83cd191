package dx8795

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509/pkix"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type kind int

const (
	network kind = iota
	preinstalled
	access
	signature
)

type key struct {
	id        int
	name, alg string
	kind      kind
	priv      crypto.Signer
	weak      bool
	cert, csr []byte
}

type smimeCert struct {
	id   int
	mail string
	der  []byte
}

// job is one generation of a key.
type job struct {
	id, keyID int
	csr, sign bool
	done      bool
	err       string
}

// settings are what takes effect with a restart only.
type settings struct {
	TLSKey         int
	TLSMin, TLSMax string
	Algs           string
	X              dot1x
	Pol            []policy
	SIP            sip
}

type dot1x struct {
	Use                    bool
	Login                  string
	VerifyCert, VerifyName bool
	Server                 string
	UseTLS                 bool
	Key                    int
	UseTTLS                bool
	Proto                  string
	UsePEAP                bool
	User, Password         string
}

type policy struct {
	Name                       string
	On, Strict                 bool
	Local, Remote, Ports       string
	Mode, Life, Auth, PSK      string
	Key                        int
	EncAlg, DHGroup, AuthAlg   string
	SAMinutes, SAMegabytes, AH string
}

type sip struct {
	UseIntra                           bool
	Registrar, Port, UserName          string
	UseTLS                             bool
	T38Transport, T38Media             string
	T38Port, RTPPort                   string
	Key                                int
	ReqClient, VerifyServer, AddCNItem bool
}

// plainSettings take effect at once.
type plainSettings struct {
	Encrypt                string
	AddSign                bool
	EncAlg, SignAlg        string
	VerifyRecv, PrintSign  bool
	Bluetooth              bool
	BTName, BTPin          string
	AMS                    bool
	AMSServer, AMSRestrict string
}

func (s settings) clone() settings {
	s.Pol = slices.Clone(s.Pol)
	return s
}

var (
	factoryOnce sync.Once
	factoryRSA  []*rsa.PrivateKey // strong: Default Key, AMS; then five weak ones
	factoryEC   crypto.Signer
)

func makeFactoryKeys() {
	var weak devicetest.WeakKeys
	for i := range 7 {
		if i < 2 {
			factoryRSA = append(factoryRSA, devicetest.Strong(2048))
			continue
		}
		factoryRSA = append(factoryRSA, weak.Next())
	}
	factoryEC = devicetest.Must(devicetest.NewKey("P256"))
}

// factory fills the key store and the settings of a machine some years in use.
func (d *Device) factory() {
	factoryOnce.Do(makeFactoryKeys)
	date := func(y, m, day int) time.Time { return time.Date(y, time.Month(m), day, 0, 0, 0, 0, time.UTC) }
	add := func(name string, k kind, i int, subject pkix.Name, from, to time.Time) int {
		d.nextID++
		d.keys = append(d.keys, &key{
			id: d.nextID, name: name, alg: "RSA 2048", kind: k, priv: factoryRSA[i], weak: i >= 2,
			cert: devicetest.Must(devicetest.SelfSigned(factoryRSA[i], "SHA256", devicetest.Usual(subject, from, to))),
		})
		return d.nextID
	}
	maker := pkix.Name{Country: []string{"JP"}, Organization: []string{"CANON INC."}, CommonName: "Canon " + model}
	office := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"GB"}, Province: []string{"Surrey"}, Locality: []string{"Reigate"},
			Organization: []string{"Example Office Ltd"}, OrganizationalUnit: []string{"Print Services"}, CommonName: cn}
	}
	add("Default Key", preinstalled, 0, maker, date(2012, 1, 1), date(2037, 12, 31))
	add("AMS", access, 1, maker, date(2020, 11, 2), date(2030, 11, 1))
	add("Device Signature Key", signature, 2, maker, date(2021, 2, 15), date(2027, 2, 14))
	d.cur.TLSKey = add("rui2021", network, 3, office("127.0.0.1"), date(2021, 2, 15), date(2031, 2, 14))
	d.cur.X = dot1x{Use: true, Login: "mfp-8795-2f", VerifyCert: true, VerifyName: true, Server: "radius.example.com",
		UseTLS: true, Proto: "1", Key: add("dot1x", network, 4, office("mfp-8795-2f"), date(2021, 2, 16), date(2031, 2, 15))}
	ip := add("ipsecHQ", network, 5, office("mfp-8795-2f.example.com"), date(2021, 3, 1), date(2031, 2, 28))
	d.cur.SIP = sip{UseIntra: true, Registrar: "sip.example.com", Port: "5061", UserName: "fax2f", UseTLS: true,
		T38Transport: "0", T38Media: "0", T38Port: "49152", RTPPort: "5004", VerifyServer: true,
		Key: add("sipfax", network, 6, office("fax2f.example.com"), date(2021, 3, 1), date(2031, 2, 28))}
	base := policy{On: true, Local: "0", Remote: "192.0.2.16/28", Ports: "All", Mode: "0", Life: "480", Auth: "1", Key: ip,
		EncAlg: "1", DHGroup: "14", AuthAlg: "1", SAMinutes: "480", SAMegabytes: "65535", AH: "0"}
	hq, acc := base, base
	hq.Name, hq.Strict = "PrintServer", true
	acc.Name, acc.Auth, acc.Key, acc.PSK, acc.Remote = "Accounts", "0", 0, "a-shared-secret", "192.0.2.64/28"
	d.cur.Pol = []policy{hq, acc}
	d.cur.TLSMin, d.cur.TLSMax, d.cur.Algs = "2", "2", "110"
	d.set = d.cur.clone()
	d.plain = plainSettings{Encrypt: "1", EncAlg: "AES-128", SignAlg: "SHA256", VerifyRecv: true,
		BTName: "iR-ADV8795", BTPin: "4417203", AMS: true, AMSServer: "0", AMSRestrict: "1"}
	for i, mail := range []string{"mfp-3f@example.com", "scan@example.com"} {
		s := office(mail)
		der := devicetest.Must(devicetest.SelfSigned(factoryEC, "SHA256", devicetest.Usual(s, date(2021, 2, 20), date(2031, 2, 20))))
		d.smime = append(d.smime, &smimeCert{i + 1, mail, der})
	}
}

func (d *Device) key(id int) *key {
	for _, k := range d.keys {
		if k.id == id {
			return k
		}
	}
	return nil
}

func (d *Device) keyName(id int) string {
	if k := d.key(id); k != nil {
		return k.name
	}
	return ""
}

func (d *Device) uses(k *key, s settings) []string {
	var u []string
	if s.TLSKey == k.id {
		u = append(u, "TLS")
	}
	if s.X.UseTLS && s.X.Key == k.id {
		u = append(u, "IEEE 802.1X")
	}
	if slices.ContainsFunc(s.Pol, func(p policy) bool { return p.Auth == "1" && p.Key == k.id }) {
		u = append(u, "IPSec")
	}
	if s.SIP.Key == k.id {
		u = append(u, "SIP")
	}
	if k.kind == signature {
		u = append(u, "Device Signature")
	}
	return u
}

// shown is the usage column: what is in effect and what is set.
func (d *Device) shown(k *key) []string {
	u := d.uses(k, d.cur)
	for _, s := range d.uses(k, d.set) {
		if !slices.Contains(u, s) {
			u = append(u, s)
		}
	}
	if k.kind == access {
		u = append(u, "Access Control")
	}
	return u
}

// usable tells whether a key may be chosen for network communication.
func (k *key) usable() bool {
	return k.cert != nil && (k.kind == network || k.kind == preinstalled)
}

type genRequest struct {
	name, hash, alg, param string
	from, to               time.Time
	subject                pkix.Name
	csr, sign              bool
}

// generate starts a job; the lock is held.
func (d *Device) generate(g genRequest) *job {
	d.nextJob++
	j := &job{id: d.nextJob, csr: g.csr, sign: g.sign}
	d.jobs[j.id] = j
	k := &key{name: g.name, alg: g.alg + " " + g.param}
	var err error
	d.InBackground(800*time.Millisecond, func() {
		if k.priv, err = devicetest.NewKey(k.alg); err != nil {
			return
		}
		if g.csr {
			k.csr, err = devicetest.Request(k.priv, g.hash, g.subject)
		} else {
			k.cert, err = devicetest.SelfSigned(k.priv, g.hash, devicetest.Usual(g.subject, g.from, g.to))
		}
	}, func() {
		j.done = true
		if err != nil {
			j.err = "The key could not be generated."
			return
		}
		if g.sign {
			for _, old := range d.keys {
				if old.kind == signature {
					old.alg, old.priv, old.cert, old.weak = k.alg, k.priv, k.cert, false
					j.keyID = old.id
				}
			}
		} else {
			d.nextID++
			k.id, j.keyID = d.nextID, d.nextID
			d.keys = append(d.keys, k)
		}
		d.changed()
	})
	return j
}

func (d *Device) busy() bool {
	for _, j := range d.jobs {
		if !j.done {
			return true
		}
	}
	return false
}

func thumbprint(der []byte) string {
	s := sha1.Sum(der)
	var out []string
	for _, b := range s {
		out = append(out, hex.EncodeToString([]byte{b}))
	}
	return strings.ToUpper(strings.Join(out, " "))
}
