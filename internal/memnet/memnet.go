// Package memnet connects programs of one process in memory, so that tests of
// servers can live in a bubble of testing/synctest.
package memnet

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// conn is one end of a connection in memory. Unlike net.Pipe it buffers:
// with TLS over an unbuffered pipe both ends can wait for the other to read
// its closing alert.
type conn struct {
	in, out *stream
	local   net.Addr
	remote  net.Addr
}

// maxBuffered bytes wait in one direction before writers block.
const maxBuffered = 256 << 10

// Pipe returns the two ends of a connection.
func Pipe(client, server net.Addr) (c, s net.Conn) {
	up, down := newStream(), newStream()
	return &conn{in: down, out: up, local: client, remote: server},
		&conn{in: up, out: down, local: server, remote: client}
}

func (c *conn) Read(p []byte) (int, error)  { return c.in.read(p) }
func (c *conn) Write(p []byte) (int, error) { return c.out.write(p) }
func (c *conn) LocalAddr() net.Addr         { return c.local }
func (c *conn) RemoteAddr() net.Addr        { return c.remote }

// Close ends both directions. What was written before can still be read by the
// other end.
func (c *conn) Close() error {
	c.in.close(net.ErrClosed, io.ErrClosedPipe)
	c.out.close(io.EOF, net.ErrClosed)
	return nil
}

func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.readLimit, t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writeLimit, t)
	return nil
}

// stream is one direction of a connection.
type stream struct {
	mu       sync.Mutex
	changed  *sync.Cond
	buf      []byte
	readErr  error // for readers once buf is empty
	writeErr error // for writers

	readLimit, writeLimit limit
}

// limit is a deadline: a timer wakes who waits for it.
type limit struct {
	at    time.Time
	timer *time.Timer
}

func (l *limit) passed() bool { return !l.at.IsZero() && !time.Now().Before(l.at) }

func (l *limit) stop() {
	if l.timer != nil {
		l.timer.Stop()
	}
}

func newStream() *stream {
	s := new(stream)
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.readErr == net.ErrClosed:
			return 0, s.readErr
		case s.readLimit.passed():
			return 0, os.ErrDeadlineExceeded
		case len(s.buf) > 0 || len(p) == 0:
			n := copy(p, s.buf)
			s.buf = s.buf[n:]
			s.changed.Broadcast()
			return n, nil
		case s.readErr != nil:
			return 0, s.readErr
		}
		s.changed.Wait()
	}
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := 0
	for {
		switch {
		case s.writeErr != nil:
			return written, s.writeErr
		case s.writeLimit.passed():
			return written, os.ErrDeadlineExceeded
		case written == len(p):
			return written, nil
		}
		if n := min(len(p)-written, maxBuffered-len(s.buf)); n > 0 {
			s.buf = append(s.buf, p[written:written+n]...)
			written += n
			s.changed.Broadcast()
			continue
		}
		s.changed.Wait()
	}
}

// close ends the direction. The first reason given stays, except that the
// reader's own Close overrides the writer's.
func (s *stream) close(forReader, forWriter error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readErr == nil || forReader == net.ErrClosed {
		s.readErr = forReader
	}
	if s.writeErr == nil {
		s.writeErr = forWriter
	}
	s.readLimit.stop()
	s.writeLimit.stop()
	s.changed.Broadcast()
}

func (s *stream) setDeadline(l *limit, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.stop()
	l.at, l.timer = t, nil
	if left := time.Until(t); !t.IsZero() && left > 0 {
		l.timer = time.AfterFunc(left, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.changed.Broadcast()
		})
	}
	s.changed.Broadcast()
}

// Addr is the address of a port in memory.
type Addr int

// Network is the name of the network.
func (Addr) Network() string { return "memory" }

// String is an address for documentation, with the port.
func (a Addr) String() string { return net.JoinHostPort("192.0.2.1", strconv.Itoa(int(a))) }

// client is where all connections come from.
const client = Addr(49152)

// Refused is the error of a port that nobody listens at.
func Refused(network string) error {
	return &net.OpError{Op: "dial", Net: network, Addr: Addr(0), Err: syscall.ECONNREFUSED}
}

// Listener accepts connections made by [Listener.Dial].
type Listener struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Listen opens a port.
func Listen(port int) *Listener {
	return &Listener{addr: Addr(port), conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Addr is the address of the port.
func (l *Listener) Addr() net.Addr { return l.addr }

// Accept waits for a connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends listening.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Dial connects to the port; nil or a closed one refuses.
func (l *Listener) Dial(ctx context.Context, network string) (net.Conn, error) {
	if l == nil {
		return nil, Refused(network)
	}
	c, server := Pipe(client, l.addr)
	select {
	case l.conns <- server:
		return c, nil
	case <-l.closed:
		return nil, Refused(network)
	case <-ctx.Done():
		return nil, &net.OpError{Op: "dial", Net: network, Err: context.Cause(ctx)}
	}
}
