// Command scan finds weak keys on the TLS ports of many devices. See -help.
package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // windows of inventories

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/fleet/inventory"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/keycheck"
)

//go:embed usage.txt
var usageText string

// Bits of the exit code. Scripts rely on them.
const (
	exitError       = 1
	exitUnscannable = 2
	exitWeak        = 4
)

// The sizes of a prefix that has to be confirmed, and of the largest, in bits.
const confirmBits, mostBits = 12, 16

var usualPorts = []int{8443, 443, 631, 5061}

func main() {
	// What a name of a host or a port leads to is known to the socket alone.
	d := &net.Dialer{Control: func(_, addr string, _ syscall.RawConn) error { return guard(addr) }}
	program.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.LookupEnv, d.DialContext)
	})
}

// prints reports whether devices print what they are sent at a port.
func prints(port int) bool {
	return port == 515 || port >= 9100 && port <= 9107 || port >= 9112 && port <= 9116 || port == 9999
}

// guard refuses to connect to an address.
func guard(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("port %q is no number", port)
	}
	if prints(n) {
		return fmt.Errorf("port %d is never contacted: devices print what is sent there", n)
	}
	return nil
}

// target is a host, and the ports to ask.
type target struct {
	host  string
	ports []int
	listed
}

// listed is what the list of devices says of a host, and what is written again.
type listed struct {
	Name  string `json:"name,omitempty"`
	Site  string `json:"site,omitempty"`
	Group string `json:"group,omitempty"`
}

type config struct {
	targets           []target
	ports             []int
	yes, dryRun, json bool
	rate, netRate     float64
	resumed           bool
	places            map[string]int // of hosts among the targets
	parallel, rounds  int
	timeout           time.Duration
	tables            tables
}

func (c *config) parse(f *program.Flags, args []string) error {
	var files, lists, prefixes []string
	var resume string
	into := func(list *[]string) func(string) error {
		return func(s string) error { *list = append(*list, s); return nil }
	}
	f.Func("f", "", into(&files))
	f.Func("inventory", "", into(&lists))
	f.Func("cidr", "", into(&prefixes))
	f.Func("port", "", func(s string) error {
		n, err := strconv.ParseUint(s, 10, 16)
		c.ports = append(c.ports, int(n))
		return err
	})
	f.BoolVar(&c.yes, "yes", false, "")
	f.BoolVar(&c.dryRun, "dry-run", false, "")
	f.BoolVar(&c.json, "json", false, "")
	f.Float64Var(&c.rate, "rate", 20, "")
	f.Float64Var(&c.netRate, "net-rate", 10, "")
	f.StringVar(&resume, "resume", "", "")
	f.StringVar(&c.tables.serviceNow, "servicenow", "", "")
	f.StringVar(&c.tables.defectDojo, "defectdojo", "", "")
	f.IntVar(&c.parallel, "parallel", 16, "")
	f.IntVar(&c.rounds, "rounds", keycheck.DefaultRounds, "")
	f.DurationVar(&c.timeout, "timeout", 5*time.Second, "")
	if err := f.Parse(args); err != nil {
		return err
	}
	switch {
	case !(c.rate > 0 && c.rate <= 10000):
		return errors.New("-rate: want more than 0, at most 10000")
	case !(c.netRate > 0 && c.netRate <= 10000):
		return errors.New("-net-rate: want more than 0, at most 10000")
	case c.parallel < 1 || c.parallel > 1000:
		return errors.New("-parallel: want 1 to 1000")
	case c.rounds < 1 || c.rounds > keycheck.MaxRounds:
		return fmt.Errorf("-rounds: want 1 to %d", keycheck.MaxRounds)
	case c.timeout <= 0:
		return errors.New("-timeout: want more than 0")
	}
	if c.ports == nil {
		c.ports = usualPorts
	}
	errs := c.addAll(f.Args())
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err == nil {
			err = c.addAll(strings.Fields(string(b)))
		}
		errs = errors.Join(errs, err)
	}
	for _, file := range lists {
		errs = errors.Join(errs, c.addList(file))
	}
	for _, p := range prefixes {
		errs = errors.Join(errs, c.addPrefix(p))
	}
	for _, t := range c.targets {
		for _, port := range t.ports {
			errs = errors.Join(errs, guard(net.JoinHostPort(t.host, strconv.Itoa(port))))
		}
	}
	if errs == nil && len(c.targets) == 0 {
		errs = errors.New("name an address, or a file of them (-help)")
	}
	if errs == nil && resume != "" {
		errs = c.leaveOut(resume)
	}
	return errs
}

func (c *config) addAll(addresses []string) (errs error) {
	for _, a := range addresses {
		errs = errors.Join(errs, c.add(a, nil))
	}
	return errs
}

// add adds a host, or ports to one that is there.
func (c *config) add(a string, more []int) error {
	if _, err := netip.ParsePrefix(a); err == nil {
		return fmt.Errorf("%s is many addresses: ask for them with -cidr", a)
	}
	u, err := address.Parse(a)
	if err != nil {
		return fmt.Errorf("%q: %w", a, err)
	}
	ports := c.ports
	if u.Port() != "" {
		n, err := strconv.Atoi(u.Port())
		if err != nil {
			return err
		}
		ports = []int{n}
	}
	host := strings.ToLower(u.Hostname())
	i := c.find(host)
	if i < 0 {
		i, c.targets = len(c.targets), append(c.targets, target{host: host})
		c.places[host] = i
	}
	for _, p := range slices.Concat(ports, more) {
		if !slices.Contains(c.targets[i].ports, p) {
			c.targets[i].ports = append(c.targets[i].ports, p)
		}
	}
	return nil
}

// find is the place of a host among the targets; negative: it is none.
func (c *config) find(host string) int {
	if c.places == nil {
		c.places = map[string]int{}
	}
	i, there := c.places[host]
	if !there {
		return -1
	}
	return i
}

func hostOf(text string) string {
	u, err := address.Parse(text)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// leaveOut takes out the hosts that an earlier output has lines of. The last line may
// have been cut: it does not count then.
func (c *config) leaveOut(file string) error {
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil // the first run
	}
	if err != nil {
		return err
	}
	b = b[:bytes.LastIndexByte(b, '\n')+1]
	if len(b) == 0 {
		return nil
	}
	l, err := inventory.Read(bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	c.resumed = true
	seen := map[string]bool{}
	for i := range l.Entries {
		seen[hostOf(l.Entries[i].Address)] = true
	}
	c.targets = slices.DeleteFunc(c.targets, func(t target) bool { return seen[t.host] })
	return nil
}

func (c *config) addList(file string) error {
	r, err := os.Open(file)
	if err != nil {
		return err
	}
	defer r.Close()
	l, err := inventory.Read(r)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for i := range l.Entries {
		if err := c.add(l.Entries[i].Address, l.Entries[i].TLSPorts); err != nil {
			return fmt.Errorf("%s: line %d: %w", file, l.Entries[i].Line, err)
		}
		if t := &c.targets[c.find(hostOf(l.Entries[i].Address))]; t.listed == (listed{}) {
			t.listed = listed{l.Entries[i].Name, l.Entries[i].Site, l.Entries[i].Group}
		}
	}
	return nil
}

func (c *config) addPrefix(text string) error {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return fmt.Errorf("-cidr: %w", err)
	}
	p = p.Masked()
	bits := p.Addr().BitLen() - p.Bits()
	if bits > mostBits || bits > confirmBits && !c.yes {
		return fmt.Errorf("-cidr %s: 2 to the power of %d addresses; more than %d need -yes, and more than %d are too many", text, bits, 1<<confirmBits, 1<<mostBits)
	}
	for i, a := 0, p.Addr(); p.Contains(a); i, a = i+1, a.Next() {
		if edge := i == 0 || !p.Contains(a.Next()); a.Is4() && bits > 1 && edge || c.find(a.String()) >= 0 {
			continue // the network's own, and everybody's
		}
		c.places[a.String()] = len(c.targets)
		c.targets = append(c.targets, target{host: a.String(), ports: c.ports})
	}
	return nil
}

// run is the program but for its process: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, env program.Env, dial dialFunc) int {
	c, flags := &config{}, program.NewFlags(usageText)
	if err := c.parse(flags, args); err != nil {
		return flags.End(err, exitError, env, stdout, stderr)
	}
	voice := flags.Voice(env)
	if c.dryRun {
		n := 0
		for _, t := range c.targets {
			n += len(t.ports)
		}
		voice.Line(stdout, "%d hosts, at most %d connections (a few packets each, about 2 KB), at least %v at %g a second; nothing was sent",
			len(c.targets), 2*n, time.Duration(float64(n)/c.rate*float64(time.Second)).Round(time.Second), c.rate)
		return 0
	}
	if err := c.tables.open(); err != nil {
		return flags.End(err, exitError, env, stdout, stderr)
	}
	rand.Shuffle(len(c.targets), func(i, j int) { c.targets[i], c.targets[j] = c.targets[j], c.targets[i] })
	out := bufio.NewWriter(stdout)
	code, err := c.scan(ctx, dial, out)
	if err = errors.Join(err, out.Flush(), c.tables.close()); err != nil {
		voice.Fail(stderr, err)
		code |= exitError
	}
	if !c.json {
		return code
	}
	end := program.Ending{Exit: exitOf(ctx, code)}
	if err != nil {
		end.Error = err.Error()
	}
	if err := program.Object(stdout, end); err != nil {
		voice.Fail(stderr, err)
		code |= exitError
	}
	return code
}

// exitOf is how the program ends; its code is a sum, the class the gravest of its parts.
func exitOf(ctx context.Context, code int) rekey.Exit {
	exit := program.Sum(code, []program.Part{
		{Bit: exitWeak, Class: "weak", Retry: rekey.RetryChange},
		{Bit: exitError, Class: rekey.ExitFailed, Retry: rekey.RetryChange},
		{Bit: exitUnscannable, Class: rekey.ExitUnreachable, Retry: rekey.RetryLater},
	})
	if ctx.Err() != nil {
		exit.Class, exit.Retry = rekey.ExitInterrupted, rekey.RetryNow
	}
	return exit
}
