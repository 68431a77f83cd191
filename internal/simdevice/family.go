package simdevice

import (
	"fmt"
	"net/http"
	"path"
	"strings"
)

// Family is a kind of Remote UI: addresses, logins, tokens and the shape of
// forms go by it, texts and layouts do not.
type Family string

// The families.
const (
	FamilyAdvance Family = "ir-adv"   // pages below /rps/
	FamilySmall   Family = "small-mf" // of small models: /checkLogin.cgi, /x.html, /cgi/x_edit.cgi
)

// Addresses of the small family that are published. A page /x.html is written
// to at /cgi/x.cgi, or at /cgi/x_edit.cgi from its form /x_edit.html.
const (
	pathSmallLogin   = "/login.html"
	pathSmallRefused = "/login.html?err=1"
	pathSmallCheck   = "/checkLogin.cgi"
	pathSmallPortal  = "/portal_top.html"
	pathSmallLogout  = "/logout.cgi"
	dirSmallCGI      = "/cgi/"
)

// smallStems are the published names of pages of the small family, without
// directory and ending. All others are drawn.
var smallStems = map[PageKind]string{
	PageSettings:   "p_paper_select",
	PageDeviceInfo: "d_info",
	PageNetwork:    "m_network",
	PageTLS:        "m_security",
	PageApply:      "restart_device",
}

func (l *layout) small() bool { return l.family == FamilySmall }

// drawStem makes the name of a page of the small family.
func (l *layout) drawStem(kind PageKind) string {
	if stem, ok := smallStems[kind]; ok {
		return stem
	}
	first := []string{"m", "p", "d", "s"}[l.pick("stem."+string(kind), 4)]
	return first + "_" + strings.ToLower(strings.ReplaceAll(l.name("stem."+string(kind)), ".", "_"))
}

// smallKind finds out what page a request of the small family is for.
func (x *exchange) smallKind() PageKind {
	switch p := x.r.URL.Path; p {
	case "/", pathSmallLogin, pathSmallPortal:
		return PagePortal
	case pathSmallCheck:
		return PageLogin
	case pathSmallLogout:
		return PageLogout
	case x.l.scriptPath():
		return PageScript
	case pathImage, "/favicon.ico":
		return PageImage
	}
	dir, file := path.Split(x.r.URL.Path)
	stem, ending := strings.TrimSuffix(file, path.Ext(file)), path.Ext(file)
	if dir == "/" && ending != ".html" || dir == dirSmallCGI && ending != ".cgi" || dir != "/" && dir != dirSmallCGI {
		return PageUnknown
	}
	stem, x.editing = strings.CutSuffix(stem, "_edit")
	kind, ok := x.l.kinds[route{stem, ""}]
	if !ok || x.editing && !x.l.editForm(kind) || dir == dirSmallCGI && (x.r.Method != http.MethodPost || x.editing != x.l.editForm(kind)) {
		return PageUnknown
	}
	return kind
}

// smallAction is where a form of a page is posted to.
func (l *layout) smallAction(kind PageKind) string {
	stem := l.routes[kind].cgi
	if l.editForm(kind) {
		stem += "_edit"
	}
	return dirSmallCGI + stem + ".cgi"
}

// smallURL is the address of a page.
func (l *layout) smallURL(t target) string {
	u := "/" + l.routes[t.kind].cgi
	if t.edit {
		u += "_edit"
	}
	u += ".html"
	for i, f := range t.params {
		u += []string{"&", "?"}[btoi(i == 0)] + f.Name + "=" + f.Value
	}
	return u
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// smallSubmit is a call that posts a form, or opens the page with the row that
// the form says.
func (p *page) smallSubmit(form, flag string, to PageKind) string {
	if flag == "Exec_Data" || isChooser(to) {
		return p.l.jsCall("post", form, p.l.smallAction(to))
	}
	return fmt.Sprintf("%s(%s + '?%s=' + document.forms[%s].elements[%s].value)",
		p.l.name("fn.go"), jsString(p.l.smallURL(target{kind: to})), p.l.rowField(), jsString(form), jsString(p.l.rowField()))
}

func isChooser(kind PageKind) bool {
	for _, c := range chooserOf {
		if c == kind {
			return true
		}
	}
	return kind == PageTLSKeys
}

// carries tells whether a post only brings a draft along to a list of keys.
func (x *exchange) carries() bool {
	return x.l.small() && isChooser(x.kind) && x.get(x.l.rowField()) == ""
}

// leadBack turns the answer to a write into a redirect to the page shown, as
// the small family mostly answers. A refusal is shown at once.
func (x *exchange) leadBack() {
	if !x.l.small() || x.refused != "" || x.shown == "" || x.status != http.StatusOK || x.l.pick("answer."+string(x.kind), 4) == 0 {
		return
	}
	x.body, x.header = "", make(http.Header)
	x.sess.visited[x.shown] = true
	x.redirect(x.l.smallURL(target{kind: x.shown, edit: x.shownEdit}))
}

// showSmallEntry answers at "/" and at the addresses of login and portal.
func (x *exchange) showSmallEntry() {
	s := x.openSession()
	switch in := x.loginHolds(s); {
	case in && x.r.URL.Path != pathSmallPortal:
		x.redirect(pathSmallPortal)
	case in:
		s.visited[PagePortal], s.visited[PageEntry] = true, true
		x.portalPage()
	case x.r.URL.Path != pathSmallLogin:
		x.toLogin()
	case x.has("err"):
		x.refuse(wLoginRefused)
		x.showSmallLogin(x.smallMessage())
	default:
		x.showSmallLogin("")
	}
}

func (x *exchange) smallMessage() string {
	switch most := x.d.cfg.MaxSessions; {
	case x.d.sessions.isLocked(x.now):
		return x.l.text(wLoginLocked)
	case most > 0 && x.d.sessions.loggedIn(x.now, x.d.cfg.SessionTimeout) >= most:
		return x.l.text(wTooManySessions)
	}
	return x.l.text(wLoginRefused)
}

// toLogin leads to the login page: by a redirect, or by a page that refreshes.
func (x *exchange) toLogin() {
	if x.l.pick("login.way", 2) == 0 {
		x.redirect(pathSmallLogin)
		return
	}
	p := x.newPage("", "Remote UI")
	p.refresh(0, pathSmallLogin)
	p.close()
}

// showSmallLogin is the login form: System Manager Mode with an ID and a PIN, or
// with a PIN alone. Only the fields of the mode chosen can be used.
func (x *exchange) showSmallLogin(message string) {
	l := x.l
	p := x.newPage("", x.smallTitle(l.text(wLoginTitle)))
	p.put("<h1>CANON</h1><p>%s</p>", x.d.cfg.Model)
	if message != "" {
		p.put(`<p class="%s">%s</p>`, l.name("class.message"), message)
	}
	p.raw(`<form name="loginFrm" action="` + pathSmallCheck + `" autocomplete="off" method="post">`)
	id, secret := "i0014", "i0016"
	if x.d.cfg.Login == LoginPIN {
		id, secret = "", "i2101"
	}
	general := l.pick("login.general", 2) == 1 // general users may log in, too
	off := ""
	if general {
		fn := l.name("fn.login.mode")
		off = attr("disabled", true)
		p.script(fn, "on", fmt.Sprintf("var f = document.loginFrm, n = ['%s', '%s'];\n\tfor (var i = 0; i < 2; i++) { if (n[i]) { f[n[i]].disabled = !on; } }\n\tf.i0019.disabled = on", id, secret))
		p.put(`<p><input type="radio" name="i0012" id="i0012A" value="1" onclick="%s(true)"/><label for="i0012A">%s</label></p>`, fn, l.text(wManagerMode))
		p.put(`<p><input type="radio" name="i0012" id="i0012B" value="2" checked="checked" onclick="%s(false)"/><label for="i0012B">%s</label></p>`, fn, l.text(wGeneralMode))
		p.put(`<p>%s <input type="text" name="i0019" value=""/></p>`, l.label("login", wUserName))
	} else {
		p.hidden("i0012", "1")
	}
	if id != "" {
		p.raw(fmt.Sprintf(`<p>%s <input type="text" name="%s" id="%[2]s" value=""%s/></p>`, l.label("login", wDeptID), id, off))
	}
	p.raw(fmt.Sprintf(`<p>%s <input type="password" name="%s" id="%[2]s" value=""%s/></p>`, l.label("login", wPIN), secret, off))
	p.hidden("iToken", "")
	p.hidden("errText", "Error!")
	p.put(`<input type="submit" name="submitButton" id="submitButton" value="%s"/></form>`, l.text(wLogIn))
	p.close()
}

// smallTitle is the title of a page of the small family.
func (x *exchange) smallTitle(name string) string {
	return "Remote UI: " + name + ": " + x.d.cfg.Model + ": " + x.d.cfg.Model
}

// smallCredential reads the form of the small family. General users are none
// that may do anything here.
func (x *exchange) smallCredential() credential {
	c := credential{id: x.get("i0014"), password: x.get("i0016")}
	if x.d.cfg.Login == LoginPIN {
		c = credential{id: x.d.cfg.ID, password: x.get("i2101")}
	}
	if x.get("i0012") != "1" || !x.has("iToken") || !x.has("errText") {
		c.id = "\x00"
	}
	return c
}
