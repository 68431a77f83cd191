package main

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// realDevice is the device that the flags describe.
func (c *config) realDevice(stdin io.Reader, env lookupEnv, note func(string)) (rekey.Device, error) {
	dev := rekey.Device{
		URL:             c.url,
		UserName:        c.user,
		DepartmentID:    c.deptID,
		Pins:            c.pins,
		TrustOnFirstUse: c.trustOnFirstUse,
		Language:        c.lang,
		LegacyTLS:       c.legacyTLS,
	}
	var err error
	if dev.Password, err = c.password(stdin, env, note); err != nil {
		return dev, err
	}
	if dev.Roots, err = c.roots(); err != nil {
		return dev, err
	}
	dev.Profiles, err = loadProfiles(c.profiles)
	return dev, err
}

// loadProfiles reads the files of -profile; a mistake in one is a wrong command
// line.
func loadProfiles(files []string) ([]*remoteui.Profile, error) {
	var all []*remoteui.Profile
	for _, file := range files {
		p, err := remoteui.LoadProfile(file)
		if err != nil {
			return nil, usagef("-profile: %v", err)
		}
		all = append(all, p)
	}
	return all, nil
}

// otherDevices are the machines of -other: the same login and the same ways of
// recognising them, except for the pin, which is one device's.
func (c *config) otherDevices(dev rekey.Device) []rekey.Device {
	var all []rekey.Device
	for _, address := range c.others {
		other := dev
		other.URL, other.Pins = address, nil
		all = append(all, other)
	}
	return all
}

// options are what the flags say of the work.
func (c *config) options() *rekey.Options {
	o := &rekey.Options{
		Dir:            c.state,
		Kind:           rekey.CertificateKind(c.certs[""]),
		Kinds:          map[keys.Use]rekey.CertificateKind{},
		Strict:         c.strict,
		AssumeWeak:     c.assumeWeak,
		ExternalKeys:   c.externalKeys,
		KeepOldKeys:    c.keepOldKeys,
		KeySlots:       c.keySlots,
		AssumeTrusted:  c.assumeTrusted,
		IgnoreJobs:     c.ignoreJobs,
		CommonName:     c.cn,
		Organization:   c.org,
		Validity:       c.validity,
		Key:            c.key,
		RestartTimeout: c.restartTimeout,
		Language:       c.lang,
	}
	for use, kind := range c.certs {
		if use != "" {
			o.Kinds[use] = rekey.CertificateKind(kind)
		}
	}
	if c.distribute != "" {
		o.Distribute = distributor(c.distribute)
	}
	return o
}

// maxSecret bounds a password file: something larger is another file.
const maxSecret = 4 << 10

// password reads it from where the flags say. Errors do not repeat the flags'
// values: somebody may have put the password itself there.
func (c *config) password(stdin io.Reader, env lookupEnv, note func(string)) (rekey.Secret, error) {
	switch {
	case c.passwordEnv != "":
		text, ok := env(c.passwordEnv)
		if !ok || text == "" {
			return rekey.Secret{}, usagef("-password-env names a variable that is not set or empty (give its name, not the password)")
		}
		return rekey.NewSecret(text), nil
	case c.passwordFile == "-":
		return readSecret(stdin)
	case c.passwordFile != "":
		return c.passwordFromFile(note)
	}
	return rekey.Secret{}, nil
}

func (c *config) passwordFromFile(note func(string)) (rekey.Secret, error) {
	f, err := os.Open(c.passwordFile)
	if err != nil {
		return rekey.Secret{}, usagef("-password-file: %v (give a file's name, not the password)", cause(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		note("the password file can be read by other users of this machine: chmod 600 it")
	}
	return readSecret(f)
}

// readSecret takes the first line: editors end files with a line break.
func readSecret(r io.Reader) (rekey.Secret, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err != nil {
		return rekey.Secret{}, usagef("-password-file: %v", cause(err))
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 || len(text) > maxSecret {
		return rekey.Secret{}, usagef("-password-file: want a first line with the password, at most %d bytes in all", maxSecret)
	}
	return rekey.NewSecret(string(line)), nil
}

// maxCAFile bounds -ca; the public roots of the world take 200 KiB.
const maxCAFile = 4 << 20

// roots are the certificates of -ca, nil without it.
func (c *config) roots() (*x509.CertPool, error) {
	if c.ca == "" {
		return nil, nil
	}
	f, err := os.Open(c.ca)
	if err != nil {
		return nil, usagef("-ca: %v", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCAFile))
	if err != nil {
		return nil, usagef("-ca: %v", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, usagef("-ca: no certificate in PEM form in this file")
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
