// Command fleet looks at the devices of a list, or replaces their weak keys. See
// -help and docs/fleet.md.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	_ "time/tzdata" // the zones of windows, on any machine

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/fleet/inventory"
	"github.com/rekey-go/rekey/keys"
)

//go:embed usage.txt
var usageText string

const exitUsage = 2

func main() {
	program.Main(func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Stdout, os.Stderr, nil) })
}

type config struct {
	inventory string
	apply     bool
	fleet     rekey.FleetOptions
	options   rekey.Options
}

func (c *config) parse(f *program.Flags, args []string) error {
	f.StringVar(&c.inventory, "inventory", "", "")
	f.BoolVar(&c.apply, "apply", false, "")
	f.StringVar(&c.options.Dir, "state-dir", "", "")
	f.IntVar(&c.fleet.Concurrency, "concurrency", 10, "")
	f.IntVar(&c.fleet.MaxFailures, "max-failures", 0, "")
	f.IntVar(&c.fleet.MaxFailurePercent, "max-failure-percent", 0, "")
	f.IntVar(&c.fleet.MaxRestarts, "max-restarts", 5, "")
	f.BoolVar(&c.options.AssumeTrusted, "assume-trusted", false, "")
	f.Func("waves", "", c.setWaves)
	if err := f.Parse(args); err != nil {
		return err
	}
	switch {
	case f.NArg() > 0:
		return fmt.Errorf("%q is no flag", f.Arg(0))
	case c.inventory == "":
		return errors.New("-inventory is missing")
	case c.apply && c.options.Dir == "":
		return errors.New("-apply goes with -state-dir: without it no old key is deleted")
	case c.fleet.Concurrency < 1 || c.fleet.Concurrency > 200:
		return errors.New("-concurrency: want 1 to 200")
	case c.fleet.MaxFailures < 0 || c.fleet.MaxRestarts < 0 || c.fleet.MaxFailurePercent < 0 || c.fleet.MaxFailurePercent > 100:
		return errors.New("a limit is out of range")
	}
	return nil
}

func (c *config) setWaves(text string) error {
	c.fleet.Waves = []rekey.Wave{}
	if text == "all" {
		return nil
	}
	for part := range strings.SplitSeq(text, ",") {
		number, percent := strings.CutSuffix(part, "%")
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || percent && n > 100 {
			return fmt.Errorf("%q is no size of a wave", part)
		}
		w := rekey.Wave{Count: n}
		if percent {
			w = rekey.Wave{Percent: n}
		}
		c.fleet.Waves = append(c.fleet.Waves, w)
	}
	return nil
}

// run is the program but for its process: it returns the exit code. adjust, which
// may be nil, is for tests.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, adjust func(*rekey.Options)) int {
	c, flags := &config{}, program.NewFlags(usageText)
	var devices []rekey.Device
	err := c.parse(flags, args)
	if err == nil {
		if adjust != nil {
			adjust(&c.options)
		}
		devices, err = c.read(stderr)
	}
	if err != nil {
		return flags.End(err, exitUsage, stdout, stderr)
	}
	return c.work(ctx, devices, stdout)
}

// read reads the list and every password: what is wrong with one is told before a
// device is contacted.
func (c *config) read(stderr io.Writer) ([]rekey.Device, error) {
	f, err := os.Open(c.inventory)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, err := inventory.Read(f)
	if err != nil {
		return nil, err
	}
	for _, n := range l.Notes {
		fmt.Fprintf(stderr, "fleet: note: %v\n", n)
	}
	if len(l.Ignored) > 0 {
		fmt.Fprintf(stderr, "fleet: note: columns that mean nothing here: %q\n", l.Ignored)
	}
	var devices []rekey.Device
	var errs []error
	members := map[string]rekey.FleetMember{}
	for i := range l.Entries {
		d, err := l.Entries[i].Device()
		errs = append(errs, err)
		devices = append(devices, d)
		members[d.URL] = l.Entries[i].Member(&c.options)
	}
	c.fleet.Options = &c.options
	c.fleet.Member = func(d rekey.Device) rekey.FleetMember { return members[d.URL] }
	return devices, errors.Join(errs...)
}

// work writes a line for each device, and returns the exit code.
func (c *config) work(ctx context.Context, devices []rekey.Device, stdout io.Writer) int {
	counts := map[rekey.FleetOutcome]int{}
	line := func(url string, exit rekey.Exit, err error, says string) {
		outcome := rekey.FleetOutcomeOf(exit, err)
		counts[outcome]++
		if err != nil {
			says, _, _ = strings.Cut(err.Error(), "\n")
		}
		fmt.Fprintf(stdout, "%-11s  %s  %s\n", outcome, url, says)
	}
	sequence := func(yield func(rekey.Device, error) bool) {
		for _, d := range devices {
			if !yield(d, nil) {
				return
			}
		}
	}
	if c.apply {
		for r, err := range rekey.RemediateAll(ctx, sequence, &c.fleet) {
			verified := 0
			for _, u := range r.Usages {
				if u.Verified {
					verified++
				}
			}
			line(r.Device.URL, r.Exit, err, fmt.Sprintf("%s, %d usages with a new key, %d tasks for people", r.Device.Model, verified, len(r.Tasks)))
		}
	} else {
		for a, err := range rekey.AssessAll(ctx, sequence, &c.fleet) {
			weak := 0
			for i := range a.Keys {
				if a.Keys[i].Finding.State == keys.Proved {
					weak++
				}
			}
			line(a.Device.URL, rekey.ExitOf(err), err, fmt.Sprintf("%s, %d of %d keys proved weak", a.Device.Model, weak, len(a.Keys)))
		}
	}
	last := fmt.Sprintf("%d devices", len(devices))
	for _, o := range []rekey.FleetOutcome{
		rekey.FleetDone, rekey.FleetWithheld, rekey.FleetHeld, rekey.FleetUnsupported,
		rekey.FleetUnreachable, rekey.FleetFailed, rekey.FleetInterrupted, rekey.FleetNotStarted,
	} {
		if counts[o] > 0 {
			last += fmt.Sprintf(", %d %s", counts[o], o)
		}
	}
	fmt.Fprintln(stdout, last)
	for _, e := range []struct {
		code int
		of   []rekey.FleetOutcome
	}{
		{130, []rekey.FleetOutcome{rekey.FleetInterrupted, rekey.FleetNotStarted}},
		{6, []rekey.FleetOutcome{rekey.FleetFailed}},
		{8, []rekey.FleetOutcome{rekey.FleetWithheld, rekey.FleetHeld}},
		{3, []rekey.FleetOutcome{rekey.FleetUnsupported}},
		{9, []rekey.FleetOutcome{rekey.FleetUnreachable}},
	} {
		for _, o := range e.of {
			if counts[o] > 0 {
				return e.code
			}
		}
	}
	return 0
}
