'use strict';
ui.ready(() => {
  const body = document.getElementById('keyRows');
  if (!body) { return; }
  const picking = body.dataset.mode === 'pick';
  body.innerHTML = ui.data('keyData').map((k) => {
    const name = ui.text(k.name), where = `<div class="cell">${k.where.map(ui.text).join('、')}</div>`;
    if (picking) {
      return `<tr><td>${name}</td><td>${where}</td><td><button type="button" class="choose" value="${k.no}">使用</button></td></tr>`;
    }
    return `<tr><td><input type="checkbox" name="target" value="${k.no}" aria-label="選擇"${k.locked ? ' disabled' : ''}></td>` +
      `<td><a href="#" class="name" data-no="${k.no}">${name}</a></td><td>${where}</td><td><i class="icon-cert" title="憑證"></i></td></tr>`;
  }).join('');
  body.querySelectorAll('a.name').forEach((a) => {
    a.addEventListener('click', (ev) => { ev.preventDefault(); ui.open('cert_view|v_cert|entry=' + a.dataset.no); });
  });
  body.querySelectorAll('button.choose').forEach((b) => {
    b.addEventListener('click', () => {
      const f = document.getElementById('chooseForm');
      f.elements['entry'].value = b.value;
      f.submit();
    });
  });
  const del = document.getElementById('btnDelete');
  if (del) {
    del.addEventListener('click', () => {
      if (!document.querySelector('input[name=target]:checked')) { alert('請選擇鍵值。'); return; }
      document.getElementById('listForm').submit();
    });
  }
});
