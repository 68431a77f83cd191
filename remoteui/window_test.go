package remoteui_test

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui/labels"
)

// A small window lies in front of the page that opened it; when it closes, that
// page is live again, with what the window did there.
func TestSmallWindows(t *testing.T) {
	t.Parallel()
	html := func(title, body string) string {
		return `<html><head><title>` + title + `</title></head><body>` + body + `</body></html>`
	}
	const form = `<form name="f" action="/set" method="post"><input type="text" name="key" value="none"></form><p id="m">Behind</p>
		<script>var w; function set_key(k) { document.f.key.value = k; m.innerHTML = 'chosen ' + k } function done() { w.close(); document.f.submit() }</script>`
	choose := func(how string) string { return html("Opener", form+how) }
	const button = `<input type="button" value="Edit" onclick="w = window.open('/keys', 'keys', 'width=300')">`
	use := func(do string) string { return html("Keys", `<input type="button" value="OK" onclick="`+do+`">`) }
	for name, c := range map[string]struct {
		act, keys, more string
		then            string // title of the page in front in the end
		shown           string
		asked           string
	}{
		"a choice":              {choose(button), use(`opener.set_key('k1'); window.close()`), "", "Opener", "chosen k1", "GET /act, GET /keys"},
		"by a link":             {choose(`<a href="/keys" target="keys">Edit</a>`), use(`opener.set_key('k1'); self.close()`), "", "Opener", "chosen k1", "GET /act, GET /keys"},
		"by a form":             {choose(`<form action="/keys" method="post" target="keys"><input type="hidden" name="a" value="1"><input type="submit" value="Edit"></form>`), use(`opener.set_key('k1'); self.close()`), "", "Opener", "chosen k1", "GET /act, POST /keys a=1"},
		"the opener is sent":    {choose(button), use(`opener.set_key('k2'); opener.done()`), "", "set", "", "GET /act, GET /keys, POST /set key=k2"},
		"the opener goes on":    {choose(button), use(`opener.location.href = '/set'; window.close()`), "", "set", "", "GET /act, GET /keys, GET /set"},
		"on two pages":          {choose(button), html("Keys", `<form action="/more" method="post"><input type="submit" name="b" value="OK"></form>`), html("More", `<script>opener.set_key('k3'); window.close()</script>`), "Opener", "chosen k3", "GET /act, GET /keys, POST /more b=OK"},
		"that stays":            {choose(button), use(`opener.set_key('k4'); document.title = 'Changed'; document.body.innerHTML = 'done'`), "", "Changed", "done", "GET /act, GET /keys"},
		"that sends and leaves": {choose(button), html("Keys", `<form name="g" action="/more" method="post"><input type="hidden" name="b" value="1"></form><input type="button" value="OK" onclick="document.g.submit(); window.close()">`), "", "Opener", "Behind", "GET /act, GET /keys, POST /more b=1"},
		"into the one behind":   {html("Opener", form+button+`<script>window.name = 'main'</script>`), html("Keys", `<form action="/set" method="post" target="main"><input type="hidden" name="c" value="1"><input type="submit" value="OK" onclick="window.close()"></form>`), "", "set", "", "GET /act, GET /keys, POST /set c=1"},
		"another in front":      {choose(button), use(`window.open('/more', 'more')`), html("More", `<input type="button" value="OK" onclick="opener.opener.set_key('k5'); window.close()">`), "Keys", "", "GET /act, GET /keys, GET /more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{"/act": c.act, "/keys": c.keys, "/more": c.more, "/set": html("set", "set")}}
			if c.more == "" {
				d.pages["/more"] = html("more", "more")
			}
			behind, err := d.open(t, false)
			if err != nil {
				t.Fatal(err)
			}
			small, err := behind.Press(bounded(t), labels.Edit)
			if err != nil || small.Opener() != behind || small.Title() != "Keys" {
				t.Fatalf("in front is %v, %v", small, err)
			}
			p, err := small.Press(bounded(t), labels.OK)
			if err == nil && name == "another in front" {
				if p.Opener() != small {
					t.Fatalf("in front is %q", p.Title())
				}
				p, err = p.Press(bounded(t), labels.OK)
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.Title() != c.then || !strings.Contains(p.Text(), c.shown) {
				t.Errorf("in front is %q: %q, want %q: %q", p.Title(), p.Text(), c.then, c.shown)
			}
			if c.then == "Opener" && (p != behind || p.Opener() != nil || p.Changed() != strings.HasPrefix(c.shown, "chosen")) {
				t.Errorf("the page behind: the same %t, changed %t", p == behind, p.Changed())
			}
			if c.then == "Opener" {
				if _, err := p.Press(bounded(t), labels.Edit); err != nil {
					t.Errorf("it is not live again: %v", err)
				}
				if _, err := small.Press(bounded(t), labels.OK); err == nil {
					t.Error("the closed window can be acted on")
				}
			}
			if got := d.seen(); !strings.HasPrefix(got, c.asked) {
				t.Errorf("asked %s, want %s", got, c.asked)
			}
		})
	}
}

// A person may close the window, or act on the page behind it, which leaves it.
func TestLeavingASmallWindow(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"/act":  `<html><head><title>Opener</title></head><body><a href="/keys" target="w">Edit</a><form action="/set" method="post"><input type="submit" value="OK"></form></body></html>`,
		"/keys": `<html><head><title>Keys</title></head><body><a href="/keys" target="other">Edit</a></body></html>`,
		"/set":  `<html><head><title>Set</title></head><body>done</body></html>`,
	}
	d := &liveDevice{pages: pages}
	behind, err := d.open(t, false)
	if err != nil {
		t.Fatal(err)
	}
	small, err := behind.Follow(bounded(t), labels.Edit)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := small.Shut(); err != nil || p != behind {
		t.Fatalf("behind is %v, %v", p, err)
	}
	if _, err := behind.Shut(); err == nil {
		t.Error("a page in no small window was shut")
	}
	if small, err = behind.Follow(bounded(t), labels.Edit); err != nil {
		t.Fatal(err)
	}
	for range 10 { // however many are opened, few are kept
		if small, err = small.Follow(bounded(t), labels.Edit); err != nil {
			t.Fatal(err)
		}
	}
	depth := 0
	for p := small; p.Opener() != nil; p = p.Opener() {
		depth++
	}
	if depth > 3 {
		t.Errorf("%d windows lie one over the other", depth)
	}
	if p, err := behind.Press(bounded(t), labels.OK); err != nil || p.Title() != "Set" || p.Opener() != nil {
		t.Errorf("%v, %v", p, err)
	}
	if _, err := small.Follow(bounded(t), labels.Edit); err == nil {
		t.Error("the window that was left can be acted on")
	}
}
