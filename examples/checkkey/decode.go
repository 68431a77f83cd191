package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/rekey-go/rekey/keycheck"
	"github.com/smallstep/pkcs7"
)

// decoded is a key, and what it stood in.
type decoded struct {
	kind string
	key  keycheck.Key
	err  error
}

// noKey is the kind of a file in a directory that does not look like a key.
const noKey = "no key"

// decode reads one raw key: most give one, a bundle more, what is no key none.
func decode(r raw) []decoded {
	switch r.kind {
	case kindPEM:
		return decodePEM(r.data)
	case kindLine:
		return decodeLine(string(r.data))
	case kindPGP:
		return decodePGP(r.data)
	case kindJSON:
		if r.found && !bytes.Contains(r.data, []byte(`"kty"`)) {
			return []decoded{{kind: noKey}}
		}
		return decodeJWK(r.data)
	case kindBad:
		return single("source", keycheck.Key{}, errors.New(string(r.data)))
	case kindNone:
		if r.found {
			return []decoded{{kind: noKey}}
		}
		return []decoded{{kind: "source", err: errors.New(string(r.data))}}
	}
	return decodeDER(r.data)
}

func single(kind string, key keycheck.Key, err error) []decoded {
	return []decoded{{kind, key, err}}
}

func decodePEM(data []byte) []decoded {
	if bytes.HasPrefix(data, []byte("-----BEGIN PGP SIGNATURE-")) || bytes.HasPrefix(data, []byte("-----BEGIN PGP MESSAGE-")) {
		return nil // no key, and no PEM
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return single("PEM", keycheck.Key{}, errors.New("a PEM block that is none"))
	}
	if strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return single(block.Type, keycheck.Key{}, errors.New("it is encrypted"))
	}
	switch block.Type {
	case "CERTIFICATE", "X509 CERTIFICATE":
		return one("certificate", block.Bytes, keycheck.ParseCertificate)
	case "TRUSTED CERTIFICATE": // OpenSSL's: what it is trusted for follows it
		return one("certificate", firstElement(block.Bytes), keycheck.ParseCertificate)
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		return one("request", block.Bytes, keycheck.ParseRequest)
	case "PUBLIC KEY":
		return one("public key", block.Bytes, keycheck.ParseSPKI)
	case "RSA PUBLIC KEY":
		return one("public key", block.Bytes, keycheck.ParsePKCS1)
	case "RSA PRIVATE KEY":
		return one("private key", block.Bytes, keycheck.ParsePKCS1)
	case "PRIVATE KEY":
		return one("private key", block.Bytes, keycheck.ParsePKCS8)
	case "EC PRIVATE KEY":
		return single("private key", keycheck.Key{Algorithm: "ECDSA"}, nil)
	case "DSA PRIVATE KEY":
		return single("private key", keycheck.Key{Algorithm: "DSA"}, nil)
	case "OPENSSH PRIVATE KEY":
		return decodeOpenSSH(block.Bytes)
	case "PKCS7", "CMS":
		return decodePKCS7(block.Bytes)
	case "X509 CRL", "EC PARAMETERS", "DH PARAMETERS", "DSA PARAMETERS", "OCSP RESPONSE":
		return nil // no key
	case "ENCRYPTED PRIVATE KEY":
		return single(block.Type, keycheck.Key{}, errors.New("it is encrypted"))
	}
	return single(block.Type, keycheck.Key{}, errors.New("an unknown kind of PEM block"))
}

func one(kind string, der []byte, parse func([]byte) (keycheck.Key, error)) []decoded {
	k, err := parse(der)
	return single(kind, k, err)
}

// firstElement is the first ASN.1 element of data, or all of it.
func firstElement(data []byte) []byte {
	if len(data) > 4 && data[1] == 0x82 {
		if end := 4 + int(binary.BigEndian.Uint16(data[2:])); end <= len(data) {
			return data[:end]
		}
	}
	return data
}

// decodeDER tries the structures in turn: no two of them read the same bytes.
func decodeDER(der []byte) []decoded {
	for _, try := range []struct {
		kind  string
		parse func([]byte) (keycheck.Key, error)
	}{
		{"certificate", keycheck.ParseCertificate},
		{"request", keycheck.ParseRequest},
		{"public key", keycheck.ParseSPKI},
		{"private key", keycheck.ParsePKCS8},
		{"RSA key", keycheck.ParsePKCS1},
	} {
		if k, err := try.parse(der); err == nil {
			return single(try.kind, k, nil)
		}
	}
	if all := decodePKCS7(der); all[0].err == nil {
		return all
	}
	return single("DER", keycheck.Key{}, errors.New("neither a certificate nor a request nor a key"))
}

func decodePKCS7(der []byte) []decoded {
	p7, err := pkcs7.Parse(der)
	if err == nil && len(p7.Certificates) == 0 {
		err = errors.New("no certificate in it")
	}
	if err != nil {
		return single("PKCS #7", keycheck.Key{}, err)
	}
	var all []decoded
	for _, c := range p7.Certificates {
		all = append(all, one("certificate", c.Raw, keycheck.ParseCertificate)...)
	}
	return all
}

// jwk has of a JSON Web Key (RFC 7517) what is needed, and the keys of a set.
type jwk struct {
	Kty, N, E string
	Keys      []jwk
}

func decodeJWK(data []byte) []decoded {
	var all []jwk
	dec := json.NewDecoder(bytes.NewReader(data))
	for dec.More() { // one after the other, as lines have them
		var text json.RawMessage
		var set []jwk
		var single jwk
		err := dec.Decode(&text)
		if err == nil && text[0] == '[' {
			err = json.Unmarshal(text, &set)
		} else if err == nil {
			if err = json.Unmarshal(text, &single); single.Keys != nil {
				set = single.Keys
			} else {
				set = []jwk{single}
			}
		}
		if err != nil {
			return []decoded{{kind: "JWK", err: err}}
		}
		all = append(all, set...)
	}
	var keys []decoded
	for _, k := range all {
		switch k.Kty {
		case "":
			keys = append(keys, decoded{kind: "JWK", err: errors.New(`no "kty" in it`)})
		case "RSA":
			n, errN := base64.RawURLEncoding.DecodeString(strings.TrimRight(k.N, "="))
			e, errE := base64.RawURLEncoding.DecodeString(strings.TrimRight(k.E, "="))
			if err := errors.Join(errN, errE); err != nil || k.N == "" {
				keys = append(keys, decoded{kind: "JWK", err: errors.Join(err, errors.New("no numbers of an RSA key"))})
				continue
			}
			keys = append(keys, decoded{kind: "JWK", key: keycheck.RSA(new(big.Int).SetBytes(n), new(big.Int).SetBytes(e))})
		default:
			keys = append(keys, decoded{kind: "JWK", key: keycheck.Key{Algorithm: k.Kty}})
		}
	}
	if keys == nil {
		return []decoded{{kind: "JWK", err: errors.New("no key in it")}}
	}
	return keys
}

// decodeLine reads an SSH key, DER in base64, or a modulus in hex.
func decodeLine(line string) []decoded {
	if algorithm, blob, is := sshKey(line); is {
		data, err := base64.StdEncoding.DecodeString(blob)
		if err != nil {
			return single("SSH key", keycheck.Key{Algorithm: algorithm}, errors.New("no base64"))
		}
		return decodeSSH(data)
	}
	if hex, is := strings.CutPrefix(line, "Modulus="); is {
		return modulus(hex)
	}
	// Logs have what follows in further columns.
	word, _, _ := strings.Cut(line, ",")
	der, err := base64.StdEncoding.DecodeString(word)
	if err == nil && len(der) > 0 && der[0] == 0x30 {
		return decodeDER(der)
	}
	return modulus(word)
}

func modulus(hex string) []decoded {
	n, ok := new(big.Int).SetString(hex, 16)
	if !ok {
		return single("line", keycheck.Key{}, errors.New("neither a key in base64 nor a modulus in hex"))
	}
	return single("modulus", keycheck.RSA(n, nil), nil)
}

// sshKey finds "ssh-rsa AAAA..." in a line of authorized_keys or known_hosts,
// where options or host names stand before it.
func sshKey(line string) (algorithm, blob string, is bool) {
	if !strings.Contains(line, "AAAA") || !strings.ContainsAny(line, " \t") {
		return "", "", false
	}
	fields := strings.Fields(line)
	for i := range len(fields) - 1 {
		f := fields[i]
		if (strings.HasPrefix(f, "ssh-") || strings.HasPrefix(f, "ecdsa-sha2-") || strings.HasPrefix(f, "sk-") || strings.HasPrefix(f, "rsa-sha2-")) && strings.HasPrefix(fields[i+1], "AAAA") {
			return f, fields[i+1], true
		}
	}
	return "", "", false
}

// wire cuts a string off an SSH message.
func wire(data []byte) (field, rest []byte, ok bool) {
	if len(data) < 4 {
		return nil, nil, false
	}
	size := binary.BigEndian.Uint32(data)
	if uint64(size) > uint64(len(data)-4) {
		return nil, nil, false
	}
	return data[4 : 4+size], data[4+size:], true
}

// decodeSSH reads a public key or a certificate (RFC 4253, 6.6). It takes any
// exponent, which golang.org/x/crypto/ssh does not.
func decodeSSH(data []byte) []decoded {
	bad := single("SSH key", keycheck.Key{}, errors.New("no SSH key"))
	name, rest, ok := wire(data)
	if !ok {
		return bad
	}
	algorithm := string(name)
	switch {
	case strings.HasPrefix(algorithm, "ssh-rsa-cert-"), strings.HasPrefix(algorithm, "rsa-sha2-"):
		if _, rest, ok = wire(rest); !ok { // its nonce
			return bad
		}
	case algorithm != "ssh-rsa":
		return single("SSH key", keycheck.Key{Algorithm: algorithm, SPKI: spkiOfSSH(algorithm, rest)}, nil)
	}
	e, rest, ok1 := wire(rest)
	n, _, ok2 := wire(rest)
	if !ok1 || !ok2 {
		return bad
	}
	return single("SSH key", keycheck.RSA(mpint(n), mpint(e)), nil)
}

var sshCurves = map[string]string{
	"nistp256": "\x2a\x86\x48\xce\x3d\x03\x01\x07", "nistp384": "\x2b\x81\x04\x00\x22", "nistp521": "\x2b\x81\x04\x00\x23",
}

// spkiOfSSH is that of what follows the name of an algorithm other than RSA, a
// plain key, one in hardware ("sk-") or a certificate; zero of others.
func spkiOfSSH(algorithm string, rest []byte) (sum [sha256.Size]byte) {
	kind, certificate := strings.CutSuffix(strings.TrimSuffix(strings.TrimPrefix(algorithm, "sk-"), "@openssh.com"), "-cert-v01")
	var fields [4][]byte
	if certificate {
		_, rest, _ = wire(rest) // its nonce
	}
	for i := range fields {
		fields[i], rest, _ = wire(rest)
	}
	switch {
	case kind == "ssh-ed25519":
		return spkiOfBytes(oidEd25519, fields[0])
	case strings.HasPrefix(kind, "ecdsa-sha2-"):
		return spkiOfPoint(sshCurves[string(fields[0])], fields[1])
	case kind == "ssh-dss" && len(fields[3]) > 0:
		return spkiOfDSA([]*big.Int{mpint(fields[0]), mpint(fields[1]), mpint(fields[2]), mpint(fields[3])})
	}
	return sum
}

// mpint is a number in two's complement.
func mpint(data []byte) *big.Int {
	n := new(big.Int).SetBytes(data)
	if len(data) > 0 && data[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(data))))
	}
	return n
}

// decodeOpenSSH reads the public half of a private key, which is not encrypted.
func decodeOpenSSH(data []byte) []decoded {
	data, ok := bytes.CutPrefix(data, []byte("openssh-key-v1\x00"))
	for range 3 { // cipher, derivation, its options
		if ok {
			_, data, ok = wire(data)
		}
	}
	if ok && len(data) > 4 {
		if public, _, is := wire(data[4:]); is {
			return decodeSSH(public)
		}
	}
	return single("SSH key", keycheck.Key{}, fmt.Errorf("no OpenSSH key"))
}
