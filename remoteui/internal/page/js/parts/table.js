// Tables.
const { document, list, need } = core;
const { HTMLElement, mirror, writeText, readCount } = need('element');

class HTMLTableElement extends HTMLElement {
  get rows() { return list(() => this.querySelectorAll('tr')._now().filter(r => r.closest('table') === this.closest('table'))); }
  get tBodies() { return list(() => this.children._now().filter(n => n.tagName === 'TBODY')); }
  insertRow(i = -1) { return insertPart(this.tBodies[0] || this, this.rows, i, 'tr'); }
  deleteRow(i) { const r = this.rows; r[i < 0 ? r.length - 1 : i].remove(); }
}
class HTMLTableRowElement extends HTMLElement {
  get cells() { return list(() => this.children._now()); }
  get rowIndex() { return this.closest('table').rows._now().indexOf(this); }
  insertCell(i = -1) { return insertPart(this, this.cells, i, 'td'); }
  deleteCell(i) { this.cells[i].remove(); }
}
class HTMLTableCellElement extends HTMLElement {
  get cellIndex() { return this.parentNode.children._now().indexOf(this); }
}
mirror(HTMLTableCellElement, readCount, writeText, { __proto__: null, colSpan: 'colspan', rowSpan: 'rowspan' });

function insertPart(parent, existing, i, tag) {
  const n = document.createElement(tag), ref = i >= 0 ? existing[i] : null;
  (ref ? ref.parentNode : parent).insertBefore(n, ref || null);
  return n;
}

return { HTMLTableElement, HTMLTableRowElement, HTMLTableCellElement };
