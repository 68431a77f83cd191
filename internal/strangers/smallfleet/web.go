package smallfleet

import (
	"bytes"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// session is one login.
type session struct {
	id     string
	guest  bool // General User Mode
	page   string
	token  string
	old    map[string]bool                // tokens of pages left since
	expect map[string]map[string][]string // page -> what a post must hold
	draft  map[string]string              // use -> slot chosen, not yet confirmed
	gen    *request                       // between the steps of a wizard
	made   *key                           // by the last generation
}

// route is one address.
type route struct {
	get  func(*rq)
	post func(*rq)
	from []string // pages whose form posts here
	open bool     // needs no login
	user bool     // General User Mode may see it
}

// rq is one request as the pages see it.
type rq struct {
	d      *Device
	r      *http.Request
	s      *session
	f      url.Values
	hdr    http.Header
	status int
	buf    bytes.Buffer
	head   string // more for the page's head
}

func esc(s string) string { return html.EscapeString(s) }

func (q *rq) redirect(to string) {
	q.hdr.Set("Location", to)
	q.status = http.StatusFound
}

// token is new on each page; the page's path is remembered with it.
func (q *rq) token() string {
	t := devicetest.Decimal(10)
	if q.s != nil {
		if q.s.token != "" {
			q.s.old[q.s.token] = true
		}
		q.s.token, q.s.page = t, q.r.URL.Path
	}
	return t
}

func (q *rq) login(guest bool) {
	s := &session{id: devicetest.Hex(16), guest: guest, old: map[string]bool{},
		expect: map[string]map[string][]string{}, draft: map[string]string{}}
	q.d.sessions[s.id] = s
	q.hdr.Add("Set-Cookie", q.d.p.cookie+"="+s.id+"; path=/; HttpOnly")
	q.redirect("/portal_top.html")
}

// tryLogin compares what was typed; a refused pair sent again is a violation.
func (q *rq) tryLogin(id, pin string) {
	c := q.d.p.cred
	if id == c.DepartmentID && pin == c.Password {
		q.login(false)
		return
	}
	pair := id + "\x00" + pin
	if q.d.refused[pair] {
		q.d.Violate("refused credential repeated")
	}
	q.d.refused[pair] = true
	q.redirect("/login.html?err=1")
}

func (q *rq) logout() {
	if q.s != nil {
		delete(q.d.sessions, q.s.id)
	}
	q.hdr.Add("Set-Cookie", q.d.p.cookie+"=; path=/; Max-Age=0")
	q.redirect("/login.html")
}

func (q *rq) cookie() *session {
	c, err := q.r.Cookie(q.d.p.cookie)
	if err != nil {
		return nil
	}
	return q.d.sessions[c.Value]
}

// host is what the browser called us, without the port.
func (q *rq) host() string {
	h, _, _ := strings.Cut(q.r.Host, ":")
	return h
}

func drop(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if c, _, err := h.Hijack(); err == nil {
			_ = c.Close()
		}
	}
}

// ServeHTTP is the device's port.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asset := strings.HasPrefix(r.URL.Path, "/media/") || r.URL.Path == "/favicon.ico"
	if d.p.space > 0 && !asset && time.Since(time.Unix(0, d.answer.Load())) < d.p.space {
		drop(w)
		return
	}
	if asset {
		d.asset(w, r)
		return
	}
	q := &rq{d: d, r: r, hdr: w.Header(), status: http.StatusOK}
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			_ = r.ParseMultipartForm(1 << 20)
		} else {
			_ = r.ParseForm()
		}
		q.f = r.PostForm
	} else {
		q.f = r.URL.Query()
	}
	if !q.run() {
		drop(w)
		return
	}
	q.headers()
	w.WriteHeader(q.status)
	_, _ = w.Write(q.buf.Bytes())
	if d.p.space > 0 && q.status != http.StatusFound {
		// A browser follows a redirect at once, so only pages count.
		d.answer.Store(time.Now().UnixNano())
	}
}

func (q *rq) headers() {
	h := q.hdr
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "text/html;charset=UTF-8")
	}
	h.Set("Cache-Control", "no-cache")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "Thu,01 Jan 1970 00:00:00 GMT")
	if q.d.p.server != "" {
		h.Set("Server", q.d.p.server)
	}
}

// run finds the page and lets it answer; false: the device is going down.
func (q *rq) run() bool {
	d := q.d
	write := q.r.Method == http.MethodPost && q.r.URL.Path != "/checkLogin.cgi"
	together := false
	if write {
		together = d.writes.Add(1) > 1
		defer d.writes.Add(-1)
	}
	d.Mu.Lock()
	defer d.Mu.Unlock()
	if d.Away {
		return false
	}
	q.s = q.cookie()
	rt, ok := d.rt[q.r.URL.Path]
	h := rt.get
	if q.r.Method == http.MethodPost {
		h = rt.post
	}
	switch {
	case q.s == nil && !rt.open:
		d.p.expired(q)
	case !ok || h == nil:
		q.status = http.StatusNotFound
		d.p.fault(q, noPage)
	case q.s != nil && q.s.guest && !rt.open && !rt.user:
		d.p.fault(q, noRight)
	case write && (together || d.generating):
		d.Violate("two writes at once: %s", q.r.URL.Path)
		d.p.fault(q, busy)
	case write && !rt.open && !q.inOrder(rt):
	default:
		h(q)
	}
	return true
}

// inOrder holds a write against the page just loaded.
func (q *rq) inOrder(rt route) bool {
	t := q.f.Get("iToken")
	switch {
	case t == "":
		q.d.Violate("no token: %s", q.r.URL.Path)
		q.d.p.fault(q, badToken)
	case t == q.s.token && !slices.Contains(rt.from, q.s.page):
		q.d.Violate("page out of order: %s after %s", q.r.URL.Path, q.s.page)
		q.d.p.fault(q, badOrder)
	case t == q.s.token:
		q.s.old[t], q.s.token = true, "" // good for one write
		return true
	case q.s.old[t]:
		q.d.Violate("stale token: %s", q.r.URL.Path)
		q.d.p.fault(q, badToken)
	default:
		q.d.Violate("wrong token: %s", q.r.URL.Path)
		q.d.p.fault(q, badToken)
	}
	return false
}
