package dx8795

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func esc(s string) string { return html.EscapeString(s) }

// form is one HTML form, and what a browser may send of it.
type form struct {
	b        *strings.Builder
	name     string
	path     string
	required []string          // always sent
	optional map[string]bool   // check boxes, radio buttons, what script may disable
	fixed    map[string]string // hidden and not touched by script
	choices  map[string][]string
}

func (f *form) v(n string) string { return f.fixed[n] }

// compare tells what a browser could not have sent.
func (f *form) compare(v url.Values) string {
	for _, n := range f.required {
		if !v.Has(n) {
			return "the form's field " + n + " is missing"
		}
	}
	for n, want := range f.fixed {
		if v.Get(n) != want {
			return fmt.Sprintf("the hidden field %s holds %q in place of %q", n, v.Get(n), want)
		}
	}
	for n, vs := range v {
		if !slices.Contains(f.required, n) && !f.optional[n] {
			return "the form has no field " + n
		}
		for _, s := range vs {
			if c := f.choices[n]; c != nil && !slices.Contains(c, s) {
				return fmt.Sprintf("the field %s does not offer %q", n, s)
			}
		}
	}
	return ""
}

func (f *form) put(s string, a ...any) { fmt.Fprintf(f.b, s, a...) }

func (f *form) hidden(n, v string) {
	f.required = append(f.required, n)
	f.fixed[n] = v
	f.put("<input type=\"hidden\" name=\"%s\" value=\"%s\" />\n", n, esc(v))
}

// variable is a hidden field that the page's script sets.
func (f *form) variable(n, v string, choices ...string) {
	f.required = append(f.required, n)
	if choices != nil {
		f.choices[n] = choices
	}
	f.put("<input type=\"hidden\" name=\"%s\" value=\"%s\" />\n", n, esc(v))
}

func (f *form) text(n, v string, size, max int) string {
	f.required = append(f.required, n)
	return fmt.Sprintf("<input type=\"text\" name=\"%s\" id=\"%s\" size=\"%d\" maxlength=\"%d\" value=\"%s\" />", n, n, size, max, esc(v))
}

func (f *form) password(n, v string) string {
	return strings.Replace(f.text(n, v, 24, 32), `type="text"`, `type="password"`, 1)
}

func (f *form) check(n string, on bool, label string) string {
	f.optional[n] = true
	f.choices[n] = append(f.choices[n], "1")
	return fmt.Sprintf("<input type=\"checkbox\" name=\"%s\" id=\"%s\" value=\"1\"%s /><label for=\"%s\">%s</label>", n, n, attr(on, "checked"), n, esc(label))
}

func (f *form) radio(n, v, cur, label, extra string) string {
	f.optional[n] = true
	f.choices[n] = append(f.choices[n], v)
	id := n + "_" + v
	return fmt.Sprintf("<input type=\"radio\" name=\"%s\" id=\"%s\" value=\"%s\"%s%s /><label for=\"%s\">%s</label>", n, id, v, attr(v == cur, "checked"), extra, id, esc(label))
}

// pick is a select; opts are value, text, value, text ...
func (f *form) pick(n, cur string, disabled bool, opts ...string) string {
	f.optional[n] = true
	var b strings.Builder
	fmt.Fprintf(&b, "<select name=\"%s\" id=\"%s\"%s>", n, n, attr(disabled, "disabled"))
	for i := 0; i < len(opts); i += 2 {
		f.choices[n] = append(f.choices[n], opts[i])
		fmt.Fprintf(&b, "<option value=\"%s\"%s>%s</option>", esc(opts[i]), attr(opts[i] == cur, "selected"), esc(opts[i+1]))
	}
	return b.String() + "</select>"
}

func (f *form) end() { f.put("</form>\n") }

func attr(on bool, name string) string {
	if on {
		return fmt.Sprintf(" %s=\"%s\"", name, name)
	}
	return ""
}

func button(label, id, click string) string {
	return fmt.Sprintf("<input type=\"button\" id=\"%s\" value=\"%s\" onclick=\"%s\" />", id, esc(label), esc(click))
}

func buttons(s ...string) string {
	return "<fieldset class=\"btn\">" + strings.Join(s, " ") + "</fieldset>\n"
}

func row(th, td string) string {
	return fmt.Sprintf("<tr><th>%s</th><td>%s</td></tr>\n", esc(th), td)
}

// page is one page of the Remote UI.
type page struct {
	c           *ctx
	b           strings.Builder
	crumbs      string // html
	title       string
	script      string
	info, alert string
	status      bool // a page of Status Monitor/Cancel
	forms       []*form
	token       string
	offers      []string
}

func (c *ctx) page(title, crumbs string) *page {
	return &page{c: c, title: title, crumbs: crumbs, token: devicetest.Decimal(20)}
}

func (p *page) put(s string, a ...any) { fmt.Fprintf(&p.b, s, a...) }

// form begins a form with the fields that every settings form has.
func (p *page) form(name, cgi, flag, tpl, next string) *form {
	f := p.bare(&p.b, name, cgi, "")
	if flag != "" {
		f.hidden("Flag", flag)
	}
	f.common(cgi, tpl, next, p.token)
	return f
}

func (p *page) bare(b *strings.Builder, name, cgi, enc string) *form {
	f := &form{b: b, name: name, path: "/rps/" + cgi, optional: map[string]bool{}, fixed: map[string]string{}, choices: map[string][]string{}}
	p.forms = append(p.forms, f)
	f.put("<form name=\"%s\" action=\"./%s\" method=\"post\"%s>\n", name, cgi, enc)
	return f
}

func (f *form) common(cgi, tpl, next, token string) {
	f.hidden("PageFlag", tpl)
	f.hidden("CoreNXAction", "./"+cgi)
	f.hidden("CoreNXPage", next)
	f.hidden("CoreNXFlag", "Init_Data")
	f.hidden("FuncTypeFlag", "SettingPage")
	f.variable("Dummy", "")
	f.hidden("Token", token)
}

func (c *ctx) dummy() string { return fmt.Sprint(c.d.now().UnixMilli()) }

// link is an address of a page.
func (c *ctx) link(cgi, tpl string) string {
	return fmt.Sprintf("/rps/%s?Flag=Init_Data&PageFlag=%s&FuncTypeFlag=SettingPage&Dummy=%s", cgi, tpl, c.dummy())
}

func (c *ctx) a(cgi, tpl, text string) string {
	return fmt.Sprintf("<a href=\"%s\">%s</a>", esc(c.link(cgi, tpl)), esc(text))
}

var settingsMenu = [][]string{
	{"Preferences", "cindex.cgi", "c_paper.tpl", "Paper Settings", "cindex.cgi", "c_timer.tpl", "Timer/Energy Settings", "cindex.cgi", "c_net.tpl", "Network Settings"},
	{"Function Settings", "cindex.cgi", "c_common.tpl", "Common", "cindex.cgi", "c_print.tpl", "Printer", "cindex.cgi", "c_send.tpl", "Send", "cindex.cgi", "c_recv.tpl", "Receive/Forward"},
	{"Management Settings", "cindex.cgi", "c_user.tpl", "User Management", "cindex.cgi", "c_device.tpl", "Device Management", "cindex.cgi", "c_license.tpl", "License/Other"},
}

var statusMenu = [][]string{
	{"Job Status", "jstatpri.cgi", "j_pri.tpl", "Print", "jstattx.cgi", "j_tx.tpl", "Send", "jstatrx.cgi", "j_rx.tpl", "Receive"},
	{"Job Log", "jlp.cgi", "j_logp.tpl", "Print Log", "jls.cgi", "j_logs.tpl", "Send Log", "jlr.cgi", "j_logr.tpl", "Receive Log"},
	{"Device", "dstatus.cgi", "d_tops.tpl", "Device Status", "dinfo.cgi", "d_info.tpl", "Device Information", "dcounter.cgi", "d_count.tpl", "Check Counter"},
}

func (p *page) send() {
	c := p.c
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n<title>Remote UI : %s : %s : %s</title>\n", esc(p.title), model, model)
	b.WriteString("<link rel=\"stylesheet\" type=\"text/css\" href=\"/media/rui.css\" />\n<script type=\"text/javascript\" src=\"/media/rui.js\"></script>\n")
	if p.script != "" {
		fmt.Fprintf(&b, "<script type=\"text/javascript\">\n//<![CDATA[\n%s//]]>\n</script>\n", p.script)
	}
	fmt.Fprintf(&b, "</head>\n<body>\n<div id=\"head\"><span class=\"logo\">Canon</span> Remote UI&nbsp;: <span id=\"deviceName\">%s</span>&nbsp;/&nbsp;%s<a href=\"/\">To Portal</a><a href=\"javascript:ruiLogout();\">Log Out</a></div>\n<div id=\"menu\">\n", model, adminName)
	menu := settingsMenu
	if p.status {
		menu = statusMenu
	}
	for _, g := range menu {
		fmt.Fprintf(&b, "<h3>%s</h3>\n<ul>\n", g[0])
		for i := 1; i < len(g); i += 3 {
			fmt.Fprintf(&b, "<li>%s</li>\n", c.a(g[i], g[i+1], g[i+2]))
		}
		b.WriteString("</ul>\n")
	}
	if !p.status {
		f := p.bare(&b, "APPLY_FORM", "capply.cgi", "")
		f.hidden("Flag", "Exec_Data")
		f.common("capply.cgi", "c_apply.tpl", "c_reboot.tpl", p.token)
		f.put("%s", buttons(strings.Replace(button("Apply Setting Changes", "Apply_Button", "ruiApply();"), " />", attr(!c.d.dirty(), "disabled")+" />", 1)))
		f.end()
	}
	b.WriteString("</div>\n<div id=\"contents\">\n")
	if !p.status {
		fmt.Fprintf(&b, "<div class=\"updated\">Last Updated : %s</div>\n", c.d.updated.Format("02/01 2006 15:04:05"))
	}
	fmt.Fprintf(&b, "<div class=\"path\">%s</div>\n<h2>%s</h2>\n", p.crumbs, esc(p.title))
	if !p.status && c.d.dirty() {
		b.WriteString("<p class=\"note\">There are settings that take effect after [Apply Setting Changes] is performed.</p>\n")
	}
	if p.info != "" {
		fmt.Fprintf(&b, "<p class=\"info\">%s</p>\n", esc(p.info))
	}
	b.WriteString(p.b.String())
	b.WriteString("</div>\n<div id=\"copyright\">Copyright CANON INC. 2020</div>\n")
	if p.alert != "" {
		fmt.Fprintf(&b, "<div class=\"ovl\" id=\"errDlg\"><div class=\"dlg\"><p><img src=\"/media/ic_err.gif\" alt=\"Error\" /> %s</p>%s</div></div>\n", esc(p.alert), buttons(button("OK", "errOK", "ruiClose('errDlg');")))
	}
	fmt.Fprintf(&b, "<div class=\"ovl\" id=\"ovl\" style=\"display:none\"><div class=\"dlg\"><p id=\"ovlMsg\"></p>%s</div></div>\n</body>\n</html>\n",
		buttons("<input type=\"button\" id=\"ovlOK\" value=\"OK\" />", "<input type=\"button\" id=\"ovlCancel\" value=\"Cancel\" />"))
	if len(p.forms) > 0 {
		c.s.token, c.s.forms = p.token, p.forms
	}
	for _, o := range append(p.offers, "/rps/logout.cgi") {
		c.offer(o)
	}
	c.send(b.String())
}

var offerRE = regexp.MustCompile(`(?:href|action)="([^"]+)"`)

func (c *ctx) offer(addr string) {
	u, err := c.r.URL.Parse(addr)
	if err != nil || u.Scheme == "javascript" {
		return
	}
	c.d.anon[offerKey(u)] = true
	if c.s != nil {
		c.s.offered[offerKey(u)] = true
	}
}

// send writes a page and remembers the addresses on it.
func (c *ctx) send(s string) {
	for _, m := range offerRE.FindAllStringSubmatch(s, -1) {
		if !strings.HasPrefix(m[1], "javascript:") {
			c.offer(html.UnescapeString(m[1]))
		}
	}
	c.w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	if c.r.Method == http.MethodHead {
		return
	}
	c.w.Write([]byte(s))
}

func (c *ctx) errorPage() {
	c.send(`<!DOCTYPE html>
<html lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>Remote UI : Cannot open this page.</title><link rel="stylesheet" type="text/css" href="/media/rui.css" /></head>
<body><h1>Cannot open this page.</h1><p><img src="/media/ms_err.gif" alt="Error" /> Cannot display the specified page. The authentication information has been updated, or the session has expired.</p>
<p><a href="/">To Portal</a></p></body></html>
`)
}

func (c *ctx) redirect(to string) {
	c.offer(to)
	c.w.Header().Set("Location", to)
	c.w.WriteHeader(http.StatusFound)
}

// jsStr is a string literal for a page's script.
func jsStr(s string) string {
	r := strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "<", `\x3c`, ">", `\x3e`, "&", `\x26`, `"`, `\x22`)
	return "'" + r.Replace(s) + "'"
}
