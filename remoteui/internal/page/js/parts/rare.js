// What few pages need of nodes and of the document.
const { TypeError, String, ask, change, str, idOf, list, wrap, wrapAll, location, window, need, document, DOCUMENT } = core;

const toNode = v => v && v._id ? v : document.createTextNode(String(v));

class RareNode {
  get nodeValue() { return null; }
  set nodeValue(v) {}
  get parentElement() { const p = this.parentNode; return p && p.nodeType === 1 ? p : null; }
  get lastChild() { return wrap(ask('last', this._id)); }
  get previousSibling() { return wrap(ask('previous', this._id)); }
  get isConnected() { return ask('contains', DOCUMENT, this._id); }
  hasChildNodes() { return !!this.firstChild; }
  contains(n) { return !!n && ask('contains', this._id, idOf(n)); }
  replaceChild(n, old) {
    this.insertBefore(n, old);
    return this.removeChild(old);
  }
  remove() { const p = this.parentNode; if (p) p.removeChild(this); }
  append(...parts) { for (const p of parts) this.appendChild(toNode(p)); }
  prepend(...parts) { const ref = this.firstChild; for (const p of parts) this.insertBefore(toNode(p), ref); }
  before(...parts) { for (const p of parts) this.parentNode.insertBefore(toNode(p), this); }
  after(...parts) { const ref = this.nextSibling; for (const p of parts) this.parentNode.insertBefore(toNode(p), ref); }
  replaceChildren(...parts) { this.textContent = ''; this.append(...parts); }
  replaceWith(...parts) { this.before(...parts); this.remove(); }
  cloneNode(deep) { return wrap(change('clone', this._id, !!deep)); }
  normalize() {}
}

class RareDocument {
  get head() { return wrap(ask('head')); }
  get documentURI() { return location.href; }
  get baseURI() { return ask('resolve', ''); }
  get domain() { return location.hostname; }
  set domain(v) {}
  get referrer() { return ''; }
  get lastModified() { return ''; }
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
  get links() { return list(() => wrapAll(ask('query', DOCUMENT, 'a[href], area[href]', false))); }
  get anchors() { return list(() => wrapAll(ask('query', DOCUMENT, 'a[name]', false))); }
  get scripts() { return this.getElementsByTagName('script'); }
  get frames() { return window.frames; }
  get children() { return list(() => [this.documentElement]); }
  createElementNS(ns, tag) { return this.createElement(tag); }
  createComment(text) { return wrap(change('createText', '')); }
  createDocumentFragment() { return wrap(change('createFragment')); }
  createEvent() { return new (need('event').Event)(''); }
  createAttribute(name) { return { name, value: '' }; }
  importNode(n, deep) { return n.cloneNode(deep); }
  adoptNode(n) { if (n.parentNode) n.parentNode.removeChild(n); return n; }
  open() { change('openDocument'); return this; }
  close() { change('close'); }
  clear() {}
  hasFocus() { return true; }
  execCommand() { return false; }
  getSelection() { return null; }
}

return { RareNode, RareDocument };
