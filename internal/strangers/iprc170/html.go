package iprc170

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strconv"
	"strings"
)

const css = `body{margin:0;font:13px/1.6 "Microsoft JhengHei",sans-serif;color:#222;background:#eceef1}
#head{background:#1c2733;color:#fff;padding:8px 16px}#head a{color:#cfe0f3;margin-left:14px}#head .r{float:right}
#side{float:left;width:190px;margin:12px;background:#fff;border:1px solid #c3c9d0}#side dt{background:#dfe4ea;padding:3px 8px;font-weight:bold}
#side dd{margin:0;padding:3px 8px 3px 18px}#main{margin:12px 12px 12px 218px;background:#fff;border:1px solid #c3c9d0;padding:10px 16px}
.crumb{color:#666;border-bottom:1px solid #ddd}.upd{float:right;color:#888;font-size:11px}h2{font-size:16px;margin:10px 0}
table{border-collapse:collapse;margin:6px 0}th,td{border:1px solid #ccd;padding:3px 8px;text-align:left;font-weight:normal}th{background:#f1f3f6}
fieldset.btn{border:0;padding:0;margin:0 6px 0 0;display:inline-block}.tools{margin:8px 0}.msg{padding:6px 10px;border:1px solid #7aa37a;background:#f0f8ef}
.err{padding:6px 10px;border:1px solid #c33;background:#fdeeee;color:#900}#apply{padding:6px 10px;background:#fff6d8;border:1px solid #d9b64a;margin-bottom:8px}
.fly{position:relative;display:inline-block}.fly ul{display:none;position:absolute;left:0;top:24px;z-index:5;background:#fff;border:1px solid #889;margin:0;padding:4px 0;list-style:none;width:260px}
.fly ul.on{display:block}.fly li{padding:3px 12px}#shade{display:none;position:fixed;left:0;top:0;right:0;bottom:0;background:rgba(0,0,0,.4)}
#dlg{display:none;position:fixed;left:35%;top:30%;width:340px;background:#fff;border:1px solid #556;padding:16px}#foot{clear:both;color:#888;padding:8px 16px;font-size:11px}
.bar{width:300px;height:12px;border:1px solid #889}.bar div{height:12px;background:#4a86c5}textarea{font-family:monospace}`

const js = `function el(i){return document.getElementById(i);}
function ex(n,f){var d=document.forms[n];if(d.Flag){d.Flag.value=f;}if(d.Dummy){d.Dummy.value=new Date().getTime();}d.submit();}
function go(u){location.href=u+(u.indexOf('?')<0?'?':'&')+'Dummy='+new Date().getTime();}
function fly(i){var e=el(i);e.className=e.className=='on'?'':'on';}
function ask(msg,fn){el('dlgText').innerHTML=msg;el('shade').style.display='block';el('dlg').style.display='block';
el('dlgOk').onclick=function(){unask();fn();};el('dlgNo').onclick=unask;}
function unask(){el('shade').style.display='none';el('dlg').style.display='none';}
function key_detail(n){var d=document.KEY_FORM;d.KeyNo.value=n;ex('KEY_FORM','Detail_Data');}
function key_cert(n){var d=document.KEY_FORM;d.KeyNo.value=n;ex('KEY_FORM','Cert_Data');}
function use_key(n){var d=document.USE_FORM;d.KeyNo.value=n;ex('USE_FORM','Exec_Data');}
function pol_open(n){var d=document.POL_FORM;d.PolicyNo.value=n;ex('POL_FORM','Edit_Data');}
function key_window(u){window.open(u+'&Dummy='+new Date().getTime(),'KEYSEL','width=620,height=420,scrollbars=yes');}
function pick(no,name){var o=window.opener;if(o&&!o.closed){o.set_key(no,name);}window.close();}
`

// rsaJS is the login page's script: PKCS#1 v1.5 of the password and the challenge.
const rsaJS = `function pkParts(pem){var b=atob(pem.replace(/-----[^-]+-----/g,'').replace(/\s/g,'')),p=0;
function len(){var l=b.charCodeAt(p++);if(l<128){return l;}var n=l&127,v=0;while(n--){v=v*256+b.charCodeAt(p++);}return v;}
function num(l){var h='0x0';while(l--){h+=('0'+b.charCodeAt(p++).toString(16)).slice(-2);}return BigInt(h);}
p++;len();p++;var a=len();p+=a;p++;len();p++;p++;len();p++;var n=num(len());p++;var e=num(len());return {n:n,e:e};}
function powmod(x,e,n){var r=BigInt(1);x=x%n;while(e>BigInt(0)){if(e&BigInt(1)){r=r*x%n;}x=x*x%n;e=e>>BigInt(1);}return r;}
function encrypt(pem,text){var k=pkParts(pem),u=unescape(encodeURIComponent(text)),size=Math.ceil(k.n.toString(16).length/2),h='0002',i,c;
for(i=size-3-u.length;i>0;i--){c=new Uint8Array(1);do{window.crypto.getRandomValues(c);}while(c[0]==0);h+=('0'+c[0].toString(16)).slice(-2);}
h+='00';for(i=0;i<u.length;i++){h+=('0'+u.charCodeAt(i).toString(16)).slice(-2);}
var o=powmod(BigInt('0x'+h),k.e,k.n).toString(16);while(o.length<size*2){o='0'+o;}
var s='';for(i=0;i<o.length;i+=2){s+=String.fromCharCode(parseInt(o.substr(i,2),16));}return btoa(s);}
function doLogin(){var f=document.login;f.PASSWORD.value=encrypt(f.PK.value,f.PASSWORD_T.value+f.CHALLENGE.value);f.PASSWORD_T.value='';return true;}
`

func icon(c color.Color, bar bool) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for x := 1; x < 15; x++ {
		for y := 3; y < 13; y++ {
			if x == 1 || x == 14 || y == 3 || y == 12 || (bar && (y == 6 || y == 9) && x > 3 && x < 12) || (!bar && (x == y || x == 15-y)) {
				m.Set(x, y, c)
			}
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m)
	return b.Bytes()
}

var statics = map[string][]byte{
	"/rps/media/rui.css":     []byte(css),
	"/rps/media/rui.js":      []byte(js),
	"/media/login_rsa.js":    []byte(rsaJS),
	"/rps/media/ic_cert.png": icon(color.RGBA{30, 90, 160, 255}, true),
	"/rps/media/ic_none.png": icon(color.RGBA{200, 60, 30, 255}, false),
}

func static(w http.ResponseWriter, r *http.Request) bool {
	b, ok := statics[r.URL.Path]
	if !ok {
		if r.URL.Path == "/favicon.ico" {
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		return false
	}
	t := "image/png"
	if strings.HasSuffix(r.URL.Path, ".js") {
		t = "text/javascript;charset=UTF-8"
	} else if strings.HasSuffix(r.URL.Path, ".css") {
		t = "text/css"
	}
	w.Header().Set("Content-Type", t)
	w.Header().Set("Cache-Control", "max-age=3600")
	_, _ = w.Write(b)
	return true
}

func esc(s string) string { return html.EscapeString(s) }

const doctype = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="zh-TW" lang="zh-TW">
<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
`

func loginHTML(ch, pk, uri, message string) string {
	if message != "" {
		message = `<p class="err">` + esc(message) + `</p>`
	}
	return doctype + `<title>使用者認證 : ` + shortName + ` : ` + modelName + `</title><link rel="stylesheet" type="text/css" href="/rps/media/rui.css" />
<script type="text/javascript" src="/media/login_rsa.js"></script></head>
<body onload="document.login.USERNAME.focus()"><div id="head"><b>` + modelName + `</b> 遠端使用者介面</div>
<div id="main" style="margin-left:12px"><h2>登入</h2>` + message + `
<form name="login" action="/login" method="post" onsubmit="return doLogin()" autocomplete="off">
<input type="hidden" name="CHALLENGE" value="` + ch + `" /><input type="hidden" name="PK" value="` + pk + `" />
<input type="hidden" name="PASSWORD" value="" /><input type="hidden" name="URI" value="` + esc(uri) + `" />
<input type="hidden" name="policy" value="" /><input type="hidden" name="admin" value="" /><input type="hidden" name="GUEST" value="" />
<table><tr><th><label for="USERNAME">使用者名稱</label></th><td><input type="text" name="USERNAME" id="USERNAME" maxlength="32" value="" /></td></tr>
<tr><th><label for="PASSWORD_T">密碼</label></th><td><input type="password" name="PASSWORD_T" id="PASSWORD_T" maxlength="32" value="" /></td></tr>
<tr><th><label for="DOMAIN">登入目的地</label></th><td><select name="DOMAIN" id="DOMAIN"><option value="localhost" selected="selected">本裝置</option></select></td></tr></table>
<input type="submit" value="登入" /></form></div><div id="foot">Copyright CANON INC. 2021</div></body></html>`
}

// shell puts a body into the frame of a page; side is the left column.
func (c *ctx) shell(title, side, crumb, body string) string {
	d := c.d
	apply := ""
	if d.pending && strings.Contains(side, "設定") && !strings.Contains(body, "APPLY_FORM") {
		apply = `<div id="apply">部分設定變更在重新啟動裝置後才會生效。 <a href="javascript:go('/rps/capply.cgi?Flag=Init_Data&amp;PageFlag=c_apply.tpl')">套用設定變更</a></div>`
	}
	note := ""
	if c.s.note != "" {
		cl := "msg"
		if c.s.noteErr {
			cl = "err"
		}
		note = `<p class="` + cl + `">` + c.s.note + `</p>`
		c.s.note, c.s.noteErr = "", false
	}
	if side != "" {
		side = `<div id="side">` + side + `</div>`
	}
	return doctype + `<title>遠端使用者介面 : ` + title + ` : ` + shortName + ` : ` + modelName + `</title>
<link rel="stylesheet" type="text/css" href="/rps/media/rui.css" /><script type="text/javascript" src="/rps/media/rui.js"></script></head><body>
<div id="head"><span class="r">登入使用者：` + adminName + ` <a href="/">到入口網站</a> <a href="javascript:go('/rps/logout.cgi')">登出</a></span><b>` + modelName + `</b> ` + shortName + `</div>
` + side + `<div id="main">` + apply + `<div class="crumb">` + crumb + `</div><div class="upd">最近更新：` + d.now().Format("2006/01/02 15:04:05") + `</div><h2>` + title + `</h2>` + note + body + `</div>
<div id="shade"></div><div id="dlg"><p id="dlgText"></p><input type="button" id="dlgOk" value="確定" /> <input type="button" id="dlgNo" value="取消" /></div>
<div id="foot">Copyright CANON INC. 2021</div></body></html>`
}

func link(cgi, tpl, text string) string {
	return `<a href="javascript:go('` + ref(cgi, tpl) + `')">` + text + `</a>`
}

func ref(cgi, tpl string) string {
	return "/rps/" + cgi + "?Flag=Init_Data&amp;PageFlag=" + tpl
}

func settingsSide() string {
	return `<dl><dt>參數選擇</dt><dd>` + link("cnetwork.cgi", "c_net_idx.tpl", "網路設定") + `</dd><dt>功能設定</dt><dd>` +
		link("csend.cgi", "c_send_idx.tpl", "傳送") + `</dd><dt>管理設定</dt><dd>` + link("cdevmng.cgi", "c_dev_idx.tpl", "裝置管理") +
		`</dd><dd>` + link("clicense.cgi", "c_lic_idx.tpl", "授權/其他") + `</dd></dl>`
}

func (c *ctx) settings(title, crumb, body string) {
	c.send(c.shell(title, settingsSide(), "設定/註冊："+crumb, body))
}

// begin opens a form with the hidden fields that every page has.
func begin(name, cgi, tpl, next string, more ...string) string {
	s := `<form name="` + name + `" action="/rps/` + cgi + `" method="post">` + hidden("Flag", "Init_Data") + hidden("PageFlag", tpl) +
		hidden("CoreNXAction", "./"+cgi) + hidden("CoreNXPage", next) + hidden("CoreNXFlag", "Init_Data") + hidden("FuncTypeFlag", "SettingPage") +
		hidden("Dummy", "") + hidden("Token", "@TOKEN@")
	for i := 0; i+1 < len(more); i += 2 {
		s += hidden(more[i], more[i+1])
	}
	return s + "\n"
}

func hidden(n, v string) string {
	return `<input type="hidden" name="` + n + `" value="` + esc(v) + `" />`
}

func button(text, onclick string) string {
	id := ""
	if text == "確定" {
		id = ` id="OK_Button"`
	}
	return `<fieldset class="btn"><input type="button"` + id + ` value="` + text + `" onclick="` + onclick + `" /></fieldset>`
}

func text(n, v string, max int) string {
	return `<input type="text" name="` + n + `" id="` + n + `" value="` + esc(v) + `" maxlength="` + strconv.Itoa(max) + `" />`
}

func checkbox(n, label string, on bool) string {
	return `<input type="checkbox" name="` + n + `" id="` + n + `" value="1"` + mark(on, "checked") + ` /><label for="` + n + `">` + label + `</label>`
}

func radio(n, v, label, now string) string {
	return `<input type="radio" name="` + n + `" id="` + n + "_" + v + `" value="` + v + `"` + mark(v == now, "checked") + ` /><label for="` + n + "_" + v + `">` + label + `</label> `
}

func mark(on bool, a string) string {
	if on {
		return " " + a + `="` + a + `"`
	}
	return ""
}

// choice is a select; opts are pairs of value and text.
func choice(n, now string, opts ...string) string {
	s := `<select name="` + n + `" id="` + n + `">`
	for i := 0; i+1 < len(opts); i += 2 {
		s += `<option value="` + opts[i] + `"` + mark(opts[i] == now, "selected") + `>` + opts[i+1] + `</option>`
	}
	return s + `</select>`
}

func row(label, field string) string {
	return `<tr><th>` + label + `</th><td>` + field + "</td></tr>\n"
}

// cannot is the page for what cannot be shown, with status 200.
func (c *ctx) cannot(why string) {
	p := fmt.Sprintf(doctype+`<title>遠端使用者介面 : 無法顯示此頁面。</title><link rel="stylesheet" type="text/css" href="/rps/media/rui.css" /></head>
<body><div id="head"><b>`+modelName+`</b></div><div id="main" style="margin-left:12px"><p class="err">%s</p><a href="/">到入口網站</a></div></body></html>`, why)
	c.d.offer(p)
	_, _ = c.w.Write([]byte(p))
}
