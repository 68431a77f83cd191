package adv8595iii

import "encoding/base64"

type asset struct {
	ctype string
	data  []byte
}

var gif, _ = base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAMwAAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")

var assets = map[string]asset{
	"/media/rui.css":     {"text/css", []byte(css)},
	"/media/rui.js":      {"text/javascript", []byte(ruiJS)},
	"/media/auth.js":     {"text/javascript", []byte(authJS)},
	"/media/ms_err.gif":  {"image/gif", gif},
	"/media/key_ng.gif":  {"image/gif", gif},
	"/media/cert.gif":    {"image/gif", gif},
	"/media/cert_no.gif": {"image/gif", gif},
}

const css = `body{font:12px Arial,sans-serif;margin:0;color:#222}
#globalNavigation{background:#333;color:#fff;padding:6px 12px}#globalNavigation a{color:#fff}#globalNavigation ul{display:inline;float:right;margin:0}
#globalNavigation li{display:inline;margin-left:14px}
#localNavigation{float:left;width:210px;background:#f2f2f2;padding:8px}#localNavigation dd{margin:2px 0 2px 14px}
#localNavigation dt{font-weight:bold;margin-top:8px}#contentBody{margin-left:240px;padding:10px}
#footer{clear:both;border-top:1px solid #aaa;padding:6px}fieldset.btn{display:inline;border:0;padding:2px;margin:0}
table.ItemListComponent{border-collapse:collapse}table.ItemListComponent td,table.ItemListComponent th{border:1px solid #bbb;padding:4px 8px;text-align:left}
#ErrMsg{border:1px solid #c00;padding:6px;margin:6px 0;color:#c00}.Info{background:#eef;padding:6px}#applyArea{background:#ffd;padding:6px;border:1px solid #cc8}
#dialogBack{position:fixed;top:0;left:0;width:100%;height:100%;background:rgba(0,0,0,.4);display:none}
#dialog{width:380px;margin:120px auto;background:#fff;padding:16px;border:2px solid #666}
body.login form{width:420px;margin:40px auto}img{vertical-align:middle;min-width:14px;min-height:14px}
`

const ruiJS = `/* Remote UI common */
function now_dummy(){return new Date().getTime();}
function jump(u){location.href=u.replace(/Dummy=[0-9]*/,"Dummy="+now_dummy());}
function rui_logout(u){jump(u);}
function $F(n){return document.forms[n];}
/* next: PageFlag and Flag of the request */
function send_form(n,page,flag){
  var f=$F(n);
  if(f.getAttribute("data-sent")){return;}
  f.PageFlag.value=page;f.Flag.value=flag;f.Dummy.value=now_dummy();
  f.setAttribute("data-sent","1");
  f.submit();
}
function dl_form(n){var f=$F(n);f.Dummy.value=now_dummy();f.submit();}
function show_dialog(on){document.getElementById("dialogBack").style.display=on?"block":"none";}
function pass_change(c,n){var e=document.getElementById(n);e.disabled=!c.checked;if(!c.checked){e.value="";}else{e.focus();}}
function trim_r(s){return s.replace(/ +$/,"");}
function write_consumables(id,cst,ton){
  var h="<table class='ItemListComponent'>",i;
  for(i=0;i<cst.length;i++){h+="<tr><th>"+trim_r(cst[i].nm)+"</th><td>"+trim_r(cst[i].pp)+"</td><td>"+["Empty","Low","Half","OK"][cst[i].lv]+"</td></tr>";}
  for(i in ton){h+="<tr><th>"+trim_r(ton[i].nm)+"</th><td colspan='2'>"+ton[i].vl+"%</td></tr>";}
  document.getElementById(id).innerHTML=h+"</table>";
}
function write_jobs(list,none){
  var n=0,k,h="";
  for(k in list){n++;h+="<tr><td>"+k+"</td><td>"+trim_r(list[k].nm)+"</td><td>"+trim_r(list[k].st)+"</td></tr>";}
  if(n==0){h="<tr><td colspan='3'>"+none+"</td></tr>";}
  document.write(h);
}
function write_value(id,v){document.write("<tr><th>"+id+"</th><td>"+v+"</td></tr>");}
`

const authJS = `/* login: PASSWORD = base64(RSA-PKCS1(password + CHALLENGE)) */
function login_init(){document.login.USERNAME.focus();}
function bn_bytes(b){var r=[],i;for(i=b.length-1;i>=0;i-=2){r.push(b[i]|((i>0?b[i-1]:0)<<8));}return r;}
function bn_cmp(a,b){for(var i=a.length-1;i>=0;i--){if(a[i]!=b[i]){return a[i]>b[i]?1:-1;}}return 0;}
function bn_sub(a,b){var c=0,i,t;for(i=0;i<a.length;i++){t=a[i]-b[i]-c;c=t<0?1:0;a[i]=t&0xffff;}}
function bn_mul(a,b,n){
  var l=n.length,m=n.concat([0,0]),r=[],i,j,q,c,t;for(j=0;j<l+2;j++){r.push(0);}
  for(i=l-1;i>=0;i--){
    r.unshift(0);r.pop();
    for(c=0,j=0;j<l+2;j++){t=r[j]+a[i]*(b[j]||0)+c;r[j]=t&0xffff;c=(t-r[j])/65536;}
    q=Math.floor((((r[l+1]*65536+r[l])*65536+r[l-1])*65536+r[l-2])/(n[l-1]*65536+n[l-2]+1));
    for(c=0,j=0;j<l+2;j++){t=r[j]-q*m[j]-c;r[j]=t&0xffff;c=(r[j]-t)/65536;}
    while(bn_cmp(r,m)>=0){bn_sub(r,m);}
  }
  return r.slice(0,l);
}
function der_next(b,p){var l=b[p+1],h=2,i;if(l&0x80){h=2+(l&0x7f);l=0;for(i=2;i<h;i++){l=l*256+b[p+i];}}return {s:p+h,e:p+h+l};}
function pk_modulus(pem){
  var s=atob(pem.replace(/-----[^-]+-----/g,"").replace(/\s/g,"")),b=[],i;
  for(i=0;i<s.length;i++){b.push(s.charCodeAt(i));}
  var spki=der_next(b,0),alg=der_next(b,spki.s),bits=der_next(b,alg.e),seq=der_next(b,bits.s+1),n=der_next(b,seq.s);
  var m=b.slice(n.s,n.e);while(m[0]===0){m.shift();}
  return m;
}
function utf8_bytes(t){var u=unescape(encodeURIComponent(t)),r=[],i;for(i=0;i<u.length;i++){r.push(u.charCodeAt(i));}return r;}
function rsa_encrypt(pem,text){
  var n=pk_modulus(pem),m=utf8_bytes(text),b=[0,2],i,rnd=new Uint8Array(n.length);
  (window.crypto||window.msCrypto).getRandomValues(rnd);
  for(i=0;i<n.length-m.length-3;i++){b.push(rnd[i]||1+i%255);}
  b.push(0);b=b.concat(m);
  var N=bn_bytes(n),x=bn_bytes(b),r=x;
  for(i=0;i<16;i++){r=bn_mul(r,r,N);}
  r=bn_mul(r,x,N);
  var s="";for(i=r.length-1;i>=0;i--){s+=String.fromCharCode(r[i]>>8,r[i]&255);}
  return btoa(s);
}
function login_submit(){
  var f=document.login;
  if(f.USERNAME.value==""){alert("Enter the user name.");f.USERNAME.focus();return false;}
  f.PASSWORD.value=rsa_encrypt(f.PK.value,f.PASSWORD_T.value+f.CHALLENGE.value);
  f.PASSWORD_T.value="";
  return true;
}
`
