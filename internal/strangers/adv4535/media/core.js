// Remote UI common functions
var sending = false;
function send(name, flag, page) {
  var f = document.forms[name];
  if (sending) { return; }
  if (flag) { f.elements["Flag"].value = flag; }
  if (page) { f.elements["PageFlag"].value = page; }
  f.elements["Dummy"].value = (new Date()).getTime();
  if (flag != "File_Data") { sending = true; }
  f.submit();
}
function row_send(name, id, flag, page) {
  document.forms[name].elements["KeyID"].value = id;
  send(name, flag, page);
}
function count_checked(name, item) {
  var e = document.forms[name].elements, i, n = 0;
  for (i = 0; i < e.length; i++) { if (e[i].name == item && e[i].checked) { n++; } }
  return n;
}
function delete_selected(name, item, page) {
  if (count_checked(name, item) == 0) { alert("削除する項目を選択してください。"); return; }
  if (confirm("選択した項目を削除します。よろしいですか？")) { send(name, "Exec_Data", page); }
}
function able(id, on) { var o = document.getElementById(id); if (o) { o.disabled = !on; } }
function checked(id) { return document.getElementById(id).checked; }
function log_out() { location.href = logoutURL; }
function chg_keyalg() { able("KeyLen", checked("KeyAlg_RSA")); able("KeyType", checked("KeyAlg_ECDSA")); }
function chg_country() { able("CountrySel", checked("CountryType_0")); able("CountryCode", checked("CountryType_1")); }
function chg_auth() { able("PSK", checked("AuthType_0")); able("KEY_Button", checked("AuthType_1")); }
function chg_8021x() { able("AuthName", checked("VerName_1")); able("KEY_Button", checked("UseTLS_1")); }
function chk_key(name, flag, page) {
  var f = document.forms[name], s = f.SignAlg.value;
  if (f.KeyName.value == "") { alert("鍵の名前を入力してください。"); f.KeyName.focus(); return; }
  if (checked("KeyAlg_RSA") && f.KeyLen.value == "512" && (s == "SHA384" || s == "SHA512")) {
    alert("署名アルゴリズムがSHA384またはSHA512の場合、512 bitの鍵は生成できません。"); return;
  }
  send(name, flag, page);
}
