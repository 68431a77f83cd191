package c7580

import (
	"io"
	"net/http"
	"strings"
)

func isStatic(path string) bool {
	return path == "/rps/js/common.js" || path == "/rps/css/ruic.css" || path == "/favicon.ico" || strings.HasPrefix(path, "/media/")
}

func serveStatic(w http.ResponseWriter, path string) {
	switch {
	case strings.HasSuffix(path, ".js"):
		w.Header().Set("Content-Type", "text/javascript;charset=UTF-8")
		io.WriteString(w, commonJS)
	case strings.HasSuffix(path, ".css"):
		w.Header().Set("Content-Type", "text/css")
		io.WriteString(w, ruicCSS)
	case strings.HasSuffix(path, ".gif"):
		w.Header().Set("Content-Type", "image/gif")
		io.WriteString(w, "GIF89a\x10\x00\x10\x00\x80\x00\x00\x66\x66\x66\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x10\x00\x10\x00\x00\x02\x0e\x84\x8f\xa9\xcb\xed\x0f\xa3\x9c\xb4\xda\x8b\xb3\x3e\x05\x00;")
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

const ruicCSS = `body{font-family:Arial,sans-serif;font-size:80%;margin:0;color:#222}
#header,#loginHead{background:#eee;border-bottom:2px solid #c00;padding:6px}
#header .user{float:right;margin-left:2em}
#menu{float:left;width:210px;background:#f6f6f6;padding:4px}
#menu ul{list-style:none;margin:0;padding-left:8px}
#contents{margin-left:235px;padding:6px}
#footer{clear:both;color:#888}
h1{font-size:130%}h2{font-size:110%}h3{font-size:100%;margin:6px 0 2px}
.PropTable th{text-align:left;background:#eef;font-weight:normal;padding:2px 8px;min-width:170px;vertical-align:top}
.ListTable{border-collapse:collapse}.ListTable th,.ListTable td{border:1px solid #ccc;padding:2px 8px}
.sec{background:#dde;font-weight:bold}.ErrMsg{color:#c00;border:1px solid #c00;padding:4px}.note{background:#ffd;padding:4px}
fieldset{border:none;padding:4px 0}#loginBox,#errBox{margin:60px auto;width:420px}
#portalLeft{float:left;width:45%;padding:8px}#portalRight{float:left;width:45%;padding:8px}
.apply{margin:4px;padding:4px;border:1px solid #999}
`

const commonJS = `// Remote UI common functions
function dummy() { return (new Date()).getTime(); }
function jump_page(cgi, tpl) {
  location.href = './' + cgi + '?Flag=Init_Data&PageFlag=' + tpl + '&FuncTypeFlag=SettingPage&Dummy=' + dummy();
}
function jump_id(cgi, tpl, id) {
  location.href = './' + cgi + '?Flag=Init_Data&PageFlag=' + tpl + '&FuncTypeFlag=SettingPage&SecID=' + id + '&Dummy=' + dummy();
}
function exec_form(name, flag, next) {
  var f = document.forms[name];
  f.elements['Flag'].value = flag;
  f.elements['CoreNXPage'].value = next;
  f.elements['Dummy'].value = dummy();
  f.submit();
}
function use_key(id, next) {
  document.forms['USE_FORM'].elements['KeyID'].value = id;
  exec_form('USE_FORM', 'Exec_Data', next);
}
function delete_item(name, text) {
  var e = document.forms['MAIN_FORM'].elements[name], i, hit = false;
  if (e && e.length === undefined) e = [e];
  for (i = 0; e && i < e.length; i++) if (e[i].checked) hit = true;
  if (!hit) { alert('Select an item to delete.'); return; }
  if (confirm(text)) exec_form('MAIN_FORM', 'Clear_Data', document.forms['MAIN_FORM'].elements['PageFlag'].value);
}
function key_alg(n) {
  var f = document.forms['MAIN_FORM'];
  f.elements['RSALEN'].disabled = (n != 0);
  f.elements['ECTYPE'].disabled = (n != 1);
}
function exec_genkey(next) {
  var f = document.forms['MAIN_FORM'];
  if (f.elements['KEYNM'].value == '') { alert('Enter the key name.'); return; }
  exec_form('MAIN_FORM', 'Exec_Data', next);
}
function top_submit() {
  document.TOP_FORM.Dummy.value = dummy();
  document.TOP_FORM.submit();
}
function logout_link(text) {
  document.writeln('<a href="javascript:do_logout()">' + text + '</a>');
}
function do_logout() { location.href = '/rps/logout.cgi?Dummy=' + dummy(); }
function write_toner(t) {
  var n = {c:'Cyan', m:'Magenta', y:'Yellow', k:'Black'}, i;
  document.writeln('<table class="PropTable">');
  for (i in t) document.writeln('<tr><th>' + n[i] + ':</th><td>' + t[i] + '%</td></tr>');
  document.writeln('</table>');
}
function write_value(n, v) { document.writeln('<tr><th>' + n + '</th><td>' + v + '</td></tr>'); }
function write_list(l, none) {
  var n = 0, i;
  for (i in l) n++;
  if (n == 0) document.writeln('<p>' + none + '</p>');
}
function trim(s) { return s.replace(/\s+$/, ''); }
function write_policies(l) {
  var i;
  document.writeln('<table class="ListTable"><tr><th>No.</th><th>Policy Name</th><th>Status</th></tr>');
  for (i in l) {
    document.writeln('<tr><td>' + i + '</td><td><a href="javascript:policy_edit(' + i + ')">' + trim(l[i].nm) + '</a></td><td>' + (l[i].on ? 'On' : 'Off') + '</td></tr>');
  }
  document.writeln('</table>');
}
function policy_edit(n) { jump_id('cipsec.cgi', 'c_ipspol.tpl', n); }

// ---- login: RSA, 15 bit digits, lowest first ----
var RB = 15, RM = 32767;
function bn_hex(h) {
  var a = [], acc = 0, n = 0, i;
  for (i = h.length - 1; i >= 0; i--) {
    acc |= parseInt(h.charAt(i), 16) << n; n += 4;
    if (n >= RB) { a.push(acc & RM); acc >>= RB; n -= RB; }
  }
  a.push(acc);
  return a;
}
function bn_ge(a, b) {
  for (var i = b.length - 1; i >= 0; i--) if (a[i] != b[i]) return a[i] > b[i];
  return true;
}
function bn_sub(a, b) {
  for (var i = 0, c = 0, t; i < a.length; i++) { t = a[i] - (b[i] || 0) - c; c = t < 0 ? 1 : 0; a[i] = t + (c << RB); }
}
function bn_mulmod(a, b, m) {
  var l = m.length, r = [], i, j, c, t, q, D = RM + 1;
  while (!m[l - 1]) l--;
  for (j = 0; j < m.length + 2; j++) r[j] = 0;
  for (i = m.length - 1; i >= 0; i--) {
    r.unshift(0); r.pop();
    for (c = 0, j = 0; j < r.length; j++) { t = r[j] + (a[j] || 0) * b[i] + c; r[j] = t & RM; c = t >> RB; }
    q = Math.floor((((r[l + 1] * D + r[l]) * D + r[l - 1]) * D + r[l - 2]) / (m[l - 1] * D + m[l - 2] + 1));
    for (c = 0, j = 0; j < r.length; j++) { t = r[j] - q * (m[j] || 0) - c; r[j] = t & RM; c = (r[j] - t) / D; }
    while (bn_ge(r, m)) bn_sub(r, m);
  }
  return r.slice(0, m.length);
}
function der_item(s, p) {
  var n = s.charCodeAt(p + 1), k, h = 2;
  if (n > 127) { k = n & 127; h += k; n = 0; for (var i = 0; i < k; i++) n = n * 256 + s.charCodeAt(p + 2 + i); }
  return { at: p + h, len: n, next: p + h + n };
}
function to_hex(s) {
  for (var i = 0, r = ''; i < s.length; i++) r += ('0' + s.charCodeAt(i).toString(16)).slice(-2);
  return r;
}
function rsa_encrypt(pem, text) {
  var der = atob(pem.replace(/-----[^-]+-----/g, '').replace(/\s/g, ''));
  var spki = der_item(der, 0), alg = der_item(der, spki.at), bits = der_item(der, alg.next), seq = der_item(der, bits.at + 1);
  var mi = der_item(der, seq.at), ei = der_item(der, mi.next), ms = der.substr(mi.at, mi.len).replace(/^\0+/, '');
  var e = parseInt(to_hex(der.substr(ei.at, ei.len)), 16), k = ms.length, msg = unescape(encodeURIComponent(text)), em = '\x00\x02', i;
  if (msg.length > k - 11) return '';
  var rnd = new Uint8Array(k - 3 - msg.length);
  (window.crypto || window.msCrypto).getRandomValues(rnd);
  for (i = 0; i < rnd.length; i++) em += String.fromCharCode(rnd[i] % 255 + 1);
  em += '\x00' + msg;
  var m = bn_hex('0000' + to_hex(ms)), x = bn_hex('0000' + to_hex(em)), r = x, b;
  for (b = e.toString(2), i = 1; i < b.length; i++) {
    r = bn_mulmod(r, r, m);
    if (b.charAt(i) == '1') r = bn_mulmod(r, x, m);
  }
  var out = '', acc = 0, n = 0, oct = '';
  for (i = 0; i < r.length; i++) {
    acc |= r[i] << n; n += RB;
    while (n >= 8) { oct = String.fromCharCode(acc & 255) + oct; acc >>= 8; n -= 8; }
  }
  while (oct.length < k) oct = '\x00' + oct;
  return btoa(oct.slice(-k));
}
function login_init() { document.login.USERNAME.focus(); }
function login_submit(f) {
  f.PASSWORD.value = rsa_encrypt(f.PK.value, f.PASSWORD_T.value + f.CHALLENGE.value);
  f.PASSWORD_T.value = '';
  return true;
}
`
