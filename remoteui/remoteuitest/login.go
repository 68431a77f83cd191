package remoteuitest

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"html"
	"net"
	"strings"
)

// showPortal answers at "/": the portal, or the page of the login the session
// has got to.
func (x *exchange) showPortal() {
	if x.sess != nil && x.expired(x.sess) {
		x.sess = nil
	}
	if x.sess == nil {
		x.sess = x.d.sessions.start(x.now)
		x.setCookie(cookieSession, x.sess.id)
		x.setCookie(cookieLang, portalLang[x.d.cfg.Language])
	}
	s := x.sess
	s.lastUse = x.now
	switch {
	case s.password:
		x.showPassword()
	case s.code:
		x.showCode("")
	case x.loginHolds(s):
		x.portalPage()
		s.visited[PagePortal] = true
	default:
		x.showLogin("")
	}
}

// credential is what one login form sends.
type credential struct{ id, password, domain string }

// login answers the login form and the page for the one-time code.
func (x *exchange) login() {
	if x.sess == nil {
		x.sess = x.d.sessions.start(x.now)
		x.setCookie(cookieSession, x.sess.id)
	}
	s, all := x.sess, &x.d.sessions
	s.lastUse = x.now
	if x.kind == PageCode {
		x.refuseCode()
		return
	}
	all.attempts++
	if all.isLocked(x.now) {
		x.refuse(wLoginLocked)
		x.showLogin(x.l.text(wLoginLocked))
		return
	}
	cred, err := x.credential()
	if err == nil && cred.id == x.d.cfg.ID && cred.password == x.d.cfg.Password && x.knownDomain(cred.domain) {
		all.failures = 0
		x.loggedIn()
		return
	}
	x.noteRefused(cred.id, cred.password, cred.domain)
	all.fail(x.d.cfg, x.now)
	x.refuse(wLoginRefused)
	x.showLogin(x.l.text(wLoginRefused))
}

// loggedIn lets the session in, or on to what has to come first.
func (x *exchange) loggedIn() {
	s := x.sess
	s.login = x.d.sessions.newLogin()
	s.challenge = ""
	x.setCookie(cookieLogin, s.login)
	switch {
	case x.d.cfg.OneTimeCode:
		s.code = true
	case x.d.cfg.ExpiredPassword:
		s.password = true
	default:
		s.loggedIn = true
	}
	x.redirect(x.afterLogin())
}

// afterLogin is where the login redirects to: a path or a whole address.
func (x *exchange) afterLogin() string {
	host := x.r.Host
	if named := x.d.cfg.RedirectHost; named != "" {
		host = named
		if port := portOf(x.r.Host); port != "" {
			host = net.JoinHostPort(named, port)
		}
	} else if host == "" || x.l.pick("login.location", 2) == 0 {
		return "/"
	}
	return x.scheme() + "://" + host + "/"
}

func (x *exchange) scheme() string {
	if x.r.TLS == nil {
		return "http"
	}
	return "https"
}

// noteRefused remembers a refused credential by its hash; one that is sent
// again comes from a program that guesses.
func (x *exchange) noteRefused(parts ...string) {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	id := hex.EncodeToString(sum[:])
	if x.d.sessions.refused[id] {
		x.d.obs.violate(InvariantRefusedOnce, "a credential that was refused was sent again")
	}
	x.d.sessions.refused[id] = true
}

func (x *exchange) refuseCode() {
	x.noteRefused("code", x.get(x.l.name("field.code")))
	x.refuse(wLoginRefused)
	x.showCode(x.l.text(wLoginRefused))
}

// knownDomain tells whether the form named a login destination there is.
func (x *exchange) knownDomain(domain string) bool {
	if domain == "" || domain == "localhost" {
		return true
	}
	for _, d := range x.d.cfg.LoginDestinations {
		if d == domain {
			return true
		}
	}
	return false
}

// credential reads the fields of the device's own login form.
func (x *exchange) credential() (credential, error) {
	c := credential{domain: x.get(x.domainField())}
	switch x.d.cfg.Login {
	case LoginUserName:
		c.id, c.password = x.get("userID"), x.get("password")
	case LoginRSAChallenge:
		c.id = x.get("USERNAME")
		password, err := x.decrypt(x.get("PASSWORD"))
		c.password = password
		return c, err
	default:
		c.id, c.password = x.get("deptid"), x.get("password")
	}
	return c, nil
}

// decrypt undoes what the RSA challenge login does to a password: PKCS #1 v1.5
// of password and challenge, in base64.
func (x *exchange) decrypt(sent string) (string, error) {
	challenge := x.sess.challenge
	x.sess.challenge = "" // good for one login
	key, err := x.d.loginKey()
	if err != nil {
		return "", err
	}
	cipher, err := base64.StdEncoding.DecodeString(sent)
	if err != nil {
		return "", err
	}
	//lint:ignore SA1019 it is what the login page uses
	plain, err := rsa.DecryptPKCS1v15(nil, key, cipher)
	if err != nil {
		return "", err
	}
	password, ok := strings.CutSuffix(string(plain), challenge)
	if !ok || challenge == "" || x.get("CHALLENGE") != challenge || x.get("PASSWORD_T") != "" {
		return "", fmt.Errorf("the challenge is not the one of this page")
	}
	return password, nil
}

// loginKey is the key of the RSA challenge login, made when first needed.
func (d *Device) loginKey() (*rsa.PrivateKey, error) {
	if d.rsaLogin == nil {
		key, err := d.store.pool.RSA(2048, false)
		if err != nil {
			return nil, err
		}
		d.rsaLogin = key
	}
	return d.rsaLogin, nil
}

// domainField is the name of the selector of login destinations; published for
// the RSA challenge form only.
func (x *exchange) domainField() string {
	if x.d.cfg.Login == LoginRSAChallenge {
		return "DOMAIN"
	}
	return x.l.name("field.domain")
}

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

// confirmPassword takes the answer to showPassword. The password stays.
func (x *exchange) confirmPassword() {
	if x.get("conf") != "no" {
		x.refuse(wLoginRefused)
		x.showPassword()
		return
	}
	x.sess.password, x.sess.loggedIn = false, true
	x.redirect("/")
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
