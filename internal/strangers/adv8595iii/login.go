package adv8595iii

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const loginCookie = "com.canon.meap.service.login.session"

type loginPage struct {
	key  *rsa.PrivateKey
	made time.Time
}

var loginFields = []string{"USERNAME", "PASSWORD", "PASSWORD_T", "CHALLENGE", "PK", "URI", "policy", "DOMAIN", "domainname", "admin", "GUEST", "invalidCH"}

// loginPage writes the login page with a key made for it.
func (c *ctx) loginPage(uri, msg string) {
	k, err := devicetest.GenerateKey(1024)
	if err != nil {
		c.w.WriteHeader(http.StatusInternalServerError)
		return
	}
	for ch, l := range c.d.logins {
		if c.d.now().Sub(l.made) > 10*time.Minute {
			delete(c.d.logins, ch)
		}
	}
	ch := devicetest.Hex(32)
	c.d.logins[ch] = &loginPage{k, c.d.now()}
	der, _ := x509.MarshalPKIXPublicKey(&k.PublicKey)
	pk := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	if _, err := c.r.Cookie("sessionid"); err != nil {
		http.SetCookie(c.w, &http.Cookie{Name: "sessionid", Value: devicetest.Hex(16), Path: "/", HttpOnly: true, Secure: true})
		http.SetCookie(c.w, &http.Cookie{Name: "portalLang", Value: "en", Path: "/"})
	}
	c.p(doctype)
	c.p("<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n<title>User Authentication : %s : %s</title>\n", deviceName, modelName)
	c.p("<link rel=\"stylesheet\" type=\"text/css\" href=\"/media/rui.css\" />\n<script type=\"text/javascript\" src=\"/media/auth.js\"></script>\n</head>\n")
	c.p("<body class=\"login\" onload=\"javascript:login_init();\">\n<div id=\"loginHead\"><span>imageRUNNER ADVANCE</span><strong>%s</strong></div>\n", modelName)
	c.p(`<form name="login" id="login" action="/login" method="post" onsubmit="return login_submit();">` + "\n<h1>User Authentication</h1>\n")
	c.errBox(msg)
	hid := func(n, v string) { c.p("<input type=\"hidden\" name=\"%s\" value=\"%s\" />\n", n, esc(v)) }
	hid("URI", uri)
	hid("CHALLENGE", ch)
	hid("PK", string(pk))
	hid("PASSWORD", "")
	hid("policy", "")
	hid("admin", "")
	hid("GUEST", "")
	hid("invalidCH", "")
	hid("domainname", "localhost")
	c.p(`<table class="login"><tr><th><label for="USERNAME">User Name:</label></th><td><input type="text" name="USERNAME" id="USERNAME" maxlength="32" autocomplete="off" /></td></tr>` + "\n")
	c.p(`<tr><th><label for="PASSWORD_T">Password:</label></th><td><input type="password" name="PASSWORD_T" id="PASSWORD_T" maxlength="32" autocomplete="off" /></td></tr>` + "\n")
	c.p(`<tr><th><label for="DOMAIN">Login Destination:</label></th><td><select name="DOMAIN" id="DOMAIN"><option value="localhost" selected="selected">This device</option></select></td></tr></table>` + "\n")
	c.p(`<fieldset class="btn"><input type="submit" name="LoginButton" value="Log In" /></fieldset>` + "\n</form>\n<address>Copyright CANON INC. 2020</address>\n</body>\n</html>\n")
	c.send()
}

func (c *ctx) login() {
	d, v := c.d, c.v
	uri := v.Get("URI")
	if u, err := url.Parse(uri); err != nil || u.Host != "" || !strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "//") {
		uri = "/"
	}
	for _, n := range loginFields {
		if !v.Has(n) {
			d.Violate("login without the form's field %s", n)
			c.loginPage(uri, "")
			return
		}
	}
	if v.Get("PASSWORD_T") != "" {
		d.Violate("a password sent in clear: PASSWORD_T was not empty")
	}
	l := d.logins[v.Get("CHALLENGE")]
	delete(d.logins, v.Get("CHALLENGE"))
	if l == nil {
		c.loginPage(uri, "The login page has expired. Enter the user name and password again.")
		return
	}
	if d.now().Before(d.lockedTil) {
		d.wrongEver++
		d.Violate("login while the account is locked")
		c.loginPage(uri, "This account is locked. Wait a while, and then log in again.")
		return
	}
	ct, err := base64.StdEncoding.DecodeString(v.Get("PASSWORD"))
	plain := []byte{}
	if err == nil {
		//lint:ignore SA1019 it is what the login page uses
		plain, err = rsa.DecryptPKCS1v15(nil, l.key, ct)
	}
	if err != nil && strings.Contains(v.Get("PASSWORD"), adminPassword) {
		d.Violate("a password sent in clear in the field PASSWORD")
	}
	if err != nil || v.Get("USERNAME") != adminName || string(plain) != adminPassword+v.Get("CHALLENGE") {
		d.wrong++
		d.wrongEver++
		if d.wrongEver > 1 {
			d.Violate("wrong password, attempt %d", d.wrongEver)
		}
		if d.wrong >= 3 {
			d.lockedTil = d.now().Add(10 * time.Minute)
			d.wrong = 0
			c.loginPage(uri, "This account is locked. Wait a while, and then log in again.")
			return
		}
		c.loginPage(uri, "The user name or password is incorrect.")
		return
	}
	d.wrong = 0
	if c.s != nil {
		delete(d.sessions, c.s.id)
	}
	if d.openSessions() > 0 {
		d.Violate("a second session while another one is open")
	}
	n, _ := rand.Int(rand.Reader, big.NewInt(1<<31))
	s := &session{id: devicetest.Hex(16), ir: n.String(), last: d.now(), pages: map[string]*page{}}
	d.sessions[s.id] = s
	http.SetCookie(c.w, &http.Cookie{Name: loginCookie, Value: s.id, Path: "/", HttpOnly: true, Secure: true})
	c.redirect(uri)
}

// entries are the portal's ways into the native pages.
var entries = map[string]string{
	"/sysmonitor": "PGTAG_JOB_PRT_STAT", "/usermode": "PGTAG_CONF_ENV_PAP", "/addressbook": "PGTAG_ADR_USR",
}

func (c *ctx) portal() {
	c.head("Remote UI : Portal")
	c.p("<body class=\"portal\">\n<div id=\"globalNavigation\"><span>%s</span> / <span>%s</span><ul><li>Login User: %s</li><li><a href=\"%s\">Log Out</a></li></ul></div>\n", modelName, deviceName, adminName, c.u("/rps/logout.cgi"))
	for e := range entries {
		c.d.offered[e+"?"] = true
	}
	c.d.offered["/sms?"] = true
	c.p("<div id=\"portalInfo\"><h2>Device Basic Information</h2><h3>Device Status</h3><dl><dt>Printer:</dt><dd>Sleeping.</dd><dt>Scanner:</dt><dd>Sleeping.</dd><dt>Fax:</dt><dd>Ready to send or receive fax.</dd></dl>\n")
	c.p("<h3>Error Information</h3><p>No errors.</p>\n<h2>Consumables Information</h2><div id=\"consum\"></div>\n<script type=\"text/javascript\">\n//<![CDATA[\nvar cstInfo = [{nm:\"Drawer 1 \",pp:\"LTR Plain 2   \",lv:3},{nm:\"Drawer 2 \",pp:\"LTR Plain 2   \",lv:3},{nm:\"Drawer 3 \",pp:\"11x17 Plain 2 \",lv:1}];\nvar tonerVolInfo = {k:{nm:\"Black \",vl:60}};\nwrite_consumables('consum', cstInfo, tonerVolInfo);\n//]]>\n</script></div>\n")
	c.p("<div id=\"portalLinks\"><h2>Basic Tools</h2><ul>\n<li><a href=\"/sysmonitor\">Status Monitor/Cancel</a></li>\n<li><a href=\"/addressbook\">Address Book</a></li>\n</ul>\n<h2>Management Tools</h2><ul>\n<li><a href=\"/usermode\">Settings/Registration</a></li>\n<li><a href=\"/sms\">Service Management Service</a></li>\n</ul></div>\n")
	c.p("<address>Copyright CANON INC. 2020</address>\n</body></html>\n")
	c.send()
}

// nativetop gives the cookie of the native pages and goes on by script.
func (c *ctx) nativetop() {
	http.SetCookie(c.w, &http.Cookie{Name: "iR", Value: c.s.ir, Path: "/", HttpOnly: true})
	to := map[string][]string{
		"PGTAG_JOB_PRT_STAT": {"jstatpri.cgi", "FromTopPage", "1", "CorePGTAG", "1"},
		"PGTAG_CONF_ENV_PAP": {"cconf.cgi", "Flag", "Init_Data", "PageFlag", "c_top.tpl"},
		"PGTAG_ADR_USR":      {"asublist.cgi", "FromTopPage", "1", "CorePGTAG", "24"},
	}[c.v.Get("CorePGTAG")]
	c.u("/rps/"+to[0], to[1:]...)
	c.p(doctype)
	c.p("<head><title>Remote UI</title><meta http-equiv=\"Content-Script-Type\" content=\"text/javascript\" /></head>\n<body onload=\"javascript:document.TOP_FORM.Dummy.value=new Date().getTime();document.TOP_FORM.submit();\">\n<form name=\"TOP_FORM\" action=\"./%s\" method=\"get\">", to[0])
	for i := 1; i < len(to); i += 2 {
		c.p(`<input type="hidden" name="%s" value="%s" />`, to[i], to[i+1])
	}
	c.p("<input type=\"hidden\" name=\"Dummy\" value=\"\" /></form>\n</body></html>\n")
	c.send()
}

func (c *ctx) logout() {
	delete(c.d.sessions, c.s.id)
	http.SetCookie(c.w, &http.Cookie{Name: loginCookie, Value: "", Path: "/", MaxAge: -1})
	http.SetCookie(c.w, &http.Cookie{Name: "iR", Value: "", Path: "/", MaxAge: -1})
	c.redirect("/")
}

func (c *ctx) sms() {
	c.head("Service Management Service")
	c.p("<body><h1>Service Management Service</h1><p>MEAP applications: none installed.</p><p><a href=\"/\">To Portal</a></p></body></html>\n")
	c.send()
}

func dateIn(v url.Values, n string) (time.Time, error) {
	t, err := time.Parse("2006/1/2", fmt.Sprintf("%s/%s/%s", v.Get(n+"Y"), v.Get(n+"M"), v.Get(n+"D")))
	return t, err
}
