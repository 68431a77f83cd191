package remoteui_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/remoteui"
)

// door is the least of a device: a login form, and a portal behind it.
type door struct {
	page   string                      // what "/" shows to somebody who is not logged in
	pages  map[string]string           // other pages that need no login
	right  func(url.Values) bool       // whether a login is let in
	refuse func(http.ResponseWriter)   // how another is answered; nil: by the form once more
	first  []func(http.ResponseWriter) // how the first logins are answered, right or wrong
	begin  []string                    // what "/" shows before it shows page
	grant  func(http.ResponseWriter)   // how one that is let in is answered; nil: by a redirect and a cookie

	mu     sync.Mutex
	sent   []url.Values // of POSTs
	in     bool
	opened int // of the first page
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = r.ParseForm() // what cannot be read is not there
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	c, _ := r.Cookie("session")
	in := d.in || c != nil && c.Value == "0123456789abcdef"
	page, open := d.pages[r.URL.Path]
	switch {
	case r.Method == http.MethodPost:
		d.sent = append(d.sent, r.PostForm)
		switch {
		case open:
			fmt.Fprint(w, page)
		case len(d.sent) <= len(d.first):
			d.first[len(d.sent)-1](w)
		case d.right(r.PostForm) && d.grant != nil:
			d.in = true
			d.grant(w)
		case d.right(r.PostForm):
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "0123456789abcdef", Path: "/"})
			http.Redirect(w, r, "/", http.StatusFound)
		case d.refuse != nil:
			d.refuse(w)
		default:
			fmt.Fprint(w, "<p>Wrong.</p>"+d.page)
		}
	case r.URL.Path == "/rps/logout.cgi", r.URL.Path == "/logout.cgi":
		d.in = false
		http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1})
	case in:
		fmt.Fprint(w, `<html><head><title>Portal</title></head><body><a href="/s">Settings/Registration</a> <a href="/logout.cgi">Log Out</a></body></html>`)
	case open:
		fmt.Fprint(w, page)
	case r.URL.Path == "/" && d.opened < len(d.begin):
		d.opened++
		fmt.Fprint(w, d.begin[d.opened-1])
	default:
		d.opened++
		fmt.Fprint(w, d.page)
	}
}

// dial logs in to a door.
func (d *door) dial(t *testing.T, c remoteui.Credentials, change ...func(*remoteui.Config)) error {
	t.Helper()
	cfg := remoteui.Config{URL: "https://192.0.2.7/", Identity: remoteui.Identity{TrustOnFirstUse: true}, Credentials: c, DialContext: inMemory(t, d)}
	for _, f := range change {
		f(&cfg)
	}
	s, err := remoteui.Dial(t.Context(), cfg)
	if err == nil {
		if err := s.Close(t.Context()); err != nil {
			t.Error("closing: ", err)
		}
	}
	return err
}

const password = "open sesame"

// loginKey is what the forms with a challenge encrypt to.
var loginKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := devicetest.GenerateKey(2048)
	if err != nil {
		panic(err)
	}
	return key
})

func loginPEM() string {
	der, err := x509.MarshalPKIXPublicKey(&loginKey().PublicKey)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// unsealed is the password in a field, with the challenge behind it.
func unsealed(text, challenge string) string {
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "not base64"
	}
	//lint:ignore SA1019 it is what such a form sends
	plain, err := rsa.DecryptPKCS1v15(nil, loginKey(), sealed)
	if err != nil {
		return "not encrypted"
	}
	got, ok := strings.CutSuffix(string(plain), challenge)
	if !ok {
		return "without the challenge"
	}
	return got
}

// challengeForm is a form of the published kind (c) whose script copies the login
// destination into an empty hidden field. script makes sealed(text), which
// encrypts.
func challengeForm(destination, script string) string {
	return `<html><head><title>User Authentication : iR-ADV C3530 : iR-ADV C3530</title><script>` + script + `
function send() {
	var f = document.login;
	f.PASSWORD.value = sealed(f.PASSWORD_T.value + f.CHALLENGE.value);
	f.PASSWORD_T.value = '';
	f.DOMAIN.value = where();
	f.submit();
}</script></head><body><form name="login" action="/login" method="post">
<input type="hidden" name="CHALLENGE" value="00112233445566778899aabbccddeeff"><input type="hidden" name="PK" value="` + loginPEM() + `">
<input type="hidden" name="URI" value="/"><input type="hidden" name="policy" value=""><input type="hidden" name="DOMAIN" value=""><input type="hidden" name="PASSWORD" value="">
User Name <input name="USERNAME"> Password <input type="password" name="PASSWORD_T">` + destination + `
<input type="button" name="LoginButton" value="Log In" onclick="send()"></form></body></html>`
}

// bigRSA is RSAES-PKCS1-v1_5 as a page's script has it.
const bigRSA = `
var digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
function bits(n, size) { var s = n.toString(2); while (s.length < size) { s = '0' + s; } return s; }
function sealed(text) {
	var pem = document.login.PK.value.replace(/-----[^-]+-----/g, '').replace(/[\s=]/g, ''), all = '', i;
	for (i = 0; i < pem.length; i++) { all += bits(digits.indexOf(pem.charAt(i)), 6); }
	all = all.substr(0, all.length - all.length % 8);
	var hex = BigInt('0b' + all).toString(16), at = hex.indexOf('02820101') + 8;
	var n = BigInt('0x' + hex.substr(at, 514)), m = '0002';
	for (i = 0; i < 253 - text.length; i++) { m += '7f'; }
	m += '00';
	for (i = 0; i < text.length; i++) { m += ('0' + text.charCodeAt(i).toString(16)).slice(-2); }
	var b = BigInt('0x' + m), r = b;
	for (i = 0; i < 16; i++) { r = r * r % n; }
	all = bits(r * b % n, 2048) + '0000';
	var out = '';
	for (i = 0; i < all.length; i += 6) { out += digits.charAt(parseInt(all.substr(i, 6), 2)); }
	return out + '==';
}`

// Of the form with a challenge the page's own script is run, and where that fails
// the known scheme fills in what it would have: the password encrypted, the box
// empty, the login destination where the script copies it. One request is sent.
func TestChallengeLogin(t *testing.T) {
	t.Parallel()
	const (
		named   = ` Login Destination <select id="dest" name="domainname"><option value="localhost" selected>This Device</option><option value="corp">CORP</option></select>`
		unnamed = ` Login Destination <select id="dest"><option value="localhost">This Device</option><option value="corp">CORP</option></select>`
		none    = ` <select id="dest"><option value="">Choose</option><option value="localhost">This Device</option><option value="corp">CORP</option></select>`
		radio   = ` <input type="radio" name="to" id="a" value="localhost"><label for="a">This Device</label> <input type="radio" name="to" id="b" value="corp"><label for="b">CORP</label>`
		links   = ` <ul><li><a href="javascript:pick('localhost')">This Device</a></li><li><a href="javascript:pick('corp')">CORP</a></li></ul>`

		bySelect = `function where() { return document.getElementById('dest').value; }`
		byRadio  = `function where() { return document.getElementById('b').checked ? 'corp' : document.getElementById('a').checked ? 'localhost' : ''; }`
		byLink   = `var picked = ''; function pick(to) { picked = to; } function where() { return picked; }`

		throws = `function sealed(text) { return noSuchLibrary.encrypt(text); }`
		silent = `function sealed(text) { try { return noSuchLibrary.encrypt(text); } catch (e) { return ''; } }`
		clear  = `function sealed(text) { try { return noSuchLibrary.encrypt(text); } catch (e) { return text; } }`
		base64 = `function sealed(text) { return 'b3BlbiBzZXNhbWU='; }`
		stuck  = `function sealed(text) { alert('Cannot encrypt'); throw new Error('no'); }`
	)
	for name, c := range map[string]struct{ form, destination, domain string }{
		"script":                            {challengeForm(named, bigRSA+bySelect), "", "localhost"},
		"script, destination without name":  {challengeForm(unnamed, bigRSA+bySelect), "", "localhost"},
		"script, challenge by a request":    {strings.Replace(strings.Replace(challengeForm(named, bigRSA+bySelect), "00112233445566778899aabbccddeeff", "", 1), "var f = document.login;", "var x = new XMLHttpRequest(); x.open('GET', '/ch', false); x.send(); var f = document.login; f.CHALLENGE.value = x.responseText;", 1), "", "localhost"},
		"script, nothing chosen":            {challengeForm(none, bigRSA+bySelect), "", "localhost"},
		"script, by text":                   {challengeForm(named, bigRSA+bySelect), "corp", "corp"},
		"script, radio buttons":             {challengeForm(radio, bigRSA+byRadio), "", "localhost"},
		"script, radio buttons, by text":    {challengeForm(radio, bigRSA+byRadio), "CORP", "corp"},
		"script, links":                     {challengeForm(links, bigRSA+byLink), "", "localhost"},
		"script, links, by text":            {challengeForm(links, bigRSA+byLink), "CORP", "corp"},
		"throws":                            {challengeForm(named, throws+bySelect), "", "localhost"},
		"throws, destination without name":  {challengeForm(unnamed, throws+bySelect), "", "localhost"},
		"throws, by text":                   {challengeForm(unnamed, throws+bySelect), "CORP", "corp"},
		"throws, nothing chosen":            {challengeForm(none, throws+bySelect), "", "localhost"},
		"throws, radio buttons":             {challengeForm(radio, throws+byRadio), "CORP", "corp"},
		"throws, links":                     {challengeForm(links, throws+byLink), "", "localhost"},
		"throws, no destination offered":    {challengeForm("", throws+`function where() { return 'x'; }`), "", "localhost"},
		"fails in silence":                  {challengeForm(named, silent+bySelect), "", "localhost"},
		"would send in clear":               {challengeForm(named, clear+bySelect), "", "localhost"},
		"would send in base64":              {challengeForm(named, base64+bySelect), "", "localhost"},
		"asks for nothing":                  {challengeForm(named, stuck+bySelect), "", "localhost"},
		"the script of the page is missing": {challengeForm(unnamed, ""), "", "localhost"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &door{page: c.form, pages: map[string]string{"/ch": "8899aabbccddeeff"}, right: func(f url.Values) bool { return f.Get("DOMAIN") == c.domain }}
			said := ""
			if err := d.dial(t, remoteui.Credentials{UserName: "Administrator", Password: remoteui.NewSecret(password), Destination: c.destination}, func(cfg *remoteui.Config) {
				cfg.OnEvent = func(e remoteui.Event) { said += e.Text + "\n" }
			}); err != nil {
				t.Error(err)
			}
			if own := !strings.Contains(said, "known scheme"); own != strings.HasPrefix(name, "script") {
				t.Errorf("by the page's own script: %v; %s", own, said)
			}
			if len(d.sent) != 1 {
				t.Fatalf("%d logins", len(d.sent))
			}
			f := d.sent[0]
			if got := unsealed(f.Get("PASSWORD"), f.Get("CHALLENGE")); got != password {
				t.Errorf("PASSWORD is %s", got)
			}
			for field, want := range map[string]string{"USERNAME": "Administrator", "DOMAIN": c.domain, "PASSWORD_T": "", "URI": "/", "policy": ""} {
				if got, ok := f[field]; !ok || len(got) != 1 || got[0] != want {
					t.Errorf("%s = %q, want %q", field, got, want)
				}
			}
			if strings.Contains(fmt.Sprint(f), password) {
				t.Error("the password went out in clear")
			}
		})
	}
}

// A script that encrypts by a scheme that is not known, and fails, is no reason to
// send the password in clear, or to guess.
func TestNothingIsSentInClear(t *testing.T) {
	t.Parallel()
	const form = `<form name="login" action="/login" method="post" onsubmit="this.password.value = hex_md5(this.password.value); return true">User Name <input name="userID"> Password <input type="password" name="password"><input type="submit" value="Log In"></form>`
	to := map[string]string{"destination known to the script alone": "CORP"}
	for name, page := range map[string]string{
		"scheme within the scripts":                `<script>function hex_md5(s) { return missing(s); }</script>` + form,
		"challenge without a key":                  `<script>function hex_md5(s) { return missing(s); }</script>` + strings.Replace(form, "User Name", `<input type="hidden" name="nonce" value="0011223344">User Name`, 1),
		"unreadable key":                           strings.Replace(challengeForm("", `function sealed() { throw 1 }`), "MIIB", "????", 1),
		"login by a request of the script":         `User Name <input id="u"> Password <input type="password" id="p"> <button onclick="var x = new XMLHttpRequest(); x.open('POST', '/login', false); x.send('u=' + document.getElementById('u').value + '&p=' + document.getElementById('p').value); location.href = '/'">Log In</button>`,
		"login by a request of the script, caught": `User Name <input id="u"> Password <input type="password" id="p"> <button onclick="try { var x = new XMLHttpRequest(); x.open('POST', '/login', false); x.send(document.getElementById('p').value); } catch (e) { } location.href = '/'">Log In</button>`,
		"login by an address of the script":        strings.Replace(strings.Replace(form, "onsubmit", "data-x", 1), `type="submit"`, `type="button" onclick="var x = new XMLHttpRequest(); x.open('GET', '/login?p=' + this.form.password.value, false); x.send(); location.href = '/'"`, 1),
		"destination known to the script alone":    challengeForm(`<a href="javascript:no()">This Device</a> <a href="javascript:no()">CORP</a>`, `function no() { }`),
		"within an address":                        strings.Replace(strings.Replace(form, `method="post"`, "", 1), "onsubmit", "data-x", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &door{page: page, right: func(url.Values) bool { return true }}
			err := d.dial(t, remoteui.Credentials{UserName: "Administrator", Password: remoteui.NewSecret(password), Destination: to[name]})
			if _, ok := errors.AsType[*remoteui.PageError](err); !ok || len(d.sent) != 0 || strings.Contains(fmt.Sprintf("%+v", err), password) {
				t.Errorf("%v; sent %v", err, d.sent)
			}
		})
	}
}
