package keys

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

const (
	// maxHandshake bounds what is read of a server, record headers included.
	maxHandshake = 256 << 10
	// maxRecord is the largest record (RFC 5246, 6.2.1), with the slack that
	// compression would be allowed.
	maxRecord = 1<<14 + 1024
	// maxServedChain bounds the number of certificates.
	maxServedChain = 32
)

// messages reads handshake messages out of TLS records, however the server
// cut them.
type messages struct {
	r       io.Reader
	budget  int    // bytes that may still be read
	pending []byte // octets of messages not handed out yet
}

// readServed reads the server's messages up to its certificates.
func readServed(r io.Reader) (*Served, error) {
	in := &messages{r: r, budget: maxHandshake}
	hello, err := in.want(messageServerHello)
	if err != nil {
		return nil, err
	}
	served := new(Served)
	if err := served.readServerHello(hello); err != nil {
		return nil, err
	}
	list, err := in.want(messageCertificate)
	if err != nil {
		return nil, err
	}
	served.Chain, err = readChain(list)
	if err != nil {
		return nil, err
	}
	return served, nil
}

// want gives the body of the next message, which must be of the given type.
func (m *messages) want(typ byte) ([]byte, error) {
	for {
		got, body, err := m.next()
		switch {
		case err != nil:
			return nil, err
		case got == typ:
			return body, nil
		case got == messageHelloRequest: // may come at any time (RFC 5246, 7.4.1.1)
		case typ == messageCertificate:
			return nil, ErrNoCertificate // anonymous or pre-shared key
		default:
			return nil, errMalformed
		}
	}
}

// next gives the next whole message.
func (m *messages) next() (typ byte, body []byte, err error) {
	const head = 4
	for {
		if len(m.pending) >= head {
			length := int(m.pending[1])<<16 | int(binary.BigEndian.Uint16(m.pending[2:]))
			if length > maxHandshake {
				return 0, nil, errEndless
			}
			if len(m.pending) >= head+length {
				typ, body = m.pending[0], m.pending[head:head+length]
				m.pending = m.pending[head+length:]
				return typ, body, nil
			}
		}
		if err := m.readRecord(); err != nil {
			return 0, nil, err
		}
	}
}

// readRecord adds the content of the next record to pending.
func (m *messages) readRecord() error {
	var head [5]byte
	if err := m.readFull(head[:]); err != nil {
		return err
	}
	typ, major, length := head[0], head[1], int(binary.BigEndian.Uint16(head[3:]))
	if (typ != recordHandshake && typ != recordAlert) || major != 3 || length > maxRecord {
		return ErrNotTLS
	}
	content := make([]byte, length)
	if err := m.readFull(content); err != nil {
		return err
	}
	if typ == recordAlert {
		return alert(content)
	}
	m.pending = append(m.pending, content...)
	return nil
}

// readFull is io.ReadFull within the budget. A server that closes in between
// gives io.ErrUnexpectedEOF.
func (m *messages) readFull(b []byte) error {
	if m.budget -= len(b); m.budget < 0 {
		return errEndless
	}
	_, err := io.ReadFull(m.r, b)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readServerHello takes version and cipher suite (RFC 5246, 7.4.1.3).
func (s *Served) readServerHello(b []byte) error {
	const fixed = 2 + 32 + 1 // version, random, length of the session ID
	if len(b) < fixed || len(b) < fixed+int(b[fixed-1])+3 {
		return errMalformed
	}
	s.Version = binary.BigEndian.Uint16(b)
	s.CipherSuite = binary.BigEndian.Uint16(b[fixed+int(b[fixed-1]):])
	if s.Version < versionSSL30 || s.Version > versionTLS12 {
		return errMalformed
	}
	return nil
}

// readChain reads a Certificate message (RFC 5246, 7.4.2).
func readChain(b []byte) ([][]byte, error) {
	list, rest, ok := cut24(b)
	if !ok || len(rest) > 0 {
		return nil, errMalformed
	}
	var chain [][]byte
	for len(list) > 0 {
		der, after, ok := cut24(list)
		switch {
		case !ok || len(der) == 0:
			return nil, errMalformed
		case len(chain) == maxServedChain:
			return nil, errChain
		}
		chain, list = append(chain, slices.Clone(der)), after
	}
	if len(chain) == 0 {
		return nil, ErrNoCertificate
	}
	return chain, nil
}

// cut24 takes a vector with a length of three octets off b.
func cut24(b []byte) (vector, rest []byte, ok bool) {
	if len(b) < 3 {
		return nil, nil, false
	}
	length := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	if length > len(b)-3 {
		return nil, nil, false
	}
	return b[3 : 3+length], b[3+length:], true
}
