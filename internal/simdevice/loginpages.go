package simdevice

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"html"
)

// showLogin answers with the login form. A message tells what was wrong.
func (x *exchange) showLogin(message string) {
	p := x.newPage("", loginTitles[x.d.cfg.Login])
	p.put("<h1>CANON</h1><p>%s</p>", x.d.cfg.Model)
	if message != "" {
		p.put(`<p class="%s">%s</p>`, x.l.name("class.message"), message)
	}
	p.raw(`<form name="login" action="/login" method="post">`)
	switch x.d.cfg.Login {
	case LoginUserName:
		p.hidden("uri", "%2F")
		p.loginFields(wUserName, "userID", wPassword, "password")
	case LoginRSAChallenge:
		x.rsaLoginFields(p)
	default:
		p.hidden("uri", "%2F")
		p.hidden("user_type_generic", "")
		p.hidden("loginType", "admin")
		p.hidden("password2", "")
		p.loginFields(wDeptID, "deptid", wPIN, "password")
	}
	p.loginDestinations()
	if x.d.cfg.Login == LoginRSAChallenge {
		p.raw(`<input type="button" name="LoginButton" value="` + html.EscapeString(x.l.text(wLogIn)) + `" onclick="sendLogin()"/>`)
	} else {
		p.raw(`<input type="submit" value="` + html.EscapeString(x.l.text(wLogIn)) + `"/>`)
	}
	p.raw("</form>")
	p.close()
}

var loginTitles = map[LoginKind]string{
	LoginDepartmentID: "Default Authentication : Login",
	LoginUserName:     "Login",
	LoginRSAChallenge: "Remote UI : Login",
}

func (p *page) loginFields(id word, idField string, secret word, secretField string) {
	p.raw("<table>")
	p.put(`<tr><th>%s</th><td><input type="text" name="%s" id="%s" value=""/></td></tr>`, p.l.label("login", id), idField, idField)
	p.put(`<tr><th>%s</th><td><input type="password" name="%s" id="%s" value=""/></td></tr>`, p.l.label("login", secret), secretField, secretField)
	p.raw("</table>")
}

// loginDestinations adds the selector of domains, if there are any.
func (p *page) loginDestinations() {
	domains := p.x.d.cfg.LoginDestinations
	if len(domains) == 0 {
		if p.x.d.cfg.Login == LoginRSAChallenge {
			p.hidden("DOMAIN", "localhost")
		}
		return
	}
	p.put(`<p>%s <select name="%s"><option value="localhost" selected="selected">%s</option>`, p.l.label("login", wDestination), p.x.domainField(), p.l.text(wThisDevice))
	for _, d := range domains {
		p.put(`<option value="%s">%s</option>`, d, d)
	}
	p.raw("</select></p>")
}

// rsaLoginFields are those of the RSA challenge form. Its script encrypts the
// visible box into the hidden field.
func (x *exchange) rsaLoginFields(p *page) {
	key, err := x.d.loginKey()
	if err != nil {
		x.d.obs.violate("", "the simulated device cannot make its login key: %v", err)
		return
	}
	der, _ := x509.MarshalPKIXPublicKey(&key.PublicKey) // fails for no RSA key
	x.sess.challenge = fmt.Sprintf("%016x%016x", x.d.sessions.rng.Uint64(), x.d.sessions.rng.Uint64())
	p.hidden("CHALLENGE", x.sess.challenge)
	p.hidden("PK", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	for _, f := range []Field{{"URI", "/"}, {"policy", ""}, {"admin", ""}, {"GUEST", ""}, {"PASSWORD", ""}, {"domainname", "localhost"}} {
		p.hidden(f.Name, f.Value)
	}
	p.loginFields(wUserName, "USERNAME", wPassword, "PASSWORD_T")
	p.scripts = append(p.scripts, rsaLoginScript)
}

// showPassword asks whether to change the factory password.
func (x *exchange) showPassword() {
	p := x.newPage("", "Remote UI")
	p.put("<p>%s</p>", x.l.text(wChangeAsk))
	p.raw(`<form name="sdl" action="` + pathPassword + `" method="post">`)
	p.hidden("conf", "")
	p.put(`<p>%s <input type="password" name="%s" value=""/></p>`, x.l.label("login", wNewPassword), x.l.name("field.newpassword"))
	p.put(`<input type="button" value="%s" onclick="document.sdl.conf.value='yes';document.sdl.submit()"/>`, x.l.text(wYes))
	p.put(`<input type="button" value="%s" onclick="document.sdl.conf.value='no';document.sdl.submit()"/>`, x.l.text(wNo))
	p.raw("</form>")
	p.close()
}

// showCode asks for the one-time code.
func (x *exchange) showCode(message string) {
	p := x.newPage("", "Remote UI : Login")
	p.put("<p>%s</p>", message)
	p.raw(`<form name="` + x.l.name("form.code") + `" action="/login" method="post">`)
	p.put(`<p>%s <input type="text" name="%s" value="" autocomplete="off"/></p>`, x.l.label("login", wCode), x.l.name("field.code"))
	p.put(`<input type="submit" value="%s"/></form>`, x.l.text(wOK))
	p.close()
}
