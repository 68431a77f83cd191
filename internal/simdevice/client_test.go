package simdevice

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// client operates a device without running scripts: it knows the drawn names.
type client struct {
	t    *testing.T
	d    *Device
	http *http.Client
	base string
	body string // of the last page
	resp *http.Response
}

// newDevice makes a device that reports violations to t, unless silent.
func newDevice(t *testing.T, cfg Config) *Device {
	t.Helper()
	if cfg.Errorf == nil {
		cfg.Errorf = t.Errorf
	}
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func silent(string, ...any) {}

// newClient connects in memory, or by loopback after Start.
func newClient(t *testing.T, d *Device) *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		DialContext:     d.DialContext,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // tests look at the certificate themselves
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, d: d, base: strings.TrimSuffix(d.URL(), "/"), http: &http.Client{
		Jar: jar, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c *client) try(method, path string, form []Field) error {
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(encode(form)))
	if err != nil {
		return err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	c.resp, c.body = resp, string(body)
	return err
}

func (c *client) do(method, path string, form []Field) {
	c.t.Helper()
	if err := c.try(method, path, form); err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
}

func (c *client) get(path string)                { c.t.Helper(); c.do(http.MethodGet, path, nil) }
func (c *client) post(path string, form []Field) { c.t.Helper(); c.do(http.MethodPost, path, form) }

func encode(form []Field) string {
	var parts []string
	for _, f := range form {
		parts = append(parts, url.QueryEscape(f.Name)+"="+url.QueryEscape(f.Value))
	}
	return strings.Join(parts, "&")
}

// word is a text of the device's pages.
func (c *client) word(w word) string { return c.d.lay.text(w) }

// has tells whether the last page holds a text.
func (c *client) has(w word) bool { return strings.Contains(html.UnescapeString(c.body), c.word(w)) }

// opened fails the test unless the last request got its page.
func (c *client) opened(what any) {
	c.t.Helper()
	if c.resp.StatusCode != http.StatusOK || c.has(wCannotOpen) || c.has(wLogIn) && strings.Contains(c.body, `name="login"`) {
		c.t.Fatalf("%v: status %d, page:\n%s", what, c.resp.StatusCode, c.body)
	}
}

// login logs in as configured and enters the native UI.
func (c *client) login() {
	c.t.Helper()
	c.get("/")
	if c.d.cfg.Login != LoginNotNecessary {
		c.tryLogin(c.d.cfg.Password)
		if c.resp.StatusCode != http.StatusFound {
			c.t.Fatalf("login: status %d:\n%s", c.resp.StatusCode, c.body)
		}
		c.get("/")
	}
	c.enter()
}

func (c *client) enter() {
	c.t.Helper()
	c.enterNative()
	c.open(PageSettings)
}

// tryLogin sends the login form.
func (c *client) tryLogin(password string) {
	c.t.Helper()
	if c.d.lay.small() {
		c.get(pathSmallLogin)
	}
	c.post(c.loginPath(), c.credentials(password))
	if c.resp.Header.Get("Location") == pathSmallRefused {
		c.get(pathSmallRefused)
	}
}

// shutOut tells whether the last answer was the error page, or led to the login.
func (c *client) shutOut() bool {
	return c.has(wCannotOpen) || strings.Contains(c.resp.Header.Get("Location")+c.body, pathSmallLogin)
}

// enterNative goes to where every walk to a page begins.
func (c *client) enterNative() {
	c.t.Helper()
	if c.d.lay.small() {
		c.get(pathSmallPortal)
		return
	}
	c.get(pathRPS + cgiEntry + "?RUIPNxBundle=&CorePGTAG=" + tagSettings)
}

func (c *client) loginPath() string {
	if c.d.lay.small() {
		return pathSmallCheck
	}
	return pathLogin
}

func (c *client) logout() {
	c.t.Helper()
	if c.d.lay.small() {
		c.get(pathSmallLogout)
		return
	}
	c.get(pathRPS + cgiLogout + "?Dummy=1")
}

// credentials fills in the login form just loaded.
func (c *client) credentials(password string) []Field {
	c.t.Helper()
	if c.d.lay.small() {
		form := append(c.form("loginFrm"), Field{"i0014", c.d.cfg.ID}, Field{"i0016", password}, Field{"i2101", password})
		return with(form, Field{"i0012", "1"})
	}
	form := c.form("login")
	switch c.d.cfg.Login {
	case LoginUserName:
		return append(form, Field{"userID", c.d.cfg.ID}, Field{"password", password})
	case LoginRSAChallenge:
		return c.challengeAnswer(form, password)
	}
	return append(form, Field{"deptid", c.d.cfg.ID}, Field{"password", password})
}

// open loads a page directly, as its links do.
func (c *client) open(kind PageKind, params ...Field) {
	c.t.Helper()
	c.tryOpen(kind, params...)
	c.opened(kind)
}

func (c *client) tryOpen(kind PageKind, params ...Field) {
	c.t.Helper()
	to := target{kind: kind, params: params}
	c.show(to)
	if c.d.lay.editForm(kind) {
		to.edit = true
		c.show(to)
	}
}

// show loads one page, by way of one that leads to it.
func (c *client) show(to target) {
	c.t.Helper()
	kind, x := to.kind, &exchange{d: c.d, l: c.d.lay}
	c.get(c.d.lay.address(to, x))
	if strings.Contains(c.body, `http-equiv="refresh" content="0`) {
		c.get(c.d.lay.address(to, x))
	}
	if hop := c.d.lay.name("form.hop"); strings.Contains(c.body, `name="`+hop+`"`) {
		c.post(pathRPS+c.d.lay.routes[kind].cgi, c.form(hop))
	}
}

// write submits the main form of the page of kind on, which is the last page,
// to kind to, with values set.
func (c *client) write(on, to PageKind, set ...Field) {
	c.t.Helper()
	c.send(c.d.lay.formName(on), to, set...)
}

func (c *client) send(form string, to PageKind, set ...Field) {
	c.t.Helper()
	c.post(c.action(to), c.filled(form, to, set...))
	if c.d.lay.small() && c.resp.StatusCode == http.StatusFound {
		c.get(c.resp.Header.Get("Location"))
	}
}

// action is where a page's form is posted to.
func (c *client) action(to PageKind) string {
	if c.d.lay.small() {
		return c.d.lay.smallAction(to)
	}
	return pathRPS + c.d.lay.routes[to].cgi
}

func (c *client) filled(name string, to PageKind, set ...Field) []Field {
	c.t.Helper()
	form := c.form(name)
	all := append([]Field{{"Flag", "Exec_Data"}, {"PageFlag", c.d.lay.routes[to].tpl}}, set...)
	for _, s := range all {
		form = with(form, s)
	}
	return form
}

// with sets a field of a form, adding it if it is new.
func with(form []Field, f Field) []Field {
	for i := range form {
		if form[i].Name == f.Name {
			form[i].Value = f.Value
			return form
		}
	}
	return append(form, f)
}

// form reads the hidden fields of a form in order.
func (c *client) form(name string) []Field {
	c.t.Helper()
	var fields []Field
	in, found := false, false
	z := html.NewTokenizer(strings.NewReader(c.body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !found {
				c.t.Fatalf("no form %q in page:\n%s", name, c.body)
			}
			return fields
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			a := attributes(token)
			switch {
			case token.Data == "form":
				in = a["name"] == name
				found = found || in
			case token.Data == "input" && in && a["type"] == "hidden":
				fields = append(fields, Field{a["name"], a["value"]})
			}
		case html.EndTagToken:
			if z.Token().Data == "form" {
				in = false
			}
		}
	}
}

func attributes(t html.Token) map[string]string {
	all := make(map[string]string)
	for _, a := range t.Attr {
		all[a.Key] = a.Val
	}
	return all
}

// row is the number of a key's row by now.
func (c *client) row(name string) string {
	c.t.Helper()
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	k := c.d.store.byName(name)
	if k == nil {
		c.t.Fatalf("no key %q", name)
	}
	return fmt.Sprint((&exchange{d: c.d, l: c.d.lay}).rowID(k))
}

func (c *client) toKeyList() {
	c.t.Helper()
	c.open(PageManagement)
	c.open(PageKeyList)
}

// newKey is what the form for a new key is filled with.
type newKey struct {
	name, start, end, cn, org string
	hash, length              int // indices
	curve                     int // index + 1; 0 means RSA
}

func (c *client) fill(n newKey) []Field {
	l := c.d.lay
	set := []Field{
		{l.name(fieldName), n.name}, {l.name(fieldHash), l.hashOptions()[n.hash].value},
		{l.name(fieldAlgorithm), l.algorithmOptions()[0].value}, {l.name(fieldLength), l.lengthOptions()[n.length].value},
		{l.name(fieldCountryMode), "1"}, {l.name(fieldCountryCode), "TW"},
		{l.name(fieldOrganization), n.org}, {l.name(fieldCommonName), n.cn},
	}
	if n.curve > 0 {
		set[2].Value = l.algorithmOptions()[1].value
		set[3] = Field{l.name(fieldCurve), l.curveOptions()[n.curve-1].value}
	}
	for field, date := range map[string]string{fieldStart: n.start, fieldEnd: n.end} {
		if !l.threeBoxes() {
			set = append(set, Field{l.name(field), date})
			continue
		}
		for i, part := range strings.Split(date, "/") {
			set = append(set, Field{l.name(fmt.Sprint(field, i)), part})
		}
	}
	return set
}

// good is a form without mistakes.
func good(name string) newKey {
	return newKey{name: name, start: "2026/11/01", end: "2031/10/31", cn: "printer.example", org: "Example", length: 2}
}

// generate makes a key and waits for it.
func (c *client) generate(n newKey) {
	c.t.Helper()
	c.toKeyList()
	c.open(PageGenerateMenu)
	c.open(PageGenerate)
	c.write(PageGenerate, PageGenerate, c.fill(n)...)
	for c.has(wGenerating) {
		c.open(PageGenerating)
	}
}

// use binds a key to TLS.
func (c *client) use(name string) {
	c.t.Helper()
	c.open(PageNetwork)
	c.open(PageTLS)
	c.open(PageTLSKeys)
	c.write(PageTLSKeys, PageTLSKeys, Field{c.d.lay.rowField(), c.row(name)})
}

// delete deletes a key, by way of the page that asks or without.
func (c *client) delete(name string) {
	c.t.Helper()
	c.toKeyList()
	id := c.row(name)
	set := []Field{{c.d.lay.name("field.select"), id}, {c.d.lay.rowField(), id}}
	if !c.d.lay.asksOnPage() {
		c.write(PageKeyList, PageKeyList, set...)
		return
	}
	if c.d.lay.small() {
		c.open(PageDelete, Field{c.d.lay.rowField(), id})
	} else {
		c.write(PageKeyList, PageDelete, append(set, Field{"Flag", "Init_Data"})...)
	}
	c.write(PageDelete, PageDelete, Field{c.d.lay.rowField(), id})
}

// apply restarts the device and waits until it is back.
func (c *client) apply() {
	c.t.Helper()
	before := c.d.Restarts()
	c.confirmApply()
	c.awaitRestart(before + 1)
}

// confirmApply gives the command to restart.
func (c *client) confirmApply() {
	c.t.Helper()
	l := c.d.lay
	c.open(PageSettings)
	form := l.applyFormName()
	if style := l.applyStyle(); l.restartItem() || style == applyPage || style == applyPageDialogue {
		c.open(PageApply)
		form = l.formName(PageApply)
	}
	c.send(form, PageApply)
}

// awaitRestart waits until the device has restarted and can be dialed.
func (c *client) awaitRestart(n int) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	for {
		if c.d.Restarts() >= n {
			conn, err := c.d.DialContext(ctx, "tcp", "device:"+fmt.Sprint(portTLS))
			if err == nil {
				conn.Close()
				return
			}
		}
		select {
		case <-ctx.Done():
			c.t.Fatal("the device did not restart")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// servedKey is the name of the key TLS is served with.
func servedKey(t *testing.T, d *Device) string {
	t.Helper()
	raw, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort("device", fmt.Sprint(portTLS)))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true}) // looked at below
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	leaf := conn.ConnectionState().PeerCertificates[0]
	for _, k := range d.Keys() {
		if k.Certificate != nil && k.Certificate.Equal(leaf) {
			return k.Name
		}
	}
	t.Fatalf("TLS is served with the certificate of no key: %s", leaf.Subject)
	return ""
}
