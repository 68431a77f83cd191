package adv4535

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	mrand "math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	kindDefault = "default"
	kindAMS     = "ams"
	kindDevSig  = "devsig"
)

// key is an entry of the key store.
type key struct {
	id, name, kind string
	priv           crypto.Signer
	weak           bool
	cert, csr      []byte
}

func (k *key) algorithm() string {
	switch p := k.priv.Public().(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", p.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA P" + strconv.Itoa(p.Curve.Params().BitSize)
	}
	return ""
}

// mailCert is an S/MIME certificate of somebody else.
type mailCert struct {
	id string
	c  *x509.Certificate
}

func newPriv(alg, size string) (crypto.Signer, error) {
	if alg == "ECDSA" {
		c := map[string]elliptic.Curve{"P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}[size]
		return ecdsa.GenerateKey(c, rand.Reader)
	}
	bits, _ := strconv.Atoi(size)
	return devicetest.GenerateKey(bits)
}

var sigAlgs = map[string]x509.SignatureAlgorithm{
	"RSASHA1": x509.SHA1WithRSA, "RSASHA256": x509.SHA256WithRSA, "RSASHA384": x509.SHA384WithRSA, "RSASHA512": x509.SHA512WithRSA,
	"ECDSASHA1": x509.ECDSAWithSHA1, "ECDSASHA256": x509.ECDSAWithSHA256, "ECDSASHA384": x509.ECDSAWithSHA384, "ECDSASHA512": x509.ECDSAWithSHA512,
}

func sigAlg(p crypto.Signer, hash string) x509.SignatureAlgorithm {
	if _, ok := p.Public().(*ecdsa.PublicKey); ok {
		return sigAlgs["ECDSA"+hash]
	}
	return sigAlgs["RSA"+hash]
}

// certify makes an X.509v3 certificate; parent nil means self-signed.
func certify(p crypto.Signer, hash string, s pkix.Name, from, to time.Time, parent *x509.Certificate, by crypto.Signer) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: s, NotBefore: from, NotAfter: to, SignatureAlgorithm: sigAlg(p, hash)}
	if parent == nil {
		parent, by = t, p
	} else {
		t.SignatureAlgorithm = sigAlg(by, hash)
	}
	return x509.CreateCertificate(rand.Reader, t, parent, p.Public(), by)
}

func office(cn string) pkix.Name {
	return pkix.Name{Country: []string{"JP"}, Province: []string{"Kanagawa"}, Locality: []string{"Kawasaki"}, Organization: []string{"Example Shoji"}, CommonName: cn}
}

func (d *Device) add(k *key) string {
	d.nextID++
	k.id = strconv.Itoa(d.nextID)
	d.keys = append(d.keys, k)
	return k.id
}

func (d *Device) factoryKeys() (map[string]string, error) {
	now := d.cfg.Now().Truncate(time.Second)
	long0, long1 := time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 12, 31, 23, 59, 59, 0, time.UTC)
	ca, err := newPriv("ECDSA", "P256")
	if err != nil {
		return nil, err
	}
	caDER, err := certify(ca, "SHA256", pkix.Name{Country: []string{"JP"}, Organization: []string{"Example Shoji"}, CommonName: "Example Shoji Network CA"}, now.AddDate(-6, 0, 0), now.AddDate(9, 0, 0), nil, nil)
	if err != nil {
		return nil, err
	}
	caCert, err := x509.ParseCertificate(caDER)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	var weak devicetest.WeakKeys
	made := now.AddDate(-5, -3, -4)
	for _, f := range []struct {
		use, name, kind string
		weak, ca        bool
		subj            pkix.Name
		from, to        time.Time
	}{
		{"", "Default Key", kindDefault, false, false, pkix.Name{CommonName: "Canon iR-ADV"}, long0, long1},
		{"", "AMS", kindAMS, false, false, pkix.Name{CommonName: "Canon iR-ADV AMS"}, made, long1},
		{"", "Device Signature Key", kindDevSig, true, false, pkix.Name{Organization: []string{"CANON INC."}, CommonName: "iR-ADV 4535 QLA04535"}, now.AddDate(-4, 0, 0), now.AddDate(1, 0, 0)},
		{"TLS", "WebServer2021", "", true, false, office("192.168.12.45"), made, now.AddDate(4, 8, 0)},
		{"8021X", "Dot1xClient", "", true, true, office("mfp-4f-east"), made.AddDate(0, 0, 9), now.AddDate(0, 9, 0)},
		{"IPSec", "IPsecKaikei", "", true, false, office("mfp4535.example.co.jp"), made.AddDate(0, 1, 2), now.AddDate(4, 8, 0)},
		{"SIP", "IPFax", "", true, false, office("fax4535.example.co.jp"), made.AddDate(0, 1, 2), now.AddDate(4, 8, 0)},
	} {
		k := &key{name: f.name, kind: f.kind, weak: f.weak}
		if f.weak {
			k.priv = weak.Next()
		} else {
			k.priv, err = newPriv("RSA", "2048")
		}
		if err != nil {
			return nil, err
		}
		if f.ca {
			k.cert, err = certify(k.priv, "SHA256", f.subj, f.from, f.to, caCert, ca)
		} else {
			k.cert, err = certify(k.priv, "SHA256", f.subj, f.from, f.to, nil, nil)
		}
		if err != nil {
			return nil, err
		}
		ids[f.use] = d.add(k)
	}
	mail, err := newPriv("RSA", "2048")
	if err != nil {
		return nil, err
	}
	der, err := certify(mail, "SHA256", pkix.Name{Organization: []string{"CANON INC."}, CommonName: "iR-ADV C5535 XUW11802"}, now.AddDate(-3, 0, 0), now.AddDate(2, 0, 0), nil, nil)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	d.smime = append(d.smime, &mailCert{"1", c})
	return ids, err
}

// job is a key being generated.
type job struct {
	kind string // "net", "csr", "dev"
	done bool
	err  error
	key  *key
}

// generate works in the background for about a second, as the machine's processor does.
func (d *Device) generate(j *job, alg, size, hash, name string, subj pkix.Name, from, to time.Time) {
	wait := time.Duration(600+mrand.IntN(800)) * time.Millisecond
	go func() {
		begin := time.Now()
		k := &key{name: name}
		p, err := newPriv(alg, size)
		if err == nil {
			k.priv = p
			if j.kind == "csr" {
				k.csr, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: subj, SignatureAlgorithm: sigAlg(p, hash)}, p)
			} else {
				k.cert, err = certify(p, hash, subj, from, to, nil, nil)
			}
		}
		time.Sleep(wait - time.Since(begin))
		defer d.Lock()()
		j.done, j.err, j.key = true, err, k
		switch {
		case err != nil:
		case j.kind == "dev":
			for _, o := range d.keys {
				if o.kind == kindDevSig {
					o.priv, o.cert, o.weak = k.priv, k.cert, false
				}
			}
		default:
			d.add(k)
		}
	}()
}

func dn(n pkix.Name) string {
	var out []string
	put := func(l string, v []string) {
		for _, x := range v {
			out = append(out, l+"="+x)
		}
	}
	put("C", n.Country)
	put("ST", n.Province)
	put("L", n.Locality)
	put("O", n.Organization)
	put("OU", n.OrganizationalUnit)
	if n.CommonName != "" {
		out = append(out, "CN="+n.CommonName)
	}
	return strings.Join(out, ", ")
}

// certRows are the lines of a certificate's details page.
func certRows(c *x509.Certificate) [][2]string {
	serial := ""
	for _, b := range c.SerialNumber.Bytes() {
		serial += fmt.Sprintf("%02X ", b)
	}
	sum := ""
	for _, b := range sha1.Sum(c.Raw) {
		sum += fmt.Sprintf("%02X ", b)
	}
	pub := ""
	switch p := c.PublicKey.(type) {
	case *rsa.PublicKey:
		pub = fmt.Sprintf("RSA %d bit", p.N.BitLen())
	case *ecdsa.PublicKey:
		pub = "ECDSA P" + strconv.Itoa(p.Curve.Params().BitSize)
	}
	alg := strings.NewReplacer("SHA1-RSA", "SHA1WithRSA", "SHA256-RSA", "SHA256WithRSA", "SHA384-RSA", "SHA384WithRSA", "SHA512-RSA", "SHA512WithRSA").Replace(c.SignatureAlgorithm.String())
	day := func(t time.Time) string { return t.Local().Format("2006/01/02 15:04:05") }
	return [][2]string{{"バージョン", "X.509v3"}, {"シリアル番号", strings.TrimSpace(serial)}, {"署名アルゴリズム", alg}, {"発行先", dn(c.Subject)},
		{"有効期限開始日", day(c.NotBefore)}, {"有効期限終了日", day(c.NotAfter)}, {"発行者", dn(c.Issuer)}, {"公開鍵", pub}, {"証明書の拇印(SHA1)", strings.TrimSpace(sum)}}
}
