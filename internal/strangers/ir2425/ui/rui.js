function el(i){return document.getElementById(i);}
function able(i,on){var x=el(i);if(x){x.disabled=!on;}}
function need(i,msg){if(el(i).value==''){alert(msg);el(i).focus();return false;}return true;}
var sent=false;
function once(){if(sent){return false;}sent=true;return true;}
function loginMode(){var m=el('i0012A').checked;able('i0014',m);able('i0016',m);able('i0019',!m);}
function algorithm(){var r=el('i2512A').checked;able('i2513',r);able('i2514',!r);}
function country(){var l=el('i2530A').checked;able('i2531',l);able('i2532',!l);}
function genCheck(){return need('i2510','Enter the key name.')&&once();}
function delKey(no,name){if(confirm('Delete the key and certificate "'+name+'"?')){el('i2701').value=no;document.delForm.submit();}}
function useKey(no){el('i2702').value=no;if(once()){document.useForm.submit();}}
function pickKey(f,i){el(i).value='1';document.forms[f].submit();}
function changePw(){able('i2172',el('i2160A').checked);}
function changePsk(){able('i2656',el('i2655A').checked);}
function ask(msg){return confirm(msg)&&once();}
