// Forms and their controls.
const { String, document, ask, change, str, idOf, wrap, wrapAll, list, isIndex, fire, need, defineProperty } = core;
const { HTMLElement, mirror, readText, writeText, readFlag, writeFlag, readURL, readCount } = need('element');

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
mirror(HTMLFormElement, readText, writeText, { __proto__: null, name: 'name', target: 'target' });
mirror(HTMLFormElement, readText, writeText, { __proto__: null, encoding: 'enctype', enctype: 'enctype', acceptCharset: 'accept-charset' });

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
mirror(Control, readText, writeText, { __proto__: null, name: 'name' });
mirror(Control, readFlag, writeFlag, { __proto__: null, disabled: 'disabled', autofocus: 'autofocus' });

// TextControl is what one can type into.
class TextControl extends Control {
  select() { this.focus(); }
  setSelectionRange() {}
  createTextRange() { return { select() {}, collapse() {}, moveStart() {}, moveEnd() {} }; }
}
mirror(TextControl, readText, writeText, { __proto__: null, placeholder: 'placeholder', autocomplete: 'autocomplete' });
mirror(TextControl, readFlag, writeFlag, { __proto__: null, readOnly: 'readonly', required: 'required' });

class HTMLInputElement extends TextControl {
  get type() { return ask('inputType', this._id); }
  set type(v) { this.setAttribute('type', v); }
  get checked() { return ask('checked', this._id); }
  set checked(v) { change('setChecked', this._id, !!v); }
  get files() {
    const all = this.type === 'file' && ask('value', this._id) ? [need('file').chosen(this._id)] : [];
    return core.keep(all, 'item', i => all[i] || null) && all;
  }
}
mirror(HTMLInputElement, readText, writeText, { __proto__: null, defaultValue: 'value', alt: 'alt', accept: 'accept', min: 'min', max: 'max', pattern: 'pattern', step: 'step' });
mirror(HTMLInputElement, readFlag, writeFlag, { __proto__: null, defaultChecked: 'checked', multiple: 'multiple' });
mirror(HTMLInputElement, readCount, writeText, { __proto__: null, size: 'size' });
mirror(HTMLInputElement, readURL, writeText, { __proto__: null, src: 'src' });
defineProperty(HTMLInputElement.prototype, 'maxLength', {
  __proto__: null,
  get() { return this.hasAttribute('maxlength') ? readCount(this, 'maxlength') : -1; },
  set(v) { this.setAttribute('maxlength', v); },
});

class HTMLTextAreaElement extends TextControl {
  get type() { return 'textarea'; }
  get defaultValue() { return this.textContent; }
  set defaultValue(v) { this.textContent = v; }
}
mirror(HTMLTextAreaElement, readCount, writeText, { __proto__: null, rows: 'rows', cols: 'cols' });

class HTMLButtonElement extends Control {
  get type() { return ask('inputType', this._id); }
  set type(v) { this.setAttribute('type', v); }
}

class HTMLFieldSetElement extends Control {}

class HTMLOutputElement extends Control {
  get value() { return this.textContent; }
  set value(v) { this.textContent = v; }
}

return { HTMLFormElement, Control, HTMLInputElement, HTMLTextAreaElement, HTMLButtonElement, HTMLFieldSetElement, HTMLOutputElement };
