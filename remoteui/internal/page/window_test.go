package page_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// What a small window does to the page that opened it happens there.
func TestSmallWindow(t *testing.T) {
	t.Parallel()
	const opener = `<title>Behind</title><form name="f" action="set.cgi" method="post"><input type="text" name="key" value="none"><input type="hidden" name="n"></form><p id="shown">-</p>
		<script>var w, list = [{name: 'a'}, {name: 'b'}], chosen = '';
		function set_key(name, n) { document.f.key.value = name; document.f.n.value = n; shown.innerHTML = 'key ' + name; chosen = name; return chosen }
		function take(o) { shown.innerHTML = o.name + o.list[1] }
		function check(name) { if (name == 'bad') { alert('That key cannot be used'); return false } return true }
		function done() { w.close(); document.f.submit() }
		function fails() { throw new Error('broken') }
		function Maker(x) { this.x = x } Maker.prototype.get = function () { return 'made ' + this.x }</script>
		<input type="button" value="Choose" onclick="w = window.open('keys.html', 'keywin', 'width=300')"><input type="button" value="State" onclick="shown.innerHTML = 'closed ' + w.closed">`
	for name, c := range map[string]struct {
		script string // of the window's button
		closed bool
		behind string // request of the page behind
		shown  string // there
		here   string // what the window shows
	}{
		"a function":             {`opener.set_key('k1', 7); window.close()`, true, "", "key k1", ""},
		"and its result":         {`out.innerHTML = opener.set_key('k1', 7) + opener.chosen`, false, "", "key k1", "k1k1"},
		"by window.opener":       {`window.opener.set_key('k2'); self.close()`, true, "", "key k2", ""},
		"a field":                {`opener.document.forms[0].key.value = 'k3'; opener.document.getElementById('shown').innerHTML = 'set'; top.close()`, true, "", "set", ""},
		"read back":              {`out.innerHTML = opener.document.f.elements['key'].value + opener.document.title + opener.list.length + opener.list[1].name`, false, "", "-", "noneBehind2b"},
		"the same object":        {`out.innerHTML = (opener.document === opener.document) + '' + (opener.document.f == opener.document.forms[0])`, false, "", "-", "truetrue"},
		"an object for it":       {`opener.take({name: 'x', list: [1, 2]})`, false, "", "x2", ""},
		"its objects to it":      {`opener.document.f.appendChild(opener.document.createElement('input')).type = 'hidden'; out.innerHTML = opener.document.f.elements.length`, false, "", "-", "3"},
		"a class of its":         {`out.innerHTML = new opener.Maker(3).get()`, false, "", "-", "made 3"},
		"its error":              {`try { opener.fails() } catch (e) { out.innerHTML = e.message }`, false, "", "-", "Error: broken"},
		"what it lacks":          {`out.innerHTML = typeof opener.nothing + (opener.nothing == null) + ('set_key' in opener)`, false, "", "-", "undefinedtruetrue"},
		"its form":               {`opener.set_key('k4', 1); opener.document.f.submit(); window.close()`, true, "POST /rps/set.cgi key=k4&n=1", "key k4", ""},
		"its address":            {`opener.location = 'next.html'; window.close()`, true, "GET /rps/next.html ", "-", ""},
		"its address, otherwise": {`opener.location.href = 'next.html'`, false, "GET /rps/next.html ", "-", ""},
		"it closes the window":   {`opener.set_key('k5', 2); opener.done()`, true, "POST /rps/set.cgi key=k5&n=2", "key k5", ""},
		"no opener any more":     {`opener = null; out.innerHTML = String(opener)`, false, "", "-", "null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, _ := url.Parse(corpusURL)
			behind, err := page.Load(t.Context(), opener, page.Options{URL: u})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(behind.Close)
			out := press(t, behind, "Choose")
			if out.Opened != "keywin" || out.Request.URL.Path != "/rps/keys.html" {
				t.Fatalf("opened %q, %v", out.Opened, out.Request)
			}
			small, err := page.Load(t.Context(), `<p id="out"></p><input type="button" value="Use" onclick="`+strings.ReplaceAll(c.script, `"`, "&quot;")+`">`, page.Options{URL: out.Request.URL, Opener: behind, Window: out.Opened})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(small.Close)
			out = press(t, small, "Use")
			request := ""
			if out.Behind != nil && out.Behind.Request != nil {
				body, _, _ := out.Behind.Request.Body()
				request = out.Behind.Request.String() + " " + string(body)
			}
			if out.Closed != c.closed || request != c.behind || out.Request != nil {
				t.Errorf("closed %t, request behind %q: %+v", out.Closed, request, out)
			}
			if got := behind.Document().Find("#shown").Text(); got != c.shown || (out.Behind != nil && out.Behind.Changed) != (c.shown != "-" && c.behind == "") {
				t.Errorf("the page behind shows %q, want %q: %+v; script errors %v", got, c.shown, out.Behind, small.ScriptErrors())
			}
			if got := small.Document().Find("#out").Text(); got != c.here {
				t.Errorf("the window shows %q, want %q; script errors %v", got, c.here, small.ScriptErrors())
			}
			if out.Closed {
				behind.WindowClosed("keywin")
				press(t, behind, "State")
				if got := behind.Document().Find("#shown").Text(); got != "closed true" {
					t.Errorf("the page behind says %q", got)
				}
			}
		})
	}
}

func press(t *testing.T, p *page.Page, label string) *page.Outcome {
	t.Helper()
	a, err := p.Action([]string{label}, page.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := a.Click(t.Context(), page.ClickOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Whatever a window does to the page behind it is bounded, and a page that is
// gone cannot be reached.
func TestHostileWindow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ opener, script, want string }{
		"many objects":       {`function make() { return {} }`, `try { for (;;) opener.make() } catch (e) { out.innerHTML = e.message }`, "too many objects"},
		"a page that spoils": {`JSON.stringify = 1; Reflect.apply = null`, `try { out.innerHTML = typeof opener.document.title } catch (e) { out.innerHTML = 'failed' }`, "failed"},
		"itself":             {``, `opener.self = opener; out.innerHTML = opener.opener === null`, "true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			behind := load(t, "<p>x</p><script>"+c.opener+"</script>", page.Limits{})
			small, err := page.Load(t.Context(), `<p id="out"></p><script>`+c.script+`</script>`, page.Options{Opener: behind, Window: "w", Limits: patient(page.Limits{})})
			if err != nil {
				t.Fatal(err)
			}
			defer small.Close()
			if got := small.Text(); !strings.Contains(got, c.want) {
				t.Errorf("shows %q, want %q; %v", got, c.want, small.ScriptErrors())
			}
		})
	}
	behind := load(t, "<p>x</p>", page.Limits{})
	behind.Close()
	small, err := page.Load(t.Context(), `<p id="out"></p><script>try { opener.document } catch (e) { out.innerHTML = e.message }</script>`, page.Options{Opener: behind, Window: "w", Limits: patient(page.Limits{})})
	if err != nil || !strings.Contains(small.Text(), "is gone") {
		t.Errorf("shows %q, %v", small.Text(), err)
	}
}

// A message of the page behind is one of the act in the window.
func TestWindowIsRefused(t *testing.T) {
	t.Parallel()
	behind := load(t, `<p>x</p><script>function check(v) { alert('That key cannot be used'); return false }</script>`, page.Limits{})
	small, err := page.Load(t.Context(), `<input type=button value=Use onclick="if (opener.check(1)) window.close()">`, page.Options{Opener: behind, Window: "w", Limits: patient(page.Limits{})})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	if out := press(t, small, "Use"); !out.Refused || out.Closed || strings.Join(out.Alerts, "/") != "That key cannot be used" {
		t.Errorf("got %+v", out)
	}
}
