package simdevice

import (
	"maps"
	"testing"

	"github.com/rekey-go/rekey/internal/testca"
)

func init() { maps.Copy(probes, csrProbes) }

var csrProbes = map[Rule]probe{
	RuleCSRFormValues: func(t *testing.T, cfg Config) bool {
		_, c := loggedIn(t, cfg)
		n := good("New1")
		n.cn, n.org, n.start, n.end = "192.0.2.7", "Form & Co", "", ""
		c.generateCSR(n)
		return c.shownCSR().Subject.String() == "CN=192.0.2.7,O=Form & Co,C=TW"
	},
	RuleCSROfKey: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.generateCSR(good("New1"))
		d.mu.Lock()
		defer d.mu.Unlock()
		return samePublicKey(c.shownCSR().PublicKey, d.store.byName("New1").signer.Public())
	},
	RuleCSRUnusable: func(t *testing.T, cfg Config) bool {
		d, c := fullDevice(t, cfg)
		c.generateCSR(good("New1"))
		c.use("New1")
		refused := d.Settings().TLSKey == "TLS-2021" && c.has(wErrUse)
		c.bindForm(PageIEEE8021X, "New1")
		return refused && d.Settings().IEEE8021XKey == "Dot"
	},
	RuleCSROwnKey: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.generateCSR(good("New1"))
		c.registerFor("New1", office().Certificate().Raw)
		return c.has(wErrCertKey) && keyNamed(d, "New1").NoCertificate
	},
	RuleRegisterStores: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.generateCSR(good("New1"))
		c.registerFor("New1", issued(t, c.shownCSR()))
		return !keyNamed(d, "New1").NoCertificate
	},
}

func init() { maps.Copy(probes, scepProbes) }

// enrolling is a device with every usage and a SCEP server of its own.
func enrolling(t *testing.T, cfg Config) (*Device, *client, scepOffice) {
	t.Helper()
	ca := openSCEP(t, testca.SCEP{})
	cfg.SCEPURL = ca.url
	d, c := fullDevice(t, cfg)
	return d, c, ca
}

var scepProbes = map[Rule]probe{
	RuleSCEPHTTPOnly: func(t *testing.T, cfg Config) bool {
		_, c := loggedIn(t, cfg)
		c.setServer("https://ca.example/scep", "443")
		return c.has(wErrValue) && c.server().url == ""
	},
	RuleChallengeInCSR: func(t *testing.T, cfg Config) bool {
		_, c, ca := enrolling(t, cfg)
		in := scepFor("New1")
		in.challenge = "s3cret"
		c.requestSCEP(in)
		c.awaitSCEP()
		return ca.challenge(t) == "s3cret"
	},
	RuleSCEPStores: func(t *testing.T, cfg Config) bool {
		d, c, _ := enrolling(t, cfg)
		c.requestSCEP(scepFor("New1"))
		c.awaitSCEP()
		return hasKey(d, "New1") && !keyNamed(d, "New1").NoCertificate
	},
	RuleTimerBlocksRequest: func(t *testing.T, cfg Config) bool {
		cfg.SCEPTimer = true
		d, c, _ := enrolling(t, cfg)
		c.requestSCEP(scepFor("New1"))
		refused := c.has(wErrTimer)
		c.awaitSCEP()
		return refused && !hasKey(d, "New1")
	},
	RuleTimerBlocksSettings: func(t *testing.T, cfg Config) bool {
		cfg.SCEPTimer = true
		_, c, _ := enrolling(t, cfg)
		before := c.server()
		c.setServer("http://ca.example/scep", "8080")
		return c.has(wErrTimer) && c.server() == before
	},
	RuleSCEPLocationBinds: func(t *testing.T, cfg Config) bool {
		d, c, _ := enrolling(t, cfg)
		for i, use := range []string{UseTLS, Use8021X, UseIPSec} {
			in := scepFor([]string{"New1", "New2", "New3"}[i])
			in.use = use
			c.requestSCEP(in)
			c.awaitSCEP()
		}
		s := d.Settings()
		return s.TLSKey == "New1" && s.IEEE8021XKey == "New2" && s.Policies == "HQ=New3;Lab=New3" && s.Pending
	},
	RuleSCEPNoSwitchOn: func(t *testing.T, cfg Config) bool {
		cfg.Off = []string{Use8021X, UseIPSec}
		d, c, _ := enrolling(t, cfg)
		before := d.Settings().Others
		for i, use := range []string{Use8021X, UseIPSec} {
			in := scepFor([]string{"New1", "New2"}[i])
			in.use = use
			c.requestSCEP(in)
			c.awaitSCEP()
		}
		return d.Settings().Others == before
	},
}
