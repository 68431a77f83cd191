package otherdevice

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// serve is the whole Remote UI. One request at a time, as on the machine.
func (d *Device) serve(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if r.ParseForm() != nil {
		http.Error(w, "Bad Request", http.StatusBadRequest)
		return
	}
	s := d.sessionOf(r)
	switch {
	case r.URL.Path == "/" || r.URL.Path == "/rps/":
		d.entry(w, s)
	case r.URL.Path == "/login" && r.Method == http.MethodPost && d.style.login != noLoginAsked:
		d.logIn(w, r, s)
	case r.URL.Path == "/rps/logout.cgi":
		d.logOut(w, s)
	case d.style.small() && d.serveSmall(w, r, s):
	case d.asset(w, r.URL.Path):
	default:
		d.route(w, r, s)
	}
}

// asset answers scripts and pictures, which need no session.
func (d *Device) asset(w http.ResponseWriter, p string) bool {
	switch path.Ext(p) {
	case ".gif", ".ico", ".png":
		http.Error(w, "Not Found", http.StatusNotFound)
		return true
	case ".js":
		body, err := pageFiles.ReadFile("pages/" + d.style.name + "/" + path.Base(p))
		if err != nil {
			return false
		}
		w.Header().Set("Content-Type", "application/x-javascript;charset=UTF-8")
		w.Write(body)
		return true
	}
	return false
}

// route serves a page below the portal.
func (d *Device) route(w http.ResponseWriter, r *http.Request, s *session) {
	key := d.style.routeKey(r)
	rt, ok := d.style.routes[key]
	if !ok {
		d.blame("unknown URL requested: %s %s", key, r.URL.RawQuery)
		http.Error(w, "<html><body>404 Not Found</body></html>", http.StatusNotFound)
		return
	}
	if !d.admitted(s) {
		if d.style.small() {
			http.Redirect(w, r, "/login.html", http.StatusFound)
			return
		}
		d.expired(w)
		return
	}
	if r.URL.Path == nativeTop {
		d.enterNative(w, s)
	}
	if why := d.outOfOrder(r, s, rt); why != "" {
		d.blame("page out of order: %s: %s", key, why)
		d.expired(w)
		return
	}
	if rt.write && d.style.tokens && (s.token == "" || r.Form.Get(d.style.tokenField()) != s.token) {
		d.blame("write without valid Token: %s", key)
		d.expired(w)
		return
	}
	if rt.to != "" {
		s.seen[rt.page] = true
		http.Redirect(w, r, fmt.Sprintf("%s%d", rt.to, d.now().UnixMilli()), http.StatusFound)
		return
	}
	v := &visit{d: d, s: s, form: r.Form}
	page := rt.page
	if rt.do != nil {
		page = cmp.Or(rt.do(v), page)
	}
	if v.to != "" {
		http.Redirect(w, r, v.to, http.StatusFound)
		return
	}
	d.render(w, s, page, v.view)
}

// outOfOrder tells why the page may not be shown yet; "" if it may.
func (d *Device) outOfOrder(r *http.Request, s *session, rt route) string {
	if strings.HasPrefix(r.URL.Path, "/rps/") {
		if c, err := r.Cookie("iR"); r.URL.Path != nativeTop && (err != nil || c.Value != s.native) {
			return "no native session"
		}
		if d.style.referer && !strings.HasPrefix(r.Referer(), "https://"+d.TLSAddr()+"/") {
			return "no Referer"
		}
	}
	if len(rt.after) > 0 && !slices.ContainsFunc(rt.after, func(p string) bool { return s.seen[p] }) {
		return "comes after " + strings.Join(rt.after, " or ")
	}
	return ""
}

// render answers with a page. Status is 200 whatever it says.
func (d *Device) render(w http.ResponseWriter, s *session, page string, v view) {
	if s != nil {
		s.seen[page] = true
	}
	now := d.now()
	v.Model, v.Version = cmp.Or(d.cfg.Model, d.style.model), cmp.Or(d.cfg.Version, d.style.version)
	v.Stamp, v.Dummy = now.Format("2006/01/02 15:04:05"), now.UnixMilli()
	v.Today, v.Tomorrow, v.NextYear = dayOf(now), dayOf(now.AddDate(0, 0, 1)), dayOf(now.AddDate(1, 0, 0))
	v.Pending = d.bound != d.served
	v.TLSKey = d.find(d.bound).name
	v.Pending = v.Pending || d.placesPending()
	for _, k := range d.listed() {
		v.Keys = append(v.Keys, d.row(k))
	}
	if d.style.tokens && s != nil {
		s.next = newToken()
		if d.style.small() {
			s.next = s.next[:10]
		}
		v.Token = s.next
	}
	var body bytes.Buffer
	if err := d.pages.ExecuteTemplate(&body, page, v); err != nil {
		d.blame("device: %v", err)
	}
	// A page without the token leaves the one of the page before it valid.
	if s != nil && v.Token != "" && bytes.Contains(body.Bytes(), []byte(v.Token)) {
		s.token = s.next
	}
	body.WriteString(d.style.tail)
	head := w.Header()
	head.Set("Content-Type", "text/html;charset=UTF-8")
	head.Set("Cache-Control", "no-cache,no-store,max-age=0")
	head.Set("Pragma", "no-cache")
	head.Set("Expires", time.Unix(0, 0).UTC().Format(http.TimeFormat))
	head.Set("Server", "Catwalk")
	head.Set("X-Frame-Options", "DENY")
	head.Set("X-Content-Type-Options", "nosniff")
	w.Write(body.Bytes())
}

// row is the key in the words of the style.
func (d *Device) row(k *storedKey) row {
	tls := d.served
	if d.style.showsBound {
		tls = d.bound
	}
	c := k.cert
	out := row{
		ID: k.id, Name: k.name, Fixed: k.fixed,
		Issuer: c.Issuer.String(), Subject: c.Subject.String(),
		Serial: fmt.Sprintf("%x", c.SerialNumber), Thumb: fmt.Sprintf("%x", sha1.Sum(c.Raw)),
		From: c.NotBefore.Format(d.style.dates), To: c.NotAfter.Format(d.style.dates),
	}
	for i, use := range []string{useTLS, use8021X, useIPSec, "SIP", useSignature, useAccess} {
		if slices.Contains(d.usesOf(k, tls), use) {
			out.Uses = append(out.Uses, d.style.word(use))
			out.Mask |= 1 << i
		}
	}
	switch pub := k.signer.Public().(type) {
	case *rsa.PublicKey:
		out.Algorithm, out.Size = "RSA", fmt.Sprint(pub.N.BitLen())
	case *ecdsa.PublicKey:
		out.Algorithm, out.Size = "ECDSA", fmt.Sprintf("P%d", pub.Params().BitSize)
	}
	return out
}
