// Lists to choose from, and labels.
const { document, ask, change, wrap, wrapAll, list, isIndex, need } = core;
const { HTMLElement, mirror, readText, writeText, readFlag, writeFlag, readCount } = need('element');
const { Control } = need('form');

class HTMLSelectElement extends Control {
  get type() { return this.multiple ? 'select-multiple' : 'select-one'; }
  get options() {
    const sel = this;
    return list(() => wrapAll(ask('options', sel._id)), {
      add: (o, at) => sel.add(o, at),
      remove: i => sel.remove(i),
      get selectedIndex() { return sel.selectedIndex; },
      set selectedIndex(i) { sel.selectedIndex = i; },
      _resize(n) { resize(sel, n); },
      _put(i, o) { put(sel, i, o); },
    });
  }
  get length() { return ask('options', this._id).length; }
  set length(n) { resize(this, n); }
  get selectedIndex() { return ask('selectedIndex', this._id); }
  set selectedIndex(i) { change('setSelectedIndex', this._id, i | 0); }
  get selectedOptions() { return list(() => this.options._now().filter(o => o.selected)); }
  item(i) { return this.options[i] || null; }
  namedItem(k) { return this.options.namedItem(k); }
  add(o, at) {
    const ref = typeof at === 'number' ? this.options[at] : at;
    if (ref) ref.parentNode.insertBefore(o, ref); else this.appendChild(o);
  }
  remove(i) {
    if (i === undefined) super.remove();
    else if (this.options[i]) this.options[i].remove();
  }
  static named(sel, k) { return isIndex(k) ? wrap(ask('options', sel._id)[k]) : null; }
}
mirror(HTMLSelectElement, readFlag, writeFlag, { __proto__: null, multiple: 'multiple', required: 'required' });
mirror(HTMLSelectElement, readCount, writeText, { __proto__: null, size: 'size' });

function resize(sel, n) {
  for (let i = sel.length - 1; i >= n; i--) sel.remove(i);
  while (sel.length < n) sel.add(new Option());
}

function put(sel, i, o) {
  if (o === null) return sel.remove(i);
  const old = sel.options[i];
  if (old) old.parentNode.replaceChild(o, old); else sel.appendChild(o);
}

class HTMLOptionElement extends HTMLElement {
  get selected() { return ask('selected', this._id); }
  set selected(v) { change('setSelected', this._id, !!v); }
  get value() { return ask('value', this._id); }
  set value(v) { this.setAttribute('value', v); }
  get text() { return ask('optionText', this._id); }
  set text(v) { this.textContent = v; }
  get index() { const s = this.closest('select'); return s ? s.options._now().indexOf(this) : 0; }
  get form() { const s = this.closest('select'); return s && s.form; }
}
mirror(HTMLOptionElement, readText, writeText, { __proto__: null, label: 'label' });
mirror(HTMLOptionElement, readFlag, writeFlag, { __proto__: null, disabled: 'disabled', defaultSelected: 'selected' });

class HTMLLabelElement extends HTMLElement {
  get control() {
    return this.htmlFor ? document.getElementById(this.htmlFor) : this.querySelector('input,select,textarea,button');
  }
}
mirror(HTMLLabelElement, readText, writeText, { __proto__: null, htmlFor: 'for' });

class HTMLOptGroupElement extends HTMLElement {}
mirror(HTMLOptGroupElement, readText, writeText, { __proto__: null, label: 'label' });
mirror(HTMLOptGroupElement, readFlag, writeFlag, { __proto__: null, disabled: 'disabled' });

return { HTMLSelectElement, HTMLOptionElement, HTMLOptGroupElement, HTMLLabelElement };
