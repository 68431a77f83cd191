package main

import (
	"errors"
	"flag"
	"io"
	"regexp"
	"strings"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/access"
	"github.com/rekey-go/rekey/examples/internal/program"
)

// other is a machine of -other, with what is its own: a password goes to whom it is
// for, and a pin names one key.
type other struct {
	access.Flags
	set *flag.FlagSet
}

// bindOthers adds -other, and the flags that go after it.
func (c *config) bindOthers(set *flag.FlagSet) {
	// The address is taken unseen: package flag repeats a value that it is told to
	// be wrong, and this one may hold a password.
	set.Func("other", "", func(address string) error {
		o := &other{set: flag.NewFlagSet("", flag.ContinueOnError)}
		o.Bind(o.set)
		o.BindSerial(o.set)
		o.URL = address
		c.others = append(c.others, o)
		return nil
	})
	own := func(name string) func(string) error {
		return func(value string) error {
			if len(c.others) == 0 {
				return errors.New("goes after the -other that it is for")
			}
			return c.others[len(c.others)-1].set.Set(name, value)
		}
	}
	set.Func("other-user", "", own("user"))
	set.Func("other-dept-id", "", own("dept-id"))
	set.Func("other-password-env", "", own("password-env"))
	set.Func("other-password-file", "", own("password-file"))
	set.Func("other-pin", "", own("pin"))
	set.Func("other-ca", "", own("ca"))
	set.Func("other-serial", "", own("serial"))
}

// has reports whether the machine has a flag of its own.
func (o *other) has(name string) (given bool) {
	o.set.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}

func (o *other) check() error {
	if err := access.CheckAddress("-other", o.URL); err != nil {
		return err
	}
	if o.PasswordFile == "-" {
		return usagef("-other-password-file wants a file: standard input is for the main device")
	}
	return o.Check(func(name string) bool { return name == "url" || o.has(name) })
}

// otherDevices are the machines of -other. What is not given for one is as for the
// main device, except for the pin.
func (c *config) otherDevices(main rekey.Device, env program.Env, note func(string)) ([]rekey.Device, error) {
	var all []rekey.Device
	for _, o := range c.others {
		d := main
		own, err := o.Device(noInput{}, env, note)
		if err != nil {
			return nil, err
		}
		d.URL, d.Pins, d.Serial = own.URL, own.Pins, own.Serial
		if o.has("user") || o.has("dept-id") {
			d.UserName, d.DepartmentID = own.UserName, own.DepartmentID
		}
		if o.has("password-env") || o.has("password-file") {
			d.Password = own.Password
		}
		if o.has("ca") {
			d.Roots = own.Roots
		}
		all = append(all, d)
	}
	return all, nil
}

// noInput is read by no flag of other machines.
type noInput struct{}

func (noInput) Read([]byte) (int, error) { return 0, io.EOF }

// ofMain are the flags of the main device in place of which another machine has its own.
var ofMain = regexp.MustCompile(`(^|[^\w-])-(user|dept-id|password-env|password-file|pin|ca|serial|url)\b`)

// forOther puts advice, which may have been translated, in terms of the flags of
// another machine.
func forOther(line string) string {
	return strings.ReplaceAll(ofMain.ReplaceAllString(line, "${1}-other-$2"), "-other-url", "-other")
}
