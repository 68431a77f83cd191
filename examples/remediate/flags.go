package main

import (
	"flag"
	"slices"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/access"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/keys"
)

// config is the command line, read and checked.
type config struct {
	access.Flags
	lang  string // empty: the device's
	flags *program.Flags

	adjust func(*rekey.Options) // for tests; nil: nothing

	plan, finish bool
	out, apply   string // files
	state        string
	json         bool
	verbose, yes bool
	log          string

	certs             map[keys.Use]string // kind by use; the use "" stands for all
	cn, org           string
	validity          time.Duration
	key               keys.Algorithm
	issuerCert        string
	issuerKey         string
	scepURL           string
	scepChallengeEnv  string
	scepChallengeFile string
	scepFingerprint   string
	knownCerts        string
	csrDir, csrCA     string
	scepRA, csrNames  string
	externalKeys      []string
	assumeWeak        bool
	strict            bool
	ignoreClock       bool
	distribute        string
	distributeEnv     []string
	assumeTrusted     bool
	keySlots          int
	keepOldKeys       bool
	ignoreJobs        bool
	others            []*other
	backOut           bool
	jobsTimeout       time.Duration
	restartTimeout    time.Duration
	given             []string // names of the flags given
}

const defaultState = "./rekey-state"

// usagef says of a command line that it asks for something impossible.
func usagef(format string, args ...any) error { return access.Usagef(format, args...) }

// parseFlags never returns nil: a config with an error tells at least whether
// JSON is wanted.
func parseFlags(args []string) (*config, error) {
	c := &config{certs: map[keys.Use]string{}}
	fs := c.flagSet()
	c.flags = fs
	if err := fs.Parse(args); err != nil {
		c.json = c.json || fs.JSON()
		if _, ok := program.Answer(err); ok {
			return c, err
		}
		return c, usagef("%v", err)
	}
	fs.Visit(func(f *flag.Flag) { c.given = append(c.given, f.Name) })
	if fs.NArg() > 0 {
		c.json = c.json || fs.JSON()
		// What it is is not repeated: it may be a password.
		return c, usagef("an argument that is no flag")
	}
	return c, c.check()
}

// flagSet binds every flag to its field. The help text is usage.txt.
func (c *config) flagSet() *program.Flags {
	fs := program.NewFlags(usageText)
	c.Bind(fs.FlagSet)
	c.BindSerial(fs.FlagSet)
	fs.Func("lang", "", c.setLang)

	fs.BoolVar(&c.plan, "plan", false, "")
	fs.StringVar(&c.out, "out", "", "")
	fs.StringVar(&c.apply, "apply", "", "")
	fs.BoolVar(&c.finish, "finish", false, "")
	fs.BoolVar(&c.yes, "yes", false, "")
	fs.BoolVar(&c.verbose, "v", false, "")
	fs.StringVar(&c.log, "log", "", "")
	fs.StringVar(&c.state, "state", defaultState, "")
	fs.BoolVar(&c.json, "json", false, "")

	fs.Func("cert", "", c.setCert)
	fs.StringVar(&c.cn, "cn", "", "")
	fs.StringVar(&c.org, "org", "", "")
	fs.Func("validity", "", c.setValidity)
	fs.Func("key", "", c.setKey)
	fs.StringVar(&c.issuerCert, "issuer-cert", "", "")
	fs.StringVar(&c.issuerKey, "issuer-key", "", "")
	fs.StringVar(&c.scepURL, "scep-url", "", "")
	fs.StringVar(&c.scepChallengeEnv, "scep-challenge-env", "", "")
	fs.StringVar(&c.scepChallengeFile, "scep-challenge-file", "", "")
	fs.StringVar(&c.scepFingerprint, "scep-fingerprint", "", "")
	fs.StringVar(&c.csrDir, "csr-dir", "", "")
	fs.StringVar(&c.csrCA, "csr-ca", "", "")
	fs.StringVar(&c.csrNames, "csr-names", "", "")
	fs.StringVar(&c.scepRA, "scep-ra", "", "")
	fs.StringVar(&c.knownCerts, "known-certs", "", "")
	fs.Func("external-key", "", c.addExternalKey)
	fs.BoolVar(&c.assumeWeak, "assume-weak", false, "")
	fs.BoolVar(&c.strict, "strict", false, "")
	fs.BoolVar(&c.ignoreClock, "ignore-clock", false, "")
	fs.StringVar(&c.distribute, "distribute", "", "")
	fs.Func("distribute-env", "", c.addDistributeEnv)
	fs.BoolVar(&c.assumeTrusted, "assume-trusted", false, "")
	fs.IntVar(&c.keySlots, "key-slots", 0, "")
	fs.BoolVar(&c.keepOldKeys, "keep-old-keys", false, "")
	fs.BoolVar(&c.ignoreJobs, "ignore-jobs", false, "")
	c.bindOthers(fs.FlagSet)
	fs.BoolVar(&c.backOut, "back-out", false, "")
	fs.DurationVar(&c.jobsTimeout, "jobs-timeout", 0, "")
	fs.DurationVar(&c.restartTimeout, "restart-timeout", 0, "")
	return fs
}

func (c *config) has(name string) bool { return slices.Contains(c.given, name) }
