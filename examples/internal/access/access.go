// Package access reads the flags by which programs reach a device: its address,
// the login, and how it is recognised.
package access

import (
	"cmp"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/remoteui"
)

// What the flags do, for the help text of a program.
const (
	HelpLogin = `  -url URL               its Remote UI, https://HOST[:PORT]/, or a host
  -user NAME             log in by user name, or
  -dept-id ID            by department ID (System Manager ID)
  -password-env VAR      the password or PIN is in this environment variable,
  -password-file FILE    or in this file ("-": standard input); never on the command line
`
	HelpPages = `  -profile FILE          labels, pages and fields of this device (docs/profiles.md); repeatable
  -tls-port N            a port with a certificate to look at, in place of the usual ones
                         (8443, 443, 631 and 5061, that of SIP); repeatable
  -legacy-tls            allow TLS 1.0 and RSA key exchange, for old firmware
`
	HelpIdentity = `  -pin sha256//BASE64    the SHA-256 of its public key (SPKI); repeatable
  -ca FILE               the CA certificates (PEM) that vouch for it
  -trust-on-first-use    believe whoever answers the first time
`
	// HelpSerial is for programs that call BindSerial.
	HelpSerial = `  -serial NUMBER         its own serial number: looked at once logged in, before anything
                         is changed; case, blanks and lost zeros do not count
`
)

// UsageError is a command line that asks for something impossible. It never
// holds a value that might be a secret put in the wrong place.
type UsageError struct{ text string }

func (e *UsageError) Error() string { return e.text + " (-help lists the flags)" }

// ExitOf is [rekey.ExitOf] for a program, which may be asked for what it cannot do.
func ExitOf(err error) rekey.Exit {
	if _, ok := errors.AsType[*UsageError](err); ok {
		return rekey.Exit{Code: 2, Class: rekey.ExitUsage, Retry: rekey.RetryChange}
	}
	return rekey.ExitOf(err)
}

// Usagef makes a [*UsageError].
func Usagef(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// Flags are those of one device.
type Flags struct {
	URL             string // empty: a simulated device
	User, DeptID    string
	PasswordEnv     string
	PasswordFile    string
	Profiles        []string // files
	Pins            []remoteui.SPKIHash
	CA              string
	TrustOnFirstUse bool
	LegacyTLS       bool
	TLSPorts        []int
	Serial          string
}

// names of the flags but -url.
var names = []string{"user", "dept-id", "password-env", "password-file", "profile", "pin", "ca", "trust-on-first-use", "legacy-tls", "tls-port", "serial"}

// Bind adds the flags to a set.
func (f *Flags) Bind(set *flag.FlagSet) {
	set.StringVar(&f.URL, "url", "", "")
	set.StringVar(&f.User, "user", "", "")
	set.StringVar(&f.DeptID, "dept-id", "", "")
	set.StringVar(&f.PasswordEnv, "password-env", "", "")
	set.StringVar(&f.PasswordFile, "password-file", "", "")
	set.Func("profile", "", func(file string) error { f.Profiles = append(f.Profiles, file); return nil })
	set.Func("pin", "", f.addPin)
	set.Func("tls-port", "", f.addPort)
	set.StringVar(&f.CA, "ca", "", "")
	set.BoolVar(&f.TrustOnFirstUse, "trust-on-first-use", false, "")
	set.BoolVar(&f.LegacyTLS, "legacy-tls", false, "")
}

// BindSerial adds the flag of programs that look at the device's serial number.
func (f *Flags) BindSerial(set *flag.FlagSet) { set.Func("serial", "", f.setSerial) }

func (f *Flags) setSerial(s string) error {
	if deviceinfo.SerialKey(s) == "" {
		return errors.New("a serial number has letters and digits, at least one digit, and at most 64 characters")
	}
	f.Serial = s
	return nil
}

func (f *Flags) addPort(s string) error {
	port, err := strconv.ParseUint(s, 10, 16)
	if err != nil || port == 0 {
		return errors.New("want a port from 1 to 65535")
	}
	f.TLSPorts = append(f.TLSPorts, int(port))
	return nil
}

func (f *Flags) addPin(s string) error {
	pin, err := remoteui.ParsePin(s)
	if err != nil {
		return err
	}
	f.Pins = append(f.Pins, pin)
	return nil
}

// Check finds what no flag alone shows; has tells which were given. Without
// -url the flags of a real device are refused, more of them named by the
// program: whoever gives them did not mean the simulated device.
func (f *Flags) Check(has func(flag string) bool, more ...string) error {
	if has("url") {
		if err := CheckAddress("-url", f.URL); err != nil {
			return err
		}
		return f.checkLogin(has)
	}
	for _, name := range append(names[:len(names):len(names)], more...) {
		if has(name) {
			return Usagef("-%s concerns a real device: give its -url too (without -url a simulated device is used)", name)
		}
	}
	return nil
}

// CheckAddress checks the address of a device. It does not repeat it: it may
// hold a password.
func CheckAddress(flag, text string) error {
	switch _, err := address.Parse(text); err {
	case nil:
		return nil
	case address.ErrUserinfo:
		return Usagef("%s holds a user or password: use -user and -password-env instead", flag)
	}
	return Usagef("%s: want https://HOST[:PORT]/ or a host", flag)
}

func (f *Flags) checkLogin(has func(string) bool) error {
	switch {
	case has("user") && has("dept-id"):
		return Usagef("-user and -dept-id exclude each other: use what the device's login page asks for")
	case has("password-env") && has("password-file"):
		return Usagef("-password-env and -password-file exclude each other")
	case has("password-env") && f.PasswordEnv == "", has("password-file") && f.PasswordFile == "":
		return Usagef("-password-env wants the name of a variable, -password-file that of a file")
	}
	return nil
}

// Device is the one that the flags describe. What is worth a remark, and no
// error, goes to note. Errors: [*UsageError].
func (f *Flags) Device(stdin io.Reader, env func(string) (string, bool), note func(string)) (rekey.Device, error) {
	dev := rekey.Device{URL: f.URL, UserName: f.User, DepartmentID: f.DeptID, Pins: f.Pins, TrustOnFirstUse: f.TrustOnFirstUse, LegacyTLS: f.LegacyTLS, TLSPorts: f.TLSPorts, Serial: f.Serial}
	var err error
	if dev.Password, err = f.password(stdin, env, note); err != nil {
		return dev, err
	}
	if dev.Roots, err = f.roots(); err != nil {
		return dev, err
	}
	dev.Profiles, err = f.LoadProfiles()
	return dev, err
}

// LoadProfiles reads the files of -profile; a mistake in one is a wrong command
// line.
func (f *Flags) LoadProfiles() ([]*remoteui.Profile, error) {
	var all []*remoteui.Profile
	for _, file := range f.Profiles {
		p, err := remoteui.LoadProfile(file)
		if err != nil {
			return nil, Usagef("-profile: %v", err)
		}
		all = append(all, p)
	}
	return all, nil
}

// MaxSecret bounds a file with a password, in bytes: something larger is another
// file.
const MaxSecret = 4 << 10

// password reads it from where the flags say. Errors do not repeat the flags'
// values: somebody may have put the password itself there.
func (f *Flags) password(stdin io.Reader, env func(string) (string, bool), note func(string)) (rekey.Secret, error) {
	switch {
	case f.PasswordEnv != "":
		text, ok := env(f.PasswordEnv)
		if !ok || text == "" {
			return rekey.Secret{}, Usagef("-password-env names a variable that is not set or empty (give its name, not the password)")
		}
		return rekey.NewSecret(text), nil
	case f.PasswordFile == "-":
		return readSecret(stdin)
	case f.PasswordFile != "":
		return f.passwordFromFile(note)
	}
	return rekey.Secret{}, nil
}

func (f *Flags) passwordFromFile(note func(string)) (rekey.Secret, error) {
	file, err := os.Open(f.PasswordFile)
	if err != nil {
		return rekey.Secret{}, Usagef("-password-file: %v (give a file's name, not the password)", cause(err))
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		note("the password file can be read by other users of this machine: chmod 600 it")
	}
	return readSecret(file)
}

// readSecret takes the first line: editors end files with a line break.
func readSecret(r io.Reader) (rekey.Secret, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxSecret+1))
	if err != nil {
		return rekey.Secret{}, Usagef("-password-file: %v", cause(err))
	}
	line, found := bundle.FirstLine(text)
	if !found || len(text) > MaxSecret {
		return rekey.Secret{}, Usagef("-password-file: want a first line with the password, at most %d bytes in all", MaxSecret)
	}
	return rekey.NewSecret(line), nil
}

// maxCAFile bounds -ca; the public roots of the world take 200 KiB.
const maxCAFile = 1<<20 + 1

// roots are the certificates of -ca, nil without it.
func (f *Flags) roots() (*x509.CertPool, error) {
	if f.CA == "" {
		return nil, nil
	}
	file, err := os.Open(f.CA)
	if err != nil {
		return nil, Usagef("-ca: %v", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxCAFile))
	if err != nil {
		return nil, Usagef("-ca: %v", err)
	}
	found, err := bundle.Parse(text)
	if err != nil || len(found.Certs) == 0 {
		return nil, Usagef("-ca: %v", cmp.Or(err, errors.New("no certificate in this file")))
	}
	pool := x509.NewCertPool()
	for _, c := range found.Certs {
		pool.AddCert(c)
	}
	return pool, nil
}

// cause is the error without the path that it concerns.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return fmt.Errorf("unreadable")
}
