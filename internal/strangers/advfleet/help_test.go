package advfleet

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crypto/sha256"
)

// browser is a plain client that sends a Referer as a browser does.
type browser struct {
	t    *testing.T
	c    *http.Client
	base string
	at   string
	body string
}

// visit is a browser at a device in memory, in simulated time: devices take their time
// to restart and to make a key.
func visit(t *testing.T, name string, do func(t *testing.T, d *Device, b *browser)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)))
		d := New(name, Config{})
		d.InMemory()
		do(t, d, run(t, d, d.DialContext))
	})
}

// run starts a device, for a browser that dials so.
func run(t *testing.T, d *Device, dial func(context.Context, string, string) (net.Conn, error)) *browser {
	t.Helper()
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	jar, _ := cookiejar.New(nil)
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DialContext: dial}
	t.Cleanup(tr.CloseIdleConnections)
	return &browser{t: t, c: &http.Client{Jar: jar, Transport: tr}, base: d.URL(), at: d.URL()}
}

func (b *browser) do(req *http.Request) string {
	b.t.Helper()
	req.Header.Set("Referer", b.at)
	res, err := b.c.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	if strings.Contains(string(raw), "%!") {
		b.t.Errorf("broken page %s: %s", req.URL, raw)
	}
	b.at, b.body = res.Request.URL.String(), string(raw)
	return b.body
}

func (b *browser) get(path string) string {
	b.t.Helper()
	req, _ := http.NewRequest("GET", strings.TrimSuffix(b.base, "/")+path, nil)
	return b.do(req)
}

func (b *browser) post(path string, v url.Values) string {
	b.t.Helper()
	req, _ := http.NewRequest("POST", strings.TrimSuffix(b.base, "/")+path, strings.NewReader(v.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(req)
}

func (b *browser) find(re string) string {
	b.t.Helper()
	m := regexp.MustCompile(re).FindStringSubmatch(b.body)
	if m == nil {
		b.t.Fatalf("%s not found in\n%s", re, b.body)
	}
	return m[1]
}

func (b *browser) has(s string) {
	b.t.Helper()
	if !strings.Contains(b.body, s) {
		b.t.Fatalf("%q missing in\n%s", s, b.body)
	}
}

// form reads the successful controls of a page without any helper form.
func (b *browser) form() url.Values {
	v := url.Values{}
	body, _, _ := strings.Cut(b.body, `<form name="SUBMIT_FORM"`)
	for _, m := range regexp.MustCompile(`<input [^>]*>`).FindAllString(body, -1) {
		at := func(n string) string {
			x := regexp.MustCompile(`\s` + n + `="([^"]*)"`).FindStringSubmatch(m)
			if x == nil {
				return ""
			}
			return x[1]
		}
		typ := at("type")
		if at("name") == "" || typ == "submit" || typ == "file" || strings.Contains(m, "disabled") || (typ == "radio" || typ == "checkbox") && !strings.Contains(m, "checked") {
			continue
		}
		v.Add(at("name"), at("value"))
	}
	for _, m := range regexp.MustCompile(`(?s)<select [^>]*name="([^"]*)".*?</select>`).FindAllStringSubmatch(body, -1) {
		o := regexp.MustCompile(`<option(?: value="([^"]*)")?( selected(?:="selected")?)?>([^<]*)`).FindAllStringSubmatch(m[0], -1)
		pick := o[0]
		for _, x := range o {
			if x[2] != "" {
				pick = x
			}
		}
		if pick[1] == "" {
			pick[1] = pick[3]
		}
		v.Add(m[1], pick[1])
	}
	return v
}

// served is the hash of the key that the TLS port shows.
func served(t *testing.T, d *Device) string {
	t.Helper()
	conn, err := d.DialContext(t.Context(), "tcp", d.TLSAddr())
	if err != nil {
		t.Fatal(err)
	}
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	defer c.Close()
	if err := c.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	der, _ := x509.MarshalPKIXPublicKey(c.ConnectionState().PeerCertificates[0].PublicKey)
	h := sha256.Sum256(der)
	return hex.EncodeToString(h[:])
}

func state(t *testing.T, d *Device, name string) KeyState {
	t.Helper()
	for _, k := range d.Keys() {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("no key %s in %+v", name, d.Keys())
	return KeyState{}
}

func wantUses(t *testing.T, d *Device, name string, uses ...string) {
	t.Helper()
	if got := state(t, d, name).Uses; !slices.Equal(got, uses) {
		t.Errorf("%s: uses %v, want %v", name, got, uses)
	}
}

func waitRestart(t *testing.T, d *Device, n int) {
	t.Helper()
	for range 100 {
		if d.Restarts() == n {
			time.Sleep(d.cfg.Down / 2)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("no restart")
}

func finish(t *testing.T, d *Device, b *browser, old ...string) {
	t.Helper()
	b.get("/rps/logout.cgi?Dummy=1")
	for _, k := range d.Keys() {
		if slices.Contains(old, k.Name) {
			t.Errorf("%s still there", k.Name)
		}
	}
	if n := d.OpenSessions(); n != 0 {
		t.Errorf("%d sessions open", n)
	}
	d.Close()
	if v := d.Violations(); len(v) != 0 {
		t.Errorf("violations: %q", v)
	}
}
