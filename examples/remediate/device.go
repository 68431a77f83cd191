package main

import (
	"io"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/keys"
)

// realDevice is the device that the flags describe.
func (c *config) realDevice(stdin io.Reader, env program.Env, note func(string)) (rekey.Device, error) {
	dev, err := c.Device(stdin, env, note)
	dev.Language = c.lang
	return dev, err
}

// options are what the flags say of the work.
func (c *config) options() *rekey.Options {
	o := &rekey.Options{
		Dir:           c.state,
		Kind:          rekey.CertificateKind(c.certs[""]),
		Kinds:         map[keys.Use]rekey.CertificateKind{},
		Strict:        c.strict,
		IgnoreClock:   c.ignoreClock,
		AssumeWeak:    c.assumeWeak,
		ExternalKeys:  c.externalKeys,
		KeepOldKeys:   c.keepOldKeys,
		KeySlots:      c.keySlots,
		AssumeTrusted: c.assumeTrusted,
		IgnoreJobs:    c.ignoreJobs,
		CommonName:    c.cn,
		Organization:  c.org,
		Validity:      c.validity,
		Key:           c.key,
		Timeouts:      rekey.Timeouts{Restart: c.restartTimeout, Jobs: c.jobsTimeout},
	}
	for use, kind := range c.certs {
		if use != "" {
			o.Kinds[use] = rekey.CertificateKind(kind)
		}
	}
	if c.adjust != nil {
		c.adjust(o)
	}
	return o
}
