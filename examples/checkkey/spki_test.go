package main

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// A key of SSH or PGP is known by the SPKI that it has in a certificate, as
// crypto/x509 writes it.
func TestSPKI(t *testing.T) {
	t.Parallel()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	hashed := func(der []byte) string { sum := sha256.Sum256(der); return hex.EncodeToString(sum[:]) }
	marshalled := func(pub any) string {
		der, err := x509.MarshalPKIXPublicKey(pub)
		ok(err)
		return hashed(der)
	}
	mpi := func(b []byte) []byte {
		n := new(big.Int).SetBytes(b)
		return append(binary.BigEndian.AppendUint16(nil, uint16(n.BitLen())), n.Bytes()...)
	}
	pgp := func(algorithm byte, key ...[]byte) []byte {
		body := slices.Concat(append([][]byte{{4, 0x60, 0, 0, 0, algorithm}}, key...)...)
		return pgpPacket(6, 4, false, body)
	}
	curve := func(oid asn1.ObjectIdentifier) []byte {
		der, err := asn1.Marshal(oid)
		ok(err)
		return der[1:] // the length, and what it is of
	}
	type row struct {
		name    string
		content []byte
		want    string
	}
	var rows []row
	add := func(name string, content []byte, want string) { rows = append(rows, row{name, content, want}) }
	addSSH := func(name string, pub any, want string) ssh.PublicKey {
		key, err := ssh.NewPublicKey(pub)
		ok(err)
		add(name+", SSH", ssh.MarshalAuthorizedKey(key), want)
		return key
	}
	for name, c := range map[string]struct {
		elliptic.Curve
		oid asn1.ObjectIdentifier
	}{
		"P-256": {elliptic.P256(), asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}},
		"P-384": {elliptic.P384(), asn1.ObjectIdentifier{1, 3, 132, 0, 34}},
		"P-521": {elliptic.P521(), asn1.ObjectIdentifier{1, 3, 132, 0, 35}},
	} {
		key, err := ecdsa.ParseRawPrivateKey(c.Curve, slices.Repeat([]byte{1}, (c.Params().BitSize+7)/8))
		ok(err)
		point, err := key.PublicKey.Bytes()
		ok(err)
		want := marshalled(key.Public())
		add(name+", PGP ECDSA", pgp(19, curve(c.oid), mpi(point)), want)
		add(name+", PGP ECDH", pgp(18, curve(c.oid), mpi(point), []byte{3, 1, 8, 7}), want)
		add(name+", compressed", pgp(19, curve(c.oid), mpi(elliptic.MarshalCompressed(c.Curve, key.X, key.Y))), "")
		addSSH(name, key.Public(), want)
	}
	ed := ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)
	add("Ed25519, PGP", pgp(27, ed), marshalled(ed))
	add("EdDSA, PGP", pgp(22, curve(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 15, 1}), mpi(append([]byte{0x40}, ed...))), marshalled(ed))
	key := addSSH("Ed25519", ed, marshalled(ed))
	add("Ed25519, SSH certificate", []byte("ssh-ed25519-cert-v01@openssh.com "+wireSSH([]byte("ssh-ed25519-cert-v01@openssh.com"), []byte("nonce"), ed, []byte("more"))+"\n"), marshalled(ed))
	add("Ed25519, SSH in hardware", []byte("sk-ssh-ed25519@openssh.com "+wireSSH([]byte("sk-ssh-ed25519@openssh.com"), ed, []byte("ssh:"))+"\n"), marshalled(ed))
	add("Ed25519, SSH cut short", []byte("ssh-ed25519 "+wireSSH([]byte("ssh-ed25519"), key.Marshal()[19:40])+"\n"), "")
	x, err := ecdh.X25519().NewPrivateKey(make([]byte, 32))
	ok(err)
	add("X25519, PGP", pgp(25, x.PublicKey().Bytes()), marshalled(x.PublicKey()))
	add("X25519, PGP ECDH", pgp(18, curve(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 3029, 1, 5, 1}), mpi(append([]byte{0x40}, x.PublicKey().Bytes()...)), []byte{3, 1, 8, 7}), marshalled(x.PublicKey()))
	add("X25519, cut short", pgp(25, ed[:31]), "")
	// RFC 8410, 4: what stands before the bytes of the key.
	long := []byte(strings.Repeat("k", 57))
	add("Ed448, PGP", pgp(28, long), hashed(append([]byte("\x30\x43\x30\x05\x06\x03\x2b\x65\x71\x03\x3a\x00"), long...)))
	add("X448, PGP", pgp(26, long[:56]), hashed(append([]byte("\x30\x42\x30\x05\x06\x03\x2b\x65\x6f\x03\x39\x00"), long[:56]...)))
	add("X448, PGP ECDH", pgp(18, curve(asn1.ObjectIdentifier{1, 3, 101, 111}), mpi(append([]byte{4}, long[:55]...))), "")
	add("Elgamal", pgp(16, mpi(long), mpi(long), mpi(long)), "")

	numbers := []*big.Int{big.NewInt(283), big.NewInt(47), big.NewInt(60), big.NewInt(158)}
	y, err := asn1.Marshal(numbers[3])
	ok(err)
	parameters, err := asn1.Marshal(struct{ P, Q, G *big.Int }{numbers[0], numbers[1], numbers[2]})
	ok(err)
	der, err := asn1.Marshal(struct {
		Algorithm struct {
			OID        asn1.ObjectIdentifier
			Parameters asn1.RawValue
		}
		Key asn1.BitString
	}{
		struct {
			OID        asn1.ObjectIdentifier
			Parameters asn1.RawValue
		}{asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, asn1.RawValue{FullBytes: parameters}}, asn1.BitString{Bytes: y, BitLength: 8 * len(y)},
	})
	ok(err)
	_, err = x509.ParsePKIXPublicKey(der)
	ok(err)
	add("DSA, PGP", pgp(17, mpi(numbers[0].Bytes()), mpi(numbers[1].Bytes()), mpi(numbers[2].Bytes()), mpi(numbers[3].Bytes())), hashed(der))
	add("DSA, SSH", []byte("ssh-dss "+wireSSH([]byte("ssh-dss"), []byte{1, 27}, []byte{47}, []byte{60}, []byte{0, 158})+"\n"), hashed(der))

	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := checkkey(t, "", "-json", "-all", write(t, "key", r.content))
			want := `"spki_sha256":"` + r.want + `"`
			if r.want == "" {
				want = `"algorithm":"`
			}
			if code != 0 || errs != "" || strings.Count(out, "\n") != 2 || !strings.Contains(out, want) || strings.Contains(out, "spki") != (r.want != "") {
				t.Errorf("exit code %d, %s, want %s in\n%s", code, errs, want, out)
			}
		})
	}
}
