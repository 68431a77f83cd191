/* keyui.js  Ver 3.02 */
<!--
var PLACE = [[1,"TLS"],[2,"IEEE 802.1X"],[4,"IPSec"],[8,"SIP"],[16,"裝置簽章"]];
function now_ms() { return (new Date()).getTime(); }
function trim_r(s) { return s.replace(/[\s\u3000]+$/, ""); }
function esc(s) { return s.replace(/&/g, "&amp;").replace(/</g, "&lt;"); }
/* 移至頁面 */
function go(cgi, tpl, more) {
  window.location = "./" + cgi + ".cgi?Flag=Init_Data&PageFlag=" + tpl + (more ? "&" + more : "") + "&Token=" + TK + "&Dummy=" + now_ms();
}
function write_value(id, v) { document.write('<span id="v' + id + '">' + v + '<' + '/span>'); }
function btn(id, text, act, off) {
  document.write('<fieldset class="ButtonArea"><input type="button" id="' + id + '" value="' + text + '" onclick="' + act + '"' + (off ? ' disabled="disabled"' : '') + ' /></fieldset>');
}
function kc_head(list) {
  document.write("<tr>");
  for (var i = 0; i < list.length; i++) {
    document.write("<th>" + list[i]);
    document.write("</th>");
  }
  document.writeln("</tr>");
}
function place_of(bits) {
  var out = [];
  for (var i = 0; i < PLACE.length; i++) { if (bits & PLACE[i][0]) out.push(PLACE[i][1]); }
  return out.join(", ");
}
function kc_row(no, k) {
  document.write('<tr class="' + ((no % 2) ? 'odd' : 'even') + '"><td>');
  document.write(k.fx ? '&nbsp;' : '<input type="checkbox" name="sel" value="' + no + '" />');
  document.write('</td><td>' + place_of(k.us) + '</td><td>');
  document.write('<a href="javascript:kc_prop(\'' + no + '\')">' + esc(trim_r(k.nm)) + '</a>');
  document.write('</td><td><img src="../media/' + (k.ct ? 'crt_01' : 'crt_00') + '.gif" alt="' + (k.ct ? '憑證' : '金鑰的憑證不存在') + '" /></td></tr>');
}
function kc_prop(no) { go("kcprop", "d_kcp.tpl", "Slot=" + no); }
function pick_row(no, k) {
  document.write("<tr><td>" + esc(trim_r(k.nm)) + "</td><td>" + place_of(k.us));
  document.write("</td><td>");
  btn("use" + no, "使用", "kc_use('" + no + "')", k.nm.indexOf("AMS") == 0);
  document.write("</td></tr>");
}
function kc_use(no) { send({ Slot: no }); }
/* 將值放入 SUBMIT_FORM 並傳送 */
function send(values) {
  var f = document.SUBMIT_FORM;
  for (var n in values) { f[n].value = values[n]; }
  f.Token.value = TK;
  f.Dummy.value = now_ms();
  f.submit();
}
function kc_delete() {
  var all = document.getElementsByName("sel"), nos = "";
  for (var i = 0; i < all.length; i++) { if (all[i].checked) nos += all[i].value + ","; }
  if (nos == "") { alert("請選擇要刪除的鍵值。"); return; }
  if (window.confirm("要刪除嗎？") == true) { send({ Slots: nos }); }
}
function alg_changed() {
  var v = document.VIEW_FORM, ec = v.alg[1].checked;
  v.rsabit.disabled = ec;
  v.ectype.disabled = !ec;
}
function kg_ok() {
  var v = document.VIEW_FORM, e = v.elements, f = document.SUBMIT_FORM;
  if (v.p1.value == "") { alert("請輸入鍵值名稱。"); v.p1.focus(); return false; }
  for (var i = 0; i < e.length; i++) {
    if (!e[i].name || e[i].type == "button") continue;
    if (e[i].type == "radio" && !e[i].checked) continue;
    if (f["h_" + e[i].name]) { f["h_" + e[i].name].value = e[i].value; }
  }
  send({});
}
function set_reflect() { if (confirm("套用設定變更後會重新啟動本機。")) { send({}); } }
//-->
