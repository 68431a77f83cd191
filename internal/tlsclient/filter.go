package tlsclient

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"github.com/rekey-go/rekey/internal/oddcert"
)

// filter stands between crypto/tls and a server whose certificate crypto/x509
// refuses, for one handshake of TLS 1.2. crypto/tls is shown a bare certificate
// with the same public key instead, so that it checks with that key what the
// server signs, or encrypts to it. The two sides then have seen different
// messages, and that shows in one place only: the Finished messages (RFC 5246,
// 7.4.9), which are made of all the messages before. So the filter checks the
// server's itself, over what was really sent, with the secret that crypto/tls has
// arrived at (its key log), and writes to either side the one that it expects.
// After these, which are the first record of either direction, nothing is touched.
//
// Extended master secret (RFC 7627) has to be left out: it makes the secret of the
// messages as well. What it prevents needs resumption, renegotiation or client
// certificates, of which there are none here.
type filter struct {
	net.Conn
	in   *bufio.Reader     // of Conn
	odd  bool              // a certificate was refused
	leaf *x509.Certificate // the server's own, if that was; else nil

	secret       []byte
	clientRandom []byte
	serverRandom []byte
	suite        suite

	seen, real []byte // all messages: as crypto/tls has seen them, and as the server has
	fromServer direction
	fromClient direction
	ready      []byte // for crypto/tls
	written    []byte // by crypto/tls, no whole record yet
}

// direction is where one side is.
type direction struct {
	pending   []byte // octets of messages that are not whole
	encrypted bool   // ChangeCipherSpec has come
	finished  bool
}

// Content types (RFC 5246, 6.2.1) and handshake messages (7.4).
const (
	recordChangeCipher = 20
	recordHandshake    = 22

	messageClientHello = 1
	messageServerHello = 2
	messageCertificate = 11
	messageFinished    = 20

	extensionMasterSecret = 23

	maxFragment = 1<<14 + 2048
	// maxMessages is more than crypto/tls reads.
	maxMessages = 512 << 10
)

var errHandshake = errors.New("tls: malformed handshake")

// newFilter sets up config for the filter that it returns.
func newFilter(conn net.Conn, config *tls.Config) *filter {
	f := &filter{Conn: conn, in: bufio.NewReader(conn)}
	config.MinVersion, config.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	config.CipherSuites = filterSuites(config.CipherSuites)
	config.ClientSessionCache, config.Renegotiation = nil, tls.RenegotiateNever
	config.KeyLogWriter = (*keyLog)(f)
	verify := config.VerifyConnection
	config.VerifyConnection = func(cs tls.ConnectionState) error {
		if f.leaf != nil {
			cs.PeerCertificates = append([]*x509.Certificate{f.leaf}, cs.PeerCertificates[1:]...)
		}
		return verify(cs)
	}
	return f
}

// keyLog takes the master secret from crypto/tls: a line of its key log.
type keyLog filter

func (k *keyLog) Write(line []byte) (int, error) {
	fields := bytes.Fields(line)
	if len(fields) != 3 || string(fields[0]) != "CLIENT_RANDOM" {
		return 0, errHandshake
	}
	secret, err := hex.DecodeString(string(fields[2]))
	k.secret = secret
	return len(line), err
}

// Read gives crypto/tls what the server sends, as it is to see it.
func (f *filter) Read(b []byte) (int, error) {
	for len(f.ready) == 0 {
		if f.fromServer.finished {
			return f.in.Read(b)
		}
		var head [5]byte
		if _, err := io.ReadFull(f.in, head[:]); err != nil {
			return 0, err
		}
		length := int(binary.BigEndian.Uint16(head[3:]))
		if length > maxFragment {
			return 0, errHandshake
		}
		content := make([]byte, length)
		if _, err := io.ReadFull(f.in, content); err != nil {
			return 0, err
		}
		out, err := f.record(&f.fromServer, head[0], content)
		if err != nil {
			return 0, err
		}
		f.ready = append(f.ready, out...)
	}
	n := copy(b, f.ready)
	f.ready = f.ready[n:]
	return n, nil
}

// Write sends the server what crypto/tls writes, as the server is to see it.
func (f *filter) Write(b []byte) (int, error) {
	if f.fromClient.finished {
		return f.Conn.Write(b)
	}
	f.written = append(f.written, b...)
	var out []byte
	for rest := f.written; len(rest) >= 5; rest = f.written {
		end := 5 + int(binary.BigEndian.Uint16(rest[3:]))
		if end > len(rest) {
			break
		}
		f.written = rest[end:]
		if f.fromClient.finished {
			out = append(out, rest[:end]...)
			continue
		}
		record, err := f.record(&f.fromClient, rest[0], rest[5:end])
		if err != nil {
			return 0, err
		}
		out = append(out, record...)
	}
	if _, err := f.Conn.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}

// record gives what becomes of a record on its way.
func (f *filter) record(from *direction, typ byte, content []byte) ([]byte, error) {
	switch {
	case typ == recordChangeCipher && len(from.pending) == 0:
		from.encrypted = true
		return framed(typ, content), nil
	case typ != recordHandshake: // an alert
		return framed(typ, content), nil
	case from.encrypted:
		from.finished = true
		return f.finish(from, content)
	}
	from.pending = append(from.pending, content...)
	var out []byte
	for len(from.pending) >= 4 {
		end := 4 + int(from.pending[1])<<16 + int(binary.BigEndian.Uint16(from.pending[2:]))
		if len(f.real)+end > maxMessages {
			return nil, errHandshake
		}
		if end > len(from.pending) {
			break
		}
		message := from.pending[:end:end]
		from.pending = from.pending[end:]
		passed, err := f.message(from, message)
		if err != nil {
			return nil, err
		}
		for part := range slices.Chunk(passed, 1<<14) {
			out = append(out, framed(recordHandshake, part)...)
		}
	}
	return out, nil
}

// message notes a message, and gives what becomes of it.
func (f *filter) message(from *direction, sent []byte) (passed []byte, err error) {
	passed = sent
	fromServer := from == &f.fromServer
	switch {
	case !fromServer && sent[0] == messageClientHello:
		passed, err = f.clientHello(sent)
	case fromServer && sent[0] == messageServerHello:
		err = f.serverHello(sent)
	case fromServer && sent[0] == messageCertificate:
		passed, err = f.certificates(sent)
	case fromServer && sent[0] == 0: // HelloRequest is in no transcript (RFC 5246, 7.4.1.1)
		return passed, nil
	}
	if err != nil {
		return nil, err
	}
	if fromServer {
		f.real, f.seen = append(f.real, sent...), append(f.seen, passed...)
	} else {
		f.seen, f.real = append(f.seen, sent...), append(f.real, passed...)
	}
	return passed, nil
}

// finish checks one side's Finished message, and writes the one that the other
// side expects.
func (f *filter) finish(from *direction, sealed []byte) ([]byte, error) {
	if f.secret == nil || f.suite.hash == nil {
		return nil, errHandshake
	}
	client, server := f.suite.protections(f.secret, f.clientRandom, f.serverRandom)
	keys, label, sender, receiver := client, "client finished", &f.seen, &f.real
	if from == &f.fromServer {
		keys, label, sender, receiver = server, "server finished", &f.real, &f.seen
	}
	plain, err := keys.open(sealed)
	if err != nil {
		return nil, err
	}
	want := f.finished(label, *sender)
	if !hmac.Equal(plain, want) {
		return nil, errRecord
	}
	other := f.finished(label, *receiver)
	*sender, *receiver = append(*sender, want...), append(*receiver, other...)
	out, err := keys.seal(other)
	return framed(recordHandshake, out), err
}

// finished is a Finished message over others.
func (f *filter) finished(label string, messages []byte) []byte {
	h := f.suite.hash()
	h.Write(messages)
	return append([]byte{messageFinished, 0, 0, 12}, prf(f.suite.hash, f.secret, label, h.Sum(nil), 12)...)
}

func framed(typ byte, content []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{typ, 3, 3}, uint16(len(content))), content...)
}

// clientHello notes the client's random, and leaves out the extended master secret.
func (f *filter) clientHello(message []byte) ([]byte, error) {
	s := cryptobyte.String(message[4:])
	var session, offered, compression, extensions cryptobyte.String
	if !s.Skip(2) || !s.ReadBytes(&f.clientRandom, 32) || !s.ReadUint8LengthPrefixed(&session) || !s.ReadUint16LengthPrefixed(&offered) ||
		!s.ReadUint8LengthPrefixed(&compression) {
		return nil, errHandshake
	}
	fixed := message[4 : len(message)-len(s)]
	if !s.ReadUint16LengthPrefixed(&extensions) {
		return nil, errHandshake
	}
	var b cryptobyte.Builder
	b.AddUint8(messageClientHello)
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddBytes(fixed)
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for !extensions.Empty() {
				var number uint16
				var content cryptobyte.String
				if !extensions.ReadUint16(&number) || !extensions.ReadUint16LengthPrefixed(&content) {
					b.SetError(errHandshake)
					return
				}
				if number != extensionMasterSecret {
					b.AddUint16(number)
					b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(content) })
				}
			}
		})
	})
	return b.Bytes()
}

// serverHello notes the server's random and the cipher suite.
func (f *filter) serverHello(message []byte) error {
	s := cryptobyte.String(message[4:])
	var session, extensions cryptobyte.String
	var id uint16
	if !s.Skip(2) || !s.ReadBytes(&f.serverRandom, 32) || !s.ReadUint8LengthPrefixed(&session) || !s.ReadUint16(&id) || !s.Skip(1) {
		return errHandshake
	}
	f.suite = suites[id] // crypto/tls refuses one that was not offered
	for s.ReadUint16LengthPrefixed(&extensions); !extensions.Empty(); {
		var number uint16
		var content cryptobyte.String
		if !extensions.ReadUint16(&number) || !extensions.ReadUint16LengthPrefixed(&content) || number == extensionMasterSecret {
			return errHandshake // not asked for
		}
	}
	return nil
}

// certificates puts a stand-in for the server's certificate, if crypto/x509 refuses
// that, and leaves out of the others those that it refuses: they can only be
// missed.
func (f *filter) certificates(message []byte) ([]byte, error) {
	s := cryptobyte.String(message[4:])
	var list cryptobyte.String
	if !s.ReadUint24LengthPrefixed(&list) || !s.Empty() {
		return nil, errHandshake
	}
	var shown [][]byte
	for first := true; !list.Empty(); first = false {
		var der cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&der) {
			return nil, errHandshake
		}
		if oddcert.Refused(der) == nil {
			shown = append(shown, der)
			continue
		}
		f.odd = true
		if first {
			bare, leaf, err := oddcert.StandIn(der)
			if err != nil {
				return nil, fmt.Errorf("tls: %w", err)
			}
			f.leaf, shown = leaf, append(shown, bare)
		}
	}
	var b cryptobyte.Builder
	b.AddUint8(messageCertificate)
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, der := range shown {
				b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(der) })
			}
		})
	})
	return b.Bytes()
}
