// Package keycheck looks at public keys alone and says what is wrong with them:
// whether they can be factored, and which standards forbid them. It needs nothing
// of the rest of this module and opens no connection.
//
//	c := keycheck.Checker{}
//	key, err := keycheck.ParseCertificate(der)
//	...
//	findings, err := c.Check(ctx, key)
//
// A [Checker] keeps its room from key to key: a sound key costs some microseconds
// and no allocation. Keys are read tolerantly, so that those that crypto/x509
// refuses are judged, too.
//
// A factored modulus is a private key. Findings do not show it: it is behind
// [Finding.Factors] and in no text. What convinces others is [Finding.Prove], a
// signature that only the private key can make.
package keycheck
