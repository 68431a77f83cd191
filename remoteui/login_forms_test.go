package remoteui_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
)

// Every login form that a person can tell is filled in and sent as a browser sends
// it, once: whatever its fields are called, and wherever it is.
func TestLoginForms(t *testing.T) {
	t.Parallel()
	const (
		dept    = `<form name="login" action="/login" method="post"><input type="hidden" name="uri" value="%2F"><input type="hidden" name="user_type_generic" value=""><input type="hidden" name="loginType" value="admin"><input type="hidden" name="password2" value=""><p>Department ID <input name="deptid"></p><p>PIN <input type="password" name="password"></p><input type="submit" value="Log In"></form>`
		modes   = `<input type="radio" name="mode" id="m" value="admin" onclick="f(0)"><label for="m">Administrator</label><input type="radio" name="mode" id="g" value="general" checked onclick="f(1)"><label for="g">General User</label>`
		byModes = `<script>function f(off) { var l = document.l; l.adminId.disabled = l.adminPin.disabled = !!off; l.who.disabled = l.secret.disabled = !off; }</script>`
		labels  = `<form name="l" action="/enter.cgi" method="post"><input type="hidden" name="tk" value="77">%s</form>`
	)
	labelled := func(inner string) string { return fmt.Sprintf(labels, inner) }
	user := remoteui.Credentials{UserName: "Administrator", Password: remoteui.NewSecret(password)}
	pin := remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret(password)}
	for name, c := range map[string]struct {
		page  string
		pages map[string]string
		with  remoteui.Credentials
		to    string // login destination
		want  string // what is sent, as a query; empty values included
	}{
		"(a)":                    {page: dept, with: pin, want: "uri=%252F&user_type_generic=&loginType=admin&password2=&deptid=7654321&password=open+sesame"},
		"(b)":                    {page: userForm, with: user, want: "uri=%252F&userID=Administrator&password=open+sesame"},
		"(b), with a domain":     {page: strings.Replace(userForm, "<input type=\"submit\"", `Login Destination <select name="domain"><option value="0">This Device</option><option value="1">CORP</option></select><input type="submit"`, 1), with: user, to: "CORP", want: "uri=%252F&userID=Administrator&password=open+sesame&domain=1"},
		"(b), script copies":     {page: strings.Replace(strings.Replace(userForm, `method="post"`, `method="post" onsubmit="this.domain.value = document.getElementById('d').value"`, 1), "<input type=\"submit\"", `Login Destination <select id="d"><option value="localhost">Local Device</option></select><input type="hidden" name="domain"><input type="submit"`, 1), with: user, want: "uri=%252F&userID=Administrator&password=open+sesame&domain=localhost"},
		"user and password":      {page: labelled(`User Name: <input name="u1"> Password: <input type="password" name="p1"> <input type="submit" value="OK">`), with: user, want: "tk=77&u1=Administrator&p1=open+sesame"},
		"ID and PIN":             {page: labelled(`System Manager ID: <input name="f1"> PIN: <input type="password" name="f2"> <button>Log In</button>`), with: pin, want: "tk=77&f1=7654321&f2=open+sesame"},
		"ID and PIN, ja":         {page: labelled(`部門ID <input name="f1"> 暗証番号 <input type="password" name="f2"> <input type="submit" value="ログイン">`), with: pin, want: "tk=77&f1=7654321&f2=open+sesame"},
		"user, zh-TW":            {page: labelled(`使用者名稱： <input name="f1"> 密碼： <input type="password" name="f2"> 登入目的地： <select name="f3"><option value="0">本機</option><option value="1">網域</option></select> <input type="submit" value="登入">`), with: user, want: "tk=77&f1=Administrator&f2=open+sesame&f3=0"},
		"PIN alone":              {page: labelled(`PIN: <input type="password" name="f2"> <input type="submit" value="Log In"><input type="reset" value="Clear">`), with: pin, want: "tk=77&f2=open+sesame"},
		"PIN as plain text":      {page: labelled(`Department ID: <input name="f1"> PIN: <input name="f2"> <input type="submit" value="Log In">`), with: pin, want: "tk=77&f1=7654321&f2=open+sesame"},
		"two buttons":            {page: labelled(`PIN: <input type="password" name="f2"> <input type="submit" name="go" value="General User Login"> <input type="submit" name="go" value="Administrator Login">`), with: pin, want: "tk=77&f2=open+sesame&go=Administrator+Login"},
		"no label":               {page: labelled(`<input name="f1"> <input type="password" name="f2"> <input type="submit" value="Log In">`), with: pin, want: "tk=77&f1=7654321&f2=open+sesame"},
		"radio destination":      {page: labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2"> Login Destination <input type="radio" name="d" value="L" id="x"><label for="x">This Device</label><input type="radio" name="d" value="D" id="y"><label for="y">CORP</label> <input type="submit" value="Log In">`), with: user, to: "corp", want: "tk=77&f1=Administrator&f2=open+sesame&d=D"},
		"radio, nothing chosen":  {page: labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2"> Login Destination <input type="radio" name="d" value="L" id="x"><label for="x">This Device</label><input type="radio" name="d" value="D" id="y"><label for="y">CORP</label> <input type="submit" value="Log In">`), with: user, want: "tk=77&f1=Administrator&f2=open+sesame&d=L"},
		"typed destination":      {page: labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2"> Domain: <input name="d"> <input type="submit" value="Log In">`), with: user, to: "CORP", want: "tk=77&f1=Administrator&f2=open+sesame&d=CORP"},
		"a language select":      {page: labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2"> <select name="lang"><option value="en" selected>English</option><option value="ja">日本語</option></select> <input type="submit" value="Log In">`), with: user, want: "tk=77&f1=Administrator&f2=open+sesame&lang=en"},
		"modes":                  {page: byModes + labelled(modes+` System Manager ID <input name="adminId" disabled> PIN <input type="password" name="adminPin" disabled> User Name <input name="who"> Password <input type="password" name="secret"> <input type="submit" value="Log In">`), with: pin, want: "tk=77&mode=admin&adminId=7654321&adminPin=open+sesame"},
		"mode by select":         {page: labelled(`<select name="kind"><option value="g">General User</option><option value="a">Administrator</option></select> PIN <input type="password" name="f2"> <input type="submit" value="Log In">`), with: pin, want: "tk=77&kind=a&f2=open+sesame"},
		"link":                   {page: labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2"> <a href="javascript:document.l.submit()">Log In</a>`), with: user, want: "tk=77&f1=Administrator&f2=open+sesame"},
		"link beside the form":   {page: labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2">`) + `<a href="#" onclick="document.l.submit(); return false">Log In</a>`, with: user, want: "tk=77&f1=Administrator&f2=open+sesame"},
		"image":                  {page: labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2"> <input type="image" src="/b.gif" alt="Log In" name="go">`), with: user, want: "tk=77&f1=Administrator&f2=open+sesame&go.x=1&go.y=1"},
		"image in a link":        {page: labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2"> <a href="javascript:document.l.submit()"><img src="/b.gif" alt="Log In"></a>`), with: user, want: "tk=77&f1=Administrator&f2=open+sesame"},
		"button with a script":   {page: labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2"> <input type="button" value="Cancel" onclick="location='/'"><input type="button" value="Log In" onclick="this.form.tk.value='78'; this.form.submit()">`), with: user, want: "tk=78&f1=Administrator&f2=open+sesame"},
		"boxes without names":    {page: `User Name: <input id="u"> Password: <input type="password" id="p"> <button onclick="var f = document.f; f.a.value = document.getElementById('u').value; f.b.value = document.getElementById('p').value; f.submit()">Log In</button><form name="f" action="/enter.cgi" method="post"><input type="hidden" name="a"><input type="hidden" name="b"></form>`, with: user, want: "a=Administrator&b=open+sesame"},
		"readonly user":          {page: labelled(`User Name: <input name="f1" value="Administrator" readonly> Password: <input type="password" name="f2"> <input type="submit" value="Log In">`), with: pin, want: "tk=77&f1=Administrator&f2=open+sesame"},
		"user from a list":       {page: labelled(`User Name: <select name="f1"><option value="1">Guest</option><option value="2">Administrator</option></select> Password: <input type="password" name="f2"> <input type="submit" value="Log In">`), with: user, want: "tk=77&f1=2&f2=open+sesame"},
		"start page with a link": {page: `<h1>Remote UI</h1><a href="/adm.html">Administrator Login</a> <a href="/gen.html">General User Login</a>`, pages: map[string]string{"/adm.html": labelled(`PIN <input type="password" name="f2"> <input type="submit" value="Log In">`)}, with: pin, want: "tk=77&f2=open+sesame"},
		"portal with a link":     {page: `<a href="/sysmonitor">Status Monitor/Cancel</a> <a href="/l.html">Log In</a>`, pages: map[string]string{"/l.html": dept}, with: pin, want: "uri=%252F&user_type_generic=&loginType=admin&password2=&deptid=7654321&password=open+sesame"},
		"frameset":               {page: `<frameset cols="1,2"><frame name="a" src="/m.html"><frame name="b" src="/l.html"></frameset>`, pages: map[string]string{"/m.html": "menu", "/l.html": strings.Replace(dept, `method="post"`, `method="post" target="_top"`, 1)}, with: pin, want: "uri=%252F&user_type_generic=&loginType=admin&password2=&deptid=7654321&password=open+sesame"},
		"frame within the page":  {page: `<h1>Remote UI</h1><iframe src="/l.html"></iframe>`, pages: map[string]string{"/l.html": dept}, with: pin, want: "uri=%252F&user_type_generic=&loginType=admin&password2=&deptid=7654321&password=open+sesame"},
		"two forms":              {page: `<form action="/general.cgi" method="post">User Name <input name="g"> Password <input type="password" name="h"><input type="submit" value="Log In"></form>` + labelled(`System Manager ID <input name="f1"> PIN <input type="password" name="f2"> <input type="submit" value="Log In">`), with: pin, want: "tk=77&f1=7654321&f2=open+sesame"},
		"destinations by links":  {page: labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2"> <input type="hidden" name="dom"> <ul><li><a href="javascript:void(document.l.dom.value='L')">This Device</a></li><li><a href="javascript:void(document.l.dom.value='C')">CORP</a></li></ul> <input type="submit" value="Log In">`), with: user, to: "CORP", want: "tk=77&f1=Administrator&f2=open+sesame&dom=C"},
		"destinations by pages":  {page: labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2"> <a href="/here.html">This Device</a> <a href="/corp.html">CORP</a> <input type="submit" value="Log In">`), pages: map[string]string{"/corp.html": labelled(`User Name: <input name="f1"> Password: <input type="password" name="f2"> <input type="hidden" name="dom" value="CORP"> <input type="submit" value="Log In">`)}, with: user, to: "CORP", want: "tk=77&f1=Administrator&f2=open+sesame&dom=CORP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, secret := range []string{password, "wrong"} {
				d := &door{page: c.page, pages: c.pages, right: func(f url.Values) bool { return strings.Contains(f.Encode(), "open+sesame") }}
				with := c.with
				with.Password, with.Destination = remoteui.NewSecret(secret), c.to
				var kept memory // the process's own makes slow hashes
				err := d.dial(t, with, func(c *remoteui.Config) { c.Memory = &kept })
				if secret == password && (err != nil || kept.refused != 0) {
					t.Errorf("%v, %d refusals remembered", err, kept.refused)
				}
				if _, refused := errors.AsType[*remoteui.LoginError](err); secret != password && (!refused || kept.refused != 1) {
					t.Errorf("a wrong password: %v, %d refusals remembered", err, kept.refused)
				}
				want, _ := url.ParseQuery(strings.ReplaceAll(c.want, "open+sesame", url.QueryEscape(secret)))
				if len(d.sent) != 1 || d.sent[0].Encode() != want.Encode() {
					t.Errorf("sent %v, want %v once", d.sent, want)
				}
			}
		})
	}
}

// The name first, and the password on a page of its own.
func TestLoginInTwoSteps(t *testing.T) {
	t.Parallel()
	const first = `<html><head><title>Log In</title></head><body><form action="/who.cgi" method="post"><input type="hidden" name="tk" value="1">User Name: <input name="who"> <input type="submit" value="Next"></form></body></html>`
	const second = `<form action="/enter.cgi" method="post"><input type="hidden" name="who" value="Administrator"><p>Administrator</p>Password: <input type="password" name="secret"> <input type="submit" value="Log In"></form>`
	for name, c := range map[string]struct {
		after string // the page behind the name
		with  remoteui.Credentials
		in    bool
		posts int
	}{
		"well":         {second, remoteui.Credentials{UserName: "Administrator", Password: remoteui.NewSecret(password)}, true, 2},
		"wrong":        {second, remoteui.Credentials{UserName: "Administrator", Password: remoteui.NewSecret("wrong")}, false, 2},
		"unknown name": {"<p>No such user.</p>" + first, remoteui.Credentials{UserName: "Nobody", Password: remoteui.NewSecret(password)}, false, 1},
		"no such step": {"<p>No such user.</p>", remoteui.Credentials{UserName: "Nobody", Password: remoteui.NewSecret(password)}, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &door{page: first, pages: map[string]string{"/who.cgi": c.after}, right: func(f url.Values) bool { return f.Get("secret") == password && f.Get("who") == "Administrator" }}
			err := d.dial(t, c.with)
			refused, ok := errors.AsType[*remoteui.LoginError](err)
			if (err == nil) != c.in || ok == c.in || len(d.sent) != c.posts || d.sent[0].Has("secret") {
				t.Errorf("%v; sent %v", err, d.sent)
			}
			if c.posts == 1 && ok && !strings.Contains(refused.Reason, "No such user") {
				t.Errorf("the device's words are lost: %v", err)
			}
		})
	}
}

// A form that asks for something else than was given is told before an attempt is
// spent, where its labels or its kind tell.
func TestLoginAsksForSomethingElse(t *testing.T) {
	t.Parallel()
	challenge := challengeForm("", "")
	for name, c := range map[string]struct {
		page string
		with remoteui.Credentials
		asks string // empty: it is sent
	}{
		"department form, user name":    {strings.Replace(userForm, "userID", "deptid", 1), remoteui.Credentials{UserName: "Administrator"}, ""}, // its label says user name
		"department label, user name":   {`<form action="/login" method="post">Department ID <input name="deptid"> PIN <input type="password" name="password"><input type="submit" value="Log In"></form>`, remoteui.Credentials{UserName: "Administrator"}, "department ID"},
		"department label, number":      {`<form action="/login" method="post">Department ID <input name="deptid"> PIN <input type="password" name="password"><input type="submit" value="Log In"></form>`, remoteui.Credentials{UserName: "7654321"}, ""},
		"no label, user name":           {`<form action="/login" method="post"><input name="deptid"><input type="password" name="password"><input type="submit" value="Log In"></form>`, remoteui.Credentials{UserName: "Administrator"}, "department ID"},
		"user label, department":        {userForm, remoteui.Credentials{DepartmentID: "7654321"}, "user name"},
		"user label, challenge":         {challenge, remoteui.Credentials{DepartmentID: "7654321"}, "user name"},
		"department label, challenge":   {strings.Replace(challenge, "User Name", "Department ID", 1), remoteui.Credentials{DepartmentID: "7654321"}, ""},
		"manager label, user name":      {strings.Replace(userForm, "User Name", "System Manager ID", 1), remoteui.Credentials{UserName: "Administrator"}, "System Manager ID"},
		"both are given, user label":    {userForm, remoteui.Credentials{UserName: "Administrator", DepartmentID: "7654321"}, ""},
		"other field names, user label": {`<form action="/x" method="post">User Name <input name="a"> Password <input type="password" name="b"><input type="submit" value="Log In"></form>`, remoteui.Credentials{DepartmentID: "7654321"}, "user name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.with.Password = remoteui.NewSecret(password)
			d := &door{page: c.page, right: func(url.Values) bool { return true }}
			err := d.dial(t, c.with)
			e, ok := errors.AsType[*remoteui.LoginError](err)
			if ok != (c.asks != "") || ok && (e.Asks != c.asks || !strings.Contains(err.Error(), c.asks)) || !ok && err != nil {
				t.Errorf("%v", err)
			}
			if sent := len(d.sent); sent != map[bool]int{true: 0, false: 1}[c.asks != ""] {
				t.Errorf("%d sent", sent)
			}
		})
	}
}

// Where the form is behind a start page, a refusal may lead back there.
func TestRefusedToTheStartPage(t *testing.T) {
	t.Parallel()
	const start = `<h1>Sveiki</h1><a href="/l.html">Log In</a> <a href="/1">Viens</a> <a href="/2">Divi</a>`
	d := &door{page: start, pages: map[string]string{"/l.html": userForm}, right: func(url.Values) bool { return false }, refuse: redirect("/", http.Cookie{Name: "portalLang", Value: "en"})}
	err := d.dial(t, remoteui.Credentials{UserName: "Administrator", Password: remoteui.NewSecret(password)})
	if _, refused := errors.AsType[*remoteui.LoginError](err); !refused || len(d.sent) != 1 {
		t.Errorf("%v; sent %v", err, d.sent)
	}
}
