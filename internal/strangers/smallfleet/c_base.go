package smallfleet

import (
	"fmt"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Device C: direct forms with fieldset, legend and label, [更新] buttons,
// icons instead of words in the rows, a two-step wizard for keys, and pages
// that submit themselves on load to carry a chosen key back into a form.
func productC() product {
	return product{
		model: "iR2630", version: "708.0.105", max: 9, cookie: "RUISession", server: "Catwalk",
		cred:     Credentials{DepartmentID: "1000263", Password: "4630815"},
		policies: [2]string{"honsha", "kojo"},
		seed:     seedC, routes: routesC, expired: expiredC, fault: faultC,
	}
}

func seedC(d *Device) error {
	from := time.Date(2021, 11, 2, 0, 0, 0, 0, time.UTC)
	for i, n := range []string{"netkey", "ike01", "Device Signature Key"} {
		k, err := seedKey(n, d.weak.Next(), "ir2630.example.co.jp", "Example KK", from.AddDate(0, i, 0), 5)
		if err != nil {
			return err
		}
		k.fixed = i == 2
		d.add(k)
	}
	p, err := devicetest.GenerateKey(2048)
	if err != nil {
		return err
	}
	k, err := seedKey("AMS", p, "AMS", "CANON", from, 20)
	if err != nil {
		return err
	}
	k.fixed = true
	d.add(k)
	d.saved[useTLS], d.saved[useDot1x] = d.keys[0], d.keys[0]
	d.saved[useIPSec+d.p.policies[0]] = d.keys[1]
	d.saved[useSign] = d.keys[2]
	return nil
}

var faultsC = map[fault]string{
	badToken:  "認証情報が更新されたため、指定されたページを表示できません。",
	badOrder:  "指定されたページを表示できません。",
	busy:      "処理中です。しばらくしてからやり直してください。",
	inUse:     "使用中の鍵は削除できません。",
	full:      "これ以上、鍵を登録できません。",
	badName:   "鍵の名前を半角英数字で入力してください。",
	dupName:   "同じ名前の鍵が登録されています。",
	badDate:   "有効期限が正しくありません。",
	badHash:   "512 bitの鍵では、SHA384、SHA512を使用できません。",
	badField:  "入力した値が正しくありません。",
	noKey:     "鍵を選択してください。",
	badCert:   "証明書を登録できません。",
	cantMake:  "鍵を生成できませんでした。",
	noPage:    "指定されたページを表示できません。",
	badChoice: "選択した鍵は使用できません。",
	noRight:   "このページを表示する権限がありません。",
}

func faultC(q *rq, f fault) {
	t := q.token()
	q.pageC("エラー", "", `<p class="err"><img src="/media/ms_err.gif" alt="" />`+faultsC[f]+`</p>
<form action="/portal_top.html" method="get"><div><input type="hidden" name="iToken" value="`+t+`" /><input type="submit" value="OK" /></div></form>`)
}

// expiredC leaves the page by script, as frames of its time needed it.
func expiredC(q *rq) {
	q.buf.WriteString(`<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" /><title>リモートUI: このページを表示できません。</title></head>
<body onload="top.location='/login.html'"><p>セッションの有効期限が切れました。</p></body></html>
`)
}

func (q *rq) pageC(title, menu, body string) {
	m := q.d.p.model
	fmt.Fprintf(&q.buf, `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="ja" lang="ja">
<head>
<meta http-equiv="Content-Type" content="text/html;charset=UTF-8" />
<title>リモートUI: %s: %s: %s</title>%s
</head>
<body>
<h1>リモートUI <span class="model">%s</span></h1>
`, title, m, m, q.head, m)
	if q.s != nil {
		q.buf.WriteString(`<p class="tools"><a href="/portal_top.html"><img src="/media/t_portal.gif" alt="ポータルページ" title="ポータルページ" /></a>
<a href="/logout.cgi"><img src="/media/t_logout.gif" alt="ログアウト" title="ログアウト" /></a></p>
`)
	}
	q.buf.WriteString(menu + `<div class="main"><h2>` + title + "</h2>\n" + body + "\n</div>\n</body>\n</html>\n\x00")
}

const menuC = `<dl class="menu">
<dt>環境設定</dt>
<dd><a href="/p_paper_select.html">用紙設定</a></dd>
<dd><a href="/p_timer.html">タイマー設定</a></dd>
<dd><a href="/m_network.html">ネットワーク</a></dd>
<dt>ファンクション設定</dt>
<dd><a href="/f_send.html">送信</a></dd>
<dt>管理設定</dt>
<dd><a href="/c_device.html">デバイス管理</a></dd>
<dd><a href="/c_license.html">ライセンス/その他</a></dd>
</dl>
<p class="apply"><a href="/restart_device.html">設定の反映</a></p>
`

// setC is a page of 設定/登録; crumb is what stands before its title.
func (q *rq) setC(crumb, title, body string) {
	q.pageC(title, menuC, `<p class="crumb">設定/登録：`+crumb+` &gt; `+title+`</p><p class="upd">最終更新日時：`+
		q.d.cfg.Now().Format("2006 01/02 15:04:05")+"</p>\n"+body)
}

func (q *rq) tokC() string { return `<input type="hidden" name="iToken" value="` + q.token() + `" />` }

func linksC(pairs ...string) string {
	var b strings.Builder
	b.WriteString("<ul class=\"index\">\n")
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString(`<li><a href="` + pairs[i] + `">` + pairs[i+1] + "</a></li>\n")
	}
	return b.String() + "</ul>"
}

func setBox(legend string, lines ...string) string {
	return "<fieldset><legend>" + legend + "</legend>\n<p>" + strings.Join(lines, "</p>\n<p>") + "</p>\n</fieldset>\n"
}

func lab(id, text string) string { return `<label for="` + id + `">` + text + `</label>` }

func loginPageC(q *rq) {
	q.head = `
<script type="text/javascript">
function mode_change(n){
var f=document.loginFrm;
f.i0012.checked=(n==1);
f.i0017.checked=(n==2);
f.i0014.disabled=f.i0016.disabled=(n!=1);
f.i0019.disabled=(n!=2);
}
</script>`
	msg := ""
	if q.f.Get("err") != "" {
		msg = `<p class="err">システム管理部門IDまたはシステム管理暗証番号が正しくありません。</p>`
	}
	q.pageC("ログイン", "", msg+`
<form name="loginFrm" action="/checkLogin.cgi" autocomplete="off" method="post">
<div><input type="hidden" name="errText" value="エラー" /></div>
<fieldset><legend><input type="radio" name="i0012" id="i0012A" value="1" onclick="mode_change(1)" /><label for="i0012A">システム管理者モード</label></legend>
<p><label for="i0014">システム管理部門ID：</label><input type="text" name="i0014" id="i0014" value="" disabled="disabled" /></p>
<p><label for="i0016">システム管理暗証番号：</label><input type="password" name="i0016" id="i0016" value="" disabled="disabled" /></p>
</fieldset>
<fieldset><legend><input type="radio" name="i0017" id="i0017A" value="2" checked="checked" onclick="mode_change(2)" /><label for="i0017A">一般ユーザーモード</label></legend>
<p><label for="i0019">ユーザー名：</label><input type="text" name="i0019" id="i0019" value="" /></p>
</fieldset>
<p><input type="submit" name="submitButton" id="submitButton" value="ログイン" /></p>
</form>`)
}

func loginC(q *rq) {
	admin, guest := q.f.Get("i0012") == "1", q.f.Get("i0017") == "2"
	switch {
	case guest && !admin:
		q.login(true)
	case admin && !guest:
		q.tryLogin(q.f.Get("i0014"), q.f.Get("i0016"))
	default: // no browser ends up with both or none
		q.redirect("/login.html?err=1")
	}
}
