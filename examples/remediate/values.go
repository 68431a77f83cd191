package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

var (
	certKinds = []string{"self-signed", "csr", "scep"}
)

// choices are the uses for which a key is chosen.
func choices() (uses []string) {
	for _, f := range usage.Functions() {
		if f.BindingRow != "" {
			uses = append(uses, string(f.Use))
		}
	}
	return uses
}

// hasChoice reports whether a key is chosen for a use: that of the device signature
// is not, and has one kind of certificate only.
func hasChoice(use string) bool { return usage.Of(keys.Use(use)).BindingRow != "" }

func (c *config) setLang(s string) error {
	switch {
	case s == "auto":
		c.lang = ""
	case slices.Contains(remoteui.Languages(), s):
		c.lang = s
	default:
		return fmt.Errorf("want auto, %s", strings.Join(remoteui.Languages(), ", "))
	}
	return nil
}

// setKey takes no key that can be factored: it would be no remedy, and a device
// that has one for TLS may not be reached again.
func (c *config) setKey(s string) (err error) {
	if c.key, err = keys.ParseAlgorithm(s); err != nil || c.key.RSABits == 512 || c.key.RSABits == 1024 {
		return errors.New("want rsa2048, rsa4096, ecdsa-p256, ecdsa-p384 or ecdsa-p521: shorter RSA keys can be factored, and a device that has one for TLS may not be reached again")
	}
	return nil
}

func (c *config) addExternalKey(s string) error {
	if s == "" {
		return errors.New("want the name of a key")
	}
	c.externalKeys = append(c.externalKeys, s)
	return nil
}

func (c *config) addDistributeEnv(s string) error {
	if s == "" || strings.ContainsAny(s, "= \t\n") {
		return errors.New("want the name of a variable")
	}
	c.distributeEnv = append(c.distributeEnv, s)
	return nil
}

// setCert reads "csr" or "tls=csr,ieee8021x=scep".
func (c *config) setCert(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		use, kind, named := strings.Cut(part, "=")
		if !named {
			use, kind = "", part
		}
		switch {
		case named && !hasChoice(use):
			return fmt.Errorf("want USAGE=KIND with one of the usages %s", strings.Join(choices(), ", "))
		case !slices.Contains(certKinds, kind):
			return fmt.Errorf("want one of the kinds %s", strings.Join(certKinds, ", "))
		case kind == "scep" && hasChoice(use) && usage.Of(keys.Use(use)).Location == "":
			return fmt.Errorf("a key for %s cannot be had by SCEP: want self-signed or csr", usage.Of(keys.Use(use)).Title)
		}
		if _, twice := c.certs[keys.Use(use)]; twice {
			return errors.New("names a usage twice")
		}
		c.certs[keys.Use(use)] = kind
	}
	return nil
}

const (
	day = 24 * time.Hour
	// maxValidity is what package rekey allows: ten years.
	maxValidity = 3653 * day
)

// setValidity reads "825d", "5y" (of 365 days) or a duration.
func (c *config) setValidity(s string) error {
	d, err := parseDays(s)
	if err != nil || d < day || d > maxValidity {
		return errors.New("want days or years from 1d to 10y")
	}
	c.validity = d
	return nil
}

func parseDays(s string) (time.Duration, error) {
	for suffix, unit := range map[string]time.Duration{"d": day, "y": 365 * day} {
		if number, ok := strings.CutSuffix(s, suffix); ok {
			n, err := strconv.ParseUint(number, 10, 16)
			return time.Duration(n) * unit, err
		}
	}
	return time.ParseDuration(s)
}
