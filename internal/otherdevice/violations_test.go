package otherdevice_test

import (
	"crypto/rand"
	"crypto/tls"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/otherdevice"
)

// TestViolations does each wrong thing once and wants it told.
func TestViolations(t *testing.T) {
	t.Parallel()
	const (
		device = "/rps/kanri.cgi?Flag=Init_Data&PageFlag=kr.tpl"
		keys   = "/rps/kagi.cgi?Flag=Init_Data&PageFlag=kg.tpl"
		set    = native + "PGTAG_CONF_ENV_PAP"
	)
	erase := func(slot string) func(*browser, *otherdevice.Device) {
		return func(b *browser, _ *otherdevice.Device) {
			b.get("/", set, device, keys)
			b.post("/rps/kagi.cgi", url.Values{"Flag": {"Exec_Data"}, "cmd": {"削除"}, "kagi": {"s" + slot}, "Token": {""}})
		}
	}
	refused := func(b *browser) {
		b.get("/")
		b.post("/login", url.Values{"userID": {"admin"}, "password": {"wrong"}})
		b.wants("not correct", "userID")
	}
	for name, c := range map[string]struct {
		style, want string
		do          func(*browser, *otherdevice.Device)
	}{
		"unknown URL":  {"japanese", "unknown URL", func(b *browser, _ *otherdevice.Device) { b.get("/", set, "/rps/guess.cgi") }},
		"no entry":     {"japanese", "out of order", func(b *browser, _ *otherdevice.Device) { b.get("/", device) }},
		"page skipped": {"japanese", "out of order", func(b *browser, _ *otherdevice.Device) { b.get("/", set, keys) }},
		"old token": {"japanese", "valid Token", func(b *browser, _ *otherdevice.Device) {
			b.get("/", set, device, keys)
			form := url.Values{"Flag": {"Exec_Data"}, "cmd": {"鍵生成"}}
			old := b.token()
			b.get(keys)
			b.post("/rps/kagi.cgi?Token="+old, form)
			b.wants("このページを開けません")
		}},
		"D-1 key in use":    {"japanese", "key in use", erase("3")},
		"W-1 protected key": {"japanese", "protected key", erase("1")},
		"R-6 AMS for TLS": {"japanese", "R-6", func(b *browser, _ *otherdevice.Device) {
			b.get("/", set, "/rps/nettowaku.cgi?Flag=Init_Data&PageFlag=nt.tpl", "/rps/tls.cgi?Flag=Init_Data&PageFlag=tl.tpl", "/rps/tls.cgi?Flag=Init_Data&PageFlag=kagi.tpl")
			b.post("/rps/tls.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"kagi.tpl"}, "erabu": {"2"}, "Token": {""}})
		}},
		"login repeated": {"english", "login refused repeated", func(b *browser, _ *otherdevice.Device) { refused(b); refused(b) }},
		"login once":     {"english", "", func(b *browser, _ *otherdevice.Device) { refused(b) }},
		"no log out":     {"english", "not logged out", userLogin},
		"no Referer": {"modern", "no Referer", func(b *browser, d *otherdevice.Device) {
			challengeLogin(b, d)
			b.last = ""
			b.get(set)
			b.last = b.base + "/"
			b.get("/rps/logout.cgi")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := start(t, c.style)
			c.do(newBrowser(t, d), d)
			d.Close()
			got := strings.Join(d.Violations(), "; ")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) || strings.Contains(got, ";") {
				t.Errorf("violations %q, want one with %q", got, c.want)
			}
		})
	}
}

// TestRefusals keeps what the generation form refuses (G-1, G-2), with the
// text in the page and no violation.
func TestRefusals(t *testing.T) {
	t.Parallel()
	d := start(t, "english")
	b, f := newBrowser(t, d), flows["english"]
	f.login(b, d)
	b.get(f.keys...)
	for _, c := range []struct{ row, field, value, text string }{
		{"G-1 name", "keyname", "no blanks", "alphanumeric"},
		{"G-1 name taken", "keyname", "EastWing", "already registered"},
		{"G-1 end before start", "to", "2025/12/31", "validity dates"},
		{"G-1 no such day", "from", "2026/02/30", "validity dates"},
		{"G-1 country", "ccode", "England", "Incorrect characters"},
		{"G-2 SHA512 with 512 bit", "rsalen", "512 bit", "cannot be used"},
	} {
		form := url.Values{}
		for k, v := range f.values {
			form[k] = v
		}
		if form.Set(c.field, c.value); c.field == "rsalen" {
			form.Set("hash", "sha512")
		}
		b.get(f.form...)
		b.post(f.generate, form)
		if b.wants(c.text); len(d.Keys()) != 5 {
			t.Errorf("%s: a key was made", c.row)
		}
	}
	b.get("/rps/logout.cgi")
	d.Close()
	if v := d.Violations(); len(v) > 0 {
		t.Errorf("violations: %q", v)
	}
}

// TestWeakKey proves the first key weak: its primes are found from the
// modulus that TLS shows, in Fermat's first round.
func TestWeakKey(t *testing.T) {
	t.Parallel()
	d := start(t, "xhtml")
	defer d.Close()
	c, err := tls.Dial("tcp", d.TLSAddr(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	n := modulus(t, c.ConnectionState())
	a := new(big.Int).Add(new(big.Int).Sqrt(n), big.NewInt(1))
	b2 := new(big.Int).Sub(new(big.Int).Mul(a, a), n)
	b := new(big.Int).Sqrt(b2)
	if p := new(big.Int).Add(a, b); new(big.Int).Mod(n, p).Sign() != 0 || p.Cmp(n) == 0 {
		t.Errorf("%d bits: Fermat finds nothing in its first round", n.BitLen())
	}
}

// TestPlainPort wants the redirect to TLS on the host that was asked.
func TestPlainPort(t *testing.T) {
	t.Parallel()
	d := start(t, "japanese")
	defer d.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL()+"?"+rand.Text(), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := new(http.Transport).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if loc := res.Header.Get("Location"); res.StatusCode != http.StatusFound || loc != "https://"+d.TLSAddr()+"/" {
		t.Errorf("%d to %q", res.StatusCode, loc)
	}
}
