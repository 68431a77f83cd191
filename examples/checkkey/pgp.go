package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/rekey-go/rekey/keycheck"
)

// PGP keys (RFC 9580, and the versions 2 to 5 before it) are read here and by no
// library. What is needed of them is the first bytes of a packet, and ProtonMail's
// go-crypto refuses an exponent of more than three bytes, which has to be judged
// here. internal/bench holds this reader to that library.

// pgpKinds names the packets that hold a key, by their tags. Of a private key the
// public half comes first, and is not encrypted.
var pgpKinds = map[byte]string{5: "PGP private key", 6: "PGP key", 7: "PGP private subkey", 14: "PGP subkey"}

// maxPacket bounds a packet with a key in it: none of the numbers in it is longer
// than 8 KiB. Others are passed over, unread.
const maxPacket = 64 << 10

// isPGP reports whether a binary source begins with a packet that holds a key of a
// known version, whatever is wrong with the rest of it.
func isPGP(head []byte) bool {
	in := bytes.NewReader(head)
	tag, _, _ := packetHeader(in)
	version, _ := in.ReadByte()
	return pgpKinds[tag] != "" && version >= 2 && version <= 6
}

var errNoPacket = errors.New("no PGP packet")

// packetHeader reads a packet's tag and length, in the old format or the new. What
// has no length at its beginning holds no key.
func packetHeader(in io.ByteReader) (tag byte, size uint32, err error) {
	number := func(length int) {
		for range length {
			b, failed := in.ReadByte()
			size = size<<8 | uint32(b)
			err = errors.Join(err, failed)
		}
	}
	first, err := in.ReadByte()
	switch {
	case err != nil:
		return 0, 0, err // io.EOF here is the end of all packets
	case first&0x80 == 0:
		return 0, 0, errNoPacket
	case first&0x40 == 0:
		tag = first >> 2 & 15
		if first&3 == 3 {
			return tag, 0, errNoPacket
		}
		number(1 << (first & 3))
	default:
		tag = first & 63
		switch number(1); {
		case size >= 224 && size < 255:
			return tag, 0, errNoPacket
		case size == 255:
			size = 0
			number(4)
		case size >= 192:
			size -= 192
			number(1)
			size += 192
		}
	}
	if errors.Is(err, io.EOF) { // not at a packet's beginning
		err = io.ErrUnexpectedEOF
	}
	return tag, size, err
}

// packets passes on every packet that holds a key: its tag, and then its body. It
// returns how many that were; a packet that is broken counts, too, and is the last.
func packets(ctx context.Context, name string, r io.Reader, yield func(raw)) (found int, err error) {
	in, end := bufio.NewReader(r), ""
	give := func(kind kind, data []byte) {
		where := name
		if found++; found > 1 {
			where = fmt.Sprintf("%s, key %d", name, found)
		}
		yield(raw{where: where, kind: kind, data: data})
	}
	for end == "" {
		if err := ctx.Err(); err != nil {
			return found, err
		}
		tag, size, err := packetHeader(in)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		var data []byte
		if err == nil && pgpKinds[tag] != "" && size <= maxPacket {
			data = make([]byte, 1+size)
			data[0] = tag
			_, err = io.ReadFull(in, data[1:])
		} else if err == nil {
			_, err = io.CopyN(io.Discard, in, int64(size))
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			end = "it ends within a PGP packet"
		case errors.Is(err, errNoPacket):
			end = "it goes on with what is no PGP packet with a key, and is not read"
		case err != nil:
			return found, fmt.Errorf("%s: %w", name, err)
		case data != nil:
			give(kindPGP, data)
		case pgpKinds[tag] != "":
			give(kindBad, fmt.Appendf(nil, "a PGP key longer than %d bytes", maxPacket))
		}
	}
	give(kindBad, []byte(end))
	return found, nil
}

// armored reads the packets of a block of lines, if it is one with PGP keys. The
// checksum is not looked at, as RFC 9580 has it.
func armored(ctx context.Context, name string, block []byte, yield func(raw)) (is bool, err error) {
	if !bytes.HasPrefix(block, []byte("-----BEGIN PGP PUBLIC KEY BLOCK-")) && !bytes.HasPrefix(block, []byte("-----BEGIN PGP PRIVATE KEY BLOCK-")) {
		return false, nil
	}
	var text strings.Builder
	header := true // "Version: ..." until an empty line, which some forget if there is none
	for i, line := range strings.Split(string(block), "\n") {
		switch {
		case i == 0:
		case line == "", header && strings.Contains(line, ":"):
			header = line != ""
		case line[0] == '=', line[0] == '-':
		default:
			header = false
			text.WriteString(line)
		}
	}
	found, err := packets(ctx, name, base64.NewDecoder(base64.StdEncoding, strings.NewReader(text.String())), yield)
	if errors.As(err, new(base64.CorruptInputError)) {
		found, err = 1, nil
		yield(raw{where: name, kind: kindBad, data: []byte("a PGP block with what is not base64, not read on from there")})
	}
	if found == 0 {
		yield(raw{where: name, kind: kindBad, data: []byte("a PGP block that holds no key")})
	}
	return true, err
}

var pgpAlgorithms = map[byte]string{
	1: "RSA", 2: "RSA", 3: "RSA", 16: "Elgamal", 17: "DSA", 18: "ECDH", 19: "ECDSA", 20: "Elgamal", 22: "EdDSA",
	25: "X25519", 26: "X448", 27: "Ed25519", 28: "Ed448",
}

// decodePGP reads the public half of a packet's key.
func decodePGP(packet []byte) []decoded {
	kind := pgpKinds[packet[0]]
	key, rest, err := pgpKey(packet[1:])
	if err == nil && len(rest) > 0 && !strings.HasPrefix(kind, "PGP private") {
		err = errors.New("bytes after the key")
	}
	return single(kind, key, err)
}

// pgpKey returns the key that a packet's body begins with, and, of RSA, what
// follows it.
func pgpKey(body []byte) (k keycheck.Key, rest []byte, err error) {
	cut := errors.New("a PGP key that is cut short")
	before := 5 // the version, and four bytes of time
	if len(body) == 0 {
		return k, nil, cut
	}
	switch body[0] {
	case 2, 3:
		before += 2 // the days that it is valid
	case 4, 5, 6:
	default:
		return k, nil, fmt.Errorf("a PGP key of version %d", body[0])
	}
	if len(body) <= before {
		return k, nil, cut
	}
	rest = body[before+1:]
	if body[0] >= 5 {
		// The length of what is public, which numbers have of themselves, too.
		if len(rest) < 4 || uint64(binary.BigEndian.Uint32(rest)) > uint64(len(rest)-4) {
			return k, nil, cut
		}
		rest = rest[4:]
	}
	name := pgpAlgorithms[body[before]]
	if name == "" {
		name = fmt.Sprintf("PGP algorithm %d", body[before])
	}
	if name != "RSA" {
		return keycheck.Key{Algorithm: name, SPKI: spkiOfPGP(body[before], rest)}, nil, nil
	}
	numbers, rest := pgpNumbers(rest, 2)
	if numbers == nil {
		return k, nil, cut
	}
	return keycheck.RSA(numbers[0], numbers[1]), rest, nil
}

// pgpNumbers reads numbers, and what follows them; nil if they are not there.
func pgpNumbers(data []byte, count int) (numbers []*big.Int, rest []byte) {
	for range count {
		if len(data) < 2 {
			return nil, nil
		}
		size := (int(binary.BigEndian.Uint16(data)) + 7) / 8
		if data = data[2:]; len(data) < size {
			return nil, nil
		}
		numbers, data = append(numbers, new(big.Int).SetBytes(data[:size])), data[size:]
	}
	return numbers, data
}

// pgpBytes are the algorithms whose keys are bytes.
var pgpBytes = map[byte]string{25: oidX25519, 26: oidX448, 27: oidEd25519, 28: oidEd448}

// pgpCurves are the curves whose points are such bytes, after one that says so.
var pgpCurves = map[string]string{
	"\x2b\x06\x01\x04\x01\xda\x47\x0f\x01":     oidEd25519,
	"\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01": oidX25519,
}

// spkiOfPGP is that of a key of another algorithm than RSA; zero where certificates
// have no such keys (Elgamal) or it is not understood. The key is named then.
func spkiOfPGP(algorithm byte, data []byte) (sum [sha256.Size]byte) {
	switch algorithm {
	case 17:
		if numbers, _ := pgpNumbers(data, 4); numbers != nil {
			return spkiOfDSA(numbers)
		}
	case 18, 19, 22:
		if len(data) == 0 || len(data) <= int(data[0]) {
			return sum
		}
		curve := string(data[1 : 1+data[0]])
		numbers, _ := pgpNumbers(data[1+data[0]:], 1)
		if numbers == nil {
			return sum
		}
		point := numbers[0].Bytes()
		if oid := pgpCurves[curve]; oid != "" && len(point) > 0 && point[0] == 0x40 {
			return spkiOfBytes(oid, point[1:])
		} else if algorithm != 22 {
			return spkiOfPoint(curve, point)
		}
	default:
		if size := sizes[pgpBytes[algorithm]]; size > 0 && len(data) >= size {
			return spkiOfBytes(pgpBytes[algorithm], data[:size])
		}
	}
	return sum
}
