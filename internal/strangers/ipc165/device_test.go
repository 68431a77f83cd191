package ipc165

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

type visitor struct {
	t    *testing.T
	c    *http.Client
	base string
}

func visit(t *testing.T, d *Device) *visitor {
	jar, _ := cookiejar.New(nil)
	return &visitor{t, &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}, strings.TrimSuffix(d.URL(), "/")}
}

func (v *visitor) read(r *http.Response, err error) string {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	b, _ := io.ReadAll(r.Body)
	r.Body.Close()
	return string(b)
}

func (v *visitor) get(p string) string { return v.read(v.c.Get(v.base + p)) }

func (v *visitor) login(pw string) string {
	v.get("/")
	return v.read(v.c.PostForm(v.base+"/login", url.Values{"uri": {"/"}, "userID": {adminName}, "password": {pw}}))
}

// open goes to a settings page as the menus do and returns it.
func (v *visitor) open(labels ...string) string {
	p := v.get("/usermode")
	p = v.get(regexp.MustCompile(`location.replace\("([^"]+)"`).FindStringSubmatch(p)[1])
	for _, l := range labels {
		m := regexp.MustCompile(`<a href="([^"]+)">` + regexp.QuoteMeta(l) + `</a>`).FindStringSubmatch(p)
		if m == nil {
			v.t.Fatalf("no link %s", l)
		}
		p = v.get(strings.ReplaceAll(m[1], "&amp;", "&"))
	}
	return p
}

// fields are those of the page's form as they stand.
func fields(p string) url.Values {
	out := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="(\w+)"[^>]*? name="(\w+)" value="([^"]*)"([^>]*)>`).FindAllStringSubmatch(p, -1) {
		if m[1] == "hidden" || m[1] == "text" || m[1] == "password" || strings.Contains(m[4], "checked") {
			out.Set(m[2], m[3])
		}
	}
	return out
}

func TestViolations(t *testing.T) {
	now := time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
	d := New(Config{Now: func() time.Time { return now }})
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, k := range d.Keys() {
		x, err := x509.ParseCertificate(k.Certificate)
		if err != nil || x.CheckSignature(x.SignatureAlgorithm, x.RawTBSCertificate, x.Signature) != nil {
			t.Errorf("%s: bad certificate %v", k.Name, err)
		}
		n := x.PublicKey.(*rsa.PublicKey).N
		a := new(big.Int).Sqrt(n)
		a.Add(a, big.NewInt(1))
		r := new(big.Int).Sub(new(big.Int).Mul(a, a), n)
		s := new(big.Int).Sqrt(r)
		if got := s.Mul(s, s).Cmp(r) == 0; got != k.Weak {
			t.Errorf("%s: weak %v, Fermat in one step %v", k.Name, k.Weak, got)
		}
	}
	seen := 0
	want := func(text string) {
		t.Helper()
		vs := d.Violations()
		if text == "" {
			if len(vs) != seen {
				t.Errorf("unwanted: %v", vs[seen:])
			}
		} else if len(vs) <= seen || !strings.Contains(strings.Join(vs[seen:], "\n"), text) {
			t.Errorf("wanted %q, have %v", text, vs[seen:])
		}
		seen = len(vs)
	}
	v := visit(t, d)
	v.login(adminPass)
	p := v.open("Network", "IEEE 802.1X Settings")
	want("")
	if d.OpenSessions() != 1 {
		t.Error("no session")
	}
	f := fields(p)
	f.Set("Flag", "Exec_Data")
	f.Set("DX_LOGIN", "other")
	v.read(v.c.PostForm(v.base+"/rps/cdot1x.cgi", f))
	want("DX_LOGIN changed")
	if s := v.read(v.c.PostForm(v.base+"/rps/cdot1x.cgi", f)); !strings.Contains(s, "Cannot display") {
		t.Error("an old token was taken")
	}
	want("") // a second click is only refused
	f = fields(v.open("Network", "IEEE 802.1X Settings"))
	f.Del("DX_SERVER")
	v.read(v.c.PostForm(v.base+"/rps/cdot1x.cgi", f))
	want("DX_SERVER is missing")
	f.Set("Token", "12345678901234567890")
	v.read(v.c.PostForm(v.base+"/rps/cdot1x.cgi", f))
	want("without a valid token")
	v.get("/rps/cdot1x.cgi?Flag=Exec_Data&PageFlag=c_dot1x.tpl")
	want("a write by GET")
	v.get("/rps/ckeycert.cgi?Flag=Init_Data&PageFlag=c_guess.tpl")
	want("never offered")
	f = fields(v.open("Device Management", "Key and Certificate Settings"))
	want("")
	f.Set("Flag", "Delete_Data")
	f.Set("KEY_SEL", "1")
	v.read(v.c.PostForm(v.base+"/rps/ckeycert.cgi", f))
	want("KEY_SEL cannot have the value")
	visit(t, d).login(adminPass)
	want("a second session")
	now = now.Add(16 * time.Minute)
	if d.OpenSessions() != 0 {
		t.Error("sessions did not expire")
	}
	if s := v.get("/portal"); !strings.Contains(s, `name="userID"`) {
		t.Error("no login page after expiry")
	}
	v = visit(t, d)
	if s := v.login("x"); !strings.Contains(s, "incorrect") || strings.Contains(s, `name="password"`) {
		t.Error("failure page: " + s)
	}
	want("")
	v.login("x")
	want("a wrong password again")
	if s := v.login("x"); !strings.Contains(s, "locked") {
		t.Error("not locked")
	}
	if s := v.login(adminPass); !strings.Contains(s, "locked") {
		t.Error("not locked for the right password")
	}
	now = now.Add(time.Hour)
	if s := v.login(adminPass); !strings.Contains(s, "Status Monitor/Cancel") {
		t.Error("still locked")
	}
}
