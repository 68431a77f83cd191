'use strict';
ui.ready(() => {
  const form = document.getElementById('newKey');
  // 月、日的選項
  document.querySelectorAll('select[data-upto]').forEach((sel) => {
    for (let n = 1; n <= Number(sel.dataset.upto); n++) {
      const o = document.createElement('option');
      o.value = String(n);
      o.textContent = String(n).padStart(2, '0');
      if (n === Number(sel.dataset.now)) { o.selected = true; }
      sel.appendChild(o);
    }
  });
  const sync = () => {
    const ec = form.elements['algorithm'].value === 'ec', code = form.elements['how'].value === 'code';
    document.getElementById('rsaLength').disabled = ec;
    document.getElementById('ecType').disabled = !ec;
    document.getElementById('countryList').disabled = code;
    document.getElementById('countryCode').disabled = !code;
  };
  form.querySelectorAll('input[type=radio]').forEach((r) => r.addEventListener('change', sync));
  sync();
  document.getElementById('go').addEventListener('click', () => { form.submit(); });
});
