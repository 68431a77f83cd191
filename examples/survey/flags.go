package main

import (
	"flag"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/access"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

const usageText = `survey tells how well the pages of a Canon device are understood. It changes nothing.

  survey                 of a simulated device
  survey -url URL ...    of a real one

` + access.HelpLogin + `  -lang auto|TAG         language of the device's pages
` + access.HelpPages + access.HelpIdentity + `  -state DIR             pins and refused credentials of earlier runs, read only
` + program.HelpLanguage + `  -json                  one JSON object on standard output
  -bundle FILE           write the pages seen, masked, into this new zip file
  -mask TEXT             mask this text in the bundle, too; repeatable
  -version               what it was built from
  -manual man|bash|zsh|fish
                         its manual page, or the completion for a shell

Exit codes (docs/exit-codes.md says what to do next)
  0  everything that is needed was found
  2  wrong usage
  4  login refused or locked, or the device's identity is unknown
  5  something that is needed was not found: the table says what
  6  failed
  9  the device is off, asleep or not connected
  130  interrupted
`

type config struct {
	access.Flags
	program.Voice
	flags               *program.Flags
	lang, state, bundle string
	json                bool
	mask                []string
}

func usagef(format string, args ...any) error { return access.Usagef(format, args...) }

// parse never returns nil.
func parse(args []string) (*config, error) {
	c := &config{}
	fs := program.NewFlags(usageText)
	c.flags = fs
	c.Bind(fs.FlagSet)
	fs.StringVar(&c.lang, "lang", "", "")
	fs.StringVar(&c.state, "state", "", "")
	fs.StringVar(&c.bundle, "bundle", "", "")
	fs.BoolVar(&c.json, "json", false, "")
	fs.Func("mask", "", func(v string) error { c.mask = append(c.mask, v); return nil })
	if err := fs.Parse(args); err != nil {
		c.json = fs.JSON()
		if _, ok := program.Answer(err); ok {
			return c, err
		}
		return c, usagef("%v", err)
	}
	if fs.NArg() > 0 {
		c.json = c.json || fs.JSON()
		return c, usagef("an argument that is no flag")
	}
	if c.lang != "" && c.lang != "auto" && len(c.Profiles) == 0 && !slices.Contains(remoteui.Languages(), c.lang) {
		return c, usagef("-lang: want auto, %s, or one that a -profile teaches", strings.Join(remoteui.Languages(), ", "))
	}
	var given []string
	fs.Visit(func(f *flag.Flag) { given = append(given, f.Name) })
	// A profile may be tried on the simulated device.
	return c, c.Check(func(name string) bool {
		return slices.Contains(given, name) && (name != "profile" || c.URL != "")
	})
}

// device is the one of the flags, or a simulated one; end switches it off.
func (c *config) device(stdin io.Reader, env program.Env, note func(string)) (dev rekey.Device, end func(), err error) {
	dev, err = c.Device(stdin, env, note)
	dev.Language = c.lang
	if c.URL == "" && err == nil {
		return simulated(dev)
	}
	return dev, func() {}, err
}

// simulated is a device within this process.
func simulated(dev rekey.Device) (rekey.Device, func(), error) {
	const password = "7654321"
	sim, err := simdevice.New(simdevice.Config{Seed: 1, ID: password, Password: password, RestartTime: time.Second})
	if err == nil {
		err = sim.Start()
	}
	if err != nil {
		return dev, nil, err
	}
	dev.URL, dev.DepartmentID, dev.Password, dev.TrustOnFirstUse = sim.URL(), password, rekey.NewSecret(password), true
	return dev, sim.Close, nil
}
