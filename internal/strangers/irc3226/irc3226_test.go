package irc3226

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

type browser struct {
	t *testing.T
	d *Device
	c *http.Client
}

func start(t *testing.T, now func() time.Time) *browser {
	d := New(Config{Now: now})
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	jar, _ := cookiejar.New(nil)
	return &browser{t, d, &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}}
}

func (b *browser) get(path string) string {
	r, err := b.c.Get(strings.TrimSuffix(b.d.URL(), "/") + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	p, _ := io.ReadAll(r.Body)
	return string(p)
}

func (b *browser) post(path string, v ...string) string {
	form := url.Values{}
	for i := 0; i < len(v); i += 2 {
		form.Add(v[i], v[i+1])
	}
	r, err := b.c.PostForm(strings.TrimSuffix(b.d.URL(), "/")+path, form)
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	p, _ := io.ReadAll(r.Body)
	return string(p)
}

func (b *browser) login(pin string) string {
	return b.post("/checkLogin.cgi", "iToken", "", "i0012", "1", "i0014", adminID, "i0016", pin, "errText", "エラー", "submitButton", "ログイン")
}

func token(page string) string {
	return regexp.MustCompile(`name="iToken" value="(\d+)"`).FindStringSubmatch(page)[1]
}

func (b *browser) want(page, text string, violation string) {
	b.t.Helper()
	if !strings.Contains(page, text) {
		b.t.Errorf("%q not in %s", text, page)
	}
	got := strings.Join(b.d.Violations(), "\n")
	if violation == "" && got != "" || !strings.Contains(got, violation) {
		b.t.Errorf("violations %q, want %q", got, violation)
	}
	b.d.Faults = nil
}

func TestLock(t *testing.T) {
	now := time.Now()
	b := start(t, func() time.Time { return now })
	b.want(b.login("1"), "正しくありません", "")
	b.want(b.login("2"), "正しくありません", "attempt 2")
	b.want(b.login("3"), "ロックアウト", "attempt 3")
	b.want(b.login(adminPIN), "ロックアウト", "locked")
	now = now.Add(time.Hour)
	b.want(b.login(adminPIN), "ポータル", "")
	b.want(b.login(adminPIN), "ポータル", "another session")
	if n := b.d.OpenSessions(); n != 2 {
		t.Error(n)
	}
	now = now.Add(16 * time.Minute)
	b.want(b.get("/m_keycert.html"), "有効期限が切れました", "")
	if n := b.d.OpenSessions(); n != 0 {
		t.Error(n)
	}
}

func TestViolations(t *testing.T) {
	b := start(t, nil)
	b.want(b.login(adminPIN), "ポータル", "")
	b.want(b.get("/m_keycert.html"), "Default Key", "never offered")
	for _, p := range []string{"/p_paper_select.html", "/m_device.html"} {
		b.get(p)
	}
	page := b.get("/m_keycert.html")
	b.want(page, "Default Key", "")
	b.want(b.post("/cgi/m_keycert_del.cgi", "iToken", token(page), "i4001", "2"), "使用中の鍵", "in use (TLS)")
	b.want(b.post("/cgi/m_keycert_del.cgi", "iToken", token(page), "i4001", "1"), "削除できません", "Default Key")
	b.want(b.post("/cgi/m_keycert_del.cgi", "i4001", "1"), "エラー", "without the token")
	b.want(b.post("/cgi/restart_device.cgi", "iToken", token(page)), "エラー", "another form")
	b.want(b.get("/cgi/restart_device.cgi"), "405", "by GET")
	b.want(b.post("/cgi/x.cgi", "a", "b"), "404", "no target")
	b.get("/m_network.html")
	b.get("/m_network_8021x.html")
	page = b.get("/m_network_8021x_edit.html")
	b.want(page, "Dot1X_3F", "")
	f := []string{"iToken", token(page), "i5201", "0", "i5201", "1", "i5202", "irc3226-3f", "i5203", "0", "i5203", "1", "i5204", "0", "i5204", "1", "i5205", "radius01.example.co.jp",
		"i5206", "0", "i5206", "1", "i5207", "0", "i5208", "1", "i5209", "0", "i5210", "0", "i5210", "1", "i5212", "0"}
	b.want(b.post("/cgi/m_network_8021x_edit.cgi", f...), "IEEE 802.1X", "")
	f[7] = "other"
	b.want(b.post("/cgi/m_network_8021x_edit.cgi", f...), "設定の反映", "i5202")
	b.want(b.post("/cgi/m_network_8021x_edit.cgi", f[:8]...), "不正", "i5203")
	b.want(b.get("/logout.cgi"), "ログイン", "")
	if n := b.d.OpenSessions(); n != 0 {
		t.Error(n)
	}
}

func TestWeakAndGuest(t *testing.T) {
	b := start(t, nil)
	for _, k := range b.d.Keys() {
		c, err := x509.ParseCertificate(k.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		n := c.PublicKey.(*rsa.PublicKey).N
		found := false
		for i, a := 0, new(big.Int).Sqrt(n); i < 10 && !found; i++ {
			a.Add(a, big.NewInt(1))
			r := new(big.Int).Sub(new(big.Int).Mul(a, a), n)
			s := new(big.Int).Sqrt(r)
			found = new(big.Int).Mul(s, s).Cmp(r) == 0
		}
		if found != k.Weak {
			t.Errorf("%s: %v", k.Name, found)
		}
	}
	b.want(b.post("/checkLogin.cgi", "iToken", "", "i0012", "2", "i0019", "", "errText", "エラー", "submitButton", "ログイン"), "一般ユーザー", "")
	b.want(b.get("/j_print.html"), "ジョブはありません", "")
	b.want(b.get("/p_timer.html"), "権限がありません", "never offered")
	b.want(b.get("/logout.cgi"), "ログイン", "")
}
