// Events. Listeners live here; what happens by default is decided in Go.
const { Error, Function, Map, Set, String, Object, ask, keep, idOf, need, assign, window, clock, DOCUMENT } = core;
const { document, wrap, wrappers } = need('node');

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
    assign(this, init);
  }
  initEvent(type, bubbles, cancelable) { assign(this, { type, bubbles: !!bubbles, cancelable: !!cancelable }); }
  initMouseEvent(...args) { this.initEvent(...args); }
  initUIEvent(...args) { this.initEvent(...args); }
  preventDefault() { if (this.cancelable) this.defaultPrevented = true; }
  stopPropagation() { this._stopped = true; }
  stopImmediatePropagation() { this._stopped = this._now = true; }
  get returnValue() { return !this.defaultPrevented; }
  set returnValue(v) { if (v === false) this.preventDefault(); }
  get cancelBubble() { return !!this._stopped; }
  set cancelBubble(v) { if (v) this.stopPropagation(); }
  composedPath() { return (this._path || []).map(n => typeof n === 'number' ? wrap(n) : n); }
}
class MouseEvent extends Event {}
class KeyboardEvent extends Event {}
class CustomEvent extends Event {}

// hear tells Go that there is a handler for the event, which no attribute says.
const heard = new Set();
function hear(type) {
  if (heard.has(type)) return;
  heard.add(type);
  ask('heard', String(type));
}

function add(target, type, f, options) {
  if (!f) return;
  const all = target._listeners || keep(target, '_listeners', new Map());
  const capture = options === true || !!(options && options.capture);
  const found = all.get(type) || [];
  if (found.some(l => l.f === f && l.capture === capture)) return;
  all.set(type, [...found, { f, capture, once: !!(options && options.once) }]);
  hear(type);
  if (type === 'click') ask('clickable', idOf(target), true);
}
function remove(target, type, f) {
  const all = target._listeners;
  if (all && all.has(type)) all.set(type, all.get(type).filter(l => l.f !== f));
}

function setHandler(target, type, f) {
  const owner = target !== window && type in windowEvents && target === document.body ? window : target;
  const all = owner._handlers || keep(owner, '_handlers', new Map());
  all.set(type, typeof f === 'function' ? f : null);
  hear(type);
  if (type === 'click') ask('clickable', idOf(owner), typeof f === 'function');
}

// handlerOf is the on… property of a node: what a script has set, else the
// attribute, compiled with the scopes that attribute handlers have.
function handlerOf(target, type) {
  const set = target._handlers;
  if (set && set.has(type)) return set.get(type);
  const id = target === window ? type in windowEvents && ask('body') : target._id;
  if (!id || id === DOCUMENT || target !== window && type in windowEvents && id === ask('body')) return null;
  const code = ask('attribute', id, handlerAttribute(type));
  if (code === null) return null;
  const node = wrap(id);
  const cache = node._compiled || keep(node, '_compiled', new Map());
  const cached = cache.get(type);
  if (cached && cached.code === code) return cached.f;
  const f = compile(node, type, code);
  cache.set(type, { code, f });
  return f;
}
const windowEvents = {
  __proto__: null, load: 1, unload: 1, beforeunload: 1, pagehide: 1, pageshow: 1, error: 1, resize: 1, scroll: 1, hashchange: 1, popstate: 1, message: 1,
};

const handlerAttribute = type => ('on' + type).toLowerCase();

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
// false when the default action was prevented. Of the nodes on the way, which
// are numbers in the path, only those are wrapped that may have listeners.
function dispatch(target, e) {
  const path = [target];
  if (target._id) {
    path.push(...ask('path', target._id));
    if (e.type !== 'load') path.push(window);
  }
  const listeners = (n, capture) => {
    if (typeof n === 'number') n = capture || ask('attribute', n, handlerAttribute(e.type)) === null ? wrappers.get(n) : wrap(n);
    if (n) runListeners(n, e, capture);
  };
  const outer = window.event;
  window.event = e;
  e.target = e.srcElement = target;
  e._path = path;
  try {
    for (let i = path.length - 1; i > 0 && !e._stopped; i--) listeners(path[i], true);
    if (!e._stopped) runListeners(target, e, null);
    for (let i = 1; e.bubbles && i < path.length && !e._stopped; i++) listeners(path[i], false);
  } finally {
    window.event = outer;
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

const bubbling = {
  __proto__: null, click: 1, dblclick: 1, mousedown: 1, mouseup: 1, mouseover: 1, mouseout: 1, keydown: 1, keyup: 1, keypress: 1,
  input: 1, change: 1, submit: 1, reset: 1, focusin: 1, focusout: 1, select: 1,
};

function fire(target, type, cancelable) {
  const Class = /^(click|mouse|dbl)/.test(type) ? MouseEvent : /^key/.test(type) ? KeyboardEvent : Event;
  return dispatch(target, new Class(type, { bubbles: type in bubbling, cancelable: !!cancelable }));
}

return { Event, MouseEvent, KeyboardEvent, UIEvent: Event, CustomEvent, add, remove, setHandler, handlerOf, dispatch, guard, fire, report };
