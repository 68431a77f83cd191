package main

import (
	"net/url"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/keys"
)

// check finds what no flag alone shows.
func (c *config) check() error {
	for _, check := range []func() error{c.checkDevice, c.checkIssuing, c.checkRest} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *config) checkDevice() error {
	if err := c.Check(c.has, "other", "back-out", "apply", "finish"); err != nil {
		return err
	}
	for _, o := range c.others {
		if err := o.check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *config) checkIssuing() error {
	ways := 0
	for _, name := range []string{"issuer-cert", "csr-dir"} {
		if c.has(name) {
			ways++
		}
	}
	switch {
	case c.has("issuer-cert") != c.has("issuer-key"):
		return usagef("-issuer-cert and -issuer-key go together")
	case c.has("csr-dir") && c.csrDir == "":
		return usagef("-csr-dir wants a directory")
	case c.has("csr-ca") && !c.has("csr-dir"):
		return usagef("-csr-ca goes with -csr-dir")
	case c.has("csr-names") && ways == 0 && !c.issuesBySCEP():
		return usagef("-csr-names goes with a CA that signs the device's request")
	case c.has("scep-ra") && !c.has("scep-fingerprint"):
		return usagef("-scep-ra goes with -scep-fingerprint")
	case ways > 1:
		return usagef("-issuer-cert and -csr-dir exclude each other: who is to sign?")
	case c.asksFor("csr") && ways == 0 && !c.has("scep-url"):
		return usagef("-cert csr: say who signs the device's request: -issuer-cert and -issuer-key, -csr-dir, or -scep-url with -scep-fingerprint")
	case c.hasChallenge() && !c.has("scep-url") && !c.asksFor("scep"):
		return usagef("-scep-challenge-env and -scep-challenge-file go with -scep-url or -cert scep")
	case c.has("scep-challenge-env") && c.has("scep-challenge-file"):
		return usagef("-scep-challenge-env and -scep-challenge-file exclude each other")
	case c.has("scep-fingerprint") && !c.has("scep-url"):
		return usagef("-scep-fingerprint goes with -scep-url")
	case c.has("scep-url"):
		return c.checkSCEP()
	}
	return nil
}

func (c *config) checkSCEP() error {
	u, err := url.Parse(c.scepURL)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https":
		return usagef("-scep-url: want http://HOST[:PORT]/PATH")
	case u.Scheme != "http" && !c.issuesBySCEP():
		return usagef("-scep-url: want http://HOST[:PORT]/PATH: devices speak SCEP over plain HTTP only")
	case c.issuesBySCEP() && !c.has("scep-fingerprint"):
		return usagef("-scep-url with -cert csr: give the CA's -scep-fingerprint too: anyone in between could say that he is the CA")
	case c.issuesBySCEP() && c.hasChallenge() && !c.asksFor("scep"):
		return usagef("a challenge password is for -cert scep: with csr a challenge could only be put into the request by the device, which has no field for it")
	}
	return nil
}

func (c *config) hasChallenge() bool {
	return c.has("scep-challenge-env") || c.has("scep-challenge-file")
}

// asksFor reports whether a kind is asked for, for any usage.
func (c *config) asksFor(kind string) bool {
	for _, k := range c.certs {
		if k == kind {
			return true
		}
	}
	return false
}

// issuesBySCEP: the SCEP server is sent the CSRs that the device makes, rather
// than asked by the device.
func (c *config) issuesBySCEP() bool {
	return c.has("scep-url") && c.asksFor("csr") && !c.has("issuer-cert") && !c.has("csr-dir")
}

func (c *config) checkRest() error {
	switch {
	case c.has("out") && (c.out == "" || !c.plan):
		return usagef("-out wants a file, and goes with -plan")
	case c.has("apply") && (c.apply == "" || c.plan || c.backOut || c.finish):
		return usagef("-apply wants the file that -plan -out wrote, and excludes -plan, -finish and -back-out")
	case c.finish && (c.keepOldKeys || c.backOut || c.plan):
		return usagef("-finish deletes the old keys that -keep-old-keys left: it excludes that, -back-out and -plan")
	case c.has("log") && c.log == "":
		return usagef("-log wants a file")
	case c.has("state") && c.state == "":
		return usagef("-state wants a directory")
	case c.has("cn") && !strings.Contains(c.cn, "{") && !keys.IsHost(c.cn): // G-3
		return usagef("-cn: want an IP address or a host name of at most 64 characters")
	case c.keySlots < 0:
		return usagef("-key-slots wants how many keys the device can hold: 3, 5, 8 ...")
	case c.has("distribute") && c.distribute == "":
		return usagef("-distribute wants a command")
	case len(c.distributeEnv) > 0 && c.distribute == "":
		return usagef("-distribute-env goes with -distribute")
	case slices.ContainsFunc(c.distributeEnv, func(name string) bool { return name == c.PasswordEnv || name == c.scepChallengeEnv }):
		return usagef("-distribute-env names a variable with a password of the device's: the command does not get it")
	case c.has("jobs-timeout") && c.jobsTimeout <= 0:
		return usagef("-jobs-timeout wants a positive duration such as 10m")
	case c.has("restart-timeout") && c.restartTimeout <= 0:
		return usagef("-restart-timeout wants a positive duration such as 15m")
	}
	return nil
}
