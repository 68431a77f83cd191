package irc3226

import (
	"crypto/rand"
	"fmt"
	"html"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type session struct {
	id    string
	admin bool
	last  time.Time
	forms []*form
	draft map[string]url.Values // entries of a page left for its key list
}

// reply collects the answer, so that its links are known before it goes out.
type reply struct {
	w http.ResponseWriter
	r *http.Request
	s *session
	v url.Values // entries of the form sent
	u []byte     // file sent
	f *form
}

func (d *Device) expire() {
	for id, s := range d.sessions {
		if d.cfg.Now().Sub(s.last) > lifetime {
			delete(d.sessions, id)
		}
	}
}

func digits(n int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	x, _ := rand.Int(rand.Reader, limit)
	return fmt.Sprintf("%0*d", n, x)
}

// keep registers a form with the session that gets it.
func (d *Device) keep(s *session, f *form) {
	f.token = digits(10)
	d.issued[f.token] = true
	s.forms = append(s.forms, f)
	if len(s.forms) > 24 {
		s.forms = s.forms[1:]
	}
}

var links = regexp.MustCompile(`(?:href|src|action)="([^"]+)"|location\.href='([^']+)'|;URL=([^"]+)"`)

func (d *Device) offer(page string) {
	for _, m := range links.FindAllStringSubmatch(page, -1) {
		d.offered[html.UnescapeString(m[1]+m[2]+m[3])] = true
	}
}

var static = map[string]string{"/css/rui.css": "text/css", "/js/rui.js": "text/javascript", "/media/ic_nocert.gif": "image/gif",
	"/media/ic_keyerr.gif": "image/gif", "/media/logo.gif": "image/gif", "/favicon.ico": "image/x-icon"}

// ServeHTTP answers one request; the machine does one at a time.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	devicetest.Unkept(h)
	path := r.URL.Path
	if typ, ok := static[path]; ok {
		h.Set("Content-Type", typ)
		io.WriteString(w, media(path))
		return
	}
	d.expire()
	x := &reply{w: w, r: r}
	late := false // a session that was good once
	if c, err := r.Cookie("sessid"); err == nil {
		x.s, late = d.sessions[c.Value], d.issued[c.Value]
	}
	if r.Method != "GET" && r.Method != "POST" && r.Method != "HEAD" {
		d.Violate("method %s used on %s", r.Method, path)
		http.Error(w, "405 Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	switch {
	case d.Away:
		d.simple(x, "再起動", "<p>再起動しています。しばらくお待ちください。</p>")
	case path == "/":
		http.SetCookie(w, &http.Cookie{Name: "language", Value: "ja", Path: "/"})
		h.Set("Content-Type", "text/html;charset=UTF-8")
		io.WriteString(w, "<html><head><meta http-equiv=\"refresh\" content=\"0;URL=/login.html\" /><title></title></head><body></body></html>\n")
	case path == "/login.html":
		d.loginPage(x)
	case path == "/checkLogin.cgi":
		d.checkLogin(x)
	case x.s == nil:
		if r.Method == "POST" && !late {
			d.Violate("POST %s without a session", path)
		} else if r.Method != "POST" && getPages[path] == nil && path != "/logout.cgi" {
			d.Violate("GET %s, which was never offered", r.RequestURI)
		}
		d.redirect(x, "/login.html?err=3")
	case r.Method == "POST":
		x.s.last = d.cfg.Now()
		d.post(x)
	default:
		x.s.last = d.cfg.Now()
		d.get(x)
	}
}

func (d *Device) get(x *reply) {
	path := x.r.URL.Path
	if postPages[path] != nil {
		d.Violate("a write to the device by GET: %s", x.r.RequestURI)
		http.Error(x.w, "405 Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	if !d.offered[x.r.RequestURI] {
		d.Violate("GET %s, which was never offered", x.r.RequestURI)
	}
	if path == "/logout.cgi" {
		delete(d.sessions, x.s.id)
		http.SetCookie(x.w, &http.Cookie{Name: "sessid", Path: "/", MaxAge: -1})
		d.redirect(x, "/login.html")
		return
	}
	h := getPages[path]
	if h == nil {
		http.Error(x.w, "404 Not Found", http.StatusNotFound)
		return
	}
	if !x.s.admin && !slices.Contains(openToAll, path) {
		d.refuse(x, "このページを表示する権限がありません。", "/portal_top.html")
		return
	}
	h(d, x)
}

func (d *Device) post(x *reply) {
	path := x.r.URL.Path
	h := postPages[path]
	if h == nil {
		d.Violate("POST %s, which is no target of a form", x.r.RequestURI)
		http.Error(x.w, "404 Not Found", http.StatusNotFound)
		return
	}
	v, file, multi, err := body(x.r)
	if err != nil {
		d.Violate("POST %s with a body that cannot be read: %v", path, err)
		d.refuse(x, "リクエストが不正です。", "/portal_top.html")
		return
	}
	for _, f := range x.s.forms {
		if f.token == v.Get("iToken") {
			x.f = f
		}
	}
	switch {
	case len(v["iToken"]) != 1:
		d.Violate("POST %s without the token of its form", path)
	case x.f == nil && !d.issued[v.Get("iToken")]:
		d.Violate("POST %s with a token that was never given out", path)
	case x.f == nil: // an old page, as in a second tab
	case !slices.Contains(x.f.actions, x.r.RequestURI):
		d.Violate("POST %s with the token of another form (%s)", path, x.f.actions[0])
		x.f = nil
	}
	if x.f == nil {
		d.refuse(x, "ページの有効期限が切れています。もう一度ページを表示してから操作してください。", "/portal_top.html")
		return
	}
	if multi != x.f.multipart {
		d.Violate("POST %s with the wrong kind of body", path)
	}
	faults, missing := x.f.verify(v)
	if len(faults) > 0 {
		d.Violate("POST %s: %s", path, strings.Join(faults, "; "))
	}
	if missing {
		d.refuse(x, "リクエストが不正です。", "/portal_top.html")
		return
	}
	x.v, x.u = v, file
	h(d, x)
}

// body reads either kind of form; a file stands in the values under its name.
func body(r *http.Request) (v url.Values, file []byte, multi bool, err error) {
	r.Body = http.MaxBytesReader(nil, r.Body, 1<<20)
	multi = strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data")
	if !multi {
		err = r.ParseForm()
		return r.PostForm, nil, false, err
	}
	if err = r.ParseMultipartForm(1 << 20); err != nil {
		return nil, nil, true, err
	}
	v = url.Values(r.MultipartForm.Value)
	for name, list := range r.MultipartForm.File {
		for _, fh := range list {
			v.Add(name, fh.Filename)
			f, err := fh.Open()
			if err != nil {
				return nil, nil, true, err
			}
			file, err = io.ReadAll(f)
			f.Close()
			if err != nil {
				return nil, nil, true, err
			}
		}
	}
	return v, file, true, nil
}

func (d *Device) redirect(x *reply, to string) {
	d.offered[to] = true
	x.w.Header().Set("Location", to)
	x.w.WriteHeader(http.StatusFound)
}

func (d *Device) loginForm(message string) string {
	f := newForm("loginFrm", "/checkLogin.cgi")
	var b strings.Builder
	fmt.Fprintf(&b, `<p id="loginErr" class="err">%s</p><table class="login"><tr><td colspan="2">%s</td></tr>`, message, f.radio("i0012", "1", "1", "A", "管理者モード"))
	f.only("i0012", "1", "1")
	fmt.Fprintf(&b, `<tr><th><label for="i0014">システム管理部門ID:</label></th><td>%s</td></tr>`, f.text("i0014", "", 7, 16))
	fmt.Fprintf(&b, `<tr><th><label for="i0016">システム管理暗証番号:</label></th><td>%s</td></tr>`, f.pass("i0016", 7))
	f.only("", "", "")
	fmt.Fprintf(&b, `<tr><td colspan="2">%s</td></tr>`, f.radio("i0012", "2", "1", "B", "一般ユーザーモード"))
	f.only("i0012", "2", "1")
	fmt.Fprintf(&b, `<tr><th><label for="i0019">ユーザー名:</label></th><td>%s</td></tr></table>`, f.text("i0019", "", 32, 24))
	f.only("", "", "")
	b.WriteString(f.hidden("errText", "エラー"))
	f.add("submitButton", field{kind: "submit", value: "ログイン"})
	b.WriteString(`<div class="buttons"><input type="submit" name="submitButton" id="submitButton" value="ログイン" /></div></form>`)
	d.login = f
	return f.open() + b.String()
}

func (d *Device) loginPage(x *reply) {
	texts := map[string]string{"": "", "1": "システム管理部門IDまたはシステム管理暗証番号が正しくありません。", "2": "ログインの失敗が続いたため、ロックアウトされています。しばらくしてからログインしてください。",
		"3": "セッションの有効期限が切れました。もう一度ログインしてください。"}
	m, ok := texts[x.r.URL.Query().Get("err")]
	if !ok || x.r.URL.Path != "/login.html" {
		d.Violate("GET %s, which was never offered", x.r.RequestURI)
	}
	body := `<div id="loginBox"><p class="model"><span id="deviceName">` + strings.ReplaceAll(model, " ", "&nbsp;") + `</span></p>` + d.loginForm(m) + `</div>`
	d.write(x, head("ログイン")+body+foot)
}

func (d *Device) checkLogin(x *reply) {
	if x.r.Method != "POST" {
		d.Violate("login by GET")
		d.redirect(x, "/login.html")
		return
	}
	v, _, multi, err := body(x.r)
	if err != nil || multi {
		d.Violate("login with the wrong kind of body")
		d.redirect(x, "/login.html?err=1")
		return
	}
	faults, missing := d.login.verify(v)
	if len(v["iToken"]) != 1 {
		faults = append(faults, "iToken missing")
	}
	if len(faults) > 0 {
		d.Violate("POST /checkLogin.cgi: %s", strings.Join(faults, "; "))
	}
	now := d.cfg.Now()
	admin := v.Get("i0012") == "1"
	switch {
	case missing:
		d.redirect(x, "/login.html?err=1")
		return
	case admin && now.Before(d.lockedTill):
		d.Violate("login while the account is locked")
		d.redirect(x, "/login.html?err=2")
		return
	case admin && (v.Get("i0014") != adminID || v.Get("i0016") != adminPIN):
		d.wrong++
		d.wrongEver++
		if d.wrongEver > 1 {
			d.Violate("wrong password, attempt %d", d.wrongEver)
		}
		if d.wrong >= 3 {
			d.wrong, d.lockedTill = 0, now.Add(30*time.Minute)
			d.redirect(x, "/login.html?err=2")
			return
		}
		d.redirect(x, "/login.html?err=1")
		return
	}
	if admin {
		d.wrong = 0
	}
	if len(d.sessions) > 0 {
		d.Violate("login while another session is open")
	}
	x.s = &session{id: devicetest.Hex(16), admin: admin, last: now, draft: map[string]url.Values{}}
	d.sessions[x.s.id] = x.s
	d.issued[x.s.id] = true
	http.SetCookie(x.w, &http.Cookie{Name: "sessid", Value: x.s.id, Path: "/", HttpOnly: true, Secure: true})
	d.redirect(x, "/portal_top.html")
}
