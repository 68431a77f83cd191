// What every page with scripts needs. Each such page evaluates these two files
// anew, and its engine is slow: all else is in parts, which are read at first use,
// the document among them. Parts may be read after a page has changed the built-in
// objects, so defining things there calls none of their methods but those that are
// kept here.
//
// gen counts changes, so that live lists know when to look again.
let gen = 0;
const DOCUMENT = 1; // the number of its node
const { defineProperty, setPrototypeOf, assign } = Object;

const ask = host;
const change = (op, a, b, c) => { gen++; return host(op, a, b, c); };
const str = v => v === null || v === undefined ? '' : String(v);
const idOf = n => n && n._id || 0;
const isIndex = k => typeof k === 'string' && /^\d+$/.test(k);

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

// keep hangs a value of ours on an object without showing it in loops.
function keep(o, key, value) {
  defineProperty(o, key, { __proto__: null, value, configurable: true, writable: true });
  return value;
}

// Called as they stand, in a script, they are the window's.
class EventTarget {}
const events = () => need('event');
assign(EventTarget.prototype, {
  addEventListener(type, f, options) { events().add(this || window, type, f, options); },
  removeEventListener(type, f) { events().remove(this || window, type, f); },
  attachEvent(type, f) { this.addEventListener(type.replace(/^on/, ''), f); return true; },
  detachEvent(type, f) { this.removeEventListener(type.replace(/^on/, ''), f); },
  dispatchEvent(e) {
    // A click made by script does what a click does.
    const on = this || window;
    if (e.type === 'click' && on._id && on.click) { on.click(); return true; }
    return events().dispatch(on, e);
  },
  fireEvent(type) { return events().fire(this, type.replace(/^on/, ''), true); },
});

const handlerNames = ('onclick ondblclick onmousedown onmouseup onmouseover onmouseout onmousemove onmouseenter onmouseleave onkeydown onkeyup ' +
  'onkeypress onfocus onblur onfocusin onfocusout onchange oninput onsubmit onreset onselect onload onunload onbeforeunload onpagehide onpageshow ' +
  'onerror onresize onscroll oncontextmenu onreadystatechange onhashchange onpopstate onmessage').split(' ');

// handlers defines the properties on… for events.
function handlers(target) {
  descriptor.enumerable = false;
  for (const name of handlerNames) {
    descriptor.get = descriptor.set = function (f) {
      return arguments.length ? events().setHandler(this, name.slice(2), f) : events().handlerOf(this, name.slice(2));
    };
    defineProperty(target, name, descriptor);
  }
}
