var keyList = [{idx:"A",nm:"金鑰 A",use:"TLS"},{idx:"B",nm:"金鑰 B",use:"SIP"}];
function detail(id) { window.location.href = "./detail.cgi?id=" + id + "&Token=" + Token; }
function show(el) {
  var h = "<table><thead><tr><th>鍵值用途</th><th>鍵值名稱</th></tr></thead><tbody>";
  for (var i = 0; i < keyList.length; i++) {
    h += "<tr><td>" + keyList[i].use + "</td><td><a href=\"javascript:detail('" + keyList[i].idx + "')\">" + keyList[i].nm + "</a></td></tr>";
  }
  el.innerHTML = h + "</tbody></table>";
}
