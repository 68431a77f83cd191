package caclient

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// SignJWT makes a JSON Web Token (RFC 7519) in compact serialisation (RFC 7515,
// section 7.1).
func SignJWT(key crypto.Signer, kid string, claims any) (string, error) {
	alg, hash, err := algorithm(key.Public())
	if err != nil {
		return "", err
	}
	header, err := json.Marshal(map[string]string{"alg": alg, "kid": kid, "typ": "JWT"})
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed := b64(header) + "." + b64(payload)
	digest := []byte(signed)
	if hash != 0 {
		h := hash.New()
		h.Write(digest)
		digest = h.Sum(nil)
	}
	sig, err := key.Sign(rand.Reader, digest, hash)
	if err != nil {
		return "", err
	}
	if pub, ok := key.Public().(*ecdsa.PublicKey); ok {
		if sig, err = fixedECDSA(sig, (pub.Curve.Params().BitSize+7)/8); err != nil {
			return "", err
		}
	}
	return signed + "." + b64(sig), nil
}

// TokenParts are what is secret of a one-time token: all of it, and its
// signature, without which it is worth nothing.
func TokenParts(token string) []string {
	const shortest = 22 // of a signature of 128 bits
	if signature := token[strings.LastIndex(token, ".")+1:]; strings.Count(token, ".") == 2 && len(signature) >= shortest {
		return []string{token, signature}
	}
	return []string{token}
}

// algorithm is the signature algorithm of a key (RFC 7518, section 3.1, and RFC
// 8037); no hash means that the whole text is signed.
func algorithm(pub crypto.PublicKey) (string, crypto.Hash, error) {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		switch k.Curve.Params().BitSize {
		case 256:
			return "ES256", crypto.SHA256, nil
		case 384:
			return "ES384", crypto.SHA384, nil
		case 521:
			return "ES512", crypto.SHA512, nil
		}
	case ed25519.PublicKey:
		return "EdDSA", 0, nil
	case *rsa.PublicKey:
		return "RS256", crypto.SHA256, nil
	}
	return "", 0, fmt.Errorf("a key of the type %T cannot sign tokens", pub)
}

// fixedECDSA turns an ECDSA signature from ASN.1 into two numbers of fixed size
// (RFC 7518, section 3.4).
func fixedECDSA(der []byte, size int) ([]byte, error) {
	var sig struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &sig); err != nil || len(rest) > 0 {
		return nil, errors.New("the signer's ECDSA signature is not ASN.1")
	}
	if sig.R.Sign() <= 0 || sig.S.Sign() <= 0 || sig.R.BitLen() > 8*size || sig.S.BitLen() > 8*size {
		return nil, errors.New("the signer's ECDSA signature is out of range")
	}
	out := make([]byte, 2*size)
	sig.R.FillBytes(out[:size])
	sig.S.FillBytes(out[size:])
	return out, nil
}

// JWK is a public key (RFC 7517, RFC 8037).
type JWK struct {
	KeyID   string `json:"kid,omitempty"`
	Type    string `json:"kty"`
	Curve   string `json:"crv,omitempty"`
	X       string `json:"x,omitempty"`
	Y       string `json:"y,omitempty"`
	E       string `json:"e,omitempty"`
	Modulus string `json:"n,omitempty"`
}

// PublicJWK is the JWK of a public key that can verify tokens.
func PublicJWK(pub crypto.PublicKey) (JWK, error) {
	if _, _, err := algorithm(pub); err != nil {
		return JWK{}, err
	}
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		point, err := k.Bytes() // 4, x, y
		if err != nil {
			return JWK{}, err
		}
		x, y := point[1:1+len(point)/2], point[1+len(point)/2:]
		return JWK{Type: "EC", Curve: k.Curve.Params().Name, X: b64(x), Y: b64(y)}, nil
	case ed25519.PublicKey:
		return JWK{Type: "OKP", Curve: "Ed25519", X: b64(k)}, nil
	case *rsa.PublicKey:
		return JWK{Type: "RSA", E: b64(big.NewInt(int64(k.E)).Bytes()), Modulus: b64(k.N.Bytes())}, nil
	}
	return JWK{}, fmt.Errorf("a key of the type %T has no JWK", pub)
}

// Thumbprint is the hash of the required members in the order of their names
// (RFC 7638, section 3.1).
func (k JWK) Thumbprint() string {
	var members string
	switch k.Type {
	case "EC":
		members = fmt.Sprintf(`{"crv":%q,"kty":"EC","x":%q,"y":%q}`, k.Curve, k.X, k.Y)
	case "OKP":
		members = fmt.Sprintf(`{"crv":%q,"kty":"OKP","x":%q}`, k.Curve, k.X)
	case "RSA":
		members = fmt.Sprintf(`{"e":%q,"kty":"RSA","n":%q}`, k.E, k.Modulus)
	}
	sum := sha256.Sum256([]byte(members))
	return b64(sum[:])
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
