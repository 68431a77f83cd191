package page_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// What scripts see of the page: each expression, run at its end, is shown by
// alert.
func TestScriptSeesPage(t *testing.T) {
	t.Parallel()
	const src = `<html lang=en><head><title> A  title </title></head><body class="x y">
<form name=login id=lf action=/login?a=1 method=POST><input type=hidden name=uri value=%2F><input name=deptid id=dept value=7 maxlength=5>
<input type=radio name=m value=1><input type=radio name=m value=2 checked><select name=s><option value=a>Aa<option selected>B b</select>
<textarea name=ta>
line</textarea><input type=checkbox name=cb><input name=action value=shadow></form>
<div id=box data-key-id=k1 style="color: red"><b>bold</b> text<!-- c --><p class="x">p</p></div><a name=anchor href="rel.cgi?x=1#h">link</a><img name=pic src=i.gif>
<table id=tb><tr><td>1<td>2<tr><td>3</table>`
	tests := []struct{ js, want string }{
		{`document.login === document.forms[0] && document.forms.login === document.forms["lf"]`, "true"},
		{`document.getElementById("lf") === login`, "true"},
		{`login.deptid.value + document.all.dept.value + document.all("deptid").value`, "777"},
		{`login["deptid"].form === document.forms.item(0)`, "true"},
		{`login.elements.length + login.length + "," + login.elements["m"].length + login.m.value`, "16,22"},
		{`login.m[0].checked = true, login.m[1].checked + login.m.value`, "false1"},
		{`login.s.value + login.s.selectedIndex + login.s.options[1].text + login.s.length + login.s[0].value`, "B b1B b2a"},
		{`login.s.value = "a", login.s.options[login.s.selectedIndex].text`, "Aa"},
		{`login.s.remove(0), login.s.add(new Option("n", "v", true, true)), login.s.value + login.s.options.length`, "v2"},
		{`login.ta.value + login.ta.type + login.cb.type + login.s.type + login.cb.value`, "linetextareacheckboxselect-oneon"},
		{`login.action.value + login.method + login.name`, "shadowpostlogin"},
		{`login.deptid.value = 8, login.deptid.value + login.deptid.getAttribute("value") + login.deptid.defaultValue`, "877"},
		{`login.deptid.value = "x", login.reset(), login.deptid.value`, "7"},
		{`login.deptid.disabled = true, login.deptid.hasAttribute("disabled") + "" + login.deptid.maxLength`, "true5"},
		{`document.title + document.body.className + document.documentElement.lang + document.readyState`, "A titlex yenloading"},
		{`document.links.length + document.links[0].href`, "1https://device.example:8443/rps/rel.cgi?x=1#h"},
		{`document.anchors[0].name + document.images["pic"].src.slice(-5) + document.pic.nodeName`, "anchori.gifIMG"},
		{`document.querySelectorAll("#box > *").length + document.querySelector("p.x").textContent`, "2p"},
		{`document.getElementsByTagName("td").length + document.getElementsByClassName("x").length + document.getElementsByName("m").length`, "7"},
		{`box.innerHTML`, `<b>bold</b> text<!-- c --><p class="x">p</p>`},
		{`box.innerText + "|" + box.firstChild.nextSibling.data + box.children.length + box.childNodes.length`, "bold text\np| text24"},
		{`box.innerHTML = "<i>1</i><script>x<" + "/script>", box.firstChild.tagName + box.children[1].nodeName`, "ISCRIPT"},
		{`box.dataset.keyId + box.style.color + (box.style.display = "none", box.getAttribute("style"))`, "k1redcolor: red; display: none"},
		{`box.classList.add("a"), box.classList.toggle("b"), box.classList.remove("a"), box.className`, "b"},
		{`var p = document.createElement("p"); p.id = "np"; p.appendChild(document.createTextNode("t")); box.insertBefore(p, box.firstChild); document.getElementById("np").outerHTML`, `<p id="np">t</p>`},
		{`box.removeChild(box.lastChild).tagName + box.lastChild.nodeType + (box.contains(login) || box.parentNode === document.body)`, "P8true"},
		{`var c = box.cloneNode(true); c.id + c.childNodes.length + (c === box) + c.isConnected`, "box4falsefalse"},
		{`while (tb.getElementsByTagName("td").length) { var d = tb.getElementsByTagName("td")[0]; d.parentNode.removeChild(d) } tb.rows.length`, "2"},
		{`tb.rows[0].cells[1].innerHTML + tb.rows[1].rowIndex + tb.tBodies.length + (tb.insertRow(-1).insertCell(0).innerHTML = "n") + tb.rows.length`, "211n3"},
		{`location.pathname + location.search + location.protocol + location.host + (document.URL == location)`, "/rps/page.cgi?Flag=Init_Datahttps:device.example:8443true"},
		{`window === self && top === window && parent === window && window.document === document && this === window`, "true"},
		{`var late; window.late = 3; late + typeof missing + typeof box`, "3undefinedobject"},
		{`var box = 5; box`, "5"},
		{`document.cookie = "a=1; path=/"; document.cookie = "b=2"; document.cookie = "a=3"; document.cookie`, "b=2; a=3"},
		{`escape("é ") + unescape("%u65E5") + encodeURIComponent("日/") + navigator.appName + (screen.width > 0)`, "%E9%20日%E6%97%A5%2FNetscapetrue"},
		{`var n = 0; box.addEventListener("click", function (e) { n++; e.stopPropagation() }); box.firstChild.click(); box.click(); n`, "2"},
		{`var s = ""; document.onclick = function (e) { s += e.target.tagName + (this === document) + (window.event === e) }; box.firstChild.click(); s`, "Btruetrue"},
		{`var s = ""; box.firstChild.onclick = function (e) { box.setAttribute("onclick", "s += 'late'"); s += e.composedPath().length + e.composedPath()[1].id }; box.firstChild.click(); s`, "6boxlate"},
		{`var s = ""; box.setAttribute("onclick", "s += id + this.id + tagName + event.type"); box.click(); s`, "boxboxDIVclick"},
		{`login.cb.setAttribute("onclick", "deptid.value = checked; return false"); login.cb.click(); login.deptid.value + login.cb.checked`, "truefalse"},
		{`var e = document.createEvent("HTMLEvents"), s = ""; e.initEvent("change", true, false); box.onchange = function () { s = "changed" }; box.firstChild.dispatchEvent(e); s`, "changed"},
		{`try { new XMLHttpRequest() } catch (e) { e.message }`, "unsupported: XMLHttpRequest"},
		{`try { fetch("x") } catch (e) { e.message }`, "unsupported: fetch"},
		{`new Date().getFullYear() + "," + (Date.now() - new Date().getTime() < 1000) + (new Date(0) instanceof Date) + new Date(2020, 0, 2).getDate()`, "2031,truetrue2"},
		{`confirm("?") + "" + prompt("?") + typeof console.log("x")`, "falsenullundefined"},
		{`var k = ""; for (var i in document.forms) k += i; k + document.forms.length`, "01"},
		{`String(document.getElementById("none")) + document.getElementsByName("none").length`, "null0"},
		{`document.createElement("<input name=old>").name + document.createElement("INPUT").type`, "oldtext"},
		{`login.elements.uri.nextSibling.name + login.parentNode.tagName`, "deptidBODY"},
	}
	for _, test := range tests {
		t.Run(test.js, func(t *testing.T) {
			t.Parallel()
			code := strings.ReplaceAll(test.js, "\\", "\\\\")
			code = strings.ReplaceAll(strings.ReplaceAll(code, "`", "\\`"), "</", "<\\/")
			p, err := page.Load(t.Context(), src+"<script>alert(eval(`"+code+"`))</script>", page.Options{
				URL: mustURL(t, corpusURL), Now: func() time.Time { return time.Date(2031, 6, 1, 0, 0, 0, 0, time.UTC) },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if got := strings.Join(p.Alerts(), "/"); got != test.want {
				t.Errorf("got %q, want %q; errors: %s", got, test.want, errorTexts(p))
			}
		})
	}
}

// Lists that scripts keep are live: also what the parser, or a person, has
// changed since the script that asked for them shows.
func TestListsAreLive(t *testing.T) {
	t.Parallel()
	p := load(t, `<p>1<script>var list = document.getElementsByTagName("p"); alert(list.length)</script><p>2<script>alert(list.length)</script>
<script>setTimeout(function () { alert(list.length) }, 10)</script><p>3<p>4`, page.Limits{})
	if got := strings.Join(p.Alerts(), " "); got != "1 2 4" || errorTexts(p) != "" {
		t.Errorf("got %q, errors %s", got, errorTexts(p))
	}
}

// Parts of the prelude that are read late do not mind what a page has done to
// the built-in objects, and do what they do when read early.
func TestPartsAreReadLate(t *testing.T) {
	t.Parallel()
	p := load(t, `<form name=f><input name=a value=1 maxlength=5><select name=s><option>x<option>y</select></form><table id=t><tr><td>c</table><a id=l href=/x>l</a>
<script>
var Map, Proxy, Set, core, need, __host, __part;
Map = Proxy = Set = core = need = 1;
Object.prototype.get = Object.prototype.extra = function () { return "mine" };
Object.prototype.value = "mine";
Object.defineProperty = Object.assign = Object.getOwnPropertyDescriptors = Object.entries = function () { throw new Error("called") };
String.prototype.split = function () { return [] };
alert([typeof __host, typeof __part, f.a.value, f.a.maxLength, f.s.options[1].text, f.s.size, t.rows[0].cells[0].innerText, l.pathname, l.text].join());
</script>`, page.Limits{})
	if got, want := strings.Join(p.Alerts(), " "), "undefined,undefined,1,5,y,0,c,/x,l"; got != want || errorTexts(p) != "" {
		t.Errorf("got %q, want %q; errors %s", got, want, errorTexts(p))
	}
}

// Positions are those of the page for scripts in it, of the file for files,
// and written scripts and handlers are named.
func TestScriptErrorPositions(t *testing.T) {
	t.Parallel()
	p := load(t, "<p>\n<script>\nvar a;\n  a.b();\n</script>\n<script>\nsyntax error</script><script src='none.js?Token=5'></script>"+
		`<script src="https://other.example/x.js"></script>`, page.Limits{})
	got := errorTexts(p)
	for _, want := range []string{"script 1:4:", "script 2:7:", "https://device.example:8443/rps/none.js: ", "another origin"} {
		if !strings.Contains(got, want) {
			t.Errorf("errors %q lack %q", got, want)
		}
	}
	if strings.Contains(got, "Token=5") {
		t.Errorf("errors hold a token: %q", got)
	}
}

// A script that fails is named where what it would have made is missing.
func TestNotFoundNamesScriptError(t *testing.T) {
	t.Parallel()
	p := load(t, `<script>fetch("/list"); document.write("<a href=x>Delete</a>")</script><a href=y>Deletion</a>`, page.Limits{})
	_, err := p.Action([]string{"Delete"}, page.Scope{})
	missing, ok := errors.AsType[*page.NotFoundError](err)
	if !ok || len(missing.Closest) != 1 || missing.Closest[0] != "Deletion" || !strings.Contains(err.Error(), "unsupported: fetch") {
		t.Errorf("got %v", err)
	}
}

func TestSetIsRefused(t *testing.T) {
	t.Parallel()
	p := load(t, `Name <input name=n maxlength=4 onchange="if (this.value == 'bad') alert('Not that')"> Fixed <input readonly> Off <input disabled>
Alg <select><option value=1>One<option value=2 disabled>Two</select> Use <input type=checkbox onclick="return false">`, page.Limits{})
	set := func(label, value string) error {
		t.Helper()
		c, err := p.Control([]string{label}, page.Scope{})
		if err != nil {
			t.Fatal(err)
		}
		if value == "checked" {
			return c.Check(t.Context(), true)
		}
		return c.Set(t.Context(), value)
	}
	if err := set("Name", "good"); err != nil {
		t.Error(err)
	}
	if e, ok := errors.AsType[*page.RefusedError](set("Name", "bad")); !ok || e.Texts[0] != "Not that" {
		t.Errorf("an alert gives %v", e)
	}
	for label, value := range map[string]string{"Name": "longer", "Alg": "3", "Use": "checked"} {
		if e, ok := errors.AsType[*page.ValueError](set(label, value)); !ok {
			t.Errorf("%s = %s: got %v, want *ValueError", label, value, e)
		}
	}
	for label, value := range map[string]string{"Fixed": "x", "Off": "x", "Alg": "2"} {
		if e, ok := errors.AsType[*page.DisabledError](set(label, value)); !ok {
			t.Errorf("%s = %s: got %v, want *DisabledError", label, value, e)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	p := load(t, `<form name=login action=/login method=post><input type=hidden name=uri value=/><input name=deptid><input type=password name=password>
<input type=radio name=r value=1><input type=radio name=r value=2><input type=submit name=go value=Go><input disabled name=d></form><form id=two></form>`, page.Limits{})
	forms := p.Forms()
	if len(forms) != 2 || forms[0].Name != "login" || forms[0].Method != "POST" || forms[0].Action.Path != "/login" || forms[1].ID != "two" {
		t.Fatalf("forms: %+v", forms)
	}
	f := forms[0]
	if in, ok := f.Field("password"); !ok || in.Type != "password" {
		t.Errorf("password: %+v, %v", in, ok)
	}
	if !f.Set("deptid", "42") || !f.Set("r", "2") || f.Set("none", "x") {
		t.Error("Set does not say which fields there are")
	}
	r, err := f.Request("go")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, field := range r.Fields {
		got = append(got, field.Name+"="+field.Value)
	}
	if want := "uri=/ deptid=42 password= r=2 go=Go"; strings.Join(got, " ") != want {
		t.Errorf("fields %q, want %q", got, want)
	}
	if strings.Contains(r.Fields[1].String(), "42") || strings.Contains(r.String(), "42") {
		t.Error("printing a request shows a value")
	}
}
