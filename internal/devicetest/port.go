package devicetest

import (
	"errors"
	"net"
	"strconv"
	"sync"
	"syscall"
)

// Port is a port of loopback that a device has for its life, also while it restarts
// and nothing listens there: no other device, of this process or of another, gets it.
// The zero value has none yet.
type Port struct {
	// Addr is host and port: any that is free where it is empty, before Listen.
	Addr string

	taken int // from the pool
}

// Listen opens the port.
func (p *Port) Listen() (net.Listener, error) {
	if p.Addr != "" {
		l, err := net.Listen("tcp", p.Addr)
		if err == nil {
			p.Addr = l.Addr().String()
		}
		return l, err
	}
	for {
		n, err := ports.take()
		if err != nil {
			return nil, err
		}
		l, err := listen(n)
		switch {
		case err == nil:
			p.taken, p.Addr = n, l.Addr().String()
			return l, nil
		case !errors.Is(err, syscall.EADDRINUSE):
			ports.give(n)
			return nil, err
		} // else a program has it that knows nothing of this: it is not used again
	}
}

// Release lets others have the port: the device is switched off for good.
func (p *Port) Release() {
	if p.taken != 0 {
		ports.give(p.taken)
		p.taken = 0
	}
}

// Nobody is an address where nothing listens while the test runs, but what the test
// has listen there.
func Nobody(t interface {
	Helper()
	Fatal(...any)
	Cleanup(func())
}) string {
	t.Helper()
	var p Port
	l, err := p.Listen()
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	t.Cleanup(p.Release)
	return p.Addr
}

// The ports of devices lie below those that systems give to outgoing connections, in
// blocks. A block is of the process that listens at its first port, until it ends:
// tests of several packages run at once.
const (
	firstPort   = 20000
	lastPort    = 31999
	portsOfEach = 50
)

// ports are those of this process.
var ports portPool

type portPool struct {
	mu    sync.Mutex
	fresh []int
	back  []int          // those given back, the last one last
	held  []net.Listener // the blocks' first ports
	next  int            // block to be tried
}

// spare is how many ports that were given back stay unused, where there are others: who
// still looks for a device that was switched off should not meet the next one.
const spare = 100

func (p *portPool) take() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.fresh) == 0 && len(p.back) <= spare {
		p.block()
	}
	from := &p.fresh
	if len(p.fresh) == 0 {
		from = &p.back
	}
	if len(*from) == 0 {
		return 0, errors.New("devices have all ports that are meant for them")
	}
	n := (*from)[0]
	*from = (*from)[1:]
	return n, nil
}

// block takes a block, if there is one.
func (p *portPool) block() {
	const blocks = (lastPort - firstPort + 1) / portsOfEach
	for range blocks {
		first := firstPort + p.next*portsOfEach
		p.next = (p.next + 1) % blocks
		l, err := listen(first)
		if err != nil {
			continue // it is taken
		}
		p.held = append(p.held, l)
		for n := first + 1; n < first+portsOfEach; n++ {
			p.fresh = append(p.fresh, n)
		}
		return
	}
}

func (p *portPool) give(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.back = append(p.back, n)
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}
