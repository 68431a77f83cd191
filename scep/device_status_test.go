package scep_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/scep"
)

// asker is the least of a device that asks a SCEP server. What it shows depends on
// how often it was looked at since it was told to ask: not on the clock.
type asker struct {
	list func(look int) string // of requests; look 0: before it was told to
	on   string                // the address of the page with the list
	key  func(look int) string // "", "waits", "has one"
	menu string                // more items of the SCEP page

	mu           sync.Mutex
	sent         bool
	looks, lists int
	erased       bool
}

func (d *asker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := ""
	if r.URL.Path == d.on {
		list = d.list(d.lists)
		if d.sent {
			d.lists++
		}
	}
	page := func(title, body string) {
		fmt.Fprintf(w, `<html lang="en"><head><title>%s</title></head><body><a href="/set">Settings/Registration</a>%s</body></html>`, title, body)
	}
	state := ""
	if d.sent {
		state = d.key(d.looks)
	}
	switch r.URL.Path {
	case "/set":
		page("Settings", `<a href="/dm">Device Management</a>`)
	case "/dm":
		page("Device Management", `<a href="/keys">Key and Certificate Settings</a><a href="/scep">Settings for Certificate Issuance Request (SCEP)</a>`)
	case "/keys":
		row := ""
		if state != "" {
			row = `<tr><td><a href="/details">k1</a></td><td></td></tr>`
		}
		if d.sent {
			d.looks++
		}
		page("Key and Certificate Settings", `<table><tr><th>Key Name</th><th>Key Usage</th></tr><tr><td><a href="/other">tls</a></td><td>TLS</td></tr>`+row+`</table><a href="/gen">Generate Key</a>`)
	case "/details":
		issuer := ""
		if state == "has one" {
			issuer = `<tr><th>Issuer</th><td>CN=CA</td></tr>`
		}
		page("Certificate Details", `<a href="/keys">Key and Certificate Settings</a><table><tr><th>Public Key</th><td>RSA 2048</td></tr>`+issuer+`</table>`)
	case "/scep":
		page("SCEP", list+`<a href="/req">Certificate Issuance Request</a>`+d.menu)
	case "/req":
		page("Request", list+`<form method="post" action="/send"><table><tr><th>Key Name</th><td><input name="n"></td></tr><tr><th>Signature Algorithm</th><td><select name="h"><option>SHA256</select></td></tr>
			<tr><th>Key Length (bit)</th><td><select name="b"><option>2048</select></td></tr><tr><th>Organization</th><td><input name="o"></td></tr><tr><th>Common Name</th><td><input name="c"></td></tr>
			<tr><th>Challenge Password</th><td><input type="password" name="p"></td></tr><tr><th>Key Use Location</th><td><select name="u"><option>None</select></td></tr></table><input type="submit" value="Send Request"></form>`)
	case "/send":
		d.sent = true
		page("Request", `<p>Thank you.</p>`)
	case "/log":
		page("Log", list)
	case "/erase":
		d.erased = true
	default:
		page("Remote UI", "")
	}
}

// What a list that nobody knows says of a request is found, and understood only
// as far as it decides whether to wait.
func TestListOfRequests(t *testing.T) {
	t.Parallel()
	table := func(rows ...string) string {
		all := ""
		for _, r := range rows {
			at, state, _ := strings.Cut(r, "|")
			all += "<tr><td>" + at + "</td><td>k1</td><td>" + state + "</td></tr>"
		}
		return `<table><tr><th>When</th><th>What</th><th>How</th></tr>` + all + `</table>`
	}
	const behind = `<a href="/log">History</a>`
	never := func(int) string { return "" }
	waits := func(int) string { return "waits" }
	gone := func(look int) string {
		if look < 2 {
			return "waits"
		}
		return ""
	}
	in := func(looks int) func(int) string {
		return func(look int) string {
			if look < looks {
				return ""
			}
			return "has one"
		}
	}
	always := func(s string) func(int) string { return func(int) string { return s } }
	after := func(look, n int, then string) string {
		if look < n {
			return ""
		}
		return then
	}
	for name, tc := range map[string]struct {
		d    *asker
		want string // quoted; empty: the certificate comes
	}{
		"behind an item":    {&asker{on: "/log", menu: behind, key: waits, list: func(n int) string { return table("10:00|Error (server error)") }}, "10:00 | k1 | Error (server error)"},
		"on the first page": {&asker{on: "/scep", key: never, list: func(n int) string { return after(n, 1, table("10:00|失敗")) }}, "10:00 | k1 | 失敗"},
		"below the form":    {&asker{on: "/req", key: never, list: func(n int) string { return after(n, 1, table("10:00|Failed")) }}, "10:00 | k1 | Failed"},
		"no table":          {&asker{on: "/log", menu: behind, key: never, list: func(n int) string { return after(n, 1, "<ul><li><b>k1</b><span>Not possible. Error</span></li></ul>") }}, "k1 | Not possible. Error"},
		"by an icon":        {&asker{on: "/log", menu: behind, key: never, list: func(n int) string { return after(n, 1, table(`10:00|<img src="/e.gif" alt="Error">`)) }}, "10:00 | k1 | Error"},
		"after a while": {&asker{on: "/log", menu: behind, key: never, list: func(n int) string {
			return table("10:00|" + map[bool]string{true: "Processing", false: "Error"}[n < 4])
		}}, "10:00 | k1 | Error"},
		"unknown words, gone":    {&asker{on: "/log", menu: behind, key: gone, list: func(n int) string { return after(n, 1, table("10:00|Xyzzy")) }}, "10:00 | k1 | Xyzzy"},
		"no list, gone":          {&asker{key: gone}, "Thank you."},
		"unknown words, no key":  {&asker{on: "/log", menu: behind, key: in(9), list: always(table("10:00|Xyzzy"))}, ""},
		"in progress, gone":      {&asker{on: "/log", menu: behind, list: func(n int) string { return after(n, 1, table("10:00|Processing")) }, key: func(n int) string { return map[bool]string{true: gone(n), false: "has one"}[n < 9] }}, ""},
		"an earlier one refused": {&asker{on: "/log", menu: behind, key: in(6), list: func(n int) string { return after(n, 1, table("10:07|To be done")) + table("10:00|Error") }}, ""},
		"both in the same hour":  {&asker{on: "/log", menu: behind, key: never, list: func(n int) string { return after(n, 1, table("10|Error")) + table("10|Error") }}, "10 | k1 | Error"},
		"a command in the list":  {&asker{on: "/log", menu: behind + `<a href="/erase">Erase the list</a><a href="/erase?do=reset">Anew</a>`, key: never, list: func(n int) string { return after(n, 1, table("10:00|Error")) }}, "10:00 | k1 | Error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := tc.d
			if name == "behind an item" { // its list was empty before
				list := d.list
				d.list = func(n int) string { return after(n, 1, list(n)) }
			}
			srv := httptest.NewTLSServer(d)
			defer srv.Close()
			s, err := remoteui.Dial(t.Context(), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(context.WithoutCancel(t.Context()))
			wait := patient
			wait.Interval = 1
			_, err = scep.Enrol(t.Context(), s, askFor("k1"), wait)
			refused, no := errors.AsType[*remoteui.RefusedError](err)
			switch {
			case tc.want == "" && err != nil:
				t.Error(err)
			case tc.want != "" && (!no || refused.Text != tc.want):
				t.Errorf("%v, want %q", err, tc.want)
			}
			if d.erased || s.Requests() > 90 {
				t.Errorf("erased %v, %d requests", d.erased, s.Requests())
			}
		})
	}
}
