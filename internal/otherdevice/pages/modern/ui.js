'use strict';
const ui = {
  ready(fn) { document.addEventListener('DOMContentLoaded', fn); },
  data(id) { return JSON.parse(document.getElementById(id).textContent); },
  text(s) { return String(s).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;'); },
  open(target) {
    const [cgi, tpl, extra] = target.split('|');
    location.href = `/rps/${cgi}.cgi?Flag=Init_Data&PageFlag=${tpl}.tpl${extra ? '&' + extra : ''}&Dummy=${Date.now()}`;
  }
};
ui.ready(() => {
  document.querySelectorAll('[data-open]').forEach((el) => {
    el.addEventListener('click', (ev) => { ev.preventDefault(); ui.open(el.dataset.open); });
  });
  const out = document.getElementById('leave');
  if (out) { out.addEventListener('click', () => { location.href = '/rps/logout.cgi?Dummy=' + Date.now(); }); }
});
