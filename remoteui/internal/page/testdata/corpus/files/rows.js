function writeRows(list) {
  for (var i in list) {
    document.write('<tr><td>' + i + '<td>');
    document.write('<a href="javascript:detail(\'' + list[i].id + '\')">' + list[i].nm);
    document.write('</a></td></tr>');
  }
}
function detail(id) { window.location = 'd.cgi?id=' + id; }
document.write('<p>Keys</p>');
