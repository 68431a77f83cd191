package dxc5840

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// menu item of the left column
type menuItem struct{ tag, cgi, tpl, label string }

var settingsMenu = []menuItem{
	{label: "參數選擇"},
	{"51", "cpanel.cgi", "c_paper.tpl", "紙張設定"}, {"52", "cpanel.cgi", "c_disp.tpl", "顯示設定"}, {"53", "cpanel.cgi", "c_timer.tpl", "計時器/電源設定"},
	{"54", "cnetwork.cgi", "c_network.tpl", "網路設定"}, {"55", "cpanel.cgi", "c_extif.tpl", "外部介面"},
	{label: "調整/維護"},
	{"61", "cpanel.cgi", "c_adjust.tpl", "調整影像品質"}, {"62", "cpanel.cgi", "c_maint.tpl", "維護"},
	{label: "功能設定"},
	{"71", "cpanel.cgi", "c_common.tpl", "共用"}, {"72", "cpanel.cgi", "c_print.tpl", "列印"}, {"73", "csend.cgi", "c_send.tpl", "傳送"}, {"74", "cpanel.cgi", "c_recv.tpl", "接收/轉送"},
	{label: "設定目的地"},
	{"81", "cpanel.cgi", "c_dest.tpl", "設定目的地"},
	{label: "管理設定"},
	{"91", "cpanel.cgi", "c_user.tpl", "使用者管理"}, {"92", "cdevmng.cgi", "c_devmng.tpl", "裝置管理"}, {"93", "clicense.cgi", "c_license.tpl", "授權/其他"},
	{"94", "cpanel.cgi", "c_data.tpl", "資料管理"}, {"95", "cpanel.cgi", "c_secur.tpl", "安全性設定"},
}

var statusMenu = []menuItem{
	{label: "工作狀態"},
	{"1", "jstatpri.cgi", "j_statpri.tpl", "列印"}, {"4", "jls.cgi", "j_ls.tpl", "傳送"}, {"6", "jlr.cgi", "j_lr.tpl", "接收"}, {"7", "jsvl.cgi", "j_svl.tpl", "儲存"},
	{label: "裝置"},
	{"11", "dstatus.cgi", "d_tops.tpl", "裝置狀態"}, {"13", "dinfo.cgi", "d_info.tpl", "裝置資訊"}, {"14", "dcounter.cgi", "d_counter.tpl", "檢查計數器"},
}

// begin writes the head, the title line and the left column of a native page.
func (r *req) begin(menu []menuItem, crumbs string, title string) {
	area := "設定/註冊"
	if len(menu) == len(statusMenu) {
		area = "狀態確認/取消"
	}
	r.offer("/", "")
	r.offer("/rps/logout.cgi", "")
	r.f(`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="zh-TW" xml:lang="zh-TW"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>遠端使用者介面 : %s : %s : %s</title><link rel="stylesheet" type="text/css" href="/rps/css/rui.css" /><script type="text/javascript" src="/rps/js/rui.js"></script></head>
<body><div id="Head"><span id="Product">%s</span><span id="DevName">裝置名稱：%s / 3F</span><span id="User">登入使用者：Administrator
<a href="javascript:logout_exec()">登出</a></span></div>
<div id="Navi"><a href="javascript:portal_exec()">入口網站頁面</a> | <strong>%s</strong></div>
<div id="Left"><ul class="Menu">`, esc(title), model, model, model, model, area)
	for _, m := range menu {
		if m.tag == "" {
			r.f("</ul><h3>%s</h3><ul class=\"Menu\">\n", m.label)
			continue
		}
		r.offer("/rps/"+m.cgi, "CorePGTAG="+m.tag+"&Flag=Init_Data&PageFlag="+m.tpl)
		r.f("<li><a href=\"javascript:menu_jump('./%s','%s','%s')\">%s</a></li>\n", m.cgi, m.tpl, m.tag, m.label)
	}
	r.f(`</ul></div><div id="Main"><p id="Path">%s：%s</p><div id="TitleLine"><h2>%s</h2><span class="Upd">最近更新：%s</span></div>
`, area, crumbs, esc(title), r.d.cfg.Now().Format("2006/01/02 15:04:05"))
	if len(menu) != len(statusMenu) && r.d.pending() && r.q.Get("PageFlag") != "c_apply.tpl" {
		r.f("<div class=\"Notice\"><span>部分變更的設定在重新啟動裝置後才會生效。</span> %s</div>\n", r.link("capply.cgi", "c_apply.tpl", "", "套用設定變更"))
	}
}

func (r *req) message(class, text string) {
	if text != "" {
		r.f("<div class=\"%s\" id=\"MsgArea\"><p>%s</p></div>\n", class, esc(text))
	}
}

// end writes the helper forms and sends the page.
func (r *req) end() {
	r.f(`</div><div id="Foot">Copyright CANON INC. 2021</div>
<form name="MENU_FORM" method="get" action=""><input type="hidden" name="CorePGTAG" value="" /><input type="hidden" name="Flag" value="Init_Data" /><input type="hidden" name="PageFlag" value="" /><input type="hidden" name="Dummy" value="" /></form>
<form name="JUMP_FORM" method="get" action=""><input type="hidden" name="Flag" value="Init_Data" /><input type="hidden" name="PageFlag" value="" /><input type="hidden" name="ItemIdx" value="" /><input type="hidden" name="Dummy" value="" /></form>
<form name="ERR_SUBMIT_FORM" method="post" action=""></form>
</body></html>
`)
	fmt.Fprint(r.w, r.b.String())
}

// link is a link to another native page, by script as all are.
func (r *req) link(cgi, tpl, idx, text string) string {
	return fmt.Sprintf(`<a href="%s">%s</a>`, r.jump(cgi, tpl, "Init_Data", idx), text)
}

func (r *req) jump(cgi, tpl, flag, idx string) string {
	r.offer("/rps/"+cgi, "Flag="+flag+"&PageFlag="+tpl+"&ItemIdx="+idx)
	return fmt.Sprintf("javascript:page_jump('./%s','%s','%s','%s')", cgi, tpl, flag, idx)
}

func (r *req) button(id, label, onclick string, disabled bool) {
	dis := ""
	if disabled {
		dis = ` disabled="disabled"`
	}
	if id != "" {
		id = ` id="` + id + `"`
	}
	r.f("<fieldset class=\"Btn\"><input type=\"button\"%s value=\"%s\" onclick=\"%s\"%s /></fieldset>\n", id, label, onclick, dis)
}

// open begins a form that writes. Flags are those that the page's scripts may put into Flag.
func (r *req) open(name, cgi, tpl, enc string, keep bool, next []string, flags ...string) {
	tok := devicetest.Decimal(19)
	r.cur = &form{path: "/rps/" + cgi, s: r.s, keep: keep, radios: map[string]bool{}}
	r.d.addForm(tok, r.cur)
	r.f(`<form name="%s" method="post" action="./%s"%s>`+"\n", name, cgi, enc)
	r.hidden("Flag", flags[0], flags...)
	r.hidden("PageFlag", tpl)
	r.hidden("CoreNXAction", "./"+cgi)
	if next == nil {
		next = []string{tpl}
	}
	r.hidden("CoreNXPage", next[0], next...)
	r.hidden("CoreNXFlag", "Init_Data")
	r.hidden("FuncTypeFlag", "SettingPage")
	r.f(`<input type="hidden" name="Dummy" value="" />`)
	r.cur.fields = append(r.cur.fields, field{name: "Dummy"})
	r.hidden("Token", tok)
}

func (r *req) shut() { r.f("</form>\n"); r.cur = nil }

// hidden writes a hidden field; vals are what scripts may put into it.
func (r *req) hidden(name, val string, vals ...string) {
	if vals == nil {
		vals = []string{val}
	}
	r.f("<input type=\"hidden\" name=\"%s\" value=\"%s\" />\n", name, esc(val))
	r.cur.fields = append(r.cur.fields, field{name: name, vals: vals})
}

func (r *req) text(typ, name, val string, max int, opt bool) {
	dis := ""
	if opt && r.q.Get("CntSel") != "1" {
		dis = ` disabled="disabled"`
	}
	r.f(`<input type="%s" name="%s" id="%s" value="%s" maxlength="%d" size="%d"%s />`, typ, name, name, esc(val), max, min(max, 40)+2, dis)
	r.cur.fields = append(r.cur.fields, field{name: name, max: max, opt: opt})
}

func (r *req) check(name, label string, on bool) {
	c := ""
	if on {
		c = ` checked="checked"`
	}
	r.f(`<input type="checkbox" name="%s" id="%s" value="1"%s /><label for="%s">%s</label><input type="hidden" name="%s" value="" />`, name, name, c, name, label, name)
	r.cur.fields = append(r.cur.fields, field{name: name, vals: []string{"1"}, opt: true}, field{name: name, vals: []string{""}})
}

func (r *req) radio(name, val, label string, on, always bool, script string) {
	c := ""
	if on {
		c = ` checked="checked"`
	}
	if script != "" {
		script = ` onclick="` + script + `"`
	}
	r.f(`<input type="radio" name="%s" id="%s_%s" value="%s"%s%s /><label for="%s_%s">%s</label>`, name, name, val, val, c, script, name, val, label)
	r.cur.fields = append(r.cur.fields, field{name: name, vals: []string{val}, opt: true})
	if always {
		r.cur.radios[name] = true
	}
}

// sel writes a drop-down list of "value=text". Scripts switch three of them on and off.
func (r *req) sel(name, val string, opts []string, off bool) {
	dis := ""
	if off {
		dis = ` disabled="disabled"`
	}
	r.f(`<select name="%s" id="%s"%s>`, name, name, dis)
	var vals []string
	for _, o := range opts {
		v, t, _ := strings.Cut(o, "=")
		c := ""
		if v == val {
			c = ` selected="selected"`
		}
		r.f(`<option value="%s"%s>%s</option>`, v, c, t)
		vals = append(vals, v)
	}
	r.f(`</select>`)
	r.cur.fields = append(r.cur.fields, field{name: name, vals: vals, opt: off || name == "RsaLen" || name == "EcType" || name == "CntList"})
}

// static serves what a page refers to.
func (d *Device) static(w http.ResponseWriter, path string) bool {
	switch {
	case path == "/rps/js/rui.js" || path == "/media/login.js":
		w.Header().Set("Content-Type", "text/javascript;charset=UTF-8")
		fmt.Fprint(w, map[string]string{"/rps/js/rui.js": ruiJS, "/media/login.js": loginJS}[path])
	case path == "/rps/css/rui.css":
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, ruiCSS)
	case path == "/favicon.ico":
		w.WriteHeader(http.StatusNotFound)
	case path == "/rps/image/ic_cert.gif" || path == "/rps/image/ic_nocert.gif" || path == "/rps/image/ic_keyerr.gif":
		c := map[byte]string{'c': "\x20\x90\x20", 'n': "\xe0\xa0\x00", 'k': "\xd0\x10\x10"}[path[len("/rps/image/ic_")]]
		w.Header().Set("Content-Type", "image/gif")
		fmt.Fprint(w, "GIF89a\x01\x00\x01\x00\x80\x00\x00"+c+"\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
	default:
		return false
	}
	return true
}

const ruiCSS = `body{font-family:"Microsoft JhengHei",sans-serif;font-size:13px;margin:0;color:#222}
#Head{background:#333;color:#fff;padding:8px}#Head span{margin-right:2em}#Head a{color:#fff}
#Navi{background:#ddd;padding:4px 8px}#Left{float:left;width:170px;background:#f2f2f2;padding:6px}
#Main{margin-left:195px;padding:6px}#Foot{clear:both;text-align:center;color:#777;padding:10px}
.Menu{list-style:none;padding-left:8px;margin:2px}h3{font-size:13px;margin:6px 0 0}
.Btn{border:0;display:inline;padding:2px;margin:0}table{border-collapse:collapse}
.ItemListComponent td,.ItemListComponent th,.Prop td,.Prop th{border:1px solid #bbb;padding:3px 8px;text-align:left}
.ErrMsg{border:1px solid #c00;color:#c00;padding:2px 8px}.InfoMsg{border:1px solid #080;padding:2px 8px}
.Notice{background:#ffd;border:1px solid #cc6;padding:6px}.Note{color:#555;font-size:12px}.in1{margin-left:1.5em}.in2{margin-left:3em}
#Path{color:#555;margin:2px}.Upd{color:#777}.Set div{margin:4px 0}#ErrBox,#LoginBox{width:440px;margin:60px auto;border:1px solid #999;padding:16px}
.Tile{display:inline-block;border:1px solid #888;padding:14px;margin:6px}.LoginErr,.ErrText{color:#c00}
`

const ruiJS = `function getDummy(){return new Date().getTime();}
function menu_jump(cgi,tpl,tag){var f=document.MENU_FORM;f.action=cgi;f.PageFlag.value=tpl;f.CorePGTAG.value=tag;f.Dummy.value=getDummy();f.submit();}
function page_jump(cgi,tpl,flag,idx){var f=document.JUMP_FORM;f.action=cgi;f.PageFlag.value=tpl;f.Flag.value=flag;f.ItemIdx.value=idx;f.Dummy.value=getDummy();f.submit();}
function portal_exec(){location.href="/";}
function logout_exec(){location.href="/rps/logout.cgi?Dummy="+getDummy();}
var g_sent=false;
function send_form(f,flag,next){if(g_sent){return;}f.Flag.value=flag;if(next){f.CoreNXPage.value=next;}f.Dummy.value=getDummy();g_sent=true;f.submit();}
function set_exec(){send_form(document.SET_FORM,"Exec_Data","");}
function set_temp(next){send_form(document.SET_FORM,"Temp_Data",next);}
function file_exec(){var f=document.FILE_FORM;f.Dummy.value=getDummy();f.submit();}
function use_key(no){var f=document.SUBMIT_FORM;f.KeyIdx.value=no;send_form(f,f.Flag.value,"");}
function chosen(n){var i,e=document.getElementsByName(n);for(i=0;i<e.length;i++){if(e[i].checked){return e[i].value;}}return "";}
function del_exec(f,n,none,ask){if(chosen(n)===""){alert(none);return;}if(confirm(ask)){send_form(f,"Exec_Data","");}}
function key_del(){del_exec(document.LIST_FORM,"KeyIdx","請選擇鍵值和憑證。","將刪除選擇的鍵值和憑證。\n確定要刪除嗎？");}
function sm_del(){del_exec(document.LIST_FORM,"CertIdx","請選擇憑證。","將刪除選擇的憑證。\n確定要刪除嗎？");}
function alg_change(){var r=chosen("KeyAlg")==="0";document.getElementById("RsaLen").disabled=!r;document.getElementById("EcType").disabled=r;}
function cnt_change(){var l=chosen("CntSel")==="0";document.getElementById("CntList").disabled=!l;document.getElementById("CntCode").disabled=l;}
function auth_change(){var d=chosen("AuthMethod")==="1",b=document.getElementById("Key_Button");if(b){b.disabled=!d;}}
function gen_exec(dates){var f=document.GEN_FORM,p,i,s,e;
if(f.KeyName.value===""){alert("請輸入鍵值名稱。");f.KeyName.focus();return;}
if(!/^[\x20-\x7e]+$/.test(f.KeyName.value)){alert("鍵值名稱只能輸入英數字元。");return;}
if(chosen("KeyAlg")==="0"&&f.RsaLen.value==="1"&&f.SignAlg.value>="3"){alert("簽章演算法選擇SHA384或SHA512時，鍵值長度不能設定為512 bit。");return;}
if(dates){p=["StartY","StartM","StartD","EndY","EndM","EndD"];for(i=0;i<6;i++){if(!/^\d+$/.test(f[p[i]].value)){alert("請輸入有效期。");f[p[i]].focus();return;}}
s=new Date(f.StartY.value,f.StartM.value-1,f.StartD.value);e=new Date(f.EndY.value,f.EndM.value-1,f.EndD.value);
if(e<s){alert("有效期結束日期不能早於有效期開始日期。");return;}}
send_form(f,"Exec_Data","");}
function wait_poll(){setTimeout(function(){send_form(document.WAIT_FORM,"Status_Data","");},1000);}
function up_exec(){var f=document.UP_FORM;if(f.CertFile.value===""){alert("請指定檔案。");return;}send_form(f,"Exec_Data","");}
function write_state(n){var t=["待機中","列印中","錯誤"];document.write(t[n]);}
function write_value(id,n){document.write('<tr><th>'+id+'</th><td>'+n+'</td></tr>');}
`

const loginHTML = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="zh-TW" xml:lang="zh-TW"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>使用者認證&nbsp;:&nbsp;%s&nbsp;:&nbsp;%s</title><link rel="stylesheet" type="text/css" href="/rps/css/rui.css" /><script type="text/javascript" src="/media/login.js"></script></head>
<body onload="document.login.USERNAME.focus()"><div id="LoginBox"><h1>登入</h1>
<form name="login" action="/login" method="post" autocomplete="off" onsubmit="return login_exec(this)">
<input type="hidden" name="URI" value="%s" /><input type="hidden" name="CHALLENGE" value="%s" />
<input type="hidden" name="PK" value="%s" />
<input type="hidden" name="PASSWORD" value="" /><input type="hidden" name="DOMAIN" value="localhost" /><input type="hidden" name="policy" value="" />
<input type="hidden" name="admin" value="" /><input type="hidden" name="GUEST" value="" /><input type="hidden" name="invalidCH" value="" />
<table><tr><th><label for="USERNAME">使用者名稱：</label></th><td><input type="text" id="USERNAME" name="USERNAME" maxlength="32" value="" /></td></tr>
<tr><th><label for="PASSWORD_T">密碼：</label></th><td><input type="password" id="PASSWORD_T" name="PASSWORD_T" maxlength="32" value="" /></td></tr>
<tr><th><label for="domainname">登入目的地：</label></th><td><select id="domainname" name="domainname"><option value="localhost">本裝置</option></select></td></tr></table>
%s<p><input type="submit" name="LoginButton" value="登入" /></p></form></div><div id="Foot">Copyright CANON INC. 2021</div></body></html>
`

const loginJS = `// RSAES-PKCS1-v1_5 with the key of this page
function b64bytes(s){var b=atob(s),a=new Uint8Array(b.length),i;for(i=0;i<b.length;i++){a[i]=b.charCodeAt(i);}return a;}
function derReader(a){return {a:a,p:0,next:function(){this.p++;var n=this.a[this.p++],l,s;if(n&128){l=0;for(n=n&127;n>0;n--){l=l*256+this.a[this.p++];}n=l;}s=this.p;this.p+=n;return this.a.subarray(s,s+n);}};}
function toBig(a){var h="0x",i;for(i=0;i<a.length;i++){h+=("0"+a[i].toString(16)).slice(-2);}return BigInt(h);}
function modPow(b,e,n){var r=BigInt(1);while(e>BigInt(0)){if(e%BigInt(2)===BigInt(1)){r=r*b%n;}b=b*b%n;e=e/BigInt(2);}return r;}
function encryptText(pem,text){
var spki=derReader(derReader(b64bytes(pem.replace(/-----[^-]+-----/g,"").replace(/\s+/g,""))).next());
spki.next();var pub=derReader(derReader(spki.next().subarray(1)).next()),mod=pub.next(),exp=pub.next();
if(mod[0]===0){mod=mod.subarray(1);}
var k=mod.length,m=unescape(encodeURIComponent(text)),em=new Uint8Array(k),i,r=new Uint8Array(1),pad=k-m.length-1;
em[1]=2;for(i=2;i<pad;i++){do{window.crypto.getRandomValues(r);}while(r[0]===0);em[i]=r[0];}
for(i=0;i<m.length;i++){em[pad+1+i]=m.charCodeAt(i);}
var h=modPow(toBig(em),toBig(exp),toBig(mod)).toString(16),s="";while(h.length<2*k){h="0"+h;}
for(i=0;i<h.length;i+=2){s+=String.fromCharCode(parseInt(h.substr(i,2),16));}return btoa(s);}
function login_exec(f){
if(f.USERNAME.value===""){alert("請輸入使用者名稱。");return false;}
f.DOMAIN.value=f.domainname.value;
f.PASSWORD.value=encryptText(f.PK.value,f.PASSWORD_T.value+f.CHALLENGE.value);
f.PASSWORD_T.value="";return true;}
`
