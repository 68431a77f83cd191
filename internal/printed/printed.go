// Package printed reads what pages and tools print of a certificate: numbers,
// names and dates, in whatever form.
package printed

import (
	"encoding/hex"
	"math/big"
	"strings"
	"unicode/utf8"
)

// separators are what is put between the digits.
var separators = strings.NewReplacer(":", "", "-", "")

// Compact drops what is put between the digits of a number, a sign, a word for
// the sign, and a leading 0x; letters come out small.
func Compact(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), "")) // a no-break space is one, too
	s = strings.TrimPrefix(s, "(negative)")                  // as OpenSSL prints it
	return strings.TrimPrefix(separators.Replace(s), "0x")
}

// Negative reports whether a number is printed as a negative one.
func Negative(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	return strings.HasPrefix(s, "-") || strings.HasPrefix(s, "(negative)")
}

// SerialHex is the one spelling of a serial number, whoever printed it: lower-case
// hex with an even number of digits, a minus before a negative one. What does not
// read as hex stays as it is.
func SerialHex(s string) string {
	digits := Compact(s)
	if digits == "" || strings.Trim(digits, "0123456789abcdef") != "" {
		return s
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits)%2 != 0 || digits == "" {
		digits = "0" + digits
	}
	if len(digits)%2 != 0 { // zero
		digits += "0"
	}
	if Negative(s) {
		return "-" + digits
	}
	return digits
}

// Serials are the spellings of a serial number, compact, without leading zeros: in
// hex and in decimal, and a negative one, which the flawed firmware makes too,
// also by the octets that stand in the certificate.
func Serials(n *big.Int) []string {
	magnitude := new(big.Int).Abs(n)
	all := []string{magnitude.Text(16)}
	if dec := magnitude.String(); dec != all[0] {
		all = append(all, dec)
	}
	if n.Sign() < 0 {
		size := uint(len(magnitude.Bytes())) * 8
		if magnitude.Cmp(new(big.Int).Lsh(big.NewInt(1), size-1)) > 0 {
			size += 8
		}
		octets := new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), size))
		all = append(all, octets.Text(16), octets.String())
	}
	return all
}

// Unescape undoes the backslashes of RFC 4514, 2.4: before a character, or before
// two hex digits for an octet. A text with octets that are no UTF-8 stays as it is.
func Unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			if octet, err := hex.DecodeString(s[i+1 : min(i+3, len(s))]); err == nil && len(octet) == 1 {
				b.WriteByte(octet[0])
				i += 2
				continue
			}
			i++
		}
		b.WriteByte(s[i])
	}
	if !utf8.ValidString(b.String()) {
		return s
	}
	return b.String()
}
