// Elements: attributes, properties that mirror them, style, HTML in and out.
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
  get style() { return this._style || keep(this, '_style', styleOf(this)); }
  set style(v) { this.setAttribute('style', v); }
  get classList() { return classList(this); }
  get dataset() { return dataset(this); }
  get offsetWidth() { return 0; }
  get offsetHeight() { return 0; }
  get offsetTop() { return 0; }
  get offsetLeft() { return 0; }
  get offsetParent() { return this.parentElement; }
  get clientWidth() { return 0; }
  get clientHeight() { return 0; }
  getBoundingClientRect() { return { left: 0, top: 0, right: 0, bottom: 0, width: 0, height: 0, x: 0, y: 0 }; }
  getClientRects() { return []; }
  scrollIntoView() {}
  click() { if (!this.hasAttribute('disabled')) change('click', this._id); }
  focus() { change('focus', this._id); }
  blur() { change('blur', this._id); }
}
Object.assign(HTMLElement.prototype, finders);

function beside(n, step) {
  do n = step(n); while (n && n.nodeType !== 1);
  return n;
}

const withText = {
  get text() { return this.textContent; },
  set text(v) { this.textContent = v; },
};

// mirror makes properties that read and write the attribute of (nearly) the
// same name; names are "property" or "property=attribute".
function mirror(Class, names, read, write) {
  for (const name of names.split(' ')) {
    const [prop, attr = prop.toLowerCase()] = name.split('=');
    Object.defineProperty(Class.prototype, prop, {
      get() { return read(this, attr); },
      set(v) { write(this, attr, v); },
      configurable: true, enumerable: true,
    });
  }
}
const readText = (n, attr) => str(n.getAttribute(attr));
const writeText = (n, attr, v) => n.setAttribute(attr, v);
const readFlag = (n, attr) => n.hasAttribute(attr);
const writeFlag = (n, attr, v) => n.toggleAttribute(attr, !!v);
const readURL = (n, attr) => n.hasAttribute(attr) ? ask('resolve', n.getAttribute(attr)) : '';
const readCount = (n, attr) => parseInt(n.getAttribute(attr), 10) || 0;

mirror(HTMLElement, 'id className=class title lang dir align vAlign width height bgColor color accessKey', readText, writeText);
mirror(HTMLElement, 'hidden', readFlag, writeFlag);
mirror(HTMLElement, 'tabIndex', readCount, writeText);

// styleOf mirrors the style attribute: what hides an element must be seen by
// those who look for it.
function styleOf(el) {
  const dashed = k => k.replace(/[A-Z]/g, c => '-' + c.toLowerCase());
  const read = () => {
    const m = new Map();
    for (const d of str(el.getAttribute('style')).split(';')) {
      const i = d.indexOf(':');
      if (i > 0) m.set(d.slice(0, i).trim().toLowerCase(), d.slice(i + 1).trim());
    }
    return m;
  };
  const write = (k, v) => {
    const m = read();
    if (v === '' || v === null || v === undefined) m.delete(k); else m.set(k, String(v));
    el.setAttribute('style', [...m].map(([k, v]) => k + ': ' + v).join('; '));
  };
  const methods = {
    getPropertyValue: k => read().get(k) || '',
    setProperty: (k, v) => write(k, v),
    removeProperty: k => write(k, ''),
  };
  return new Proxy({}, {
    get(t, k) {
      if (typeof k !== 'string') return undefined;
      if (methods[k]) return methods[k];
      if (k === 'cssText') return str(el.getAttribute('style'));
      return read().get(dashed(k)) || '';
    },
    set(t, k, v) {
      if (k === 'cssText') el.setAttribute('style', v); else write(dashed(String(k)), v);
      return true;
    },
    has: () => true,
  });
}

function classList(el) {
  const read = () => el.className.split(/\s+/).filter(Boolean);
  const write = names => { el.className = names.join(' '); };
  return {
    get length() { return read().length; },
    item: i => read()[i] || null,
    contains: c => read().includes(c),
    add: (...cs) => write([...new Set([...read(), ...cs])]),
    remove: (...cs) => write(read().filter(c => !cs.includes(c))),
    toggle(c, on = !this.contains(c)) { if (on) this.add(c); else this.remove(c); return on; },
    replace(a, b) { this.remove(a); this.add(b); },
    toString: () => el.className,
  };
}

function dataset(el) {
  const attr = k => 'data-' + String(k).replace(/[A-Z]/g, c => '-' + c.toLowerCase());
  return new Proxy({}, {
    get: (t, k) => typeof k === 'string' && el.hasAttribute(attr(k)) ? el.getAttribute(attr(k)) : undefined,
    set(t, k, v) { el.setAttribute(attr(k), v); return true; },
    has: (t, k) => el.hasAttribute(attr(k)),
    deleteProperty(t, k) { el.removeAttribute(attr(k)); return true; },
  });
}

function define(tags, Class) {
  for (const tag of tags.split(' ')) classes.set(tag, Class);
  return Class;
}

class HTMLAnchorElement extends HTMLElement {
  toString() { return this.href; }
}
define('a area', HTMLAnchorElement);
Object.defineProperties(HTMLAnchorElement.prototype, Object.getOwnPropertyDescriptors(withText));
mirror(HTMLAnchorElement, 'href', readURL, writeText);
mirror(HTMLAnchorElement, 'name target rel alt', readText, writeText);
for (const part of ['protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'origin']) {
  Object.defineProperty(HTMLAnchorElement.prototype, part, { get() { return ask('urlPart', this.href, part); } });
}

class HTMLImageElement extends HTMLElement {
  get complete() { return true; }
}
define('img', HTMLImageElement);
mirror(HTMLImageElement, 'src', readURL, writeText);
mirror(HTMLImageElement, 'alt name border useMap', readText, writeText);

class HTMLScriptElement extends HTMLElement {}
define('script title', HTMLScriptElement);
Object.defineProperties(HTMLScriptElement.prototype, Object.getOwnPropertyDescriptors(withText));
mirror(HTMLScriptElement, 'src', readURL, writeText);
mirror(HTMLScriptElement, 'type charset language', readText, writeText);
mirror(HTMLScriptElement, 'async defer', readFlag, writeFlag);

class HTMLIFrameElement extends HTMLElement {
  get contentWindow() { return frameWindow(this); }
  get contentDocument() { return null; }
}
define('iframe frame', HTMLIFrameElement);
mirror(HTMLIFrameElement, 'name', readText, writeText);
Object.defineProperty(HTMLIFrameElement.prototype, 'src', {
  get() { return readURL(this, 'src'); },
  set(v) { ask('navigate', String(v), 'frame.src', this.name || '_frame'); },
});

class HTMLTableElement extends HTMLElement {
  get rows() { return list(() => this.querySelectorAll('tr')._now().filter(r => r.closest('table') === this.closest('table'))); }
  get tBodies() { return list(() => this.children._now().filter(n => n.tagName === 'TBODY')); }
  insertRow(i = -1) { return insertPart(this.tBodies[0] || this, this.rows, i, 'tr'); }
  deleteRow(i) { const r = this.rows; r[i < 0 ? r.length - 1 : i].remove(); }
}
define('table tbody thead tfoot', HTMLTableElement);
class HTMLTableRowElement extends HTMLElement {
  get cells() { return list(() => this.children._now()); }
  get rowIndex() { return this.closest('table').rows._now().indexOf(this); }
  insertCell(i = -1) { return insertPart(this, this.cells, i, 'td'); }
  deleteCell(i) { this.cells[i].remove(); }
}
define('tr', HTMLTableRowElement);
class HTMLTableCellElement extends HTMLElement {
  get cellIndex() { return this.parentNode.children._now().indexOf(this); }
}
define('td th', HTMLTableCellElement);
mirror(HTMLTableCellElement, 'colSpan rowSpan', readCount, writeText);

function insertPart(parent, existing, i, tag) {
  const n = document.createElement(tag), ref = i >= 0 ? existing[i] : null;
  (ref ? ref.parentNode : parent).insertBefore(n, ref || null);
  return n;
}
