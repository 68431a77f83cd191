package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/oddcert"
	"github.com/rekey-go/rekey/keycheck"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui"
)

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// result is what is said of a host.
type result struct {
	Address string `json:"address"` // with the first port that answered
	Weak    string `json:"weak"`    // proved, not-found or unscannable
	Model   string `json:"model,omitempty"`
	// Pin of the key that the address presents; empty if that is weak: anybody may
	// have it.
	Pin string `json:"pin,omitempty"`
	listed
	Ports []port `json:"ports"`
}

type port struct {
	Port int    `json:"port"`
	Says string `json:"says"`
	weak bool
	seen bool
	spki string // of the key that is weak, in hex
}

// scan looks at every target, and writes what it finds as it finds it.
func (c *config) scan(ctx context.Context, dial dialFunc, out *bufio.Writer) (code int, err error) {
	work, found := make(chan target), make(chan result)
	all := &pace{every: time.Duration(float64(time.Second) / c.rate)}
	nets := paces{every: time.Duration(float64(time.Second) / c.netRate), of: map[netip.Prefix]*pace{}}
	polite := line{dial: dial, turn: func(ctx context.Context, addr string) error {
		return errors.Join(guard(addr), nets.at(addr).wait(ctx), all.wait(ctx))
	}}
	var workers sync.WaitGroup
	for range min(c.parallel, len(c.targets)) {
		workers.Go(func() {
			checker := &keycheck.Checker{Rounds: c.rounds}
			for t := range work {
				found <- c.look(ctx, polite, checker, t)
			}
		})
	}
	go func() {
		defer close(found)
		defer workers.Wait()
		defer close(work)
		for _, t := range c.targets {
			select {
			case work <- t:
			case <-ctx.Done():
				return
			}
		}
	}()
	table, lines := csv.NewWriter(out), json.NewEncoder(out)
	if !c.json && !c.resumed {
		err = table.Write([]string{"address", "pin", "weak", "model", "detail", "name", "site", "group"})
	}
	for r := range found {
		switch r.Weak {
		case "proved":
			code |= exitWeak
			c.tables.add(r)
		case "unscannable":
			code |= exitUnscannable
		}
		if c.json {
			err = errors.Join(err, lines.Encode(r))
		} else {
			var says []string
			for _, p := range r.Ports {
				says = append(says, fmt.Sprintf("%d: %s", p.Port, p.Says))
			}
			err = errors.Join(err, table.Write([]string{r.Address, r.Pin, r.Weak, r.Model, strings.Join(says, "; "), r.Name, r.Site, r.Group}))
			table.Flush()
		}
		err = errors.Join(err, out.Flush())
	}
	if ctx.Err() != nil {
		err = errors.Join(err, errors.New("interrupted: not every host was looked at"))
	}
	return code, err
}

// pace spaces connections.
type pace struct {
	every time.Duration
	mu    sync.Mutex
	next  time.Time
}

func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.every)
	p.mu.Unlock()
	select {
	case <-time.After(at.Sub(now)):
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// line is how the network is reached: in turns.
type line struct {
	dial dialFunc
	turn func(ctx context.Context, addr string) error
}

// get waits for its turn, and looks at a port for as long as one may take: the wait is
// no part of that. late: it took longer.
func (l line) get(ctx context.Context, timeout time.Duration, addr string, look func(context.Context, keys.DialFunc, string) (*keys.Served, error)) (s *keys.Served, late bool, err error) {
	if err := l.turn(ctx, addr); err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	begun := false
	s, err = look(ctx, func(ctx context.Context, network, at string) (net.Conn, error) {
		err := guard(at)
		if begun {
			err = l.turn(ctx, at)
		}
		if begun = true; err != nil {
			return nil, err
		}
		return l.dial(ctx, network, at)
	}, addr)
	return s, ctx.Err() != nil, err
}

// paces are those of the networks.
type paces struct {
	every time.Duration
	mu    sync.Mutex
	of    map[netip.Prefix]*pace
}

// at is the pace of the /24 of an address, or the /64 of IPv6; names have none in
// common.
func (p *paces) at(addr string) *pace {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return new(pace)
	}
	bits, ip := 24, ap.Addr().Unmap().WithZone("")
	if ip.Is6() {
		bits = 64
	}
	net, _ := ip.Prefix(bits) // no error: it has so many bits
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of[net] == nil {
		p.of[net] = &pace{every: p.every}
	}
	return p.of[net]
}

// look asks the ports of a host, one after another. One that does not answer at
// all is not asked for the rest.
func (c *config) look(ctx context.Context, dial line, checker *keycheck.Checker, t target) result {
	r := result{Address: "https://" + net.JoinHostPort(t.host, strconv.Itoa(t.ports[0])) + "/", Weak: "unscannable", listed: t.listed}
	answered := false
	for _, n := range t.ports {
		addr := net.JoinHostPort(t.host, strconv.Itoa(n))
		p, model, pin, silent := c.ask(ctx, dial, checker, addr)
		if silent && ctx.Err() == nil { // once more: a device that sleeps has heard the first
			p, model, pin, silent = c.ask(ctx, dial, checker, addr)
		}
		p.Port = n
		r.Ports = append(r.Ports, p)
		if p.seen && !answered {
			answered, r.Address = true, "https://"+addr+"/"
			if !p.weak {
				r.Pin = pin
			}
		}
		if r.Model == "" {
			r.Model = model
		}
		switch {
		case p.weak:
			r.Weak = "proved"
		case p.seen && r.Weak != "proved":
			r.Weak = "not-found"
		}
		if silent || ctx.Err() != nil {
			break
		}
	}
	return r
}

// ask looks at one port.
func (c *config) ask(ctx context.Context, dial line, checker *keycheck.Checker, addr string) (p port, model, pin string, silent bool) {
	served, late, err := dial.get(ctx, c.timeout, addr, keys.ServedCertificate)
	if errors.Is(err, keys.ErrTLS13Only) {
		served, late, err = dial.get(ctx, c.timeout, addr, keys.Handshake)
	}
	if err != nil {
		op, dialing := errors.AsType[*net.OpError](err)
		silent = late || dialing && op.Op == "dial" && op.Timeout()
		return port{Says: why(err, silent)}, "", "", silent
	}
	key, err := keycheck.ParseCertificate(served.Chain[0])
	if err != nil {
		return port{Says: "a certificate that cannot be read"}, "", "", false
	}
	spki := ""
	if cert, err := oddcert.Parse(served.Chain[0]); err == nil {
		hash := remoteui.HashSPKI(cert)
		pin, spki = hash.String(), hex.EncodeToString(hash[:])
		for _, name := range append(append([]string{cert.Subject.CommonName}, cert.Subject.OrganizationalUnit...), cert.Subject.Organization...) {
			if row, ok := models.Match(name); ok && model == "" {
				model = row.Name
			}
		}
	}
	findings, err := checker.Check(ctx, key)
	if err != nil {
		return port{Says: "not checked to the end"}, model, "", false
	}
	p = port{Says: key.Algorithm + ", nothing found", seen: true}
	for _, f := range findings {
		if f.Severity >= keycheck.Broken && !p.weak {
			p.Says, p.weak, p.spki = "weak: "+string(f.Kind), true, spki
		}
	}
	return p, model, pin, false
}

// why says in fixed words why a port could not be looked at.
func why(err error, silent bool) string {
	_, dns := errors.AsType[*net.DNSError](err)
	op, network := errors.AsType[*net.OpError](err)
	switch {
	case silent:
		return "no answer in time"
	case dns:
		return "the name is not known"
	case network && op.Op == "dial":
		return "closed"
	case errors.Is(err, keys.ErrNotTLS):
		return "not TLS"
	}
	return "no certificate"
}
