// The document as scripts see it. Nodes live in Go and are known here by number;
// each has one wrapper, so that scripts can compare nodes and hang properties on
// them.
const {
  Object, Reflect, Proxy, Map, Set, String, Symbol, TypeError, ask, change, str, idOf, isIndex, keep, need, handlers, handlerNames, defineProperty, setPrototypeOf, assign,
  EventTarget, window, location, generation, DOCUMENT,
} = core;
const wrappers = new Map();

// partOf says where the classes of elements are, and classNames which elements
// have a class of their own.
const partOf = {
  __proto__: null, HTMLElement: 'element', DocumentFragment: 'element',
  HTMLAnchorElement: 'embedded', HTMLImageElement: 'embedded', HTMLScriptElement: 'embedded', HTMLIFrameElement: 'embedded', HTMLDialogElement: 'embedded', HTMLTemplateElement: 'embedded', ParsedDocument: 'parse',
  HTMLTableElement: 'table', HTMLTableRowElement: 'table', HTMLTableCellElement: 'table',
  HTMLFormElement: 'form', HTMLInputElement: 'form', HTMLTextAreaElement: 'form', HTMLButtonElement: 'form', HTMLFieldSetElement: 'form', HTMLOutputElement: 'form',
  HTMLSelectElement: 'choice', HTMLOptionElement: 'choice', HTMLOptGroupElement: 'choice', HTMLLabelElement: 'choice',
};
const classNames = {
  __proto__: null, '#fragment': 'DocumentFragment', a: 'HTMLAnchorElement', area: 'HTMLAnchorElement', img: 'HTMLImageElement',
  script: 'HTMLScriptElement', title: 'HTMLScriptElement', iframe: 'HTMLIFrameElement', frame: 'HTMLIFrameElement',
  table: 'HTMLTableElement', tbody: 'HTMLTableElement', thead: 'HTMLTableElement', tfoot: 'HTMLTableElement',
  tr: 'HTMLTableRowElement', td: 'HTMLTableCellElement', th: 'HTMLTableCellElement',
  form: 'HTMLFormElement', input: 'HTMLInputElement', textarea: 'HTMLTextAreaElement', button: 'HTMLButtonElement',
  fieldset: 'HTMLFieldSetElement', output: 'HTMLOutputElement', object: 'HTMLFieldSetElement',
  select: 'HTMLSelectElement', option: 'HTMLOptionElement', optgroup: 'HTMLOptGroupElement', label: 'HTMLLabelElement', dialog: 'HTMLDialogElement',
  template: 'HTMLTemplateElement', '#document': 'ParsedDocument',
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

const wrapAll = ids => ids.map(wrap);

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
    if (seen !== generation()) {
      seen = generation();
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

class Node extends EventTarget {
  get nodeType() { return ({ '#text': 3, '#comment': 8, '#document': 9, '#fragment': 11 })[this.nodeName] || 1; }
  get nodeName() {
    const t = ask('tag', this._id);
    return t[0] === '#' ? t : t.toUpperCase();
  }
  get ownerDocument() { return document; }
  get parentNode() { return wrap(ask('parent', this._id)); }
  get firstChild() { return wrap(ask('first', this._id)); }
  get nextSibling() { return wrap(ask('next', this._id)); }
  get childNodes() { return list(() => wrapAll(ask('childNodes', this._id))); }
  get textContent() { return ask('textContent', this._id); }
  set textContent(v) { change('setText', this._id, str(v)); }
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
}
class CharacterData extends Node {
  get nodeValue() { return ask('data', this._id); }
  set nodeValue(v) { change('setData', this._id, str(v)); }
  get data() { return this.nodeValue; }
  set data(v) { this.nodeValue = v; }
  get length() { return this.data.length; }
}
assign(Node, { ELEMENT_NODE: 1, TEXT_NODE: 3, COMMENT_NODE: 8, DOCUMENT_NODE: 9 });

// Finding below a node, for documents and elements.
const finders = {
  getElementsByTagName(t) { return list(() => wrapAll(ask('byTag', this._id, String(t).toLowerCase()))); },
  getElementsByClassName(c) { return list(() => wrapAll(ask('byClass', this._id, String(c)))); },
  querySelector(s) { return wrap(ask('query', this._id, String(s), true)[0]); },
  querySelectorAll(s) { const found = wrapAll(ask('query', this._id, String(s), false)); return list(() => found); },
};
const addFinders = proto => assign(proto, finders);

// The document.
class HTMLDocument extends Node {
  get documentElement() { return wrap(ask('html')); }
  get body() { return wrap(ask('body')); }
  get title() { return ask('title'); }
  set title(v) { change('setTitle', str(v)); }
  get readyState() { return ask('readyState'); }
  get location() { return location; }
  set location(v) { window.location = v; }
  get URL() { return location.href; }
  get cookie() { return ask('cookie'); }
  set cookie(v) { ask('setCookie', str(v)); }
  get forms() { return list(() => wrapAll(ask('forms'))); }
  get images() { return this.getElementsByTagName('img'); }
  get all() { return all || (all = makeAll()); }
  getElementById(id) { return wrap(ask('byId', String(id))); }
  getElementsByName(name) { return list(() => wrapAll(ask('byName', String(name)))); }
  createElement(tag) {
    const written = /^<\s*(\w+)/.exec(tag); // createElement('<input name=x>') of old browsers
    if (!written) return wrap(change('create', String(tag)));
    const holder = wrap(change('create', 'div'));
    holder.innerHTML = tag;
    return holder.removeChild(holder.firstChild);
  }
  createTextNode(text) { return wrap(change('createText', str(text))); }
  write(...parts) { ask('write', parts.map(String).join('')); }
  writeln(...parts) { ask('write', parts.map(String).join('') + '\n'); }
  static named(doc, k) {
    if (k === 'location') return null; // it is never hidden: [LegacyUnforgeable]
    if (namesSeen !== generation()) {
      namesSeen = generation();
      const found = ask('documentNames');
      names = found && new Set(found);
    }
    if (names && !names.has(k)) return null;
    const ids = ask('documentNamed', k);
    return ids.length < 2 ? wrap(ids[0]) : list(() => wrapAll(ask('documentNamed', k)));
  }
}
addFinders(HTMLDocument.prototype);
let names = null, namesSeen = -1; // of the elements that are properties of the document

// all is document.all, made at first use.
let all = null;
function makeAll() {
  const everything = list(() => wrapAll(ask('byTag', DOCUMENT, '*')));
  return new Proxy(function () {}, {
    apply: (t, self, [k]) => k === undefined ? undefined : typeof k === 'number' ? everything[k] : allNamed(k),
    get: (t, k) => {
      if (k === 'tags') return tag => document.getElementsByTagName(tag);
      if (k === 'item' || k === 'namedItem') return x => all(x);
      if (typeof k === 'string' && !isIndex(k) && k !== 'length') return allNamed(k) || everything[k];
      return everything[k];
    },
  });
}

function allNamed(k) {
  k = String(k);
  return document.getElementById(k) || document.getElementsByName(k)[0] || null;
}

const document = make(DOCUMENT, HTMLDocument);
wrappers.set(DOCUMENT, document);

// later puts parent behind child, and between them, once somebody asks for one of
// the properties that has tells of, what make makes of it.
function later(child, parent, has, make) {
  const reveal = k => has(k) && !!setPrototypeOf(child, make());
  setPrototypeOf(child, new Proxy(parent, {
    get: (t, k, self) => Reflect.get(reveal(k) ? child : t, k, self),
    set: (t, k, v, self) => Reflect.set(reveal(k) ? child : t, k, v, self),
    has: (t, k) => has(k) || k in t,
  }));
}
const among = names => k => typeof k === 'string' && names.includes(' ' + k + ' ');

// What few pages need of nodes and of the document, and the properties on… of
// nodes.
const ofNodes = among(' after append before cloneNode contains hasChildNodes isConnected lastChild nodeValue normalize parentElement prepend previousSibling remove ' +
  ' replaceChild replaceChildren replaceWith ');
const ofDocument = among(' activeElement adoptNode anchors baseURI characterSet charset children clear close compatMode createAttribute createComment createDocumentFragment ' +
  ' createElementNS createEvent defaultView doctype documentURI domain execCommand frames getSelection hasFocus head hidden implementation ' +
  ' importNode lastModified links open parentWindow referrer scripts styleSheets visibilityState ');
const handled = {};
later(handled, EventTarget.prototype, k => handlerNames.includes(k), () => { handlers(EventTarget.prototype); return EventTarget.prototype; });
later(Node.prototype, handled, ofNodes, () => setPrototypeOf(need('rare').RareNode.prototype, handled));
later(HTMLDocument.prototype, Node.prototype, ofDocument, () => setPrototypeOf(need('rare').RareDocument.prototype, Node.prototype));

const shared = { later, among, document, Node, HTMLDocument, HTMLCollection, wrap, wrapAll, list, addFinders, classNamed, classNames, wrappers };
assign(core, shared);
return shared;
