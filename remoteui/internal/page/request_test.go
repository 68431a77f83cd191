package page_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// device answers the requests of scripts and takes them down.
type device struct {
	asked  []string
	answer func(n int, r *page.Request) (status int, text string, err error)
}

func (d *device) exchange(_ context.Context, r *page.Request) (*page.Response, error) {
	body, contentType, err := r.Body()
	if err != nil {
		return nil, err
	}
	d.asked = append(d.asked, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Method, r.URL.RequestURI(), strings.Split(contentType, ";")[0], body)))
	status, text, err := d.answer(len(d.asked), r)
	return &page.Response{Status: status, URL: r.URL, Header: http.Header{"Content-Type": {"text/xml"}, "X-State": {"on"}}, Text: text}, err
}

func (d *device) load(t *testing.T, src string) *page.Page {
	t.Helper()
	u, _ := url.Parse("https://device.example:8443/a/page.html")
	p, err := page.Load(t.Context(), src, page.Options{URL: u, Exchange: d.exchange, Limits: patient(page.Limits{})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// TestScriptRequests has a script make requests; what it shows, and what the
// device was asked, is compared.
func TestScriptRequests(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ script, shown, asked string }{
		"in turn": {
			`var x = new XMLHttpRequest(); x.onreadystatechange = function () { w(x.readyState) };
			x.onload = function () { w('load', x.status, x.responseText, x.getResponseHeader('x-state')) }; x.open('GET', 'state.cgi?a=1'); x.send(); w('sent')`,
			"1 sent 2 3 4 load 200 hello on", "GET /a/state.cgi?a=1"},
		"while the script waits": {
			`var x = new XMLHttpRequest(); x.open('POST', '/b', false); x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded'); x.send('k=v+w&l='); w(x.status, x.responseText)`,
			"200 hello", "POST /b application/x-www-form-urlencoded k=v+w&l="},
		"listeners": {
			`var x = new XMLHttpRequest(); x.addEventListener('load', function () { w('a', this.responseText) }); x.onloadend = function () { w('end') }; x.open('GET', 'x'); x.send(null)`,
			"a hello end", "GET /a/x"},
		"a status that is no success": {
			`var x = new XMLHttpRequest(); x.onload = function () { w(x.status) }; x.onerror = function () { w('error') }; x.open('GET', 'busy'); x.send()`,
			"503", "GET /a/busy"},
		"no answer": {
			`var x = new XMLHttpRequest(); x.onreadystatechange = function () { w(x.readyState, x.status) }; x.onerror = function () { w('error') }; x.open('GET', 'gone'); x.send()`,
			"1 0 4 0 error", "GET /a/gone"},
		"no answer while the script waits": {
			`var x = new XMLHttpRequest(); x.open('GET', 'gone', false); try { x.send(); w('sent') } catch (e) { w('thrown') }`,
			"thrown", "GET /a/gone"},
		"given up": {
			`var x = new XMLHttpRequest(); x.onabort = function () { w('abort') }; x.onload = function () { w('load') }; x.open('GET', 'x'); x.send(); x.abort(); w(x.readyState)`,
			"abort 0", ""},
		"another origin": {
			`var x = new XMLHttpRequest(); x.onerror = function () { w('error') }; try { x.open('GET', 'https://other.example:8443/'); x.send() } catch (e) { w('thrown') }
			fetch('https://device.example/').catch(function (e) { w(e.name) })`,
			"thrown TypeError", ""},
		"fetch": {
			`fetch('data', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({a: 1})}).then(function (r) { w(r.ok, r.status, r.headers.get('X-State')); return r.text() }).then(function (s) { w(s) })`,
			"true 200 on hello", `POST /a/data application/json {"a":1}`},
		"fetch as JSON": {
			`(async function () { var r = await fetch('json'); w((await r.json()).left) })()`, "7", "GET /a/json"},
		"fetch of what is not there": {
			`fetch('busy').then(function (r) { w(r.ok, r.status) }); fetch('gone').catch(function (e) { w(e.name) })`, "false 503 TypeError", "GET /a/busy/GET /a/gone"},
		"a form by fetch": {
			`fetch('f', {method: 'POST', body: new URLSearchParams(new FormData(document.f))})`, "", "POST /a/f application/x-www-form-urlencoded a=x+y"},
		"XML": {
			`var x = new XMLHttpRequest(); x.onload = function () { w(x.responseXML.getElementsByTagName('state')[0].firstChild.nodeValue, x.responseXML.documentElement.nodeName) }; x.open('GET', 'xml'); x.send()`,
			"done R", "GET /a/xml"},
		"fields of their own": {
			`var x = new XMLHttpRequest(); x.onload = function () { w(x.responseText) }; x.open('GET', 'header'); x.setRequestHeader('X-Requested-With', 'XMLHttpRequest'); x.setRequestHeader('Cookie', 'no'); x.setRequestHeader('host', 'no'); x.send()`,
			"X-Requested-With", "GET /a/header"},
		"one after the other": {
			`function ask(n) { var x = new XMLHttpRequest(); x.onload = function () { w(n); if (n < 3) ask(n + 1) }; x.open('GET', 'n' + n); x.send() } ask(1)`,
			"1 2 3", "GET /a/n1/GET /a/n2/GET /a/n3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &device{answer: func(_ int, r *page.Request) (int, string, error) {
				switch r.URL.Path {
				case "/a/busy":
					return 503, "", nil
				case "/a/gone":
					return 0, "", errors.New("connection refused")
				case "/a/json":
					return 200, `{"left": 7}`, nil
				case "/a/xml":
					return 200, `<?xml version="1.0"?><r><empty/><state>done</state></r>`, nil
				case "/a/header":
					var names []string
					for name := range r.Script.Header {
						names = append(names, name)
					}
					return 200, strings.Join(names, " "), nil
				}
				return 200, "hello", nil
			}}
			p := d.load(t, `<form name=f><input name=a value="x y"></form><p id=out></p><script>function w() { for (var i = 0; i < arguments.length; i++) document.getElementById('out').innerHTML += arguments[i] + ' ' }
				`+test.script+`</script>`)
			if got := strings.TrimSpace(p.Document().Find("#out").Text()); got != test.shown {
				t.Errorf("script shows %q, want %q; %v", got, test.shown, p.ScriptErrors())
			}
			if got := strings.Join(d.asked, "/"); got != test.asked {
				t.Errorf("asked %q, want %q", got, test.asked)
			}
		})
	}
}

// A page that polls waits between its polls in real time, and is looked at as
// soon as what it shows has changed.
func TestSettle(t *testing.T) {
	t.Parallel()
	const poll = `<p id=out>generating</p><p id=count hidden></p><input type=button id=ok value=OK disabled>
		<script>function poll() { var x = new XMLHttpRequest(); x.onload = function () {
			if (x.responseText == 'busy') { count.innerHTML += 'x'; setTimeout(poll, 2000) } else if (x.responseText == 'leave') location = 'next.html';
			else { out.innerHTML = x.responseText; ok.disabled = false } }; x.open('GET', 'state.cgi'); x.send() }
			EVENT</script>`
	for name, test := range map[string]struct {
		event, last string
		took        time.Duration
		shown, next string
	}{
		"at load":    {"poll()", "generated", 4 * time.Second, "generated", ""},
		"when ready": {"window.onload = function () { setInterval(function () { if (!window.b) { b = 1; poll() } }, 50) }", "generated", 4 * time.Second, "generated", ""},
		"leaves":     {"poll()", "leave", 4 * time.Second, "generating", "/a/next.html"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := &device{answer: func(n int, _ *page.Request) (int, string, error) {
					if n < 3 {
						return 200, "busy", nil
					}
					return 200, test.last, nil
				}}
				begun := time.Now()
				p := d.load(t, strings.ReplaceAll(poll, "EVENT", test.event))
				if !p.Pending() || len(d.asked) != 1 {
					t.Fatalf("pending %t after %q; %v", p.Pending(), d.asked, p.ScriptErrors())
				}
				out, err := p.Settle(t.Context(), time.Minute)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begun).Round(time.Second); took != test.took || len(d.asked) != 3 {
					t.Errorf("took %v with %d polls, want %v with 3", took, len(d.asked), test.took)
				}
				next := ""
				if out.Request != nil {
					next = out.Request.URL.Path
				}
				a, err := p.Action([]string{"OK"}, page.Scope{})
				if err != nil || next != test.next || !strings.Contains(p.Text(), test.shown) || out.Changed != (next == "") || a.Disabled() != (next != "") {
					t.Errorf("settled at %q, next %q, changed %t, %v", p.Text(), next, out.Changed, err)
				}
			})
		})
	}
}

// What a page says while it waits is told, and ends the waiting.
func TestSettleTells(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &device{answer: func(n int, _ *page.Request) (int, string, error) { return 200, fmt.Sprint(n), nil }}
		p := d.load(t, `<p>wait</p><script>setInterval(function () { fetch('state').then(function (r) { return r.text() }).then(function (s) { if (s == '3') alert('The number of keys has reached the limit') }) }, 1000); fetch('state')</script>`)
		out, err := p.Settle(t.Context(), time.Minute)
		if err != nil || !out.Changed || out.Refused || len(d.asked) != 3 || strings.Join(p.Alerts(), "/") != "The number of keys has reached the limit" {
			t.Errorf("%+v, %v after %d requests; alerts %q", out, err, len(d.asked), p.Alerts())
		}
	})
}

// A limit ends the waiting, not the page.
func TestSettleLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &device{answer: func(int, *page.Request) (int, string, error) { return 200, "busy", nil }}
		p := d.load(t, `<p>wait</p><script>setInterval(function () { fetch('state') }, 1000); fetch('state')</script>`)
		begun := time.Now()
		out, err := p.Settle(t.Context(), 5*time.Second)
		if err != nil || out.Changed || out.Request != nil || !p.Pending() {
			t.Errorf("%+v, %v", out, err)
		}
		if took := time.Since(begun); took > 5*time.Second || took < 4*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// A page that asks without end is stopped: requests are bounded in an act, and
// what is not made is told to the script.
func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"one after the other": `function ask() { fetch('x').then(ask) } ask()`,
		"at once":             `for (var i = 0; i < 1000; i++) fetch('x').catch(function () {})`,
		"while waiting":       `for (var i = 0; i < 1000; i++) { var x = new XMLHttpRequest(); x.open('GET', 'x', false); try { x.send() } catch (e) {} }`,
		"on every error":      `function ask() { var x = new XMLHttpRequest(); x.onloadend = ask; x.open('GET', 'x'); x.send() } ask()`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &device{answer: func(int, *page.Request) (int, string, error) { return 200, "", nil }}
			d.load(t, "<p>x</p><script>"+script+"</script>")
			if len(d.asked) != 30 {
				t.Errorf("%d requests, want 30", len(d.asked))
			}
		})
	}
}

// A page without requests of its own keeps its virtual time.
func TestVirtualTimeStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		d := &device{}
		p := d.load(t, `<p id=out></p><script>setTimeout(function () { out.innerHTML = 'late' }, 20000)</script>`)
		if time.Since(begun) != 0 || p.Pending() || p.Text() != "late" {
			t.Errorf("took %v, shows %q", time.Since(begun), p.Text())
		}
	})
}
