package main

import (
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

const usageText = `survey tells how well the pages of a Canon device are understood. It changes nothing.

  survey                 of a simulated device
  survey -url URL ...    of a real one

  -url URL               its Remote UI, https://HOST[:PORT]/, or a host
  -user NAME             log in by user name, or
  -dept-id ID            by department ID (System Manager ID)
  -password-env VAR      the password or PIN is in this environment variable,
  -password-file FILE    or in the first line of this file; never on the command line
  -lang auto|TAG         language of the device's pages
  -profile FILE          labels, pages and fields of this device (docs/profiles.md); repeatable
  -pin sha256//BASE64    the SHA-256 of its public key (SPKI); repeatable
  -ca FILE               the CA certificates (PEM) that vouch for it
  -trust-on-first-use    believe whoever answers the first time
  -legacy-tls            allow TLS 1.0 and RSA key exchange, for old firmware
  -state DIR             pins and refused credentials of earlier runs, read only
  -json                  one JSON object on standard output
  -bundle FILE           write the pages seen, masked, into this new zip file
  -mask TEXT             mask this text in the bundle, too; repeatable

Exit codes
  0  everything that is needed was found
  2  wrong usage
  4  login refused or locked, or the device's identity is unknown
  5  something that is needed was not found: the table says what
  6  failed
  130  interrupted
`

type config struct {
	url, user, deptID, passwordEnv, passwordFile, lang, ca, state, bundle string
	tofu, legacy, json                                                    bool
	pins                                                                  []remoteui.SPKIHash
	profiles, mask                                                        []string
}

type usageError struct{ text string }

func (e *usageError) Error() string { return e.text + " (-help lists the flags)" }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// parse never returns nil.
func parse(args []string) (*config, error) {
	c := &config{json: slices.Contains(args, "-json") || slices.Contains(args, "--json")}
	fs := flag.NewFlagSet("survey", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	for name, to := range map[string]*string{
		"url": &c.url, "user": &c.user, "dept-id": &c.deptID, "password-env": &c.passwordEnv, "password-file": &c.passwordFile,
		"lang": &c.lang, "ca": &c.ca, "state": &c.state, "bundle": &c.bundle,
	} {
		fs.StringVar(to, name, "", "")
	}
	fs.BoolVar(&c.tofu, "trust-on-first-use", false, "")
	fs.BoolVar(&c.legacy, "legacy-tls", false, "")
	fs.BoolVar(&c.json, "json", c.json, "")
	fs.Func("profile", "", func(v string) error { c.profiles = append(c.profiles, v); return nil })
	fs.Func("mask", "", func(v string) error { c.mask = append(c.mask, v); return nil })
	fs.Func("pin", "", func(v string) error {
		pin, err := remoteui.ParsePin(v)
		c.pins = append(c.pins, pin)
		return err
	})
	if err := fs.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return c, err
		}
		return c, usagef("%v", err)
	}
	switch {
	case fs.NArg() > 0:
		return c, usagef("an argument that is no flag")
	case c.user != "" && c.deptID != "":
		return c, usagef("-user and -dept-id exclude each other")
	case c.passwordEnv != "" && c.passwordFile != "":
		return c, usagef("-password-env and -password-file exclude each other")
	case c.url == "" && (c.user+c.deptID+c.passwordEnv+c.passwordFile+c.ca != "" || len(c.pins) > 0 || c.tofu):
		return c, usagef("login and identity concern a real device: give its -url too")
	}
	return c, nil
}

// device is the one of the flags, or a simulated one; end switches it off.
func (c *config) device(env func(string) (string, bool)) (rekey.Device, func(), error) {
	dev := rekey.Device{
		URL: c.url, UserName: c.user, DepartmentID: c.deptID, Pins: c.pins, TrustOnFirstUse: c.tofu, LegacyTLS: c.legacy, Language: c.lang,
	}
	for _, file := range c.profiles {
		p, err := remoteui.LoadProfile(file)
		if err != nil {
			return dev, nil, usagef("-profile: %v", err)
		}
		dev.Profiles = append(dev.Profiles, p)
	}
	if c.url == "" {
		return simulated(dev)
	}
	if c.ca != "" {
		text, err := os.ReadFile(c.ca)
		if dev.Roots = x509.NewCertPool(); err != nil || !dev.Roots.AppendCertsFromPEM(text) {
			return dev, nil, usagef("-ca: no certificate in PEM form could be read from it")
		}
	}
	var err error
	dev.Password, err = c.password(env)
	return dev, func() {}, err
}

// password does not repeat the flags' values: one of them may be it.
func (c *config) password(env func(string) (string, bool)) (rekey.Secret, error) {
	text := ""
	switch {
	case c.passwordEnv != "":
		text, _ = env(c.passwordEnv)
	case c.passwordFile != "":
		data, _ := os.ReadFile(c.passwordFile)
		text, _, _ = strings.Cut(string(data), "\n")
		text = strings.TrimSuffix(text, "\r")
	default:
		return rekey.Secret{}, nil
	}
	if text == "" {
		return rekey.Secret{}, usagef("-password-env or -password-file: no password is there (give the name of a variable or file, not the password)")
	}
	return rekey.NewSecret(text), nil
}

// simulated is a device within this process.
func simulated(dev rekey.Device) (rekey.Device, func(), error) {
	const password = "7654321"
	sim, err := remoteuitest.New(remoteuitest.Config{Seed: 1, ID: password, Password: password, RestartTime: time.Second})
	if err == nil {
		err = sim.Start()
	}
	if err != nil {
		return dev, nil, err
	}
	dev.URL, dev.DepartmentID, dev.Password, dev.TrustOnFirstUse = sim.URL(), password, rekey.NewSecret(password), true
	return dev, sim.Close, nil
}
