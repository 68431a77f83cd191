package keys

import (
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
)

// TLS numbers of the messages written and read here (RFC 5246, RFC 8422).
const (
	recordAlert     = 21
	recordHandshake = 22

	messageHelloRequest = 0
	messageClientHello  = 1
	messageServerHello  = 2
	messageCertificate  = 11

	versionSSL30 = 0x0300
	versionTLS10 = 0x0301
	versionTLS12 = 0x0303
)

// helloSuites are the cipher suites offered, best first. Nothing is ever
// encrypted with them, so old ones only widen the range of servers reached.
var helloSuites = []uint16{
	0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, // ECDHE AES-GCM, ChaCha20
	0x009e, 0x009f, // DHE RSA AES-GCM
	0xc023, 0xc027, 0xc024, 0xc028, 0xc009, 0xc013, 0xc00a, 0xc014, // ECDHE AES-CBC
	0x0067, 0x006b, 0x0033, 0x0039, // DHE RSA AES-CBC
	0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035, // RSA AES
	0x0040, 0x006a, 0x0032, 0x0038, // DHE DSS AES-CBC
	0xc008, 0xc012, 0x0016, 0x000a, // 3DES
	0x00ff, // signals secure renegotiation without an extension (RFC 5746, 3.3)
}

// helloSignatures are the signature algorithms offered: servers of TLS 1.2 may
// keep back a certificate that is signed otherwise, so MD5 and SHA-1 are here.
var helloSignatures = []uint16{
	0x0403, 0x0503, 0x0603, 0x0807, 0x0808, // ECDSA, Ed25519, Ed448
	0x0401, 0x0501, 0x0601, // RSA PKCS#1
	0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, // RSA-PSS
	0x0301, 0x0303, 0x0201, 0x0203, 0x0402, 0x0202, 0x0101, // SHA-224, SHA-1, DSA, MD5
}

// helloGroups are X25519, P-256, P-384 and P-521.
var helloGroups = []uint16{0x001d, 0x0017, 0x0018, 0x0019}

// clientHello is a record with a TLS 1.2 ClientHello, kept under 256 bytes for
// usual names: some old servers hang on larger ones.
func clientHello(host string) []byte {
	random := make([]byte, 32)
	rand.Read(random) // never fails
	extensions := [][]byte{
		extension(10, vector16(numbers(helloGroups))),
		extension(11, []byte{1, 0}), // uncompressed points
		extension(13, vector16(numbers(helloSignatures))),
	}
	if name := serverName(host); name != "" {
		entry := append([]byte{0}, vector16([]byte(name))...) // host_name
		extensions = append(extensions, extension(0, vector16(entry)))
	}
	body := binary.BigEndian.AppendUint16(nil, versionTLS12)
	body = append(body, random...)
	body = append(body, 0) // no session
	body = append(body, vector16(numbers(helloSuites))...)
	body = append(body, 1, 0) // no compression
	body = append(body, vector16(slices.Concat(extensions...))...)

	message := append([]byte{messageClientHello, 0}, vector16(body)...)
	record := binary.BigEndian.AppendUint16([]byte{recordHandshake}, versionTLS10)
	return append(record, vector16(message)...)
}

// serverName is the name to ask for by SNI (RFC 6066, 3); "" for an address
// and for what is no host name.
func serverName(host string) string {
	host = strings.TrimSuffix(host, ".")
	if _, err := netip.ParseAddr(host); err == nil || len(host) > 253 {
		return ""
	}
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("-._", r)
	}
	if strings.ContainsFunc(host, odd) {
		return ""
	}
	return host
}

// vector16 puts the length in front, in two octets.
func vector16(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

func extension(number uint16, content []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, number), vector16(content)...)
}

func numbers(list []uint16) []byte {
	b := make([]byte, 0, 2*len(list))
	for _, n := range list {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	return b
}
