package smallfleet

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Device B: script does nearly everything. Menus and lists are written by
// document.writeln or from script data, actions are javascript: calls that
// fill the SUBMIT_FORM of the page, a key takes two seconds and a wait page.
func productB() product {
	return product{
		model: "iR C3226", version: "02.21", max: 8, cookie: "fusion-http-session-id", server: "CANON HTTP Server",
		cred:     Credentials{Password: "3226901"},
		policies: [2]string{"Taipei_Core", "Kaohsiung_Shared"},
		seed:     seedB, routes: routesB, expired: expiredB, fault: faultB,
	}
}

func seedB(d *Device) error {
	from := time.Date(2020, 9, 14, 0, 0, 0, 0, time.UTC)
	for i, n := range []string{"key1", "vpn2020", "ipfax"} {
		k, err := seedKey(n, d.weak.Next(), "mfp3226.example.com.tw", "Example Co.", from.AddDate(0, i, 0), 8)
		if err != nil {
			return err
		}
		d.add(k)
	}
	p, err := devicetest.GenerateKey(2048)
	if err != nil {
		return err
	}
	k, err := seedKey("imported", p, "archive.example.com.tw", "Example CA", from.AddDate(1, 3, 0), 5)
	if err != nil {
		return err
	}
	d.add(k)
	d.saved[useTLS], d.saved[useDot1x] = d.keys[0], d.keys[0]
	d.saved[useIPSec+d.p.policies[0]] = d.keys[1]
	d.saved[useSIP] = d.keys[2]
	return nil
}

var faultsB = map[fault]string{
	badToken:  "認證資訊已更新，無法顯示指定的頁面。",
	badOrder:  "無法顯示指定的頁面。",
	busy:      "正在處理中，請稍候再試。",
	inUse:     "金鑰正在使用中，無法刪除。",
	full:      "無法再註冊金鑰。",
	badName:   "請使用英數字元輸入鍵值名稱。",
	dupName:   "此鍵值名稱已註冊。",
	badDate:   "有效期不正確。",
	badHash:   "[512 bit] 不能使用 SHA384 或 SHA512。",
	badField:  "輸入的值不正確。",
	noKey:     "請選擇金鑰。",
	badCert:   "無法註冊憑證。",
	cantMake:  "無法生成鍵值。",
	noPage:    "無法顯示指定的頁面。",
	badChoice: "無法使用選擇的金鑰。",
	noRight:   "無法顯示指定的頁面。",
}

func faultB(q *rq, f fault) {
	tok := q.token()
	q.pageB("錯誤", "", "", `<div class="ErrorArea"><p>`+faultsB[f]+`</p></div>
<p><input type="button" value="確定" onclick="page_jump('/p_paper_select.html')" /></p>`, tok)
}

func expiredB(q *rq) {
	q.pageB("無法顯示此頁面。", "", "", `<div class="ErrorArea"><p>工作階段已過期，無法顯示指定的頁面。</p></div>
<p><a href="/login.html">登入</a></p>`, "")
}

// pageB is every page of B: script first, then the frame, SUBMIT_FORM last.
func (q *rq) pageB(title, script, side, body, tok string) {
	m := q.d.p.model
	fmt.Fprintf(&q.buf, `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="zh-TW" lang="zh-TW"><head>
<meta http-equiv="Content-Type" content="text/html;charset=UTF-8" />
<title>遠端使用者介面: %s: %s: %s</title>%s
<script type="text/javascript">
//<![CDATA[
function page_jump(p){location.href=p;}
function logout_exec(){location.href='/logout.cgi';}
%s//]]>
</script>
</head><body>
<table class="Header"><tr><td>%s</td><td>`, title, m, m, q.head, script, m)
	if q.s != nil {
		q.buf.WriteString(`<a href="/portal_top.html">至入口網站</a> <a href="javascript:logout_exec()">登出</a>`)
	}
	q.buf.WriteString("</td></tr></table>\n<table class=\"Frame\"><tr><td valign=\"top\">" + side +
		"</td><td valign=\"top\" id=\"contents\">\n<h1>" + title + "</h1>\n" + body + "\n</td></tr></table>\n")
	if tok != "" {
		q.buf.WriteString(`<form name="SUBMIT_FORM" action="" method="post"><fieldset style="display:none">` +
			`<input type="hidden" name="iToken" value="` + tok + `" /><input type="hidden" name="i3001" value="" />` +
			`<input type="hidden" name="i3002" value="" /></fieldset></form>` + "\n")
	}
	q.buf.WriteString("<p class=\"Copyright\">Copyright CANON INC. 2020</p>\n</body></html>\n")
}

// writtenB is markup that a script writes, line by line.
func writtenB(lines ...string) string {
	var b strings.Builder
	b.WriteString("<script type=\"text/javascript\">\n//<![CDATA[\n")
	for _, l := range lines {
		b.WriteString("document.writeln('" + strings.ReplaceAll(l, "'", `\'`) + "');\n")
	}
	b.WriteString("//]]>\n</script>\n")
	return b.String()
}

var sideB = writtenB(`<div class="Menu">`,
	`<p>參數選擇</p><ul>`,
	`<li><a href="/p_paper_select.html">紙張設定</a></li>`,
	`<li><a href="/p_timer.html">計時器設定</a></li>`,
	`<li><a href="/m_network.html">網路</a></li></ul>`,
	`<p>管理設定</p><ul>`,
	`<li><a href="/k_manage.html">裝置管理</a></li></ul>`,
	`</div>`)

// setB is a page of 設定/註冊; the link to apply shows once something changed.
func (q *rq) setB(path, title, script, body string) string {
	tok := q.token()
	top := `<p class="Path">設定/註冊：` + path + ` &gt; ` + title + `　最近更新：` + q.d.cfg.Now().Format("2006/01/02 15:04:05") + "</p>\n"
	if q.d.changed {
		top += `<p class="Apply"><a href="javascript:page_jump('/restart_device.html')">套用設定變更</a></p>` + "\n"
	}
	q.pageB(title, script, sideB, top+strings.ReplaceAll(body, "%TOKEN%", tok), tok)
	return tok
}

const tokB = `<input type="hidden" name="iToken" value="%TOKEN%" />`

const (
	netB = "參數選擇：網路設定"
	devB = "管理設定：裝置管理"
)

func loginPageB(q *rq) {
	msg := ""
	if q.f.Get("err") != "" {
		msg = `<p class="ErrorArea">PIN碼不正確。</p>`
	}
	q.pageB("登入", "", "", msg+`<form name="loginFrm" action="/checkLogin.cgi" autocomplete="off" method="post">
<div><input type="hidden" name="iToken" value="" /><input type="hidden" name="errText" value="錯誤" /></div>
<table><tr><td>遠端使用者介面存取PIN碼：</td><td><input type="password" name="i2101" id="i2101" value="" maxlength="32" /></td></tr></table>
<fieldset><input type="submit" name="submitButton" id="submitButton" value="登入" /></fieldset>
</form>`, "")
}

// dataB is the key list as script data; names carry trailing blanks.
func dataB(d *Device, use string) string {
	var rows []string
	for _, k := range d.keys {
		ok := 0
		if d.bindable(use, k) {
			ok = 1
		}
		rows = append(rows, fmt.Sprintf(`%d:{nm:"%-24s",us:"%s",uf:%d}`, k.slot, k.name, strings.Join(shown(d.usesIn(d.saved, k)), ", "), ok))
	}
	return "var keyData = {\n" + strings.Join(rows, ",\n") + "\n};\n"
}

// chooseB is a selection list; its rows are written from the data.
func (q *rq) chooseB(title, use, action, no string) {
	q.setB(netB, title, dataB(q.d, use)+`function key_use(no){
var f=document.SUBMIT_FORM;
f.i3001.value=no;
f.i3002.value='`+no+`';
f.action='`+action+`';
f.submit();
}
function list_write(){
for(var no in keyData){
var k=keyData[no];
document.writeln('<tr><td>'+k.nm+'</td><td>'+k.us+'</td><td>'+(k.uf?'<a href="javascript:key_use('+no+')">使用</a>':'')+'</td></tr>');
}
}
`, `<div class="ItemListComponent"><table>
<tr><th>鍵值名稱</th><th>鍵值使用位置</th><th></th></tr>
<script type="text/javascript">list_write();</script>
</table></div>`)
}

func routesB() map[string]route {
	page := func(f func(*rq)) route { return route{get: f} }
	post := func(f func(*rq), from ...string) route { return route{post: f, from: from} }
	return map[string]route{
		"/": {open: true, get: func(q *rq) {
			q.hdr.Add("Set-Cookie", "language=zh-TW; path=/")
			q.redirect("/login.html")
		}},
		"/login.html":              {get: loginPageB, open: true},
		"/checkLogin.cgi":          {post: func(q *rq) { q.tryLogin("", q.f.Get("i2101")) }, open: true},
		"/logout.cgi":              {get: (*rq).logout, open: true},
		"/portal_top.html":         page(portalB),
		"/j_status.html":           page(statusB),
		"/d_info.html":             page(infoB),
		"/p_paper_select.html":     page(paperB),
		"/p_timer.html":            page(timerB),
		"/m_network.html":          page(networkB),
		"/m_security.html":         page(tlsB),
		"/m_security_key.html":     page(tlsKeysB),
		"/cgi/m_security_edit.cgi": post(tlsUseB, "/m_security_key.html"),
		"/n_dot1x_edit.html":       page(dot1xB),
		"/cgi/n_dot1x_keep.cgi":    post(keepB("/n_dot1x_key.html"), "/n_dot1x_edit.html"),
		"/cgi/n_dot1x_edit.cgi":    post(dot1xSaveB, "/n_dot1x_edit.html"),
		"/n_dot1x_key.html":        page(func(q *rq) { q.chooseB("鍵值和憑證", useDot1x, "/cgi/n_dot1x_key_edit.cgi", "") }),
		"/cgi/n_dot1x_key_edit.cgi": post(func(q *rq) { q.draftB(useDot1x, "/n_dot1x_edit.html") },
			"/n_dot1x_key.html"),
		"/n_ipsec.html":             page(ipsecB),
		"/n_ipsec_pol_edit.html":    page(policyB),
		"/cgi/n_ipsec_pol_edit.cgi": post(func(q *rq) { q.intact(); q.redirect("/n_ipsec.html") }, "/n_ipsec_pol_edit.html"),
		"/n_ipsec_ike_edit.html":    page(ikeB),
		"/cgi/n_ipsec_ike_keep.cgi": post(func(q *rq) {
			q.intact()
			q.redirect("/n_ipsec_key.html?no=" + q.f.Get("i3600"))
		}, "/n_ipsec_ike_edit.html"),
		"/cgi/n_ipsec_ike_edit.cgi": post(ikeSaveB, "/n_ipsec_ike_edit.html"),
		"/n_ipsec_key.html":         page(ikeKeysB),
		"/cgi/n_ipsec_key_edit.cgi": post(ikeUseB, "/n_ipsec_key.html"),
		"/n_sip_edit.html":          page(sipB),
		"/cgi/n_sip_keep.cgi":       post(keepB("/n_sip_key.html"), "/n_sip_edit.html"),
		"/cgi/n_sip_edit.cgi":       post(sipSaveB, "/n_sip_edit.html"),
		"/n_sip_key.html":           page(func(q *rq) { q.chooseB("鍵值和憑證", useSIP, "/cgi/n_sip_key_edit.cgi", "") }),
		"/cgi/n_sip_key_edit.cgi":   post(func(q *rq) { q.draftB(useSIP, "/n_sip_edit.html") }, "/n_sip_key.html"),
		"/k_manage.html":            page(manageB),
		"/k_list.html":              page(listB),
		"/k_delete.html":            page(deleteAskB),
		"/cgi/k_delete_edit.cgi":    post(deleteB, "/k_delete.html"),
		"/k_info.html":              page(detailsB),
		"/k_cert.html":              page(certB),
		"/k_certreg_edit.html":      page(regB),
		"/cgi/k_certreg_edit.cgi":   post(regSaveB, "/k_certreg_edit.html"),
		"/k_gen.html":               page(genMenuB),
		"/k_gennet_edit.html":       page(func(q *rq) { q.genB("網路通訊", false) }),
		"/k_gencsr_edit.html":       page(func(q *rq) { q.genB("鍵值和憑證簽署請求(CSR)", true) }),
		"/cgi/k_gennet_edit.cgi":    post(genSaveB, "/k_gennet_edit.html"),
		"/cgi/k_gencsr_edit.cgi":    post(genSaveB, "/k_gencsr_edit.html"),
		"/k_wait.html":              page(waitB),
		"/k_csr.html":               page(csrB),
		"/k_csr.cgi":                page(csrFileB),
		"/restart_device.html":      page(restartB),
		"/cgi/restart_device.cgi":   post(restartNowB, "/restart_device.html"),
	}
}

func keepB(next string) func(*rq) {
	return func(q *rq) { q.intact(); q.redirect(next) }
}

// draftB notes the key of a [使用] link until the page's [確定].
func (q *rq) draftB(use, next string) {
	no := q.f.Get("i3001")
	if k := q.d.keyAt(no); k == nil || !q.d.bindable(use, k) {
		faultB(q, badChoice)
		return
	}
	q.s.draft[use] = no
	q.redirect(next)
}

func slot(k *key) string { return itoa(k.slot) }

func itoa(n int) string { return strconv.Itoa(n) }
