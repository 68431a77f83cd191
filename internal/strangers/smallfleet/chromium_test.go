package smallfleet

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestChromium looks at the pages that script writes with a real browser, if
// CHROMIUM names one. A proxy lends it the login and clicks for it.
func TestChromium(t *testing.T) {
	t.Parallel()
	bin := os.Getenv("CHROMIUM")
	if bin == "" {
		t.Skip("CHROMIUM is not set")
	}
	b := open(t, New("irc3226-tw", Config{}), &http.Transport{})
	b.send("/checkLogin.cgi", "i2101", b.d.Credentials().Password)
	dom := dumper(t, b, bin)
	for _, c := range []struct{ path, js, want string }{
		{"/k_list.html", "", `<a href="javascript:key_detail(2)">vpn2020</a>`},
		{"/k_list.html", "key_detail(2)", "<dt>公開鍵值：</dt><dd>RSA (2048 bit)</dd>"},
		{"/k_list.html", "document.getElementById('no4').checked=true;key_delete()", "<p>imported</p>"},
		{"/m_security_key.html", "", `<a href="javascript:key_use(4)">使用</a>`},
		{"/m_security_key.html", "key_use(4)", "<td>imported</td>"},
		{"/n_dot1x_edit.html", "key_list()", `<a href="javascript:key_use(4)">使用</a>`},
		{"/n_ipsec.html", "policy_edit(1)", "Taipei_Core"},
		{"/k_gennet_edit.html", "", `name="i3410" id="i3410" value="" maxlength="2" disabled=""`},
		{"/k_delete.html?no=4", "del_exec()", "無法刪除"},
	} {
		if got := dom(c.path, c.js); !strings.Contains(got, c.want) {
			t.Errorf("%s %s: no %q in\n%s", c.path, c.js, c.want, got)
		}
	}
	b.get("/logout.cgi")
	b.clean("deletion of a key in use attempted: imported")

	c := open(t, New("ir2630-ja", Config{}), &http.Transport{})
	v := c.filled("/checkLogin.cgi", "i0012", "1", "i0014", "1000263", "i0016", "4630815")
	v.Del("i0017")
	c.post("/checkLogin.cgi", v)
	dom = dumper(t, c, bin)
	got := dom("/n_ieee8021x_sel.html", "document.getElementById('i6900_2').checked=true;document.forms[0].querySelector('[type=submit]').click()")
	if !strings.Contains(got, "鍵の名前：ike01") || !strings.Contains(got, `name="i6309" value="2"`) {
		t.Error("the page that submits itself does not:", got)
	}
	c.get("/logout.cgi")
	c.clean()
}

func dumper(t *testing.T, b *browser, bin string) func(path, js string) string {
	u, _ := url.Parse(b.d.URL())
	u.Path = ""
	click := ""
	p := &httputil.ReverseProxy{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	p.Rewrite = func(r *httputil.ProxyRequest) {
		r.SetURL(u)
		r.Out.Host = r.In.Host
		for _, c := range b.c.Jar.Cookies(u) {
			r.Out.AddCookie(c)
		}
	}
	p.ModifyResponse = func(r *http.Response) error {
		page, _ := io.ReadAll(r.Body)
		if click != "" && strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") && r.StatusCode == http.StatusOK {
			page = append(page, "<script>window.addEventListener('load',function(){"+click+"})</script>"...)
			click = ""
		}
		r.Header.Set("Content-Length", strconv.Itoa(len(page)))
		r.ContentLength, r.Body = int64(len(page)), io.NopCloser(bytes.NewReader(page))
		return nil
	}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	return func(path, js string) string {
		click = js
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		out, err := exec.CommandContext(ctx, bin, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000",
			"--dump-dom", s.URL+path).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
}
