// Events. Listeners live here; what happens by default is decided in Go.
class Event {
  constructor(type, init = {}) {
    this.type = type;
    this.bubbles = !!init.bubbles;
    this.cancelable = !!init.cancelable;
    this.defaultPrevented = false;
    this.target = this.srcElement = this.currentTarget = null;
    this.timeStamp = clock();
    this.button = 0;
    this.which = 1;
    this.keyCode = this.charCode = 0;
    this.key = this.code = '';
    this.ctrlKey = this.altKey = this.shiftKey = this.metaKey = false;
    this.clientX = this.clientY = this.pageX = this.pageY = this.screenX = this.screenY = 0;
    this.detail = 0;
    Object.assign(this, init);
  }
  initEvent(type, bubbles, cancelable) { Object.assign(this, { type, bubbles: !!bubbles, cancelable: !!cancelable }); }
  initMouseEvent(...args) { this.initEvent(...args); }
  initUIEvent(...args) { this.initEvent(...args); }
  preventDefault() { if (this.cancelable) this.defaultPrevented = true; }
  stopPropagation() { this._stopped = true; }
  stopImmediatePropagation() { this._stopped = this._now = true; }
  get returnValue() { return !this.defaultPrevented; }
  set returnValue(v) { if (v === false) this.preventDefault(); }
  get cancelBubble() { return !!this._stopped; }
  set cancelBubble(v) { if (v) this.stopPropagation(); }
  composedPath() { return this._path || []; }
}
class MouseEvent extends Event {}
class KeyboardEvent extends Event {}
class CustomEvent extends Event {}

Object.assign(EventTarget.prototype, {
  addEventListener(type, f, options) {
    if (!f) return;
    const all = this._listeners || keep(this, '_listeners', new Map());
    const capture = options === true || !!(options && options.capture);
    const found = all.get(type) || [];
    if (found.some(l => l.f === f && l.capture === capture)) return;
    all.set(type, [...found, { f, capture, once: !!(options && options.once) }]);
    if (type === 'click') ask('clickable', idOf(this), true);
  },
  removeEventListener(type, f) {
    const all = this._listeners;
    if (all && all.has(type)) all.set(type, all.get(type).filter(l => l.f !== f));
  },
  attachEvent(type, f) { this.addEventListener(type.replace(/^on/, ''), f); return true; },
  detachEvent(type, f) { this.removeEventListener(type.replace(/^on/, ''), f); },
  dispatchEvent(e) {
    // A click made by script does what a click does.
    if (e.type === 'click' && this._id && this.click) { this.click(); return true; }
    return dispatch(this, e);
  },
  fireEvent(type) { return fire(this, type.replace(/^on/, ''), true); },
});

const handlerNames = ('click dblclick mousedown mouseup mouseover mouseout mousemove mouseenter mouseleave keydown keyup keypress ' +
  'focus blur focusin focusout change input submit reset select load unload beforeunload pagehide pageshow error resize scroll ' +
  'contextmenu readystatechange hashchange popstate message').split(' ');

// handlerProperty gives an object the property on… for an event.
function handlerProperty(target, type) {
  Object.defineProperty(target, 'on' + type, {
    get() { return handlerOf(this, type); },
    set(f) {
      const owner = windowEvents.has(type) && this === document.body ? window : this;
      const all = owner._handlers || keep(owner, '_handlers', new Map());
      all.set(type, typeof f === 'function' ? f : null);
      if (type === 'click') ask('clickable', idOf(owner), typeof f === 'function');
    },
    configurable: true,
  });
}
for (const type of handlerNames) handlerProperty(EventTarget.prototype, type);

// handlerOf is the on… property of a node: what a script has set, else the
// attribute, compiled with the scopes that attribute handlers have.
function handlerOf(target, type) {
  const set = target._handlers;
  if (set && set.has(type)) return set.get(type);
  let node = target;
  if (target === window) {
    node = document.body;
    if (!node || !windowEvents.has(type)) return null;
  } else if (!target._id || target._id === DOCUMENT || target === document.body && windowEvents.has(type)) return null;
  const code = node.getAttribute && node.getAttribute('on' + type);
  if (code === null || code === undefined) return null;
  const cache = node._compiled || keep(node, '_compiled', new Map());
  const cached = cache.get(type);
  if (cached && cached.code === code) return cached.f;
  const f = compile(node, type, code);
  cache.set(type, { code, f });
  return f;
}
const windowEvents = new Set(['load', 'unload', 'beforeunload', 'pagehide', 'pageshow', 'error', 'resize', 'scroll', 'hashchange', 'popstate', 'message']);

function compile(node, type, code) {
  try {
    const make = new Function('document', 'form', 'element',
      'with (document) with (form) with (element) return function on' + type + '(event) {' + code + '\n}');
    return make(document, idOf(node) && ask('owner', node._id) ? wrap(ask('owner', node._id)) : {}, node);
  } catch (e) {
    report(e, type, node);
    return null;
  }
}

function report(e, type, node) {
  const message = e instanceof Error ? e.name + ': ' + e.message : String(e);
  ask('thrown', message, e && e.stack ? String(e.stack) : '', type, idOf(node));
}

// dispatch runs the listeners for an event on the way down and up. It returns
// false when the default action was prevented.
function dispatch(target, e) {
  const path = [target];
  if (target._id) {
    for (const id of ask('path', target._id)) path.push(wrap(id));
    if (e.type !== 'load') path.push(window);
  }
  const outer = globals.event;
  globals.event = e;
  e.target = e.srcElement = target;
  e._path = path;
  try {
    for (let i = path.length - 1; i > 0 && !e._stopped; i--) runListeners(path[i], e, true);
    if (!e._stopped) runListeners(target, e, null);
    for (let i = 1; e.bubbles && i < path.length && !e._stopped; i++) runListeners(path[i], e, false);
  } finally {
    globals.event = outer;
  }
  return !e.defaultPrevented;
}

function runListeners(node, e, capture) {
  e.currentTarget = node;
  if (!capture) {
    const f = handlerOf(node, e.type);
    if (f) {
      const r = guard(node, e, () => f.call(node, e));
      if (r === false) e.preventDefault();
    }
  }
  const all = node._listeners && node._listeners.get(e.type) || [];
  for (const l of all) {
    if (e._now) return;
    if (capture !== null && l.capture !== capture) continue;
    if (l.once) node.removeEventListener(e.type, l.f);
    guard(node, e, () => typeof l.f === 'function' ? l.f.call(node, e) : l.f.handleEvent(e));
  }
}

// guard reports what a listener throws; the others still run.
function guard(node, e, run) {
  try {
    return run();
  } catch (x) {
    report(x, e.type, node);
  }
}

const bubbling = new Set(['click', 'dblclick', 'mousedown', 'mouseup', 'mouseover', 'mouseout', 'keydown', 'keyup', 'keypress',
  'input', 'change', 'submit', 'reset', 'focusin', 'focusout', 'select']);

function fire(target, type, cancelable) {
  const Class = /^(click|mouse|dbl)/.test(type) ? MouseEvent : /^key/.test(type) ? KeyboardEvent : Event;
  return dispatch(target, new Class(type, { bubbles: bubbling.has(type), cancelable: !!cancelable }));
}
