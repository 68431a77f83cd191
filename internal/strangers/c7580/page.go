package c7580

import (
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func esc(s string) string { return html.EscapeString(s) }

func number(s string, lo, hi int) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= lo && n <= hi
}

type crumb struct{ text, cgi, tpl string }

// page is one HTML page on its way out.
type page struct {
	strings.Builder
	c     *ctx
	token string
	forms map[string]*formSpec
	spec  *formSpec
}

func newPage(c *ctx, title string) *page {
	p := &page{c: c, forms: map[string]*formSpec{}}
	p.f(`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<meta http-equiv="Content-Script-Type" content="text/javascript" />
<title>%s</title>
<link rel="stylesheet" type="text/css" href="/rps/css/ruic.css" />
<script type="text/javascript" src="/rps/js/common.js"></script>
</head>
`, esc(title))
	return p
}

func (p *page) f(format string, a ...any) { fmt.Fprintf(p, format, a...) }

func (p *page) offer(cgi, tpl string) { p.c.d.offered["/rps/"+cgi+"|"+tpl] = true }

// jump is the script call that opens a page.
func (p *page) jump(cgi, tpl string) string {
	p.offer(cgi, tpl)
	return fmt.Sprintf("jump_page('%s','%s')", cgi, tpl)
}

func (p *page) jumpID(cgi, tpl, id string) string {
	p.offer(cgi, tpl)
	return fmt.Sprintf("jump_id('%s','%s','%s')", cgi, tpl, id)
}

func (p *page) link(text, call string) string {
	return fmt.Sprintf(`<a href="javascript:%s">%s</a>`, call, esc(text))
}

func (p *page) form(name, cgi, tpl string, upload bool) {
	if p.token == "" {
		p.token = devicetest.Decimal(19)
	}
	p.spec = newSpec()
	p.forms["/rps/"+cgi+"|"+tpl] = p.spec
	enc := ""
	if upload {
		enc = ` enctype="multipart/form-data"`
	}
	p.f("<form name=\"%s\" action=\"./%s\" method=\"post\"%s onsubmit=\"return false;\">\n", name, cgi, enc)
	p.hidden("Flag", "Init_Data")
	p.hidden("PageFlag", tpl)
	p.hidden("CoreNXAction", "./"+cgi)
	p.hidden("CoreNXPage", tpl)
	p.hidden("CoreNXFlag", "Init_Data")
	p.hidden("FuncTypeFlag", "SettingPage")
	p.hidden("disp", "")
	p.hidden("Token", p.token)
	p.hidden("Dummy", "")
}

func (p *page) end() {
	p.f("</form>\n")
	p.spec = nil
}

func (p *page) hidden(name, value string) {
	p.spec.rules[name] = rule{need: true}
	p.f("<input type=\"hidden\" name=\"%s\" value=\"%s\" />\n", name, esc(value))
}

func (p *page) text(label, name, value string, max int, after string) {
	p.spec.rules[name] = rule{need: true, max: max}
	p.f("<tr><th>%s</th><td><input type=\"text\" name=\"%s\" value=\"%s\" maxlength=\"%d\" size=\"%d\" /> %s</td></tr>\n", esc(label), name, esc(value), max, min(max+2, 40), esc(after))
}

func (p *page) password(label, name, value string, max int) {
	p.spec.rules[name] = rule{need: true, max: max}
	p.f("<tr><th>%s</th><td><input type=\"password\" name=\"%s\" value=\"%s\" maxlength=\"%d\" autocomplete=\"off\" /></td></tr>\n", esc(label), name, esc(value), max)
}

func (p *page) check(label, name, value string) {
	p.spec.rules[name] = rule{one: []string{"1"}}
	on := ""
	if value == "1" {
		on = ` checked="checked"`
	}
	p.f("<tr><td colspan=\"2\" class=\"chk\"><input type=\"checkbox\" name=\"%s\" id=\"%s\" value=\"1\"%s /><label for=\"%s\">%s</label></td></tr>\n", name, name, on, name, esc(label))
}

// radio is one button of a group.
func (p *page) radio(name, value, current, label, onclick string) {
	r := p.spec.rules[name]
	r.one = append(slices.Clone(r.one), value)
	on := ""
	if value == current {
		on = ` checked="checked"`
		r.need = true
	}
	p.spec.rules[name] = r
	if onclick != "" {
		onclick = fmt.Sprintf(` onclick="%s"`, onclick)
	}
	p.f("<input type=\"radio\" name=\"%s\" id=\"%s_%s\" value=\"%s\"%s%s />", name, name, value, value, on, onclick)
	if label != "" {
		p.f("<label for=\"%s_%s\">%s</label>", name, value, esc(label))
	}
}

func (p *page) sel(name, current string, opts ...string) {
	r := rule{need: true}
	p.f("<select name=\"%s\" id=\"%s\">", name, name)
	for i := 0; i < len(opts); i += 2 {
		r.one = append(r.one, opts[i])
		on := ""
		if opts[i] == current {
			on = ` selected="selected"`
		}
		p.f("<option value=\"%s\"%s>%s</option>", esc(opts[i]), on, esc(opts[i+1]))
	}
	p.f("</select>")
	p.spec.rules[name] = r
}

func (p *page) button(label, id, call string) {
	if id != "" {
		id = ` id="` + id + `"`
	}
	p.f("<input type=\"button\"%s value=\"%s\" onclick=\"%s\" />\n", id, esc(label), call)
}

// buttons are the OK and Cancel of a page.
func (p *page) buttons(ok, cancel string) {
	p.f("<fieldset class=\"Buttons\">\n")
	p.button("OK", "OK_Button", ok)
	if cancel != "" {
		p.button("Cancel", "Cancel_Button", cancel)
	}
	p.f("</fieldset>\n")
}

func (p *page) errMsg(msg string) {
	if msg != "" {
		p.f("<div class=\"ErrMsg\"><img src=\"/media/ms_err.gif\" alt=\"Error\" /> %s</div>\n", esc(msg))
	}
}

var statusMenu = [][3]string{
	{"", "Print", ""}, {"jstatpri.cgi", "Status", "d_jstatpri.tpl"}, {"jlp.cgi", "Log", "d_jlp.tpl"},
	{"", "Copy", ""}, {"jsvl.cgi", "Status", "d_jsvl.tpl"}, {"jlsv.cgi", "Log", "d_jlsv.tpl"},
	{"", "Send", ""}, {"jsts.cgi", "Status", "d_jsts.tpl"}, {"jls.cgi", "Log", "d_jls.tpl"},
	{"", "Receive", ""}, {"jstr.cgi", "Status", "d_jstr.tpl"}, {"jlr.cgi", "Log", "d_jlr.tpl"},
	{"", "Device", ""}, {"dstatus.cgi", "Error Information", "d_tops.tpl"}, {"dcons.cgi", "Consumables", "d_cons.tpl"},
	{"dinfo.cgi", "Device Information", "d_info.tpl"}, {"dcounter.cgi", "Check Counter", "d_counter.tpl"},
}

var settingMenu = [][3]string{
	{"", "Preferences", ""}, {"cpaper.cgi", "Paper Settings", "c_paper.tpl"}, {"cpaper.cgi", "Timer/Energy Settings", "c_timer.tpl"}, {"ctop.cgi", "Network Settings", "c_network.tpl"}, {"cpaper.cgi", "External Interface", "c_extif.tpl"}, {"cpaper.cgi", "Volume Settings", "c_volume.tpl"},
	{"", "Function Settings", ""}, {"cpaper.cgi", "Common Settings", "c_common.tpl"}, {"cpaper.cgi", "Printer Settings", "c_printer.tpl"}, {"ctop.cgi", "Send", "c_send.tpl"}, {"cpaper.cgi", "Receive/Forward", "c_receive.tpl"},
	{"", "Management Settings", ""}, {"cpaper.cgi", "User Management", "c_user.tpl"}, {"ctop.cgi", "Device Management", "c_device.tpl"}, {"ctop.cgi", "License/Other", "c_license.tpl"}, {"cpaper.cgi", "Data Management", "c_data.tpl"}, {"cpaper.cgi", "Security Settings", "c_security.tpl"},
}

// begin writes head, left menu, breadcrumb and title of a page inside.
func (p *page) begin(menu string, heads []crumb, title string) {
	p.f("<body>\n<div id=\"header\"><img src=\"/media/canonlogo.gif\" alt=\"Canon\" /> <span class=\"device\">%s / %s</span>\n<span class=\"user\">Login User: %s</span>\n", model, model, adminName)
	p.offer("logout.cgi", "")
	p.f("<a href=\"/\">To Portal</a>\n<script type=\"text/javascript\">//<![CDATA[\nlogout_link('Log Out');\n//]]></script>\n</div>\n")
	list, head := settingMenu, "Settings/Registration"
	if menu == "status" {
		list, head = statusMenu, "Status Monitor/Cancel"
	}
	p.f("<div id=\"menu\"><h2>%s</h2>\n", head)
	if menu != "status" {
		p.f("<div class=\"apply\">%s</div>\n", p.link("Apply Setting Changes", p.jump("capply.cgi", "c_apply.tpl")))
	}
	open := false
	for _, m := range list {
		if m[0] == "" {
			if open {
				p.f("</ul>\n")
			}
			p.f("<h3>%s</h3>\n<ul>\n", m[1])
			open = true
			continue
		}
		p.f("<li>%s</li>\n", p.link(m[1], p.jump(m[0], m[2])))
	}
	p.f("</ul>\n</div>\n<div id=\"contents\">\n")
	p.f("<div class=\"crumb\">")
	for _, h := range heads {
		if h.cgi == "" {
			p.f("%s", esc(h.text))
			continue
		}
		p.f("%s &gt; ", p.link(h.text, p.jump(h.cgi, h.tpl)))
	}
	p.f("%s</div>\n<h1>%s</h1><span class=\"upd\">Last Updated : %s</span>\n", esc(title), esc(title), p.c.d.now().Format("02/01 2006 15:04:05"))
	if menu != "status" && p.c.d.changed {
		p.f("<div class=\"note\">There are settings that take effect after the machine is restarted. Click [Apply Setting Changes] to restart the machine.</div>\n")
	}
}

// done writes the foot, with the helper forms that every page carries.
func (p *page) done() {
	p.f("<form name=\"ERR_SUBMIT_FORM\" action=\"./\" method=\"get\"><input type=\"hidden\" name=\"ErrCode\" value=\"0\" /></form>\n")
	p.f("</div>\n<div id=\"footer\">Copyright CANON INC. 2016</div>\n</body>\n</html>\n")
	if p.token != "" {
		p.c.s.token = p.token
		p.c.s.issued[p.token] = p.forms
	}
	p.c.html(p.String())
}

func (c *ctx) page(menu string, heads []crumb, title string) *page {
	p := newPage(c, "Remote UI : "+title+" : "+model)
	p.begin(menu, heads, title)
	return p
}
