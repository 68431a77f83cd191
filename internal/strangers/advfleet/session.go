package advfleet

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	meapCookie = "com.canon.meap.service.login.session"
	idleLimit  = 20 * time.Minute
)

// session is one login. A restart forgets all of them.
type session struct {
	id, ir, token string
	last          time.Time
	seen          map[string]bool       // form pages shown, by template
	draft         map[string]url.Values // a form left for the key list and not saved yet
	chosen        map[string]int        // key picked but not confirmed, by page
	note          map[string]string     // small things a wizard remembers
	gen           *genReq
}

// ctx is one request.
type ctx struct {
	d *Device
	w http.ResponseWriter
	r *http.Request
	s *session
	b strings.Builder
}

func (c *ctx) f(format string, a ...any) { fmt.Fprintf(&c.b, format, a...) }
func (c *ctx) flush()                    { _, _ = c.w.Write([]byte(c.b.String())) }
func (c *ctx) v(name string) string      { return c.r.Form.Get(name) }
func (c *ctx) post() bool                { return c.r.Method == http.MethodPost }
func (c *ctx) redirect(to string) {
	c.w.Header().Set("Location", to)
	c.w.WriteHeader(http.StatusFound)
}
func (c *ctx) cookie(name, value string) {
	http.SetCookie(c.w, &http.Cookie{Name: name, Value: value, Path: "/"})
}

func esc(s string) string { return html.EscapeString(s) }

// js quotes for a script string between double quotes.
func js(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "'", `\'`, "<", `\x3c`, "\n", `\n`, "\r", "").Replace(s)
}

func (d *Device) expire() {
	for id, s := range d.sessions {
		if d.cfg.Now().Sub(s.last) > idleLimit {
			delete(d.sessions, id)
		}
	}
}

func (d *Device) session(r *http.Request) *session {
	d.expire()
	ck, err := r.Cookie(meapCookie)
	if err != nil {
		return nil
	}
	s := d.sessions[ck.Value]
	if s != nil {
		s.last = d.cfg.Now()
	}
	return s
}

func (c *ctx) open(id string) {
	s := &session{id: id, last: c.d.cfg.Now(), seen: map[string]bool{}, draft: map[string]url.Values{},
		chosen: map[string]int{}, note: map[string]string{}}
	c.d.sessions[id] = s
	c.s = s
	c.cookie(meapCookie, id)
}

// logout ends the session, if there is one.
func (c *ctx) logout() {
	if c.s != nil {
		delete(c.d.sessions, c.s.id)
		c.s = nil
	}
	http.SetCookie(c.w, &http.Cookie{Name: meapCookie, Value: "", Path: "/", MaxAge: -1})
}

// login checks a user and password; a refused pair must not come again.
func (d *Device) login(user, password string) bool {
	want := d.model.cred.UserName
	if want == "" {
		want = d.model.cred.DepartmentID
	}
	if user == want && password == d.model.cred.Password {
		return true
	}
	pair := user + "\x00" + password
	if d.refused[pair] {
		d.Violate("refused credential repeated: %q", user)
	}
	d.refused[pair] = true
	return false
}

// native makes the cookie that every .cgi below /rps/ wants.
func (c *ctx) native() {
	if c.s.ir == "" {
		c.s.ir = devicetest.Decimal(10)
	}
	c.cookie("iR", c.s.ir)
}

// entered tells whether the native pages were entered in the right order.
func (c *ctx) entered() bool {
	ck, err := c.r.Cookie("iR")
	if err != nil || c.s.ir == "" || ck.Value != c.s.ir {
		c.d.Violate("page out of order: %s before nativetop", c.r.URL.Path)
		return false
	}
	return true
}

// saw notes that a form page was shown; from requires it for a write.
func (c *ctx) saw(tpl string) { c.s.seen[tpl] = true }
func (c *ctx) from(tpl string) bool {
	if !c.s.seen[tpl] {
		c.d.Violate("page out of order: %s posted before %s was shown", c.r.URL.Path, tpl)
		return false
	}
	return true
}

// token is new on every form page.
func (c *ctx) token() string {
	c.s.token = devicetest.Decimal(20)
	return c.s.token
}

// tokenOK spends the token; keep leaves it valid for the next step of a wizard.
func (c *ctx) tokenOK(keep bool) bool {
	got := c.r.PostForm.Get("Token")
	if got == "" || got != c.s.token {
		c.d.Violate("token wrong or stale: %s", c.r.URL.Path)
		return false
	}
	if !keep {
		c.s.token = ""
	}
	return true
}

// dummy is the cache buster the pages put into their links.
func (c *ctx) dummy() string { return fmt.Sprint(time.Now().UnixMilli()) }

// host is what the certificate form offers as common name.
func (c *ctx) host() string {
	h, _, _ := strings.Cut(c.r.Host, ":")
	return h
}
