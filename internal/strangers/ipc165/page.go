package ipc165

import (
	"fmt"
	"html"
	"net/url"
	"strings"

	"github.com/rekey-go/rekey/internal/devicetest"
)

var esc = html.EscapeString

// page is one page of the native UI.
type page struct {
	c             *ctx
	title, crumb  string
	status        bool // of the status monitor, not of the settings
	script        strings.Builder
	b             strings.Builder
	message       string
	onload        string
	withoutHeader bool
}

func (c *ctx) page(title, crumb string) *page { return &page{c: c, title: title, crumb: crumb} }

func (p *page) f(format string, a ...any) { fmt.Fprintf(&p.b, format, a...) }

func (p *page) js(format string, a ...any) { fmt.Fprintf(&p.script, format+"\n", a...) }

func (c *ctx) dummy() string { return fmt.Sprint(c.d.cfg.Now().UnixMilli()) }

// link offers an address and returns it for use in HTML.
func (c *ctx) link(path string, kv ...string) string {
	return esc(c.addr(path, kv...))
}

func (c *ctx) addr(path string, kv ...string) string {
	u := path + "?"
	for i := 0; i < len(kv); i += 2 {
		u += kv[i] + "=" + url.QueryEscape(kv[i+1]) + "&"
	}
	u += "Dummy=" + c.dummy()
	c.d.offer(u)
	return u
}

// form begins a form; flags are what its buttons may ask for.
func (p *page) form(name, action, tpl string, flags []string, run func(c *ctx, v url.Values)) *form {
	return p.newForm(name, action, tpl, flags, false, run)
}

func (p *page) newForm(name, action, tpl string, flags []string, multi bool, run func(c *ctx, v url.Values)) *form {
	s := p.c.s
	f := &form{name: name, action: action, serial: s.serial + 1, controls: map[string]*control{}, run: run, multipart: multi}
	enc := ""
	if multi {
		enc = ` enctype="multipart/form-data"`
	}
	fmt.Fprintf(&f.b, `<form name="%s" action="%s" method="post"%s onsubmit="return false;">`+"\n", name, action, enc)
	f.scripted("Flag", "Init_Data", append(flags, "Init_Data")...)
	f.hidden("PageFlag", tpl)
	f.hidden("CoreNXAction", "."+strings.TrimPrefix(action, "/rps"))
	f.hidden("CoreNXPage", tpl)
	f.hidden("CoreNXFlag", "Init_Data")
	f.hidden("FuncTypeFlag", "SettingPage")
	f.hidden("disp", "")
	f.add(`<input type="hidden" name="Dummy" value="%s" />`, p.c.dummy())
	f.controls["Dummy"] = &control{always: true, max: 16}
	token := devicetest.Decimal(19)
	f.hidden("Token", token)
	s.forms[token] = f
	p.c.d.offer(action)
	return f
}

func (f *form) add(format string, a ...any) { fmt.Fprintf(&f.b, format+"\n", a...) }

func (f *form) hidden(name, value string) {
	f.add(`<input type="hidden" name="%s" value="%s" />`, name, esc(value))
	f.controls[name] = &control{always: true, values: []string{value}}
}

// scripted is a hidden field that the page's script fills in.
func (f *form) scripted(name, value string, values ...string) {
	f.add(`<input type="hidden" name="%s" value="%s" />`, name, esc(value))
	f.controls[name] = &control{always: true, values: append(values, value)}
}

func (f *form) text(name, value string, max int) string {
	f.controls[name] = &control{always: true, max: max}
	return fmt.Sprintf(`<input type="text" id="%s" name="%s" value="%s" maxlength="%d" size="%d" />`, name, name, esc(value), max, min(max, 40))
}

func (f *form) password(name, value string, max int) string {
	return strings.Replace(f.text(name, value, max), `type="text"`, `type="password" autocomplete="off"`, 1)
}

func (f *form) upload(name string) {
	f.controls[name] = &control{file: true, values: []string{""}}
	f.add(`<p><label for="%s">File Path:</label> <input type="file" id="%s" name="%s" size="40" /></p>`, name, name, name)
}

func (f *form) check1(name, label string, on bool) string {
	f.controls[name] = &control{values: []string{"1"}}
	return fmt.Sprintf(`<input type="checkbox" id="%s" name="%s" value="1"%s /><label for="%s">%s</label>`, name, name, checked(on), name, esc(label))
}

func (f *form) radio(name, value, label string, on bool, extra string) string {
	ctl := f.controls[name]
	if ctl == nil {
		ctl = &control{values: []string{}}
		f.controls[name] = ctl
	}
	if !strings.Contains(extra, "disabled") {
		ctl.values = append(ctl.values, value)
	}
	ctl.always = ctl.always || on
	id := name + "_" + value
	if label != "" {
		label = fmt.Sprintf(`<label for="%s">%s</label>`, id, esc(label))
	}
	return fmt.Sprintf(`<input type="radio" id="%s" name="%s" value="%s"%s%s />%s`, id, name, value, checked(on), extra, label)
}

func (f *form) sel(name, cur string, disabled bool, opts ...[2]string) string {
	ctl := &control{always: true}
	f.controls[name] = ctl
	dis := ""
	if disabled {
		dis = ` disabled="disabled"`
	}
	s := fmt.Sprintf(`<select id="%s" name="%s"%s>`, name, name, dis)
	for _, o := range opts {
		on := ""
		if o[0] == cur {
			on = ` selected="selected"`
		}
		s += fmt.Sprintf(`<option value="%s"%s>%s</option>`, o[0], on, esc(o[1]))
		ctl.values = append(ctl.values, o[0])
	}
	return s + "</select>"
}

func (f *form) depends(name, other, value string) {
	f.controls[name].depends, f.controls[name].on, f.controls[name].always = other, value, false
}

func checked(on bool) string {
	if on {
		return ` checked="checked"`
	}
	return ""
}

// bar is a bar of buttons that submit the form: label, flag, label, flag ...
func (f *form) bar(kv ...string) {
	for i := 1; i < len(kv); i += 2 {
		kv[i] = fmt.Sprintf("rui_submit('%s','%s')", f.name, kv[i])
	}
	f.b.WriteString(buttons(kv...))
}

// finish puts the form into the page and sends it.
func (p *page) finish(f *form) {
	p.end(f)
	p.send()
}

// end puts the form into the page.
func (p *page) end(f *form) {
	p.b.WriteString(f.b.String() + "</form>\n")
}

// buttons is a bar of script buttons: label, script, label, script ...
func buttons(kv ...string) string {
	s := `<fieldset class="ButtonArea">`
	for i := 0; i < len(kv); i += 2 {
		id := ""
		if kv[i] == "OK" {
			id = ` id="OK_Button"`
		}
		s += fmt.Sprintf(`<input type="button"%s value="%s" onclick="%s" />`, id, esc(kv[i]), esc(kv[i+1]))
	}
	return s + "</fieldset>\n"
}

// send writes the page.
func (p *page) send() {
	c := p.c
	c.s.serial++
	fmt.Fprintf(c.w, `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="en">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<meta http-equiv="Content-Script-Type" content="text/javascript" />
<title>Remote UI : %s</title>
<link rel="stylesheet" type="text/css" href="/rps/css/rui.css" />
<script type="text/javascript" src="/rps/js/rui_common.js"></script>
`, esc(p.title))
	if p.script.Len() > 0 {
		fmt.Fprintf(c.w, "<script type=\"text/javascript\">\n//<![CDATA[\n%s//]]>\n</script>\n", p.script.String())
	}
	onload := ""
	if p.onload != "" {
		onload = fmt.Sprintf(` onload="%s"`, esc(p.onload))
	}
	fmt.Fprintf(c.w, "</head>\n<body%s>\n", onload)
	if p.withoutHeader {
		fmt.Fprintf(c.w, "<div id=\"contents\">\n<h2>%s</h2>\n%s</div>\n</body>\n</html>\n", esc(p.title), p.b.String())
		return
	}
	fmt.Fprintf(c.w, `<div id="header"><span class="Model">%s</span>
<span class="Tools"><a href="%s">To Portal</a> | Login User: %s | <a href="javascript:rui_logout('%s')"><script type="text/javascript">document.writeln('Log Out');</script></a></span></div>
<div id="menu">
`, modelName, c.link("/portal"), adminName, c.link("/rps/logout.cgi"))
	if p.status {
		c.statusMenu()
	} else {
		c.settingsMenu()
	}
	fmt.Fprintf(c.w, "</div>\n<div id=\"contents\">\n<p class=\"Crumb\">%s</p>\n<h2>%s</h2>\n<p class=\"Updated\">Last Updated : %s</p>\n", esc(p.crumb), esc(p.title), c.d.cfg.Now().Format("02/01 2006 15:04:05"))
	if p.message != "" {
		fmt.Fprintf(c.w, "<p class=\"Message\"><b>%s</b></p>\n", esc(p.message))
	}
	fmt.Fprintf(c.w, "%s</div>\n<p class=\"Copyright\">Copyright CANON INC. 2020</p>\n</body>\n</html>\n", p.b.String())
}

// ask is a page with a text and two buttons, of which the second is Cancel.
func (c *ctx) ask(title, crumb, text, action, tpl, button string, yes, no func(*ctx)) {
	p := c.page(title, crumb)
	p.f("%s\n", text)
	f := p.form("CONF_FORM", action, tpl, []string{"Exec_Data", "Html_Data"}, func(c *ctx, v url.Values) {
		if v.Get("Flag") == "Exec_Data" {
			yes(c)
		} else {
			no(c)
		}
	})
	f.bar(button, "Exec_Data", "Cancel", "Html_Data")
	p.finish(f)
}

// note is a message page of its own with one OK.
func (c *ctx) note(title, crumb, text, action string, next func(c *ctx)) {
	p := c.page(title, crumb)
	p.f("<p class=\"Message\"><b>%s</b></p>\n", esc(text))
	f := p.form("MSG_FORM", action, "c_msg.tpl", []string{"Html_Data"}, func(c *ctx, _ url.Values) { next(c) })
	f.bar("OK", "Html_Data")
	p.finish(f)
}

// cannotOpen is the error page of the native UI.
func (c *ctx) cannotOpen() {
	fmt.Fprintf(c.w, `<html><head><title>Remote UI : Cannot open this page.</title></head>
<body><p><img src="/rps/media/ms_err.gif" alt="Error" /> Cannot display the specified page.</p>
<p>The authentication information has been updated, or the session has expired.</p>
<p><a href="%s">To Portal</a></p></body></html>
`, c.link("/portal"))
}
