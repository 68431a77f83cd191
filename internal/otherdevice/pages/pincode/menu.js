function jump(n) { window.location = '/' + n + '.html'; }
function drawMenu(m) {
	for (var g in m) {
		document.writeln('<b>' + g + '</b><br />');
		for (var i = 0; i < m[g].length; i++) { document.write('&nbsp;<a href="javascript:jump(\'' + m[g][i][1] + '\')">' + m[g][i][0] + '</a><br />'); }
	}
}
function drawIndex(a) {
	var s = '';
	for (var i = 0; i < a.length; i++) { s += '<tr><td><img src="/img/i.gif" alt="" /></td><td><a href="/' + a[i][1] + '.html">' + a[i][0] + '</a></td></tr>'; }
	document.write('<table>' + s + '</table>');
}
function pick(n) { var f = document.F1; f.i7002.value = n; f.submit(); }
function drawKeys(l, u, how) {
	document.write('<table border="1"><tr><th></th><th>鍵の名前</th><th>使用先</th></tr>');
	for (var i = 0; i < l.length; i++) {
		var k = l[i], us = [];
		for (var b = 0; b < u.length; b++) { if (k.us & (1 << b)) { us.push(u[b]); } }
		var c = how != 'checkbox' ? '<a href="#" onclick="pick(' + k.id + ');return false">' + how + '</a>' : k.fx ? '' : '<input type="checkbox" name="i7001" value="' + k.id + '" />';
		var n = how != 'checkbox' ? k.nm : '<a href="/m_cert_detail.html?no=' + k.id + '">' + k.nm + '</a>';
		document.write('<tr><td>' + c + '</td><td>' + n + '</td><td>' + us.join('、') + '</td></tr>');
	}
	document.write('</table>');
}
