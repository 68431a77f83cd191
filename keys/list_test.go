package keys_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// A key counts as unused only if its cell was understood and names nothing; who has
// a use is told only if one key has it. // W-5
func TestWhoUsesAKey(t *testing.T) {
	t.Parallel()
	l := &keys.List{Entries: []keys.Entry{
		{Name: "free"}, {Name: "strange", UseText: "Foo"}, {Name: "a", Uses: []keys.Use{keys.UseTLS}}, {Name: "b", Uses: []keys.Use{keys.UseTLS, keys.UseSIP}},
	}}
	for use, want := range map[keys.Use]string{keys.UseSIP: "b", keys.UseTLS: "", keys.UseIPSec: ""} {
		if e, ok := l.User(use); e.Name != want || ok != (want != "") {
			t.Errorf("%s: %+v, %t", use, e, ok)
		}
	}
	for _, e := range l.Entries {
		if e.Unused() != (e.Name == "free") {
			t.Errorf("%q: unused %t", e.Name, e.Unused())
		}
	}
}

// A list in pages counts once it is read twice alike: who deletes a key of the first
// page, while the second is asked for, moves one to where nobody looks any more. A
// list that does not come to rest is an error.
func TestListInPages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		until int // so many times the list has lost its first key when its second page is asked for
		want  []string
	}{
		"at rest": {0, []string{"a", "b", "c", "d", "e"}}, "once": {1, []string{"b", "c", "d", "e"}}, "twice": {2, []string{"c", "d", "e"}}, "for ever": {99, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, gone := []string{"a", "b", "c", "d", "e"}, 0
			s := pagedList(t, func(page int) (rows []string, more bool) {
				if page == 2 && gone < c.until {
					if gone++; len(all) > 3 {
						all = all[1:]
					} else {
						all = append(slices.Clone(all[1:]), fmt.Sprint("new", gone)) // one goes, one comes
					}
				}
				return all[min(2*(page-1), len(all)):min(2*page, len(all))], 2*page < len(all)
			})
			l, err := keys.ReadList(t.Context(), s)
			if c.want == nil {
				if err == nil || !strings.Contains(err.Error(), "changes while it is read") {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil || !slices.Equal(l.Names(), c.want) {
				t.Errorf("%v, %v; want %q", l, err, c.want)
			}
		})
	}
}

// A place that no key has is no key, whether a dash stands in it or a word; what could
// be a key is one, and a word of one row is told.
func TestFreePlaces(t *testing.T) {
	t.Parallel()
	const key = `<tr><td><a href="/key">web</a></td><td>TLS</td></tr>`
	for row, isKey := range map[string]bool{
		"<tr><td>-</td><td>-</td></tr>": false, "<tr><td>(Not Registered)</td><td>&nbsp;</td></tr>": false, "<tr><td>&#xFF0D;</td><td></td></tr>": false,
		"<tr><td>spare</td><td></td></tr>": true, "<tr><td>Default Key</td><td></td></tr>": true, "<tr><td>AMS</td><td></td></tr>": true,
		"<tr><td>-</td><td></td><td>12</td></tr>": false, "<tr><td>my-key</td><td></td><td>RSA 2048</td></tr>": true, "<tr><td>my-key</td><td>-</td></tr>": true, "<tr><td>my-key</td><td>-</td><td>31/12 2030</td></tr>": true,
		"<tr><td>my key</td><td>TLS</td></tr>": true, `<tr><td><a href="/key">my key</a></td><td></td></tr>`: true,
		`<tr><td><input type="radio" name="no"> my key</td><td></td></tr>`: true, `<tr><td><img src="/key" alt="Broken"> my key</td><td></td></tr>`: true,
	} {
		t.Run(row, func(t *testing.T) {
			t.Parallel()
			rows := []string{key, row}
			if !isKey {
				rows = append(rows, row)
			}
			l, err := keys.ReadList(t.Context(), pagedList(t, func(int) ([]string, bool) { return rows, false }))
			if err != nil || len(l.Entries) != map[bool]int{true: 2, false: 1}[isKey] {
				t.Errorf("%v, %v; is a key: %t", l, err, isKey)
			}
		})
	}
}

// A name reads as people see it: a space that must not break is a space, and of a place
// where a line may break nothing is seen. Other lists of the device may have it otherwise.
func TestNamesAsSeen(t *testing.T) {
	t.Parallel()
	rows := []string{"<tr><td>Device&nbsp;Signature&nbsp;Key</td><td></td></tr>", "<tr><td>Default&#8239;Key</td><td></td></tr>", "<tr><td>Leeds<wbr>3rd&shy;Floor&#8203;TLS&nbsp;</td><td>TLS</td></tr>"}
	l, err := keys.ReadList(t.Context(), pagedList(t, func(int) ([]string, bool) { return rows, false }))
	if err != nil || !slices.Equal(l.Names(), []string{keys.DeviceSignatureKey, keys.DefaultKey, "Leeds3rdFloorTLS"}) {
		t.Errorf("%q, %v", l.Names(), err)
	}
}

// A list may be of blocks: what heads each is the key's name. The fields of settings
// that are called alike are no list of keys.
func TestListOfBlocks(t *testing.T) {
	t.Parallel()
	const (
		web    = `<article><input type="checkbox" name="no"><h3><a href="/1">web</a></h3><dl><dt>Key Usage</dt><dd>[TLS] [IPSec]</dd><dt>Certificate</dt><dd>Valid</dd></dl></article>`
		spare  = `<article><input type="checkbox" name="no"><h3>spare</h3><dl><dt>Key Usage</dt><dd>-</dd></dl><svg><title>Broken</title></svg></article>`
		policy = `<fieldset><legend>%s</legend><dl><dt>Key Name</dt><dd>web</dd><dt>Key Usage</dt><dd>IPSec</dd></dl><button>Edit</button></fieldset>`
	)
	both := []keys.Entry{{Name: "web", Uses: []keys.Use{keys.UseTLS, keys.UseIPSec}}, {Name: "spare", Marks: "Broken"}}
	for name, c := range map[string]struct {
		body string
		want []keys.Entry
	}{
		"blocks": {"<p>Key Usage: see each</p><div>" + web + spare + "</div>", both},
		"labelled": {`<ul><li><p>Key Name: web</p><p>Key Usage: TLS, IPSec</p><a href="/1">Details</a></li>
			<li><p>Key Name: spare</p><p>Key Usage: -</p><a href="/2">Details</a><img src="/b" alt="Broken"></li></ul>`, both},
		"table besides": {"<div>" + web + spare + `</div><table><tr><th>Key Name</th><th>Key Usage</th></tr><tr><td><a href="/3">other</a></td><td>SIP</td></tr></table>`, []keys.Entry{{Name: "other", Uses: []keys.Use{keys.UseSIP}}}},
		// What can be acted on is the list, and what cannot tells of one.
		"table that tells": {"<div>" + web + spare + "</div><table><tr><th>Key Name</th><th>Key Usage</th></tr><tr><td>last</td><td>SIP</td></tr></table>", both},
		"settings":         {"<form>" + fmt.Sprintf(policy, "HQ") + fmt.Sprintf(policy, "Branch") + "</form>", nil},
		"two names":        {"<div>" + web + strings.Replace(spare, "spare", "spare</h3><h3>too", 1) + "</div>", nil},
		"no box around":    {web + spare, both},
		"a broken one": {`<div>` + strings.ReplaceAll(web+spare, "<article>", `<article class="card">`) + `<article class="card broken"><h3>third</h3><p>This key cannot be read.</p></article></div>`,
			append(slices.Clone(both), keys.Entry{Name: "third"})},
		"one key":       {"<div>" + web + "</div>", nil},
		"two in a row":  {"<div>" + web + spare + "</div><div>" + strings.Replace(spare, "spare", "third", 1) + "</div>", nil},
		"another sort":  {"<div>" + web + spare + strings.ReplaceAll(strings.Replace(spare, "spare", "third", 1), "article", "section") + "</div>", nil},
		"and one below": {"<section>" + web + spare + "</section><p>Key Usage: see each</p><p>more</p>" + strings.Replace(spare, "spare", "third", 1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := keys.ReadList(t.Context(), listDevice(t, func(int) string { return c.body }))
			if _, lacks := errors.AsType[*remoteui.PageError](err); c.want == nil && !lacks {
				t.Errorf("%+v, %v; want no list", l, err)
			} else if c.want != nil && (err != nil || !reflect.DeepEqual(l.Entries, c.want)) {
				t.Errorf("%+v, %v; want %+v", l, err, c.want)
			}
		})
	}
}

// pagedList is a session with a device that shows nothing but a list of keys, in
// pages from 1.
func pagedList(t *testing.T, page func(n int) (rows []string, more bool)) *remoteui.Session {
	t.Helper()
	return listDevice(t, func(n int) string {
		rows, more := page(n)
		body := `<table><tr><th>Key Name</th><th>Key Usage</th></tr>`
		for _, row := range rows {
			if !strings.HasPrefix(row, "<tr>") {
				row = "<tr><td>" + row + "</td><td>TLS</td></tr>"
			}
			body += row
		}
		body += "</table>"
		if more {
			body += fmt.Sprintf(`<a href="/keys%d">Next Page</a>`, n+1)
		}
		return body
	})
}

// listDevice is a session with a device that shows nothing but the pages of its list
// of keys.
func listDevice(t *testing.T, body func(n int) string) *remoteui.Session {
	t.Helper()
	const head = `<html lang="en"><head><title>Remote UI</title></head><body><a href="/out">Log Out</a> `
	device := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		n := 0
		switch _, err := fmt.Sscanf(r.URL.Path, "/keys%d", &n); {
		case err == nil:
			fmt.Fprint(w, head+body(n))
		case r.URL.Path == "/settings":
			fmt.Fprint(w, head+`<a href="/management">Device Management</a>`)
		case r.URL.Path == "/management":
			fmt.Fprint(w, head+`<a href="/keys1">Key and Certificate List</a>`)
		default:
			fmt.Fprint(w, head+`<a href="/settings">Settings/Registration</a>`)
		}
	}))
	t.Cleanup(device.Close)
	s, err := remoteui.Dial(t.Context(), remoteui.Config{URL: device.URL, Identity: remoteui.Identity{Pins: []remoteui.SPKIHash{remoteui.HashSPKI(device.Certificate())}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(t.Context()) })
	return s
}
