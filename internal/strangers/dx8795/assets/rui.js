/* Remote UI common script  Copyright CANON INC. 2020 */
function ruiDummy() { return new Date().getTime(); }
function ruiShow(id) { document.getElementById(id).style.display = 'block'; }
function ruiClose(id) { document.getElementById(id).style.display = 'none'; }
function ruiSubmit(f) {
  if (f.Dummy) { f.Dummy.value = ruiDummy(); }
  f.submit();
}
function ruiDialog(msg, fn, cancel) {
  document.getElementById('ovlMsg').innerHTML = '';
  document.getElementById('ovlMsg').appendChild(document.createTextNode(msg));
  document.getElementById('ovlCancel').style.display = cancel ? '' : 'none';
  document.getElementById('ovlOK').onclick = function () { ruiClose('ovl'); if (fn) { fn(); } };
  document.getElementById('ovlCancel').onclick = function () { ruiClose('ovl'); };
  ruiShow('ovl');
}
function ruiAlert(msg) { ruiDialog(msg, null, false); }
function ruiConfirm(msg, fn) { ruiDialog(msg, fn, true); }
function ruiLogout() { location.href = '/rps/logout.cgi?Dummy=' + ruiDummy(); }
function ruiApply() {
  ruiConfirm('The device will be restarted to apply the setting changes. Is it OK to continue?', function () {
    ruiSubmit(document.APPLY_FORM);
  });
}
