package page

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// withEngine makes a page start its engine at once, in place of what does not; they
// change nothing else.
const (
	withEngine    = `<script>(function () {})();</script>`
	withoutEngine = `<script></script>`
)

// ofForesight is a page whose acts are tried with an engine and without.
const ofForesight = `<title>t</title>%s<script>
function visit(u) {
	location.href = u + '&Dummy=' + new Date().getTime();
}
function fill(n, cgi, flag) {
	var f = document.forms[n];
	f.Flag.value = flag; // and
	f.elements['Page'].value = './' + cgi
	f.Dummy.value = (new Date()).getTime();
	f.setAttribute('action', './' + cgi);
	f.submit();
}</script><script>
function all(list) { for (var i in list) { if (list[i]) { visit(list[i]); } } }
function quit() { location.replace('/out'); return false; }
function quit() { visit('/last?a=1'); }
function pick(id) { document.main.Flag.value = id; document.main.elements.Page.value = 7; fill('main', 'k.cgi?' + id, 'x'); }
function hides(u) { visit(u); var visit = 1; }
function again() { again(); }
function bomb(a) { bomb(a + a); }
function two(a, a) { location = a; }
function later(u) { var v = u; location.assign(v); }
function stamp7() { return (new Date()).getTime(); }
function to(page, id) { var q = '?P=' + page; return './k.cgi' + q + '&I=' + id + '&Dummy=' + stamp7(); }
function open7(id) { visit(to('key', id)); }
function stamped(n, flag) { var f = document.forms[n]; f.Flag.value = flag + stamp7(); f.submit(); }
function both(a) { return a; }
function acts(u) { visit(u); return u; }
function no() { return false; }
function none() {}
function item7(t, u) { document.write('<p>' + t); document.writeln('<a href="' + u + '&D=' + stamp7() + '">' + both(t) + '<\/a>'); }
function items7(t) { item7(t, '/a'); document.write(t) }
function leaves7(t) { document.write(t); location.href = '/x'; }
function leaves8(t) { document.write(t); location.href = 'http://[x'; }
function script7(t) { document.write('<script>document.write("' + t + '")<\/script>'); }
function named7() { document.write('<img na' + 'me=write>'); }
function early(u) { return u; visit(u); }
function turns() { return turns(); }
function hidden(u) { var stamp7 = u; location.href = stamp7(); }
</script>
<script>function broken() { 1 2 } function near() { visit('near?'); }</script>
<form name=main id=mainly action=/old method=post><input type=hidden name=Flag><input type=hidden name=Page><input name=Dummy><input type=checkbox name=Box>
<input type=hidden name=twice><input type=hidden name=twice><input type=hidden name=length></form>
<form name=odd method=post action=/odd><input type=hidden name=Flag><input name=submit></form>
%s`

// What is foreseen is what an engine does: what is requested, which values the
// fields have, and what is reported.
func TestForesight(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		act      string
		foreseen bool // no engine is started
	}{
		{`<a href="javascript:visit('x?1')">act</a>`, true},
		{`<a href="javascript: void(0)" onclick="visit('x?' + 2)">act</a>`, true},
		{`<a href="/y" onclick="visit('x?3'); return false">act</a>`, true},
		{`<a href="/y" onclick="visit('x?3'); return true;">act</a>`, true},
		{`<a href="/y" onclick="">act</a>`, true},
		{`<a href="javascript:void 0;">act</a>`, true},
		{`<button type=button onclick="fill('main', 'a.cgi', 'Exec')">act</button>`, true},
		{`<button type=button onclick="fill('mainly', 'a.cgi', 12)">act</button>`, true},
		{`<button type=button onclick="fill(0, 'a.cgi', 'a' + 1 + 2)">act</button>`, true},
		{`<table><tr><td onclick="pick(3)">act</table>`, true},
		{`<div onclick="pick(3)"><span role=button>act</span></div>`, true},
		{`<a href="javascript:quit()">act</a>`, true},
		{`<a href="javascript:quit();visit('/more?')">act</a>`, true},
		{`<a href="javascript:later('/l')">act</a>`, true},
		{`<a href="javascript:location='/l'">act</a>`, true},
		{`<a href="javascript:window.location.href = '/w'">act</a>`, true},
		{`<a href="javascript:document.location.replace('/d')">act</a>`, true},
		{`<a href="javascript:document.forms.main.action='/n';document.main.submit()">act</a>`, true},
		{`<a href="javascript:document.forms['mainly']['Dummy'].value='7'">act</a>`, true},
		{"<span onclick=\"visit('a?')\nvisit('b?')\">act</span>", true},
		{`<span onclick="setTimeout('quit()', 10)">act</span>`, true},
		{`<a href="javascript:self.setTimeout('quit()', 2000)">act</a>`, true},
		{`<a href="javascript:two('a', 'b')">act</a>`, true},
		{`<a href="javascript:open7(3)">act</a>`, true},
		{`<a href="javascript:location.href = to('a', 'b')">act</a>`, true},
		{`<span onclick="location.href='/x?Dummy=' + stamp7()">act</span>`, true},
		{`<button type=button onclick="stamped('main', 'a')">act</button>`, true},
		{`<button type=button onclick="document.forms[both('main')].Flag.value = both(7) + 'x'; document.main.submit()">act</button>`, true},
		{`<a href="/y" onclick="return both('false')">act</a>`, true},
		{`<a href="/y" onclick="return both(0)">act</a>`, true},
		// These are left to the engine.
		{`<a href="javascript:location.href = both(1) + both(2)">act</a>`, false},
		{`<a href="javascript:location.href = acts('/x')">act</a>`, false},
		{`<a href="javascript:early('/x')">act</a>`, false},
		{`<a href="javascript:location.href = none()">act</a>`, false},
		{`<a href="javascript:location.href = both()">act</a>`, false},
		{`<a href="javascript:location.href = turns()">act</a>`, false},
		{`<a href="javascript:location.href = nobody()">act</a>`, false},
		{`<a href="javascript:hidden('/x')">act</a>`, false},
		{`<a href="javascript:return both('x')">act</a>`, false},
		{`<a href="/y" onclick="return no()">act</a>`, false},
		{`<form><input name=stamp7><input type=button onclick="location.href='/x?' + stamp7()" value=act></form>`, false},
		{`<a href="javascript:visit(1 + 2)">act</a>`, false},
		{`<a href="javascript:visit(u)">act</a>`, false},
		{`<a href="javascript:visit()">act</a>`, false},
		{`<a href="javascript:two('a')">act</a>`, false},
		{`<a href="javascript:all(['x'])">act</a>`, false},
		{`<a href="javascript:hides('x')">act</a>`, false},
		{`<a href="javascript:again()">act</a>`, false},
		{`<a href="javascript:bomb('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')">act</a>`, false},
		{`<a href="javascript:near()">act</a>`, false}, // stands beside what cannot be read
		{`<a href="javascript:nobody()">act</a>`, false},
		{`<a href="javascript:var x = '/x'; location.href = x">act</a>`, false},
		{`<a href="javascript:return false">act</a>`, false},
		{`<a href="javascript:'<p>new'">act</a>`, false},
		{`<a href="javascript:location.href=visit">act</a>`, false},
		{`<a href="javascript:location.href='http://[x'">act</a>`, false},
		{`<a href="javascript:location.hash='x'">act</a>`, false},
		{`<a href="javascript:visit('x?') /* ">act</a>`, false},
		{`<a href="javascript:visit('x?')\u2028">act</a>`, false},
		{`<a href="javascript:document.forms['none'].submit()">act</a>`, false},
		{`<a href="javascript:document.forms['odd'].submit()">act</a>`, false}, // a field has that name
		{`<a href="javascript:document.odd.Flag.value='1'">act</a>`, false},
		{`<a href="javascript:document.main.twice.value='1'">act</a>`, false},
		{`<a href="javascript:document.main.length.value='1'">act</a>`, false},
		{`<a href="javascript:document.main.Box.value='1'">act</a>`, false},
		{`<a href="javascript:document.main.None.value='1'">act</a>`, false},
		{`<a href="javascript:document.forms[9].submit()">act</a>`, false},
		{`<a href="javascript:document.forms['01'].submit()">act</a>`, false},
		{`<div onclick="visit('a?')"><span onclick="visit('b?')">act</span></div>`, false},
		{`<form><input type=button name=visit onclick="visit('x?')" value=act></form>`, false}, // visit is the button
		{`<form><input name=location><input type=button onclick="location.href='/x'" value=act></form>`, false},
		{`<img name=visit><span onclick="visit('x?')">act</span>`, false},
		{`<form name=ours7><input name=action></form><a href="javascript:document.ours7.action='/n';document.ours7.submit()">act</a>`, false},
		{`<form name=ours7><input name=setAttribute></form><a href="javascript:document.ours7.setAttribute('action', '/n');document.ours7.submit()">act</a>`, false},
		{`<form name=ours7><input name=elements><input name=Flag></form><a href="javascript:document.ours7.elements.Flag.value='1'">act</a>`, false},
		{`<form name=title><input name=Flag></form><a href="javascript:document.title.Flag.value='1'">act</a>`, false},
		{`<img name=location><a href="javascript:document.location.href='/y'">act</a>`, true},
		{`<img name=forms><a href="javascript:fill('main', 'a', 'b')">act</a>`, false},
		{`<form name=main></form><a href="javascript:fill('main', 'a', 'b')">act</a>`, false},
		{`<span onclick="title('x?')">act</span><script>function title(u) { visit(u) }</script>`, false},
		{`<span onclick="if (1) visit('x?')">act</span>`, false},
		{`<span onclick="return visit('x?')">act</span>`, false},
		{`<a href="javascript:visit('x?') visit('y?')">act</a>`, false},
		{`<span onclick="var f = document.main; location.href = f">act</span>`, false},
		{`<span onclick="var f = document.main; location.href = '/x?' + f">act</span>`, false},
		{`<span onclick="alert('x')">act</span>`, false},
		{`<script>var visit = 'x';</script><a href="javascript:visit('x?')">act</a>`, false},
	} {
		t.Run(tc.act, func(t *testing.T) {
			t.Parallel()
			want, _ := actOf(t, fmt.Sprintf(ofForesight, withEngine, tc.act), true)
			got, engine := actOf(t, fmt.Sprintf(ofForesight, withoutEngine, tc.act), true)
			if got != want || want == "" {
				t.Errorf("foreseen:\n%s\nan engine:\n%s", got, want)
			}
			if engine == tc.foreseen {
				t.Errorf("an engine was started: %t", engine)
			}
		})
	}
}

// A page that leaves at once, from a handler of loading or a script.
func TestForesightOfLoading(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		src      string
		foreseen bool
	}{
		{`<body onload="quit()">x`, true},
		{`<body onload="location.replace('/a')">x`, true},
		{`x<script>visit('/now?');</script>`, true},
		{`x<script>document.main.Flag.value = '1';</script><script>quit()</script>`, true},
		{`x<script>document.after7.Flag.value = '1';</script><form name=after7><input name=Flag></form>`, false},
		{`<body onload="quit(); visit('/b?')">x<img name=quit>`, false},
		{`<script>var l = [['A', '/a'], ['B', '/b']]; for (var i = 0; i < l.length; i++) { document.write('<a name=Flag value=' + l[i][0] + '>'); }</script><body onload="visit('/d?')">x`, true},
		{`<script>var l = [['A', '/a']]; for (var i = 0; i < l.length; i++) document.write(l[i][1]);</script><script>document.main.Flag.value = l[0][1] + i</script>`, false},
		{`<img name=write><script>var l = ['a']; for (var i = 0; i < l.length; i++) document.write(l[i]);</script>`, false},
		{`<script>items7('A'); item7(7, '/b');</script><script>items7('C');</script>`, true},
		{`<script>document.write(both('A'));document.writeln('B'+both(1)+2)</script>`, true},
		{`<script>script7('A'); document.write('B')</script><script>script7('C')</script>`, true},
		{`<script>named7()</script><script>item7('A', '/a')</script>`, false},
		{`<img name=write><script>item7('A', '/a')</script>`, false},
		{`<script>leaves7('A')</script>`, false},
		{`<script>leaves8('A')</script>`, false},
		{`<script>document.main.Flag.value = '1'; item7('A', '/a')</script>`, false},
		{`<script>document.write(both('A'), 'B')</script>`, false},
		{`<script>document.write(both(1) + 2)</script>`, false},
		{`<body onload="item7('A', '/a')">x`, false},
		{`x<script>setTimeout("item7('A', '/a')", 10)</script>`, false},
		{`<body onload="document.location='/d'">x`, true},
		{`<body onload="window.location='/w'">x`, true},
		{`<body onload="self.location.assign('/s')">x`, true},
		{`x<script>document.location.replace('/r')</script>`, true},
		{`<body onload="setTimeout('quit()', 10)">x`, true},
		{`<body onload="window.setTimeout(&quot;visit('\x2ft?')&quot;, 5000)">x`, true},
		{`x<script>setTimeout('document.main.submit()', 100);</script>`, true},
		{`x<script>setTimeout(function() { document.main.Flag.value = '8'; quit() }, 0)</script>`, true},
		{`x<script>setTimeout(function () { visit('/s?') }, 9); location.href = '/first'</script>`, true},
		{`x<script>setTimeout('quit()', 999999)</script>`, true}, // nobody waits that long
		{`<body onload="wait()">x<script>function wait() { document.main.Flag.value = '9'; setTimeout('quit()', 10) }</script>`, true},
		{`<body onload="wait('/w')">x<script>function wait(u) { setTimeout(function () { location.href = u }, 10) }</script>`, false},
		{`<body onload="wait()">x<script>function wait() { setTimeout(function () { location.href = u }, 10); var u = '/w' }</script>`, false},
		{`<body onload="setTimeout(function () { quit() }, 10)">x`, false}, // quit may be the body's
		{`<body onload="setTimeout('quit()', 10)">x<script>setTimeout('quit()', 20)</script>`, false},
		{`x<script>setTimeout('quit()', 30); setTimeout("visit('/s?')", 20)</script>`, false},
		{`x<script>setTimeout("document.main.Flag.value = '1'", 10)</script>`, false},
		{`x<script>setTimeout("document.none.submit()", 10)</script>`, false},
		{`x<script>setTimeout("document.after7.submit()", 10)</script><form name=after7 action=/after></form>`, true},
		{`x<script>setTimeout('quit()', 10)</script><script>document.main.Flag.value = String(1)</script>`, false},
		{`x<script>setTimeout('q"\\\'<>\u2028', 10)</script><script>document.main.Flag.value = String(1)</script>`, false},
		{`x<script>setTimeout(function () { quit() // }
}, 10)</script><script>document.main.Flag.value = String(1)</script>`, false},
		{`<body onload="re()">x<script>function re() { setTimeout('re()', 10) }</script>`, false},
		{`x<script>function setTimeout(f) { location.href = f }</script><script>setTimeout('quit()', 10)</script>`, false},
		{`x<script>var setTimeout = 1;</script><script>setTimeout('quit()', 10)</script>`, false},
		{`<body onload="setTimeout('quit()', 10)">x<img name=setTimeout>`, false},
		{`x<script>setTimeout('quit()')</script>`, false},
		{`x<script>setTimeout(quit, 10)</script>`, false},
		{`x<script>setTimeout('quit()', 10 + 10)</script>`, false},
		{`x<script>setTimeout(function (e) { quit() }, 10)</script>`, false},
	} {
		t.Run(tc.src, func(t *testing.T) {
			t.Parallel()
			want, _ := actOf(t, fmt.Sprintf(ofForesight, withEngine, tc.src), false)
			got, engine := actOf(t, fmt.Sprintf(ofForesight, withoutEngine, tc.src), false)
			if got != want {
				t.Errorf("foreseen:\n%s\nan engine:\n%s", got, want)
			}
			if engine == tc.foreseen {
				t.Errorf("an engine was started: %t", engine)
			}
		})
	}
}

// The page's time goes on while it waits, with an engine and without.
func TestForesightOfTime(t *testing.T) {
	t.Parallel()
	const wait, leap = 5000, 2000 // milliseconds; the system's clock may be set meanwhile
	for _, engine := range []string{withEngine, withoutEngine} {
		began := time.Now().UnixMilli()
		p, err := Load(t.Context(), fmt.Sprintf(ofForesight, engine, `<body onload="setTimeout(&quot;visit('/t?')&quot;, 5000)">`), Options{URL: &url.URL{Scheme: "https", Host: "device.example", Path: "/"}})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		next := p.Next()
		if next == nil || next.Delay != wait*time.Millisecond {
			t.Fatalf("%s: next is %+v", engine, next)
		}
		then, err := strconv.ParseInt(moments.FindString(next.Request.Key()), 10, 64)
		if now := time.Now().UnixMilli(); err != nil || then < began+wait-leap || then > now+wait+leap {
			t.Errorf("%s: at %d, from %d to %d: %v", engine, then, began+wait, now+wait, err)
		}
	}
}

// What a script has done is known to its engine only: with one, nothing is foreseen.
func TestForesightBesideAnEngine(t *testing.T) {
	t.Parallel()
	const act = `<script>document.main.submit = function () { visit('x?') }</script><a href="javascript:document.main.submit()">act</a>`
	if told, engine := actOf(t, fmt.Sprintf(ofForesight, withoutEngine, act), true); !engine || !strings.Contains(told, "/dir/x?") {
		t.Errorf("engine %t: %s", engine, told)
	}
}

// FuzzForesight does the same with whatever code there may be, in a handler, an
// address and a function.
func FuzzForesight(f *testing.F) {
	for _, seed := range []string{
		"visit('x?')", "fill('main', 'a.cgi', 1 + 'b')", "document.forms[0].Flag.value = 'x' // y\n", "location = 'a' + Date.now()", "var f = document.main\nf.submit()",
		"location.href = to('a', both(1))", "return both('x') // y", "visit(both(both(stamp7())))",
		"location.href /* = */ = '/x'", "visit('a')\n('b')", "setTimeout('quit()', 7)", "setTimeout(function(){ visit('/?') }, 1)\nvar a = 1", "return false", "quit(); quit()", "document.forms.main.elements['Page'].value = (new Date).getTime()", "void 0\nvisit('\\x41\\u0042\\/')",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		quoted := html.EscapeString(code)
		for _, act := range []string{
			`<span onclick="` + quoted + `">act</span>`, `<a href="javascript:` + quoted + `">act</a>`, `<script>function own(a, b) {` + code + `}</script><a href="javascript:own('/1', 2)">act</a>`,
		} {
			want, _ := actOf(t, fmt.Sprintf(ofForesight, withEngine, act), true)
			if got, _ := actOf(t, fmt.Sprintf(ofForesight, withoutEngine, act), true); got != want {
				t.Errorf("%s\nforeseen:\n%s\nan engine:\n%s", act, got, want)
			}
		}
	})
}

var moments = regexp.MustCompile(`1[5-9]\d{11}`)

// actOf is what loading, or a click on "act" after it, leads to, and what becomes of
// the page; and whether it has an engine.
func actOf(t *testing.T, src string, click bool) (told string, engine bool) {
	t.Helper()
	address := &url.URL{Scheme: "https", Host: "device.example", Path: "/dir/page"}
	p, err := Load(t.Context(), src, Options{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var b strings.Builder
	request := func(r *Request) {
		if r != nil {
			fmt.Fprintf(&b, "%s\n", r.Key())
		}
	}
	if next := p.Next(); next != nil {
		fmt.Fprintf(&b, "%s %v ", next.Reason, next.Delay)
		request(next.Request)
	}
	if click {
		a, err := p.Action([]string{"act"}, Scope{})
		if err != nil {
			return "", false // there is nothing to click on
		}
		out, err := a.Click(context.Background(), ClickOptions{})
		if out != nil {
			request(out.Request)
			out.Request = nil
		}
		fmt.Fprintf(&b, "%+v, %v\n", out, err)
	}
	for _, f := range []string{"Flag", "Page", "Dummy", "Box"} {
		for _, n := range p.Document().Find("[name=" + f + "]").Nodes {
			fmt.Fprintf(&b, "%s=%q ", f, p.doc.Value(n))
		}
	}
	fmt.Fprintf(&b, "\naction %s\n", p.Document().Find("form").First().AttrOr("action", ""))
	fmt.Fprintf(&b, "text %q\n", p.Text())
	engine = p.vm != nil
	for _, e := range p.ScriptErrors() {
		fmt.Fprintf(&b, "%s\n", e.Error())
	}
	return moments.ReplaceAllString(b.String(), "NOW"), engine
}
