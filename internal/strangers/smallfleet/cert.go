package smallfleet

import (
	"crypto/sha1" // the pages show this thumbprint, nothing relies on it
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"strings"
)

// groups writes hex digits with a separator between the bytes.
func groups(b []byte, sep string) string {
	var p []string
	for _, c := range b {
		p = append(p, hex.EncodeToString([]byte{c}))
	}
	return strings.Join(p, sep)
}

func (k *key) thumb(sep string) string {
	h := sha1.Sum(k.cert.Raw)
	return groups(h[:], sep)
}

func (k *key) serial(sep string) string { return groups(k.cert.SerialNumber.Bytes(), sep) }

func (k *key) pemCSR() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: k.csr}))
}

// dn writes a name in the order a person reads it: country first or last.
func dn(n pkix.Name, countryFirst bool, sep string) string {
	var p []string
	put := func(t string, vs []string) {
		for _, v := range vs {
			p = append(p, t+"="+v)
		}
	}
	put("C", n.Country)
	put("ST", n.Province)
	put("L", n.Locality)
	put("O", n.Organization)
	put("OU", n.OrganizationalUnit)
	if n.CommonName != "" {
		p = append(p, "CN="+n.CommonName)
	}
	if !countryFirst {
		for i, j := 0, len(p)-1; i < j; i, j = i+1, j-1 {
			p[i], p[j] = p[j], p[i]
		}
	}
	return strings.Join(p, sep)
}

// sigName is the signature algorithm as the list of hashes spells it.
func (k *key) sigName() string {
	s := k.cert.SignatureAlgorithm.String() // SHA256-RSA, ECDSA-SHA256
	for _, p := range strings.Split(s, "-") {
		if strings.HasPrefix(p, "SHA") {
			return p
		}
	}
	return s
}

// countries is a short stand-in for the long list of the real select.
var countries = [][3]string{
	{"JP", "Japan", "日本"}, {"TW", "Taiwan", "台灣"}, {"US", "United States", "アメリカ合衆国"},
	{"DE", "Germany", "ドイツ"}, {"GB", "United Kingdom", "イギリス"}, {"FR", "France", "フランス"},
	{"SG", "Singapore", "シンガポール"}, {"AU", "Australia", "オーストラリア"},
}

func countryOptions(col int, form string) []string {
	var o []string
	for _, c := range countries {
		o = append(o, c[0], strings.NewReplacer("%c", c[0], "%n", c[col]).Replace(form))
	}
	return o
}
