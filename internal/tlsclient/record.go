package tlsclient

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"hash"
	"maps"
	"slices"
)

// suite is how TLS 1.2 protects records under a cipher suite.
type suite struct {
	key  int              // octets
	mac  func() hash.Hash // nil: GCM
	hash func() hash.Hash // of the PRF
}

var suites = map[uint16]suite{
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:   {16, nil, sha256.New},
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: {16, nil, sha256.New},
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:   {32, nil, sha512.New384},
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: {32, nil, sha512.New384},
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256:         {16, nil, sha256.New},
	tls.TLS_RSA_WITH_AES_256_GCM_SHA384:         {32, nil, sha512.New384},
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA:      {16, sha1.New, sha256.New},
	tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA:      {32, sha1.New, sha256.New},
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA:    {16, sha1.New, sha256.New},
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA:    {32, sha1.New, sha256.New},
	tls.TLS_RSA_WITH_AES_128_CBC_SHA:            {16, sha1.New, sha256.New},
	tls.TLS_RSA_WITH_AES_256_CBC_SHA:            {32, sha1.New, sha256.New},
}

// filterSuites are those that [filter] can read, of what the caller allows: RSA key
// exchange only if asked for.
func filterSuites(allowed []uint16) []uint16 {
	if allowed == nil {
		for _, s := range tls.CipherSuites() {
			allowed = append(allowed, s.ID)
		}
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(suites)), func(id uint16) bool { return !slices.Contains(allowed, id) })
}

// prf is RFC 5246, section 5.
func prf(h func() hash.Hash, secret []byte, label string, seed []byte, n int) []byte {
	seed = append([]byte(label), seed...)
	sum := func(parts ...[]byte) []byte {
		m := hmac.New(h, secret)
		for _, p := range parts {
			m.Write(p)
		}
		return m.Sum(nil)
	}
	var out []byte
	for a := sum(seed); len(out) < n; a = sum(a) {
		out = append(out, sum(a, seed)...)
	}
	return out[:n]
}

// protection is one direction of a connection, as far as its first record goes.
type protection struct {
	suite        suite
	mac, key, iv []byte
}

// protections are the client's and the server's (RFC 5246, 6.3).
func (s suite) protections(master, clientRandom, serverRandom []byte) (client, server *protection) {
	mac, iv := 0, 4 // GCM: the part of the nonce that is not sent
	if s.mac != nil {
		mac, iv = s.mac().Size(), 0
	}
	block := prf(s.hash, master, "key expansion", slices.Concat(serverRandom, clientRandom), 2*(mac+s.key+iv))
	take := func(n int) []byte {
		out := block[:n]
		block = block[n:]
		return out
	}
	client, server = &protection{suite: s}, &protection{suite: s}
	client.mac, server.mac = take(mac), take(mac)
	client.key, server.key = take(s.key), take(s.key)
	client.iv, server.iv = take(iv), take(iv)
	return client, server
}

// additional is what is authenticated besides, of the first record.
func additional(length int) []byte {
	b := make([]byte, 8, 13) // the sequence number is 0
	return binary.BigEndian.AppendUint16(append(b, recordHandshake, 3, 3), uint16(length))
}

var errRecord = errors.New("tls: the server's Finished message does not hold")

// seal protects a first record.
func (p *protection) seal(plain []byte) ([]byte, error) {
	block, err := aes.NewCipher(p.key)
	if err != nil {
		return nil, err
	}
	if p.suite.mac == nil {
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, err
		}
		explicit := make([]byte, 8)
		return aead.Seal(explicit, slices.Concat(p.iv, explicit), plain, additional(len(plain))), nil
	}
	text := append(slices.Clone(plain), p.tag(plain)...)
	pad := aes.BlockSize - len(text)%aes.BlockSize
	for range pad {
		text = append(text, byte(pad-1))
	}
	out := make([]byte, aes.BlockSize+len(text))
	_, _ = rand.Read(out[:aes.BlockSize]) // never fails
	cipher.NewCBCEncrypter(block, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], text)
	return out, nil
}

// open undoes seal.
func (p *protection) open(sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(p.key)
	if err != nil {
		return nil, err
	}
	if p.suite.mac == nil {
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, err
		}
		if len(sealed) < 8+aead.Overhead() {
			return nil, errRecord
		}
		plain, err := aead.Open(nil, slices.Concat(p.iv, sealed[:8]), sealed[8:], additional(len(sealed)-8-aead.Overhead()))
		if err != nil {
			return nil, errRecord
		}
		return plain, nil
	}
	if len(sealed) < 2*aes.BlockSize || len(sealed)%aes.BlockSize != 0 {
		return nil, errRecord
	}
	text := make([]byte, len(sealed)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, sealed[:aes.BlockSize]).CryptBlocks(text, sealed[aes.BlockSize:])
	// One record under keys that are used once: how long a refusal takes tells nothing.
	pad, size := int(text[len(text)-1])+1, len(p.mac)
	if pad+size > len(text) {
		return nil, errRecord
	}
	for _, b := range text[len(text)-pad:] {
		if int(b) != pad-1 {
			return nil, errRecord
		}
	}
	plain, tag := text[:len(text)-pad-size], text[len(text)-pad-size:len(text)-pad]
	if subtle.ConstantTimeCompare(tag, p.tag(plain)) != 1 {
		return nil, errRecord
	}
	return plain, nil
}

func (p *protection) tag(plain []byte) []byte {
	m := hmac.New(p.suite.mac, p.mac)
	m.Write(additional(len(plain)))
	m.Write(plain)
	return m.Sum(nil)
}
