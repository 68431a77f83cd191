package otherdevice

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"sync"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// loginKind is which of the published login forms a style has.
type loginKind int

const (
	noLoginAsked loginKind = iota
	departmentLogin
	userLogin
	challengeLogin
	managerLogin // of the small models: System Manager ID and PIN
	pinLogin     // and a PIN alone
)

const (
	nativeTop     = "/rps/nativetop.cgi"
	sessionCookie = "sessionid"
	loginCookie   = "com.canon.meap.service.login.session"
)

// Credentials are what a device's login form takes: a department ID or a user
// name, and the password. All are empty if it asks for none.
type Credentials struct{ UserName, DepartmentID, Password string }

// Credentials tells what the device accepts.
func (d *Device) Credentials() Credentials { return d.style.credentials }

// User is the user name or department ID that the device accepts.
func (d *Device) User() string {
	return cmp.Or(d.style.credentials.UserName, d.style.credentials.DepartmentID)
}

// Password is the password that the device accepts.
func (d *Device) Password() string { return d.style.credentials.Password }

// session is one browser.
type session struct {
	id, login, native string
	challenge         string
	token, next       string // the token writes need; the one being handed out
	seen              map[string]bool
	chosen            map[string]int // keys by place, not stored yet
}

// OpenSessions counts the sessions that logged in and neither logged out nor
// were forgotten in a restart.
func (d *Device) OpenSessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, s := range d.sessions {
		if s.login != "" {
			n++
		}
	}
	return n
}

func (d *Device) sessionOf(r *http.Request) *session {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	s := d.sessions[c.Value]
	if s == nil || s.login == "" {
		return s
	}
	if c, err = r.Cookie(loginCookie); err != nil || c.Value != s.login {
		return nil
	}
	return s
}

// admitted tells whether the session may see more than the login page.
func (d *Device) admitted(s *session) bool {
	return s != nil && (s.login != "" || d.style.login == noLoginAsked)
}

// entry is the portal, or the login page to those not logged in.
func (d *Device) entry(w http.ResponseWriter, s *session) {
	if s == nil {
		s = &session{id: randomHex(16), seen: map[string]bool{}}
		d.sessions[s.id] = s
		http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: s.id, Path: "/"})
		http.SetCookie(w, &http.Cookie{Name: "portalLang", Value: "ch", Path: "/"})
	}
	switch {
	case d.admitted(s) && d.style.small():
		d.render(w, s, "toportal", view{})
	case d.admitted(s):
		d.render(w, s, "portal", view{})
	case d.style.small():
		d.render(w, s, "tologin", view{})
	default:
		d.loginPage(w, s, "")
	}
}

func (d *Device) loginPage(w http.ResponseWriter, s *session, why refusal) {
	v := view{Error: d.style.texts[why]}
	if d.style.login == challengeLogin {
		s.challenge, v.PK = randomHex(16), loginPEM()
		v.Challenge = s.challenge
	}
	d.render(w, s, "login", v)
}

// enterNative sets the cookie that every page below /rps/ needs.
func (d *Device) enterNative(w http.ResponseWriter, s *session) {
	if s.native == "" {
		s.native = decimal(31)
	}
	http.SetCookie(w, &http.Cookie{Name: "iR", Value: s.native, Path: "/"})
}

// logIn answers the login form.
func (d *Device) logIn(w http.ResponseWriter, r *http.Request, s *session) {
	if s == nil {
		d.expired(w)
		return
	}
	user, password := d.entered(r, s)
	want := d.style.credentials
	if user != want.UserName+want.DepartmentID || password != want.Password {
		sum := sha256.Sum256([]byte(user + "\x00" + password))
		if d.refused[string(sum[:])] {
			d.blame("login refused repeated")
		}
		d.refused[string(sum[:])] = true
		if d.style.small() {
			http.Redirect(w, r, "/login.html?err=1", http.StatusFound)
			return
		}
		d.loginPage(w, s, noLogin)
		return
	}
	s.login = decimal(62)
	if d.style.login == challengeLogin {
		s.login = randomHex(16)
	}
	http.SetCookie(w, &http.Cookie{Name: loginCookie, Value: s.login, Path: "/"})
	if d.style.small() {
		http.Redirect(w, r, "/portal_top.html", http.StatusFound)
		return
	}
	w.Header().Set("Location", "https://"+r.Host+"/")
	w.WriteHeader(http.StatusFound)
}

// entered reads user and password from whichever form the style has.
func (d *Device) entered(r *http.Request, s *session) (user, password string) {
	f := r.PostForm
	switch d.style.login {
	case departmentLogin:
		return f.Get("deptid"), f.Get("password")
	case userLogin:
		return f.Get("userID"), f.Get("password")
	case managerLogin, pinLogin:
		return d.enteredSmall(f)
	}
	cipher, err := base64.StdEncoding.DecodeString(f.Get("PASSWORD"))
	if err != nil || f.Get("PASSWORD_T") != "" || f.Get("CHALLENGE") != s.challenge {
		return f.Get("USERNAME"), "unreadable " + s.challenge
	}
	//lint:ignore SA1019 the padding is what the real login form uses
	clear, _ := rsa.DecryptPKCS1v15(nil, loginKey(), cipher)
	password, _ = strings.CutSuffix(string(clear), s.challenge)
	return f.Get("USERNAME"), password
}

// logOut forgets the session.
func (d *Device) logOut(w http.ResponseWriter, s *session) {
	if s != nil {
		delete(d.sessions, s.id)
	}
	w.Header().Set("Location", "/")
	w.WriteHeader(http.StatusFound)
}

// expired is the page for whoever comes from nowhere; status 200.
func (d *Device) expired(w http.ResponseWriter) {
	d.render(w, nil, "expired", view{})
}

var loginKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, _ := devicetest.GenerateKey(2048)
	return k
})

// loginPEM is the login key as the form carries it, line breaks included.
func loginPEM() string {
	der, _ := x509.MarshalPKIXPublicKey(&loginKey().PublicKey)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}

func decimal(bits uint) string {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), bits))
	return n.String()
}

// newToken has twenty digits and does not fit into 64 bits.
func newToken() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(1e18))
	return new(big.Int).Add(new(big.Int).Mul(big.NewInt(98), big.NewInt(1e18)), n).String()
}
