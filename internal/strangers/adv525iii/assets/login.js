function rd(b,p){var l=b.charCodeAt(p+1),h=2,n,i;if(l>127){n=l&127;l=0;for(i=0;i<n;i++){l=l*256+b.charCodeAt(p+2+i);}h=2+n;}return{s:p+h,e:p+h+l};}
function big(b){var h='',i;for(i=0;i<b.length;i++){h+=('0'+b.charCodeAt(i).toString(16)).slice(-2);}return BigInt('0x'+h);}
function rsa_enc(pk,txt){
  var b=atob(pk.replace(/-----[A-Z ]+-----/g,'').replace(/\s/g,'')),o=rd(b,0),a=rd(b,o.s),t=rd(b,a.e),q=rd(b,t.s+1),m=rd(b,q.s),x=rd(b,m.e);
  var n=big(b.substring(m.s,m.e)),e=big(b.substring(x.s,x.e)),k=m.e-m.s-(b.charCodeAt(m.s)==0?1:0);
  var msg=unescape(encodeURIComponent(txt)),ps='',r=new Uint8Array(1),c=BigInt(1),z=BigInt(0),two=BigInt(2),y,h,out='',i;
  while(ps.length<k-3-msg.length){window.crypto.getRandomValues(r);if(r[0]!=0){ps+=String.fromCharCode(r[0]);}}
  y=big('\0\2'+ps+'\0'+msg);
  while(e>z){if(e%two==BigInt(1)){c=c*y%n;}y=y*y%n;e=e/two;}
  h=c.toString(16);while(h.length<k*2){h='0'+h;}
  for(i=0;i<h.length;i+=2){out+=String.fromCharCode(parseInt(h.substr(i,2),16));}
  return btoa(out);
}
function login_submit(){
  var f=document.login;
  if(f.USERNAME.value==''){alert('ユーザー名を入力してください。');return false;}
  f.PASSWORD.value=rsa_enc(f.PK.value,f.PASSWORD_T.value+f.CHALLENGE.value);
  f.PASSWORD_T.value='';
  return true;
}
