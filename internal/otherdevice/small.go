package otherdevice

import (
	"net/http"
	"net/url"
)

// The smaller iR models: one login address, pages /x.html, forms posted to
// /cgi/x.cgi, the token iToken, redirects for answers.

func (s *style) small() bool { return s.login == managerLogin || s.login == pinLogin }

func (s *style) tokenField() string {
	if s.small() {
		return "iToken"
	}
	return "Token"
}

// serveSmall answers at the addresses that need no session.
func (d *Device) serveSmall(w http.ResponseWriter, r *http.Request, s *session) bool {
	switch r.URL.Path {
	case "/login.html":
		why := refusal("")
		if r.Form.Has("err") {
			why = noLogin
		}
		if s == nil {
			d.entry(w, s)
			return true
		}
		d.loginPage(w, s, why)
	case "/checkLogin.cgi":
		d.logIn(w, r, s)
	case "/portal_top.html":
		if !d.admitted(s) {
			http.Redirect(w, r, "/login.html", http.StatusFound)
			return true
		}
		d.render(w, s, "portal", view{})
	case "/logout.cgi":
		d.logOut(w, s)
	default:
		return false
	}
	return true
}

// enteredSmall reads a login; what the form sends besides has to come back.
func (d *Device) enteredSmall(f url.Values) (user, password string) {
	if !f.Has("iToken") || !f.Has("errText") {
		return "", "form not complete"
	}
	if d.style.login == pinLogin {
		return d.User(), f.Get("i2101")
	}
	if f.Get("i0012") != "1" {
		return "", "not as System Manager"
	}
	return f.Get("i0014"), f.Get("i0016")
}
