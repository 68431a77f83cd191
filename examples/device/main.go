//go:debug rsa1024min=0

// Command device is a simulated Canon device on the loopback interface, for
// trying programs that work on real ones: it serves real TLS with weak keys
// until somebody replaces them, and fails in the ways that it is told to. It
// prints the command that works on it. See -help.
//
//	go run ./examples/device -keys all
//	go run ./examples/device -addr 127.0.0.1:8443 -state device.json
//	go run ./examples/device -fail reset-after@key-list
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

//go:embed usage.txt
var usageText string

func main() {
	program.Main(func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Stdout, os.Stderr) })
}

// run serves a device until the context ends, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := program.NewFlags(usageText)
	cfg, state, err := parse(flags, args)
	if err != nil {
		return flags.End(err, 2, nil, stdout, stderr)
	}
	dev, err := simdevice.New(cfg)
	if err == nil {
		err = dev.Start()
	}
	if err != nil {
		fmt.Fprintln(stderr, "device:", err)
		return 2
	}
	show(stdout, dev, cfg)
	if err := keep(ctx, dev, state, cfg.Saved); err != nil {
		fmt.Fprintln(stderr, "device: -state:", err)
	}
	<-ctx.Done()
	dev.Close()
	fmt.Fprintf(stdout, "switched off after %d restarts; keys: %s\n", dev.Restarts(), keyNames(dev))
	broken := dev.Violations()
	for _, v := range broken {
		fmt.Fprintln(stderr, "rule broken:", v)
	}
	return min(len(broken), 1)
}

// keep writes what the device keeps without power whenever that has changed, until
// the context ends: it may be killed at any time.
func keep(ctx context.Context, dev *simdevice.Device, file string, written []byte) error {
	if file == "" {
		return nil
	}
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	for last := false; ; {
		text, err := dev.Save()
		if err == nil && !bytes.Equal(text, written) {
			next := file + ".new"
			if err = os.WriteFile(next, text, 0o600); err == nil {
				err = os.Rename(next, file)
			}
			written = text
		}
		if err != nil || last {
			return err
		}
		select {
		case <-ctx.Done():
			last = true
		case <-t.C:
		}
	}
}

// show prints what a program needs to reach the device.
func show(w io.Writer, dev *simdevice.Device, cfg simdevice.Config) {
	fmt.Fprintf(w, "url       %s\n", dev.URL())
	for _, k := range dev.Keys() {
		if slices.Contains(k.Active, simdevice.UseTLS) {
			fmt.Fprintf(w, "pin       %s\n", remoteui.HashSPKI(k.Certificate))
		}
	}
	fmt.Fprintf(w, "login     %s, ID and password %s\n", cfg.Login, password)
	if addr := dev.SIPAddr(); addr != "" {
		fmt.Fprintf(w, "sip       %s\n", addr)
	}
	fmt.Fprintf(w, "try       %s\n", command(dev, cfg))
	fmt.Fprintf(w, "keys      %s\n", keyNames(dev))
}

// command is what remediates the device, to be pasted into a shell.
func command(dev *simdevice.Device, cfg simdevice.Config) string {
	words := []string{"PW=" + password, "go run ./examples/remediate -plan -url", dev.URL()}
	for _, k := range dev.Keys() {
		if slices.Contains(k.Active, simdevice.UseTLS) {
			words = append(words, "-pin", remoteui.HashSPKI(k.Certificate).String())
		}
	}
	switch cfg.Login {
	case simdevice.LoginUserName, simdevice.LoginRSAChallenge:
		words = append(words, "-user", cfg.ID, "-password-env PW")
	case simdevice.LoginNotNecessary:
	default:
		words = append(words, "-dept-id", cfg.ID, "-password-env PW")
	}
	if _, port, err := net.SplitHostPort(dev.SIPAddr()); err == nil {
		words = append(words, "-tls-port", port)
	}
	return strings.Join(words, " ")
}

func keyNames(dev *simdevice.Device) string {
	var names []string
	for _, k := range dev.Keys() {
		text := k.Name
		if len(k.Active) > 0 {
			text += " (" + strings.Join(k.Active, ", ") + ")"
		}
		if k.Weak {
			text += " WEAK"
		}
		names = append(names, text)
	}
	return strings.Join(names, "; ")
}

// password is the one of a device as delivered.
const password = "7654321"

// parse reads the flags.
func parse(flags *program.Flags, args []string) (cfg simdevice.Config, state string, err error) {
	cfg = simdevice.Config{ID: password, Password: password}
	flags.StringVar(&state, "state", "", "")
	flags.Uint64Var(&cfg.Seed, "seed", 1, "")
	flags.StringVar(&cfg.Language, "lang", "zh-TW", "")
	flags.StringVar((*string)(&cfg.Login), "login", string(simdevice.LoginDepartmentID), "")
	flags.IntVar(&cfg.KeySlots, "slots", 16, "")
	flags.BoolVar(&cfg.MakesWeakKeys, "vulnerable", false, "")
	flags.DurationVar(&cfg.GenerateTime, "generate", time.Second, "")
	flags.DurationVar(&cfg.RestartTime, "restart", 3*time.Second, "")
	flags.Func("addr", "", func(v string) error {
		_, _, err := net.SplitHostPort(v)
		cfg.Address = v
		return err
	})
	flags.Func("fail", "", func(v string) error {
		return addFault(&cfg, v)
	})
	flags.Func("locked", "", func(v string) error {
		page, err := pageOf(v)
		cfg.Locked = append(cfg.Locked, page)
		return err
	})
	flags.BoolVar(&cfg.NeverComesBack, "never-back", false, "")
	flags.IntVar(&cfg.MaxFailures, "lock-after", 0, "")
	flags.IntVar(&cfg.Jobs, "jobs", 0, "")
	flags.IntVar(&cfg.Received, "faxes", 0, "")
	flags.StringVar(&cfg.Model, "model", "", "")
	flags.StringVar(&cfg.Version, "controller", "", "")
	kind := flags.String("keys", "tls", "")
	if err := flags.Parse(args); err != nil {
		return cfg, "", err
	}
	if flags.NArg() > 0 {
		return cfg, "", fmt.Errorf("%q: there are flags only", flags.Arg(0))
	}
	if state != "" {
		if cfg.Saved, err = os.ReadFile(state); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return cfg, "", err
		}
	}
	return cfg, state, weak(&cfg, *kind)
}

// faultKinds are what -fail takes.
var faultKinds = []string{
	string(simdevice.FaultResetBefore), string(simdevice.FaultResetAfter), string(simdevice.FaultStatus500), string(simdevice.FaultTruncate),
	string(simdevice.FaultExpireSession), string(simdevice.FaultBusy), string(simdevice.FaultRestartNow),
}

// addFault reads KIND[@PAGE][+SKIP].
func addFault(cfg *simdevice.Config, text string) error {
	var f simdevice.Fault
	text, skip, counted := strings.Cut(text, "+")
	if counted {
		if _, err := fmt.Sscanf(skip, "%d", &f.Skip); err != nil || f.Skip < 0 {
			return errors.New("want a number behind +")
		}
	}
	kind, page, onPage := strings.Cut(text, "@")
	if !slices.Contains(faultKinds, kind) {
		return fmt.Errorf("want one of %s", strings.Join(faultKinds, ", "))
	}
	f.Kind = simdevice.FaultKind(kind)
	if onPage {
		var err error
		if f.Page, err = pageOf(page); err != nil {
			return err
		}
	}
	cfg.Faults = append(cfg.Faults, f)
	return nil
}

// pages are those on which something can go wrong that is worth a try.
var pages = []simdevice.PageKind{
	simdevice.PageLogin, simdevice.PageKeyList, simdevice.PageKeyDetails, simdevice.PageGenerate, simdevice.PageDelete,
	simdevice.PageCSR, simdevice.PageRegisterFile, simdevice.PageTLS, simdevice.PageTLSKeys, simdevice.PageIEEE8021X,
	simdevice.Page8021XKeys, simdevice.PageIKE, simdevice.PageIKEKeys, simdevice.PageSIP, simdevice.PageSIPKeys, simdevice.PageSignature,
}

func pageOf(name string) (simdevice.PageKind, error) {
	if slices.Contains(pages, simdevice.PageKind(name)) {
		return simdevice.PageKind(name), nil
	}
	return "", fmt.Errorf("want one of %s", pageNames())
}

func pageNames() string {
	var names []string
	for _, k := range pages {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// weak gives the device its weak keys.
func weak(cfg *simdevice.Config, kind string) error {
	preinstalled := []simdevice.KeySpec{{Name: "Default Key"}, {Name: "AMS"}, {Name: "Device Signature Key", Weak: true}}
	switch kind {
	case "tls":
		return nil
	case "all":
		cfg.Keys = append(preinstalled, []simdevice.KeySpec{
			{Name: "tls", Weak: true, Uses: []string{"TLS"}}, {Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}},
			{Name: "hq", Weak: true, Uses: []string{"IPSec"}}, {Name: "lab", Weak: true, Uses: []string{"IPSec"}},
			{Name: "sip", Weak: true, Uses: []string{"SIP"}},
		}...)
		cfg.Policies = []simdevice.PolicySpec{{Name: "HQ", Key: "hq"}, {Name: "Lab", Key: "lab"}}
	case "shared":
		cfg.Keys = append(preinstalled, simdevice.KeySpec{Name: "all", Weak: true, Uses: []string{"TLS", "IEEE 802.1X", "IPSec", "SIP"}})
		cfg.Policies = []simdevice.PolicySpec{{Name: "HQ", Key: "all"}, {Name: "Lab", Key: "all"}}
	default:
		return fmt.Errorf("-keys %q: want tls, all or shared", kind)
	}
	cfg.Bluetooth, cfg.AMS = simdevice.Yes, simdevice.Yes
	return nil
}
