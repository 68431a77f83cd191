// Command river works on a fleet from several machines: a River job on PostgreSQL
// for each device. See -help and docs/fleet.md.
package main

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zones of windows, on any machine

	"github.com/jackc/pgx/v5"

	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/fleet/inventory"
	"github.com/rekey-go/rekey/internal/fleet"
	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/internal/wording"
	"github.com/rekey-go/rekey/keys/issuer"
)

//go:embed usage.txt
var usageText string

const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	program.Main(func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.LookupEnv, nil) })
}

type config struct {
	program.Voice
	db, command, list string
	json              bool
	retryFailed       bool
	again             bool
	limits            limits
	sites             string
	wave              int // that passes
	why, who          string
	work              workConfig

	issuerCert, issuerKey, csrDir string
}

// parse reads flags before and after the command.
func (c *config) parse(f *program.Flags, args []string) error {
	f.StringVar(&c.db, "db", os.Getenv("DATABASE_URL"), "")
	f.BoolVar(&c.json, "json", false, "")
	f.BoolVar(&c.retryFailed, "retry-failed", false, "")
	f.BoolVar(&c.again, "again", false, "")
	f.IntVar(&c.limits.failures, "max-failures", -1, "")
	f.IntVar(&c.limits.failurePercent, "max-failure-percent", -1, "")
	f.IntVar(&c.limits.restarts, "max-restarts", -1, "")
	f.IntVar(&c.limits.caOutstanding, "ca-outstanding", -1, "")
	f.DurationVar(&c.limits.caInterval, "ca-interval", -1, "")
	f.StringVar(&c.limits.waves, "waves", "", "")
	f.StringVar(&c.limits.gate, "gate", "", "")
	f.StringVar(&c.who, "as", "", "")
	f.StringVar(&c.issuerCert, "issuer-cert", "", "")
	f.StringVar(&c.issuerKey, "issuer-key", "", "")
	f.StringVar(&c.csrDir, "csr-dir", "", "")
	f.StringVar(&c.sites, "site", "", "")
	f.IntVar(&c.work.workers, "workers", 10, "")
	f.DurationVar(&c.work.leg, "leg", 4*time.Minute, "")
	f.DurationVar(&c.work.lease, "lease", 30*time.Second, "")
	f.DurationVar(&c.work.patience, "patience", 20*time.Second, "")
	f.DurationVar(&c.work.restart, "restart", 30*time.Second, "")
	f.DurationVar(&c.work.wait, "wait", 10*time.Minute, "")
	f.DurationVar(&c.work.options.Timeouts.Restart, "restart-timeout", 15*time.Minute, "")
	f.IntVar(&c.work.maxLegs, "max-legs", 20, "")
	f.StringVar(&c.work.deliver, "deliver", "", "")
	f.StringVar(&c.work.tmp, "tmp", "", "")
	f.BoolVar(&c.work.options.AssumeTrusted, "assume-trusted", false, "")
	if err := f.Parse(args); err != nil {
		return err
	}
	c.command = f.Arg(0)
	if f.NArg() > 0 {
		if err := f.Parse(f.Args()[1:]); err != nil {
			return err
		}
	}
	want := 0
	var err error
	switch c.command {
	case "enqueue":
		want, c.list = 1, f.Arg(0)
	case "pass":
		want = 1
		c.wave, err = strconv.Atoi(f.Arg(0))
	case "stop":
		want, c.why = 1, f.Arg(0)
	}
	commands := []string{"work", "enqueue", "status", "pass", "stop", "audit"}
	switch _, bad := fleet.ParseSizes(cmp.Or(c.limits.waves, "all")); {
	case !slices.Contains(commands, c.command):
		return fmt.Errorf("%q is no command: want one of %q", c.command, commands)
	case err != nil || c.command == "stop" && c.why == "":
		return errors.New("pass takes the number of a wave, stop a reason")
	case bad != nil:
		return fmt.Errorf("-waves: %w", bad)
	case !slices.Contains([]string{"", "ask", "auto"}, c.limits.gate):
		return errors.New("-gate: want ask or auto")
	case c.issuerCert != "" && c.csrDir != "" || (c.issuerCert == "") != (c.issuerKey == ""):
		return errors.New("-issuer-cert goes with -issuer-key, and not with -csr-dir")
	case f.NArg() != want:
		return fmt.Errorf("%s takes %d arguments besides flags", c.command, want)
	case c.db == "":
		return errors.New("-db is missing")
	case c.work.workers < 1 || c.work.workers > 200:
		return errors.New("-workers: want 1 to 200")
	case c.work.leg < time.Second || c.work.leg > jobTimeout-30*time.Second:
		return errors.New("-leg: want 1s to 4m30s") // the rest is for the end at a safe point
	case c.work.lease < 500*time.Millisecond || c.work.lease > 30*time.Second:
		return errors.New("-lease: want 500ms to 30s") // a minute after its last sign of life a device is another's
	case c.work.patience <= 0 || c.work.restart <= 0 || c.work.wait <= 0 || c.work.options.Timeouts.Restart <= 0 || c.work.maxLegs < 1:
		return errors.New("a time or a limit is out of range")
	}
	if c.who == "" {
		if u, err := user.Current(); err == nil {
			c.who = u.Username
		}
	}
	c.work.sites = strings.Split(c.sites, ",")
	return nil
}

// run is the program but for its process: it returns the exit code. adjust, which may
// be nil, is for tests.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, env program.Env, adjust func(*workConfig)) int {
	c, flags := &config{}, program.NewFlags(usageText)
	err := c.parse(flags, args)
	c.Voice = flags.Voice(env)
	if err != nil {
		return flags.End(err, exitUsage, env, stdout, stderr)
	}
	if adjust != nil {
		adjust(&c.work)
	}
	var list *inventory.List
	if c.command == "enqueue" {
		if list, err = c.read(stderr); err != nil {
			return flags.End(err, exitUsage, env, stdout, stderr)
		}
	}
	if err := c.do(ctx, list, stdout); err != nil {
		c.Fail(stderr, err)
		return exitFailed
	}
	return 0
}

func (c *config) read(stderr io.Writer) (*inventory.List, error) {
	f, err := os.Open(c.list)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, err := inventory.Read(f)
	if err != nil {
		return nil, err
	}
	for _, n := range l.Notes {
		c.Fail(stderr, fmt.Errorf("note: %v", n))
	}
	return l, nil
}

func (c *config) do(ctx context.Context, list *inventory.List, stdout io.Writer) error {
	s, err := openStore(ctx, c.db)
	if err != nil {
		return err
	}
	defer s.pool.Close()
	switch c.command {
	case "work":
		if err := c.issuing(); err != nil {
			return err
		}
		return s.work(ctx, c.db, &c.work)
	case "pass":
		return s.judge(ctx, c.wave, pass, c.who)
	case "stop":
		return s.judge(ctx, 0, "stopped: "+c.why, c.who)
	case "enqueue":
		if err := s.limit(ctx, c.limits); err != nil {
			return err
		}
		n := 0
		for _, e := range list.Entries {
			begun, err := s.add(ctx, targetOf(e), c.retryFailed, c.again)
			if err != nil {
				return err
			}
			if begun {
				n++
			}
		}
		return c.print(stdout, map[string]int{"enqueued": n, "left": len(list.Entries) - n}, c.Say("%d devices enqueued, %d left as they are", n, len(list.Entries)-n))
	case "audit":
		return s.audit(ctx, stdout)
	}
	return c.status(ctx, s, stdout)
}

// issuing fills in who issues certificates.
func (c *config) issuing() (err error) {
	switch {
	case c.issuerCert != "":
		c.work.options.Issuer, err = issuer.LoadLocalCA(c.issuerCert, c.issuerKey, nil)
	case c.csrDir != "":
		c.work.options.Issuer, err = issuer.NewDropBox(c.csrDir, nil)
	}
	return err
}

// print writes a value as JSON, or what people read of it in lines.
func (c *config) print(w io.Writer, v any, lines ...string) error {
	if c.json {
		return program.Object(w, v)
	}
	for _, line := range lines {
		c.Print(w, line)
	}
	return nil
}

// deviceStatus is a device in the status.
type deviceStatus struct {
	Device  string     `json:"device"`
	Site    string     `json:"site"`
	State   string     `json:"state"`
	Leg     int64      `json:"leg"`
	Owner   *string    `json:"owner"`
	Until   *time.Time `json:"until"`
	Says    string     `json:"says"`
	Updated time.Time  `json:"updated"`
}

func (c *config) status(ctx context.Context, s *store, stdout io.Writer) error {
	rows, err := s.pool.Query(ctx, `SELECT id, site, state, leg, owner, until, says, updated FROM rekey_device ORDER BY site, id`)
	if err != nil {
		return err
	}
	v := struct {
		Devices     []deviceStatus `json:"devices"`
		Counts      map[string]int `json:"counts"`
		Undelivered int            `json:"undelivered"`
		Wave        string         `json:"wave,omitempty"`
	}{Counts: map[string]int{}}
	if v.Devices, err = pgx.CollectRows(rows, pgx.RowToStructByPos[deviceStatus]); err != nil {
		return err
	}
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM rekey_outbox WHERE delivered IS NULL`).Scan(&v.Undelivered); err != nil {
		return err
	}
	var lines []string
	for _, d := range v.Devices {
		v.Counts[d.State]++
		lines = append(lines, wording.Pad(c.Tell(d.State), 11)+"  "+wording.Pad(printable.Text(d.Site), 10)+"  "+printable.Text(d.Device)+"  "+c.Tell(d.Says))
	}
	counts := []string{c.Say("%d devices", len(v.Devices))}
	for _, state := range slices.Sorted(maps.Keys(v.Counts)) {
		counts = append(counts, fmt.Sprintf("%d %s", v.Counts[state], c.Tell(state)))
	}
	lines = append(lines, c.List(append(counts, c.Say("%d messages not delivered", v.Undelivered))...))
	if v.Wave, err = s.waves(ctx); v.Wave != "" {
		lines = append(lines, c.Tell(v.Wave))
	}
	if err != nil {
		return err
	}
	return c.print(stdout, v, lines...)
}

// audit writes the audit log, as fleet/audit reads it.
func (s *store) audit(ctx context.Context, stdout io.Writer) error {
	rows, err := s.pool.Query(ctx, `SELECT line FROM rekey_audit ORDER BY n`)
	if err != nil {
		return err
	}
	var line string
	_, err = pgx.ForEachRow(rows, []any{&line}, func() error {
		_, err := fmt.Fprintln(stdout, line)
		return err
	})
	return err
}
