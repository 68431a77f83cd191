package smallfleet

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// browser fills forms as a browser does, without script.
type browser struct {
	t    *testing.T
	d    *Device
	c    *http.Client
	wait time.Duration
	page string
	path string
}

// visit is a browser at a device in memory, in simulated time: devices take their time
// to restart, to make a key, and between two requests.
func visit(t *testing.T, name string, do func(t *testing.T, b *browser)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)))
		d := New(name, Config{})
		d.InMemory()
		do(t, open(t, d, &http.Transport{DialContext: d.DialContext}))
	})
}

// open starts a device, and looks at its first page.
func open(t *testing.T, d *Device, by *http.Transport) *browser {
	t.Helper()
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	t.Cleanup(by.CloseIdleConnections)
	jar, _ := cookiejar.New(nil)
	by.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	b := &browser{t: t, d: d, wait: d.p.space + 10*time.Millisecond, c: &http.Client{Jar: jar, Timeout: 10 * time.Second, Transport: by}}
	b.get("/")
	return b
}

func (b *browser) take(r *http.Response, err error) string {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	p, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.page, b.path = string(p), r.Request.URL.RequestURI()
	return b.page
}

func (b *browser) get(path string) string {
	b.t.Helper()
	time.Sleep(b.wait)
	return b.take(b.c.Get(strings.TrimSuffix(b.d.URL(), "/") + path))
}

func (b *browser) post(path string, v url.Values) string {
	b.t.Helper()
	time.Sleep(b.wait)
	return b.take(b.c.PostForm(strings.TrimSuffix(b.d.URL(), "/")+path, v))
}

var (
	tagRE  = regexp.MustCompile(`(?s)<(input|select|option|/select)\b([^>]*)>`)
	attrRE = regexp.MustCompile(`([a-z]+)="([^"]*)"`)
)

// form is what the form with this action would send if submitted by script.
func (b *browser) form(action string) url.Values {
	b.t.Helper()
	i := strings.Index(b.page, `action="`+action+`"`)
	if i < 0 {
		b.t.Fatalf("no form %s on %s:\n%s", action, b.path, b.page)
	}
	s := b.page[i:]
	s = s[:strings.Index(s, "</form>")]
	v, sel := url.Values{}, ""
	for _, m := range tagRE.FindAllStringSubmatch(s, -1) {
		a := map[string]string{}
		for _, p := range attrRE.FindAllStringSubmatch(m[2], -1) {
			a[p[1]] = html.UnescapeString(p[2])
		}
		switch {
		case m[1] == "select":
			sel = a["name"]
		case m[1] == "option" && (a["selected"] != "" || v[sel] == nil):
			v.Set(sel, a["value"])
		case m[1] != "input" || a["disabled"] != "" || a["name"] == "":
		case a["type"] == "radio" || a["type"] == "checkbox":
			if a["checked"] != "" {
				v.Add(a["name"], a["value"])
			}
		case a["type"] == "text" || a["type"] == "hidden" || a["type"] == "password":
			v.Add(a["name"], a["value"])
		}
	}
	return v
}

// send submits the form with a few fields set.
func (b *browser) send(action string, set ...string) string {
	b.t.Helper()
	return b.post(action, b.filled(action, set...))
}

func (b *browser) filled(action string, set ...string) url.Values {
	b.t.Helper()
	v := b.form(action)
	for i := 0; i < len(set); i += 2 {
		v.Set(set[i], set[i+1])
	}
	return v
}

func (b *browser) want(text string) {
	b.t.Helper()
	if !strings.Contains(b.page, text) {
		b.t.Fatalf("%s: no %q in:\n%s", b.path, text, b.page)
	}
}

func (b *browser) served() string {
	b.t.Helper()
	conn, err := b.d.DialContext(b.t.Context(), "tcp", b.d.TLSAddr())
	if err != nil {
		b.t.Fatal(err)
	}
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	defer c.Close()
	if err := c.HandshakeContext(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	h := sha256.Sum256(c.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	return hex.EncodeToString(h[:])
}

func (b *browser) key(name string) KeyState {
	b.t.Helper()
	for _, k := range b.d.Keys() {
		if k.Name == name {
			return k
		}
	}
	return KeyState{}
}

func (b *browser) uses(name string, uses ...string) {
	b.t.Helper()
	if k := b.key(name); !slices.Equal(k.Uses, uses) {
		b.t.Fatalf("%s has %q, want %q", name, k.Uses, uses)
	}
}

// restarted waits until the device answers again.
func (b *browser) restarted(n int) {
	b.t.Helper()
	for range 200 {
		if b.d.Restarts() == n {
			b.c.CloseIdleConnections()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.t.Fatal("no restart")
}

func (b *browser) clean(want ...string) {
	b.t.Helper()
	if v := b.d.Violations(); !slices.Equal(v, want) {
		b.t.Fatalf("violations %q, want %q", v, want)
	}
}

// shut logs out and closes.
func (b *browser) shut() {
	b.t.Helper()
	b.get("/logout.cgi")
	if b.d.OpenSessions() != 0 {
		b.t.Fatal("session left")
	}
	b.d.Close()
	b.clean()
}
