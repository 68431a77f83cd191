package c5560

import (
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type session struct {
	id, ir, client string
	seen           time.Time
	offered        map[string]bool // addresses that were on a page
	keysShown      map[string]bool // "sip/08": the small window has shown it
	token          string
	forms          []formSpec
}

// ctx is one request of a logged-in user.
type ctx struct {
	d     *Device
	w     http.ResponseWriter
	r     *http.Request
	s     *session
	sec   string // SecID
	pg    string // CorePGTAG
	token string // of the page being written
	err   string // message in red over the form
	form  url.Values
	file  []byte
	after func()
}

func (d *Device) expire() {
	for id, s := range d.sessions {
		if d.cfg.Now().Sub(s.seen) >= sessionAge {
			delete(d.sessions, id)
		}
	}
}

func headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Server", "Catwalk")
	h.Set("Content-Type", "text/html;charset=UTF-8")
	devicetest.Unkept(h)
}

// ServeHTTP answers every request of the machine.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	headers(w)
	p := r.URL.Path
	if strings.HasPrefix(p, "/media/") || p == "/favicon.ico" {
		media(w, r)
		return
	}
	if r.Method != "GET" && r.Method != "POST" {
		http.Error(w, "405 Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	if p == "/login" {
		d.login(w, r)
		return
	}
	var body []byte
	if r.Method == "POST" {
		var err error
		if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20)); err != nil {
			http.Error(w, "413", http.StatusRequestEntityTooLarge)
			return
		}
	}
	d.Mu.Lock()
	defer d.Mu.Unlock()
	d.expire()
	var s *session
	if c, err := r.Cookie("com.canon.meap.service.login.session"); err == nil {
		s = d.sessions[c.Value]
	}
	if s == nil {
		if strings.HasPrefix(p, "/rps/") && p != "/rps/" {
			errorPage(w, "無法顯示指定的網頁。<br/>認證資訊已更新，或工作階段已逾時。")
			return
		}
		d.loginForm(w, r, r.URL.RequestURI(), "")
		return
	}
	s.seen = d.cfg.Now()
	c := &ctx{d: d, w: w, r: r, s: s}
	defer func() {
		if c.after != nil {
			c.after()
		}
	}()
	now := fmt.Sprint(time.Now().UnixMilli())
	native := "/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG="
	switch p {
	case "/", "/rps/":
		c.portal()
	case "/sysmonitor", "/sysmonitor/":
		s.offered["portal"] = true
		http.Redirect(w, r, native+"PGTAG_JOB_PRT_STAT&Dummy="+now, http.StatusFound)
	case "/usermode", "/usermode/":
		s.offered["portal"] = true
		http.Redirect(w, r, native+"PGTAG_CONF_ENV_PAP&Dummy="+now, http.StatusFound)
	case "/rps/nativetop.cgi":
		c.native()
	case "/rps/logout.cgi":
		delete(d.sessions, s.id)
		for _, n := range []string{"com.canon.meap.service.login.session", "iR"} {
			http.SetCookie(w, &http.Cookie{Name: n, Path: "/", MaxAge: -1})
		}
		http.Redirect(w, r, "/", http.StatusFound)
	default:
		if !strings.HasPrefix(p, "/rps/") {
			d.Violate("a URL never offered: %s %s", r.Method, p)
			w.WriteHeader(http.StatusNotFound)
			errorPage(w, "無法顯示指定的網頁。")
			return
		}
		c.rps(strings.TrimPrefix(p, "/rps/"), body)
	}
}

func (c *ctx) rps(cgi string, body []byte) {
	d, r := c.d, c.r
	if k, err := r.Cookie("iR"); err != nil || c.s.ir == "" || k.Value != c.s.ir {
		d.Violate("a page under /rps/ without the way through nativetop.cgi: %s", r.URL.Path)
		errorPage(c.w, "無法顯示指定的網頁。<br/>認證資訊已更新，或工作階段已逾時。")
		return
	}
	if u, err := url.Parse(r.Referer()); err != nil || u.Host != r.Host {
		errorPage(c.w, "無法顯示指定的網頁。<br/>請從入口網站頁面重新操作。")
		return
	}
	if r.Method == "POST" {
		c.post(cgi, body)
		return
	}
	q := r.URL.Query()
	c.sec, c.pg = q.Get("SecID"), q.Get("CorePGTAG")
	if f := q.Get("Flag"); strings.HasPrefix(f, "Exec") || strings.HasPrefix(f, "Clear") {
		d.Violate("a write to the device by GET: %s", r.URL.RequestURI())
		errorPage(c.w, "無法顯示指定的網頁。")
		return
	}
	h, ok := reads[q.Get("PageFlag")]
	if !ok || !c.s.offered[canonical(r.URL.Path, q)] {
		d.Violate("a URL never offered: GET %s", r.URL.RequestURI())
		errorPage(c.w, "無法顯示指定的網頁。")
		return
	}
	h(c)
}

// canonical is an address without its cache buster.
func canonical(path string, q url.Values) string {
	n := url.Values{}
	for k, v := range q {
		if k != "Dummy" {
			n[k] = v
		}
	}
	return path + "?" + n.Encode()
}

func (c *ctx) offer(cgi, tpl, pg, sec, flag, ftype string) url.Values {
	q := url.Values{"Flag": {flag}, "PageFlag": {tpl}, "FuncTypeFlag": {ftype}, "CorePGTAG": {pg}, "SecID": {sec}}
	c.s.offered[canonical("/rps/"+cgi, q)] = true
	return q
}

// link is the script call of a menu item or a row; the script fills SUBMIT_FORM and submits it.
func (c *ctx) link(cgi, tpl, pg, sec string) string {
	c.offer(cgi, tpl, pg, sec, "Init_Data", "SettingPage")
	return fmt.Sprintf("javascript:menu_link('./%s','%s','%s','%s')", cgi, tpl, pg, sec)
}

// href is a plain address.
func (c *ctx) href(cgi, tpl, pg, sec, flag, ftype string) string {
	c.offer(cgi, tpl, pg, sec, flag, ftype)
	return fmt.Sprintf("./%s?Flag=%s&PageFlag=%s&FuncTypeFlag=%s&CorePGTAG=%s&SecID=%s&Dummy=%d", cgi, flag, tpl, ftype, pg, url.QueryEscape(sec), time.Now().UnixMilli())
}

type control struct {
	typ, cur   string
	vals       []string
	n, max     int
	dep        bool
	checkedOne bool
}

type formSpec struct {
	action string
	ctl    map[string]*control
}

var (
	formRE = regexp.MustCompile(`(?s)<form ([^>]*)>(.*?)</form>`)
	inRE   = regexp.MustCompile(`<(input)\s([^>]*)/>`)
	selRE  = regexp.MustCompile(`(?s)<(select)\s([^>]*)>(.*?)</select>`)
	attrRE = regexp.MustCompile(`([a-zA-Z]+)="([^"]*)"`)
	optRE  = regexp.MustCompile(`<option value="([^"]*)"`)
)

func attrs(s string) map[string]string {
	m := map[string]string{}
	for _, a := range attrRE.FindAllStringSubmatch(s, -1) {
		m[a[1]] = html.UnescapeString(a[2])
	}
	return m
}

// formsOf reads the forms of a page just written: what a browser will send.
func formsOf(page string) []formSpec {
	var out []formSpec
	for _, f := range formRE.FindAllStringSubmatch(page, -1) {
		a := attrs(f[1])
		if !strings.EqualFold(a["method"], "post") {
			continue
		}
		s := formSpec{action: strings.TrimPrefix(a["action"], "./"), ctl: map[string]*control{}}
		tags := inRE.FindAllStringSubmatch(f[2], -1)
		tags = append(tags, selRE.FindAllStringSubmatch(f[2], -1)...)
		for _, t := range tags {
			b := attrs(t[2])
			if b["name"] == "" || b["type"] == "button" || b["type"] == "submit" {
				continue
			}
			k := s.ctl[b["name"]]
			if k == nil {
				k = &control{typ: b["type"], cur: b["value"]}
				s.ctl[b["name"]] = k
			}
			k.n++
			k.max, _ = strconv.Atoi(b["maxlength"])
			k.dep = k.dep || strings.Contains(b["class"], "dep") || strings.Contains(b["disabled"], "disabled")
			if t[1] == "select" {
				k.typ = "select"
				for _, o := range optRE.FindAllStringSubmatch(t[3], -1) {
					k.vals = append(k.vals, html.UnescapeString(o[1]))
				}
			} else {
				k.vals = append(k.vals, b["value"])
				k.checkedOne = k.checkedOne || b["checked"] != ""
			}
		}
		out = append(out, s)
	}
	return out
}

// check tells what is wrong with a posted form, as a browser would send it.
func (f formSpec) check(v url.Values) string {
	for n := range v {
		if f.ctl[n] == nil {
			return "field " + n + " is not in the form"
		}
	}
	for n, k := range f.ctl {
		got := v[n]
		switch k.typ {
		case "checkbox":
			for _, g := range got {
				if !slices.Contains(k.vals, g) {
					return "check box " + n + " has no value " + g
				}
			}
		case "radio":
			if len(got) > 1 || len(got) == 1 && !slices.Contains(k.vals, got[0]) || len(got) == 0 && k.checkedOne && !k.dep {
				return "radio button " + n + " is wrong"
			}
		case "file":
		default:
			if len(got) != k.n && !(k.dep && len(got) == 0) {
				return fmt.Sprintf("field %s is there %d times, not %d", n, len(got), k.n)
			}
			if k.max > 0 && len(got) == 1 && utf8.RuneCountInString(got[0]) > k.max {
				return fmt.Sprintf("field %s holds more than its %d characters", n, k.max)
			}
			if k.typ == "select" && len(got) == 1 && !slices.Contains(k.vals, got[0]) {
				return "selection " + n + " has no value " + got[0]
			}
			if k.typ == "hidden" && k.cur != "" && n != "KeyNo" {
				if chk := f.ctl[n+"Chk"]; chk != nil && chk.typ == "checkbox" {
					if want := map[bool]string{true: "1", false: "0"}[len(v[n+"Chk"]) > 0]; got[0] != want {
						return "hidden field " + n + " does not follow its check box"
					}
				} else if !slices.Equal(got, k.vals) {
					return "hidden field " + n + " was changed"
				}
			}
		}
	}
	return ""
}

func (c *ctx) post(cgi string, body []byte) {
	d, s := c.d, c.s
	v := url.Values{}
	mt, par, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	switch mt {
	case "application/x-www-form-urlencoded":
		v, _ = url.ParseQuery(string(body))
	case "multipart/form-data":
		mr := multipart.NewReader(strings.NewReader(string(body)), par["boundary"])
		for {
			p, err := mr.NextPart()
			if err != nil {
				break
			}
			b, _ := io.ReadAll(p)
			v.Add(p.FormName(), string(b))
			if p.FileName() != "" {
				c.file = b
			}
		}
	}
	c.form, c.sec, c.pg = v, v.Get("SecID"), v.Get("CorePGTAG")
	expired := "此網頁已過期。<br/>請從選單重新開啟網頁。"
	if v.Get("Token") == "" {
		d.Violate("POST %s without the form's token", cgi)
		errorPage(c.w, expired)
		return
	}
	if v.Get("Token") != s.token {
		if !s.offered["token "+v.Get("Token")] {
			d.Violate("POST %s with a token that no form had", cgi)
		}
		errorPage(c.w, expired)
		return
	}
	why := "no such form on the page"
	for _, f := range s.forms {
		if p := f.ctl["PageFlag"]; f.action == cgi && p != nil && p.cur == v.Get("PageFlag") {
			why = f.check(v)
			break
		}
	}
	if why != "" {
		d.Violate("POST %s (%s): %s", cgi, v.Get("PageFlag"), why)
		errorPage(c.w, "無法顯示指定的網頁。")
		return
	}
	if v.Get("PageFlag") != "c_sigexp.tpl" { // that page stays in the browser while the file is saved
		s.token, s.forms = "", nil
	}
	h := writes[v.Get("PageFlag")]
	if h == nil || d.Away {
		errorPage(c.w, "裝置忙碌中。請稍候再試。")
		return
	}
	h(c)
}

func clientOf(r *http.Request) string {
	h, _, _ := net.SplitHostPort(r.RemoteAddr)
	return h + " " + r.UserAgent()
}
