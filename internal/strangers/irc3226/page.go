package irc3226

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
)

//go:embed rui.js
var script string

//go:embed rui.css
var style string

const stamp = "2006/01/02 15:04:05"

const foot = "<div id=\"footer\">Copyright CANON INC. 2021</div>\n</div>\n</body>\n</html>\n"

func head(title string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="ja" lang="ja">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<!--REFRESH-->
<link rel="stylesheet" type="text/css" href="/css/rui.css" />
<script type="text/javascript" src="/js/rui.js"></script>
<title>リモートUI: ` + title + `: ` + model + `: ` + model + `</title>
</head>
<body onload="setDepend()">
<div id="container">
`
}

func (d *Device) write(x *reply, page string) {
	d.offer(page)
	x.w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	io.WriteString(x.w, strings.Replace(page, "<!--REFRESH-->\n", "", 1))
}

func (d *Device) simple(x *reply, title, body string) {
	d.write(x, head(title)+`<div id="contents"><h1>`+title+`</h1>`+body+"</div>\n"+foot)
}

type item struct{ url, text string }

var statusMenu = []item{{"/j_print.html", "プリントジョブ"}, {"/j_copy.html", "コピージョブ"}, {"/j_send.html", "送信ジョブ"}, {"/j_recv.html", "受信ジョブ"},
	{"/d_error.html", "エラー情報"}, {"/cartridge.html", "消耗品情報"}, {"/d_info.html", "デバイス情報"}, {"/d_counter.html", "カウンター情報"}}

var settingsMenu = []item{{"", "環境設定"}, {"/p_paper_select.html", "用紙設定"}, {"/p_timer.html", "タイマー設定"}, {"/m_network.html", "ネットワーク設定"},
	{"", "管理設定"}, {"/m_device.html", "デバイス管理"}, {"/m_license.html", "ライセンス/その他"}}

// page writes a page with the head, the side menu of its area and its path.
func (d *Device) page(x *reply, area, title string, path []item, body string) {
	var b strings.Builder
	b.WriteString(head(title))
	user := "一般ユーザー"
	if x.s.admin {
		user = "システム管理者"
	}
	fmt.Fprintf(&b, `<div id="header"><img src="/media/logo.gif" alt="Canon" /> <span id="deviceName">%s</span> ログインユーザー: <span id="userName">%s</span> <a href="/logout.cgi">ログアウト</a></div>`+"\n",
		strings.ReplaceAll(model, " ", "&nbsp;"), user)
	if area != "" {
		name, menu := "状況確認/中止", statusMenu
		if area == "set" {
			name, menu = "設定/登録", settingsMenu
		}
		fmt.Fprintf(&b, `<div id="navigation"><p><a href="/portal_top.html">ポータルページへ</a></p><h2>%s</h2><ul id="navStandard">`, name)
		for _, m := range menu {
			if m.url == "" {
				fmt.Fprintf(&b, `<li class="group">%s</li>`, m.text)
				continue
			}
			fmt.Fprintf(&b, `<li><a href="%s">%s</a></li>`, m.url, m.text)
		}
		b.WriteString("</ul></div>\n")
		fmt.Fprintf(&b, `<div id="contents"><div id="path">%s`, name)
		for _, p := range path {
			if p.url == "" {
				b.WriteString(" : " + p.text)
				continue
			}
			fmt.Fprintf(&b, ` &gt; <a href="%s">%s</a>`, esc(p.url), p.text)
		}
		b.WriteString(" &gt; " + title + "</div>\n")
	} else {
		b.WriteString(`<div id="contents">`)
	}
	if area == "set" && d.pending() {
		b.WriteString(`<div id="reflect" class="notice">変更した設定を有効にするには、設定の反映が必要です。 <input type="button" value="設定の反映" onclick="location.href='/restart_device.html'" /></div>` + "\n")
	}
	fmt.Fprintf(&b, `<h1>%s</h1><p class="update">最終更新: %s</p>`+"\n", title, d.cfg.Now().Format(stamp))
	b.WriteString(body + "</div>\n" + foot)
	d.write(x, b.String())
}

// refuse shows why something was not done; as on all these models with status 200.
func (d *Device) refuse(x *reply, why, back string) {
	d.simple(x, "エラー", fmt.Sprintf(`<p class="err">%s</p><div class="buttons"><input type="button" value="戻る" onclick="location.href='%s'" /></div>`, why, esc(back)))
}

func row(label, content string) string {
	return "<tr><th>" + label + "</th><td>" + content + "</td></tr>\n"
}

func lrow(id, label, content string) string {
	return `<tr><th><label for="` + id + `">` + label + "</label></th><td>" + content + "</td></tr>\n"
}

func table(rows ...string) string {
	return `<table class="setting">` + strings.Join(rows, "") + "</table>\n"
}

func onoff(v string) string {
	if v == "1" {
		return "オン"
	}
	return "オフ"
}

func button(text, to string) string {
	return fmt.Sprintf(`<input type="button" value="%s" onclick="location.href='%s'" />`, text, esc(to))
}

func send(text, form, action string) string {
	return fmt.Sprintf(`<input type="button" value="%s" onclick="sendForm('%s','%s')" />`, text, form, action)
}

func media(path string) string {
	switch path {
	case "/css/rui.css":
		return style
	case "/js/rui.js":
		return script
	}
	return "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
}
