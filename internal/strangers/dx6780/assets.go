package dx6780

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
)

// assets are the static files.
var assets = map[string]string{
	"/media/rui.css":      cssText,
	"/media/rui.js":       ruiJS,
	"/media/cipher.js":    cipherJS,
	"/media/cert.gif":     icon(color.RGBA{60, 140, 60, 255}),
	"/media/nocert.gif":   icon(color.RGBA{220, 150, 20, 255}),
	"/media/ms_err.gif":   icon(color.RGBA{200, 30, 30, 255}),
	"/media/ms_blank.gif": icon(color.RGBA{255, 255, 255, 255}),
}

func icon(c color.RGBA) string {
	m := image.NewPaletted(image.Rect(0, 0, 16, 16), color.Palette{color.White, c})
	for y := 2; y < 14; y++ {
		for x := 2; x < 14; x++ {
			m.SetColorIndex(x, y, 1)
		}
	}
	var b bytes.Buffer
	gif.Encode(&b, m, nil)
	return b.String()
}

const cssText = `body{font-family:Meiryo,sans-serif;font-size:12px;margin:0;color:#222}
#head,#loginHead{background:#eee;border-bottom:2px solid #c00;padding:6px 12px}.ruiLogo{font-weight:bold}.headLinks{float:right}
#menu{float:left;width:180px;padding:8px}#main{margin-left:200px;padding:8px}#portal #main{margin:0;float:left;width:60%}#launch{float:right;width:30%}
fieldset.btn{display:inline;border:0;padding:2px;margin:2px}.ItemList,.ItemTable{border-collapse:collapse;margin:6px 0}.ItemList td,.ItemList th,.ItemTable td,.ItemTable th{border:1px solid #bbb;padding:3px 8px;text-align:left}
.upd{text-align:right;color:#777}.ErrorMessage{color:#c00;font-weight:bold}.Notice{color:#036}#foot{clear:both;color:#777;padding:10px;text-align:center}#loginBox{width:420px;margin:60px auto}`

const ruiJS = `// Remote UI common functions
var ruiSent = false;
function rui_now(){ return (new Date()).getTime(); }
function rui_go(u){ location.href = u + (u.indexOf('?') < 0 ? '?' : '&') + 'Dummy=' + rui_now(); }
function rui_menu(id){ if(menuUrl[id]) rui_go(menuUrl[id]); }
function rui_logout(){ location.href = '/rps/logout.cgi?Dummy=' + rui_now(); }
function rui_submit(f){ if(ruiSent) return; ruiSent = true; f.Dummy.value = rui_now(); f.submit(); }
function key_url(tpl, id){ return './cdkey.cgi?Flag=Init_Data&PageFlag=' + tpl + '&FuncTypeFlag=SettingPage&KeyID=' + id; }
function key_detail(id){ rui_go(key_url('c_d_keydtl.tpl', id)); }
function key_cert(id){ rui_go(key_url('c_d_keycrt.tpl', id)); }
function key_use(f, id){ f.KeyID.value = id; rui_submit(f); }
function key_choose(f){ f.Flag.value = 'Temp_Data'; rui_submit(f); }
function any_checked(f, name){ var i, e = f.elements; for(i = 0; i < e.length; i++){ if(e[i].name == name && e[i].checked) return true; } return false; }
function key_delete(f){
  if(!any_checked(f, 'DelKey')){ alert('鍵が選択されていません。'); return; }
  if(!confirm('選択した鍵と証明書を削除しますか？')) return;
  rui_submit(f);
}
function smime_delete(f){
  if(!any_checked(f, 'DelCert')){ alert('証明書が選択されていません。'); return; }
  if(!confirm('選択した証明書を削除しますか？')) return;
  rui_submit(f);
}
function sign_renew(f){ if(!confirm('機器署名の鍵と証明書を生成/更新しますか？')) return; rui_submit(f); }
function file_exec(f){ if(f.CertFile.value == ''){ alert('ファイルを指定してください。'); return; } rui_submit(f); }
function gen_alg(f){ var rsa = f.KeyAlg[0].checked; f.RsaLen.disabled = !rsa; f.EcType.disabled = rsa; }
function gen_cty(f){ var l = f.CtyKind[0].checked; f.CtySel.disabled = !l; f.CtyCode.disabled = l; }
function gen_exec(f){
  if(!/^[A-Za-z0-9]+$/.test(f.KeyName.value)){ alert('鍵の名前は半角英数字で入力してください。'); f.KeyName.focus(); return; }
  if(f.EndY){
    var s = new Date(f.StartY.value, f.StartM.value - 1, f.StartD.value), e = new Date(f.EndY.value, f.EndM.value - 1, f.EndD.value);
    if(f.EndY.value == '' || isNaN(s) || isNaN(e)){ alert('有効期限の日付が正しくありません。'); return; }
    if(e < s){ alert('有効期限終了日には、有効期限開始日以降の日付を入力してください。'); return; }
  }
  rui_submit(f);
}
function pw_change(f){ f.EapPass.disabled = !f.PwChange.checked; }
function eap_exec(f){
  if(f.UseTLS.checked && (f.UseTTLS.checked || f.UsePEAP.checked)){ alert('TLSとTTLS/PEAPを同時に使用することはできません。'); return; }
  f.Flag.value = 'Exec_Data'; rui_submit(f);
}
function ike_auth(f){ var p = f.IkeAuth[0].checked; f.IkePsk.disabled = !p; document.getElementById('IkeKeyBtn').disabled = p; }
function ike_exec(f){ f.Flag.value = 'Exec_Data'; rui_submit(f); }
function rui_jobs(l){
  if(l.length == 0){ document.writeln('<tr><td colspan="4">ジョブはありません。<\/td><\/tr>'); return; }
  for(var i = 0; i < l.length; i++){ document.writeln('<tr><td>' + l[i].no + '<\/td><td>' + l[i].nm + '<\/td><td>' + l[i].us + '<\/td><td>' + l[i].st + '<\/td><\/tr>'); }
}
function write_value(no, nm, v){ document.writeln('<tr><td>' + no + '<\/td><td>' + nm + '<\/td><td>' + v + '<\/td><\/tr>'); }
window.onpageshow = function(){ ruiSent = false; };
`

// cipherJS encrypts the password: base64(RSAES-PKCS1-v1_5(PK, password + CHALLENGE)); numbers are little-endian limbs of 14 bits.
const cipherJS = `// login cipher
var B = 14, M = (1 << B) - 1;
function toNum(bytes){
  var r = [], acc = 0, n = 0, i;
  for(i = bytes.length - 1; i >= 0; i--){ acc |= bytes[i] << n; n += 8; while(n >= B){ r.push(acc & M); acc >>= B; n -= B; } }
  r.push(acc); return r;
}
function toBytes(a, len){
  var r = [], acc = 0, n = 0, i = 0;
  while(r.length < len){ while(n < 8){ acc |= (a[i] || 0) << n; i++; n += B; } r.unshift(acc & 255); acc >>= 8; n -= 8; }
  return r;
}
function cmp(a, b){
  for(var i = Math.max(a.length, b.length) - 1; i >= 0; i--){ var x = a[i] || 0, y = b[i] || 0; if(x != y) return x < y ? -1 : 1; }
  return 0;
}
function sub(a, b){
  var c = 0, i, t;
  for(i = 0; i < a.length; i++){ t = a[i] - (b[i] || 0) - c; c = t < 0 ? 1 : 0; a[i] = t & M; }
}
// r = a * b mod n, digit by digit from the top of b
function mulmod(a, b, n){
  var l = n.length, r = [], i, k, c, t, q, D = M + 1;
  while(!n[l - 1]) l--;
  for(k = 0; k < n.length + 2; k++) r[k] = 0;
  for(i = n.length - 1; i >= 0; i--){
    r.unshift(0); r.pop();
    for(c = 0, k = 0; k < r.length; k++){ t = r[k] + (a[k] || 0) * (b[i] || 0) + c; r[k] = t & M; c = t >> B; }
    q = Math.floor((((r[l + 1] * D + r[l]) * D + r[l - 1]) * D + r[l - 2]) / (n[l - 1] * D + n[l - 2] + 1));
    for(c = 0, k = 0; k < r.length; k++){ t = r[k] - q * (n[k] || 0) - c; r[k] = t & M; c = (r[k] - t) / D; }
    while(cmp(r, n) >= 0) sub(r, n);
  }
  return r;
}
function modulus(pem){
  var s = atob(pem.replace(/-----[^-]+-----/g, '').replace(/\s/g, '')), d = [], i;
  for(i = 0; i < s.length; i++) d.push(s.charCodeAt(i));
  var p = 0;
  function head(){ p++; var l = d[p++]; if(l & 128){ var n = l & 127; l = 0; while(n--) l = l * 256 + d[p++]; } return l; }
  var l; head(); l = head(); p += l; head(); p++; head();
  var len = head();
  if(d[p] == 0){ p++; len--; }
  return d.slice(p, p + len);
}
function utf8(s){ var t = unescape(encodeURIComponent(s)), r = [], i; for(i = 0; i < t.length; i++) r.push(t.charCodeAt(i)); return r; }
function rsaEncrypt(pem, text){
  var nb = modulus(pem), m = utf8(text), em = [0, 2], i, x, rnd = new Uint8Array(1), w = window.crypto || window.msCrypto;
  for(i = nb.length - m.length - 3; i > 0; i--){ do { w.getRandomValues(rnd); } while(rnd[0] == 0); em.push(rnd[0]); }
  em.push(0); em = em.concat(m);
  var n = toNum(nb), a = toNum(em); x = a;
  for(i = 0; i < 16; i++) x = mulmod(x, x, n);
  x = mulmod(x, a, n);
  return btoa(String.fromCharCode.apply(null, toBytes(x, nb.length)));
}
var loginSent = false;
function loginExec(f){
  if(loginSent) return false;
  if(f.USERNAME.value == ''){ alert('ユーザー名を入力してください。'); return false; }
  loginSent = true;
  f.PASSWORD.value = rsaEncrypt(f.PK.value, f.PASSWORD_T.value + f.CHALLENGE.value);
  f.PASSWORD_T.value = '';
  return true;
}
`
