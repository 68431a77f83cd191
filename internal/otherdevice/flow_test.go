package otherdevice_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/otherdevice"
)

// browser is a client that knows one style by heart.
type browser struct {
	t    *testing.T
	c    *http.Client
	base string // scheme, host and port
	last string // address of the page shown
	body string
}

func newBrowser(t *testing.T, d *otherdevice.Device) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(tr.CloseIdleConnections)
	return &browser{t: t, base: "https://" + d.TLSAddr(), c: &http.Client{Jar: jar, Transport: tr, Timeout: 20 * time.Second}}
}

func (b *browser) send(method, ref string, form url.Values) string {
	b.t.Helper()
	ref = strings.ReplaceAll(ref, "TOKEN", b.token())
	var body io.Reader
	if form != nil {
		if form.Has("Token") {
			form = maps.Clone(form) // other tests fill in the same
			form.Set("Token", b.token())
		}
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.base+ref, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.last != "" {
		req.Header.Set("Referer", b.last)
	}
	res, err := b.c.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.last, b.body = res.Request.URL.String(), string(text)
	return b.body
}

// get opens pages one after the other and returns the last.
func (b *browser) get(refs ...string) string {
	b.t.Helper()
	for _, ref := range refs {
		b.send(http.MethodGet, ref, nil)
	}
	return b.body
}

func (b *browser) post(ref string, form url.Values) string {
	b.t.Helper()
	return b.send(http.MethodPost, ref, form)
}

var tokens = regexp.MustCompile(`\b\d{20}\b`)

func (b *browser) token() string { return tokens.FindString(b.body) }

// wants fails unless the page holds every text.
func (b *browser) wants(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(b.body, text) {
			b.t.Fatalf("%s: no %q in page:\n%s", b.last, text, b.body)
		}
	}
}

// served is the hex SHA-256 of the key that a fresh handshake shows; "" while
// nobody listens.
func served(d *otherdevice.Device) string {
	c, err := tls.Dial("tcp", d.TLSAddr(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return ""
	}
	defer c.Close()
	sum := sha256.Sum256(c.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// until polls, as the machine takes its time.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within ten seconds", what)
		}
	}
}

// modulus is the served RSA modulus.
func modulus(t *testing.T, s tls.ConnectionState) *big.Int {
	t.Helper()
	pub, ok := s.PeerCertificates[0].PublicKey.(*rsa.PublicKey)
	if !ok {
		t.Fatalf("served key is a %T", s.PeerCertificates[0].PublicKey)
	}
	return pub.N
}

func start(t *testing.T, style string) *otherdevice.Device {
	t.Helper()
	d := otherdevice.New(style, otherdevice.Config{})
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	return d
}

func named(d *otherdevice.Device, name string) (otherdevice.KeyState, bool) {
	keys := d.Keys()
	i := slices.IndexFunc(keys, func(k otherdevice.KeyState) bool { return k.Name == name })
	if i < 0 {
		return otherdevice.KeyState{}, false
	}
	return keys[i], true
}

// TestStyles does the whole TLS job on each style, as its own pages want it.
func TestStyles(t *testing.T) {
	t.Parallel()
	if len(flows)+len(smallLogins) != len(otherdevice.Styles()) {
		t.Errorf("%d flows and %d small models for %d styles", len(flows), len(smallLogins), len(otherdevice.Styles()))
	}
	for style, f := range flows {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			d := start(t, style)
			weak := f.weak
			if k, ok := named(d, weak); !ok || !slices.Equal(k.Uses, []string{"TLS"}) || k.SPKI != served(d) {
				t.Fatalf("%s: %+v, served %s", weak, k, served(d))
			}

			b := newBrowser(t, d)
			f.login(b, d)
			b.get(f.info...)
			b.wants(f.version)
			b.get(f.keys...)
			b.wants(weak, "Default Key", "AMS")
			b.get(f.detail("3"))
			b.wants("mfp-3f.example.test", "RSA")
			if f.kind != nil {
				f.kind(b)
			}
			b.get(f.form...)
			b.post(f.generate, f.values)
			if f.confirm != nil {
				f.confirm(b)
			}
			if f.wait != "" {
				until(t, "key listed", func() bool { return strings.Contains(b.get(f.wait), "rknew1") })
			}
			b.get(f.list)
			b.wants("rknew1")
			b.get(f.picks...)
			f.bind(b)
			if k, _ := named(d, weak); k.SPKI != served(d) {
				t.Error("R-5: the binding took effect before the restart")
			}
			f.apply(b)
			k, _ := named(d, "rknew1")
			until(t, "restart", func() bool { return d.Restarts() == 1 && served(d) == k.SPKI })

			b = newBrowser(t, d)
			f.login(b, d)
			b.get(f.keys...)
			f.erase(b)
			if _, ok := named(d, weak); ok {
				t.Error("D-1: the old key is still there:", b.body)
			}
			b.get("/rps/logout.cgi?Dummy=1")
			if n := d.OpenSessions(); n != 0 {
				t.Errorf("%d sessions open after log out", n)
			}
			d.Close()
			if v := d.Violations(); len(v) > 0 {
				t.Errorf("violations: %q", v)
			}
		})
	}
}

// TestNul keeps one oddity of the facts: a NUL after the end of the page.
func TestNul(t *testing.T) {
	t.Parallel()
	d := start(t, "xhtml")
	defer d.Close()
	if body := newBrowser(t, d).get("/"); !bytes.HasSuffix([]byte(body), []byte("\x00")) {
		t.Error("no NUL after the page")
	}
}
