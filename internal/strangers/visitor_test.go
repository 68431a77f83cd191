package strangers_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// visitor is somebody with a browser that runs no scripts, at a device.
type visitor struct {
	t        *testing.T
	d        devicetest.Device
	c        *http.Client
	page, at string // what is shown, and its address
	faults   *int   // that were seen before, by whichever visitor
}

// meet runs a test with a device in memory, in simulated time: devices take their time
// to make a key, and end sessions and locks after theirs.
func meet(t *testing.T, d devicetest.Device, test func(v *visitor)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)))
		d.InMemory()
		if err := d.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Close)
		test((&visitor{t: t, d: d, faults: new(int)}).another())
	})
}

// another visitor knows nothing of the first.
func (v *visitor) another() *visitor {
	jar, _ := cookiejar.New(nil)
	by := &http.Transport{DialContext: v.d.DialContext, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	v.t.Cleanup(by.CloseIdleConnections)
	return &visitor{t: v.t, d: v.d, at: v.d.URL(), faults: v.faults, c: &http.Client{Jar: jar, Transport: by}}
}

func (v *visitor) do(method, ref, body string) string {
	v.t.Helper()
	base, err := url.Parse(v.at)
	if err != nil {
		v.t.Fatal(err)
	}
	to, err := base.Parse(ref)
	if err != nil {
		v.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, to.String(), strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.page != "" {
		r.Header.Set("Referer", v.at)
	}
	answer, err := v.c.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.page, v.at = string(b), answer.Request.URL.String()
	return v.page
}

func (v *visitor) get(ref string) string { v.t.Helper(); return v.do(http.MethodGet, ref, "") }

func (v *visitor) post(ref string, form url.Values) string {
	v.t.Helper()
	return v.do(http.MethodPost, ref, form.Encode())
}

// has fails the test if the page does not show a text.
func (v *visitor) has(text string) {
	v.t.Helper()
	if !strings.Contains(v.page, text) {
		v.t.Errorf("no %q on\n%s", text, v.page)
	}
}

// faulty are the faults that the device found since it was asked last: one for each text.
func (v *visitor) faulty(texts ...string) {
	v.t.Helper()
	all := v.d.Violations()
	found := all[*v.faults:]
	*v.faults = len(all)
	if len(found) != len(texts) {
		v.t.Errorf("%d faults, want %d: %q", len(found), len(texts), found)
		return
	}
	for i, text := range texts {
		if !strings.Contains(found[i], text) {
			v.t.Errorf("fault %q, want %q", found[i], text)
		}
	}
}

// open fails the test unless so many are logged in.
func (v *visitor) open(n int) {
	v.t.Helper()
	if got := v.d.OpenSessions(); got != n {
		v.t.Errorf("%d are logged in, want %d", got, n)
	}
}

var (
	inputs     = regexp.MustCompile(`<input ([^>]*)>`)
	attributes = regexp.MustCompile(`(\w+)(?:="([^"]*)")?`)
)

// fields are those of the page's inputs that are sent as they stand.
func (v *visitor) fields() url.Values {
	return fieldsOf(v.page, func(kind string, checked bool) bool {
		return kind == "hidden" || kind == "text" || kind == "password" || checked
	})
}

func fieldsOf(page string, sent func(kind string, checked bool) bool) url.Values {
	form := url.Values{}
	for _, input := range inputs.FindAllStringSubmatch(page, -1) {
		has := map[string]string{}
		for _, a := range attributes.FindAllStringSubmatch(input[1], -1) {
			has[a[1]] = html.UnescapeString(a[2])
		}
		if _, checked := has["checked"]; has["name"] != "" && sent(has["type"], checked) {
			form.Set(has["name"], has["value"])
		}
	}
	return form
}

// challenged logs in by the form that encrypts the password with a challenge, from the
// login page, with more fields.
func (v *visitor) challenged(password string, more ...string) string {
	v.t.Helper()
	v.page = ""
	v.get("/")
	form := v.fields()
	b, _ := pem.Decode([]byte(form.Get("PK")))
	if b == nil {
		v.t.Fatalf("no key on\n%s", v.page)
	}
	public, err := x509.ParsePKIXPublicKey(b.Bytes)
	if err != nil {
		v.t.Fatal(err)
	}
	//lint:ignore SA1019 The login of this family encrypts by PKCS #1 v1.5, as published.
	sealed, err := rsa.EncryptPKCS1v15(rand.Reader, public.(*rsa.PublicKey), []byte(password+form.Get("CHALLENGE")))
	if err != nil {
		v.t.Fatal(err)
	}
	form.Set("USERNAME", v.d.Credentials().UserName)
	form.Set("PASSWORD", base64.StdEncoding.EncodeToString(sealed))
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return v.post("/login", form)
}
