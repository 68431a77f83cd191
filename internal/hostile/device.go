// Package hostile is a machine that answers as the published facts say a
// device does, until it does not: for tests of what a device, whose key may
// have been factored, can do to who manages it. It shares nothing with the
// simulated devices.
package hostile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"html"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"
)

// What the login form takes.
const (
	DepartmentID = "7654321"
	Password     = "open+Sesame 7"
)

// Device is a machine to be started.
type Device struct {
	// Pages replace pages by name: form, login, portal, status, info, settings,
	// device, keys, detail, network, tls, logout, and file for any other path.
	Pages map[string]http.HandlerFunc
	// Any, if not nil, is asked before every page and reports whether it answered.
	Any func(http.ResponseWriter, *http.Request) bool
	// Keys in the list besides Default Key; nil: one, in use for TLS.
	Keys []string
	// Certificate replaces the self-signed one.
	Certificate *tls.Certificate
	// Listener wraps the one that TLS is served on.
	Listener func(net.Listener) net.Listener
	// Model and Version as shown; empty: one whose firmware is fixed.
	Model, Version string

	// Requests counts what came in, Passwords how often a password did.
	Requests, Passwords atomic.Int64
	// Writes counts what asks to change something.
	Writes atomic.Int64
	// Sessions is how many are logged in.
	Sessions atomic.Int64

	server *httptest.Server
}

// Start serves on loopback until Close.
func (d *Device) Start() {
	if d.Model == "" {
		d.Model, d.Version = "iR-ADV C5560 III", "99.01"
	}
	if d.Keys == nil {
		d.Keys = []string{"EastWing"}
	}
	if d.Certificate == nil {
		c := Certificate(&x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}})
		d.Certificate = &c
	}
	d.server = httptest.NewUnstartedServer(http.HandlerFunc(d.serve))
	d.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if d.Listener != nil {
		d.server.Listener = d.Listener(d.server.Listener)
	}
	d.server.TLS = &tls.Config{Certificates: []tls.Certificate{*d.Certificate}}
	d.server.StartTLS()
}

// URL is the address of the Remote UI.
func (d *Device) URL() string { return d.server.URL + "/" }

// Close ends the device and every connection.
func (d *Device) Close() {
	d.server.CloseClientConnections()
	d.server.Close()
}

// Certificate makes a self-signed certificate of a template.
func Certificate(tmpl *x509.Certificate) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	tmpl.SerialNumber = big.NewInt(time.Now().UnixNano())
	tmpl.NotBefore, tmpl.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (d *Device) serve(w http.ResponseWriter, r *http.Request) {
	d.Requests.Add(1)
	if r.Method != http.MethodGet && r.URL.Path != "/login" {
		d.Writes.Add(1)
	}
	if d.Any != nil && d.Any(w, r) {
		return
	}
	name := d.name(r)
	if page := d.Pages[name]; page != nil {
		page(w, r)
		return
	}
	d.Page(w, r, name)
}

// name is the page that a request is for.
func (d *Device) name(r *http.Request) string {
	_, err := r.Cookie("session")
	switch {
	case r.URL.Path == "/login":
		return "login"
	case r.URL.Path == "/rps/logout.cgi":
		return "logout"
	case r.URL.Path == "/" && err != nil:
		return "form"
	case r.URL.Path == "/":
		return "portal"
	case strings.HasPrefix(r.URL.Path, "/p/"):
		return strings.TrimPrefix(r.URL.Path, "/p/")
	}
	return "file"
}

// Page answers with a page as it should be.
func (d *Device) Page(w http.ResponseWriter, r *http.Request, name string) {
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	switch name {
	case "form":
		fmt.Fprint(w, loginForm)
	case "login":
		d.logIn(w, r)
	case "logout":
		// Whoever cannot know whether he was let in logs out, too.
		for n := d.Sessions.Load(); n > 0 && !d.Sessions.CompareAndSwap(n, n-1); n = d.Sessions.Load() {
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1})
		fmt.Fprint(w, loginForm)
	default:
		body, ok := bodies[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, Frame(name, d.fill(body)))
	}
}

func (d *Device) logIn(w http.ResponseWriter, r *http.Request) {
	d.Passwords.Add(1)
	if r.FormValue("deptid") != DepartmentID || r.FormValue("password") != Password {
		fmt.Fprint(w, loginForm)
		return
	}
	d.Sessions.Add(1)
	http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", Path: "/"})
	http.Redirect(w, r, "/", http.StatusFound)
}

// Body is the inner part of a page as it should be.
func (d *Device) Body(name string) string { return d.fill(bodies[name]) }

// Text answers with a page of HTML.
func Text(page string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html;charset=UTF-8")
		io.WriteString(w, page)
	}
}

func (d *Device) fill(body string) string {
	var rows strings.Builder
	for i, k := range append([]string{"Default Key"}, d.Keys...) {
		use := "-"
		if i == 1 {
			use = "TLS"
		}
		name := html.EscapeString(k)
		fmt.Fprintf(&rows, `<tr><td><input type="checkbox" name="k" value="%d"></td><td><a href="/p/detail?k=%d">%s</a></td><td>%s</td></tr>`, i, i, name, use)
	}
	return strings.NewReplacer("{model}", html.EscapeString(d.Model), "{version}", html.EscapeString(d.Version),
		"{rows}", rows.String(), "{key}", html.EscapeString(d.Keys[0])).Replace(body)
}

// Frame is a page of the UI with the body given.
func Frame(title, body string) string {
	return `<html><head><title>Remote UI : ` + title + `</title></head><body>` + menu + body + `</body></html>`
}

const (
	loginForm = `<html><head><title>Login</title></head><body><form name="login" action="/login" method="post">` +
		`<input type="hidden" name="uri" value="/">Department ID: <input name="deptid"> PIN: <input type="password" name="password">` +
		`<input type="submit" value="Log In"></form></body></html>`
	menu = `<p><a href="/rps/logout.cgi">Log Out</a> <a href="/p/settings">Settings/Registration</a> <a href="/p/status">Status Monitor/Cancel</a></p>`
)

// bodies are the pages as they should be.
var bodies = map[string]string{
	"portal":   `<h1>Remote UI: Portal</h1><p>{model}</p>`,
	"status":   `<p><a href="/p/info">Device Information</a></p>`,
	"info":     `<h2>Version Information</h2><table><tr><th>Product Name</th><td>{model}</td></tr><tr><th>Controller</th><td>{version}</td></tr></table>`,
	"settings": `<p><a href="/p/device">Device Management</a> <a href="/p/network">Network</a></p>`,
	"device":   `<p><a href="/p/keys">Key and Certificate Settings</a></p>`,
	"network":  `<p><a href="/p/tls">TLS Settings</a></p>`,
	"tls":      `<h2>Key and Certificate Settings</h2><p>Key Name: <b>{key}</b><br><a href="/p/tlskeys">Key and Certificate</a></p>`,
	"keys":     `<form action="/p/delete" method="post"><table><tr><th></th><th>Key Name</th><th>Key Usage</th></tr>{rows}</table><input type="submit" value="Delete"></form>`,
	"detail": `<p><a href="/p/keys">Key and Certificate Settings</a></p><table><tr><th>Serial Number</th><td>01 02</td></tr><tr><th>Issuer</th><td>CN=x</td></tr>` +
		`<tr><th>Subject</th><td>CN=x</td></tr><tr><th>Public Key</th><td>RSA 2048 bit</td></tr></table>`,
}
