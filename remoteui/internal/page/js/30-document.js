// The document.
class HTMLDocument extends Node {
  get documentElement() { return wrap(ask('html')); }
  get head() { return wrap(ask('head')); }
  get body() { return wrap(ask('body')); }
  get title() { return ask('title'); }
  set title(v) { change('setTitle', str(v)); }
  get readyState() { return ask('readyState'); }
  get location() { return location; }
  set location(v) { location.href = v; }
  get URL() { return location.href; }
  get documentURI() { return location.href; }
  get baseURI() { return ask('resolve', ''); }
  get domain() { return location.hostname; }
  set domain(v) {}
  get referrer() { return ''; }
  get lastModified() { return ''; }
  get cookie() { return ask('cookie'); }
  set cookie(v) { ask('setCookie', str(v)); }
  get characterSet() { return ask('charset'); }
  get charset() { return ask('charset'); }
  get compatMode() { return 'CSS1Compat'; }
  get visibilityState() { return 'visible'; }
  get hidden() { return false; }
  get defaultView() { return window; }
  get parentWindow() { return window; }
  get doctype() { return null; }
  get implementation() { return { hasFeature: () => true }; }
  get styleSheets() { return []; }
  get activeElement() { return wrap(ask('active')) || this.body; }
  get forms() { return list(() => wrapAll(ask('forms'))); }
  get images() { return this.getElementsByTagName('img'); }
  get links() { return list(() => wrapAll(ask('query', DOCUMENT, 'a[href], area[href]', false))); }
  get anchors() { return list(() => wrapAll(ask('query', DOCUMENT, 'a[name]', false))); }
  get scripts() { return this.getElementsByTagName('script'); }
  get frames() { return window.frames; }
  get all() { return all || (all = makeAll()); }
  get children() { return list(() => [this.documentElement]); }
  getElementById(id) { return wrap(ask('byId', String(id))); }
  getElementsByName(name) { return list(() => wrapAll(ask('byName', String(name)))); }
  createElement(tag) {
    const written = /^<\s*(\w+)/.exec(tag); // createElement('<input name=x>') of old browsers
    if (!written) return wrap(change('create', String(tag)));
    const holder = wrap(change('create', 'div'));
    holder.innerHTML = tag;
    return holder.removeChild(holder.firstChild);
  }
  createElementNS(ns, tag) { return this.createElement(tag); }
  createTextNode(text) { return wrap(change('createText', str(text))); }
  createComment(text) { return wrap(change('createText', '')); }
  createDocumentFragment() { return wrap(change('createFragment')); }
  createEvent() { return new Event(''); }
  createAttribute(name) { return { name, value: '' }; }
  importNode(n, deep) { return n.cloneNode(deep); }
  write(...parts) { ask('write', parts.map(String).join('')); }
  writeln(...parts) { ask('write', parts.map(String).join('') + '\n'); }
  open() { change('openDocument'); return this; }
  close() { change('close'); }
  clear() {}
  hasFocus() { return true; }
  execCommand() { return false; }
  getSelection() { return null; }
  static named(doc, k) {
    if (namesSeen !== gen) {
      namesSeen = gen;
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
