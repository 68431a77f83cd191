package dxc5840

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	kindFactory = "factory" // Default Key
	kindAMS     = "ams"
	kindSign    = "sign" // Device Signature Key
	kindUser    = "user"
)

type key struct {
	no   int
	name string
	kind string
	priv crypto.Signer
	cert []byte // DER
	csr  []byte // of a key whose certificate is or was asked of a CA
}

type smimeCert struct {
	no   int
	der  []byte
	cert *x509.Certificate
}

// job is one key being generated.
type job struct {
	kind string // "self", "csr", "sign"
	done bool
	err  string
	key  *key
}

// request is a filled-in form of key generation.
type request struct {
	kind, name   string
	hash, size   string // "SHA256", "2048" or "P256"
	subject      pkix.Name
	start, until time.Time
}

func (d *Device) key(no int) *key {
	for _, k := range d.keys {
		if k.no == no {
			return k
		}
	}
	return nil
}

func (d *Device) userKeys() int {
	n := 0
	for _, k := range d.keys {
		if k.kind == kindUser {
			n++
		}
	}
	return n
}

// uses lists the functions that k serves according to m.
func (d *Device) uses(k *key, m map[string]int) []string {
	var out []string
	if k.kind == kindSign {
		return []string{"Device Signature"}
	}
	for _, u := range []string{"TLS", "IEEE 802.1X", "IPSec1", "IPSec2", "SIP"} {
		if m[u] != k.no {
			continue
		}
		if u == "IEEE 802.1X" && d.set["c_1x.tpl"].vals["UseTls"] != "1" {
			continue
		}
		if strings.HasPrefix(u, "IPSec") {
			u = "IPSec" // one for each policy
		}
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

func algorithm(pub crypto.PublicKey, unit string) string {
	switch p := pub.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d%s", p.N.BitLen(), unit)
	case *ecdsa.PublicKey:
		return "ECDSA P" + strings.TrimPrefix(p.Curve.Params().Name, "P-")
	}
	return "?"
}

// usual is a certificate as the device makes them.
func usual(subject pkix.Name, start, end time.Time) x509.Certificate {
	t := devicetest.Usual(subject, start, end)
	if ip := net.ParseIP(subject.CommonName); ip != nil {
		t.IPAddresses = []net.IP{ip}
	} else if n := subject.CommonName; strings.Contains(n, ".") && !strings.Contains(n, " ") {
		t.DNSNames = []string{n}
	}
	return t
}

// makeKeys fills the key store as an office of 2021 left it.
func (d *Device) makeKeys() {
	utc := func(y, m, dd int) time.Time { return time.Date(y, time.Month(m), dd, 0, 0, 0, 0, time.UTC) }
	caKey := devicetest.Must(devicetest.NewKey("P256"))
	ca := x509.Certificate{
		Subject:   pkix.Name{Country: []string{"TW"}, Organization: []string{"Formosa Trading"}, CommonName: "Formosa Office CA 2"},
		NotBefore: utc(2019, 1, 1), NotAfter: utc(2039, 1, 1), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	office := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"TW"}, Province: []string{"Taipei"}, Organization: []string{"Formosa Trading"}, OrganizationalUnit: []string{"3F"}, CommonName: cn}
	}
	canon := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"JP"}, Organization: []string{"CANON INC."}, CommonName: cn}
	}
	add := func(name, kind string, priv crypto.Signer, subject pkix.Name, start, end time.Time, byCA bool) int {
		var der []byte
		if byCA {
			der = devicetest.Must(devicetest.Issued(priv, "SHA256", usual(subject, start, end), ca, caKey))
		} else {
			der = devicetest.Must(devicetest.SelfSigned(priv, "SHA256", usual(subject, start, end)))
		}
		d.nextKey++
		d.keys = append(d.keys, &key{no: d.nextKey, name: name, kind: kind, priv: priv, cert: der})
		return d.nextKey
	}
	var weak devicetest.WeakKeys
	add("Default Key", kindFactory, devicetest.Strong(2048), canon("Canon iR-ADV C5840"), utc(2012, 1, 1), utc(2037, 12, 31), false)
	add("AMS", kindAMS, devicetest.Strong(2048), canon("ACCESS MANAGEMENT SYSTEM"), utc(2021, 4, 6), utc(2041, 4, 6), false)
	add("Device Signature Key", kindSign, weak.Next(), canon("iR-ADV C5840 QNR04211"), utc(2021, 4, 6), utc(2041, 4, 6), false)
	tlsKey := add("rui-tls", kindUser, weak.Next(), office("mfp-3f.formosa.example"), utc(2021, 4, 7), utc(2041, 4, 7), false)
	dot1x := add("dot1x2021", kindUser, weak.Next(), office("mfp-3f"), utc(2021, 5, 3), utc(2036, 5, 3), true)
	ipsec := add("ipsec-hq", kindUser, weak.Next(), office("mfp-3f.formosa.example"), utc(2021, 5, 3), utc(2036, 5, 3), true)
	sip := add("ipfax", kindUser, weak.Next(), office("192.0.2.41"), utc(2021, 6, 1), utc(2031, 6, 1), false)
	d.stored = map[string]int{"TLS": tlsKey, "IEEE 802.1X": dot1x, "IPSec1": ipsec, "SIP": sip}
	d.effect = map[string]int{}
	for u, n := range d.stored {
		d.effect[u] = n
	}
	for _, cn := range []string{"iR-ADV C5560 QJK01877", "purchasing@formosa.example"} {
		k := devicetest.Must(devicetest.NewKey("P256"))
		d.addSMIME(devicetest.Must(devicetest.Issued(k, "SHA256", usual(office(cn), utc(2020, 9, 1), utc(2035, 9, 1)), ca, caKey)))
	}
}

func (d *Device) addSMIME(der []byte) error {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	d.nextSM++
	d.smime = append(d.smime, &smimeCert{no: d.nextSM, der: der, cert: c})
	return nil
}

// generate starts the making of a key; d.mu is held.
func (d *Device) generate(rq request) *job {
	j := &job{kind: rq.kind}
	d.job = j
	var k *key
	var err error
	d.InBackground(time.Duration(500+rand.IntN(700))*time.Millisecond, func() { k, err = rq.make() }, func() {
		j.done = true
		if err != nil {
			j.err = "無法生成鍵值。(" + err.Error() + ")"
			return
		}
		if rq.kind == "sign" {
			for _, old := range d.keys {
				if old.kind == kindSign {
					old.priv, old.cert, j.key = k.priv, k.cert, old
				}
			}
			return
		}
		d.nextKey++
		k.no, k.name, k.kind = d.nextKey, rq.name, kindUser
		d.keys = append(d.keys, k)
		j.key = k
	})
	return j
}

func (rq request) make() (*key, error) {
	priv, err := devicetest.NewKey(rq.size)
	if err != nil {
		return nil, err
	}
	k := &key{priv: priv}
	if rq.kind == "csr" {
		k.csr, err = devicetest.Request(priv, rq.hash, rq.subject)
	} else {
		k.cert, err = devicetest.SelfSigned(priv, rq.hash, usual(rq.subject, rq.start, rq.until))
	}
	return k, err
}

var (
	errFormat = errors.New("無法讀取憑證檔案。請確認檔案格式。")
	errMatch  = errors.New("憑證與鍵值不符。請指定根據此鍵值的CSR核發的憑證。")
)

// register stores the certificate that a CA issued for k.
func (k *key) register(b []byte) error {
	c, err := devicetest.ReadCertificate(b)
	if err != nil {
		return errFormat
	}
	if !devicetest.SamePublic(k.priv, c) {
		return errMatch
	}
	k.cert = c.Raw
	return nil
}
