package dxc5840

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	mrand "math/rand/v2"
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
	csr  []byte // PEM, of a key whose certificate is or was asked of a CA
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
	hash         crypto.Hash
	bits         int
	curve        elliptic.Curve
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

// weak tries a few rounds of Fermat's method.
func weak(pub crypto.PublicKey) bool {
	p, ok := pub.(*rsa.PublicKey)
	if !ok {
		return false
	}
	a := new(big.Int).Sqrt(p.N)
	one := big.NewInt(1)
	for range 100 {
		b2 := new(big.Int).Sub(new(big.Int).Mul(a, a), p.N)
		if b2.Sign() >= 0 {
			b := new(big.Int).Sqrt(b2)
			if b.Mul(b, b).Cmp(b2) == 0 {
				return true
			}
		}
		a.Add(a, one)
	}
	return false
}

func strongRSA(bits int) *rsa.PrivateKey {
	k, err := devicetest.GenerateKey(bits)
	if err != nil {
		panic(err)
	}
	return k
}

func signature(pub crypto.PublicKey, h crypto.Hash) x509.SignatureAlgorithm {
	_, isRSA := pub.(*rsa.PublicKey)
	switch h {
	case crypto.SHA1:
		if isRSA {
			return x509.SHA1WithRSA
		}
		return x509.ECDSAWithSHA1
	case crypto.SHA384:
		if isRSA {
			return x509.SHA384WithRSA
		}
		return x509.ECDSAWithSHA384
	case crypto.SHA512:
		if isRSA {
			return x509.SHA512WithRSA
		}
		return x509.ECDSAWithSHA512
	}
	if isRSA {
		return x509.SHA256WithRSA
	}
	return x509.ECDSAWithSHA256
}

func issue(pub crypto.PublicKey, subject pkix.Name, start, end time.Time, h crypto.Hash, parent *x509.Certificate, signer crypto.Signer) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: subject, NotBefore: start, NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, SignatureAlgorithm: signature(signer.Public(), h),
	}
	if ip := net.ParseIP(subject.CommonName); ip != nil {
		t.IPAddresses = []net.IP{ip}
	} else if n := subject.CommonName; strings.Contains(n, ".") && !strings.Contains(n, " ") {
		t.DNSNames = []string{n}
	}
	if parent == nil {
		parent = t
	}
	return x509.CreateCertificate(rand.Reader, t, parent, pub, signer)
}

func must(der []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return der
}

// makeKeys fills the key store as an office of 2021 left it.
func (d *Device) makeKeys() {
	utc := func(y, m, dd int) time.Time { return time.Date(y, time.Month(m), dd, 0, 0, 0, 0, time.UTC) }
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(0x5e12), Subject: pkix.Name{Country: []string{"TW"}, Organization: []string{"Formosa Trading"}, CommonName: "Formosa Office CA 2"},
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
			der = must(issue(priv.Public(), subject, start, end, crypto.SHA256, ca, caKey))
		} else {
			der = must(issue(priv.Public(), subject, start, end, crypto.SHA256, nil, priv))
		}
		d.nextKey++
		d.keys = append(d.keys, &key{no: d.nextKey, name: name, kind: kind, priv: priv, cert: der})
		return d.nextKey
	}
	var weak devicetest.WeakKeys
	add("Default Key", kindFactory, strongRSA(2048), canon("Canon iR-ADV C5840"), utc(2012, 1, 1), utc(2037, 12, 31), false)
	add("AMS", kindAMS, strongRSA(2048), canon("ACCESS MANAGEMENT SYSTEM"), utc(2021, 4, 6), utc(2041, 4, 6), false)
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
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		d.addSMIME(must(issue(k.Public(), office(cn), utc(2020, 9, 1), utc(2035, 9, 1), crypto.SHA256, ca, caKey)))
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
	go func() {
		began, least := time.Now(), 500*time.Millisecond+time.Duration(mrand.IntN(700))*time.Millisecond
		k, err := rq.make()
		time.Sleep(least - time.Since(began))
		defer d.Lock()()
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
	}()
	return j
}

func (rq request) make() (*key, error) {
	var priv crypto.Signer
	var err error
	if rq.curve != nil {
		priv, err = ecdsa.GenerateKey(rq.curve, rand.Reader)
	} else {
		priv, err = devicetest.GenerateKey(rq.bits)
	}
	if err != nil {
		return nil, err
	}
	k := &key{priv: priv}
	if rq.kind == "csr" {
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: rq.subject, SignatureAlgorithm: signature(k.pub(), rq.hash)}, priv)
		if err != nil {
			return nil, err
		}
		k.csr = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
		return k, nil
	}
	k.cert, err = issue(k.pub(), rq.subject, rq.start, rq.until, rq.hash, nil, priv)
	return k, err
}

var (
	errFormat = errors.New("無法讀取憑證檔案。請確認檔案格式。")
	errMatch  = errors.New("憑證與鍵值不符。請指定根據此鍵值的CSR核發的憑證。")
)

func readCertificate(b []byte) (*x509.Certificate, error) {
	if blk, _ := pem.Decode(b); blk != nil {
		b = blk.Bytes
	}
	c, err := x509.ParseCertificate(b)
	if err != nil {
		return nil, errFormat
	}
	return c, nil
}

// register stores the certificate that a CA issued for k.
func (k *key) register(b []byte) error {
	c, err := readCertificate(b)
	if err != nil {
		return err
	}
	pub, ok := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !pub.Equal(k.pub()) {
		return errMatch
	}
	k.cert = c.Raw
	return nil
}
