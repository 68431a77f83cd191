package remoteui_test

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// framedDevice shows a set of two frames: a menu, and what it leads to.
type framedDevice struct {
	menu, main string // bodies
	mu         sync.Mutex
	asked      []string
}

func (d *framedDevice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, strings.TrimPrefix(r.RequestURI, "/"))
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	switch r.URL.Path {
	case "/":
		fmt.Fprint(w, `<html><head><title>Set</title></head><frameset cols="20%,*"><frame name="menu" src="menu"><frame name="main" src="main"></frameset></html>`)
	case "/menu":
		fmt.Fprint(w, `<html><head><title>Menu</title></head>`+d.menu+`</html>`)
	case "/main":
		fmt.Fprint(w, `<html><head><title>Main</title></head>`+d.main+`</html>`)
	case "/busy":
		fmt.Fprint(w, `<html><body>Busy</body></html>`)
	case "/bare":
		fmt.Fprint(w, `<html><body><h2>Network Settings</h2><table><tr><td>Key Name</td><td>k</td></tr></table></body></html>`)
	default:
		fmt.Fprintf(w, `<html><head><title>%s</title></head><body><a href="last">License/Other</a></body></html>`, strings.TrimPrefix(r.URL.Path, "/"))
	}
}

// Links and scripts in a frame lead where they do in a browser: into the frame
// that they name, their own, or the whole window.
func TestFrames(t *testing.T) {
	t.Parallel()
	const settings, still = `Settings/Registration`, `<body><a href="other">License/Other</a></body>`
	link := func(attrs string) string { return `<body><a ` + attrs + `>` + settings + `</a></body>` }
	for name, c := range map[string]struct {
		menu, main string
		asked      []string // after the set and its two frames
		stays      bool     // the set of frames, with the menu
	}{
		"target":            {link(`href="x" target="main"`), still, []string{"x"}, true},
		"parent.NAME":       {link(`href="javascript:parent.main.location.href='x'"`), still, []string{"x"}, true},
		"parent.frames":     {link(`href="#" onclick="parent.frames['main'].location='x';return false"`), still, []string{"x"}, true},
		"by number":         {link(`href="javascript:top.frames[1].location.replace('x')"`), still, []string{"x"}, true},
		"window.open":       {link(`href="javascript:window.open('x','main')"`), still, []string{"x"}, true},
		"document.location": {link(`href="javascript:parent.main.document.location='x'"`), still, []string{"x"}, true},
		"form":              {`<body><form name="f" action="x" target="main"></form><a href="javascript:document.f.submit()">` + settings + `</a></body>`, still, []string{"x?"}, true},
		"in the main frame": {still, link(`href="x"`), []string{"x"}, true},
		"own name":          {still, link(`href="javascript:parent.main.location='x'"`), []string{"x"}, true},
		"both":              {still, link(`href="javascript:parent.menu.location='m2';parent.main.location='x'"`), []string{"x", "m2"}, true},
		"main first":        {still, link(`href="javascript:parent.main.location='x';parent.menu.location='m2'"`), []string{"x", "m2"}, true},
		"top.location":      {link(`href="javascript:top.location='x'"`), still, []string{"x"}, false},
		"_top":              {link(`href="x" target="_top"`), still, []string{"x"}, false},
		"menu refreshes":    {link(`href="x" target="main"`), `<body onload="parent.menu.location='menu?2'">Top</body>`, []string{"menu?2", "x"}, true},
		"menu leads":        {`<body onload="parent.main.location='start'"><a href="x" target="main">` + settings + `</a></body>`, still, []string{"start", "x"}, true},
		"not framed":        {link(`href="javascript:if (top != self && parent == top && parent.length == 2 && parent.menu == window) parent[1].location='x'"`), still, []string{"x"}, true},
		"breaks out":        {`<body></body>`, `<body onload="top.location='whole'"></body>`, []string{"whole"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &framedDevice{menu: c.menu, main: c.main}
			srv := serve(t, certificate(t, x509.Certificate{DNSNames: []string{"x"}}, nil), d)
			s, err := remoteui.Dial(t.Context(), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}, Language: "en"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(t.Context())
			d.mu.Lock()
			d.asked = nil
			d.mu.Unlock()
			p, err := s.Portal(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if name != "breaks out" {
				if p, err = p.Follow(t.Context(), labels.Settings); err != nil {
					t.Fatal(err)
				}
			}
			if want := append([]string{"", "menu", "main"}, c.asked...); !slices.Equal(d.asked, want) {
				t.Errorf("asked for %q, want %q", d.asked, want)
			}
			if p.Title() != strings.TrimSuffix(c.asked[0], "?") && p.Title() != "x" {
				t.Errorf("on page %q", p.Title())
			}
			if again := p.Has(labels.Settings); again && !c.stays {
				t.Error("the whole window was to go")
			} else if !again && c.stays && strings.Contains(c.menu, settings) {
				t.Error("the menu is gone")
			}
		})
	}
}

// A page in a frame that offers nothing known is what a busy device shows,
// whatever the menu beside it offers.
func TestStrayFrame(t *testing.T) {
	t.Parallel()
	d := &framedDevice{menu: `<body><a href="busy" target="main">Settings/Registration</a><a href="x" target="main">Device Management</a><a href="bare" target="main">Network</a></body>`, main: `<body></body>`}
	srv := serve(t, certificate(t, x509.Certificate{DNSNames: []string{"x"}}, nil), d)
	s, err := remoteui.Dial(t.Context(), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}, Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	for l, stray := range map[remoteui.Label]bool{labels.Settings: true, labels.DeviceManagement: false, labels.Network: false} {
		p, err := s.Portal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// What follows another page may be one of a device that is busy: it is not
		// taken for the page asked for until it is shown again.
		if _, err = p.Follow(t.Context(), l); (err != nil) != stray {
			t.Errorf("%s: %v, stray %v", l, err, stray)
		}
	}
}
