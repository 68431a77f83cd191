function key_del(){
  var f=document.MAIN_FORM,r=document.getElementsByName('SelKey'),i,n=0;
  for(i=0;i<r.length;i++){if(r[i].checked){n++;}}
  if(n==0){alert('鍵と証明書を選択してください。');return;}
  f.Flag.value='Del_Data';f.Dummy.value=new Date().getTime();f.submit();
}
function key_detail(n){key_sub(document.SUBMIT_FORM,n);}
function cert_page(n){key_sub(document.CERT_FORM,n);}
function key_sub(f,n){f.KeyNo.value=n;f.Dummy.value=new Date().getTime();f.submit();}
