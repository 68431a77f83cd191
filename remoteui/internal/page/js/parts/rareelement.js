// What few pages need of elements.
const { String, ask, change, str, list, wrapAll, need, setPrototypeOf, Node } = core;
const { mirror, readText, writeText, readCount, beside } = need('element');

class RareElement {
  get localName() { return ask('tag', this._id); }
  get attributes() { return ask('attributes', this._id).map(name => ({ name, nodeName: name, value: this.getAttribute(name) })); }
  get childElementCount() { return ask('children', this._id).length; }
  get firstElementChild() { return this.children[0] || null; }
  get lastElementChild() { const c = this.children; return c[c.length - 1] || null; }
  get previousElementSibling() { return beside(this, n => n.previousSibling); }
  getAttributeNode(k) { const value = this.getAttribute(k); return value === null ? null : { name: k, value, nodeValue: value }; }
  get outerHTML() { return ask('outerHTML', this._id); }
  set outerHTML(v) { this.insertAdjacentHTML('beforebegin', v); this.remove(); }
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
}
mirror(RareElement, readText, writeText, {
  __proto__: null, title: 'title', lang: 'lang', dir: 'dir', align: 'align', vAlign: 'valign', width: 'width', height: 'height', bgColor: 'bgcolor', color: 'color',
  accessKey: 'accesskey',
});
mirror(RareElement, readCount, writeText, { __proto__: null, tabIndex: 'tabindex' });

return { RareElement };
