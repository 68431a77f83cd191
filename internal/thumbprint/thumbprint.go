// Package thumbprint hashes certificates the way that devices and CAs print
// them. Nothing rests on the strength of these hashes: they are compared with
// what is shown, or shown themselves. So they work also where a program allows
// nothing that FIPS 140 does not (GODEBUG=fips140=only), in which crypto/sha1
// and crypto/md5 panic.
package thumbprint

import (
	"crypto"
	"crypto/fips140"
	"crypto/md5"
	"crypto/sha1"
)

// SHA1 is the SHA-1 of b.
func SHA1(b []byte) (sum [sha1.Size]byte) {
	fips140.WithoutEnforcement(func() { sum = sha1.Sum(b) })
	return sum
}

// MD5 is the MD5 of b.
func MD5(b []byte) (sum [md5.Size]byte) {
	fips140.WithoutEnforcement(func() { sum = md5.Sum(b) })
	return sum
}

// Of is the digest of b by any hash that is linked in.
func Of(h crypto.Hash, b []byte) (sum []byte) {
	fips140.WithoutEnforcement(func() {
		d := h.New()
		d.Write(b)
		sum = d.Sum(nil)
	})
	return sum
}
