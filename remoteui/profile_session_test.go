package remoteui_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net/http"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// pages serves a device without login; a page by its path.
type pages map[string]string

func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := p[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	w.Write([]byte("<html><head><title>T</title></head><body>" + body + `<p><a href="/rps/set">Settings/Registration</a>` + "</body></html>"))
}

const front = `<a href="/rps/set">Settings/Registration</a> <a href="/rps/stat">Status Monitor/Cancel</a>`

// withProfile opens a session with a device that knows profiles.
func withProfile(t *testing.T, p pages, profiles ...string) *remoteui.Session {
	t.Helper()
	srv := serve(t, certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}}, nil), p)
	cfg := remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}}
	for _, text := range profiles {
		profile, err := remoteui.ParseProfile("p", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		cfg.Profiles = append(cfg.Profiles, profile)
	}
	s, err := remoteui.Dial(bounded(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(t.Context()) })
	return s
}

func TestProfileAddsAndReplacesTexts(t *testing.T) {
	t.Parallel()
	p := pages{"/": front, "/rps/set": `<a href="/rps/a">Wiring</a> <a href="/rps/b">Network</a>`, "/rps/a": "the wires", "/rps/b": "the net"}
	for _, c := range []struct{ profile, want string }{
		{"[labels en]\nkey-list = Wiring\n", "the net"}, // a text of another label
		{"[labels en]\nnetwork := Wiring\n", "the wires"},
		{"[labels *]\nnetwork := wiring:\n", "the wires"},
		{"[labels ja]\nnetwork := Wiring\n", "the net"},
		{"[labels en]\nnetwork := Nothing\nnetwork := Wiring\n", "the wires"},
	} {
		s := withProfile(t, p, c.profile)
		got, err := s.Walk(bounded(t), labels.Settings, labels.Network)
		if err != nil || !strings.Contains(got.Text(), c.want) {
			t.Errorf("%q: %v", c.profile, err)
			continue
		}
		used := s.UnverifiedLabels()
		if c.want == "the wires" && (len(used) != 1 || used[0].Label != labels.Network || !strings.HasPrefix(used[0].Profile, "p:")) {
			t.Errorf("%q: labels relied on: %+v", c.profile, used)
		}
	}
}

// A language that there is no data for works by its profile alone.
func TestProfileBringsALanguage(t *testing.T) {
	t.Parallel()
	p := pages{"/": `<a href="/rps/set">Innstillinger</a> <a href="/rps/out">Logg ut</a>`, "/rps/set": `<a href="/rps/n">Nettverk</a>`, "/rps/n": "here"}
	s := withProfile(t, p, "[labels nb]\nsettings = Innstillinger\nlog-out = Logg ut\nnetwork = Nettverk\n")
	if got := s.Language(); got != "nb" {
		t.Errorf("language %q", got)
	}
	if _, err := s.Walk(bounded(t), labels.Settings, labels.Network); err != nil {
		t.Error(err)
	}
}

func TestProfilePinsPages(t *testing.T) {
	t.Parallel()
	p := pages{"/": front, "/rps/set": `<a href="/rps/x">Wiring</a>`, "/rps/tls": `<input type=button value="Key and Certificate">`}
	s := withProfile(t, p, "[page tls-settings]\nurl = /rps/tls?Flag=Init_Data\n")
	got, err := s.Walk(bounded(t), labels.Settings, labels.Network, labels.TLSSettings)
	if err != nil || !got.Has(labels.KeyAndCertificate) {
		t.Fatalf("pinned page: %v", err)
	}
	if used := s.UnverifiedLabels(); used[0].Text != "url /rps/tls?Flag=Init_Data" || used[0].Profile != "p:2" {
		t.Errorf("labels relied on: %+v", used)
	}
}

func TestProfilePinsElements(t *testing.T) {
	t.Parallel()
	const form = `<form action=/rps/w method=post>A <input name=k1 value=one> B <input name=k2 value=two>
		<input type=button id=go value=Los onclick="location='/rps/next'"> <span id=ver>38.01</span></form>`
	p := pages{"/": front, "/rps/set": form + `<a href="/rps/n">Network</a>`, "/rps/n": form, "/rps/next": "next"}
	const pins = "\nfield key-name = name k2\nbutton ok = id go\nvalue controller = id ver\n"
	for _, profile := range []string{"[page settings]" + pins, "[page /rps/set]" + pins} {
		s := withProfile(t, p, profile)
		ctx := bounded(t)
		page, err := s.Walk(ctx, labels.Settings)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := page.Control(ctx, labels.KeyName); err != nil || c.Value() != "two" {
			t.Errorf("%q: pinned field: %v", profile, err)
		}
		if v, err := page.Value(ctx, labels.Controller); err != nil || v != "38.01" {
			t.Errorf("%q: pinned value: %q, %v", profile, v, err)
		}
		if next, err := page.Follow(ctx, labels.OK); err != nil || !strings.Contains(next.Text(), "next") {
			t.Errorf("%q: pinned button: %v", profile, err)
		}
		if n := len(s.UnverifiedLabels()); n != 3 {
			t.Errorf("%q: %d pins are said to be relied on", profile, n)
		}
		// The same elements of another page are not meant.
		if page, err = s.Walk(ctx, labels.Settings, labels.Network); err != nil {
			t.Fatal(err)
		}
		if _, err := page.Control(ctx, labels.KeyName); err == nil {
			t.Errorf("%q: a pin works outside its page", profile)
		}
	}
}

// A pin that fits nothing says so, and what could be pinned instead.
func TestPinThatFitsNothing(t *testing.T) {
	t.Parallel()
	p := pages{"/": front, "/rps/set": `Key Name <input name=keynm value=one>`}
	s := withProfile(t, p, "[page settings]\nfield key-name = name keyname\n")
	page, err := s.Walk(bounded(t), labels.Settings)
	if err != nil {
		t.Fatal(err)
	}
	_, err = page.Control(bounded(t), labels.KeyName)
	if err == nil || !strings.Contains(err.Error(), "pinned at p:2") || !strings.Contains(err.Error(), "name keynm") {
		t.Errorf("got %v", err)
	}
}

func TestProfileLimits(t *testing.T) {
	t.Parallel()
	p := pages{"/": front, "/rps/set": `<a href="/rps/a">Wiring</a>`, "/rps/a": "x", "/rps/stat": `<a href="/rps/d">Gadget</a>`, "/rps/d": "y"}
	const wordings = "[labels en]\nnetwork = Wiring\ndevice-information = Gadget\n"
	for _, c := range []struct {
		limits string
		holds  bool
	}{
		{"", true},
		{"model = iR-ADV C5560 III", true},
		{"model = ir-adv c55*", true},
		{"model = X1*\nmodel = iR-ADV C55*", true},
		{"model = iR-ADV C5550 III", false},
		{"controller = 37.31", true},
		{"controller = 37.00 - 37.31", true},
		{"controller = 37.00 -", true},
		{"controller = 38.00 -", false},
		{"controller = 36.00 - 37.30", false},
		{"family = ir-adv", true},
		{"family = small-mf", false},
	} {
		s := withProfile(t, p, "[device]\n"+c.limits+"\n"+wordings)
		ctx := bounded(t)
		// By these labels the model is found, so they count before.
		if _, err := s.Walk(ctx, labels.StatusMonitor, labels.DeviceInformation); (err == nil) == (c.limits == "family = small-mf") {
			t.Errorf("%q: before the model is known: %v", c.limits, err)
		}
		s.Identify("37.31", "imageRUNNER ADVANCE C5560i III", "iR-ADV C5560 III")
		if _, err := s.Walk(ctx, labels.Settings, labels.Network); (err == nil) != c.holds {
			t.Errorf("%q: %v, want it to hold: %v", c.limits, err, c.holds)
		}
	}
}
