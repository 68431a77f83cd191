package page_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

var hostileLimits = page.Limits{ScriptTime: 300 * time.Millisecond, ScriptMemory: 32 << 20}

// deaf are those whose script may have to be left behind: built-ins of the engine
// that look at no clock.
var deaf = []string{"deaf built-in", "large power"}

// hostile are pages that want too much. limit names the limit that must stop
// them; empty: they must load all the same, and quickly.
var hostile = []struct{ name, limit, src string }{
	{"endless loop", "script time", `<script>while (true) {}</script>`},
	{"blocks with thousands of labels", "", blocks(2, 14000)},
	{"thousands of blocks", "", blocks(6000, 1)},
	{"module without end", "script time", `<script type="module">await 0; for (;;) {}</script>`},
	{"module that imports itself", "", `<script type="module">import '/rps/page.cgi'; import '#script-1'; import('./x.js')</script>`},
	{"loop that catches all", "script time", `<script>for (;;) { try { for (;;) {} } catch (e) {} finally { continue } }</script>`},
	{"backtracking expression", "script time", `<script>/^(a+)+$/.test("a".repeat(40) + "b")</script>`},
	{"endless sort", "script time", `<script>[3,1,2].sort(function () { for (;;) {} })</script>`},
	{"deaf built-in", "script time", `<script>new Array(1e7).join("x")</script>`},
	{"large power", "script time|script memory|", `<script>var a = 3n ** 10000000n * 7n; a = a * a * a * a</script>`},
	{"growing array", "script memory|script time", `<script>var a = []; for (;;) a.push("x".repeat(1000) + a.length)</script>`},
	{"doubling string", "", `<script>var s = "x"; for (;;) s += s</script>`},
	{"recursion", "", `<script>function f() { return f() + 1 } f()</script><p>after</p>`},
	{"promise chain", "script time|script memory|", `<script>function f() { return Promise.resolve().then(f) } f()</script>`},
	{"writing itself", "splices|bytes|script time", `<script>function w() { document.write("<script>w()<\/script>") } w()</script>`},
	{"writing without end", "bytes|script time|script memory", `<script>for (;;) document.write("<p>0123456789")</script>`},
	{"writing more each time", "bytes|script time|splices|depth", `<script>var s = "<b>"; function w() { s += s; document.write(s + "<script>w()<\/script>") } w()</script>`},
	{"rewriting on load", "script time|bytes|splices", `<body onload="r()"><script>function r() { document.write("<body onload='r()'><script>" + r + "<\/script>") }</script>`},
	{"deep nesting", "depth", strings.Repeat("<div>", 100_000)},
	{"deep tables", "depth", strings.Repeat("<table><tr><td>", 100_000)},
	{"nesting by script", "depth", `<script>var n = document.body || document.documentElement; try { for (;;) { var c = document.createElement("div"); n.appendChild(c); n = c } } catch (e) {}</script>`},
	{"nodes by script", "nodes|script time|script memory", `<script>for (;;) document.createElement("p")</script>`},
	{"markup by script", "nodes|bytes|script time|script memory", `<div id=d></div><script>for (;;) d.innerHTML += "<p>x"</script>`},
	{"many forms", "nodes|bytes", strings.Repeat("<form></form>", 1_000_000)},
	{"many inputs", "", strings.Repeat("<input name=a>", 60_000)},
	{"many buttons", "", "<form>" + strings.Repeat("<input type=submit value=OK>", 60_000) + "</form>"},
	{"many options", "", "<select name=s>" + strings.Repeat("<option>x", 60_000) + "</select>"},
	{"wide row", "", "<table><tr>" + strings.Repeat("<td><input>", 40_000)},
	{"large spans", "", "<table>" + strings.Repeat("<tr><td colspan=1000 rowspan=65534>", 40_000)},
	{"one fieldset", "", "<fieldset>" + strings.Repeat("<input>", 60_000)},
	{"megabyte label", "", "<label for=i>" + strings.Repeat("word ", 200_000) + "</label><input id=i><button>" + strings.Repeat("x", 1<<20) + "</button>"},
	{"megabyte attribute", "", "<a href=x title='" + strings.Repeat("x", 1<<20) + "'>OK</a>"},
	{"megabyte separators", "", strings.Repeat("<i> </i>", 30_000) + "<input>" + strings.Repeat("&gt;", 300_000) + "<a href=x>OK</a>"},
	{"too many bytes", "bytes", strings.Repeat(" ", 9<<20)},
	{"timers", "", `<script>function t() { setTimeout(t, 0) } t(); setInterval(t, 1)</script>`},
	{"text in pieces", "", strings.Repeat("a</x>", 1<<20)},
	{"text in pieces of a table", "", "<table>" + strings.Repeat("a<!doctype x>", 400_000)},
	{"four million words", "", "<table>" + strings.Repeat("x ", 4_000_000)},
	{"many scripts", "script time|nodes", strings.Repeat("<script>1</script>", 90_000)},
	{"calls within calls", "bytes|script time|script memory|", "<script>location=" + strings.Repeat("f(", 2_500_000) + "</script>"},
	{"calls within calls of a handler", "", "<body onload='location=" + strings.Repeat("f(", 2_500_000) + "'>"},
	{"sum of many texts", "bytes|script time|script memory|", "<script>document.write(''" + strings.Repeat("+''", 60_000) + ")</script>"},
	{"declared and called", "", strings.Repeat("<script>function a(){return 'x'}</script><script>document.write(a())</script>", 20_000)},
	{"large texts", "bytes|script memory|script time", `<script>var s = "x".repeat(1e6), a = []; for (;;) document.createTextNode(s)</script>`},
	{"alerts", "dialogs", `<script>for (;;) alert("again")</script>`},
	{"event loop", "", `<button id=b onclick="b.click()">OK</button><script>b.click()</script>`},
	{"self appending scripts", "script time|nodes|script memory", `<script>function s() { var n = document.createElement("script"); n.text = "s()"; document.documentElement.appendChild(n) } s()</script>`},
	{"location loop", "", `<script>for (var i = 0; i < 1e3; i++) location.href = "x" + i</script>`},
	{"broken markup", "", strings.Repeat("</p><table></td><select><b></table></i><", 5_000)},
	{"proxied prototype", "", `<script>Array.prototype.map = Map.prototype.get = Object.create = null; document.forms; document.body</script>`},
	{"replaced globals", "", `<script>Object = Reflect = Proxy = String = undefined; document.forms[0]; document.getElementById("x")</script><form></form>`},
}

func TestHostilePages(t *testing.T) {
	if race.Enabled {
		t.Skip("time limits say nothing under the race detector")
	}
	const most = 10 * time.Second // of processors; the pages before may have left a script behind
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			limits := hostileLimits
			if strings.Contains(h.limit, "script time") { // those that must load have three times as much
				limits.ScriptTime /= 3
			}
			begun := race.Worked()
			p, err := page.Load(t.Context(), h.src, page.Options{URL: &url.URL{Scheme: "https", Host: "d"}, Limits: limits})
			limit, _ := errors.AsType[*page.LimitError](err)
			switch {
			case err != nil && limit == nil:
				t.Errorf("Load: %v", err)
			case err == nil && h.limit != "" && !strings.HasSuffix(h.limit, "|"):
				t.Errorf("Load succeeded, want limit of %s", h.limit)
			case limit != nil && !strings.Contains("|"+h.limit+"|", "|"+limit.Limit+"|"):
				t.Errorf("Load: %v, want limit of %q", err, h.limit)
			}
			if limit != nil && limit.Left && !slices.Contains(deaf, h.name) {
				t.Errorf("Load: %v", err)
			}
			if err == nil {
				search(p)
				p.Close()
			}
			if took := race.Worked() - begun; took > most {
				t.Errorf("took %v", took)
			}
		})
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.Sys > 3<<30 {
		t.Errorf("the process holds %d MB", m.Sys>>20)
	}
}

// search looks for everything once.
func search(p *page.Page) {
	ok := []string{"OK", "確定"}
	_, _ = p.Action(ok, page.Scope{})
	_, _ = p.Action(ok, page.Scope{Section: ok})
	_, _ = p.Control(ok, page.Scope{})
	_, _ = p.Controls(ok, page.Scope{})
	_, _ = p.Value(ok, page.Scope{})
	_, _ = p.Table(ok, ok)
	p.Pairs()
	p.HasText(ok)
	p.HasSection(ok)
	_, _ = p.Cards([]string{"Usage"}, ok)
	p.Forms()
	p.Frames()
}

// blocks are blocks with a label that all have, and more of their own.
func blocks(n, own int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<section><h3>k%d</h3><dl><dt>Usage</dt><dd>TLS</dd>", i)
		for j := range own {
			fmt.Fprintf(&b, "<dt>l%d of %d</dt><dd>x</dd>", j, i)
		}
		b.WriteString("</dl><button>Use</button></section>")
	}
	return b.String()
}

// A handler that does not end fails its click, and the page with it.
func TestHostileHandlers(t *testing.T) {
	t.Parallel()
	endless := 0
	limits := hostileLimits
	limits.Endless = func() { endless++ }
	p := load(t, `<button onclick="for (;;) {}">OK</button><button onclick="null.x()">Bad</button>`, limits)
	bad, err := p.Action([]string{"Bad"}, page.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = bad.Click(t.Context(), page.ClickOptions{})
	if thrown, ok := errors.AsType[*page.ScriptError](err); !ok || !strings.Contains(thrown.Where, "onclick of <button>") {
		t.Errorf("Click: %v, want the error of the handler", err)
	}
	if endless != 0 {
		t.Error("a handler that throws is endless")
	}
	a, err := p.Action([]string{"OK"}, page.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Click(t.Context(), page.ClickOptions{})
	if limit, ok := errors.AsType[*page.LimitError](err); !ok || limit.Limit != "script time" {
		t.Errorf("Click: %v, want the limit of script time", err)
	}
	if endless != 1 {
		t.Errorf("told %d times of a handler that does not end", endless)
	}
	if _, err := a.Click(t.Context(), page.ClickOptions{}); !errors.Is(err, page.ErrClosed) {
		t.Errorf("Click after that: %v, want ErrClosed", err)
	}
}

func TestLoadCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(50*time.Millisecond, cancel)
	defer timer.Stop()
	_, err := page.Load(ctx, `<script>for (;;) {}</script>`, page.Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Load: %v, want context.Canceled", err)
	}
}

func load(t *testing.T, src string, limits page.Limits) *page.Page {
	t.Helper()
	p, err := page.Load(t.Context(), src, page.Options{URL: mustURL(t, corpusURL), Fetch: fetchTestdata, Limits: patient(limits)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// patient gives scripts more time under the race detector, where the default
// would end work that other limits are to end.
func patient(l page.Limits) page.Limits {
	if race.Enabled && l.ScriptTime == 0 {
		l.ScriptTime = time.Minute
	}
	return l
}

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
