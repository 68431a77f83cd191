package remoteui_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// liveDevice is a device without login whose pages are what the test says, by
// path; what it is asked is taken down.
type liveDevice struct {
	pages map[string]string // bodies; "" hangs up
	mu    sync.Mutex
	asked []string
	times map[string]int
	last  map[string]string // what a path answers from its third request on
	on    map[string]int    // paths that send on to /on, by this status
}

func (d *liveDevice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.times == nil {
		d.times = map[string]int{}
	}
	r.ParseForm()
	d.asked = append(d.asked, strings.TrimSpace(r.Method+" "+r.RequestURI+" "+r.PostForm.Encode()))
	d.times[r.URL.Path]++
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	body, ok := d.pages[r.URL.Path]
	if last, then := d.last[r.URL.Path]; then && d.times[r.URL.Path] > 2 {
		body = last
	}
	switch {
	case d.on[r.URL.Path] != 0:
		http.Redirect(w, r, "/on", d.on[r.URL.Path])
	case ok && body == "":
		panic(http.ErrAbortHandler)
	case !ok && r.URL.Path == "/":
		fmt.Fprint(w, `<html><head><title>Remote UI</title></head><body><a href="/act">Settings/Registration</a></body></html>`)
	default:
		fmt.Fprint(w, body)
	}
}

// seen are the requests but those for the portal.
func (d *liveDevice) seen() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(slices.DeleteFunc(slices.Clone(d.asked), func(s string) bool { return s == "GET /" }), ", ")
}

// open dials the device and walks to its page /act.
func (d *liveDevice) open(t *testing.T, readOnly bool) (*remoteui.Page, error) {
	t.Helper()
	return d.dial(t, readOnly).Walk(bounded(t), labels.Settings)
}

func (d *liveDevice) dial(t *testing.T, readOnly bool) *remoteui.Session {
	t.Helper()
	srv := serve(t, certificate(t, x509.Certificate{DNSNames: []string{"x"}}, nil), d)
	s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}, ReadOnly: readOnly, WaitTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(t.Context()) })
	return s
}

// The requests of a page's scripts belong to what is done on it.
func TestRequestsOfScripts(t *testing.T) {
	t.Parallel()
	const post = `var x = new XMLHttpRequest(); x.open('POST', '/do'); x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
		x.onload = function () { m.innerHTML = 'said ' + x.responseText }; x.onerror = function () { m.innerHTML = 'no answer'; if (!window.again) { again = 1; go() } }; x.send('key=k')`
	page := func(load, click string) string {
		return `<html><head><title>Act</title></head><body><p id="m">wait</p><script>function go() {` + click + `} ` + load + `</script><input type="button" value="OK" onclick="go()"><a href="#" onclick="go()">Edit</a></body></html>`
	}
	for name, c := range map[string]struct {
		act, do  string // page, and what /do answers
		readOnly bool
		press    bool
		shown    string
		asked    string
		err      func(error) bool
	}{
		"pressed":           {page("", post), "done", false, true, "said done", "GET /act, POST /do key=k", nil},
		"followed":          {page("", post), "done", false, false, "no answer", "GET /act", nil},
		"while loading":     {page(post, ""), "done", false, false, "no answer", "GET /act", nil},
		"a poll":            {page("fetch('/do?Flag=Init_Data').then(function (r) { return r.text() }).then(function (s) { m.innerHTML = s })", ""), "state", true, false, "state", "GET /act, GET /do?Flag=Init_Data", nil},
		"a poll that acts":  {page("fetch('/do?Flag=Exec_Data').catch(function () { m.innerHTML = 'refused' })", ""), "state", true, false, "refused", "GET /act", nil},
		"a poll by POST":    {page("fetch('/do', {method: 'POST', body: new URLSearchParams('Flag=Init_Data')}).then(function () { m.innerHTML = 'read' })", ""), "state", false, false, "read", "GET /act, POST /do Flag=Init_Data", nil},
		"a part":            {page("fetch('/do?Flag=Html_Data').then(function (r) { return r.text() }).then(function (s) { m.innerHTML = s })", ""), "state", true, false, "state", "GET /act, GET /do?Flag=Html_Data", nil},
		"one, only reading": {page("fetch('/do', {method: 'POST', body: new URLSearchParams('Flag=Init_Data')}).catch(function () { m.innerHTML = 'refused' })", ""), "state", true, false, "refused", "GET /act", nil},
		"answer lost": {page("", post), "", false, true, "no answer", "GET /act, POST /do key=k", func(err error) bool {
			_, ok := errors.AsType[*remoteui.AmbiguousWriteError](err)
			return ok
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{"/act": c.act, "/do": c.do}}
			p, err := d.open(t, c.readOnly)
			if err != nil {
				t.Fatal(err)
			}
			before := p
			if strings.Contains(c.act, "{"+post+"}") {
				if c.press {
					p, err = p.Press(bounded(t), labels.OK)
				} else {
					p, err = p.Follow(bounded(t), labels.Edit)
				}
			}
			if c.err != nil {
				if !c.err(err) {
					t.Errorf("got %v", err)
				}
				p = before
			} else if err != nil {
				t.Fatal(err)
			}
			if p != before || !strings.Contains(p.Text(), c.shown) {
				t.Errorf("shows %q, want %q; same page: %t", p.Text(), c.shown, p == before)
			}
			if got := d.seen(); got != c.asked {
				t.Errorf("asked %s, want %s", got, c.asked)
			}
		})
	}
}

// A script's request that is sent on is repeated or asked anew, as the status says; it
// stays what it was: a command whose answer is lost after a redirect is in doubt, too.
func TestRequestsOfScriptsSentOn(t *testing.T) {
	t.Parallel()
	const send = `var x = new XMLHttpRequest(); x.open('POST', '/do'); x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
		x.onload = function () { m.innerHTML = 'said ' + x.responseText }; x.send('key=k')`
	for _, tc := range []struct {
		status int
		answer string // of /on; "": none
		asked  string
		doubt  bool
	}{
		{http.StatusSeeOther, "done", "GET /act, POST /do key=k, GET /on", false},
		{http.StatusTemporaryRedirect, "done", "GET /act, POST /do key=k, POST /on key=k", false},
		{http.StatusPermanentRedirect, "done", "GET /act, POST /do key=k, POST /on key=k", false},
		{http.StatusTemporaryRedirect, "", "GET /act, POST /do key=k, POST /on key=k", true},
	} {
		t.Run(fmt.Sprint(tc.status, " ", tc.answer), func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{on: map[string]int{"/do": tc.status}, pages: map[string]string{"/on": tc.answer,
				"/act": `<html><head><title>Act</title></head><body><p id="m">wait</p><input type="button" value="OK" onclick="` + send + `"></body></html>`}}
			p, err := d.open(t, false)
			if err != nil {
				t.Fatal(err)
			}
			p, err = p.Press(bounded(t), labels.OK)
			if _, doubt := errors.AsType[*remoteui.AmbiguousWriteError](err); doubt != tc.doubt || err != nil && !doubt {
				t.Errorf("got %v", err)
			}
			if err == nil && !strings.Contains(p.Text(), "said done") {
				t.Errorf("shows %q", p.Text())
			}
			if got := d.seen(); got != tc.asked {
				t.Errorf("asked %s, want %s", got, tc.asked)
			}
		})
	}
}

// What a script asks for while a page is only read stays a question where the device
// sends it on: it is not repeated where it would be an act.
func TestQuestionsOfScriptsSentOn(t *testing.T) {
	t.Parallel()
	for status, on := range map[int]string{http.StatusFound: "GET", http.StatusTemporaryRedirect: "nothing"} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{on: map[string]int{"/do": status}, pages: map[string]string{"/on": "done", "/act": `<html><head><title>Act</title></head><body><script>
				fetch('/do?Flag=Init_Data', {method: 'POST', body: new URLSearchParams('key=k')})</script></body></html>`}}
			if _, err := d.open(t, false); err != nil {
				t.Fatal(err)
			}
			asked := d.seen()
			if !strings.Contains(asked, "POST /do?Flag=Init_Data key=k") || strings.Contains(asked, "GET /on") != (on == "GET") || strings.Contains(asked, "POST /on") {
				t.Errorf("asked %s, want %s at the other address", asked, on)
			}
		})
	}
}

// After [OK] the page stays, polls, and then shows the result or goes on.
func TestPageThatPolls(t *testing.T) {
	t.Parallel()
	const act = `<html><head><title>Act</title></head><body><p id="m">ready</p><script>
		function poll() { fetch('/state').then(function (r) { return r.text() }).then(function (s) {
			if (s == 'busy') setTimeout(poll, 20); else if (s == 'leave') location = '/list'; else m.innerHTML = s }) }
		function go() { m.innerHTML = 'generating'; fetch('/do', {method: 'POST', body: 'k'}).then(poll) }</script><input type="button" value="OK" onclick="go()"></body></html>`
	for name, c := range map[string]struct{ last, shown string }{
		"shows the result": {"The key was made.", "The key was made."},
		"goes on":          {"leave", "Key Name"},
	} {
		for _, how := range []string{"settled", "waited for"} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				d := &liveDevice{
					pages: map[string]string{"/act": strings.Replace(act, "20)", "400)", 1), "/do": "taken", "/state": "busy", "/list": `<html><head><title>List</title></head><body>Key Name</body></html>`},
					last:  map[string]string{"/state": c.last},
				}
				p, err := d.open(t, false)
				if err != nil {
					t.Fatal(err)
				}
				first := p
				if p, err = p.Press(bounded(t), labels.OK); err != nil || p != first || !p.Changed() || !p.Pending() {
					t.Fatalf("%v, the same page: %t", err, p == first)
				}
				if how == "settled" {
					p, err = p.Settle(bounded(t))
				} else if err = p.Await(bounded(t), labels.GenerateKey); err != nil && strings.Contains(err.Error(), "not found") {
					err = nil
				}
				if err != nil || !strings.Contains(p.Text(), c.shown) {
					t.Errorf("shows %q, %v", p.Text(), err)
				}
				if c.last != "leave" && p != first || p.Pending() {
					t.Errorf("the same page: %t, pending: %t", p == first, p.Pending())
				}
			})
		}
	}
}
