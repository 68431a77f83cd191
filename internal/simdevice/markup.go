package simdevice

import (
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
)

// pathImage is where icons are.
const pathImage = "/media/icon.gif"

// page is an HTML page in the making.
type page struct {
	x       *exchange
	l       *layout
	kind    PageKind
	title   string
	body    strings.Builder
	scripts []string // of the head
	onload  []string // statements
	form    string   // name of the page's main form
	token   string   // once a form needed it
}

func (x *exchange) newPage(kind PageKind, title string) *page {
	x.shown = kind
	return &page{x: x, l: x.l, kind: kind, title: title, form: x.l.formName(kind)}
}

// formName of a page's main form: published, or drawn.
func (l *layout) formName(kind PageKind) string {
	if l.pick("form.name."+string(kind), 2) == 0 {
		return "SUBMIT_FORM"
	}
	return l.name("form." + string(kind))
}

// put adds markup; the arguments are escaped.
func (p *page) put(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = html.EscapeString(s)
		}
	}
	fmt.Fprintf(&p.body, format, args...)
}

// raw adds markup as it is.
func (p *page) raw(markup string) { p.body.WriteString(markup + "\n") }

func (p *page) hidden(name, value string) {
	p.put(`<input type="hidden" name="%s" value="%s"/>`, name, value)
}

// write adds a script that writes markup where it stands.
func (p *page) write(markup string) {
	call := []string{"document.write", "document.writeln"}[p.l.pick("write."+string(p.kind), 2)]
	p.raw(`<script type="text/javascript">//<![CDATA[` + "\n" + call + "(" + jsString(markup) + ");\n//]]></script>")
}

// close answers with the page.
func (p *page) close() {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">` + "\n")
	fmt.Fprintf(&b, `<html xmlns="http://www.w3.org/1999/xhtml" lang="%s"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>`+"\n", p.x.d.cfg.Language)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(p.title))
	switch {
	case p.kind == "":
	case p.l.scriptIsFile():
		fmt.Fprintf(&b, `<script type="text/javascript" src="%s"></script>`+"\n", p.l.scriptPath())
	default:
		p.scripts = slices.Insert(p.scripts, 0, p.l.commonScript())
	}
	onload := ""
	if len(p.onload) > 0 {
		name := p.l.name("fn.onload." + string(p.kind))
		p.scripts = append(p.scripts, fmt.Sprintf("function %s() {\n%s;\n}", name, strings.Join(p.onload, ";\n")))
		onload = ` onload="` + name + `()"`
	}
	if len(p.scripts) > 0 {
		b.WriteString("<script type=\"text/javascript\">\n//<![CDATA[\n" + strings.Join(p.scripts, "\n") + "\n//]]>\n</script>\n")
	}
	b.WriteString("</head><body" + onload + ">\n" + p.body.String() + "</body></html>\n")
	if p.l.pick("stray.nul", 4) == 0 { // as some real servers send it
		b.WriteByte(0)
	}
	p.x.html(b.String())
}

// plainPage answers with mere text, as errors are.
func (x *exchange) plainPage(title string, lines ...string) {
	p := x.newPage("", title)
	for _, line := range lines {
		p.put("<p>%s</p>\n", line)
	}
	p.close()
}

// target is a page to open and what to tell it.
type target struct {
	kind   PageKind
	edit   bool // the form behind [Edit]
	params []Field
}

// url of the target, relative to /rps/, without the Dummy.
func (l *layout) url(t target) string {
	if l.small() {
		return l.smallURL(t)
	}
	r := l.routes[t.kind]
	var b strings.Builder
	b.WriteString("./" + r.cgi + "?")
	switch t.kind {
	case PageDeviceInfo:
		b.WriteString("CorePGTAG=13")
	case PageStatus:
		b.WriteString("CorePGTAG=11&PageFlag=" + r.tpl)
	default:
		b.WriteString("Flag=Init_Data&PageFlag=" + r.tpl + "&FuncTypeFlag=SettingPage")
	}
	if t.edit {
		b.WriteString("&" + l.name("field.edit") + "=1")
	}
	for _, f := range t.params {
		b.WriteString("&" + f.Name + "=" + f.Value)
	}
	return b.String()
}

// dummy is the cache buster: milliseconds since 1970.
func (x *exchange) dummy() string { return strconv.FormatInt(x.now.UnixMilli(), 10) }

// buster is the cache buster at the end of an address; the small family has
// none.
func (x *exchange) buster() string {
	if x.l.small() {
		return ""
	}
	return "&Dummy=" + x.dummy()
}

// address of the target from the root.
func (l *layout) address(t target, x *exchange) string {
	if l.small() {
		return l.smallURL(t)
	}
	return pathRPS + l.url(t)[len("./"):] + x.buster()
}

// home is the address of the portal.
func (l *layout) home() string {
	if l.small() {
		return pathSmallPortal
	}
	return "/"
}

// title of a page by what it is about.
func (x *exchange) title(name string) string {
	if x.l.small() {
		return x.smallTitle(name)
	}
	return "Remote UI : " + name + " : " + x.d.cfg.Model
}

// refresh makes the browser go on after some seconds.
func (p *page) refresh(seconds int, url string) {
	p.put(`<meta http-equiv="refresh" content="%d; URL=%s"/>`, seconds, url)
}

// link leads to another page, in the way this page's author made links.
func (p *page) link(key, label string, t target) {
	url := p.l.url(t)
	script := "javascript:" + p.opener(key, t)
	switch p.l.pick("link."+string(p.kind), 4) {
	case 0:
		p.put(`<a href="%s"`+p.targetAttr()+`>%s</a>`, url+p.x.buster(), label)
	case 1:
		p.put(`<a href="%s">%s</a>`, script, label)
	case 2:
		p.put(`<a href="#" onclick="%s;return false;">%s</a>`, p.opener(key, t), label)
	default:
		p.write(fmt.Sprintf(`<a href="%s">%s</a>`, html.EscapeString(script), html.EscapeString(label)))
	}
}

// opener returns a call that opens t, by way of a function of the page.
func (p *page) opener(key string, t target) string {
	fn := "open." + string(p.kind) + "." + key
	body := p.l.jsCall("go", p.l.url(t))
	if p.inMenuFrame() {
		body = p.leadMain(key, p.l.url(t))
	} else if p.l.pick("opener."+string(p.kind), 2) == 1 { // in two steps
		inner := p.l.name("fn.inner." + fn)
		p.script(inner, "url", p.l.name("fn.go")+"(url)")
		body = inner + "(" + jsString(p.l.url(t)) + ")"
	}
	p.script(p.l.name("fn."+fn), "", body)
	return p.l.jsCall(fn)
}

// script adds a function to the page.
func (p *page) script(name, params, body string) {
	p.scripts = append(p.scripts, fmt.Sprintf("function %s(%s) {\n\t%s;\n}", name, params, body))
}

// button runs js when pressed. id may be empty.
func (p *page) button(key, label, id, js string) {
	if id != "" {
		id = ` id="` + id + `"`
	}
	id += attr("disabled", key == "ok" && slices.Contains(p.x.d.cfg.Locked, p.kind))
	js, text := html.EscapeString(js), html.EscapeString(label)
	input := fmt.Sprintf(`<input type="button"%s value="%s" onclick="%s"/>`, id, text, js)
	switch p.l.pick("button."+string(p.kind)+"."+key, 6) {
	case 0:
		p.raw("<fieldset>" + input + "</fieldset>")
	case 1:
		p.raw(fmt.Sprintf(`<button type="button"%s onclick="%s">%s</button>`, id, js, text))
	case 2:
		p.raw(fmt.Sprintf(`<a%s href="javascript:%s">%s</a>`, id, js, text))
	case 3:
		p.raw(fmt.Sprintf(`<input type="image"%s src="%s" alt="%s" onclick="%s;return false;"/>`, id, pathImage, text, js))
	case 4:
		p.write(input)
	default:
		p.raw(fmt.Sprintf(`<a%s href="javascript:%s"><img src="%s" alt="%s" border="0"/></a>`, id, js, pathImage, text))
	}
}

// okButtonID is the published identifier of the [OK] button.
const okButtonID = "OK_Button"
