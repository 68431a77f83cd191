package issuer_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"time"
)

// authorize checks a token as a JWK provisioner does.
func (f *fakeStepCA) authorize(ott string) (*stepToken, error) {
	parts := strings.Split(ott, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("error parsing token")
	}
	var raw [3][]byte
	for i, p := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.DecodeString(p); err != nil {
			return nil, err
		}
	}
	var header struct{ Alg, Kid, Typ string }
	var token stepToken
	if json.Unmarshal(raw[0], &header) != nil || json.Unmarshal(raw[1], &token) != nil || header.Typ != "JWT" {
		return nil, fmt.Errorf("error parsing token")
	}
	i := slices.IndexFunc(f.provisioners, func(p fakeProvisioner) bool { return p.Name == token.Issuer && p.Key["kid"] == header.Kid })
	if i < 0 {
		return nil, fmt.Errorf("provisioner not found or invalid audience (%s)", token.Audience)
	}
	aud, err := url.Parse(token.Audience)
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !verifyJWS(header.Alg, f.provisioners[i].pub, parts[0]+"."+parts[1], raw[2]):
		return nil, fmt.Errorf("error parsing jwk claims: signature")
	case err != nil || aud.Hostname() != "127.0.0.1" || aud.Path != "/1.0/sign":
		return nil, fmt.Errorf("invalid jwk token audience claim (aud); token %s", ott)
	case time.Unix(token.Expiry, 0).Before(now), time.Unix(token.NotBefore, 0).After(now.Add(time.Minute)),
		time.Unix(token.IssuedAt, 0).After(now.Add(time.Minute)), time.Unix(token.Expiry, 0).After(now.Add(time.Hour)):
		return nil, fmt.Errorf("invalid jwk claims: time")
	case token.Subject == "":
		return nil, fmt.Errorf("jwk token subject cannot be empty")
	case token.ID == "" || f.tokens[token.ID]:
		return nil, fmt.Errorf("token already used")
	}
	f.tokens[token.ID], f.last = true, token
	if len(token.Names) == 0 {
		token.Names = []string{token.Subject}
	}
	return &token, nil
}

// verifyJWS follows RFC 7518, sections 3.3 and 3.4, and RFC 8037.
func verifyJWS(alg string, pub crypto.PublicKey, signed string, sig []byte) bool {
	digest := func(h hash.Hash) []byte { h.Write([]byte(signed)); return h.Sum(nil) }
	ec := func(bits int, d []byte) bool {
		k, ok := pub.(*ecdsa.PublicKey)
		half := (bits + 7) / 8
		return ok && k.Curve.Params().BitSize == bits && len(sig) == 2*half &&
			ecdsa.Verify(k, d, new(big.Int).SetBytes(sig[:half]), new(big.Int).SetBytes(sig[half:]))
	}
	switch alg {
	case "ES256":
		return ec(256, digest(sha256.New()))
	case "ES384":
		return ec(384, digest(sha512.New384()))
	case "ES512":
		return ec(521, digest(sha512.New()))
	case "EdDSA":
		k, ok := pub.(ed25519.PublicKey)
		return ok && ed25519.Verify(k, []byte(signed), sig)
	case "RS256":
		k, ok := pub.(*rsa.PublicKey)
		return ok && rsa.VerifyPKCS1v15(k, crypto.SHA256, digest(sha256.New()), sig) == nil
	}
	return false
}
