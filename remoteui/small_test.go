package remoteui_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// smallDevice is the least of a small model: a login form, a portal page at an
// address of its own, and the login form at "/" whoever asks.
type smallDevice struct {
	mu    sync.Mutex
	form  string // what the form holds besides errText and iToken
	sent  []url.Values
	right func(url.Values) bool
	page  string // behind [Settings/Registration]
	front string // what "/" answers; empty: the login form
	outs  int
	drop  int // requests to log out whose connection breaks before they are heard
}

func (d *smallDevice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = r.ParseForm() // what cannot be read is not there
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	c, _ := r.Cookie("sid")
	in := c != nil && c.Value == "in"
	switch {
	case r.URL.Path == "/checkLogin.cgi":
		d.sent = append(d.sent, r.PostForm)
		if !d.right(r.PostForm) {
			http.Redirect(w, r, "/login.html?err=1", http.StatusFound)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "in", Path: "/"})
		http.Redirect(w, r, "/portal_top.html", http.StatusFound)
	case r.URL.Path == "/logout.cgi" && d.drop > 0:
		d.drop--
		panic(http.ErrAbortHandler)
	case r.URL.Path == "/logout.cgi":
		d.outs++
		http.SetCookie(w, &http.Cookie{Name: "sid", Path: "/", MaxAge: -1})
		fmt.Fprint(w, "<html><body>Bye</body></html>")
	case r.URL.Path == "/portal_top.html" && in:
		fmt.Fprint(w, `<html><head><title>Remote UI: Portal: iR2425: iR2425</title></head><body><a href="/p.html">Settings/Registration</a></body></html>`)
	case r.URL.Path == "/p.html" && in:
		fmt.Fprint(w, `<html><head><title>Settings</title></head><body><a href="/logout.cgi">Log Out</a>`+d.page+`</body></html>`)
	case r.URL.Path == "/" && d.front != "":
		fmt.Fprint(w, d.front)
	default:
		fmt.Fprintf(w, `<html><head><title>Remote UI: Login: iR2425: iR2425</title></head><body><form name="loginFrm" action="/checkLogin.cgi" method="post">%s
			<input type="hidden" name="errText" value="Error!"><input type="hidden" name="iToken" value=""><input type="submit" name="submitButton" value="Log In"></form></body></html>`, d.form)
	}
}

// The two published forms, with and without the modes, sent as a browser does.
func TestSmallLogin(t *testing.T) {
	t.Parallel()
	const manager = `<input type="radio" name="i0012" id="i0012A" value="1" onclick="f(false)"><input type="radio" name="i0012" id="i0012B" value="2" checked onclick="f(true)">
		<script>function f(off) { document.loginFrm.i0014.disabled = document.loginFrm.i0016.disabled = off; }</script>
		<input name="i0014" disabled><input type="password" name="i0016" disabled>`
	for name, c := range map[string]struct {
		form, secret string
		want         map[string]string
		kind         string // of the error; empty: logged in
	}{
		"manager":       {manager, "1111", map[string]string{"i0012": "1", "i0014": "77", "i0016": "1111"}, ""},
		"without modes": {`<input type="hidden" name="i0012" value="1"><input name="i0014"><input type="password" name="i0016">`, "1111", map[string]string{"i0012": "1", "i0014": "77", "i0016": "1111"}, ""},
		"PIN alone":     {`<input type="hidden" name="i0012" value="1"><input type="password" name="i2101">`, "1111", map[string]string{"i0012": "1", "i2101": "1111"}, ""},
		"refused":       {manager, "2222", map[string]string{"i0016": "2222"}, "System Manager"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &smallDevice{form: c.form, right: func(f url.Values) bool { return f.Get("i0016")+f.Get("i2101") == "1111" }}
			srv := serve(t, certificate(t, x509.Certificate{DNSNames: []string{"x"}}, nil), d)
			s, err := remoteui.Dial(t.Context(), remoteui.Config{
				URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true},
				Credentials: remoteui.Credentials{DepartmentID: "77", Password: remoteui.NewSecret(c.secret)},
			})
			if e, ok := errors.AsType[*remoteui.LoginError](err); ok != (c.kind != "") || ok && e.Form != c.kind {
				t.Fatalf("%v", err)
			}
			if len(d.sent) != 1 {
				t.Fatalf("%d logins", len(d.sent))
			}
			for field, want := range c.want {
				if got := d.sent[0].Get(field); got != want {
					t.Errorf("%s = %q, want %q", field, got, want)
				}
			}
			if d.sent[0].Get("errText") != "Error!" || !d.sent[0].Has("iToken") || !d.sent[0].Has("submitButton") {
				t.Errorf("sent %v", d.sent[0])
			}
			if err != nil {
				return
			}
			// The portal page is gone back to where it is, not to "/".
			if _, err := s.Walk(t.Context(), labels.Settings); err != nil || s.Language() != "en" {
				t.Errorf("%v, language %q", err, s.Language())
			}
			if err := s.Close(t.Context()); err != nil || d.outs == 0 || len(d.sent) != 1 {
				t.Errorf("%v; %d logged out, %d logins", err, d.outs, len(d.sent))
			}
		})
	}
}

// Logging out is seen to have worked also where the first page only leads to the
// login form; it is asked for once.
func TestSmallLogout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		front string
		well  bool
		drop  int
	}{
		"form":    {"", true, 0},
		"lost":    {"", true, 1}, // "/" is the login form all the same
		"refresh": {`<html><head><meta http-equiv="refresh" content="0; URL=/login.html"></head><body></body></html>`, true, 0},
		"script":  {`<html><body onload="top.location='/login.html'"></body></html>`, true, 0},
		"nothing": {`<html><body>Busy</body></html>`, false, 0},
		"circle":  {`<html><head><meta http-equiv="refresh" content="0; URL=/"></head><body></body></html>`, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // logging out has 10 s, which a busy machine needs for itself
				d := &smallDevice{form: `<input type="hidden" name="i0012" value="1"><input type="password" name="i2101">`, right: func(url.Values) bool { return true }}
				s, err := remoteui.Dial(t.Context(), remoteui.Config{
					URL: "https://192.0.2.7/", Identity: remoteui.Identity{TrustOnFirstUse: true}, DialContext: inMemory(t, d), Credentials: remoteui.Credentials{Password: remoteui.NewSecret("1111")},
				})
				if err != nil {
					t.Fatal(err)
				}
				d.mu.Lock()
				d.front, d.drop = c.front, c.drop
				d.mu.Unlock()
				if err := s.Close(t.Context()); (err == nil) != c.well {
					t.Error("logging out: ", err)
				}
				if c.well && d.outs != 1 {
					t.Errorf("%d requests to log out", d.outs)
				}
			})
		})
	}
}

// A table of two rows and two columns is read along its rows, unless that makes
// a label the value of another.
func TestTwoByTwo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		page string
		on   bool
		key  string
	}{
		"rows":    {`<table><tr><td>Use Bluetooth</td><td>On</td></tr><tr><td>Key Name</td><td>key1</td></tr></table>`, true, "key1"},
		"columns": {`<table><tr><td>Use Bluetooth</td><td>Key Name</td></tr><tr><td>Off</td><td>key2</td></tr></table>`, false, "key2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &smallDevice{form: `<input type="password" name="i2101">`, right: func(url.Values) bool { return true }, page: c.page}
			srv := serve(t, certificate(t, x509.Certificate{DNSNames: []string{"x"}}, nil), d)
			s, err := remoteui.Dial(t.Context(), remoteui.Config{
				URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}, Credentials: remoteui.Credentials{Password: remoteui.NewSecret("1")},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(t.Context())
			p, err := s.Walk(t.Context(), labels.Settings)
			if err != nil {
				t.Fatal(err)
			}
			if on, err := p.IsOn(t.Context(), labels.UseBluetooth); on != c.on || err != nil {
				t.Errorf("on: %v, %v", on, err)
			}
			if key, err := p.Value(t.Context(), labels.KeyName); key != c.key || err != nil {
				t.Errorf("key: %q, %v", key, err)
			}
		})
	}
}

// A sleeping device drops the first connection and answers the second.
func TestWakeUp(t *testing.T) {
	t.Parallel()
	srv := serve(t, certificate(t, x509.Certificate{DNSNames: []string{"x"}}, nil), portal())
	dialed := 0
	s, err := remoteui.Dial(t.Context(), remoteui.Config{
		URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dialed++; dialed == 1 {
				here, there := net.Pipe()
				go func() {
					_, _ = there.Read(make([]byte, 16<<10)) // the beginning of the handshake
					there.Close()
				}()
				return here, nil
			}
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		},
	})
	if err != nil || dialed < 2 {
		t.Fatalf("%v after %d connections", err, dialed)
	}
	s.Close(t.Context())
}
