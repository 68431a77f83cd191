/* Remote UI common functions */
var ruiSent = false;
function ruiValue(f, name) {
	var v = '', e = f.elements, i;
	for (i = 0; i < e.length; i++) {
		if (e[i].name !== name || e[i].disabled) { continue; }
		if (e[i].type === 'radio' || e[i].type === 'checkbox') {
			if (e[i].checked) { v = e[i].value; }
		} else {
			v = e[i].value;
		}
	}
	return v;
}
function ruiUpdate(f) {
	var e = f.elements, i, j, n, c, live;
	for (n = 0; n < 2; n++) {
		for (i = 0; i < e.length; i++) {
			c = e[i].getAttribute('data-on');
			if (!c) { continue; }
			c = c.split(' ');
			live = false;
			for (j = 0; j < c.length; j++) {
				if (ruiValue(f, c[j].split('=')[0]) === c[j].split('=')[1]) { live = true; }
			}
			e[i].disabled = !live;
		}
	}
}
function ruiInit() {
	var i;
	for (i = 0; i < document.forms.length; i++) {
		document.forms[i].onchange = function () { ruiUpdate(this); };
		ruiUpdate(document.forms[i]);
	}
}
function loginMode(r) {
	var f = r.form, other = r.name === 'i0012' ? 'i0017' : 'i0012';
	f.elements[other].checked = false;
	ruiUpdate(f);
}
function ruiSubmit(name, action) {
	var f = document.forms[name];
	if (ruiSent) { return; }
	ruiSent = true;
	if (action) { f.action = action; }
	f.submit();
}
function ruiSave(name) {
	document.forms[name].submit();
}
function ruiRow(name, field, no, msg) {
	if (msg && !window.confirm(msg)) { return; }
	document.forms[name].elements[field].value = no;
	ruiSubmit(name, '');
}
function ruiGo(url) {
	location.href = url;
}
