// Forms and their controls.
class HTMLFormElement extends HTMLElement {
  get elements() { return list(() => wrapAll(ask('elements', this._id)), null, k => HTMLFormElement.named(this, k)); }
  get length() { return ask('elements', this._id).length; }
  get action() { return ask('resolve', str(this.getAttribute('action'))); }
  set action(v) { this.setAttribute('action', v); }
  get method() { return str(this.getAttribute('method')).toLowerCase() === 'post' ? 'post' : 'get'; }
  set method(v) { this.setAttribute('method', v); }
  submit() { change('submit', this._id, 0, 'form.submit()'); }
  requestSubmit(by) { change('requestSubmit', this._id, idOf(by)); }
  reset() { if (fire(this, 'reset', true)) change('reset', this._id); }
  checkValidity() { return true; }
  reportValidity() { return true; }
  [Symbol.iterator]() { return this.elements[Symbol.iterator](); }
  static named(form, k) {
    if (isIndex(k)) return wrap(ask('elements', form._id)[k]);
    const ids = ask('formNamed', form._id, k);
    return ids.length < 2 ? wrap(ids[0]) : radioList(() => wrapAll(ask('formNamed', form._id, k)));
  }
}
define('form', HTMLFormElement);
mirror(HTMLFormElement, 'name target', readText, writeText);
mirror(HTMLFormElement, 'encoding=enctype enctype acceptCharset=accept-charset', readText, writeText);

// radioList is what form.name gives where several controls have the name.
function radioList(fetch) {
  return list(fetch, {
    get type() { return undefined; },
    get value() { const on = fetch().find(n => n.checked); return on ? on.value : ''; },
    set value(v) { const n = fetch().find(n => n.value === String(v)); if (n) n.checked = true; },
  });
}

class Control extends HTMLElement {
  get form() { return wrap(ask('owner', this._id)); }
  get value() { return ask('value', this._id); }
  set value(v) { change('setValue', this._id, str(v)); }
  get labels() { return list(() => document.getElementsByTagName('label')._now().filter(l => l.control === this)); }
  get validity() { return { valid: true }; }
  get willValidate() { return true; }
  checkValidity() { return true; }
  reportValidity() { return true; }
  setCustomValidity() {}
}
mirror(Control, 'name', readText, writeText);
mirror(Control, 'disabled autofocus', readFlag, writeFlag);

// TextControl is what one can type into.
class TextControl extends Control {
  select() { this.focus(); }
  setSelectionRange() {}
  createTextRange() { return { select() {}, collapse() {}, moveStart() {}, moveEnd() {} }; }
}
mirror(TextControl, 'placeholder autocomplete', readText, writeText);
mirror(TextControl, 'readOnly required', readFlag, writeFlag);

class HTMLInputElement extends TextControl {
  get type() { return ask('inputType', this._id); }
  set type(v) { this.setAttribute('type', v); }
  get checked() { return ask('checked', this._id); }
  set checked(v) { change('setChecked', this._id, !!v); }
  get files() { return ask('value', this._id) ? [{ name: ask('value', this._id), size: ask('fileSize', this._id) }] : []; }
}
define('input', HTMLInputElement);
mirror(HTMLInputElement, 'defaultValue=value alt accept min max pattern step', readText, writeText);
mirror(HTMLInputElement, 'defaultChecked=checked multiple', readFlag, writeFlag);
mirror(HTMLInputElement, 'size', readCount, writeText);
mirror(HTMLInputElement, 'src', readURL, writeText);
Object.defineProperty(HTMLInputElement.prototype, 'maxLength', {
  get() { return this.hasAttribute('maxlength') ? readCount(this, 'maxlength') : -1; },
  set(v) { this.setAttribute('maxlength', v); },
});

class HTMLTextAreaElement extends TextControl {
  get type() { return 'textarea'; }
  get defaultValue() { return this.textContent; }
  set defaultValue(v) { this.textContent = v; }
}
define('textarea', HTMLTextAreaElement);
mirror(HTMLTextAreaElement, 'rows cols', readCount, writeText);

class HTMLButtonElement extends Control {
  get type() { return ask('inputType', this._id); }
  set type(v) { this.setAttribute('type', v); }
}
define('button', HTMLButtonElement);

class HTMLFieldSetElement extends Control {}
define('fieldset output object', HTMLFieldSetElement);

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
define('select', HTMLSelectElement);
mirror(HTMLSelectElement, 'multiple required', readFlag, writeFlag);
mirror(HTMLSelectElement, 'size', readCount, writeText);

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
define('option', HTMLOptionElement);
mirror(HTMLOptionElement, 'label', readText, writeText);
mirror(HTMLOptionElement, 'disabled defaultSelected=selected', readFlag, writeFlag);

class HTMLLabelElement extends HTMLElement {
  get control() {
    return this.htmlFor ? document.getElementById(this.htmlFor) : this.querySelector('input,select,textarea,button');
  }
}
define('label', HTMLLabelElement);
mirror(HTMLLabelElement, 'htmlFor=for', readText, writeText);

class HTMLOptGroupElement extends HTMLElement {}
define('optgroup', HTMLOptGroupElement);
mirror(HTMLOptGroupElement, 'label', readText, writeText);
mirror(HTMLOptGroupElement, 'disabled', readFlag, writeFlag);
