package otherdevice

import (
	"crypto/rsa"
	"math/big"
	"sync"
)

// weakPrime and weakGap make the flawed key: the second prime is the first
// one after the other, so Fermat's method finds both in its first round.
const (
	weakPrime = "" +
		"dc5f0542b1e61dac563c223f88f6d196979d73d33a41b05a7b4788ec38655ba5" +
		"e5abd30339fcc4484c9c02a2e21a7f4c3dc9e5cffd9129331304b6bd15387a4b" +
		"c4879754b4de5dc151776adc9371026315c84e9316a83ec46ff36a69e9bdabb2" +
		"415436773873e21c2f95fd244e593b4763261e3720a692ea035cdc0d51817d85"
	weakGap = 90
)

// weakKey is the key of CVE-2022-26320 that every device starts with. It
// carries no primes: crypto/rsa refuses to use primes this close, but signs
// with the exponent alone.
var weakKey = sync.OnceValue(func() *rsa.PrivateKey {
	one := big.NewInt(1)
	p, _ := new(big.Int).SetString(weakPrime, 16)
	q := new(big.Int).Add(p, big.NewInt(weakGap))
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	return &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537},
		D:         new(big.Int).ModInverse(big.NewInt(65537), phi),
	}
})
