package c357

import (
	"encoding/base64"
	"net/http"
	"strings"
)

var gif, _ = base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

// static serves what needs no login.
func (d *Device) static(w http.ResponseWriter, r *http.Request) bool {
	p, ok := strings.CutPrefix(r.URL.Path, "/media/")
	if !ok {
		return false
	}
	w.Header().Set("Cache-Control", "max-age=3600")
	w.Header().Del("Pragma")
	switch p {
	case "rui.css":
		w.Header().Set("Content-Type", "text/css")
		w.Write([]byte(css))
	case "rui.js":
		w.Header().Set("Content-Type", "application/x-javascript")
		w.Write([]byte(ruiJS))
	case "rsa.js":
		w.Header().Set("Content-Type", "application/x-javascript")
		w.Write([]byte(rsaJS))
	case "ico_nocert.gif", "ico_err.gif", "wait.gif":
		w.Header().Set("Content-Type", "image/gif")
		w.Write(gif)
	default:
		d.Violate("address never offered: %s", r.URL.Path)
		http.NotFound(w, r)
	}
	return true
}

const doctype = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<link rel="stylesheet" type="text/css" href="/media/rui.css" />
`

const footer = `<div id="footer">Copyright CANON INC. 2019</div></body></html>`

const loginHTML = doctype + `<title>User Authentication : %s : %s</title>
<script type="text/javascript" src="/media/rsa.js"></script></head>
<body onload="document.forms['login'].USERNAME.focus()"><div id="header">Remote UI&nbsp;&nbsp;<span id="deviceName">%s</span></div>
<div id="LoginBox"><h1>Log In</h1>%s
<form name="login" action="/login" method="post" onsubmit="return do_login(this)" autocomplete="off">
<table><tr><th><label for="USERNAME">User Name:</label></th><td><input type="text" name="USERNAME" id="USERNAME" maxlength="32" /></td></tr>
<tr><th><label for="PASSWORD_T">Password:</label></th><td><input type="password" name="PASSWORD_T" id="PASSWORD_T" maxlength="32" /></td></tr>
<tr><th><label for="DOMAIN">Login Destination:</label></th><td><select name="DOMAIN" id="DOMAIN"><option value="localhost" selected="selected">This Device</option></select></td></tr></table>
<input type="hidden" name="PASSWORD" value="" />
<input type="hidden" name="CHALLENGE" value="%s" />
<input type="hidden" name="PK" value="%s" />
<input type="hidden" name="URI" value="%s" />
<input type="hidden" name="policy" value="" />
<input type="hidden" name="admin" value="" />
<input type="hidden" name="GUEST" value="" />
<input type="hidden" name="invalidCH" value="" />
<fieldset><input type="submit" value="Log In" /></fieldset>
</form></div>` + footer

const portalHTML = doctype + `<title>Portal : %s</title>
<script type="text/javascript" src="/media/rui.js"></script></head>
<body><div id="header">Remote UI : Portal<span id="account">Login User: %s&nbsp;<a href="javascript:log_out()">Log Out</a></span></div>
<div id="main"><h1>Remote UI : Portal</h1><p class="Updated">Last Updated : %s</p>
<h3>Device Basic Information</h3><table class="PropertyList"><tr><th>Device Name:</th><td>%s</td></tr><tr><th>Printer:</th><td>Ready to print.</td></tr>
<tr><th>Scanner:</th><td>Ready to scan.</td></tr><tr><th>Fax:</th><td>Ready to send or receive fax.</td></tr></table>
<h3>Consumables Information</h3><table class="PropertyList"><tr><th>Black Toner</th><td>60%%</td></tr></table>
<ul class="Index"><li><a href="/sysmonitor">Status Monitor/Cancel</a></li>
<li><a href="/usermode">Settings/Registration</a></li></ul></div>` + footer

const pageHTML = doctype + `<title>%s : %s : %s</title>
<script type="text/javascript" src="/media/rui.js"></script></head>
<body%s><div id="header"><span id="deviceName">%s</span><span id="account">Login User: %s&nbsp;<a href="/">To Portal</a>&nbsp;<script type="text/javascript">
//<![CDATA[
document.writeln('<a href="javascript:log_out()">Log Out</a>');
//]]>
</script></span></div>
<div id="menu"><ul>
%s</ul></div>
<div id="main"><p class="Path">%s</p><h1>%s</h1><p class="Updated">Last Updated : %s</p>
%s<div class="Buttons">%s</div>
%s</div>` + footer

const restartHTML = doctype + `<title>Restarting : %s</title></head>
<body><div id="header"><span id="deviceName">%s</span></div>
<div id="main"><h1>Restarting</h1><p>The main unit is restarting. The Remote UI cannot be used until the restart is complete.</p>
<p>Wait for a while, and then access the <a href="/">portal page</a> again.</p></div>` + footer

const css = `body{font:13px Arial,sans-serif;margin:0}#header{background:#333;color:#fff;padding:8px}#header a{color:#fff}#account{float:right}
#menu{float:left;width:190px;background:#eee;padding:6px;min-height:500px}#menu ul{list-style:none;padding:0;margin:0}#menu h3{font-size:13px;margin:8px 0 2px}
#main{margin-left:220px;padding:8px}#footer{clear:both;border-top:1px solid #999;padding:6px;color:#666}fieldset{display:inline;border:0;padding:0 4px}
h1{font-size:17px}.PropertyList th{text-align:left;background:#f2f2f2;min-width:220px;padding:3px}.Head{background:#ccd}.ItemListComponent table{border-collapse:collapse}
.ItemListComponent th,.ItemListComponent td{border:1px solid #aaa;padding:3px 8px}.ErrorMessage{color:#c00;font-weight:bold}.InfoMessage{color:#060}
.Updated{color:#666;text-align:right}.Attention{font-weight:bold}.Off{color:#999}.Buttons{text-align:right}#LoginBox,#ErrorBox{margin:60px auto;width:460px}
.ItemListComponent img,.ErrorMessage img{width:16px;height:16px;background:#c80}
`

const ruiJS = `
function now(){ return new Date().getTime(); }
function jump_page(cgi, tpl, ext){
	location.href = './' + cgi + '?Flag=Init_Data&PageFlag=' + tpl + '&FuncTypeFlag=SettingPage' + (ext ? '&' + ext : '') + '&Dummy=' + now();
}
function menu_link(u){ location.href = './' + u + '&Dummy=' + now(); }
function log_out(){ location.href = '/rps/logout.cgi?Dummy=' + now(); }
function form_exec(name, flag){
	var f = document.forms[name];
	f.Flag.value = flag;
	f.Dummy.value = now();
	f.submit();
}
function selected(name, field){
	var e = document.forms[name].elements;
	for (var i = 0; i < e.length; i++) { if (e[i].name == field && e[i].checked) return true; }
	return false;
}
function key_delete(){
	if (!selected('KEY_LIST', 'KeyNo')) { alert('Select a key and certificate.'); return; }
	if (confirm('Are you sure you want to delete the selected key and certificate?')) form_exec('KEY_LIST', 'Delete_Data');
}
function smime_delete(){
	if (!selected('SMIME_LIST', 'CertNo')) { alert('Select a certificate.'); return; }
	if (confirm('Are you sure you want to delete the selected certificate?')) form_exec('SMIME_LIST', 'Delete_Data');
}
function sig_update(){
	if (confirm('Generate/update the device signature key and certificate?')) form_exec('SIG_FORM', 'Exec_Data');
}
function key_use(no){
	document.forms['KEY_FORM'].KeyNo.value = no;
	form_exec('KEY_FORM', 'Use_Data');
}
function file_exec(name){
	if (document.forms[name].CertFile.value == '') { alert('Specify the file.'); return; }
	form_exec(name, 'Exec_Data');
}
function gen_alg(){
	var f = document.forms['GEN_FORM'], rsa = document.getElementById('KeyAlg_1').checked;
	f.RsaLength.disabled = !rsa;
	f.EcdsaType.disabled = rsa;
}
function gen_country(){
	var f = document.forms['GEN_FORM'], list = document.getElementById('CountrySel_1').checked;
	f.CountryName.disabled = !list;
	f.CountryCode.disabled = list;
}
function gen_init(){ gen_alg(); gen_country(); }
function gen_ok(){
	if (document.forms['GEN_FORM'].KeyName.value == '') { alert('Enter the key name.'); return; }
	form_exec('GEN_FORM', 'Exec_Data');
}
function gen_wait(){
	setTimeout(function(){ location.replace('./ckeygen.cgi?Flag=Status_Data&PageFlag=c_key_wait.tpl&Dummy=' + now()); }, 1000);
}
function write_jobs(l, none){
	if (l.length == 0) { document.writeln('<p>' + none + '</p>'); return; }
}
function write_value(no, label, n){ document.writeln('<p>' + no + ' : ' + label + ' : ' + n + '</p>'); }
`

const rsaJS = `
function b64bytes(s){ var t = atob(s), b = []; for (var i = 0; i < t.length; i++) b.push(t.charCodeAt(i)); return b; }
function der_int(b){
	// BIT STRING > SEQUENCE > INTEGER modulus, INTEGER exponent
	function len(p){ var l = b[p]; if (l < 128) return [p + 1, l]; var n = l & 127, v = 0; for (var i = 1; i <= n; i++) v = v * 256 + b[p + i]; return [p + 1 + n, v]; }
	var a = len(1), alg = len(a[0] + 1), bits = len(alg[0] + alg[1] + 1), seq = len(bits[0] + 2), n = len(seq[0] + 1), e = len(n[0] + n[1] + 1);
	function num(x){ var h = '0x'; for (var i = 0; i < x[1]; i++) h += ('0' + b[x[0] + i].toString(16)).slice(-2); return BigInt(h); }
	return [num(n), num(e)];
}
function rsa_encrypt(pem, text){
	var k = der_int(b64bytes(pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, ''))), m = unescape(encodeURIComponent(text));
	var size = Math.ceil(k[0].toString(16).length / 2), pad = new Uint8Array(size - 3 - m.length), h = '0x0002', i;
	window.crypto.getRandomValues(pad);
	for (i = 0; i < pad.length; i++) h += ('0' + (pad[i] || 1).toString(16)).slice(-2);
	h += '00';
	for (i = 0; i < m.length; i++) h += ('0' + m.charCodeAt(i).toString(16)).slice(-2);
	var x = BigInt(h), e = k[1], r = BigInt(1), z = BigInt(0), o = BigInt(1);
	while (e > z) { if (e & o) r = r * x % k[0]; x = x * x % k[0]; e >>= o; }
	var s = r.toString(16), t = '';
	while (s.length < size * 2) s = '0' + s;
	for (i = 0; i < s.length; i += 2) t += String.fromCharCode(parseInt(s.substr(i, 2), 16));
	return btoa(t);
}
function do_login(f){
	f.PASSWORD.value = rsa_encrypt(f.PK.value, f.PASSWORD_T.value + f.CHALLENGE.value);
	f.PASSWORD_T.value = '';
	return true;
}
`
