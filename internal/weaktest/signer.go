package weaktest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"io"
	"math/big"
	"slices"
	"sync"
)

// Signer returns a signer with the same key. Keys whose primes are close have
// none for crypto/rsa, which refuses such a pair and calculates without: four
// times as long, in each handshake of a stand-in. Signer finds the primes again;
// any other key it returns as it is.
func Signer(key crypto.Signer) crypto.Signer {
	private, ok := key.(*rsa.PrivateKey)
	if !ok || len(private.Primes) > 0 || private.N.BitLen() < 1024 {
		return key
	}
	made, _ := signers.LoadOrStore(private.N.String(), sync.OnceValue(func() *closeRSA { return newCloseRSA(private) }))
	if s := made.(func() *closeRSA)(); s != nil && s.D.Cmp(private.D) == 0 {
		return s
	}
	return key
}

var signers sync.Map // by modulus: making one takes longer than a signature

type closeRSA struct {
	*rsa.PrivateKey
	p, q, dp, dq, inverse *big.Int
}

// newCloseRSA returns nil where the primes are not that close.
func newCloseRSA(private *rsa.PrivateKey) *closeRSA {
	const rounds = 100
	n, one := private.N, big.NewInt(1)
	a := new(big.Int).Sqrt(n)
	for range rounds {
		b2 := new(big.Int).Sub(new(big.Int).Mul(a, a), n)
		if b2.Sign() > 0 {
			if b := new(big.Int).Sqrt(b2); new(big.Int).Mul(b, b).Cmp(b2) == 0 {
				k := &closeRSA{PrivateKey: private, p: new(big.Int).Add(a, b), q: new(big.Int).Sub(a, b)}
				k.dp = new(big.Int).Mod(private.D, new(big.Int).Sub(k.p, one))
				k.dq = new(big.Int).Mod(private.D, new(big.Int).Sub(k.q, one))
				k.inverse = new(big.Int).ModInverse(k.q, k.p)
				return k
			}
		}
		a.Add(a, one)
	}
	return nil
}

// Sign signs as TLS 1.3 does (RFC 8017 section 8.1.1, a salt as long as the
// hash); in any other way it leaves it to crypto/rsa.
func (k *closeRSA) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	pss, ok := opts.(*rsa.PSSOptions)
	if !ok || pss.SaltLength != rsa.PSSSaltLengthEqualsHash || len(digest) != opts.HashFunc().Size() {
		return k.PrivateKey.Sign(random, digest, opts)
	}
	em := encodePSS(opts.HashFunc(), digest, k.N.BitLen()-1)
	if em == nil {
		return k.PrivateKey.Sign(random, digest, opts)
	}
	m := new(big.Int).SetBytes(em)
	mp, mq := new(big.Int).Exp(m, k.dp, k.p), new(big.Int).Exp(m, k.dq, k.q)
	h := mp.Sub(mp, mq)
	h.Mod(h.Mul(h, k.inverse), k.p)
	return mq.Add(mq, h.Mul(h, k.q)).FillBytes(make([]byte, k.Size())), nil
}

// encodePSS is RFC 8017 section 9.1.1; nil where there is no room.
func encodePSS(hash crypto.Hash, digest []byte, bits int) []byte {
	size, length := hash.Size(), (bits+7)/8
	if length < 2*size+2 {
		return nil
	}
	salt := make([]byte, size)
	rand.Read(salt) // never fails
	h := hash.New()
	h.Write(slices.Concat(make([]byte, 8), digest, salt))
	sum := h.Sum(nil)
	em := make([]byte, length-size-1, length)
	em[len(em)-size-1] = 1
	copy(em[len(em)-size:], salt)
	for i, counter := 0, uint32(0); i < len(em); counter++ {
		h.Reset()
		h.Write(binary.BigEndian.AppendUint32(slices.Clone(sum), counter))
		for _, b := range h.Sum(nil)[:min(size, len(em)-i)] {
			em[i] ^= b
			i++
		}
	}
	em[0] &= 0xff >> (8*length - bits)
	return append(append(em, sum...), 0xbc)
}
