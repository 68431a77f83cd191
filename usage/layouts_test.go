package usage_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// handmade is a device written by hand, page by page, with no login and no
// scripts to speak of. It shares nothing with the simulated device: its two
// layouts are what a maker who knew the labels only might have built.
type handmade struct {
	mu     sync.Mutex
	lang   string
	keys   []string
	stored map[string]string // key by place
	draft  map[string]string
	posts  []string // what was stored, field by field
}

var handmadePlaces = map[string]usage.Place{
	"x": {Use: keys.UseIEEE8021X}, "i0": {Use: keys.UseIPSec, Policy: "Tokyo"}, "i1": {Use: keys.UseIPSec, Policy: "Osaka"}, "s": {Use: keys.UseSIP},
}

func newHandmade(t *testing.T, lang string) (*handmade, *remoteui.Session) {
	t.Helper()
	d := &handmade{
		lang: lang, keys: []string{"Default Key", "old", "new"}, draft: map[string]string{},
		stored: map[string]string{"x": "old", "i0": "old", "s": "old"},
	}
	srv := httptest.NewTLSServer(http.HandlerFunc(d.serve))
	t.Cleanup(srv.Close)
	s, err := remoteui.Dial(t.Context(), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}, Language: lang})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.WithoutCancel(t.Context())) })
	return d, s
}

func (d *handmade) serve(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = r.ParseForm() // what cannot be read is not there
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	page := d.english
	if d.lang == "zh-TW" {
		page = d.chinese
	}
	fmt.Fprintf(w, "<html lang=%q><head><title>Remote UI</title></head><body>%s</body></html>", d.lang, page(r))
}

// chooser lists the keys; use is the button, post where it leads.
func (d *handmade) chooser(heading, post, use string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<table><tr><td></td><td>%s</td></tr>", heading)
	for i, k := range d.keys {
		fmt.Fprintf(&b, `<tr><td><form method="post" action="%s"><input type="hidden" name="n" value="%d"><input type="submit" value="%s"></form></td><td>%s</td></tr>`, post, i, use, k)
	}
	return b.String() + "</table>"
}

// shown is the key that a form shows: the one chosen, or the one stored.
func (d *handmade) shown(place string) string {
	if k := d.draft[place]; k != "" {
		return k
	}
	return d.stored[place]
}

func (d *handmade) choose(place string, r *http.Request) {
	var n int
	if _, err := fmt.Sscan(r.PostForm.Get("n"), &n); err == nil && n < len(d.keys) {
		d.draft[place] = d.keys[n]
	}
}

func (d *handmade) store(place string, r *http.Request) {
	d.posts = append(d.posts, place+" "+r.PostForm.Encode())
	if k := d.draft[place]; k != "" {
		d.stored[place] = k
	}
	delete(d.draft, place)
}

// chinese shows settings first and their form behind [編輯]; policies are plain
// links; IKE is stored by its own [確定], which returns to the policy's page.
func (d *handmade) chinese(r *http.Request) string {
	place := r.URL.Query().Get("w")
	switch path := r.URL.Path; {
	case path == "/":
		return `<a href="/a">設定/註冊</a>`
	case path == "/a":
		return `<h3>參數選擇</h3><a href="/b">網路設定</a>`
	case path == "/b":
		return `<ul><li><a href="/view?w=x">IEEE 802.1X設定</a><li><a href="/list">IPSec策略清單</a><li><a href="/view?w=s">SIP設定</a><li><a href="/wifi">無線LAN設定</a></ul>`
	case path == "/view":
		return fmt.Sprintf(`<dl><dt>使用TLS：</dt><dd>開啟</dd><dt>鍵值名稱：</dt><dd>%s</dd></dl><form action="/edit"><input type="hidden" name="w" value="%s"><button>編輯...</button></form>`, d.shown(place), place)
	case path == "/edit" && r.Method == "POST":
		d.store(place, r)
		return `<p>設定已更新。</p><a href="/b">網路設定</a>`
	case path == "/use":
		d.choose(place, r)
		fallthrough
	case path == "/edit":
		return d.chineseForm(place)
	case path == "/keys":
		return d.chooser("鍵值名稱", "/use?w="+place, "使用")
	case path == "/list":
		return `<p>IPSec策略清單</p><p><a href="/policy?w=i0">Tokyo</a></p><p><a href="/policy?w=i1">Osaka</a></p><p><a href="/help">說明</a></p>
			<form method="post" action="/clear"><button>全部清除</button></form><p><a href="/clear?Flag=Exec_Data">重設</a></p>`
	case path == "/clear":
		d.posts = append(d.posts, "cleared")
		return "<p>!</p>"
	case path == "/policy":
		return fmt.Sprintf(`<p>策略</p><a href="/ike?w=%[1]s">IKE 設定</a><form method="post" action="/outer?w=%[1]s"><input type="submit" value="確定"></form>`, place)
	case path == "/ike" && r.Method == "POST":
		d.store(place, r)
		return fmt.Sprintf(`<p>策略</p><a href="/ike?w=%[1]s">IKE 設定</a><form method="post" action="/outer?w=%[1]s"><input type="submit" value="確定"></form>`, place)
	case path == "/ikeuse":
		d.choose(place, r)
		fallthrough
	case path == "/ike":
		signs := map[bool]string{true: "checked"}
		return fmt.Sprintf(`<form method="post" action="/ike?w=%[1]s"><fieldset><legend>認證方法</legend>
			<label><input type="radio" name="m" value="p" %[2]s>預共用鍵值方法：</label><input type="password" name="psk">
			<label><input type="radio" name="m" value="d" %[3]s>數位簽章方法：</label></fieldset>
			<table><tr><th>鍵值名稱：</th><td>%[4]s</td></tr><tr><th>鍵值和憑證：</th><td><a href="/ikekeys?w=%[1]s">鍵值和憑證</a></td></tr></table>
			<input type="submit" value="確定"></form>`, place, signs[place == "i1"], signs[place != "i1"], d.shown(place))
	case path == "/ikekeys":
		return d.chooser("鍵值名稱", "/ikeuse?w="+place, "使用")
	}
	return "<p>?</p>"
}

func (d *handmade) chineseForm(place string) string {
	return fmt.Sprintf(`<form method="post" action="/edit?w=%[1]s"><h4>內部網路設定</h4>
		<p><input type="checkbox" name="t" id="t" checked><label for="t">使用 TLS</label></p><p><label>登入名稱：<input name="l" value="me"></label></p>
		<h4>TLS設定</h4><p><label for="k">鍵值名稱：</label><input id="k" disabled value="%[2]s"></p>
		<p><input type="button" value="鍵值和憑證..." onclick="location.href='/keys?w=%[1]s'"></p>
		<p><input type="submit" value="確定"> <a href="/b">取消</a></p></form>`, place, d.shown(place))
}

// english has forms at once, selects for on and off, and a table of policies
// with an [Edit] button each; what the IKE page has is stored by the policy's
// [OK], and the list of keys stays open after [Use].
func (d *handmade) english(r *http.Request) string {
	place := r.URL.Query().Get("w")
	switch path := r.URL.Path; {
	case path == "/":
		return `<input type="button" value="Settings/Registration" onclick="location.href='/top'">`
	case path == "/top":
		return `<a href="/net">Network</a>`
	case path == "/net":
		return `<p><a href="/form?w=x">IEEE 802.1X Settings</a></p><p><a href="/list">IPSec Policy List</a></p><p><a href="/form?w=s">SIP Settings</a></p>`
	case path == "/form" && r.Method == "POST":
		d.store(place, r)
		return d.englishForm(place)
	case path == "/form":
		return d.englishForm(place)
	case path == "/keys":
		return d.englishKeys(place)
	case path == "/use":
		d.choose(place, r)
		return d.englishKeys(place)
	case path == "/list":
		return `<table><tr><th>No.</th><th>Policy Name</th><th></th></tr><tr><td>1</td><td>Tokyo</td><td><button onclick="location.href='/policy?w=i0'">Edit</button></td></tr>
			<tr><td>2</td><td>Osaka</td><td><button onclick="location.href='/policy?w=i1'">Edit</button></td></tr></table>`
	case path == "/policy" && r.Method == "POST":
		d.store(place, r)
		return `<a href="/list">IPSec Policy List</a>`
	case path == "/policy", path == "/ikeok":
		return fmt.Sprintf(`<form method="post" action="/policy?w=%[1]s"><a href="/ike?w=%[1]s">IKE Settings</a> <button>OK</button></form>`, place)
	case path == "/ike":
		method := map[bool]string{true: "selected"}
		return fmt.Sprintf(`<form method="post" action="/ikeok?w=%[1]s"><p>Authentication Method: <select name="m"><option %[2]s>Digital Signature Method</option><option %[3]s>Pre-Shared Key Method</option></select></p>
			<p>Key Name: %[4]s</p><p><a href="/keys?w=%[1]s">Key and Certificate</a></p><button>OK</button></form>`, place, method[place != "i1"], method[place == "i1"], d.shown(place))
	}
	return "<p>?</p>"
}

func (d *handmade) englishForm(place string) string {
	return fmt.Sprintf(`<form method="post" action="/form?w=%[1]s"><table><tr><td>Use TLS</td><td><select name="t"><option>Off</option><option selected>On</option></select></td></tr>
		<tr><td>Login Name</td><td><input name="l" value="me"></td></tr><tr><td>Key Name</td><td>%[2]s</td></tr></table>
		<a href="/keys?w=%[1]s">Key and Certificate...</a> <button>OK</button></form>`, place, d.shown(place))
}

func (d *handmade) englishKeys(place string) string {
	back := "/form?w=" + place
	title := map[string]string{"x": "IEEE 802.1X Settings", "s": "SIP Settings"}[place]
	if title == "" {
		back, title = "/ike?w="+place, "IKE Settings"
	}
	return d.chooser("Key Name", "/use?w="+place, "Use") + fmt.Sprintf(`<p><a href="%s">%s</a></p>`, back, title)
}

// Every place is read and bound on pages that nobody here has designed for it;
// nothing but the key is sent otherwise than it was. // C-2 C-3 C-4 R-2 R-3 R-4
func TestLayouts(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh-TW", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			d, s := newHandmade(t, lang)
			all, err := usage.ReadAll(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			got := map[usage.Place]usage.Need{}
			for _, p := range all.Places {
				got[p.Place] = p.Need
				t.Logf("%s: %s, key %q: %s", p.Place, p.Need, p.Key, p.Reason)
			}
			for id, place := range handmadePlaces {
				want := usage.Needed
				if id == "i1" {
					want = usage.NotNeeded
				}
				if got[place] != want {
					t.Errorf("%s: %q, want %q", place, got[place], want)
				}
			}
			if !all.Bluetooth.Missing || all.Bluetooth.Need != usage.Unknown || all.AMS.Need != usage.NotNeeded {
				t.Errorf("C-6, C-7: %+v, %+v", all.Bluetooth, all.AMS)
			}
			for _, id := range []string{"x", "i0", "s"} {
				if _, err := usage.Bind(t.Context(), s, handmadePlaces[id], "new"); err != nil {
					t.Errorf("%s: %v", handmadePlaces[id], err)
				}
				if d.stored[id] != "new" {
					t.Errorf("%s has key %q", handmadePlaces[id], d.stored[id])
				}
			}
			for _, post := range d.posts {
				if post == "cleared" {
					t.Error("looking for policies pressed a button that is not known")
				}
				fields := strings.Fields(post)
				if id := fields[0]; (id == "x" || id == "s") && (len(fields) < 2 || !strings.Contains(fields[1], "l=me") || !strings.Contains(fields[1], "t=on") && !strings.Contains(fields[1], "t=On")) {
					t.Errorf("stored %q", post)
				}
			}
			if _, err := usage.Bind(t.Context(), s, handmadePlaces["x"], "nobody"); err == nil || !strings.Contains(err.Error(), "not offered") {
				t.Errorf("a key that is not there: %v", err)
			}
		})
	}
}
