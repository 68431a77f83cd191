package remoteui_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// oneDocument is a device whose settings are one document for good: its scripts put
// into it what they ask the device for.
func oneDocument(parts map[string]string) *liveDevice {
	const shell = `<html lang="en"><head><title>Settings</title></head><body><p><a href="/out">Log Out</a></p>
		<ul><li><a href="#/manage">Device Management</a></li><li><a href="#/net">Network</a></li></ul><main></main><script>
		const view = document.querySelector('main');
		const put = r => r.text().then(text => {
			const part = new DOMParser().parseFromString(text, 'text/html').querySelector('#part');
			view.replaceChildren(document.importNode(part, true));
			if (location.hash !== part.dataset.at) history.replaceState(null, '', part.dataset.at);
		});
		const show = () => fetch('/part' + location.hash.slice(1).replace(/[?].*/, '') + '?Flag=Init_Data').then(put);
		const send = (flag, to, more) => fetch('/part' + to, {method: 'POST', body: new URLSearchParams('Flag=' + flag + (more || ''))}).then(put);
		window.addEventListener('hashchange', show);
		document.addEventListener('click', e => {
			const act = e.target.closest('[data-act]');
			if (act) new Function('send', 'put', act.dataset.act)(send, put);
		});
		if (location.hash) show(); else location.hash = '#/home';
		</script></body></html>`
	d := &liveDevice{pages: map[string]string{"/act": shell, "/part/home": `<div id="part" data-at="#/home"><h1>Welcome</h1></div>`}}
	for at, body := range parts {
		d.pages["/part/"+at] = `<div id="part" data-at="#/` + at + `">` + body + `</div>`
	}
	return d
}

// Each address of a document that stays is a page: it is reached by the labels that lead
// there, and from the one in front without loading the document anew. The page before
// is left.
func TestOneDocument(t *testing.T) {
	t.Parallel()
	d := oneDocument(map[string]string{
		"manage": `<a href="#/keys">Key and Certificate Settings</a>`,
		"keys":   `<table><tr><th>Key Name</th><th>Certificate</th></tr><tr><td><a href="#/key?no=1">k1</a></td><td>x</td></tr></table>`,
		"key":    `<dl><dt>Key Name</dt><dd>k1</dd></dl>`,
		"net":    `<a href="#/tls">TLS Settings</a>`,
		"tls":    `<dl><dt>Key Name</dt><dd>k2</dd></dl>`,
	})
	s := d.dial(t, true)
	ctx := bounded(t)
	keys, err := s.Walk(ctx, labels.Settings, labels.DeviceManagement, labels.KeyList)
	if err != nil {
		t.Fatal(err)
	}
	list, err := keys.Table(ctx, labels.KeyName)
	if err != nil || len(list.Rows) != 1 {
		t.Fatal(list, err)
	}
	key, err := keys.Follow(ctx, labels.KeyName, remoteui.Where{Row: list.Rows[0], Text: "k1", Reads: true})
	if err != nil {
		t.Fatal(err)
	}
	if value, err := key.Value(ctx, labels.KeyName); err != nil || value != "k1" {
		t.Error(value, err)
	}
	if _, err := keys.Follow(ctx, labels.DeviceManagement); err == nil || !strings.Contains(err.Error(), "was left") {
		t.Error("the page before is acted on:", err)
	}
	for range 2 { // the second time from where one stands
		if tls, err := s.Walk(ctx, labels.Settings, labels.Network, labels.TLSSettings); err != nil || !strings.Contains(tls.Text(), "k2") {
			t.Fatal(err)
		}
		if again, err := s.Walk(ctx, labels.Settings, labels.DeviceManagement, labels.KeyList); err != nil || !strings.Contains(again.Text(), "k1") {
			t.Fatal(err)
		}
	}
	// Who walks to where one stands looks again.
	before := strings.Count(d.seen(), "/part/keys")
	if _, err := s.Walk(ctx, labels.Settings, labels.DeviceManagement, labels.KeyList); err != nil || strings.Count(d.seen(), "/part/keys") != before+1 {
		t.Error(err, d.seen())
	}
	if n := strings.Count(d.seen(), "GET /act"); n > 3 {
		t.Errorf("the document was loaded %d times: %s", n, d.seen())
	}
}

// Places of two documents may have the same name, and the menus of both an item for
// theirs: a way that is known is not gone in the other document, nor where the title is
// another one.
func TestPlacesOfTwoDocuments(t *testing.T) {
	t.Parallel()
	settings := oneDocument(map[string]string{"net": `<p>of the settings</p>`, "status/net": `<p>of the status</p>`}).pages
	settings["/part/status/home"] = settings["/part/home"]
	settings["/part/status/net"] = strings.Replace(settings["/part/status/net"], "#/status/net", "#/net", 1)
	status := strings.ReplaceAll(settings["/act"], "fetch('/part'", "fetch('/part/status'")
	for name, status := range map[string]string{
		"one title": status,
		"two":       strings.ReplaceAll(status, "<title>Settings", "<title>Status"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages := maps.Clone(settings)
			pages["/"] = `<html><head><title>Remote UI</title></head><body><a href="/act">Settings/Registration</a> <a href="/status">Device Management</a></body></html>`
			pages["/status"] = status
			d := &liveDevice{pages: pages}
			s, ctx := d.dial(t, true), bounded(t)
			for range 2 {
				if p, err := s.Walk(ctx, labels.Settings, labels.Network); err != nil || !strings.Contains(p.Text(), "of the settings") {
					t.Fatal(p, err)
				}
				if p, err := s.Walk(ctx, labels.DeviceManagement); err != nil || p.Title() == "" {
					t.Fatal(p, err)
				}
			}
		})
	}
}

// A known way that leads to a page of another title is gone from the portal page.
func TestPlaceOfAnotherTitle(t *testing.T) {
	t.Parallel()
	for title, loads := range map[string]int{"'Settings'": 2, "'Settings ' + n++": 3} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			d := oneDocument(map[string]string{"net": "<p>net</p>", "manage": "<p>manage</p>"})
			d.pages["/act"] = strings.Replace(d.pages["/act"], "const show = () => fetch(", "let n = 1; const show = () => (document.title = "+title+") && fetch(", 1)
			s, ctx := d.dial(t, true), bounded(t)
			for _, l := range []remoteui.Label{labels.Network, labels.DeviceManagement, labels.Network} {
				if _, err := s.Walk(ctx, labels.Settings, l); err != nil {
					t.Fatal(err)
				}
			}
			if n := strings.Count(d.seen(), "GET /act"); n != loads {
				t.Errorf("the document was loaded %d times, want %d: %s", n, loads, d.seen())
			}
		})
	}
}

// What the scripts of such a document send is judged as what links and forms do: a
// reading session refuses what may act, and what leads on sends one form.
func TestOneDocumentReads(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		act      string // of [Network]
		readOnly bool
		press    bool
		sent     string // with a POST
	}{
		"a form, reading":                   {"send('Exec_Data', '/draft')", true, false, ""},
		"asked for, reading":                {"send('Init_Data', '/draft')", true, false, ""},
		"a form":                            {"send('Exec_Data', '/draft')", false, false, "Flag=Exec_Data"},
		"one only":                          {"send('Exec_Data', '/draft').then(() => send('Exec_Data', '/draft', '&n=2')).catch(() => {})", false, false, "Flag=Exec_Data"},
		"after an answer":                   {"fetch('/part/net?Flag=Init_Data').then(() => send('Exec_Data', '/draft')).catch(() => {})", false, false, ""},
		"soon":                              {"setTimeout(() => send('Exec_Data', '/draft').catch(() => {}), 50)", false, false, ""},
		"no form of the page":               {"send('Delete_Data', '/draft').catch(() => {})", false, false, ""},
		"no deed":                           {"send('Detail_Data', '/draft')", false, false, "Flag=Detail_Data"},
		"no form of the UI":                 {"fetch('/part/draft', {method: 'POST', body: 'k'}).then(put).catch(() => {})", false, false, ""},
		"later":                             {"setTimeout(() => send('Exec_Data', '/draft').catch(() => {}), 2000)", false, false, ""},
		"pressed":                           {"send('Exec_Data', '/draft').then(() => send('Exec_Data', '/draft', '&n=2'))", false, true, "Flag=Exec_Data, Flag=Exec_Data&n=2"},
		"pressed, and a session that reads": {"send('Exec_Data', '/draft')", true, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := oneDocument(map[string]string{
				"manage": `<button type="button" data-act="` + strings.ReplaceAll(c.act, `"`, "&quot;") + `">Key and Certificate Settings</button><form><input type="hidden" name="Flag" value="Exec_Data"></form>`,
				"draft":  `<p>drafted</p><a href="#/keys">Key and Certificate List</a>`,
			})
			s := d.dial(t, c.readOnly)
			p, err := s.Walk(bounded(t), labels.Settings, labels.DeviceManagement)
			if err != nil {
				t.Fatal(err)
			}
			moment := p.Moment()
			if c.press {
				_, err = p.Press(bounded(t), labels.KeyList)
			} else {
				_, err = p.Follow(bounded(t), labels.KeyList)
			}
			if c.readOnly && c.press && !errors.Is(err, remoteui.ErrReadOnly) {
				t.Error(err)
			}
			var sent []string
			for _, asked := range strings.Split(d.seen(), ", ") {
				if body, ok := strings.CutPrefix(asked, "POST /part/draft"); ok {
					sent = append(sent, strings.TrimSpace(body))
				}
			}
			if got := strings.Join(sent, ", "); got != c.sent {
				t.Errorf("sent %q, want %q", got, c.sent)
			}
			if c.press && moment() == (c.sent != "") {
				t.Error("what was read before a press counts as what is so after it")
			}
		})
	}
}

// A file that a script makes of what stands in the page is a download.
func TestOneDocumentDownload(t *testing.T) {
	t.Parallel()
	d := oneDocument(map[string]string{
		"manage": `<pre>csr</pre><button type="button" data-act="const a = document.createElement('a'); a.href = URL.createObjectURL(new Blob([document.querySelector('pre').textContent])); a.download = 'k.csr'; a.click()">Start Exporting</button>`,
	})
	p, err := d.dial(t, true).Walk(bounded(t), labels.Settings, labels.DeviceManagement)
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.Download(bounded(t), labels.StartExporting)
	if err != nil || f.Name != "k.csr" || string(f.Data) != "csr" {
		t.Errorf("%+v, %v", f, err)
	}
	if stays, err := p.Follow(bounded(t), labels.StartExporting); err != nil || stays != p { // it is no click without an effect
		t.Errorf("%v, %v", stays, err)
	}
}

// A list to choose a key from may have no heading: each of its rows has a name, and the
// same thing to click on behind it. What lies in front goes before what only sets out
// labels and values.
func TestUnheadedList(t *testing.T) {
	t.Parallel()
	const list = `<ul><li><b>k1</b><i>RSA</i><button onclick="location = '/u?1'">Use</button></li><li><b>k2</b><i>RSA</i><button disabled onclick="location = '/u?2'">Use</button></li></ul>`
	const keyList = `<table><tr><th>Key Name</th><th>Key Usage</th></tr><tr><td><a href="/k?3">k3</a></td><td>-</td><td><button>Delete</button></td></tr><tr><td><a href="/k?4">k4</a></td><td>-</td><td><button>Delete</button></td></tr></table>`
	const protocols = `<ul><li>TLS <button>Set</button></li><li>802.1X <button>Set</button></li></ul>`
	for name, c := range map[string]struct{ body, names string }{
		"below a list of keys": {keyList + protocols, "TLS 802.1X"},
		"alone":                {list, "k1 k2"},
		"plain text":           {`<div><div>k1 <a href="/u?1">Use</a></div><div>k2 <a href="/u?2">Use</a></div></div>`, "k1 k2"},
		"deeper":               {`<ol><li><div><span>k1</span></div><div><button onclick="location = '/u?1'">Use</button></div></li><li><div><span>k2</span></div><div><button onclick="location = '/u?2'">Use</button></div></li></ol>`, "k1 k2"},
		"below a label":        {`<div><div>Key Name:</div><div>k1</div></div><div><div>Key and Certificate:</div><div><button>Edit</button></div></div>` + list, "k1 k2"},
		"in front":             {`<div><div>Key Name:</div><div>k1</div></div><div><div>Other:</div><div>x</div></div><dialog open>` + list + `</dialog>`, "k1 k2"},
		"one row":              {`<ul><li><b>k1</b><button>Use</button></li></ul>`, ""},
		"nothing named":        {`<ul><li><button>Use</button></li><li><button>Use</button></li></ul>`, ""},
		"named behind it":      {`<ul><li><button>Use</button> k1</li><li><button>Use</button> k2</li></ul>`, ""},
		"twice in a row":       {`<ul><li>k1 <button>Use</button><button>Use</button></li><li>k2 <button>Use</button></li></ul>`, ""},
		"one name twice":       {`<ul><li>k1 <button>Use</button></li><li>k1 <button>Use</button></li></ul>`, ""},
		"other buttons":        {`<ul><li>k1 <button>Delete</button></li><li>k2 <button>Delete</button></li></ul>`, ""},
		"with a heading":       {`<table><tr><th>Key Name</th><th>x</th></tr><tr><td>k3</td><td><button>Use</button></td></tr></table>`, "k3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{"/act": `<html lang="en"><head><title>Keys</title></head><body><p><a href="/out">Log Out</a></p>` + c.body + `</body></html>`, "/u": `<html lang="en"><head><title>Keys</title></head><body><p><a href="/out">Log Out</a></p>Key Name</body></html>`}}
			p, err := d.open(t, true)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(c.body, keyList) { // whoever only reads has the list that is headed
				if t2, err := p.Table(bounded(t), labels.KeyName); err != nil || len(t2.Rows) != 2 || t2.Rows[0].Cells()[0] != "k3" {
					t.Error(t2, err)
				}
			}
			var names []string
			list, err := p.Choices(bounded(t))
			if err == nil {
				for _, row := range list.Rows {
					name, _ := row.Cell(labels.KeyName)
					names = append(names, name)
				}
			}
			if got := strings.Join(names, " "); got != c.names || (err == nil) != (c.names != "") {
				t.Errorf("got %q, want %q; %v", got, c.names, err)
			}
			if c.names == "k1 k2" && err == nil {
				if _, err := p.Follow(bounded(t), labels.Use, remoteui.Where{Row: list.Rows[0]}); err != nil || d.seen() != "GET /act, GET /u?1" {
					t.Error(err, d.seen())
				}
			}
		})
	}
}

// Blocks that can be acted on are the list, whatever table sets out one of them beside.
func TestBlocksBesideATable(t *testing.T) {
	t.Parallel()
	const (
		blocks = `<article><h3><a href="/k?1">k1</a></h3><dl><dt>Key Usage</dt><dd>TLS</dd></dl></article><article><h3><a href="/k?2">k2</a></h3><dl><dt>Key Usage</dt><dd>-</dd></dl></article>`
		table  = `<table><tr><th>Key Name</th><th>Issuer</th></tr><tr><td>last</td><td>x</td></tr></table>`
	)
	for name, c := range map[string]struct{ body, names string }{
		"a table without anything to do":  {table + "<div>" + blocks + "</div>", "k1 k2"},
		"below the blocks":                {"<div>" + blocks + "</div>" + table, "k1 k2"},
		"a table that can be acted on":    {strings.Replace(table, "last", `<a href="/k?3">k3</a>`, 1) + "<div>" + blocks + "</div>", "k3"},
		"no blocks":                       {table, "last"},
		"a table of two, which is a list": {strings.Replace(table, "</table>", "<tr><td>first</td><td>x</td></tr></table>", 1) + "<div>" + blocks + "</div>", "last first"},
		"blocks with nothing to do":       {table + "<div>" + strings.NewReplacer("<a ", "<b ", "</a>", "</b>").Replace(blocks) + "</div>", "last"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{"/act": `<html lang="en"><head><title>Keys</title></head><body><p><a href="/out">Log Out</a></p>` + c.body + `</body></html>`}}
			p, err := d.open(t, true)
			if err != nil {
				t.Fatal(err)
			}
			list, err := p.Table(bounded(t), labels.KeyName)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, row := range list.Rows {
				name, _ := row.Cell(labels.KeyName)
				names = append(names, name)
			}
			if got := strings.Join(names, " "); got != c.names {
				t.Errorf("got %q, want %q", got, c.names)
			}
		})
	}
}

// A command is given once, whatever the document shows after it: only a page that was
// asked for by the conventions of the UI, and for which nothing else was sent, is one on
// which it stands once more.
func TestOneDocumentCommandedOnce(t *testing.T) {
	t.Parallel()
	const (
		button = `<button type="button" data-act="%s">Restart Device</button>`
		move   = "document.querySelector('#part').append('!'); history.pushState(null, '', '#/going'); "
	)
	for name, act := range map[string]string{
		"later":                       move + "setTimeout(() => send('Exec_Data', '/going'), 400)",
		"by an address of its own":    "fetch('/part/restart.cgi').then(put)",
		"by an address, later":        "location.hash = '#/going'; setTimeout(() => fetch('/part/restart.cgi').then(put), 400)",
		"a page is asked for, too":    "location.hash = '#/going'; setTimeout(() => send('Exec_Data', '/going'), 400)",
		"by another document":         "send('Exec_Data', '/going').then(() => { location = '/status' })",
		"on a page that is asked for": "location.hash = '#/confirm'",
	} {
		for _, leaves := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, goes down: %t", name, leaves), func(t *testing.T) {
				t.Parallel()
				again := strings.Replace(button, "%s", act, 1)
				d := oneDocument(map[string]string{
					"manage": again, "going": "<p>!</p>" + again, "restart.cgi": "<p>!</p>" + again,
					"confirm": "<p>All jobs end.</p>" + strings.Replace(button, "%s", "send('Exec_Data', '/done')", 1), "done": "<p>Wait.</p>",
				})
				d.pages["/status"] = `<html lang="en"><head><title>Settings</title></head><body><p><a href="/out">Log Out</a></p><form method="post" action="/part/restart.cgi"><input type="submit" value="Restart Device"></form>`
				_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
					Name: "restarting", Way: []remoteui.Label{labels.Settings, labels.DeviceManagement}, Leaves: leaves,
					Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.RestartDevice}, Writes: true}},
				})
				if n := strings.Count(d.seen(), "Exec_Data") + strings.Count(d.seen(), "restart.cgi"); n != 1 && (n != 0 || !leaves || !strings.Contains(act, "400")) { // nobody waits where it goes down
					t.Errorf("commanded %d times: %s; %v", n, d.seen(), err)
				}
			})
		}
	}
}

// What a script sends long after the press belongs to it: nothing that was read before
// counts as what is so after it.
func TestOneDocumentSentLater(t *testing.T) {
	t.Parallel()
	d := oneDocument(map[string]string{
		"manage": `<p>x</p><button type="button" data-act="document.querySelector('p').append('!'); setTimeout(() => send('Exec_Data', '/done'), 400)">Restart Device</button>`,
		"done":   "<p>Wait.</p>",
	})
	p, err := d.dial(t, false).Walk(bounded(t), labels.Settings, labels.DeviceManagement)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = p.Press(bounded(t), labels.RestartDevice); err != nil {
		t.Fatal(err)
	}
	moment := p.Moment()
	if _, err := p.Settle(bounded(t)); err != nil || !strings.Contains(d.seen(), "Exec_Data") || moment() {
		t.Errorf("%v; sent %s, and still so: %t", err, d.seen(), moment())
	}
}

// A question that was answered is not asked once more by its document's having another
// address.
func TestOneDocumentAnsweredOnce(t *testing.T) {
	t.Parallel()
	const send = "fetch('/part/done', {method: 'POST', body: new URLSearchParams('Flag=Exec_Data')}); "
	for name, c := range map[string]struct {
		act  string // of [OK]
		sent int
	}{
		"the box closes later": {send + "document.querySelector('#part').append('!'); history.replaceState(null, '', '#/keys'); setTimeout(() => document.querySelector('#part').replaceChildren('Deleted.'), 400)", 1},
		"it stays":             {send + "document.querySelector('#part').append('!'); history.pushState(null, '', '#/keys')", 1},
		"another question":     {"location.hash = '#/sure'", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask := func(words, act string) string {
				return "<p>" + words + `</p><button type="button" data-act="` + act + `">OK</button><button type="button">Cancel</button>`
			}
			d := oneDocument(map[string]string{
				"manage":  `<p>mine</p><button type="button" data-act="location.hash = '#/confirm'">Delete</button>`,
				"confirm": ask("Delete the key mine?", c.act), "sure": ask("Really delete it?", "send('Exec_Data', '/done')"), "done": "<p>Deleted.</p>",
			})
			_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
				Name: "deleting", Way: []remoteui.Label{labels.Settings, labels.DeviceManagement},
				Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Delete}, Writes: true}},
				About: &remoteui.Object{Names: []string{"mine"}, Others: []string{"theirs"}},
			})
			if n := strings.Count(d.seen(), "Exec_Data"); n != c.sent {
				t.Errorf("sent %d times: %s; %v", n, d.seen(), err)
			}
		})
	}
}

// What a document shows from memory is not what the device was asked for.
func TestOneDocumentFromMemory(t *testing.T) {
	t.Parallel()
	for act, fresh := range map[string]bool{
		"location.hash = '#/keys'": true,
		"history.pushState(null, '', '#/keys'); document.querySelector('#part').textContent = 'k1'": false,
	} {
		d := oneDocument(map[string]string{
			"manage": `<button type="button" data-act="` + act + `">Key and Certificate Settings</button>`,
			"keys":   "<p>k1</p>",
		})
		s := d.dial(t, true)
		p, err := s.Walk(bounded(t), labels.Settings, labels.DeviceManagement, labels.KeyList)
		if err != nil || !strings.Contains(p.Text(), "k1") {
			t.Fatal(err)
		}
		here := s.Here(labels.Settings, labels.DeviceManagement, labels.KeyList)
		if p.Fresh() != fresh || p.Moment()() != fresh || (here != nil) != fresh {
			t.Errorf("%s: fresh %t, a moment ago %t, here %t; want %t", act, p.Fresh(), p.Moment()(), here != nil, fresh)
		}
		// Who walks there looks again, if need be at the whole document.
		if _, err := s.Walk(bounded(t), labels.Settings, labels.DeviceManagement); err != nil {
			t.Fatal(err)
		}
		asked := strings.Count(d.seen(), "GET /act") + strings.Count(d.seen(), "/part/keys")
		if _, err := s.Walk(bounded(t), labels.Settings, labels.DeviceManagement, labels.KeyList); err != nil || strings.Count(d.seen(), "GET /act")+strings.Count(d.seen(), "/part/keys") == asked {
			t.Errorf("%s: %v; asked %s", act, err, d.seen())
		}
	}
}

// The page before is left if the document has another address, and only then.
func TestOneDocumentLeft(t *testing.T) {
	t.Parallel()
	for act, left := range map[string]bool{
		"location.hash = '#/keys'": true,
		"fetch('/part/keys?Flag=Init_Data').then(r => r.text()).then(() => document.querySelector('#part').append('k1'))": false,
	} {
		d := oneDocument(map[string]string{
			"manage": `<p>x</p><button type="button" data-act="` + act + `">Key and Certificate Settings</button>`,
			"keys":   "<p>k1</p>",
		})
		before, err := d.dial(t, true).Walk(bounded(t), labels.Settings, labels.DeviceManagement)
		if err != nil {
			t.Fatal(err)
		}
		after, err := before.Follow(bounded(t), labels.KeyList)
		if err != nil || after == before || !strings.Contains(after.Text(), "k1") {
			t.Fatal(after == before, err)
		}
		_, err = before.Follow(bounded(t), labels.Network)
		if (err != nil && strings.Contains(err.Error(), "was left")) != left || !left && err != nil {
			t.Errorf("%s: %v; left: %t", act, err, left)
		}
	}
}
