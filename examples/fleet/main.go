// Command fleet looks at the devices of a list, or replaces their weak keys. See
// -help and docs/fleet.md.
package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"
	_ "time/tzdata" // the zones of windows, on any machine

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/examples/internal/terminal"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/change"
	"github.com/rekey-go/rekey/fleet/inventory"
	scheduling "github.com/rekey-go/rekey/internal/fleet"
	"github.com/rekey-go/rekey/internal/share"
)

//go:embed usage.txt
var usageText string

const exitUsage = 2

func main() {
	program.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], &streams{
			in: os.Stdin, stdout: os.Stdout, errs: os.Stderr, env: os.LookupEnv, asks: terminal.Is(os.Stdin) && terminal.Is(os.Stdout),
		})
	})
}

// streams are what the program has around it.
type streams struct {
	in           io.Reader
	stdout, errs io.Writer
	env          program.Env
	asks         bool                 // somebody sits there
	adjust       func(*rekey.Options) // for tests; nil: nothing
	under        *streams             // while there is a display: what it is written to
}

type config struct {
	*streams
	program.Voice
	live                                               *live // nil: lines
	inventory, out, apply, approve, digest, as, change string
	approvalKey, approvers                             string
	judge                                              string // of waves: ask, or a program
	run, plan, yes, resume, onlyFailed, json           bool
	counts                                             map[rekey.FleetOutcome]int
	failed                                             string // errors that are no device's
	expires                                            time.Duration
	memory                                             int
	fleet                                              rekey.FleetOptions
	options                                            rekey.Options
	members                                            map[string]rekey.FleetMember // by change.Key
	unplanned                                          map[string]error             // likewise: why there is no plan
	records
}

func (c *config) parse(f *program.Flags, args []string) error {
	f.StringVar(&c.inventory, "inventory", "", "")
	f.StringVar(&c.options.Dir, "state-dir", "", "")
	f.BoolVar(&c.run, "run", false, "")
	f.BoolVar(&c.yes, "yes", false, "")
	f.BoolVar(&c.resume, "resume", false, "")
	f.BoolVar(&c.onlyFailed, "only-failed", false, "")
	f.BoolVar(&c.plan, "plan", false, "")
	f.BoolVar(&c.json, "json", false, "")
	f.StringVar(&c.out, "out", "", "")
	f.StringVar(&c.change, "change", "", "")
	f.DurationVar(&c.expires, "expires", 72*time.Hour, "")
	f.StringVar(&c.approve, "approve", "", "")
	f.StringVar(&c.digest, "digest", "", "")
	f.StringVar(&c.as, "as", "", "")
	f.StringVar(&c.approvalKey, "approval-key", "", "")
	f.StringVar(&c.apply, "apply", "", "")
	f.StringVar(&c.approvers, "approvers", "", "")
	f.IntVar(&c.fleet.Concurrency, "concurrency", 10, "")
	f.IntVar(&c.memory, "memory", 0, "")
	f.IntVar(&c.fleet.MaxFailures, "max-failures", 0, "")
	f.IntVar(&c.fleet.MaxFailurePercent, "max-failure-percent", 0, "")
	f.IntVar(&c.fleet.MaxRestarts, "max-restarts", 5, "")
	f.DurationVar(&c.options.Spread, "spread", 0, "")
	f.BoolVar(&c.options.AssumeTrusted, "assume-trusted", false, "")
	f.Func("waves", "", c.setWaves)
	f.StringVar(&c.judge, "gate", "", "")
	c.records.flags(f)
	if err := f.Parse(args); err != nil {
		return err
	}
	modes := 0
	for _, chosen := range []bool{c.run, c.plan, c.apply != "", c.approve != ""} {
		if chosen {
			modes++
		}
	}
	works := c.run || c.apply != ""
	switch {
	case f.NArg() > 0:
		return fmt.Errorf("%q is no flag", f.Arg(0))
	case modes > 1:
		return errors.New("-run, -plan, -approve and -apply: one at a time")
	case c.json && (c.approve != "" || c.run && !c.yes || c.judge == askGate):
		return errors.New("-json asks nobody: it goes with -run -yes, and not with -approve or -gate ask")
	case c.approve == "" && c.inventory == "":
		return errors.New("-inventory is missing")
	case works && c.options.Dir == "":
		return errors.New("-run and -apply go with -state-dir: without it no old key is deleted")
	case c.resume && !c.run || c.onlyFailed && !works:
		return errors.New("-resume goes with -run, -only-failed with -run or -apply")
	case c.approvalKey != "" && c.approve == "" || c.approvers != "" && c.apply == "":
		return errors.New("-approval-key goes with -approve, -approvers with -apply")
	case c.out != "" && !c.plan:
		return errors.New("-out goes with -plan")
	case c.out != "" && c.change == "":
		return errors.New("-out goes with -change, the number of the change")
	case c.records.report != "" && !works:
		return errors.New("-report goes with -run or -apply")
	case c.records.audit != "" && c.records.key == "":
		return errors.New("-audit goes with -audit-key")
	case c.expires <= 0:
		return errors.New("-expires: want more than 0")
	case c.fleet.Concurrency < 1 || c.fleet.Concurrency > 200:
		return errors.New("-concurrency: want 1 to 200")
	case c.memory != 0 && c.memory < 64 || c.memory > 1<<20:
		return errors.New("-memory: want 64 MiB to 1 TiB")
	case c.fleet.MaxFailures < 0 || c.fleet.MaxRestarts < 0 || c.fleet.MaxFailurePercent < 0 || c.fleet.MaxFailurePercent > 100:
		return errors.New("a limit is out of range")
	case c.judge == askGate && !c.asks:
		return errors.New("-gate ask asks at a terminal, and there is none")
	case c.run && !c.yes && !c.asks:
		return errors.New("-run asks at a terminal, and there is none: a script says -yes")
	}
	if c.judge != "" && c.judge != askGate {
		if _, err := exec.LookPath(c.judge); err != nil {
			return fmt.Errorf("-gate: %w", err)
		}
	}
	if c.as == "" {
		if u, err := user.Current(); err == nil {
			c.as = u.Username
		}
	}
	c.memory = cmp.Or(c.memory, max(1024, c.fleet.Concurrency*share.Usual>>20))
	c.fleet.MemoryLimit = int64(c.memory) << 20
	return nil
}

func (c *config) setWaves(text string) error {
	sizes, err := scheduling.ParseSizes(text)
	c.fleet.Waves = []rekey.Wave{}
	for _, s := range sizes {
		c.fleet.Waves = append(c.fleet.Waves, rekey.Wave(s))
	}
	return err
}

// run is the program but for its process: it returns the exit code.
func run(ctx context.Context, args []string, s *streams) int {
	c, flags := &config{streams: s}, program.NewFlags(usageText)
	var devices []rekey.Device
	err := c.parse(flags, args)
	c.Voice = flags.Voice(s.env)
	if err == nil && c.approve == "" {
		if s.adjust != nil {
			s.adjust(&c.options)
		}
		c.options.OnEvent = c.event
		devices, err = c.read()
	}
	var kept *change.Plan
	if err == nil && c.apply != "" {
		kept, err = c.approved()
	}
	if err == nil && c.approve == "" {
		err = c.begin()
	}
	if err != nil {
		return flags.End(err, exitUsage, s.env, s.stdout, s.errs)
	}
	// Devices take no more than that; garbage beside them is collected in time.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(c.memory) << 20))
	code := c.end(ctx, c.act(ctx, devices, kept), c.change, c.options.Dir, c.fail)
	if c.json {
		if err := program.Object(s.stdout, struct {
			Counts map[rekey.FleetOutcome]int `json:"counts"`
			program.Ending
		}{c.counts, program.Ending{Error: c.failed, Exit: exitOf(code)}}); err != nil {
			c.Fail(s.errs, err)
			return cmp.Or(code, 6)
		}
	}
	return code
}

// fail says what is no device's, and keeps it for the JSON.
func (c *config) fail(err error) {
	c.Fail(c.errs, err)
	c.failed = strings.TrimPrefix(c.failed+"\n"+err.Error(), "\n")
}

// exits are the codes of the help text, the first that concerns a device first.
var exits = []struct {
	of   []rekey.FleetOutcome
	exit rekey.Exit
}{
	{[]rekey.FleetOutcome{rekey.FleetInterrupted, rekey.FleetNotStarted}, rekey.Exit{Code: program.Interrupted, Class: rekey.ExitInterrupted, Retry: rekey.RetryNow}},
	{[]rekey.FleetOutcome{rekey.FleetFailed}, rekey.Exit{Code: 6, Class: rekey.ExitFailed, Retry: rekey.RetryChange}},
	{[]rekey.FleetOutcome{rekey.FleetWithheld, rekey.FleetHeld}, rekey.Exit{Code: 8, Class: rekey.ExitDecision, Retry: rekey.RetryChange}},
	{[]rekey.FleetOutcome{rekey.FleetUnsupported}, rekey.Exit{Code: 3, Class: rekey.ExitFirmware, Retry: rekey.RetryChange}},
	{[]rekey.FleetOutcome{rekey.FleetUnreachable}, rekey.Exit{Code: 9, Class: rekey.ExitUnreachable, Retry: rekey.RetryLater}},
	{nil, rekey.Exit{Code: exitUsage, Class: rekey.ExitUsage, Retry: rekey.RetryChange}},
	{nil, rekey.ExitOf(rekey.ErrDeclined)},
}

// exitOf is how the program ends, as JSON has it.
func exitOf(code int) rekey.Exit {
	for _, e := range exits {
		if e.exit.Code == code {
			return e.exit
		}
	}
	return rekey.ExitOf(nil)
}

// event is told of progress.
func (c *config) event(e rekey.Event) {
	c.onEvent(e)
	if e.Device == "" && e.Kind == rekey.EventNotice { // of all
		c.Print(c.errs, c.Tell(e.Text))
	}
	if c.live != nil {
		c.live.event(e)
	}
}

// act does what is asked for, and returns the exit code.
func (c *config) act(ctx context.Context, devices []rekey.Device, kept *change.Plan) int {
	var err error
	switch {
	case c.approve != "":
		err = c.approvePlan()
	case c.run && c.yes:
		return c.remediate(ctx, devices, nil)
	case c.apply != "":
		return c.remediate(ctx, devices, kept)
	default:
		var code int
		if kept, code = c.look(ctx, devices); !c.run && c.out == "" || code == program.Interrupted {
			return code
		}
		if c.out != "" {
			if err = kept.Write(c.out); err == nil {
				c.Line(c.says(), "written to %s, until %s; digest %s", c.out, kept.Expires.Local().Format(time.RFC3339), kept.Digest)
				return code
			}
		} else if err = c.agree(c.Say("Do that? Type %s to agree:", "yes"), "yes"); err == nil {
			return c.remediate(ctx, devices, kept)
		}
	}
	if err != nil {
		c.fail(err)
		if errors.Is(err, rekey.ErrDeclined) {
			return rekey.ExitOf(err).Code
		}
		return exitUsage
	}
	return 0
}

// agree asks at the terminal.
func (c *config) agree(question, answer string) error {
	fmt.Fprint(c.stdout, question+" ")
	var said string
	if _, err := fmt.Fscanln(c.in, &said); err != nil || said != answer {
		return rekey.ErrDeclined
	}
	return nil
}

// says is where what is no result goes.
func (c *config) says() io.Writer {
	if c.json {
		return c.errs
	}
	return c.stdout
}

// approved reads a plan that may be carried out now.
func (c *config) approved() (*change.Plan, error) {
	p, err := change.Read(c.apply)
	if err != nil {
		return nil, err
	}
	if c.approvers == "" {
		return p, p.Check(time.Now())
	}
	approvers, err := audit.LoadVerifiers(c.approvers)
	if err != nil {
		return nil, err
	}
	return p, p.CheckSigned(time.Now(), approvers)
}

// approvePlan shows a plan, and approves it.
func (c *config) approvePlan() error {
	p, err := change.Read(c.approve)
	if err != nil {
		return err
	}
	c.show(p)
	c.Line(c.stdout, "change %s by %s, made %s, until %s", p.Change, p.Author, p.Made.Local().Format(time.RFC3339), p.Expires.Local().Format(time.RFC3339))
	c.Line(c.stdout, "digest %s", p.Digest)
	if c.digest == "" && !c.asks {
		return errors.New("-approve asks at a terminal, and there is none: give the -digest of what you have looked at")
	}
	if err := p.Approve(c.as, cmp.Or(c.digest, p.Digest), time.Now()); err != nil {
		return err
	}
	if c.digest == "" {
		if err := c.agree(c.Say("%s, do you approve this? Type %s to agree:", c.as, "approve"), "approve"); err != nil {
			return err
		}
	}
	signed := func() { c.Line(c.stdout, "approved by %s", p.Approval.By) }
	if c.approvalKey != "" {
		key, err := loadKey(c.approvalKey, p.Approval.By)
		if err == nil {
			err = p.Sign(key)
		}
		if err != nil {
			return err
		}
		signed = func() {
			c.Line(c.stdout, "approved by %s; signed, to be verified with %s", p.Approval.By, key.Verifier())
		}
	}
	if err := p.Write(c.approve); err != nil {
		return err
	}
	signed()
	return nil
}

// read reads the list and every password: what is wrong with one is told before a
// device is contacted.
func (c *config) read() ([]rekey.Device, error) {
	list, err := os.ReadFile(c.inventory)
	if err != nil {
		return nil, err
	}
	l, err := inventory.Read(bytes.NewReader(list))
	if err != nil {
		return nil, err
	}
	c.list, c.entries = list, l.Entries
	for _, n := range l.Notes {
		c.Fail(c.errs, fmt.Errorf("note: %v", n))
	}
	if len(l.Ignored) > 0 {
		c.Line(c.errs, "fleet: note: columns that mean nothing here: %s", fmt.Sprintf("%q", l.Ignored))
	}
	var devices []rekey.Device
	var errs []error
	c.members = map[string]rekey.FleetMember{}
	for i := range l.Entries {
		d, err := l.Entries[i].Device()
		errs = append(errs, err)
		devices = append(devices, d)
		c.members[change.Key(d.URL)] = l.Entries[i].Member(&c.options)
	}
	c.fleet.Options = &c.options
	c.fleet.Member = func(d rekey.Device) rekey.FleetMember { return c.members[change.Key(d.URL)] }
	return devices, errors.Join(errs...)
}

// ledger is what became of the devices in earlier runs.
func (c *config) ledger() (*change.Ledger, error) {
	return change.OpenLedger(filepath.Join(c.options.Dir, "fleet"))
}
