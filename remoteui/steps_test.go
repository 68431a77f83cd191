package remoteui_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// A step may be a box to tick, which [OK] carries out: on the form itself, or in
// place of the link that leads to one.
func TestTickedStep(t *testing.T) {
	t.Parallel()
	const (
		head = `<html lang="en"><head><title>Generate Key</title></head><body><p><a href="/out">Log Out</a></p>`
		ok   = `<input type="submit" value="OK"></form>`
		form = `<form method="post" action="/make"><input type="checkbox" name="other" value="1" id="o"><label for="o">Send a notice</label>`
	)
	box := func(label string) string {
		return `<input type="checkbox" name="box" value="1" id="b"><label for="b">` + label + `</label>`
	}
	for name, c := range map[string]struct{ pages map[string]string }{
		"on the form": {map[string]string{
			"/act":  head + `<a href="/sign">Device Signature</a>`,
			"/sign": head + form + box("Generate/Update Device Signature Key") + ok,
		}},
		"ticked already": {map[string]string{
			"/act":  head + `<a href="/sign">Device Signature</a>`,
			"/sign": head + form + strings.Replace(box("Generate/Update Device Signature Key"), "checkbox", `checkbox" checked="`, 1) + ok,
		}},
		"in place of the link": {map[string]string{"/act": head + form + box("Device Signature") + ok}},
		"which enables the button": {map[string]string{
			"/act": head + `<a href="/sign">Device Signature</a>`,
			"/sign": head + form + strings.Replace(box("Generate/Update"), "<input", `<input onclick="document.getElementById('ok').disabled = !this.checked"`, 1) +
				`<input type="submit" id="ok" value="OK" disabled></form>`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.pages["/make"] = head + "The key is generated."
			d := &liveDevice{pages: c.pages}
			in := remoteui.Intent{
				Name: "renewing", Way: []remoteui.Label{labels.Settings},
				Steps: []remoteui.Step{
					{Labels: []remoteui.Label{labels.DeviceSignature}, Optional: true},
					{Labels: []remoteui.Label{labels.GenerateUpdate, labels.Generate, labels.OK}, Writes: true},
				},
				Done: func(context.Context) (bool, error) { return strings.Contains(d.seen(), "POST"), nil },
			}
			if _, err := d.dial(t, false).Do(bounded(t), in); err != nil {
				t.Fatal(err)
			}
			if got := d.seen(); !strings.HasSuffix(got, "POST /make box=1") || strings.Count(got, "POST") != 1 {
				t.Errorf("asked %s", got)
			}
		})
	}
}

// A box is ticked for what is pressed only if it has a better name of the step than that,
// and is the only one.
func TestTickedForNothingElse(t *testing.T) {
	t.Parallel()
	const head = `<html lang="en"><head><title>Request</title></head><body><p><a href="/out">Log Out</a></p>`
	box := func(label string) string {
		return `<label><input type="checkbox" name="box" value="1" onclick="document.getElementById('go').disabled = false">` + label + `</label>`
	}
	for name, c := range map[string]struct{ body, sent string }{
		"a box of a lesser name":       {box("Generate") + `<input type="submit" id="go" value="Generate/Update" disabled>`, ""},
		"of the same name":             {box("Generate") + `<input type="submit" id="go" value="Generate" disabled>`, ""},
		"of a better name":             {box("Generate/Update") + `<input type="submit" id="go" value="OK" disabled>`, "POST /make box=1"},
		"two boxes":                    {box("Generate/Update") + box("Generate/Update") + `<input type="submit" id="go" value="OK" disabled>`, ""},
		"two boxes, and [OK] is ready": {box("Generate/Update") + box("Generate/Update") + `<input type="submit" id="go" value="OK">`, ""},
		"the better of two":            {box("Generate") + box("Generate/Update") + `<input type="submit" id="go" value="OK">`, "POST /make box=1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{"/act": head + `<form method="post" action="/make">` + c.body + "</form>", "/make": head + "The key is generated."}}
			_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
				Name: "renewing", Way: []remoteui.Label{labels.Settings},
				Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.GenerateUpdate, labels.Generate, labels.OK}, Writes: true}},
				Done:  func(context.Context) (bool, error) { return strings.Contains(d.seen(), "POST"), nil },
			})
			_, sent, _ := strings.Cut(d.seen(), "GET /act, ")
			if sent != c.sent || (err == nil) != (c.sent != "") {
				t.Errorf("sent %q, want %q; %v", sent, c.sent, err)
			}
		})
	}
}

// A menu may have two items that are called as a label may read: the one of the
// better name is taken to go on, and none to press.
func TestItemsThatReadAlike(t *testing.T) {
	t.Parallel()
	const head = `<html lang="en"><head><title>Network</title></head><body><p><a href="/out">Log Out</a></p>`
	for name, menu := range map[string]string{
		"better one first": `<a href="/list">IPSec Policy List</a> <a href="/other">IPSec Settings</a>`,
		"better one last":  `<a href="/other">IPSec Settings</a> <a href="/list">IPSec Policy List</a>`,
		"the only one":     `<a href="/list">IPSec Settings</a>`,
		"same name twice":  `<a href="/list">IPSec Policy List</a> <a href="/other">IPSec Policy List</a> <a href="/third">IPSec Settings</a>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{"/act": head + menu, "/list": head, "/other": head}}
			s := d.dial(t, false)
			p, err := s.Walk(bounded(t), labels.Settings)
			if err != nil {
				t.Fatal(err)
			}
			if name == "better one last" {
				if _, err := p.Press(bounded(t), labels.IPSecPolicies); err == nil {
					t.Error("one was pressed")
				}
			}
			_, err = p.Follow(bounded(t), labels.IPSecPolicies)
			if name == "same name twice" {
				if err == nil {
					t.Error("one was taken")
				}
				return
			}
			if got := d.seen(); err != nil || !strings.HasSuffix(got, "GET /list") {
				t.Errorf("asked %s: %v", got, err)
			}
		})
	}
}

// What a script shows after the press, with a yes and a no, is a question, however
// it is laid out, and though the page has a way back to where the act came from.
func TestQuestionInThePage(t *testing.T) {
	t.Parallel()
	const (
		head = `<html lang="en"><head><title>Device Signature</title><style>#back{display:none}`
		body = `</style><script>function show(on) { document.getElementById('back').style.display = on ? 'block' : 'none' }</script></head><body><p><a href="/out">Log Out</a></p>
			<p><a href="/act">Generate Key</a> &gt; Device Signature</p>
			<p>Key Name: Device Signature Key</p><form method="post" action="/make" name="f"><input type="button" value="Generate/Update" onclick="show(true)">`
		ask = `<p>The key will be replaced. Mail encrypted with the current certificate can no longer be decrypted.</p>
			<input type="button" value="OK" onclick="document.f.submit()"><input type="button" value="Cancel" onclick="show(false)">`
	)
	for name, c := range map[string]struct{ style, box string }{
		"edge to edge":             {`#back{position:fixed;top:0;left:0;width:100%;height:100%}`, `<div id="back"><div>` + ask + `</div></div>`},
		"edge to edge, in front":   {`#back{position:fixed;top:0;left:0;width:100%;height:100%;z-index:9}`, `<div id="back"><div>` + ask + `</div></div>`},
		"a box":                    {`#back{position:absolute;top:100px;left:200px;width:380px}`, `<div id="back">` + ask + `</div>`},
		"in the flow of the page":  {``, `<div id="back">` + ask + `</div>`},
		"rows of a table":          {``, `<table id="back"><tr><td>` + ask + `</td></tr></table>`},
		"a dialogue for the blind": {``, `<div id="back" role="alertdialog">` + ask + `</div>`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{
				"/act":  `<title>Keys</title><a href="/out">Log Out</a> <a href="/sign">Generate Key</a>`,
				"/sign": head + c.style + body + c.box + `</form>`,
				"/make": `<title>Device Signature</title><a href="/out">Log Out</a> The key is generated.`,
			}}
			renews(t, d)
		})
	}
}

// A question that a script puts into a list is what it adds to it: the names that
// stand in the list are asked about only where the question has them once more.
func TestQuestionInAList(t *testing.T) {
	t.Parallel()
	const (
		row  = `<tr><td><input type="radio" name="k" checked></td><td>`
		list = `<title>Keys</title><div id="bar"></div><p><a href="/out">Log Out</a></p><table><tr><th>Select</th><th>Key Name</th></tr>` + row + `old</td></tr>` + row + `other</td></tr></table>
			<form method="post" action="/make" name="f"><input type="button" value="Delete" onclick="document.getElementById('bar').innerHTML = document.getElementById('ask').text"></form>
			<script type="text/x-part" id="ask"><p>%s</p><input type="button" value="OK" onclick="document.f.submit()"><input type="button" value="Cancel"></script>`
	)
	// A list in pages has a way back that says no to nothing.
	inPages := strings.Replace(list, `</table>`, `</table><a href="/act?p=1">Previous</a> <a href="/act?p=3">Next</a>`, 1)
	for question, yes := range map[string]bool{
		"Delete the selected key?": true, "Delete old?": true, "<b>old</b><br>Delete it?": true, "Delete other?": false, "<div>other</div>Delete it?": false, "old<br>other<br>Delete them?": false,
		`<input type="text" value="other" readonly> Delete it?`: false, "Initialize all settings?": false,
	} {
		for _, list := range []string{list, inPages} {
			t.Run(question, func(t *testing.T) {
				t.Parallel()
				d := &liveDevice{pages: map[string]string{
					"/act":  fmt.Sprintf(list, question),
					"/make": `<title>Keys</title><a href="/out">Log Out</a> The key was deleted.`,
				}}
				_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
					Name: "deleting", Way: []remoteui.Label{labels.Settings}, Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Delete}, Writes: true}},
					About: &remoteui.Object{Names: []string{"old"}, Others: []string{"other"}},
					Done:  func(context.Context) (bool, error) { return strings.Contains(d.seen(), "POST"), nil },
				})
				if got := strings.Contains(d.seen(), "POST"); got != yes || (err == nil) != yes {
					t.Errorf("answered yes: %t, %v", got, err)
				}
			})
		}
	}
}

// A question that takes the place of a list may have a name that stood there before.
func TestQuestionInPlaceOfAList(t *testing.T) {
	t.Parallel()
	const list = `<title>Keys</title><p><a href="/out">Log Out</a></p><div id="list"><div>old</div><div>other</div></div>
		<form method="post" action="/make" name="f"><input type="button" value="Delete" onclick="document.getElementById('list').innerHTML = document.getElementById('ask').text"></form>
		<script type="text/x-part" id="ask">%s<p>Delete it?</p><input type="button" value="OK" onclick="document.f.submit()"><input type="button" value="Cancel"></script>`
	for name, yes := range map[string]bool{"": true, "<div>old</div>": true, "<div>other</div>": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{
				"/act":  fmt.Sprintf(list, name),
				"/make": `<title>Keys</title><a href="/out">Log Out</a> The key was deleted.`,
			}}
			_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
				Name: "deleting", Way: []remoteui.Label{labels.Settings}, Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Delete}, Writes: true}},
				About: &remoteui.Object{Names: []string{"old"}, Others: []string{"other"}},
				Done:  func(context.Context) (bool, error) { return strings.Contains(d.seen(), "POST"), nil },
			})
			if got := strings.Contains(d.seen(), "POST"); got != yes || (err == nil) != yes {
				t.Errorf("answered yes: %t, %v", got, err)
			}
		})
	}
}

// A question that stood on the page already, and gets its buttons only, is judged by
// the whole page.
func TestQuestionThatStoodThere(t *testing.T) {
	t.Parallel()
	for question, yes := range map[string]bool{"Delete the selected key?": true, "Initialize all settings?": false, "Delete other?": false} {
		for _, button := range []string{`<input type="button" value="%s" onclick="%s">`, `<button type="button" onclick="%[2]s">%[1]s</button>`, `<a href="#" onclick="%[2]s">%[1]s</a>`} {
			t.Run(question+button, func(t *testing.T) {
				t.Parallel()
				buttons := fmt.Sprintf(button, "OK", "document.f.submit()") + " " + fmt.Sprintf(button, "Cancel", "void 0")
				d := &liveDevice{pages: map[string]string{
					"/act": `<title>Keys</title><p><a href="/out">Log Out</a></p><p>` + question + `</p><div id="bar" style="display:none">` + buttons + `</div>
						<form method="post" action="/make" name="f"><input type="button" value="Delete" onclick="document.getElementById('bar').style.display = 'block'"></form>`,
					"/make": `<title>Keys</title><a href="/out">Log Out</a> The key was deleted.`,
				}}
				_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
					Name: "deleting", Way: []remoteui.Label{labels.Settings}, Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Delete}, Writes: true}},
					About: &remoteui.Object{Names: []string{"old"}, Others: []string{"other"}},
					Done:  func(context.Context) (bool, error) { return strings.Contains(d.seen(), "POST"), nil },
				})
				if got := strings.Contains(d.seen(), "POST"); got != yes || (err == nil) != yes {
					t.Errorf("answered yes: %t, %v", got, err)
				}
			})
		}
	}
}

// A form may be sent into an inline frame of its page, whose document's scripts do the
// rest in the page around it; a frame that nobody sees shows nothing by itself.
func TestInlineFrame(t *testing.T) {
	t.Parallel()
	const (
		head = `<title>Keys</title><p><a href="/out">Log Out</a></p><p id="m">idle</p>
			<script>function fin(m, u) { if (m) alert(m); if (u) location.replace(u); else location.reload() } function say(m) { document.getElementById('m').innerHTML = m }</script>`
		form = `<form method="post" action="/make" target="f"><input type="submit" value="Delete"></form>`
		done = `<title>Keys</title><p><a href="/out">Log Out</a></p>The key was deleted.`
	)
	for name, c := range map[string]struct{ frame, answer, asked, refused string }{
		"hidden by style":   {`<iframe name="f" style="display:none"></iframe>`, `<script>parent.fin('', '/done')</script>`, "GET /done", ""},
		"of no size":        {`<iframe name="f" width="0" height="0"></iframe>`, `<script>window.onload = function () { parent.fin('', '/done') }</script>`, "GET /done", ""},
		"in the whole":      {`<iframe name="f" height="1"></iframe>`, `<script>top.location.href = '/done'</script>`, "GET /done", ""},
		"refused":           {`<iframe name="f" style="display:none"></iframe>`, `<script>parent.fin('The key is in use.', '')</script>`, "GET /act", "The key is in use."},
		"refused, and said": {`<iframe name="f" style="display:none"></iframe>`, `<script>parent.say('The key is in use and cannot be deleted.')</script>`, "POST /make", "cannot be deleted"},
		"nothing":           {`<iframe name="f" style="display:none"></iframe>`, `<p>OK</p>`, "POST /make", ""},
		"seen":              {`<iframe name="f"></iframe>`, `<p>The key was deleted.</p>`, "POST /make", ""},
		"seen, and goes on": {`<iframe name="f"></iframe>`, `<p>Delete it?</p><a href="/done" target="_parent">OK</a>`, "GET /done", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{"/act": head + form + c.frame, "/make": c.answer, "/done": done}}
			looked := ""
			_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
				Name: "deleting", Way: []remoteui.Label{labels.Settings}, Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Delete}, Writes: true}}, About: &remoteui.Object{Names: []string{"old"}},
				Done: func(context.Context) (bool, error) {
					if looked == "" {
						looked = d.seen()
					}
					return c.refused == "", nil
				},
			})
			if !strings.HasSuffix(looked, c.asked) || strings.Count(d.seen(), "POST") != 1 {
				t.Errorf("asked %s", looked)
			}
			var refused *remoteui.RefusedError
			if c.refused == "" && err != nil || c.refused != "" && (!errors.As(err, &refused) || !strings.Contains(refused.Text, c.refused)) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A page that stays in front when something is pressed on it, for the answer goes into a
// frame that nobody sees or to a script, does not ask whether that is meant; nor does a
// question that still stands there ask once more.
func TestPressedOnce(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]string{
		"GET":  `<form action="/make" target="f"><input type="submit" value="Delete"></form><iframe name="f" style="display:none"></iframe>`,
		"POST": `<form action="/make" method="post" target="f"><input type="submit" value="Delete"></form><iframe name="f" style="display:none"></iframe>`,
		"script": `<p id="m"></p><input type="button" value="Delete" onclick="var x = new XMLHttpRequest(); x.onload = function () { document.getElementById('m').innerHTML += 'Done. ' };
			x.open('POST', '/make'); x.send()">`,
		"question": `<p id="m"></p><div id="box" style="display:none"><p>Delete old?</p><input type="button" value="OK" onclick="var x = new XMLHttpRequest(); x.onload = function () {
			document.getElementById('m').innerHTML += 'Done. ' }; x.open('POST', '/make'); x.send()"><input type="button" value="Cancel"></div>
			<input type="button" value="Delete" onclick="document.getElementById('box').style.display = ''">`,
		"two questions": `<div id="box" role="alertdialog" style="display:none"><p id="q">Delete old?</p><input type="button" value="OK" onclick="var x, q = document.getElementById('q');
			if (q.innerHTML == 'Delete old?') q.innerHTML = 'Really?'; else { x = new XMLHttpRequest(); x.open('POST', '/make'); x.send() }"><input type="button" value="Cancel"></div>
			<input type="button" value="Delete" onclick="document.getElementById('box').style.display = ''">`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{"/act": `<title>Keys</title><p><a href="/out">Log Out</a></p>` + form, "/make": "<p>OK</p>"}}
			_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
				Name: "deleting", Way: []remoteui.Label{labels.Settings}, Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Delete}, Writes: true}}, About: &remoteui.Object{Names: []string{"old"}},
				Done: func(context.Context) (bool, error) { return true, nil },
			})
			if n := strings.Count(d.seen(), "/make"); n != 1 || err != nil {
				t.Errorf("pressed %d times: %v", n, err)
			}
		})
	}
}

// A page that asks may be answered by a script that asks once more, in front of it: the
// page's question stands there still, and is not what is asked now.
func TestQuestionInFrontOfAQuestion(t *testing.T) {
	t.Parallel()
	const send = `var x = new XMLHttpRequest(); x.open('POST', '/make'); x.send()`
	const box = `<div id="box" style="display:none"><p>Do you want to restart the machine?</p><input type="button" value="OK" onclick="` + send + `"><input type="button" value="Cancel"></div>`
	const inFront = `<div id="box" role="dialog" aria-modal="true" style="display:none"><p>Do you want to restart the machine?</p><input type="button" value="OK" onclick="` + send + `"><input type="button" value="Cancel"></div>`
	const show = `onclick="document.getElementById('box').style.display = ''"`
	for name, page := range map[string]string{
		"the command once more, and a box":       `<p>Restart the machine to apply the changed settings.</p><input type="button" value="Apply Setting Changes" ` + show + `>` + box,
		"the same words, and one in front":       `<p>Restart the machine to apply the changed settings.</p><input type="button" value="OK" ` + show + `><input type="button" value="Cancel">` + inFront,
		"the command once more, one in front":    `<p>Restart the machine to apply the changed settings.</p><input type="button" value="Apply Setting Changes" ` + show + `>` + inFront,
		"one question, whose box stays open":     `<p>Restart the machine?</p><input type="button" value="OK" onclick="` + send + `"><input type="button" value="Cancel">`,
		"another command, and a box at the page": `<p>Jobs are cancelled.</p><input type="button" value="Restart" ` + show + `>` + box,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{
				"/act":   `<title>Settings</title><p><a href="/out">Log Out</a></p><a href="/apply">Apply Setting Changes</a>`,
				"/apply": `<title>Apply</title><p><a href="/out">Log Out</a></p>` + page, "/make": "<p>OK</p>",
			}}
			_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
				Name: "restart", Way: []remoteui.Label{labels.Settings}, Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.ApplyChanges, labels.RestartDevice}, Writes: true}}, Leaves: true,
			})
			if n := strings.Count(d.seen(), "/make"); n != 1 || err != nil {
				t.Errorf("pressed %d times: %v", n, err)
			}
		})
	}
}

// Where nothing can be read of an act, a message that is not known to say no may be
// said of what was done; a restart that was refused would be waited for.
func TestMessageWhereNothingCanBeRead(t *testing.T) {
	t.Parallel()
	for words, c := range map[string]struct{ leaves, done bool }{
		"The settings were changed. They come into effect later.": {false, true}, "変更した設定は、あとで有効になります。": {false, true},
		"The key cannot be used.": {false, false}, "The settings were changed. Nothing is restarted.": {true, false},
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{
				"/act":  `<title>Keys</title><p><a href="/out">Log Out</a></p><form method="post" action="/make"><input type="submit" value="Use"></form>`,
				"/make": `<title>TLS</title><p><a href="/out">Log Out</a></p><a href="/act">Key and Certificate</a><script>alert('` + words + `')</script>`,
			}}
			answer, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
				Name: "choosing", Way: []remoteui.Label{labels.Settings}, Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Use}, Writes: true}}, Leaves: c.leaves,
			})
			if (err == nil) != c.done || !strings.Contains(answer.Said, words) {
				t.Errorf("said %q: %v", answer.Said, err)
			}
		})
	}
}

// A frame that has the page around it send the form again and again is left after a
// while: whether anything was done is read.
func TestFrameWithoutEnd(t *testing.T) {
	t.Parallel()
	d := &liveDevice{pages: map[string]string{
		"/act":  `<title>Keys</title><p><a href="/out">Log Out</a></p><form name="d" method="post" action="/make" target="f"><input type="submit" value="Delete"></form><iframe name="f" width="0"></iframe>`,
		"/make": `<script>parent.document.d.submit()</script>`,
	}}
	_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
		Name: "deleting", Way: []remoteui.Label{labels.Settings}, Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Delete}, Writes: true}},
		Done: func(context.Context) (bool, error) { return true, nil },
	})
	if n := strings.Count(d.seen(), "POST"); err != nil || n < 2 || n > 20 {
		t.Errorf("%d requests, %v", n, err)
	}
}

// renews has a device renew a key by one POST to /make.
func renews(t *testing.T, d *liveDevice) {
	t.Helper()
	in := remoteui.Intent{
		Name: "renewing", Way: []remoteui.Label{labels.Settings},
		Steps: []remoteui.Step{
			{Labels: []remoteui.Label{labels.GenerateKey}},
			{Labels: []remoteui.Label{labels.GenerateUpdate, labels.Generate, labels.OK}, Writes: true},
		},
		Done: func(context.Context) (bool, error) { return strings.Contains(d.seen(), "POST"), nil },
	}
	_, err := d.dial(t, false).Do(bounded(t), in)
	if got := d.seen(); err != nil || !strings.HasSuffix(got, "POST /make") || strings.Count(got, "POST") != 1 {
		t.Errorf("asked %s: %v", got, err)
	}
}

// Where each page has a line that leads back over the pages before it, a page that
// asks is none of these, though it has their names.
func TestQuestionBelowALineThatLeadsBack(t *testing.T) {
	t.Parallel()
	const head = `<title>Device Signature</title><p><a href="/out">Log Out</a></p><p><a href="/act">Key and Certificate Settings</a> &gt; <a href="/act">Generate Key</a> &gt; Device Signature</p>`
	for name, ask := range map[string]string{
		"OK and Cancel": `<input type="submit" value="OK"><input type="button" value="Cancel" onclick="location.href='/sign'">`,
		"Yes and No":    `<input type="submit" value="Yes"><input type="button" value="No" onclick="location.href='/sign'">`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			renews(t, &liveDevice{pages: map[string]string{
				"/act":  `<title>Keys</title><a href="/out">Log Out</a> <a href="/sign">Generate Key</a>`,
				"/sign": head + `<p>Key Name: Device Signature Key</p><input type="button" value="Generate/Update" onclick="location.href='/ask'">`,
				"/ask":  head + `<form method="post" action="/make"><p>The current key and certificate are overwritten. Do you want to continue?</p>` + ask + `</form>`,
				"/make": `<title>Device Signature</title><a href="/out">Log Out</a> The key is generated.`,
			}})
		})
	}
}

// A device may say no to a choice already, before the page that is wanted: it is
// refused, with its words. Other words say nothing: the page is not understood.
func TestRefusedOnTheWay(t *testing.T) {
	t.Parallel()
	const list = `<html lang="en"><title>Keys</title><a href="/out">Log Out</a> <a href="/gen">Generate Key</a> `
	for said, want := range map[string]struct{ refused, full bool }{
		"The maximum number of keys is registered.": {true, true},
		"The key cannot be generated.":              {true, false},
		"Last page shown: 3":                        {false, false},
		`<form method="post" action="/do">It must be unique. The maximum number is 8.<p>Alias <input name="a"></p><input type="submit" value="OK"></form>`: {false, false},
	} {
		t.Run(said, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{
				"/act": list,
				"/gen": `<html lang="en"><title>Generate Key</title><a href="/out">Log Out</a><form method="post" action="/choose"><input type="radio" name="k" id="n" value="1"><label for="n">Network Communication</label>
					<input type="radio" name="k" id="s" value="2"><label for="s">Device Signature</label><input type="submit" value="OK"></form>`,
				"/choose": list + "<p>" + said + "</p>",
			}}
			_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
				Name: "generating", Way: []remoteui.Label{labels.Settings},
				Steps:  []remoteui.Step{{Labels: []remoteui.Label{labels.GenerateKey}}, {Labels: []remoteui.Label{labels.NetworkCommunication}}, {Labels: []remoteui.Label{labels.Generate, labels.OK}, Writes: true}},
				Fields: []remoteui.Field{{Label: labels.KeyName, Text: "web"}},
				Done:   func(context.Context) (bool, error) { return false, nil },
			})
			_, lacks := errors.AsType[*remoteui.PageError](err)
			e, refused := errors.AsType[*remoteui.RefusedError](err)
			if !lacks || refused != want.refused || refused && (e.NoRoom() != want.full || e.Text != said) || strings.Count(d.seen(), "POST") != 1 {
				t.Errorf("%v; asked %s", err, d.seen())
			}
		})
	}
}

// What a page says is about the form that it came for: a page that led on before it, and
// warned of something, is no reason why what comes next is lacking.
func TestWarnedOnTheWay(t *testing.T) {
	t.Parallel()
	page := func(body string) string {
		return `<html lang="en"><title>Generate Key</title><a href="/out">Log Out</a><form method="post" action="/` + body + `"></form></html>`
	}
	for name, c := range map[string]struct {
		warned, last string
		refused      bool
	}{
		"a warning, then nothing known": {"The key cannot be used with old browsers.", "Last page shown: 3", false},
		"a warning, then a no":          {"The key cannot be used with old browsers.", "The maximum number of keys is registered.", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{
				"/act":  page(`one?Flag=Init_Data"><select><option>Network Communication</option></select><input type="submit" value="Next">`),
				"/one":  page(`two?Flag=Init_Data"><p>` + c.warned + `</p><input type="submit" value="Next">`),
				"/two":  page(`none"><p>` + c.last + `</p>`),
				"/none": page("none"),
			}}
			_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
				Name: "generating", Way: []remoteui.Label{labels.Settings},
				Steps:  []remoteui.Step{{Labels: []remoteui.Label{labels.NetworkCommunication}}, {Labels: []remoteui.Label{labels.Generate}, Writes: true}},
				Fields: []remoteui.Field{{Label: labels.KeyName, Text: "web"}},
				Done:   func(context.Context) (bool, error) { return false, nil },
			})
			_, lacks := errors.AsType[*remoteui.PageError](err)
			if e, refused := errors.AsType[*remoteui.RefusedError](err); !lacks || refused != c.refused || refused && e.Text != c.last || !strings.Contains(d.seen(), "/two") {
				t.Errorf("%v; asked %s", err, d.seen())
			}
		})
	}
}
