// Elements: attributes, properties that mirror them, style, HTML in and out.
const { String, ask, change, str, keep, list, wrapAll, need, addFinders, accessor, later, among, setPrototypeOf, Node } = core;

class HTMLElement extends Node {
  get tagName() { return this.nodeName; }
  get children() { return list(() => wrapAll(ask('children', this._id))); }
  get nextElementSibling() { return beside(this, n => n.nextSibling); }
  getAttribute(k) { return ask('attribute', this._id, String(k).toLowerCase()); }
  setAttribute(k, v) { change('setAttribute', this._id, String(k).toLowerCase(), String(v)); }
  hasAttribute(k) { return this.getAttribute(k) !== null; }
  removeAttribute(k) { change('removeAttribute', this._id, String(k).toLowerCase()); }
  toggleAttribute(k, on = !this.hasAttribute(k)) { if (on) this.setAttribute(k, ''); else this.removeAttribute(k); return on; }
  get innerHTML() { return ask('innerHTML', this._id); }
  set innerHTML(v) { change('setInnerHTML', this._id, str(v)); }
  get innerText() { return ask('innerText', this._id); }
  set innerText(v) { this.textContent = v; }
  matches(s) { return ask('matches', this._id, String(s)); }
  closest(s) { for (let n = this; n && n.nodeType === 1; n = n.parentNode) if (n.matches(s)) return n; return null; }
  get style() { return this._style || keep(this, '_style', need('style').styleOf(this)); }
  set style(v) { this.setAttribute('style', v); }
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
    const f = function (v) { return arguments.length ? write(this, attr, v) : read(this, attr); };
    accessor(Class.prototype, prop, f, f, true);
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

mirror(HTMLElement, readText, writeText, { __proto__: null, id: 'id', className: 'class' });
mirror(HTMLElement, readFlag, writeFlag, { __proto__: null, hidden: 'hidden' });

// What few pages need of elements.
const ofElements = among(' accessKey align attributes bgColor childElementCount classList clientHeight clientWidth color dataset dir firstElementChild getAttributeNode ' +
  ' getBoundingClientRect getClientRects height insertAdjacentElement insertAdjacentHTML lang lastElementChild localName offsetHeight offsetLeft ' +
  ' offsetParent offsetTop offsetWidth outerHTML outerText previousElementSibling scrollIntoView tabIndex title vAlign width ');
later(HTMLElement.prototype, Node.prototype, ofElements, () => setPrototypeOf(need('rareelement').RareElement.prototype, Node.prototype));

class DocumentFragment extends HTMLElement {}

return { HTMLElement, DocumentFragment, mirror, mirrorText, readText, writeText, readFlag, writeFlag, readURL, readCount, beside };
