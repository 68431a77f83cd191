package simdevice

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// showPortal answers at "/": the portal, or the page of the login the session
// has got to.
func (x *exchange) showPortal() {
	s := x.openSession()
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

// openSession is the session of the request, or a new one.
func (x *exchange) openSession() *session {
	if x.sess != nil && x.expired(x.sess) {
		x.sess = nil
	}
	if x.sess == nil {
		x.sess = x.d.sessions.start(x.now)
		x.setCookie(x.l.sessionCookie(), x.sess.id)
		name := cookieLang
		if x.l.small() {
			name = "language"
		}
		x.setCookie(name, portalLang[x.d.cfg.Language])
	}
	x.sess.lastUse = x.now
	return x.sess
}

// credential is what one login form sends.
type credential struct{ id, password, domain string }

// answerLogin answers at /login. Old firmware took logins in the address, too;
// a program must not do that, for addresses end up in logs.
func (x *exchange) answerLogin() {
	if x.r.Method == http.MethodPost {
		x.login()
		return
	}
	if x.has("password") || x.has("PASSWORD") {
		x.d.obs.violate(InvariantNoSecretInClear, "a password was sent as part of an address")
	}
	x.showPortal()
}

// login answers the login form and the page for the one-time code.
func (x *exchange) login() {
	if x.sess == nil {
		x.sess = x.d.sessions.start(x.now)
		x.setCookie(x.l.sessionCookie(), x.sess.id)
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
		x.loginAgain(wLoginLocked)
		return
	}
	cred, err := x.credential()
	if err == nil && cred.id == x.d.cfg.ID && cred.password == x.d.cfg.Password && x.knownDomain(cred.domain) {
		all.failures = 0
		if most := x.d.cfg.MaxSessions; most > 0 && all.loggedIn(x.now, x.d.cfg.SessionTimeout) >= most {
			x.refuse(wTooManySessions)
			x.loginAgain(wTooManySessions)
			return
		}
		x.loggedIn()
		return
	}
	x.noteRefused(cred.id, cred.password, cred.domain)
	all.fail(x.d.cfg, x.now)
	x.refuse(wLoginRefused)
	x.loginAgain(wLoginRefused)
}

// loginAgain answers a refused login.
func (x *exchange) loginAgain(why word) {
	if x.l.small() {
		x.redirect(pathSmallRefused)
		return
	}
	x.showLogin(x.l.text(why))
}

// loggedIn lets the session in, or on to what has to come first.
func (x *exchange) loggedIn() {
	s := x.sess
	s.login = x.d.sessions.newLogin()
	s.challenge = ""
	x.setCookie(x.l.loginCookie(), s.login)
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
	host, to := x.r.Host, "/"
	if x.l.small() {
		to = pathSmallPortal
	}
	if named := x.d.cfg.RedirectHost; named != "" {
		host = named
		if port := portOf(x.r.Host); port != "" {
			host = net.JoinHostPort(named, port)
		}
	} else if host == "" || x.l.pick("login.location", 2) == 0 {
		return to
	}
	return x.scheme() + "://" + host + to
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
	case LoginManager, LoginPIN:
		c = x.smallCredential()
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
