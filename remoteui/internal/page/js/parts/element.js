// Elements: attributes, properties that mirror them, style, HTML in and out.
const { String, ask, change, str, keep, list, wrapAll, need, addFinders, accessor, Node } = core;

class HTMLElement extends Node {
  get tagName() { return this.nodeName; }
  get localName() { return ask('tag', this._id); }
  get attributes() { return ask('attributes', this._id).map(name => ({ name, nodeName: name, value: this.getAttribute(name) })); }
  get children() { return list(() => wrapAll(ask('children', this._id))); }
  get childElementCount() { return ask('children', this._id).length; }
  get firstElementChild() { return this.children[0] || null; }
  get lastElementChild() { const c = this.children; return c[c.length - 1] || null; }
  get nextElementSibling() { return beside(this, n => n.nextSibling); }
  get previousElementSibling() { return beside(this, n => n.previousSibling); }
  getAttribute(k) { return ask('attribute', this._id, String(k).toLowerCase()); }
  setAttribute(k, v) { change('setAttribute', this._id, String(k).toLowerCase(), String(v)); }
  hasAttribute(k) { return this.getAttribute(k) !== null; }
  removeAttribute(k) { change('removeAttribute', this._id, String(k).toLowerCase()); }
  toggleAttribute(k, on = !this.hasAttribute(k)) { if (on) this.setAttribute(k, ''); else this.removeAttribute(k); return on; }
  getAttributeNode(k) { const value = this.getAttribute(k); return value === null ? null : { name: k, value, nodeValue: value }; }
  get innerHTML() { return ask('innerHTML', this._id); }
  set innerHTML(v) { change('setInnerHTML', this._id, str(v)); }
  get outerHTML() { return ask('outerHTML', this._id); }
  set outerHTML(v) { this.insertAdjacentHTML('beforebegin', v); this.remove(); }
  get innerText() { return ask('innerText', this._id); }
  set innerText(v) { this.textContent = v; }
  get outerText() { return this.innerText; }
  insertAdjacentHTML(where, v) { change('insertHTML', this._id, String(where).toLowerCase(), str(v)); }
  insertAdjacentElement(where, n) {
    where = String(where).toLowerCase();
    if (where === 'beforebegin') this.before(n);
    else if (where === 'afterbegin') this.prepend(n);
    else if (where === 'beforeend') this.append(n);
    else this.after(n);
    return n;
  }
  matches(s) { return ask('matches', this._id, String(s)); }
  closest(s) { for (let n = this; n && n.nodeType === 1; n = n.parentNode) if (n.matches(s)) return n; return null; }
  get style() { return this._style || keep(this, '_style', need('style').styleOf(this)); }
  set style(v) { this.setAttribute('style', v); }
  get classList() { return need('style').classList(this); }
  get dataset() { return need('style').dataset(this); }
  get offsetWidth() { return 0; }
  get offsetHeight() { return 0; }
  get offsetTop() { return 0; }
  get offsetLeft() { return 0; }
  get offsetParent() { return ask('visible', this._id) ? this.parentElement : null; }
  get clientWidth() { return 0; }
  get clientHeight() { return 0; }
  getBoundingClientRect() { return { left: 0, top: 0, right: 0, bottom: 0, width: 0, height: 0, x: 0, y: 0 }; }
  getClientRects() { return ask('visible', this._id) ? [this.getBoundingClientRect()] : []; }
  scrollIntoView() {}
  click() { if (!this.hasAttribute('disabled')) change('click', this._id); }
  focus() { change('focus', this._id); }
  blur() { change('blur', this._id); }
}
addFinders(HTMLElement.prototype);

function beside(n, step) {
  do n = step(n); while (n && n.nodeType !== 1);
  return n;
}

// mirror makes properties that read and write attributes: names has the
// attribute of each property.
function mirror(Class, read, write, names) {
  for (const prop in names) {
    const attr = names[prop];
    accessor(Class.prototype, prop, function () { return read(this, attr); }, function (v) { write(this, attr, v); }, true);
  }
}
const readText = (n, attr) => str(n.getAttribute(attr));
const writeText = (n, attr, v) => n.setAttribute(attr, v);
const readFlag = (n, attr) => n.hasAttribute(attr);
const writeFlag = (n, attr, v) => n.toggleAttribute(attr, !!v);
const readURL = (n, attr) => n.hasAttribute(attr) ? ask('resolve', n.getAttribute(attr)) : '';
const readCount = (n, attr) => parseInt(n.getAttribute(attr), 10) || 0;

// mirrorText makes the property text.
const mirrorText = Class => mirror(Class, n => n.textContent, (n, attr, v) => { n.textContent = v; }, { __proto__: null, text: '' });

mirror(HTMLElement, readText, writeText, {
  __proto__: null, id: 'id', className: 'class', title: 'title', lang: 'lang', dir: 'dir', align: 'align', vAlign: 'valign', width: 'width',
  height: 'height', bgColor: 'bgcolor', color: 'color', accessKey: 'accesskey',
});
mirror(HTMLElement, readFlag, writeFlag, { __proto__: null, hidden: 'hidden' });
mirror(HTMLElement, readCount, writeText, { __proto__: null, tabIndex: 'tabindex' });

class DocumentFragment extends HTMLElement {}

return { HTMLElement, DocumentFragment, mirror, mirrorText, readText, writeText, readFlag, writeFlag, readURL, readCount };
