package c5560

//lint:file-ignore SA1019 The login of this family encrypts by PKCS #1 v1.5, as published.

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

type user struct {
	t    *testing.T
	d    *Device
	c    *http.Client
	page string
	at   string
}

func newUser(t *testing.T, d *Device) *user {
	jar, _ := cookiejar.New(nil)
	return &user{t: t, d: d, c: &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}}
}

func (u *user) do(method, ref string, form url.Values) string {
	base, _ := url.Parse(u.d.URL())
	if u.at != "" {
		base, _ = url.Parse(u.at)
	}
	to, _ := base.Parse(ref)
	r, _ := http.NewRequest(method, to.String(), strings.NewReader(form.Encode()))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if u.at != "" {
		r.Header.Set("Referer", u.at)
	}
	res, err := u.c.Do(r)
	if err != nil {
		u.t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	u.page, u.at = string(b), res.Request.URL.String()
	return u.page
}

func (u *user) login(pw string) string {
	u.at = ""
	u.do("GET", "/", nil)
	f := formsOf(u.page)[0]
	v := url.Values{}
	for n, k := range f.ctl {
		v.Set(n, k.cur)
	}
	b, _ := pem.Decode([]byte(v.Get("PK")))
	pk, _ := x509.ParsePKIXPublicKey(b.Bytes)
	ct, _ := rsa.EncryptPKCS1v15(rand.Reader, pk.(*rsa.PublicKey), []byte(pw+v.Get("CHALLENGE")))
	v.Set("USERNAME", u.d.cred.UserName)
	v.Set("PASSWORD", base64.StdEncoding.EncodeToString(ct))
	v.Set("DOMAIN", "localhost")
	v.Set("domainname", "localhost")
	return u.do("POST", "/login", v)
}

var (
	jumpRE = regexp.MustCompile(`location\.replace\("([^"]*)"`)
	menuRE = `menu_link\('([^']*)','([^']*)','([^']*)','([^']*)'\)`
)

func (u *user) settings() {
	u.do("GET", "/usermode", nil)
	u.do("GET", jumpRE.FindStringSubmatch(u.page)[1], nil)
}

// menu follows the script call for a template.
func (u *user) menu(tpl string) string {
	for _, m := range regexp.MustCompile(menuRE).FindAllStringSubmatch(u.page, -1) {
		if m[2] == tpl {
			return u.do("GET", m[1]+"?Flag=Init_Data&PageFlag="+tpl+"&FuncTypeFlag=SettingPage&CorePGTAG="+m[3]+"&SecID="+m[4]+"&Dummy=1", nil)
		}
	}
	u.t.Fatalf("no link to %s on\n%s", tpl, u.page)
	return ""
}

func fill(page string) url.Values {
	v := url.Values{}
	for _, f := range formsOf(page)[:1] {
		for n, k := range f.ctl {
			if k.typ != "checkbox" && k.typ != "radio" && k.typ != "select" {
				v.Set(n, k.cur)
			}
		}
	}
	return v
}

func start(t *testing.T, now func() time.Time) (*Device, *user) {
	d := New(Config{Now: now, RestartTime: 300 * time.Millisecond})
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d, newUser(t, d)
}

func has(t *testing.T, page, want string) {
	t.Helper()
	if !strings.Contains(page, want) {
		t.Errorf("no %q on\n%s", want, page)
	}
}

func TestRefusals(t *testing.T) {
	now := time.Now()
	d, u := start(t, func() time.Time { return now })
	has(t, u.login(d.cred.Password), "裝置基本資訊")
	u.settings()
	u.menu("c_devidx.tpl")
	u.menu("c_keylist.tpl")
	u.menu("c_keygen.tpl")
	gen := func(set map[string]string) string {
		u.menu("c_keynet.tpl")
		v := fill(u.page)
		for n, x := range map[string]string{"SigAlg": "256", "KeyAlg": "0", "RsaLen": "2048", "CtryWay": "0", "Country": "TW", "KeyName": "a1", "EnY": "2030", "EnM": "1", "EnD": "2"} {
			v.Set(n, x)
		}
		for n, x := range set {
			v.Set(n, x)
		}
		p := u.do("POST", "./ckeygen.cgi", v)
		if strings.Contains(p, "ErrMsg") {
			u.menu("c_keygen.tpl")
		}
		return p
	}
	has(t, gen(map[string]string{"KeyName": "a b"}), "英數字元輸入鍵值名稱")
	has(t, gen(map[string]string{"RsaLen": "512", "SigAlg": "512"}), "無法選擇SHA384或SHA512")
	has(t, gen(map[string]string{"EnY": "2001"}), "不可早於")
	has(t, gen(map[string]string{"KeyName": "ipfax"}), "已被使用")
	if v := d.Violations(); len(v) != 0 {
		t.Error(v)
	}
	has(t, gen(map[string]string{"KeyName": "big", "RsaLen": "4096", "SigAlg": "512"}), "正在生成鍵值")
	now = now.Add(16 * time.Minute)
	if n := d.OpenSessions(); n != 0 {
		t.Error(n)
	}
	has(t, u.do("GET", "./cset.cgi?Flag=Init_Data", nil), "工作階段已逾時")
	has(t, u.login(d.cred.Password), "裝置基本資訊")
	u.settings()
	u.menu("c_netidx.tpl")
	u.menu("c_dot1x.tpl")
	v := fill(u.page)
	v.Del("Token")
	has(t, u.do("POST", "./cnetset.cgi", v), "此網頁已過期")
	u.do("GET", "/rps/nowhere.cgi?Flag=Exec_Data", nil)
	u.do("GET", "/rps/nowhere.cgi?Flag=Init_Data", nil)
	if v := d.Violations(); len(v) != 3 {
		t.Error(v)
	}
	newUser(t, d).login(d.cred.Password)
	if v := d.Violations(); len(v) != 4 {
		t.Error(v)
	}
}

func TestLock(t *testing.T) {
	d, u := start(t, nil)
	has(t, u.login("x"), "請檢查使用者名稱和密碼")
	if v := d.Violations(); len(v) != 0 {
		t.Error(v)
	}
	u.login("x")
	has(t, u.login("x"), "帳戶已鎖定")
	has(t, u.login(d.cred.Password), "帳戶已鎖定")
	if v := d.Violations(); len(v) != 2 {
		t.Error(v)
	}
}

func TestBindingKeepsTheRest(t *testing.T) {
	d, u := start(t, nil)
	u.login(d.cred.Password)
	u.settings()
	u.menu("c_netidx.tpl")
	u.menu("c_dot1x.tpl")
	page, at := u.page, u.at
	u.do("GET", "./ckeysel.cgi?Flag=Init_Data&PageFlag=c_keysel.tpl&FuncTypeFlag=SettingPage&CorePGTAG=33&SecID=dot1x&Dummy=5", nil)
	has(t, u.page, "use_key('05','ipsecHQ')")
	u.at = at
	v := fill(page)
	for _, n := range []string{"Use", "VerCert", "VerName", "UseTls", "SameName"} {
		v.Set(n+"Chk", "1")
	}
	v.Set("TtlsProto", "0")
	v.Set("KeyNo", "05")
	v.Set("SrvName", "")
	u.do("POST", "./cnetset.cgi", v)
	if w := d.Violations(); len(w) != 1 || !strings.Contains(w[0], "SrvName") {
		t.Error(w)
	}
	has(t, u.page, "套用設定變更")
}
