package keys_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/keys"
)

// record is a TLS record of version 1.2.
func record(typ byte, content []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{typ, 3, 3}, uint16(len(content))), content...)
}

// message is a handshake message.
func message(typ byte, body []byte) []byte {
	return append([]byte{typ, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

func vector24(b []byte) []byte { return message(byte(len(b)>>16), b)[1:] }

func serverHello(minor byte, session int) []byte {
	body := append([]byte{3, minor}, make([]byte, 32)...)
	body = append(append(body, byte(session)), make([]byte, session)...)
	return message(2, append(body, 0xc0, 0x2f, 0))
}

func certificates(ders ...string) []byte {
	var list []byte
	for _, der := range ders {
		list = append(list, vector24([]byte(der))...)
	}
	return message(11, vector24(list))
}

// in cuts octets into records of the given size.
func in(size int, octets ...[]byte) []byte {
	var out []byte
	for part := range slices.Chunk(slices.Concat(octets...), size) {
		out = append(out, record(22, part)...)
	}
	return out
}

// answer gives what ServedCertificate makes of the octets after its hello.
func answer(t testing.TB, octets []byte) (*keys.Served, error) {
	t.Helper()
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		if readHello(server) == nil {
			_, _ = server.Write(octets) // the client may have heard enough
		}
	}()
	return keys.ServedCertificate(t.Context(), dialTo(client), "mfp.example:8443")
}

// readHello takes the record of the ClientHello off the connection.
func readHello(conn net.Conn) error {
	head := make([]byte, 5)
	if _, err := io.ReadFull(conn, head); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint16(head[3:])))
	return err
}

func TestServedCertificateReadsEveryCut(t *testing.T) {
	t.Parallel()
	hello, list := serverHello(3, 32), certificates("one", "two")
	warning := record(21, []byte{1, 112})
	for name, octets := range map[string][]byte{
		"one record":         in(1<<14, hello, list),
		"a record each":      append(in(1<<14, hello), in(1<<14, list)...),
		"records of 1 octet": in(1, hello, list),
		"records of 7":       in(7, hello, list),
		"more behind":        in(1<<14, hello, list, message(14, nil)),
		"unfinished behind":  append(in(1<<14, hello, list), 22, 3),
		"warning first":      append(warning, in(1<<14, hello, list)...),
		"hello request":      in(1<<14, message(0, nil), hello, message(0, nil), list),
		"empty record":       append(record(22, nil), in(1<<14, hello, list)...),
		"no session":         in(1<<14, serverHello(3, 0), list),
		"SSL 3.0":            in(1<<14, serverHello(0, 32), list),
	} {
		served, err := answer(t, octets)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(served.Chain) != 2 || string(served.Chain[0]) != "one" || string(served.Chain[1]) != "two" ||
			served.CipherSuite != 0xc02f || served.Proved {
			t.Errorf("%s: %+v", name, served)
		}
	}
}

func TestServedCertificateRefuses(t *testing.T) {
	t.Parallel()
	hello := serverHello(3, 32)
	chain := make([]string, 100)
	for i := range chain {
		chain[i] = "x"
	}
	for _, tc := range []struct {
		name   string
		octets []byte
		want   error  // may be nil
		text   string // part of the error
	}{
		{"nothing", nil, io.ErrUnexpectedEOF, "mfp.example:8443"},
		{"HTTP", []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), keys.ErrNotTLS, "port"},
		{"SSH", []byte("SSH-2.0-x\r\n"), keys.ErrNotTLS, "port"},
		{"application data", record(23, []byte("x")), keys.ErrNotTLS, ""},
		{"record of no SSL version", []byte{22, 2, 0, 0, 1, 0}, keys.ErrNotTLS, ""},
		{"oversized record", []byte{22, 3, 3, 0xff, 0xff}, keys.ErrNotTLS, ""},
		{"handshake failure", record(21, []byte{2, 40}), nil, "handshake failure"},
		{"unknown alert", record(21, []byte{2, 222}), nil, "222"},
		{"close_notify", record(21, []byte{1, 0}), nil, "close notify"},
		{"malformed alert", record(21, []byte{2}), nil, "malformed"},
		{"protocol version", record(21, []byte{2, 70}), keys.ErrTLS13Only, "use a real handshake; or it takes older versions than 1.2 only: try Device.LegacyTLS"},
		{"alert after hello", append(in(100, hello), record(21, []byte{2, 80})...), nil, "internal error"},
		{"cut in a record", in(1<<14, hello)[:20], io.ErrUnexpectedEOF, ""},
		{"cut in a message", in(1<<14, hello, certificates("one")[:5]), io.ErrUnexpectedEOF, ""},
		{"anonymous", in(1<<14, hello, message(12, []byte("key"))), keys.ErrNoCertificate, ""},
		{"done at once", in(1<<14, hello, message(14, nil)), keys.ErrNoCertificate, ""},
		{"empty list", in(1<<14, hello, certificates()), keys.ErrNoCertificate, ""},
		{"empty certificate", in(1<<14, hello, certificates("")), nil, "malformed"},
		{"long chain", in(1<<14, hello, certificates(chain...)), nil, "malformed TLS handshake message: more than 32 certificates"},
		{"no list", in(1<<14, hello, message(11, nil)), nil, "malformed"},
		{"list too long", in(1<<14, hello, message(11, []byte{0, 0, 9, 0})), nil, "malformed"},
		{"octets after list", in(1<<14, hello, message(11, []byte{0, 0, 0, 1})), nil, "malformed"},
		{"certificate too long", in(1<<14, hello, message(11, []byte{0, 0, 4, 0, 0, 9, 1})), nil, "malformed"},
		{"certificate first", in(1<<14, certificates("one")), nil, "malformed"},
		{"short hello", in(1<<14, message(2, []byte{3, 3})), nil, "malformed"},
		{"hello with long session", in(1<<14, message(2, append(make([]byte, 34), 255))), nil, "malformed"},
		{"version 1.3 in hello", in(1<<14, serverHello(4, 0)), nil, "malformed"},
		{"16 MB message", in(1<<14, []byte{2, 0xff, 0xff, 0xff}), nil, "more than any handshake"},
		{"endless hello requests", bytes.Repeat(in(1<<14, message(0, nil)), 100_000), nil, "more than any handshake"},
		{"endless empty records", bytes.Repeat(record(22, nil), 100_000), nil, "more than any handshake"},
		{"endless warnings", bytes.Repeat(record(21, []byte{1, 112}), 100_000), nil, "more than any handshake"},
		{"garbage", bytes.Repeat([]byte{0x16, 0x03, 0x00}, 10_000), nil, ""},
	} {
		served, err := answer(t, tc.octets)
		e, ok := errors.AsType[*keys.HandshakeError](err)
		if !ok || served != nil || e.Address != "mfp.example:8443" {
			t.Errorf("%s: %v, %v", tc.name, served, err)
			continue
		}
		if (tc.want != nil && !errors.Is(err, tc.want)) || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	_, err := answer(t, record(21, []byte{2, 40}))
	if a, ok := errors.AsType[*keys.AlertError](err); !ok || a.Code != 40 {
		t.Errorf("alert: %v", err)
	}
}

// A server that sends an octet now and then, or none, holds nobody up.
func TestSlowServersEnd(t *testing.T) {
	for name, probe := range map[string]func(context.Context, keys.DialFunc, string) (*keys.Served, error){
		"ServedCertificate": keys.ServedCertificate, "Handshake": keys.Handshake,
	} {
		for _, limit := range []time.Duration{0, time.Second} {
			for _, drips := range []bool{true, false} {
				synctest.Test(t, func(t *testing.T) {
					client, server := net.Pipe()
					var wg sync.WaitGroup
					defer wg.Wait()
					wg.Go(func() { slowServer(server, drips) })
					ctx, cancel := t.Context(), func() {}
					if limit > 0 {
						ctx, cancel = context.WithTimeout(ctx, limit)
					}
					defer cancel()
					start := time.Now()
					_, err := probe(ctx, dialTo(client), "mfp.example:8443")
					took := time.Since(start)
					if !errors.Is(err, context.DeadlineExceeded) || took > time.Minute || (limit > 0 && took > limit) {
						t.Errorf("%s, limit %v, drips %v: %v after %v", name, limit, drips, err, took)
					}
				})
			}
		}
	}
}

// slowServer reads all and sends a handshake at one octet a second, or nothing.
func slowServer(conn net.Conn, drips bool) {
	defer conn.Close()
	if readHello(conn) != nil {
		return
	}
	octets := in(1, serverHello(3, 32), certificates("one"))
	for i := 0; drips; i = (i + 1) % len(octets) {
		if _, err := conn.Write(octets[i : i+1]); err != nil {
			return
		}
		<-time.After(time.Second) // of the bubble's clock
	}
	_, _ = io.Copy(io.Discard, conn)
}

func TestCancelledHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		client, server := net.Pipe()
		var wg sync.WaitGroup
		defer wg.Wait()
		wg.Go(func() { slowServer(server, false) })
		wg.Go(func() {
			synctest.Wait() // until the probe waits for an answer
			cancel()
		})
		if _, err := keys.ServedCertificate(ctx, dialTo(client), "mfp.example:8443"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func FuzzServedCertificate(f *testing.F) {
	f.Add(in(9, serverHello(3, 32), certificates("one", "two")))
	f.Add(record(21, []byte{2, 40}))
	f.Fuzz(func(t *testing.T, octets []byte) {
		served, err := answer(t, octets)
		if (err == nil) != (served != nil && len(served.Chain) > 0 && len(served.Chain[0]) > 0) {
			t.Fatalf("%+v, %v", served, err)
		}
	})
}
