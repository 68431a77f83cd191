package remoteuitest

import (
	"crypto/x509/pkix"
	"maps"
	"testing"
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
		ca := newOffice(t, nil)
		c.registerFor("New1", ca.issue(pkix.Name{CommonName: "other"}, ca.key.Public()))
		return c.has(wErrCertKey) && keyNamed(d, "New1").NoCertificate
	},
	RuleRegisterStores: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.generateCSR(good("New1"))
		csr := c.shownCSR()
		c.registerFor("New1", newOffice(t, nil).issue(csr.Subject, csr.PublicKey))
		return !keyNamed(d, "New1").NoCertificate
	},
}
