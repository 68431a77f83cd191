package simdevice

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

// A probe tells whether the device keeps a rule.
type probe func(t *testing.T, cfg Config) bool

// Each rule holds, and with its switch does not.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, info := range Rules() {
		t.Run(info.Row+"/"+string(info.Rule), func(t *testing.T) {
			t.Parallel()
			kept, ok := probes[info.Rule]
			if !ok {
				t.Fatal("no probe")
			}
			for i, seed := range append(seeds[:4:4], seeds[:4]...) {
				cfg := Config{Seed: seed, Errorf: silent, RestartTime: time.Millisecond, RestartDelay: time.Millisecond}
				if i >= 4 {
					cfg.Family = FamilySmall
				}
				if i >= 4 && info.Rule == RuleEntryCookie {
					continue // a cookie of the other family
				}
				if !kept(t, cfg) {
					t.Errorf("%s seed %d: not kept: %s", cfg.Family, seed, info.Text)
				}
				cfg.Broken = []Rule{info.Rule}
				if kept(t, cfg) {
					t.Errorf("%s seed %d: kept though broken: %s", cfg.Family, seed, info.Broken)
				}
			}
		})
	}
}

// loggedIn is a device with a client in Settings/Registration.
func loggedIn(t *testing.T, cfg Config) (*Device, *client) {
	t.Helper()
	d := newDevice(t, cfg)
	c := newClient(t, d)
	c.login()
	return d, c
}

func keyNamed(d *Device, name string) *KeyState {
	for _, k := range d.Keys() {
		if k.Name == name {
			return &k
		}
	}
	return nil
}

func hasKey(d *Device, name string) bool { return keyNamed(d, name) != nil }

var probes = map[Rule]probe{
	RulePageOrder: func(t *testing.T, cfg Config) bool {
		_, c := loggedIn(t, cfg)
		c.tryOpen(PageKeyList)
		return c.has(wCannotOpen)
	},
	RuleEntryCookie: func(t *testing.T, cfg Config) bool {
		d := newDevice(t, cfg)
		c := newClient(t, d)
		c.get("/")
		c.tryLogin(cfg.withDefaults().Password)
		c.get("/")
		d.mu.Lock()
		d.sessions.all[0].visited[PageEntry] = true // the order of pages is another rule
		d.mu.Unlock()
		c.tryOpen(PageStatus)
		return c.has(wCannotOpen)
	},
	RuleToken: func(t *testing.T, cfg Config) bool {
		_, c := loggedIn(t, cfg)
		c.toKeyList()
		c.open(PageGenerateMenu)
		c.open(PageGenerate)
		stale := c.filled(c.d.lay.formName(PageGenerate), PageGenerate, c.fill(good("New1"))...)
		c.open(PageGenerate) // makes a token of its own
		c.post(c.action(PageGenerate), stale)
		return c.has(wCannotOpen)
	},
	RuleHiddenFields: func(t *testing.T, cfg Config) bool {
		_, c := loggedIn(t, cfg)
		c.toKeyList()
		c.open(PageGenerateMenu)
		c.open(PageGenerate)
		var form []Field
		fixed := c.d.lay.fixedFields(PageGenerate)[0].Name
		for _, f := range c.filled(c.d.lay.formName(PageGenerate), PageGenerate, c.fill(good("New1"))...) {
			if f.Name != fixed {
				form = append(form, f)
			}
		}
		c.post(c.action(PageGenerate), form)
		return c.has(wCannotOpen)
	},
	RuleLoginLockout: func(t *testing.T, cfg Config) bool {
		cfg.MaxFailures = 2
		d := newDevice(t, cfg)
		c := newClient(t, d)
		c.get("/")
		for i := range 2 {
			c.tryLogin(fmt.Sprint("wrong", i))
		}
		c.tryLogin(d.cfg.Password)
		return c.has(wLoginLocked)
	},
	RuleRestartForgets: func(t *testing.T, cfg Config) bool {
		cfg.HideApplyUntilPending = No
		_, c := loggedIn(t, cfg)
		c.apply()
		c.tryOpen(PageSettings)
		return c.shutOut()
	},
	RuleControllerShown: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.enterNative()
		c.open(PageStatus)
		c.open(PageDeviceInfo)
		return c.has(wController) && strings.Contains(c.body, d.cfg.Version)
	},
	RuleKeyStrength: func(t *testing.T, cfg Config) bool {
		for _, weak := range []bool{false, true} {
			cfg.MakesWeakKeys = weak
			d, c := loggedIn(t, cfg)
			c.generate(good("New1"))
			k := keyNamed(d, "New1")
			if k.Weak != weak || closePrimes(k.Certificate) != weak {
				return false
			}
		}
		return true
	},
	RuleProtectedKeys: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.delete(nameAMS)
		return hasKey(d, nameAMS) && c.has(wErrProtected)
	},
	RulePublicKeyShown: func(t *testing.T, cfg Config) bool {
		_, c := loggedIn(t, cfg)
		c.toKeyList()
		c.open(PageKeyDetails, Field{c.d.lay.rowField(), c.row("TLS-2021")})
		return c.has(wPublicKey) && strings.Contains(c.body, "RSA") && strings.Contains(c.body, "2048")
	},
	RuleIssuerShown: func(t *testing.T, cfg Config) bool {
		_, c := loggedIn(t, cfg)
		c.toKeyList()
		c.open(PageKeyDetails, Field{c.d.lay.rowField(), c.row("TLS-2021")})
		return c.has(wIssuer)
	},
	RuleUsageShown: func(t *testing.T, cfg Config) bool {
		cfg.Keys = append(defaultKeys(), KeySpec{Name: "Sip1", Uses: []string{UseSIP}})
		_, c := loggedIn(t, cfg)
		c.toKeyList()
		return strings.Contains(c.body, "SIP")
	},
	RuleNameAlphanumeric: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.generate(good("New-1"))
		return c.has(wErrName) && !hasKey(d, "New-1")
	},
	RuleNameUnique: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.generate(good("AMS"))
		return c.has(wErrTaken) && len(d.Keys()) == 3
	},
	RuleDateOrder: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		n := good("New1")
		n.end = "2026/10/31"
		c.generate(n)
		return c.has(wErrDates) && !hasKey(d, "New1")
	},
	RuleFormValues: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		n := good("New1")
		n.cn, n.org = "192.0.2.7", "Form & Co"
		c.generate(n)
		cert := keyNamed(d, "New1").Certificate
		return cert.Subject.String() == "CN=192.0.2.7,O=Form & Co,C=TW" && cert.NotBefore.Format(time.DateOnly) == "2026-11-01" &&
			cert.NotAfter.Format(time.DateOnly) == "2031-10-31" && cert.Version == 3 && cert.Issuer.String() == cert.Subject.String()
	},
	RuleAutoRegister: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.generate(good("New1"))
		return hasKey(d, "New1")
	},
	RuleKeySlots: func(t *testing.T, cfg Config) bool {
		cfg.KeySlots = 3
		d, c := loggedIn(t, cfg)
		c.generate(good("New1"))
		return c.has(wErrFull) && !hasKey(d, "New1")
	},
	RuleHashNeedsLength: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		n := good("New1")
		n.length, n.hash = 0, 1
		c.generate(n)
		return c.has(wErrHash) && !hasKey(d, "New1")
	},
	RuleUseStoredAtOnce: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.use(nameDefaultKey)
		return d.Settings().TLSKey == nameDefaultKey
	},
	RuleDraftNeedsOK: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		before := d.Settings()
		c.open(PageNetwork)
		c.open(PageTLS)
		c.write(PageTLS, PageTLSKeys, append(c.otherTLS(), Field{"Flag", "Init_Data"})...)
		c.open(PageNetwork) // leaves the page
		return d.Settings() == before
	},
	RuleOthersKept: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		before := d.Settings().TLSMin
		c.use(nameDefaultKey)
		return d.Settings().TLSMin == before
	},
	RuleBindingRestart: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.use(nameDefaultKey)
		return servedKey(t, d) == "TLS-2021" && d.Settings().Pending
	},
	RuleApplyRestarts: func(t *testing.T, cfg Config) bool {
		cfg.HideApplyUntilPending = No
		d, c := loggedIn(t, cfg)
		c.confirmApply()
		if !c.has(wRestarting) {
			t.Fatalf("no restart announced:\n%s", c.body)
		}
		if d.cfg.enforces(RuleApplyRestarts) {
			c.awaitRestart(1)
		}
		return d.Restarts() == 1
	},
	RuleServedIsBound: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.use(nameDefaultKey)
		c.apply()
		return servedKey(t, d) == nameDefaultKey
	},
	RuleNotForTLS: func(t *testing.T, cfg Config) bool {
		cfg.Keys = append(defaultKeys(), KeySpec{Name: nameSignatureKey})
		d, c := loggedIn(t, cfg)
		for _, name := range []string{nameAMS, nameSignatureKey} {
			c.use(name)
			if d.Settings().TLSKey == name || !c.has(wErrUse) {
				return false
			}
		}
		return true
	},
	RuleChoiceNeedsOK: func(t *testing.T, cfg Config) bool {
		d, c := fullDevice(t, cfg)
		c.choose(PageIEEE8021X, "Spare")
		return d.Settings().IEEE8021XKey == "Dot"
	},
	RuleFormsKept: func(t *testing.T, cfg Config) bool {
		d, c := fullDevice(t, cfg)
		before := d.Settings().Others
		c.bindForm(PageIEEE8021X, "Spare")
		now := d.Settings()
		return now.IEEE8021XKey == "Spare" && now.Others == before
	},
	RulePolicyAlone: func(t *testing.T, cfg Config) bool {
		d, c := fullDevice(t, cfg)
		c.bindForm(PageIKE, "Spare")
		return d.Settings().Policies == "HQ=Spare;Lab=Ip"
	},
	RuleSIPUnused: func(t *testing.T, cfg Config) bool {
		d, c := fullDevice(t, cfg)
		c.bindForm(PageSIP, "Dot")
		return d.Settings().SIPKey == "Sip"
	},
	RuleOneRestart: func(t *testing.T, cfg Config) bool {
		d, c := fullDevice(t, cfg)
		c.bindForm(PageIEEE8021X, "Spare")
		c.bindForm(PageSIP, "Other")
		c.apply()
		return !d.Settings().Pending
	},
	RuleSIPServed: func(t *testing.T, cfg Config) bool {
		d, c := fullDevice(t, cfg)
		c.bindForm(PageSIP, "Other")
		c.apply()
		raw, err := d.DialContext(t.Context(), "tcp", d.SIPAddr())
		if err != nil {
			t.Fatal(err)
		}
		conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true}) // the certificate is looked at here
		defer conn.Close()
		if err := conn.HandshakeContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		return conn.ConnectionState().PeerCertificates[0].Equal(keyNamed(d, "Other").Certificate)
	},
	RuleSignatureRenewed: func(t *testing.T, cfg Config) bool {
		d, c := fullDevice(t, cfg)
		before := keyNamed(d, nameSignatureKey).SPKI
		c.export()
		c.renewSignature()
		return keyNamed(d, nameSignatureKey).SPKI != before
	},
	RuleExportCurrent: func(t *testing.T, cfg Config) bool {
		_, c := fullDevice(t, cfg)
		before := c.export()
		c.renewSignature()
		return c.export() != before
	},
	RuleSMIMEStored: func(t *testing.T, cfg Config) bool {
		d, c := fullDevice(t, cfg)
		der := keyNamed(d, "Spare").Certificate.Raw
		c.registerSMIME(der)
		got := d.SMIMECertificates()
		return len(got) == 1 && bytes.Equal(got[0], der)
	},
	RuleKeyInUse: func(t *testing.T, cfg Config) bool {
		d, c := loggedIn(t, cfg)
		c.delete("TLS-2021")
		return c.has(wErrInUse) && hasKey(d, "TLS-2021")
	},
	RuleDeleteDeletes: func(t *testing.T, cfg Config) bool {
		cfg.Keys = append(defaultKeys(), KeySpec{Name: "Spare"})
		d, c := loggedIn(t, cfg)
		c.delete("Spare")
		return !hasKey(d, "Spare")
	},
	RuleIconsShown: func(t *testing.T, cfg Config) bool {
		cfg.Keys = append(defaultKeys(), KeySpec{Name: "Bad", Corrupt: true}, KeySpec{Name: "Csr", NoCertificate: true})
		d, c := loggedIn(t, cfg)
		c.toKeyList()
		d.mu.Lock()
		defer d.mu.Unlock()
		x := &exchange{d: d, l: d.lay}
		return x.icon(d.store.byName("Bad")) == 1 && x.icon(d.store.byName("Csr")) == 2 && x.icon(d.store.byName(nameAMS)) == 0
	},
}

// otherTLS are values of the TLS form that differ from what is stored.
func (c *client) otherTLS() []Field {
	l := c.d.lay
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	return []Field{
		{l.name(fieldTLSMin), l.versionOptions()[(c.d.settings.stored.min+1)%3].value},
		{l.name(fieldTLSMax), l.versionOptions()[3].value},
		{l.name(fieldTLSCipher + tlsCiphers[2]), "1"},
	}
}

// closePrimes tells whether the first round of Fermat's method factors a
// certificate's modulus.
func closePrimes(cert *x509.Certificate) bool {
	public, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return false
	}
	a := new(big.Int).Sqrt(public.N)
	a.Add(a, big.NewInt(1))
	b2 := new(big.Int).Sub(new(big.Int).Mul(a, a), public.N)
	b := new(big.Int).Sqrt(b2)
	return b.Mul(b, b).Cmp(b2) == 0
}

func TestRulesAreDescribed(t *testing.T) {
	t.Parallel()
	seen := make(map[Rule]bool)
	for _, info := range Rules() {
		if seen[info.Rule] {
			t.Errorf("rule %s stands twice", info.Rule)
		}
		seen[info.Rule] = true
		if info.Row == "" || info.Text == "" || info.Broken == "" {
			t.Errorf("rule %s lacks a description: %+v", info.Rule, info)
		}
	}
	for rule := range probes {
		if !seen[rule] {
			t.Errorf("rule %s is not listed", rule)
		}
	}
	if _, err := New(Config{Broken: []Rule{"no-such-rule"}}); err == nil {
		t.Error("an unknown rule can be broken")
	}
}
