/* Remote UI common functions */
function fieldValue(frm, name) {
	var e = frm.elements[name], v = '', i;
	if (!e) { return v; }
	if (e.tagName) { return e.value; }
	for (i = 0; i < e.length; i++) {
		if (e[i].type == 'radio' || e[i].type == 'checkbox') {
			if (e[i].checked) { v = e[i].value; }
		} else {
			v = e[i].value;
		}
	}
	return v;
}
function setDepend() {
	var i, frm, e;
	if (typeof depList == 'undefined') { return; }
	for (i = 0; i < depList.length; i++) {
		e = document.getElementById(depList[i][0]);
		if (e) {
			frm = e.form;
			e.disabled = (fieldValue(frm, depList[i][1]) != depList[i][2]);
		}
	}
}
function sendForm(name, action) {
	var frm = document.forms[name];
	frm.action = action;
	frm.submit();
}
function rowAction(name, item, no, action, msg) {
	var frm = document.forms[name];
	if (msg != '' && !confirm(msg)) { return false; }
	frm.elements[item].value = no;
	frm.action = action;
	frm.submit();
	return false;
}
function checkKeyForm(action) {
	var frm = document.forms['keyFrm'];
	if (frm.elements['i4101'].value == '') {
		alert('鍵の名前を入力してください。');
		return;
	}
	sendForm('keyFrm', action);
}
