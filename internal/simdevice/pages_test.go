package simdevice

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Pages off the main way can be opened and say what they are for.
func TestOtherPages(t *testing.T) {
	t.Parallel()
	underSeeds(t, func(t *testing.T, seed uint64) {
		d, c := loggedIn(t, Config{Seed: seed, Keys: append(defaultKeys(),
			KeySpec{Name: "Curve", Curve: "P521"}, KeySpec{Name: "Csr", NoCertificate: true})})
		id := func(name string) Field { return Field{d.lay.rowField(), c.row(name)} }
		c.open(PageLicense)
		c.open(PageNotAvailable)
		if !c.has(wNotAvailable) && !strings.Contains(c.body, "alert(") {
			t.Errorf("nothing says that the page is not available:\n%s", c.body)
		}
		c.toKeyList()
		c.open(PageKeyDetails, id("Curve"))
		if !strings.Contains(c.body, "ECDSA P521") {
			t.Errorf("no public key:\n%s", c.body)
		}
		c.open(PageVerify, id("Curve"))
		if !c.has(wVerifyGood) {
			t.Errorf("not verified:\n%s", c.body)
		}
		c.open(PageKeyDetails, id("Csr"))
		if c.has(wIssuer) {
			t.Error("a key without certificate has an issuer")
		}
		c.open(PageRegister, id("Csr"))
		if !c.has(wRegister) {
			t.Errorf("no way to register a certificate:\n%s", c.body)
		}
		c.logout()
	})
}

// The details page shows the certificate's values.
func TestDetails(t *testing.T) {
	t.Parallel()
	underSeeds(t, func(t *testing.T, seed uint64) {
		d, c := loggedIn(t, Config{Seed: seed, Language: "en", Keys: append(defaultKeys(), KeySpec{
			Name: "Issued", Weak: true, ExternalIssuer: true, CommonName: "device <1>", Organization: "A & B",
		})})
		c.toKeyList()
		c.open(PageKeyDetails, Field{d.lay.rowField(), c.row("Issued")})
		page := html.UnescapeString(c.body)
		cert := keyNamed(d, "Issued").Certificate
		for _, want := range []string{cert.Subject.String(), cert.Issuer.String(), "2021", "2031", "2048"} {
			if !strings.Contains(page, want) {
				t.Errorf("no %q in the details", want)
			}
		}
		c.logout()
	})
}

// What was entered on the TLS page is there again after a look at the keys,
// and [OK] stores it.
func TestDraftComesBack(t *testing.T) {
	t.Parallel()
	underSeeds(t, func(t *testing.T, seed uint64) {
		d, c := loggedIn(t, Config{Seed: seed, Tolerate: []Invariant{InvariantSettingsKept}})
		c.open(PageNetwork)
		c.open(PageTLS)
		other := c.otherTLS()
		c.write(PageTLS, PageTLSKeys, append(other, Field{"Flag", "Init_Data"})...)
		c.open(PageTLS)
		if want := `value="` + other[1].Value + `" selected`; !strings.Contains(c.body, want) {
			t.Errorf("the draft is lost: no %s", want)
		}
		c.write(PageTLS, PageTLS, other...)
		if s := d.Settings(); s.TLSMax != "TLS1.3" || s.TLSCiphers != tlsCiphers[2] || !s.Pending {
			t.Errorf("stored %+v", s)
		}
		c.open(PageTLS)
		bad := []Field{{d.lay.name(fieldTLSMax), d.lay.versionOptions()[0].value}, {d.lay.name(fieldTLSMin), d.lay.versionOptions()[2].value}}
		c.write(PageTLS, PageTLS, bad...)
		if s := d.Settings(); s.TLSMax != "TLS1.3" {
			t.Errorf("stored %+v", s)
		}
		c.logout()
	})
}

// Old firmware has no tokens.
func TestNoToken(t *testing.T) {
	t.Parallel()
	d, c := loggedIn(t, Config{NoToken: true})
	c.generate(good("New1"))
	if strings.Contains(c.body, `name="Token"`) || !hasKey(d, "New1") {
		t.Errorf("keys %+v, page:\n%s", d.Keys(), c.body)
	}
	c.logout()
}

func TestExpireSessions(t *testing.T) {
	t.Parallel()
	d, c := loggedIn(t, Config{})
	d.ExpireSessions()
	c.tryOpen(PageSettings)
	if !c.has(wCannotOpen) || d.OpenSessions() != 0 {
		t.Error("the session did not end")
	}
}

// Writes are sent by POST.
func TestWriteByGET(t *testing.T) {
	t.Parallel()
	d, c := loggedIn(t, Config{HideApplyUntilPending: No})
	c.get(pathRPS + d.lay.routes[PageApply].cgi + "?Flag=Exec_Data&PageFlag=" + d.lay.routes[PageApply].tpl)
	if !c.has(wCannotOpen) || d.StateChanges() != 0 {
		t.Error("a write by GET was carried out")
	}
	c.logout()
}

func TestFiles(t *testing.T) {
	t.Parallel()
	d, c := loggedIn(t, Config{})
	c.get(pathRPS + d.lay.scriptName())
	if got := c.resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/javascript") || !strings.Contains(c.body, "function ") {
		t.Errorf("script file: %s\n%s", got, c.body)
	}
	c.get(pathImage)
	if got := http.DetectContentType([]byte(c.body)); got != "image/gif" {
		t.Errorf("icon: %s", got)
	}
	c.get("/favicon.ico")
	if c.resp.StatusCode != http.StatusNotFound {
		t.Errorf("favicon: status %d", c.resp.StatusCode)
	}
	c.logout()
}
