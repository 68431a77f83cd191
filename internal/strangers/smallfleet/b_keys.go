package smallfleet

import (
	"strings"
	"time"
)

func manageB(q *rq) {
	q.setB("管理設定", "裝置管理", "", writtenB(`<ul>`,
		`<li><a href="/k_list.html">鍵值和憑證設定</a></li>`,
		`<li><a href="/restart_device.html">重新啟動</a></li>`, `</ul>`))
}

func listB(q *rq) {
	lines := []string{}
	for _, k := range q.d.keys {
		n := slot(k)
		icon := `<a href="javascript:cert_open(` + n + `)"><img src="/media/k_cert.gif" alt="憑證" title="憑證" /></a>`
		if k.cert == nil {
			icon += `<img src="/media/k_nocert.gif" alt="金鑰的憑證不存在" title="金鑰的憑證不存在" />`
		}
		lines = append(lines, `<tr><td><input type="radio" name="no" id="no`+n+`" value="`+n+`" /></td>`+
			`<td><a href="javascript:key_detail(`+n+`)">`+k.name+`</a></td>`+
			`<td>`+strings.Join(shown(q.d.usesIn(q.d.running, k)), "、")+`</td><td>`+icon+`</td></tr>`)
	}
	q.setB(devB, "鍵值和憑證設定", `function key_detail(no){
location.href='/k_info.html?no='+no;
}
function cert_open(no){
location.href='/k_cert.html?no='+no;
}
function key_delete(){
document.keyForm.action='/k_delete.html';
document.keyForm.submit();
}
`, `<fieldset><input type="button" value="生成鍵值" onclick="page_jump('/k_gen.html')" />
<input type="button" value="刪除" onclick="key_delete()" /></fieldset>
<form name="keyForm" method="get" action=""><div class="ItemListComponent"><table>
<tr><th>選擇</th><th>鍵值名稱</th><th>鍵值使用位置</th><th>憑證</th></tr>
`+writtenB(lines...)+"</table></div></form>")
}

// deleteAskB is the confirmation page.
func deleteAskB(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil {
		faultB(q, noKey)
		return
	}
	q.setB(devB+" &gt; 鍵值和憑證設定", "刪除", `function del_exec(){
document.SUBMIT_FORM.i3001.value='`+slot(k)+`';
document.SUBMIT_FORM.action='/cgi/k_delete_edit.cgi';
document.SUBMIT_FORM.submit();
}
`, `<p>是否要刪除下列鍵值和憑證？</p><p>`+k.name+`</p>
<fieldset><input type="button" value="確定" onclick="del_exec()" /> <input type="button" value="取消" onclick="page_jump('/k_list.html')" /></fieldset>`)
}

func deleteB(q *rq) {
	if f := q.d.remove(q.f.Get("i3001")); f != "" {
		faultB(q, f)
		return
	}
	q.redirect("/k_list.html")
}

const backB = `<p><a href="/k_list.html">鍵值和憑證設定</a></p>` + "\n"

func detailsB(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil || k.cert == nil {
		faultB(q, noPage)
		return
	}
	c := k.cert
	const stamp = "2006/01/02 15:04:05"
	alg, bits := k.kind()
	body := backB
	if q.f.Get("verify") != "" {
		body += "<p>憑證有效。</p>\n"
	}
	var b strings.Builder
	for _, p := range [][2]string{{"鍵值名稱", k.name}, {"版本", "V3"}, {"序號", strings.ToUpper(k.serial(""))},
		{"簽章演算法", k.sigName()}, {"發佈者", esc(dn(c.Issuer, false, " "))},
		{"有效期開始日期", c.NotBefore.Format(stamp)}, {"有效期結束日期", c.NotAfter.Format(stamp)},
		{"主體", esc(dn(c.Subject, false, " "))}, {"公開鍵值", alg + " (" + itoa(bits) + " bit)"},
		{"憑證指紋 (SHA-1)", strings.ToUpper(k.thumb(""))}} {
		b.WriteString("<dt>" + p[0] + "：</dt><dd>" + p[1] + "</dd>\n")
	}
	q.setB(devB+" &gt; 鍵值和憑證設定", "憑證詳細資訊", "", body+"<dl>\n"+b.String()+`</dl>
<fieldset><input type="button" value="確認憑證" onclick="page_jump('/k_info.html?no=`+slot(k)+`&amp;verify=1')" /></fieldset>`)
}

// certB opens from the icon of the certificate column.
func certB(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil {
		faultB(q, noPage)
		return
	}
	body := backB + "<dl><dt>鍵值名稱：</dt><dd>" + k.name + "</dd></dl>\n"
	if k.csr != nil {
		body += `<fieldset><input type="button" value="註冊憑證..." onclick="page_jump('/k_certreg_edit.html?no=` + slot(k) + `')" />
<input type="button" value="鍵值和憑證簽署請求(CSR)" onclick="page_jump('/k_csr.html?no=` + slot(k) + `')" /></fieldset>`
	}
	if k.cert != nil {
		body += `<p><a href="/k_info.html?no=` + slot(k) + `">憑證詳細資訊</a></p>`
	}
	q.setB(devB+" &gt; 鍵值和憑證設定", "憑證", "", body)
}

func regB(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil || k.csr == nil {
		faultB(q, noPage)
		return
	}
	q.setB(devB+" &gt; 鍵值和憑證設定", "註冊憑證", "", `<form name="regForm" method="post" enctype="multipart/form-data" action="/cgi/k_certreg_edit.cgi">`+tokB+
		`<input type="hidden" name="i3801" value="`+slot(k)+`" />
<p><input type="file" name="i3802" /></p><fieldset><input type="submit" value="註冊" /></fieldset></form>`)
}

func regSaveB(q *rq) {
	k := q.d.keyAt(q.f.Get("i3801"))
	if k == nil {
		faultB(q, noKey)
		return
	}
	if f := k.install(q.file("i3802")); f != "" {
		faultB(q, f)
		return
	}
	q.redirect("/k_list.html")
}

func genMenuB(q *rq) {
	q.setB(devB+" &gt; 鍵值和憑證設定", "生成鍵值", "", backB+`<ul>
<li><a href="javascript:page_jump('/k_gennet_edit.html')">網路通訊</a></li>
<li><a href="javascript:page_jump('/k_gencsr_edit.html')">鍵值和憑證簽署請求(CSR)</a></li>
</ul>`)
}

// genB is the form; the script only enables the boxes of the chosen radio.
func (q *rq) genB(title string, csr bool) {
	in := func(name, val string) string {
		return `<input type="text" name="` + name + `" id="` + name + `" value="` + esc(val) + `" maxlength="64" />`
	}
	action, dates := "/cgi/k_gencsr_edit.cgi", ""
	if !csr {
		action = "/cgi/k_gennet_edit.cgi"
		dates = rowB("有效期開始日期(YYYY/MM/DD)", in("i3406", q.d.cfg.Now().Format("2006/01/02"))) +
			rowB("有效期結束日期(YYYY/MM/DD)", in("i3407", ""))
	}
	radio := func(name, suf, val, label, extra string) string {
		return `<input type="radio" name="` + name + `" id="` + name + suf + `" value="` + val + `" onclick="sel_change()"` + extra +
			` /><label for="` + name + suf + `">` + label + `</label> `
	}
	const on = ` checked="checked"`
	q.setB(devB+" &gt; 鍵值和憑證設定 &gt; 生成鍵值", title, `function sel_change(){
var f=document.genForm;
f.i3404.disabled=!f.i3403[0].checked;
f.i3405.disabled=!f.i3403[1].checked;
f.i3409.disabled=!f.i3408[0].checked;
f.i3410.disabled=!f.i3408[1].checked;
}
function ok_exec(){
var f=document.genForm;
if(f.i3401.value==''){
alert('請輸入鍵值名稱。');
return;
}
f.submit();
}
window.onload=sel_change;
`, okB("/k_gen.html")+`<form name="genForm" method="post" action="`+action+`">`+tokB+"<table>\n"+
		rowB("鍵值名稱", `<input type="text" name="i3401" id="i3401" value="" maxlength="24" />`)+
		rowB("簽章演算法", options("i3402", "SHA256", "SHA256", "SHA256", "SHA384", "SHA384", "SHA512", "SHA512"))+
		rowB("鍵值演算法", radio("i3403", "A", "1", "RSA", on)+options("i3404", "2048", "512", "512 bit", "1024", "1024 bit", "2048", "2048 bit", "4096", "4096 bit"))+
		rowB("", radio("i3403", "B", "2", "ECDSA", "")+options("i3405", "P256", "P256", "P256", "P384", "P384", "P521", "P521"))+
		dates+
		rowB("國家名稱/區域名稱", radio("i3408", "A", "1", "選擇國家名稱/區域名稱", on)+options("i3409", "TW", countryOptions(2, "%c")...))+
		rowB("", radio("i3408", "B", "2", "輸入網際網路國碼", "")+`<input type="text" name="i3410" id="i3410" value="" maxlength="2" />`)+
		rowB("省區", in("i3411", ""))+rowB("城市", in("i3412", ""))+rowB("組織", in("i3413", ""))+rowB("組織單位", in("i3414", ""))+
		rowB("一般名稱", in("i3415", q.host()))+"</table></form>")
}

func genSaveB(q *rq) {
	v := q.f.Get
	g := &request{name: v("i3401"), sig: v("i3402"), alg: pick(v("i3403"), "", "RSA", "ECDSA"), size: v("i3404"),
		start: day(v("i3406"), false), end: day(v("i3407"), true), country: v("i3409"),
		state: v("i3411"), city: v("i3412"), org: v("i3413"), unit: v("i3414"), cn: v("i3415"),
		csr: strings.HasPrefix(q.r.URL.Path, "/cgi/k_gencsr")}
	if g.alg == "ECDSA" {
		g.size = v("i3405")
	}
	if v("i3408") == "2" {
		g.country = v("i3410")
	}
	s := q.s
	s.made = nil
	if f := q.d.generateLater(g, 2*time.Second, func(k *key) { s.made = k }); f != "" {
		faultB(q, f)
		return
	}
	q.redirect("/k_wait.html")
}

// waitB asks again until the key is there.
func waitB(q *rq) {
	switch {
	case q.d.generating:
		q.head = "\n" + `<meta http-equiv="refresh" content="1;url=/k_wait.html" />`
		q.setB(devB, "生成鍵值", "", `<p>正在生成鍵值和憑證，請稍候...</p>`)
	case q.d.genFault != "":
		faultB(q, q.d.genFault)
		q.d.genFault = ""
	case q.s.made != nil && q.s.made.csr != nil && q.s.made.cert == nil:
		q.redirect("/k_csr.html?no=" + slot(q.s.made))
	default:
		q.redirect("/k_list.html")
	}
}

func csrB(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil || k.csr == nil {
		faultB(q, noPage)
		return
	}
	q.setB(devB+" &gt; 鍵值和憑證設定", "鍵值和憑證簽署請求(CSR)", "", backB+`<pre>`+k.pemCSR()+`</pre>
<fieldset><input type="button" value="儲存到檔案中" onclick="page_jump('/k_csr.cgi?no=`+slot(k)+`')" /></fieldset>`)
}

func csrFileB(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil || k.csr == nil {
		faultB(q, noPage)
		return
	}
	q.hdr.Set("Content-Type", "application/octet-stream")
	q.hdr.Set("Content-Disposition", `attachment; filename="csr.pem"`)
	q.buf.WriteString(k.pemCSR())
}

func restartB(q *rq) {
	q.setB("", "套用設定變更", `function restart_exec(){
if(!confirm('是否要重新啟動本機？')){
return;
}
document.SUBMIT_FORM.action='/cgi/restart_device.cgi';
document.SUBMIT_FORM.submit();
}
`, `<p>重新啟動後，設定變更才會生效。</p><fieldset><input type="button" value="重新啟動" onclick="restart_exec()" /></fieldset>`)
}

func restartNowB(q *rq) {
	q.d.restart()
	q.pageB("重新啟動", "", "", "<p>本機正在重新啟動。</p>", "")
}
