package devicetest

import (
	"context"
	"crypto"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/memnet"
	"github.com/rekey-go/rekey/internal/weaktest"
)

// Base is what is the same in every stand-in, to be embedded: the lock, the TLS port
// that outlives restarts, and what the device found fault with. The zero value is
// ready.
type Base struct {
	// Mu guards the device.
	Mu sync.Mutex
	// Away: the device is about to restart, or restarting.
	Away bool
	// Faults are the Violations.
	Faults []string

	Restarted int // how often it has restarted
	closed    bool
	tls       Port
	memory    bool // not on the network
	at        *memnet.Listener
	srv       *http.Server
	serving   sync.WaitGroup
}

// Lock is for defer d.Lock()().
func (b *Base) Lock() func() { b.Mu.Lock(); return b.Mu.Unlock }

// Violate notes what no person with a browser would have done. Mu is held.
func (b *Base) Violate(format string, a ...any) {
	b.Faults = append(b.Faults, fmt.Sprintf(format, a...))
}

// Violations are what no person with a browser would have done, or what harms.
func (b *Base) Violations() []string { defer b.Lock()(); return slices.Clone(b.Faults) }

// Restarts counts those that are over.
func (b *Base) Restarts() int { defer b.Lock()(); return b.Restarted }

// URL is the address of the Remote UI.
func (b *Base) URL() string { return "https://" + b.TLSAddr() + "/" }

// TLSAddr is host and port; they never change.
func (b *Base) TLSAddr() string {
	defer b.Lock()()
	return b.tls.Addr
}

// InMemory keeps the device off the network, before it is started: it is reached by
// [Base.DialContext] alone, and can live in a bubble of testing/synctest.
func (b *Base) InMemory() { b.memory = true }

// Offline reports whether it is kept off the network.
func (b *Base) Offline() bool { return b.memory }

// DialContext connects to the TLS port of a device in memory.
func (b *Base) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if addr != b.TLSAddr() {
		return nil, memnet.Refused(network)
	}
	unlock := b.Lock()
	at := b.at
	unlock()
	return at.Dial(ctx, network)
}

// TLS12 serves a certificate (DER) by TLS 1.2, as devices of those years do.
func TLS12(cert []byte, key crypto.Signer, protocols ...string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, NextProtos: protocols,
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert}, PrivateKey: weaktest.Signer(key)}},
	}
}

// Listen opens the port, a free one the first time. Mu is held.
func (b *Base) Listen(h http.Handler, c *tls.Config) error {
	if b.closed {
		return errors.New("it is switched off")
	}
	if b.srv != nil && !b.Away {
		return errors.New("it is switched on")
	}
	var l net.Listener
	var err error
	switch {
	case b.memory:
		const port = 8443
		b.tls.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		b.at = memnet.Listen(port)
		l = b.at
	default:
		l, err = b.tls.Listen()
	}
	if err != nil {
		return err // who restarts it tries again
	}
	srv := &http.Server{Handler: h, IdleTimeout: 30 * time.Second, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	b.srv = srv
	b.serving.Go(func() { _ = srv.Serve(tls.NewListener(l, c)) })
	return nil
}

// Restart is what differs in how devices restart.
type Restart struct {
	Answer time.Duration // until the answer is out, and the port closes
	Down   time.Duration // how long the port is closed
	Gone   func()        // what is lost as the port closes; nil: nothing. Mu is held
	Back   func()        // what begins before the port opens; nil: nothing. Mu is held
	Listen func() error  // opens the port, see Base.Listen; it may be called again. Mu is held
}

// Restart takes the device away and brings it back, in a goroutine of its own. Mu is
// held. While it is away it is not restarted again.
func (b *Base) Restart(r Restart) {
	if b.Away {
		return
	}
	b.Away = true
	go func() {
		time.Sleep(r.Answer)
		unlock := b.Lock()
		srv := b.srv
		if r.Gone != nil {
			r.Gone()
		}
		unlock()
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		_ = srv.Shutdown(ctx) // connections that are idle end well
		cancel()
		_ = srv.Close()
		time.Sleep(r.Down)
		if r.Back != nil {
			unlock := b.Lock()
			r.Back()
			unlock()
		}
		for !b.back(r.Listen) {
			time.Sleep(20 * time.Millisecond)
		}
	}()
}

// back reports whether there is nothing more to do.
func (b *Base) back(listen func() error) bool {
	defer b.Lock()()
	if b.closed {
		return true
	}
	if listen() != nil {
		return false
	}
	b.Restarted++
	b.Away = false
	return true
}

// Close switches the device off.
func (b *Base) Close() {
	unlock := b.Lock()
	b.closed = true
	srv := b.srv
	unlock()
	if srv != nil {
		_ = srv.Close()
	}
	b.serving.Wait()
	defer b.Lock()()
	b.tls.Release()
}
