// Documents that a script reads out of a text, for nobody to see.
const { String, ask, wrap, need, addFinders, list, wrapAll, Node } = core;

class ParsedDocument extends Node {
  get documentElement() { return this.querySelector('html'); }
  get head() { return this.querySelector('head'); }
  get body() { return this.querySelector('body'); }
  get title() { const t = this.querySelector('title'); return t ? t.textContent.trim().replace(/\s+/g, ' ') : ''; }
  get forms() { return list(() => wrapAll(ask('query', this._id, 'form', false))); }
  get children() { return list(() => [this.documentElement]); }
  getElementById(id) { return wrap(ask('query', this._id, '[id="' + String(id).replace(/["\\]/g, '\\$&') + '"]', true)[0]); }
}
addFinders(ParsedDocument.prototype);

class DOMParser {
  parseFromString(text, type) { return need('node').wrap(ask('parseApart', String(text))); }
}

return { ParsedDocument, DOMParser };
