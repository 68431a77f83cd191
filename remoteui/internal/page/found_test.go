package page_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// What can be clicked on, and by which name, is kept between one search and the
// next, but not over what a script does in between.
func TestFoundAnew(t *testing.T) {
	for _, tc := range []struct {
		name, body, script   string
		before, after, never string // what is found then, and what is not any more
	}{
		{"listened for", `<div id=d>Go</div>`, `d.addEventListener('click', function () {})`, "", "Go", ""},
		{"a handler is set", `<div id=d>Go</div>`, `d.onclick = function () {}`, "", "Go", ""},
		{"a handler is taken away", `<div id=d>Go</div><script>d.onclick = function () {}</script>`, `d.onclick = null`, "Go", "", "Go"},
		{"renamed", `<input type=button id=d value=Old>`, `d.value = 'New'`, "Old", "New", "Old"},
		{"a part is renamed", `<a href=x><b id=d>Old</b> and more</a>`, `d.innerHTML = 'New'`, "Old", "New", "Old"},
		{"a part becomes one by its row", `<table><tr id=d><td>Old</td><td>x</td></tr></table>`, `d.addEventListener('click', function () {})`, "", "Old", ""},
		{"hidden", `<input type=button id=d value=Go>`, `d.style.display = 'none'`, "Go", "", "Go"},
		{"covered", `<input type=button value=Go><div role=dialog id=d style="display: none"><input type=button value=Yes></div>`, `d.style.display = 'block'`, "Go", "Yes", "Go"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := page.Load(t.Context(), fmt.Sprintf(`<body>%s<a href=# onclick="%s; return false">Change</a>`, tc.body, tc.script), page.Options{URL: mustURL(t, corpusURL)})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			finds := func(text string, want bool) {
				t.Helper()
				_, err := p.Action([]string{text}, page.Scope{})
				if _, missing := errors.AsType[*page.NotFoundError](err); missing == want || err != nil && !missing {
					t.Errorf("%s: %v, want it found: %t", text, err, want)
				}
			}
			for _, text := range []string{tc.before, tc.after, tc.never} {
				if text != "" {
					finds(text, text == tc.before)
				}
			}
			a, err := p.Action([]string{"Change"}, page.Scope{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Click(t.Context(), page.ClickOptions{}); err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{tc.after, tc.never} {
				if text != "" {
					finds(text, text == tc.after)
				}
			}
		})
	}
}

// Where nobody asks for it, an error does not say what there is instead; it is an
// error all the same.
func TestQuiet(t *testing.T) {
	p, err := page.Load(t.Context(), `<body><input type=button value=Go><label>Name <input name=n></label><p>Model: X</p><script>throw new Error('x')</script>`, page.Options{URL: mustURL(t, corpusURL)})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for role, find := range map[string]func(page.Scope) error{
		"action":  func(s page.Scope) error { _, err := p.Action([]string{"Goo"}, s); return err },
		"control": func(s page.Scope) error { _, err := p.Control([]string{"Names"}, s); return err },
		"value":   func(s page.Scope) error { _, err := p.Value([]string{"Models"}, s); return err },
	} {
		for _, quiet := range []bool{false, true} {
			missing, ok := errors.AsType[*page.NotFoundError](find(page.Scope{Quiet: quiet}))
			if !ok || missing.Role != role || (len(missing.Closest) == 0) != quiet || (len(missing.ScriptErrors) == 0) != quiet {
				t.Errorf("%s, quiet %t: %+v", role, quiet, missing)
			}
		}
	}
}
