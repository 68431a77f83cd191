package remoteui_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// menus is a device with an area of two menus, one of them of two items. A page that comes not
// by way of the menu may be another one.
type menus struct {
	strict bool // it shows the menu of another area in place of a page asked for out of order

	mu    sync.Mutex
	asked []string
	front string
}

func (m *menus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := r.URL.Path
	m.asked = append(m.asked, at)
	if m.strict && at == "/sip" && m.front != "/network" {
		at = "/"
	}
	m.front = at
	links := map[string]string{
		"/":           `<a href="/settings">Settings/Registration</a>`,
		"/settings":   `<a href="/network">Network</a><a href="/management">Device Management</a>`,
		"/management": `<a href="/keys">Key and Certificate Settings</a>`,
		"/keys":       `<a href="/">Settings/Registration</a> this is <input type="button" value="OK" onclick="go('/x')">`,
		"/network":    `<a href="/tls">TLS Settings</a><a href="/sip">SIP Settings</a><a href="/network?Flag=Exec_Data">Bluetooth Settings</a>`,
		"/tls":        `<a href="/">Settings/Registration</a> this is TLS`,
		"/sip":        `<a href="/">Settings/Registration</a> this is <input type="button" value="OK" onclick="go('/x')">`,
	}
	fmt.Fprintf(w, `<title>Remote UI: %s</title>%s`, at, links[at])
}

func (m *menus) take() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer func() { m.asked = nil }()
	return m.asked
}

// From one page of a menu to the next one does not go by the menu, if what the item
// asks for was seen; but where another page comes in its place, one does.
func TestForesee(t *testing.T) {
	t.Parallel()
	network := []remoteui.Label{labels.Settings, labels.Network}
	tls, sip := append(network[:2:2], labels.TLSSettings), append(network[:2:2], labels.SIPSettings)
	keys := []remoteui.Label{labels.Settings, labels.DeviceManagement, labels.KeyList}
	for _, tc := range []struct {
		name    string
		foresee bool
		strict  bool
		want    []string
	}{
		{"seen", true, false, []string{"/tls", "/sip", "/management", "/keys"}},
		{"not seen", false, false, []string{"/tls", "/network", "/sip", "/settings", "/management", "/keys"}},
		{"out of order", true, true, []string{"/tls", "/sip", "/", "/settings", "/network", "/sip", "/settings", "/management", "/keys"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dev := &menus{strict: tc.strict}
			s, err := remoteui.Dial(t.Context(), remoteui.Config{
				URL: "https://192.0.2.7:443/", Identity: remoteui.Identity{TrustOnFirstUse: true}, DialContext: inMemory(t, dev), Language: "en", ReadOnly: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(t.Context())
			if tc.foresee {
				s.Foresee(tls, sip, keys, append(network[:2:2], labels.BluetoothSettings), append(network[:2:2], labels.AMSSettings))
			}
			menu, err := s.Walk(t.Context(), network...)
			if err != nil {
				t.Fatal(err)
			}
			if dev.take(); s.Here(network...) != menu || s.Here(tls...) != nil {
				t.Error("the menu is not in front")
			}
			read := func(ctx context.Context, way []remoteui.Label, shows remoteui.Label) {
				err := s.Retry(ctx, func() error {
					p, err := s.Walk(ctx, way...)
					if err == nil && shows != "" {
						err = p.Await(ctx, shows)
					}
					return err
				})
				if err != nil || s.Here(way...) == nil {
					t.Errorf("%v: %v", way, err)
				}
			}
			read(t.Context(), tls, "")
			read(t.Context(), sip, labels.OK)
			read(t.Context(), keys, labels.OK)
			if got := dev.take(); !slices.Equal(got, tc.want) {
				t.Errorf("asked for %q, want %q", got, tc.want)
			}
			if s.Here(network...) != nil {
				t.Error("the menu is still in front")
			}
		})
	}
}

// A menu whose script draws its items, and of which one part is open at a time, is a
// page that one clicks through: nothing is loaded by it, and no look at its items may
// fold what is to be clicked next.
func TestFoldedMenu(t *testing.T) {
	t.Parallel()
	const menu = `<title>Remote UI: settings</title><div id="menu"></div><a href="/">To Portal</a><script>
var open = "%s", tree = {"Network": [["/tls", "TLS Settings"], ["/sip", "SIP Settings"]], "Device Management": [["/keys", "Key and Certificate Settings"]]};
function fold(n) { open = open == n ? "" : n; draw(); }
function draw() {
	var n, i, h = "";
	for (n in tree) {
		h += "<div><a href=\"javascript:fold('" + n + "')\">" + n + "</a></div>";
		for (i = 0; n == open && i < tree[n].length; i++) h += "<div><a href='" + tree[n][i][0] + "'>" + tree[n][i][1] + "</a></div>";
	}
	document.getElementById("menu").innerHTML = h;
}
draw();
</script>`
	for _, open := range []string{"", "Network", "Device Management"} {
		t.Run("open: "+open, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var asked []string
			dev := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				asked = append(asked, r.URL.Path)
				switch r.URL.Path {
				case "/":
					fmt.Fprint(w, `<title>Remote UI: portal</title><a href="/settings">Settings/Registration</a>`)
				case "/settings":
					fmt.Fprintf(w, menu, open)
				default:
					fmt.Fprintf(w, `<title>Remote UI: %s</title><a href="/settings">Settings/Registration</a><a href="/out">Log Out</a>`, r.URL.Path)
				}
			})
			s, err := remoteui.Dial(t.Context(), remoteui.Config{
				URL: "https://192.0.2.7:443/", Identity: remoteui.Identity{TrustOnFirstUse: true}, DialContext: inMemory(t, dev), Language: "en", ReadOnly: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(context.WithoutCancel(t.Context()))
			tls := []remoteui.Label{labels.Settings, labels.Network, labels.TLSSettings}
			keys := []remoteui.Label{labels.Settings, labels.DeviceManagement, labels.KeyList}
			s.Foresee(tls, keys)
			for i, way := range [][]remoteui.Label{keys, tls, keys, keys, tls} {
				p, err := s.Walk(t.Context(), way...)
				if want := "Remote UI: " + map[remoteui.Label]string{labels.TLSSettings: "/tls", labels.KeyList: "/keys"}[way[2]]; err != nil || p.Title() != want {
					t.Fatalf("%d, %v: %v", i, way, err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if want := 14; len(asked) > want {
				t.Errorf("%d requests, want at most %d: %q", len(asked), want, asked)
			}
		})
	}
}

// areas is a device with two areas behind the portal page, each entered by a page that
// only leads on, and with a form behind a list.
type areas struct {
	jealous bool   // it shows an area only after the portal page
	strict  bool   // it shows the form only after the menu
	after   string // where it leads after the form was sent; empty: nowhere
	answer  string // the page that it answers with; empty: its own
	to      string // where the form is sent; empty: "/make"

	mu    sync.Mutex
	asked []string
	front string
}

func (a *areas) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := r.URL.Path
	a.asked = append(a.asked, at)
	switch {
	case a.jealous && (at == "/usermode" || at == "/sysmonitor") && a.front != "/":
		at = "/error"
	case a.strict && at == "/form" && a.front != "/generate":
		at = "/error"
	}
	a.front = at
	if at == "/make" && a.after != "" {
		http.Redirect(w, r, a.after, http.StatusSeeOther)
		return
	}
	if at == "/make" && a.answer != "" {
		at = a.answer
	}
	pages := map[string]string{
		"/":           `<a href="/usermode">Settings/Registration</a><a href="/sysmonitor">Status Monitor/Cancel</a>`,
		"/usermode":   `<meta http-equiv="Refresh" content="0;url=/settings">`,
		"/sysmonitor": `<meta http-equiv="Refresh" content="0;url=/status">`,
		"/settings":   `<a href="/list">Key and Certificate Settings</a><a href="/out">Log Out</a>`,
		"/status":     `<a href="/info">Device Information</a><a href="/out">Log Out</a>`,
		"/info":       `<a href="/out">Log Out</a>`,
		"/list":       `<a href="/settings">Settings/Registration</a><a href="/generate">Generate Key...</a><a href="/details">Device Information</a>`,
		"/details":    `<a href="/list">Key and Certificate Settings</a>`,
		"/generate":   `<a href="/list">Key and Certificate Settings</a><a href="/form">Network Communication</a>`,
		"/form":       `<a href="/list">Key and Certificate Settings</a><form action="/make" method="post"><input name="n"><input type="submit" value="Generate"></form>`,
		"/make":       `<a href="/list">Key and Certificate Settings</a>The key was generated.`,
		"/error":      `<a href="/out">Log Out</a>`,
		"/wait":       `<meta http-equiv="Refresh" content="0;url=/list">`,
	}
	body := pages[at]
	if a.to != "" {
		body = strings.Replace(body, "/make", a.to, 1)
	}
	fmt.Fprintf(w, `<title>Remote UI: %s</title>%s`, at, body)
}

func (a *areas) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer func() { a.asked = nil }()
	return a.asked
}

func (a *areas) dial(t *testing.T) *remoteui.Session {
	t.Helper()
	s, err := remoteui.Dial(t.Context(), remoteui.Config{
		URL: "https://192.0.2.7:443/", Identity: remoteui.Identity{TrustOnFirstUse: true}, DialContext: inMemory(t, a), Language: "en",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.WithoutCancel(t.Context())) })
	return s
}

// From one area to another one does not go by the portal page, whose items were seen,
// unless the device wants that: then it is not tried again.
func TestFromAreaToArea(t *testing.T) {
	t.Parallel()
	list := []remoteui.Label{labels.Settings, labels.KeyList}
	deep := append(list[:2:2], labels.GenerateKey)
	info := []remoteui.Label{labels.StatusMonitor, labels.DeviceInformation}
	for _, tc := range []struct {
		name    string
		jealous bool
		foresee bool
		want    []string
	}{
		{"as it likes", false, true, []string{
			"/usermode", "/settings", "/list", "/generate", "/sysmonitor", "/status", "/info", "/usermode", "/settings", "/list", "/generate", "/settings", "/sysmonitor", "/status", "/info",
		}},
		{"by the portal page", true, true, []string{
			"/usermode", "/", "/usermode", "/settings", "/list", "/generate", "/", "/sysmonitor", "/status", "/info", "/", "/usermode", "/settings", "/list", "/generate", "/settings",
			"/", "/sysmonitor", "/status", "/info",
		}},
		{"by the portal page, as it turns out", true, false, []string{
			"/", "/usermode", "/settings", "/list", "/generate", "/", "/sysmonitor", "/status", "/info", "/usermode", "/", "/usermode", "/settings", "/list", "/generate", "/settings", "/", "/sysmonitor", "/status", "/info",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dev := &areas{jealous: tc.jealous}
			s := dev.dial(t)
			if tc.foresee {
				s.Foresee(list, info)
			}
			first, err := s.Portal(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := first.Follow(t.Context(), labels.StatusMonitor); err != nil {
				t.Fatal(err)
			}
			dev.take()
			walk := func(way ...remoteui.Label) {
				t.Helper()
				if p, err := s.Walk(t.Context(), way...); err != nil || s.Here(way...) != p {
					t.Fatalf("%v: %v", way, err)
				}
			}
			walk(deep...)
			walk(info...)
			walk(labels.Settings)
			walk(deep...)         // of an area that was entered anew
			walk(labels.Settings) // its first page, by its own address
			walk(info...)
			if got := dev.take(); !slices.Equal(got, tc.want) {
				t.Errorf("asked for %q, want %q", got, tc.want)
			}
		})
	}
}

// An act whose first page was read a moment ago begins behind it, where the way was
// gone before; its checks are made. After anything was pressed, or where the device
// shows something else, it begins at its beginning.
func TestActBehindWhatWasRead(t *testing.T) {
	t.Parallel()
	list := []remoteui.Label{labels.Settings, labels.KeyList}
	no := errors.New("no")
	for _, tc := range []struct {
		name   string
		strict bool
		press  bool  // something is pressed after the list was read
		check  error // of the second act
		checks int   // zero: one
		want   []string
	}{
		{name: "seen", want: []string{"/details", "/form", "/make"}},
		{name: "pressed since", press: true, want: []string{"/form", "/make", "/list", "/details", "/list", "/generate", "/form", "/make"}},
		{name: "not shown out of order", strict: true, checks: 2, want: []string{"/details", "/form", "/settings", "/list", "/generate", "/form", "/make"}},
		{name: "checked", check: no, want: []string{"/details"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dev := &areas{strict: tc.strict}
			s := dev.dial(t)
			s.Foresee(list)
			var check error
			checks := 0
			act := remoteui.Intent{
				Name: "generating", Way: list,
				Steps: []remoteui.Step{
					{Labels: []remoteui.Label{labels.GenerateKey}, Check: func(context.Context, *remoteui.Page) error { checks++; return check }},
					{Labels: []remoteui.Label{labels.NetworkCommunication}, Optional: true},
					{Labels: []remoteui.Label{labels.Generate}, Writes: true},
				},
			}
			do := func(want error) {
				t.Helper()
				if _, err := s.Do(t.Context(), act); !errors.Is(err, want) {
					t.Fatalf("%v, want %v", err, want)
				}
			}
			do(nil)
			read, err := s.Walk(t.Context(), list...)
			if err != nil {
				t.Fatal(err)
			}
			dev.take()
			act.Seen, check = read.Moment(), tc.check
			if tc.press {
				do(nil)
				if got := dev.take(); !slices.Equal(got, tc.want[:2]) {
					t.Errorf("asked for %q, want %q", got, tc.want[:2])
				}
				tc.want = tc.want[2:]
			}
			if p, err := s.Walk(t.Context(), append(list, labels.DeviceInformation)...); err != nil || p.Title() != "Remote UI: /details" {
				t.Fatal(err)
			}
			before := checks
			do(tc.check)
			if got := dev.take(); !slices.Equal(got, tc.want) {
				t.Errorf("asked for %q, want %q", got, tc.want)
			}
			if want := max(1, tc.checks); checks != before+want {
				t.Errorf("%d checks, want %d", checks-before, want)
			}
		})
	}
}

// Where the device itself leads to a page after something was pressed, that page was
// asked for after it: it is not asked for again, once. What came in the very answer, or
// is another page, is.
func TestWhereTheDeviceLeads(t *testing.T) {
	t.Parallel()
	list := []remoteui.Label{labels.Settings, labels.KeyList}
	for name, tc := range map[string]struct {
		dev  *areas
		want []string
	}{
		"redirect":          {dev: &areas{after: "/list"}, want: []string{"/form", "/make", "/list", "/list"}},
		"redirect and wait": {dev: &areas{after: "/wait"}, want: []string{"/form", "/make", "/wait", "/list", "/list"}},
		"in the answer":     {dev: &areas{answer: "/list"}, want: []string{"/form", "/make", "/list", "/list"}},
		"in the answer, which has the list's address": {dev: &areas{to: "/list"}, want: []string{"/form", "/list", "/list", "/list"}},
		"elsewhere":               {dev: &areas{after: "/details"}, want: []string{"/form", "/make", "/details", "/list", "/list"}},
		"not by the same address": {dev: &areas{after: "/list?shows=2"}, want: []string{"/form", "/make", "/list", "/list", "/list"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tc.dev.dial(t)
			s.Foresee(list)
			read, err := s.Walk(t.Context(), list...)
			if err != nil {
				t.Fatal(err)
			}
			if p, err := s.Walk(t.Context(), append(list[:2:2], labels.GenerateKey, labels.NetworkCommunication)...); err != nil || !p.Has(labels.Generate) {
				t.Fatal(err)
			}
			tc.dev.take()
			for range 2 { // what was read before does not count
				act := remoteui.Intent{Name: "generating", Way: append(list[:2:2], labels.GenerateKey, labels.NetworkCommunication), Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Generate}, Writes: true}}}
				if _, err := s.Do(t.Context(), act); err != nil {
					t.Fatal(err)
				}
				for i := range 2 {
					p, err := s.Walk(t.Context(), list...)
					if err != nil || p == read || s.Here(list...) != p || !p.Has(labels.GenerateKey) {
						t.Fatalf("look %d: %v", i, err)
					}
				}
				if got := tc.dev.take(); !slices.Equal(got, tc.want) {
					t.Errorf("asked for %q, want %q", got, tc.want)
				}
			}
		})
	}
}
