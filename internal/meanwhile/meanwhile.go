// Package meanwhile has somebody else act on a simulated device in the midst of
// what a test does there. It is for tests alone.
package meanwhile

import (
	"context"
	"net"
	"sync"

	"github.com/rekey-go/rekey/internal/simdevice"
)

// A Moment is the one after which a device has answered with a number of pages,
// counted from [Moment.Begin]: somebody acts then, before anything else is sent.
type Moment struct {
	dev   *simdevice.Device
	pages int
	act   func()

	mu    sync.Mutex
	begun int // pages before it; -1: it is not on
	acted bool
}

// After is the moment after so many pages of a session that dials by it.
func After(dev *simdevice.Device, pages int, act func()) *Moment {
	return &Moment{dev: dev, pages: pages, act: act, begun: -1}
}

// DialContext connects to the device.
func (m *Moment) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := m.dev.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return conn{c, m}, nil
}

// Begin counts from here on.
func (m *Moment) Begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun = m.answered()
}

// End reports whether the moment came; it does not any more.
func (m *Moment) End() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun = -1
	return m.acted
}

func (m *Moment) sends() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.begun >= 0 && !m.acted && m.answered()-m.begun == m.pages {
		m.acted = true
		m.act()
	}
}

// answered leaves out what a page loads besides.
func (m *Moment) answered() int {
	n := 0
	for _, e := range m.dev.Log() {
		if e.Page != simdevice.PageScript && e.Page != simdevice.PageImage {
			n++
		}
	}
	return n
}

// conn tells of what is about to be sent.
type conn struct {
	net.Conn
	m *Moment
}

func (c conn) Write(b []byte) (int, error) {
	c.m.sends()
	return c.Conn.Write(b)
}
