package smallfleet

import "strings"

func portalB(q *rq) {
	q.pageB("入口網站", "", "", `<dl><dt>裝置名稱</dt><dd>iR C3226</dd><dt>安裝位置</dt><dd>3F</dd></dl>
<div class="Category">
<a href="/j_status.html"><img src="/media/p_status.gif" alt="" />狀態確認/取消</a>
<a href="/p_paper_select.html"><img src="/media/p_set.gif" alt="" />設定/註冊</a>
</div>`, q.token())
}

var statusSideB = writtenB(`<ul>`, `<li><a href="/j_status.html">列印</a></li>`, `<li><a href="/d_info.html">裝置資訊</a></li>`, `</ul>`)

func statusB(q *rq) {
	q.pageB("狀態確認/取消", "", statusSideB, "<p>沒有工作。</p>", q.token())
}

func infoB(q *rq) {
	q.pageB("裝置資訊", "", statusSideB, `<h2>裝置資訊</h2>
<dl><dt>產品名稱</dt><dd>Canon `+q.d.p.model+`</dd><dt>序號</dt><dd>XYZ03226</dd></dl>
<h2>版本資訊</h2>
<dl><dt>控制器</dt><dd>`+q.d.p.version+`</dd><dt>DCON</dt><dd>01.08</dd></dl>`, q.token())
}

func paperB(q *rq) {
	q.setB("參數選擇", "紙張設定", "", "<dl><dt>紙匣 1</dt><dd>A4</dd><dt>紙匣 2</dt><dd>A3</dd></dl>")
}

func timerB(q *rq) {
	q.setB("參數選擇", "計時器設定", "", "<dl><dt>自動休眠時間</dt><dd>1 分鐘</dd></dl>")
}

func networkB(q *rq) {
	q.setB("參數選擇", "網路設定", "", `<ul>
<li><a href="/m_security.html">TLS設定</a></li>
<li><a href="/n_ipsec.html">IPSec策略清單</a></li>
<li><a href="/n_dot1x_edit.html">IEEE 802.1X設定</a></li>
<li><a href="/n_sip_edit.html">SIP設定</a></li>
</ul>`)
}

func tlsB(q *rq) {
	q.setB(netB, "TLS設定", "", `<table><tr><td>鍵值名稱：</td><td>`+q.keyName(useTLS)+`</td></tr>
<tr><td>鍵值和憑證：</td><td><input type="button" value="鍵值和憑證" onclick="page_jump('/m_security_key.html')" /></td></tr></table>`)
}

func tlsKeysB(q *rq) { q.chooseB("鍵值和憑證", useTLS, "/cgi/m_security_edit.cgi", "") }

func tlsUseB(q *rq) {
	if f := q.d.bind(useTLS, q.f.Get("i3001")); f != "" {
		faultB(q, f)
		return
	}
	q.redirect("/m_security.html")
}

// okB are the buttons at a form's top.
func okB(cancel string) string {
	return `<fieldset><input type="button" id="OK_Button" value="確定" onclick="ok_exec()" /> ` +
		`<input type="button" value="取消" onclick="page_jump('` + cancel + `')" /></fieldset>` + "\n"
}

func scriptB(form, save, keep string) string {
	return `function ok_exec(){
var f=document.` + form + `;
f.action='` + save + `';
f.submit();
}
function key_list(){
document.` + form + `.action='` + keep + `';
document.` + form + `.submit();
}
`
}

func rowB(label, ctl string) string {
	return "<tr><td>" + label + "</td><td>" + ctl + "</td></tr>\n"
}

func boxB(ctl, id, label string) string {
	return `<tr><td colspan="2">` + ctl + ` <label for="` + id + `">` + label + "</label></td></tr>\n"
}

func dot1xB(q *rq) {
	f := q.form()
	body := okB("/m_network.html") + `<form name="dot1xForm" method="post" action="/cgi/n_dot1x_edit.cgi">` + tokB + "<table>\n" +
		boxB(f.check("i3501", true), "i3501A", "使用IEEE 802.1X") +
		rowB("登入名稱：", f.text("i3502", "mfp3226")) +
		boxB(f.check("i3503", true), "i3503A", "驗證認證伺服器憑證") +
		boxB(f.check("i3504", false), "i3504A", "驗證認證伺服器名稱") +
		rowB("認證伺服器名稱：", f.text("i3505", "")) +
		boxB(f.check("i3506", true), "i3506A", "使用TLS") +
		`<tr><td colspan="2">*在[TLS設定]下的「鍵值和憑證設定」中設定預設鍵值以使用TLS。</td></tr>` + "\n" +
		rowB("鍵值名稱：", q.keyName(useDot1x)) +
		rowB("鍵值和憑證：", `<input type="button" value="鍵值和憑證" onclick="key_list()" />`) +
		boxB(f.check("i3507", false), "i3507A", "使用TTLS") +
		rowB("TTLS設定(TTLS協定)：", f.radio("i3508", "A", "1", true)+`<label for="i3508A">使用MSCHAPv2</label> `+
			f.radio("i3508", "B", "2", false)+`<label for="i3508B">使用PAP</label>`) +
		boxB(f.check("i3509", false), "i3509A", "使用PEAP") +
		"</table></form>"
	q.setB(netB, "IEEE 802.1X設定", scriptB("dot1xForm", "/cgi/n_dot1x_edit.cgi", "/cgi/n_dot1x_keep.cgi"), body)
}

func dot1xSaveB(q *rq) { q.intact(); q.confirmB(useDot1x, "/n_dot1x_edit.html") }

func (q *rq) confirmB(use, next string) {
	if n := q.s.draft[use]; n != "" {
		if f := q.d.bind(use, n); f != "" {
			faultB(q, f)
			return
		}
		delete(q.s.draft, use)
	}
	q.redirect(next)
}

func ipsecB(q *rq) {
	p := q.d.p.policies
	q.setB(netB, "IPSec策略清單", `function policy_edit(no){
location.href='/n_ipsec_pol_edit.html?no='+no;
}
`, `<div class="ItemListComponent"><table><tr><th>優先順序</th><th>策略名稱</th><th>狀態</th></tr>
`+writtenB(`<tr><td>1</td><td><a href="javascript:policy_edit(1)">`+p[0]+`</a></td><td>開啟</td></tr>`,
		`<tr><td>2</td><td><a href="javascript:policy_edit(2)">`+p[1]+`</a></td><td>開啟</td></tr>`)+"</table></div>")
}

func policyB(q *rq) {
	no, use := q.policyNo("no")
	delete(q.s.draft, use)
	f := q.form()
	q.setB(netB+" &gt; IPSec策略清單", "註冊策略", `function ok_exec(){document.polForm.submit();}
`, okB("/n_ipsec.html")+`<form name="polForm" method="post" action="/cgi/n_ipsec_pol_edit.cgi">`+tokB+f.hidden("i3550", no)+"<table>\n"+
		rowB("策略名稱：", f.text("i3551", use[len(useIPSec):]))+
		boxB(f.check("i3552", true), "i3552A", "開啟策略")+
		rowB("IKE設定：", `<input type="button" value="IKE設定" onclick="page_jump('/n_ipsec_ike_edit.html?no=`+no+`')" />`)+
		"</table></form>")
}

func ikeB(q *rq) {
	no, use := q.policyNo("no")
	psk := no == "2"
	f := q.form()
	body := okB("/n_ipsec_pol_edit.html?no="+no) + `<form name="ikeForm" method="post" action="/cgi/n_ipsec_ike_edit.cgi">` + tokB + f.hidden("i3600", no) + "<table>\n" +
		rowB("IKE模式", f.radio("i3601", "A", "1", true)+`<label for="i3601A">主要</label> `+f.radio("i3601", "B", "2", false)+`<label for="i3601B">積極</label>`) +
		rowB("有效期", "時間 "+f.text("i3602", "480", `size="5"`)+" 分鐘(1-65535)") +
		rowB("認證方法", f.radio("i3603", "A", "1", psk)+`<label for="i3603A">預共用鍵值方法：</label> `+f.secret("i3604", "i3605", "變更")) +
		rowB("", f.radio("i3603", "B", "2", !psk)+`<label for="i3603B">數位簽章方法：</label>`) +
		rowB("鍵值名稱：", q.keyName(use)) +
		rowB("鍵值和憑證：", `<input type="button" value="鍵值和憑證" onclick="key_list()" />`) +
		"</table></form>"
	q.setB(netB+" &gt; IPSec策略清單 &gt; 註冊策略", "IKE", scriptB("ikeForm", "/cgi/n_ipsec_ike_edit.cgi", "/cgi/n_ipsec_ike_keep.cgi"), body)
}

func ikeSaveB(q *rq) {
	q.intact()
	no, use := q.policyNo("i3600")
	q.confirmB(use, "/n_ipsec_pol_edit.html?no="+no)
}

func ikeKeysB(q *rq) {
	no, use := q.policyNo("no")
	q.chooseB("鍵值和憑證", use, "/cgi/n_ipsec_key_edit.cgi", no)
}

func ikeUseB(q *rq) {
	no, use := q.policyNo("i3002")
	q.draftB(use, "/n_ipsec_ike_edit.html?no="+no)
}

func sipB(q *rq) {
	f := q.form()
	var b strings.Builder
	b.WriteString(okB("/m_network.html") + `<form name="sipForm" method="post" action="/cgi/n_sip_edit.cgi">` + tokB)
	b.WriteString("<h2>內部網路設定</h2>\n<table>\n" +
		boxB(f.check("i3701", true), "i3701A", "使用內部網路") +
		boxB(f.check("i3702", true), "i3702A", "使用TLS") +
		rowB("SIP伺服器位址：", f.text("i3703", "sip.example.com.tw")) + "</table>\n")
	b.WriteString("<h2>T.38/RTP</h2>\n<table>\n" + rowB("T.38傳送傳輸：", f.sel("i3704", "1", "1", "UDPTL", "2", "TCP")) +
		rowB("T.38介質類型：", f.sel("i3705", "1", "1", "影像", "2", "應用程式")) +
		rowB("T.38接收連接埠號：", f.text("i3706", "49152")+"(1-65535)") +
		rowB("RTP接收連接埠號：", f.text("i3707", "5004")+"(1024-65534)") + "</table>\n")
	b.WriteString("<h2>TLS設定</h2>\n<table>\n" + rowB("鍵值名稱：", q.keyName(useSIP)) +
		rowB("", `<input type="button" value="鍵值和憑證..." onclick="key_list()" />`) +
		rowB("接收設定：", f.check("i3708", false)+`<label for="i3708A">要求用戶端認證</label>`) +
		rowB("傳送設定：", f.check("i3709", true)+`<label for="i3709A">驗證伺服器憑證</label>`) +
		rowB("", f.check("i3710", false)+`<label for="i3710A">添加CN至驗證項目</label>`) + "</table></form>")
	q.setB(netB, "SIP設定", scriptB("sipForm", "/cgi/n_sip_edit.cgi", "/cgi/n_sip_keep.cgi"), b.String())
}

func sipSaveB(q *rq) { q.intact(); q.confirmB(useSIP, "/n_sip_edit.html") }
