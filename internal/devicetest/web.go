package devicetest

import (
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"net/http"
	"strings"
)

// Hex is n random octets, as identifiers of sessions are.
func Hex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Decimal is a random number of n digits, as tokens are. It does not begin with 0.
func Decimal(n int) string {
	least := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n-1)), nil)
	v := Must(rand.Int(rand.Reader, new(big.Int).Mul(least, big.NewInt(9))))
	return v.Add(v, least).String()
}

// Unkept has nobody keep a page, put it into a frame of theirs, or guess its type.
func Unkept(h http.Header) {
	h.Set("Cache-Control", "no-cache,no-store,max-age=0")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
}

// NameText writes a name as most details pages do, the country first.
func NameText(n pkix.Name) string {
	var parts []string
	add := func(label string, values ...string) {
		for _, v := range values {
			if v != "" {
				parts = append(parts, label+"="+v)
			}
		}
	}
	add("C", n.Country...)
	add("ST", n.Province...)
	add("L", n.Locality...)
	add("O", n.Organization...)
	add("OU", n.OrganizationalUnit...)
	add("CN", n.CommonName)
	return strings.Join(parts, ", ")
}
