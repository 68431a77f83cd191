// The document as scripts see it. Nodes live in Go and are known here by
// number; each has one wrapper, so that scripts can compare nodes and hang
// properties on them. gen counts changes, so that live lists know when to look
// again.
//
// Every page with scripts evaluates these files anew, and its engine is slow:
// what few pages need is in parts, which are read at first use. Parts may be
// read after a page has changed the built-in objects, so defining things there
// calls none of their methods but defineProperty, which is kept here.
let gen = 0;
const wrappers = new Map();
const DOCUMENT = 1;
const { defineProperty, setPrototypeOf, assign } = Object;

const ask = host;
const change = (op, a, b, c) => { gen++; return host(op, a, b, c); };
const str = v => v === null || v === undefined ? '' : String(v);

function unsupported(what) {
  return function () { throw new Error('unsupported: ' + what); };
}

// accessor defines a property that is read and set by functions. One descriptor
// serves all: there are many.
const descriptor = { __proto__: null, get: undefined, set: undefined, enumerable: false, configurable: true };
function accessor(o, k, get, set, enumerable) {
  descriptor.get = get;
  descriptor.set = set;
  descriptor.enumerable = enumerable;
  defineProperty(o, k, descriptor);
}

// need is what a part defines, read at first use.
const parts = { __proto__: null };
function need(name) {
  if (!parts[name]) {
    const part = readPart(name);
    if (!part) throw new InternalError('out of memory');
    parts[name] = part(core);
  }
  return parts[name];
}

// partOf says where the classes of elements are, and classNames which elements
// have a class of their own.
const partOf = {
  __proto__: null, HTMLElement: 'element', DocumentFragment: 'element',
  HTMLAnchorElement: 'embedded', HTMLImageElement: 'embedded', HTMLScriptElement: 'embedded', HTMLIFrameElement: 'embedded', HTMLDialogElement: 'embedded',
  HTMLTableElement: 'table', HTMLTableRowElement: 'table', HTMLTableCellElement: 'table',
  HTMLFormElement: 'form', HTMLInputElement: 'form', HTMLTextAreaElement: 'form', HTMLButtonElement: 'form', HTMLFieldSetElement: 'form',
  HTMLSelectElement: 'choice', HTMLOptionElement: 'choice', HTMLOptGroupElement: 'choice', HTMLLabelElement: 'choice',
};
const classNames = {
  __proto__: null, '#fragment': 'DocumentFragment', a: 'HTMLAnchorElement', area: 'HTMLAnchorElement', img: 'HTMLImageElement',
  script: 'HTMLScriptElement', title: 'HTMLScriptElement', iframe: 'HTMLIFrameElement', frame: 'HTMLIFrameElement',
  table: 'HTMLTableElement', tbody: 'HTMLTableElement', thead: 'HTMLTableElement', tfoot: 'HTMLTableElement',
  tr: 'HTMLTableRowElement', td: 'HTMLTableCellElement', th: 'HTMLTableCellElement',
  form: 'HTMLFormElement', input: 'HTMLInputElement', textarea: 'HTMLTextAreaElement', button: 'HTMLButtonElement',
  fieldset: 'HTMLFieldSetElement', output: 'HTMLFieldSetElement', object: 'HTMLFieldSetElement',
  select: 'HTMLSelectElement', option: 'HTMLOptionElement', optgroup: 'HTMLOptGroupElement', label: 'HTMLLabelElement', dialog: 'HTMLDialogElement',
};
const classNamed = name => need(partOf[name])[name];

function classOf(tag) {
  if (tag === '#text' || tag === '#comment') return CharacterData;
  return classNamed(classNames[tag] || 'HTMLElement');
}

function wrap(id) {
  if (!id) return null;
  let w = wrappers.get(id);
  if (!w) {
    w = make(id, classOf(ask('tag', id)));
    wrappers.set(id, w);
  }
  return w;
}

function make(id, Class) {
  const w = Object.create(Class.prototype);
  defineProperty(w, '_id', { __proto__: null, value: id });
  return Class.named ? withNames(w, Class.named) : w;
}

// keep hangs a value of ours on an object without showing it in loops.
function keep(o, key, value) {
  defineProperty(o, key, { __proto__: null, value, configurable: true, writable: true });
  return value;
}

const idOf = n => n && n._id || 0;
const wrapAll = ids => ids.map(wrap);
const isIndex = k => typeof k === 'string' && /^\d+$/.test(k);

// withNames lets a wrapper answer to the names of what it holds, such as the
// fields of a form. A name hides a property, as in browsers.
function withNames(target, find) {
  return new Proxy(target, {
    get(t, k, self) {
      if (typeof k === 'string' && !Object.hasOwn(t, k)) {
        const found = find(t, k);
        if (found) return found;
      }
      return Reflect.get(t, k, self);
    },
    has(t, k) {
      return Reflect.has(t, k) || typeof k === 'string' && !!find(t, k);
    },
    set(t, k, v) { return Reflect.set(t, k, v); },
  });
}

// list makes a live collection of what fetch finds. extra adds properties,
// find looks one up by name.
function list(fetch, extra, find) {
  let seen = -1, nodes = [];
  const now = () => {
    if (seen !== gen) {
      seen = gen;
      nodes = fetch();
    }
    return nodes;
  };
  const named = find || (k => now().find(n => n.id === k) || now().find(n => n.getAttribute('name') === k) || null);
  const base = setPrototypeOf(extra || {}, HTMLCollection.prototype);
  keep(base, '_now', now);
  keep(base, '_named', named);
  return new Proxy(base, {
    get(t, k, self) {
      if (isIndex(k)) return now()[k];
      if (typeof k === 'string' && !(k in t)) return named(k) || undefined;
      return Reflect.get(t, k, self);
    },
    has: (t, k) => isIndex(k) ? +k < now().length : k in t || typeof k === 'string' && !!named(k),
    ownKeys: t => [...now().keys()].map(String),
    getOwnPropertyDescriptor(t, k) {
      if (isIndex(k) && +k < now().length) return { value: now()[k], enumerable: true, configurable: true };
      return Reflect.getOwnPropertyDescriptor(t, k);
    },
    set(t, k, v) {
      if (k === 'length' && t._resize) t._resize(+v);
      else if (isIndex(k) && t._put) t._put(+k, v);
      else t[k] = v;
      return true;
    },
  });
}

class HTMLCollection {
  get length() { return this._now().length; }
  item(i) { return this._now()[i] || null; }
  namedItem(k) { return this._named(String(k)); }
  forEach(f, self) { this._now().forEach((n, i) => f.call(self, n, i, this)); }
  [Symbol.iterator]() { return this._now()[Symbol.iterator](); }
}

class EventTarget {}

class Node extends EventTarget {
  get nodeType() { return ({ '#text': 3, '#comment': 8, '#document': 9, '#fragment': 11 })[this.nodeName] || 1; }
  get nodeName() {
    const t = ask('tag', this._id);
    return t[0] === '#' ? t : t.toUpperCase();
  }
  get nodeValue() { return null; }
  set nodeValue(v) {}
  get ownerDocument() { return document; }
  get parentNode() { return wrap(ask('parent', this._id)); }
  get parentElement() { const p = this.parentNode; return p && p.nodeType === 1 ? p : null; }
  get firstChild() { return wrap(ask('first', this._id)); }
  get lastChild() { return wrap(ask('last', this._id)); }
  get nextSibling() { return wrap(ask('next', this._id)); }
  get previousSibling() { return wrap(ask('previous', this._id)); }
  get childNodes() { return list(() => wrapAll(ask('childNodes', this._id))); }
  get isConnected() { return ask('contains', DOCUMENT, this._id); }
  get textContent() { return ask('textContent', this._id); }
  set textContent(v) { change('setText', this._id, str(v)); }
  hasChildNodes() { return !!this.firstChild; }
  contains(n) { return !!n && ask('contains', this._id, idOf(n)); }
  appendChild(n) { return this.insertBefore(n, null); }
  insertBefore(n, ref) {
    if (!n || !n._id) throw new TypeError('not a node');
    change('insert', this._id, n._id, idOf(ref));
    return n;
  }
  removeChild(n) {
    if (!n || !n._id) throw new TypeError('not a node');
    change('remove', this._id, n._id);
    return n;
  }
  replaceChild(n, old) {
    this.insertBefore(n, old);
    return this.removeChild(old);
  }
  remove() { const p = this.parentNode; if (p) p.removeChild(this); }
  append(...parts) { for (const p of parts) this.appendChild(toNode(p)); }
  prepend(...parts) { const ref = this.firstChild; for (const p of parts) this.insertBefore(toNode(p), ref); }
  before(...parts) { for (const p of parts) this.parentNode.insertBefore(toNode(p), this); }
  after(...parts) { const ref = this.nextSibling; for (const p of parts) this.parentNode.insertBefore(toNode(p), ref); }
  replaceWith(...parts) { this.before(...parts); this.remove(); }
  cloneNode(deep) { return wrap(change('clone', this._id, !!deep)); }
  normalize() {}
}
class CharacterData extends Node {
  get nodeValue() { return ask('data', this._id); }
  set nodeValue(v) { change('setData', this._id, str(v)); }
  get data() { return this.nodeValue; }
  set data(v) { this.nodeValue = v; }
  get length() { return this.data.length; }
}
Object.assign(Node, { ELEMENT_NODE: 1, TEXT_NODE: 3, COMMENT_NODE: 8, DOCUMENT_NODE: 9 });

const toNode = v => v && v._id ? v : document.createTextNode(String(v));

// Finding below a node, for documents and elements.
const finders = {
  getElementsByTagName(t) { return list(() => wrapAll(ask('byTag', this._id, String(t).toLowerCase()))); },
  getElementsByClassName(c) { return list(() => wrapAll(ask('byClass', this._id, String(c)))); },
  querySelector(s) { return wrap(ask('query', this._id, String(s), true)[0]); },
  querySelectorAll(s) { const found = wrapAll(ask('query', this._id, String(s), false)); return list(() => found); },
};
const addFinders = proto => assign(proto, finders);
