package simdevice

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/memnet"
)

// Ports of the device, as published.
const (
	portPlain = 8000
	portTLS   = 8443
)

// keepAlive is how long a connection may stay idle, as published.
const keepAlive = 30 * time.Second

// power is the device's network side: its ports, which open when it is
// switched on and close when it restarts.
type power struct {
	dev  *Device
	quit chan struct{}
	wg   sync.WaitGroup // restarts under way

	mu         sync.Mutex
	closed     bool
	restarting bool
	boot       *boot
	loopback   bool // also listen on loopback sockets
	plain      devicetest.Port
	tls        devicetest.Port
	sip        devicetest.Port
}

// boot is the time from one start of the device to the next.
type boot struct {
	plain, secure *http.Server
	sip           *http.Server
	memPlain      *memnet.Listener
	memSIP        *memnet.Listener
	memSecure     *memnet.Listener
	wg            sync.WaitGroup // listeners and connections
	off           chan struct{}  // closed with the ports
}

func newPower(d *Device) *power {
	p := &power{dev: d, quit: make(chan struct{}), tls: devicetest.Port{Addr: d.cfg.Address}}
	if host, port, err := net.SplitHostPort(d.cfg.Address); err == nil && port == "0" {
		own := net.JoinHostPort(host, "0")
		p.plain.Addr, p.sip.Addr = own, own
	}
	return p
}

func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }

// on opens the ports.
func (p *power) on() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.boot != nil {
		return nil
	}
	b := &boot{
		off:       make(chan struct{}),
		memPlain:  memnet.Listen(portPlain),
		memSecure: memnet.Listen(portTLS),
		memSIP:    memnet.Listen(portSIP),
	}
	quiet := quietLog()
	b.plain = &http.Server{Handler: p.dev.plainHandler(), ErrorLog: quiet, ReadHeaderTimeout: time.Minute, IdleTimeout: keepAlive, ConnState: b.track}
	b.secure = &http.Server{Handler: p.dev.handler(), ErrorLog: quiet, ReadHeaderTimeout: time.Minute, IdleTimeout: keepAlive, ConnState: b.track,
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}}
	b.sip = b.sipServer()
	if p.loopback {
		if err := p.listen(b); err != nil {
			b.shutDown()
			return err
		}
	}
	b.serve(b.plain, b.memPlain)
	b.serve(b.sip, tls.NewListener(b.memSIP, p.dev.sipConfig()))
	if !p.dev.cfg.PlainHTTPOnly {
		b.serve(b.secure, tls.NewListener(b.memSecure, p.dev.tlsConfig()))
	}
	p.boot = b
	return nil
}

// listen opens the loopback ports, at the numbers they had before.
func (p *power) listen(b *boot) error {
	plain, err := p.plain.Listen()
	if err != nil {
		return fmt.Errorf("simulated device: open the plain port: %w", err)
	}
	b.serve(b.plain, plain)
	sip, err := p.sip.Listen()
	if err != nil {
		return fmt.Errorf("simulated device: open the SIP port: %w", err)
	}
	b.serve(b.sip, tls.NewListener(sip, p.dev.sipConfig()))
	if p.dev.cfg.PlainHTTPOnly {
		return nil
	}
	secure, err := p.tls.Listen()
	if err != nil {
		return fmt.Errorf("simulated device: open the TLS port: %w", err)
	}
	b.serve(b.secure, tls.NewListener(secure, p.dev.tlsConfig()))
	return nil
}

func (b *boot) serve(s *http.Server, l net.Listener) {
	b.wg.Go(func() { _ = s.Serve(l) }) // ends with ErrServerClosed when the device goes off
}

// track counts connections, so that off can wait for them.
func (b *boot) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		b.wg.Add(1)
	case http.StateHijacked, http.StateClosed:
		b.wg.Done()
	}
}

func (b *boot) shutDown() {
	close(b.off)
	_ = b.plain.Close()
	_ = b.secure.Close()
	_ = b.sip.Close()
	_ = b.memSIP.Close()
	_ = b.memPlain.Close()
	_ = b.memSecure.Close()
	b.wg.Wait()
}

// down closes the ports and every connection.
func (p *power) down() {
	p.mu.Lock()
	b := p.boot
	p.boot = nil
	if p.dev.cfg.RestartNewPort {
		p.tls.Release()
		p.tls.Addr = ""
	}
	p.mu.Unlock()
	if b != nil {
		b.shutDown()
	}
}

// restart switches the device off after a while and on again later. A restart
// already under way is not repeated.
func (p *power) restart(after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.restarting {
		return
	}
	p.restarting = true
	p.wg.Go(func() {
		if !p.pause(after) {
			return
		}
		p.down()
		p.dev.rebooted()
		if p.dev.cfg.NeverComesBack || !p.pause(p.dev.cfg.RestartTime) {
			return
		}
		p.mu.Lock()
		p.restarting = false
		p.mu.Unlock()
		p.comeBack()
	})
}

// comeBack opens the ports. Somebody else may have taken a loopback port in
// the meantime; mostly a connection of theirs that ends soon.
func (p *power) comeBack() {
	const attempts, between = 200, 20 * time.Millisecond
	var err error
	for range attempts {
		if err = p.on(); err == nil || !p.pause(between) {
			return
		}
	}
	p.dev.report("", fmt.Sprintf("the simulated device cannot open its ports again: %v", err))
}

// pause waits unless the device is closed.
func (p *power) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-p.quit:
		return false
	}
}

func (p *power) close() {
	p.mu.Lock()
	first := !p.closed
	p.closed = true
	p.mu.Unlock()
	if first {
		close(p.quit)
	}
	p.wg.Wait()
	p.down()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, port := range []*devicetest.Port{&p.plain, &p.sip, &p.tls} {
		port.Release()
	}
}

// off returns a channel that is closed when the present boot ends.
func (p *power) off() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.boot == nil {
		return p.quit
	}
	return p.boot.off
}

// dial connects in memory. Like a device that is restarting, one that is off
// refuses.
func (p *power) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	return p.memListener(port).Dial(ctx, network)
}

func (p *power) memListener(port string) *memnet.Listener {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.boot == nil:
		return nil
	case port == strconv.Itoa(portPlain), p.loopback && port == portOf(p.plain.Addr):
		return p.boot.memPlain
	case port == strconv.Itoa(portSIP), p.loopback && port == portOf(p.sip.Addr):
		return p.boot.memSIP
	case p.dev.cfg.PlainHTTPOnly:
		return nil
	case port == strconv.Itoa(portTLS), p.loopback && port == portOf(p.tls.Addr):
		return p.boot.memSecure
	}
	return nil
}

// address of the plain or the TLS port.
func (p *power) address(secure bool) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.loopback && secure:
		return net.JoinHostPort(p.dev.cfg.Hostname, strconv.Itoa(portTLS))
	case !p.loopback:
		return net.JoinHostPort(p.dev.cfg.Hostname, strconv.Itoa(portPlain))
	case secure:
		return p.tls.Addr
	}
	return p.plain.Addr
}

// start adds loopback ports to a device that is on.
func (p *power) start() error {
	p.mu.Lock()
	if p.closed || p.loopback {
		p.mu.Unlock()
		return errors.New("simulated device: Start works once, before Close")
	}
	p.loopback = true
	p.mu.Unlock()
	p.down()
	return p.on()
}

// portOf is the port of an address; empty if it names none.
func portOf(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return ""
	}
	return port
}
