package remoteui_test

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// tabbed are pages of settings whose key name is not on the part that is shown
// first.
func tabbed(title, strip, body string) string {
	return `<html lang="en"><head><title>` + title + `</title></head><body><p><a href="/out">Log Out</a></p>` + strip + body + `</body></html>`
}

const (
	keyRow = `<table><tr><th>Key Name</th><td>k1</td></tr></table><form action="/keys"><input type="hidden" name="Flag" value="Init_Data"><input type="submit" value="Key and Certificate"></form>`
	other  = `<table><tr><th>Minimum Version</th><td>TLS 1.2</td></tr></table>`
	show   = `<script>function show(n) { for (var i = 1; i < 3; i++) { document.getElementById('t' + i).style.display = i == n ? 'block' : 'none'; document.getElementById('s' + i).className = i == n ? 'on' : 'off' } }</script>`
)

// A settings page with tabs is one page for whoever reads: what is wanted is found
// in any of them, and nothing is asked for that is none.
func TestTabs(t *testing.T) {
	t.Parallel()
	const first, second = `<span class="on">Version</span> <span><a href="/b">Key</a></span>`, `<span><a href="/act">Version</a></span> <span class="on">Key</span>`
	parts := func(strip, hidden string) string {
		return tabbed("TLS", show+strip, `<div id="t1">`+other+`</div><div id="t2" style="display:none">`+hidden+`</div>`)
	}
	for name, c := range map[string]struct {
		act, b string
		asked  string
		none   bool
	}{
		"two addresses":          {tabbed("TLS", first, other), tabbed("TLS", second, keyRow), "GET /act, GET /b", false},
		"beside plain text":      {tabbed("TLS", `<p>Version <a href="/b">Key</a></p>`, other), tabbed("TLS", `<p><a href="/act">Version</a> Key</p>`, keyRow), "GET /act, GET /b", false},
		"in a table":             {tabbed("TLS", `<table><tr><td class="on"><a href="/act">Version</a></td><td><a href="/b">Key</a></td><td><a href="/c">Ports</a></td></tr></table>`, other), tabbed("TLS", `<table><tr><td><a href="/act">Version</a></td><td class="on"><a href="/b">Key</a></td><td><a href="/c">Ports</a></td></tr></table>`, keyRow), "GET /act, GET /b", false},
		"marked for the blind":   {tabbed("TLS", `<ul><li><a href="/act" aria-selected="true">Version</a></li><li><a href="/b">Key</a></li></ul>`, other), tabbed("TLS", `<ul><li><a href="/act">Version</a></li><li><a href="/b" aria-selected="true">Key</a></li></ul>`, keyRow), "GET /act, GET /b", false},
		"buttons":                {tabbed("TLS", `<form action="/b"><input type="button" disabled value="Version"><input type="submit" value="Key"></form>`, other), tabbed("TLS", `<form action="/act"><input type="submit" value="Version"><input type="button" disabled value="Key"></form>`, keyRow), "GET /act, GET /b?", false},
		"by script, links":       {parts(`<span id="s1" class="on"><a href="javascript:show(1)">Version</a></span><span id="s2" class="off"><a href="javascript:show(2)">Key</a></span>`, keyRow), "", "GET /act", false},
		"by script, list items":  {parts(`<ul><li id="s1" class="on" onclick="show(1)">Version</li><li id="s2" class="off" onclick="show(2)">Key</li></ul>`, keyRow), "", "GET /act", false},
		"elsewhere, and back":    {tabbed("TLS", first, other), tabbed("Users", `<a href="/act">Back</a>`, keyRow), "GET /act, GET /b, GET /act", true},
		"a menu":                 {tabbed("TLS", `<ul><li><a class="on" href="/act">Settings/Registration</a></li><li><a href="/b">Status</a></li></ul>`, other), tabbed("TLS", "", keyRow), "GET /act", true},
		"a bar of buttons":       {tabbed("TLS", `<div><a class="main" href="/b">OK</a><a href="/b">Cancel</a></div>`, other), tabbed("TLS", "", keyRow), "GET /act", true},
		"an act by its address":  {tabbed("TLS", `<span class="on">Version</span> <span><a href="/b?do=reset">Key</a></span>`, other), tabbed("TLS", second, keyRow), "GET /act", true},
		"an act by its text":     {tabbed("TLS", `<span class="on">Version</span> <span><a href="/b">Initialize</a></span>`, other), tabbed("TLS", second, keyRow), "GET /act", true},
		"a form that may act":    {tabbed("TLS", `<form action="/b" method="post"><input type="button" disabled value="Version"><input type="submit" value="Key"></form>`, other), tabbed("TLS", second, keyRow), "GET /act", true},
		"a label and its button": {tabbed("TLS", `<table><tr><th>Key:</th><td><a href="/b">Change</a></td></tr></table>`, other), tabbed("TLS", second, keyRow), "GET /act", true},
		"asked, by script":       {parts(`<span id="s1" class="on"><a href="javascript:show(1)">Version</a></span><span id="s2" class="off"><a href="javascript:if (confirm('Lose it?')) show(2)">Key</a></span>`, keyRow), "", "GET /act", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{"/act": c.act, "/b": c.b, "/c": tabbed("TLS", "", "")}}
			p, err := d.open(t, false)
			if err != nil {
				t.Fatal(err)
			}
			value, err := p.Value(bounded(t), labels.KeyName)
			if c.none != (err != nil) || !c.none && value != "k1" {
				t.Errorf("%q, %v", value, err)
			}
			if got := d.seen(); got != c.asked {
				t.Errorf("asked %s, want %s", got, c.asked)
			}
			if c.none {
				if shown, err := p.Value(bounded(t), remoteui.Label("minimum")); err == nil || !strings.Contains(p.Text(), "TLS 1.2") {
					t.Errorf("in front is %q, %q, %v", p.Text(), shown, err)
				}
				return
			}
			// What is not there is looked for once, and what was seen is found again.
			for range 2 {
				if _, err := p.Control(bounded(t), labels.CommonName); err == nil {
					t.Error("found what is not there")
				}
			}
			if value, err := p.Value(bounded(t), labels.KeyName); err != nil || value != "k1" {
				t.Errorf("again: %q, %v", value, err)
			}
			// A thing to press is pressed where one is; what only leads on is found.
			if err := p.Await(bounded(t), labels.KeyAndCertificate); err != nil {
				t.Error(err)
			}
			if n := strings.Count(d.seen(), "GET"); n > 6 {
				t.Errorf("asked %s", d.seen())
			}
		})
	}
}

// A tab that is called like a section is the section; a command is not looked for
// in other tabs.
func TestTabIsSection(t *testing.T) {
	t.Parallel()
	strip := func(on string) string {
		all := ""
		for text, href := range map[string]string{"Intranet Settings": "/act", "TLS Settings": "/b"} {
			if text == on {
				all += `<li class="on">` + text + `</li>`
			} else {
				all += `<li><a href="` + href + `">` + text + `</a></li>`
			}
		}
		return "<ul>" + all + "</ul>"
	}
	d := &liveDevice{pages: map[string]string{
		"/act": tabbed("SIP", strip("Intranet Settings"), `<table><tr><th>Key Name</th><td>not this</td></tr><tr><th>Use TLS</th><td>On</td></tr></table>`),
		"/b":   tabbed("SIP", strip("TLS Settings"), `<table><tr><th>Key Name</th><td>k2</td></tr></table><form method="post" action="/x"><input type="submit" value="Register"></form>`),
	}}
	p, err := d.open(t, false)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := p.Press(bounded(t), labels.Register); err == nil {
		t.Errorf("pressed on another tab: %q", p.Title())
	}
	for _, c := range []struct {
		l, section remoteui.Label
		want       string
	}{{labels.UseTLS, labels.IntranetSettings, "On"}, {labels.KeyName, labels.TLSSettings, "k2"}, {labels.KeyName, labels.IntranetSettings, "not this"}} {
		if got, err := p.Value(bounded(t), c.l, remoteui.Where{Section: c.section}); err != nil || got != c.want {
			t.Errorf("%s of %s: %q, %v, want %q", c.l, c.section, got, err, c.want)
		}
	}
	if got, want := d.seen(), "GET /act, GET /b, GET /act"; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}
