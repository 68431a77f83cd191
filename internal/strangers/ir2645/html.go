package ir2645

import (
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"net/http"
	"slices"
	"strings"
)

var esc = html.EscapeString

const foot = `<div id="footer">Copyright CANON INC. 2020</div></body></html>`

func head(title, extra string) string {
	return `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="zh-TW" lang="zh-TW"><head><meta http-equiv="Content-Type" content="text/html;charset=UTF-8" />
<title>遠端使用者介面: ` + title + `: ` + product + `: ` + product + `</title>
<link rel="stylesheet" type="text/css" href="/media/rui.css" /><script type="text/javascript" src="/js/rui.js"></script>` + extra + `</head><body>
`
}

func (q *req) send(s string) {
	q.d.offer(s)
	q.w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	io.WriteString(q.w, s)
}

// errorPage is the page for a request that cannot be served: status 200, as always.
func (q *req) errorPage(msg string) {
	q.send(head("無法開啟此頁面", "") + `<div id="errorArea"><h2>無法顯示指定的頁面。</h2><p class="error">` + msg +
		`</p><p><a href="/portal_top.html">至入口網站</a></p></div>` + foot)
}

type item struct{ url, label string }

type group struct {
	title string
	items []item
}

var statusMenu = []group{
	{"工作狀態", []item{{"/j_print.html", "列印"}, {"/j_copy.html", "影印"}, {"/j_send.html", "傳送"}, {"/j_rx.html", "接收"}}},
	{"工作記錄", []item{{"/j_log_print.html", "列印記錄"}, {"/j_log_send.html", "傳送記錄"}}},
	{"裝置", []item{{"/d_error.html", "錯誤資訊"}, {"/d_info.html", "裝置資訊"}, {"/d_counter.html", "計數器檢查"}}},
}

var settingsMenu = []group{
	{"參數選擇", []item{{"/p_paper_select.html", "紙張設定"}, {"/p_timer.html", "計時器設定"}, {"/m_network.html", "網路設定"}}},
	{"功能設定", []item{{"/f_send.html", "傳送"}}},
	{"管理設定", []item{{"/m_device.html", "裝置管理"}, {"/m_license.html", "授權/其他"}}},
}

// page writes a page within the frame of its part: "p"ortal, "s"tatus or "c"onfiguration.
func (q *req) page(part, title string, crumbs []item, body string) {
	var b strings.Builder
	b.WriteString(head(title, ""))
	b.WriteString(`<div id="header"><span id="deviceName">` + product + `</span> <span id="userName">系統管理員</span>
<ul id="tmpNavi"><li><a href="/portal_top.html">至入口網站</a></li><li><a href="/logout.cgi">登出</a></li></ul></div>
`)
	var menu []group
	switch part {
	case "s":
		menu = statusMenu
	case "c":
		menu = settingsMenu
	}
	if menu != nil {
		b.WriteString(`<div id="navigation"><ul id="navStandard">`)
		for _, g := range menu {
			b.WriteString(`<li><span class="navTitle">` + g.title + `</span><ul>`)
			for _, i := range g.items {
				fmt.Fprintf(&b, `<li><a href="%s">%s</a></li>`, i.url, i.label)
			}
			b.WriteString(`</ul></li>`)
		}
		b.WriteString("</ul></div>\n")
	}
	b.WriteString(`<div id="contents">`)
	if part == "c" {
		b.WriteString(`<p id="topicPath">設定/註冊：`)
		for _, c := range crumbs {
			if c.url == "" {
				b.WriteString(c.label + " &gt; ")
			} else {
				fmt.Fprintf(&b, `<a href="%s">%s</a> &gt; `, c.url, c.label)
			}
		}
		b.WriteString(title + `</p>`)
		if q.d.changed {
			b.WriteString(`<div id="applyArea"><p>有變更的設定須在重新啟動本機後才會生效。</p><input type="button" value="套用設定變更" onclick="location.href='/restart_apply.html'" /></div>`)
		}
	}
	fmt.Fprintf(&b, `<h2>%s</h2><p class="update">最近更新：%s</p>`, title, q.d.cfg.Now().Format("2006/01/02 15:04:05"))
	if q.s.flash != "" {
		b.WriteString(`<div class="error" id="msgArea">` + esc(q.s.flash) + `</div>`)
		q.s.flash = ""
	}
	b.WriteString("\n" + body + `</div>` + foot)
	q.send(b.String())
}

// fb builds a form and keeps what it holds.
type fb struct {
	q    *req
	spec *formSpec
	b    strings.Builder
}

// newForm starts a form that the page may send to each of the targets.
func (q *req) newForm(name string, targets ...string) *fb {
	f := &fb{q: q, spec: &formSpec{fields: map[string]*field{}}}
	s := q.s
	for _, t := range targets {
		s.tokens[q.tok+" "+t] = f.spec
		s.order = append(s.order, q.tok+" "+t)
	}
	for len(s.order) > 40 {
		delete(s.tokens, s.order[0])
		s.order = s.order[1:]
	}
	fmt.Fprintf(&f.b, `<form name="%s" action="%s" method="post" autocomplete="off">`, name, targets[0])
	f.hidden("iToken", q.tok)
	return f
}

func (f *fb) field(n string, x field, options ...string) *field {
	p := f.spec.fields[n]
	if p == nil {
		p = &x
		f.spec.fields[n] = p
		f.spec.order = append(f.spec.order, n)
	}
	for _, o := range options {
		if !slices.Contains(p.options, o) {
			p.options = append(p.options, o)
		}
	}
	return p
}

func (f *fb) raw(s string) { f.b.WriteString(s) }

func (f *fb) hidden(n, v string) {
	f.field(n, field{}, v)
	fmt.Fprintf(&f.b, `<input type="hidden" name="%s" value="%s" />`, n, esc(v))
}

func attr(on bool, a string) string {
	if on {
		return fmt.Sprintf(` %s="%s"`, a, a)
	}
	return ""
}

func (f *fb) text(kind, n, v string, max int, off bool) {
	f.field(n, field{optional: off, max: max})
	fmt.Fprintf(&f.b, `<input type="%s" id="%s" name="%s" value="%s" maxlength="%d"%s />`, kind, n, n, esc(v), max, attr(off, "disabled"))
}

// choose is a drop-down list; the options are pairs of value and label.
func (f *fb) choose(n, v string, off bool, opts ...string) {
	p := f.field(n, field{optional: off})
	fmt.Fprintf(&f.b, `<select id="%s" name="%s"%s>`, n, n, attr(off, "disabled"))
	for i := 0; i < len(opts); i += 2 {
		p.options = append(p.options, opts[i])
		fmt.Fprintf(&f.b, `<option value="%s"%s>%s</option>`, opts[i], attr(opts[i] == v, "selected"), opts[i+1])
	}
	f.raw(`</select>`)
}

// radio's ids are the name with A, B, C…
func (f *fb) radio(n, v string, on bool, label, script string) {
	p := f.field(n, field{optional: true}, v)
	id := n + string(rune('A'+len(p.options)-1))
	if script != "" {
		script = ` onclick="` + script + `"`
	}
	fmt.Fprintf(&f.b, `<input type="radio" id="%s" name="%s" value="%s"%s%s />`, id, n, v, attr(on, "checked"), script)
	if label != "" {
		fmt.Fprintf(&f.b, `<label for="%s">%s</label> `, id, label)
	}
}

func (f *fb) check(n string, on bool, label string) {
	f.hidden(n, "0")
	f.field(n, field{}, "1")
	fmt.Fprintf(&f.b, `<input type="checkbox" id="%sA" name="%s" value="1"%s /><label for="%sA">%s</label>`, n, n, attr(on, "checked"), n, label)
}

func (f *fb) row(label, id string) {
	if id != "" {
		label = `<label for="` + id + `">` + label + `</label>`
	}
	f.raw(`<tr><th>` + label + `</th><td>`)
}

func (f *fb) end() { f.raw("</td></tr>\n") }

func (f *fb) String() string { return f.b.String() + "</form>\n" }

func button(label, script string) string {
	return `<input type="button" value="` + label + `" onclick="` + script + `" />`
}

func okCancel(form, cancel string) string {
	return `<div class="buttons">` + button("確定", "document."+form+".submit()") + ` ` + button("取消", "location.href='"+cancel+"'") + `</div>`
}

func table(rows ...string) string {
	var b strings.Builder
	b.WriteString(`<table class="PropertyListComponent">`)
	for i := 0; i+1 < len(rows); i += 2 {
		b.WriteString(`<tr><th>` + rows[i] + `</th><td>` + rows[i+1] + "</td></tr>\n")
	}
	b.WriteString(`</table>`)
	return b.String()
}

func links(items ...item) string {
	var b strings.Builder
	b.WriteString(`<ul class="ItemListComponent">`)
	for _, i := range items {
		fmt.Fprintf(&b, `<li><a href="%s">%s</a></li>`, i.url, i.label)
	}
	b.WriteString(`</ul>`)
	return b.String()
}

func onOff(b bool) string {
	if b {
		return "開啟"
	}
	return "關閉"
}

const css = `body{font:13px sans-serif;margin:0}#header{background:#c00;color:#fff;padding:6px}#header a{color:#fff}
#tmpNavi{display:inline;list-style:none}#tmpNavi li{display:inline;margin:0 8px}#navigation{float:left;width:190px;background:#eee}
#contents{margin-left:205px;padding:8px}.error{color:#b00}th{text-align:left;background:#f3f3f3;font-weight:normal}td,th{padding:3px 8px}
#applyArea{border:1px solid #b00;padding:4px}`

const script = `function selectedKey(f){var e=f.elements['i4301'];if(!e){return '';}
if(e.length===undefined){return e.checked?e.value:'';}
for(var i=0;i<e.length;i++){if(e[i].checked){return e[i].value;}}return '';}
function deleteKey(){var f=document.keyFrm;if(selectedKey(f)===''){alert('請選擇要刪除的鍵值和憑證。');return;}
if(confirm('要刪除選擇的鍵值和憑證嗎？')){f.submit();}}
function sendTo(f,a){f.action=a;f.submit();}
function useKey(no){document.selFrm.i6001.value=no;document.selFrm.submit();}
function algChanged(f){var r=f.i4403[0].checked;f.i4404.disabled=!r;f.i4405.disabled=r;}
function countryChanged(f){var l=f.i4410[0].checked;f.i4411.disabled=!l;f.i4412.disabled=l;}
function generateKey(f){if(f.i4401.value===''){alert('請輸入鍵值名稱。');f.i4401.focus();return;}f.submit();}
function renewSignature(){if(confirm('將生成/更新裝置簽章的鍵值和憑證。先前的鍵值將無法再使用。')){document.sgFrm.submit();}}
function registerCert(f){if(f.i4502.value===''){alert('請指定要註冊的檔案。');return;}f.submit();}
`

func (q *req) media(path string) {
	switch {
	case path == "/js/rui.js":
		q.w.Header().Set("Content-Type", "text/javascript;charset=UTF-8")
		io.WriteString(q.w, script)
	case path == "/media/rui.css":
		q.w.Header().Set("Content-Type", "text/css")
		io.WriteString(q.w, css)
	case strings.HasSuffix(path, ".gif"):
		b, _ := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
		q.w.Header().Set("Content-Type", "image/gif")
		q.w.Write(b)
	default:
		q.w.WriteHeader(http.StatusNotFound)
	}
}
