package page_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// What is hidden is not there: each page has one thing with the text "secret",
// which is a paragraph, a button and a field.
func TestHidden(t *testing.T) {
	t.Parallel()
	const things = `<p>secret</p><button onclick="go()">secret</button><label>secret<input name="f" value="v"></label>`
	for name, c := range map[string]struct {
		head, around string // what is around the things, with @ in their place
		script       string
		there        bool
	}{
		"plain":                        {"", `<div>@</div>`, "", true},
		"attribute":                    {"", `<div hidden>@</div>`, "", false},
		"attribute, but shown":         {"", `<div hidden style="display:block">@</div>`, "", true},
		"inline":                       {"", `<div style="DISPLAY : None !important">@</div>`, "", false},
		"visibility":                   {"", `<div style="visibility:hidden">@</div>`, "", false},
		"visible within":               {"", `<div style="visibility:hidden">x<div style="visibility:visible">@</div></div>`, "", true},
		"not displayed within visible": {"", `<div style="display:none"><div style="display:block;visibility:visible">@</div></div>`, "", false},
		"by id":                        {`<style>#box { display: none }</style>`, `<div id="box">@</div>`, "", false},
		"by class":                     {`<style>/* .a { */ .a.b{color:red;display:none}</style>`, `<div class="b c a">@</div>`, "", false},
		"by another class":             {`<style>.a.b{display:none}</style>`, `<div class="a">@</div>`, "", true},
		"by element":                   {`<style>section, p.x{visibility:hidden;}</style>`, `<section>@</section>`, "", false},
		"by what it is in":             {`<style>#a .b div{display:none}</style>`, `<div id="a"><p></p><div class="b"><form><div>@</div></form></div></div>`, "", false},
		"in something else":            {`<style>#a > .b{display:none}</style>`, `<div id="a"><div><div class="b">@</div></div></div>`, "", true},
		"by attribute":                 {`<style>div[data-state="off"]{display:none}</style>`, `<div data-state="off">@</div>`, "", false},
		"sheet against inline":         {`<style>.a{display:none}</style>`, `<div class="a" style="display:block">@</div>`, "", true},
		"important sheet":              {`<style>.a{display:none!important}</style>`, `<div class="a" style="display:block">@</div>`, "", false},
		"the later rule":               {`<style>.a{display:none} .a{display:block}</style>`, `<div class="a">@</div>`, "", true},
		"the closer rule":              {`<style>#i{display:none} .a{display:block}</style>`, `<div class="a" id="i">@</div>`, "", false},
		"for print":                    {`<style media="print">.a{display:none}</style><style>@media print { .a { display: none } }</style>`, `<div class="a">@</div>`, "", true},
		"for screens":                  {`<style>@import url(x.css); @media screen and (min-width: 600px) { .a { display: none } }</style>`, `<div class="a">@</div>`, "", false},
		"for small screens":            {`<style>@media (max-width: 600px) { .a { display: none } }</style>`, `<div class="a">@</div>`, "", true},
		"shown where one points":       {`<style>ul ul{display:none} li:hover > ul{display:block}</style>`, `<ul><li><ul><li>@</li></ul></li></ul>`, "", true},
		"hidden where one points":      {`<style>div:hover{display:none}</style>`, `<div>@</div>`, "", true},
		"unknown selectors":            {`<style>div:nth-child(2n+1)::before{display:none} div:has(x){display:none} }}{</style>`, `<div>@</div>`, "", true},
		"a broken sheet":               {`<style>{{ .a { } ; .b{display:none</style>`, `<div class="b">@</div>`, "", true},
		"from a file":                  {`<link rel="stylesheet" href="hide.css">`, `<div class="filed">@</div>`, "", false},
		"from a file of another host":  {`<link rel="stylesheet" href="https://other.example/hide.css">`, `<div class="filed">@</div>`, "", true},
		"a page in place of a file":    {`<link rel="stylesheet" href="login.css">`, `<div class="filed">@</div>`, "", true},
		"script hides":                 {"", `<div id="a">@</div>`, `a.style.display = 'none'`, false},
		"script shows":                 {"", `<div id="a" style="display:none">@</div>`, `a.style.display = ''`, true},
		"script shows a class":         {`<style>.off{display:none}</style>`, `<div id="a" class="off">@</div>`, `a.classList.remove('off')`, true},
		"script gives a class":         {`<style>.off{display:none}</style>`, `<div id="a">@</div>`, `a.className = 'x off'`, false},
		"script by property":           {"", `<div id="a">@</div>`, `a.hidden = true`, false},
		"script adds a sheet":          {"", `<div id="a">@</div>`, `var s = document.createElement('style'); s.innerHTML = '#a{display:none}'; document.head.appendChild(s)`, false},
		"a dialogue that is closed":    {"", `<dialog>@</dialog>`, "", false},
		"a dialogue that is open":      {"", `<dialog id="a">@</dialog>`, `a.showModal()`, true},
		"a dialogue closed again":      {"", `<dialog id="a" open>@</dialog>`, `a.close()`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := `<html><head>` + c.head + `</head><body><form action="x">` + strings.ReplaceAll(c.around, "@", things) + `</form><script>` + c.script + `</script></body></html>`
			u, _ := url.Parse(corpusURL)
			p, err := page.Load(t.Context(), src, page.Options{URL: u, Fetch: func(_ context.Context, u *url.URL) (string, error) {
				switch u.Path {
				case "/rps/hide.css":
					return ".filed { display: none }", nil
				case "/rps/login.css":
					return "<html><style>.filed{display:none}</style></html>", nil
				}
				return "", errors.New("not there")
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			secret := []string{"secret"}
			_, action := p.Action(secret, page.Scope{})
			_, control := p.Control(secret, page.Scope{})
			if seen := len(p.AllControls()) == 1; seen != c.there {
				t.Errorf("the field is among those to be seen: %t", seen)
			}
			if text := strings.Contains(p.Text(), "secret"); text != c.there || (action == nil) != c.there || (control == nil) != c.there {
				t.Errorf("text %t, button %v, field %v; want them there: %t; script errors %v", text, action, control, c.there, p.ScriptErrors())
			}
			if fields := p.Forms()[0].Fields(); len(fields) != 1 || fields[0].Value != "v" {
				t.Errorf("sends %v: what is hidden is sent all the same", fields)
			}
			if html, err := p.Document().Find("body").Html(); err != nil || strings.Contains(html, "invisible") {
				t.Errorf("the tree reads %q, %v", html, err)
			}
		})
	}
}

// A style sheet costs bounded time however it is written.
func TestHostileSheets(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<div class=a>", 400) + "<p>text</p>" + strings.Repeat("</div>", 400)
	for name, css := range map[string]string{
		"deep":          strings.Repeat("div ", 15) + "x p{display:none}" + strings.Repeat("div>div ", 7) + "b p{display:none}",
		"many":          strings.Repeat(strings.Repeat(".a ", 15)+"x .a{display:none}", 3000),
		"nested":        strings.Repeat("@media screen {", 100_000),
		"open comment":  strings.Repeat("/*", 100_000),
		"many commas":   strings.Repeat("a,", 200_000) + "b{display:none}",
		"many, unknown": strings.Repeat("a:b(c) d,", 100_000) + "b{display:none}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			p, err := page.Load(t.Context(), "<style>"+css+"</style>"+deep, page.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if p.Text() != "text" {
				t.Errorf("reads %q", p.Text())
			}
			t.Log(time.Since(begun))
		})
	}
}

// What lies in front of the page hides the buttons behind it. Each page has an
// [OK] behind, and one in front that leads to "front".
func TestOverlay(t *testing.T) {
	t.Parallel()
	const behind = `<form action="behind"><input type="submit" value="OK"></form><a href="away">Menu</a><input type="button" value="open" onclick="open_()">`
	const box = `<p>Is it all right?</p><form action="front"><input type="submit" value="OK"></form>`
	for name, c := range map[string]struct {
		style, layer string
		ok           string // where [OK] leads; "" if there are several
		hides        bool   // what is behind
	}{
		"a dialogue":              {"", `<dialog id="o">` + box + `</dialog>`, "front", true},
		"a role":                  {"", `<div id="o" role="dialog" hidden>` + box + `</div>`, "front", true},
		"aria-modal":              {"", `<div id="o" aria-modal="true" hidden>` + box + `</div>`, "front", true},
		"covering":                {`#o{position:fixed;top:0;left:0;width:100%;height:100%;z-index:10}`, `<div id="o" hidden><div>` + box + `</div></div>`, "front", true},
		"box on a veil":           {`.veil{position:fixed;inset:0;z-index:10} .box{position:absolute;top:90px;z-index:11}`, `<div id="o" hidden><div class="veil"></div><div class="box">` + box + `</div></div>`, "front", true},
		"veil after the box":      {`#v{position:fixed;inset:0;z-index:10} #o{position:fixed;top:1px;z-index:11}`, `<div id="o" hidden>` + box + `</div><div id="v" hidden></div>`, "front", true},
		"a box that came":         {`#o{position:absolute;top:90px;left:90px}`, `<div id="o" hidden>` + box + `</div>`, "front", false},
		"in the flow":             {``, `<div id="o" hidden>` + box + `</div>`, "", false},
		"two, one over the other": {`.l{position:fixed;inset:0} #a{z-index:5}`, `<div id="o" hidden><div class="l" style="z-index:9">` + box + `</div><div class="l" id="a"><input type="button" value="OK" onclick="location='third'"></div></div>`, "front", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := `<style>` + c.style + `</style>` + behind + c.layer + `<script>function open_() { if (o.showModal) o.showModal(); else o.hidden = false; if (window.v) v.hidden = false }</script>`
			u, _ := url.Parse(corpusURL)
			p, err := page.Load(t.Context(), src, page.Options{URL: u})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			leads := func(text string) string {
				a, err := p.Action([]string{text}, page.Scope{})
				if err != nil {
					return ""
				}
				out, err := a.Click(t.Context(), page.ClickOptions{})
				if err != nil || out.Request == nil {
					t.Fatalf("%s: %+v, %v; script errors %v", text, out, err, p.ScriptErrors())
				}
				return strings.TrimPrefix(out.Request.URL.Path, "/rps/")
			}
			if got := leads("OK"); got != "behind" {
				t.Fatalf("at first [OK] leads to %q", got)
			}
			open, err := p.Action([]string{"open"}, page.Scope{})
			if err != nil {
				t.Fatal(err)
			}
			out, err := open.Click(t.Context(), page.ClickOptions{})
			if err != nil || !out.Changed {
				t.Fatalf("%+v, %v", out, err)
			}
			if got := leads("OK"); got != c.ok {
				t.Errorf("[OK] leads to %q, want %q", got, c.ok)
			}
			if got := leads("Menu"); got != "away" {
				t.Errorf("a link behind leads to %q", got)
			}
			_, err = p.Action([]string{"open"}, page.Scope{})
			text, shown := p.Overlay()
			if (err != nil) != c.hides || shown != c.hides || shown && !strings.Contains(text, "all right") {
				t.Errorf("the button behind: %v; overlay %q, %t", err, text, shown)
			}
		})
	}
}

// A veil that a script draws over the page keeps a person from clicking until it
// goes; a layer that the page came with does not.
func TestVeil(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]bool{"drawn": true, "there from the first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hidden := map[bool]string{true: "hidden"}[fresh]
			p := load(t, `<div id=v `+hidden+` style="position:fixed;inset:0;z-index:1"></div><button onclick="v.hidden = !v.hidden">OK</button>`, page.Limits{})
			a, err := p.Action([]string{"OK"}, page.Scope{})
			if err != nil {
				t.Fatal(err)
			}
			if fresh {
				if _, err := a.Click(t.Context(), page.ClickOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err = p.Action([]string{"OK"}, page.Scope{}); (err != nil) != fresh {
				t.Errorf("got %v", err)
			}
		})
	}
}
