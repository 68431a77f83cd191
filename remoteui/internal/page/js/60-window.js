// The window: location, timers that run in virtual time, dialogs.
const globals = globalThis;
const window = globalThis;

const location = {
  get href() { return ask('location'); },
  set href(v) { change('navigate', String(v), 'location.href', ''); },
  assign(v) { change('navigate', String(v), 'location.assign()', ''); },
  replace(v) { change('navigate', String(v), 'location.replace()', ''); },
  reload() { change('navigate', ask('location').replace(/#.*/, ''), 'location.reload()', ''); },
  toString() { return this.href; },
};
for (const part of ['protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'origin']) {
  Object.defineProperty(location, part, {
    get() { return ask('urlPart', this.href, part); },
    set(v) { change('navigate', ask('withPart', this.href, part, String(v)), 'location.' + part, ''); },
    enumerable: true,
  });
}

// sealed is what a page cannot have of the document in another frame.
const sealed = {};
for (const k of ['getElementById', 'getElementsByName', 'getElementsByTagName', 'querySelector', 'querySelectorAll', 'createElement']) {
  sealed[k] = unsupported(k + ' in another frame');
}

// frameWindow stands for the window of a frame or of a pop-up: pages can send
// it elsewhere, but what is in it is another page.
function frameWindow(frame) {
  const name = typeof frame === 'string' ? frame : frame.name || '_frame';
  const go = reason => v => { change('navigate', String(v), reason, name); };
  const loc = { assign: go('location.assign()'), replace: go('location.replace()'), reload() {} };
  Object.defineProperty(loc, 'href', { get: () => '', set: go('location.href') });
  const w = {
    name, closed: false, opener: null, close() {}, focus() {}, blur() {}, moveTo() {}, resizeTo() {}, print() {},
    document: { write() {}, writeln() {}, open() {}, close() {}, get location() { return loc; }, set location(v) { loc.href = v; }, ...sealed },
  };
  Object.defineProperty(w, 'location', { get: () => loc, set: go('location') });
  return w;
}

// around is the window that the page is in a frame of; the page's own without one.
// Its frames are known by name and number.
const frameNames = ask('frames').split('\n').filter(n => n), ownFrame = ask('frame');
function windowAround() {
  const w = frameWindow('_top'), frames = frameNames.map(n => n === ownFrame ? window : frameWindow(n));
  frames.forEach((f, i) => {
    w[i] = f;
    if (!(frameNames[i] in w)) w[frameNames[i]] = f;
    if (f !== window) Object.assign(f, { parent: w, top: w, self: f, window: f, frames: f, length: 0 });
  });
  return Object.assign(w, { parent: w, top: w, self: w, window: w, frames: w, length: frames.length });
}
const around = frameNames.length ? windowAround() : window;

let timers = [], lastTimer = 0, virtual = 0;
const clock = () => ask('now') + virtual;

function startTimer(f, delay, repeat, args) {
  delay = Math.max(repeat ? 4 : 0, Number(delay) || 0);
  timers.push({ id: ++lastTimer, at: virtual + delay, f, args, every: repeat ? delay : -1 });
  return lastTimer;
}
function stopTimer(id) { timers = timers.filter(t => t.id !== id); }

// nextTimer is the virtual time in ms, counted from load, of the earliest timer.
const nextTimer = () => timers.reduce((at, t) => at < 0 || t.at < at ? t.at : at, -1);

function runTimer() {
  const at = nextTimer(), t = timers.find(t => t.at === at);
  virtual = Math.max(virtual, at);
  if (t.every < 0) stopTimer(t.id); else t.at = virtual + t.every;
  try {
    if (typeof t.f === 'function') t.f.apply(window, t.args); else (0, globalEval)(String(t.f));
  } catch (e) {
    report(e, 'timer', null);
  }
}

function PageDate(...args) {
  const d = Reflect.construct(RealDate, args.length ? args : [clock()], new.target || PageDate);
  return new.target ? d : d.toString();
}
Object.setPrototypeOf(PageDate, RealDate);
PageDate.prototype = RealDate.prototype;
PageDate.prototype.constructor = PageDate;
PageDate.now = () => Math.floor(clock());

const nothing = () => {};
const storage = () => {
  const m = new Map();
  return {
    getItem: k => m.has(String(k)) ? m.get(String(k)) : null, setItem(k, v) { m.set(String(k), String(v)); },
    removeItem(k) { m.delete(String(k)); }, clear() { m.clear(); }, get length() { return m.size; },
  };
};
const screen = { width: 1280, height: 1024, availWidth: 1280, availHeight: 1024, colorDepth: 24 };
const navigator = {
  userAgent: ask('userAgent'), appName: 'Netscape', appVersion: '5.0', appCodeName: 'Mozilla', product: 'Gecko', platform: 'Win32',
  language: ask('language'), userLanguage: ask('language'), languages: [ask('language')], cookieEnabled: true, onLine: true,
  plugins: [], mimeTypes: [], javaEnabled: () => false,
};

const properties = {
  document, navigator, screen, Date: PageDate, event: undefined, name: ownFrame, status: '', defaultStatus: '', closed: false, opener: null,
  innerWidth: 1280, innerHeight: 1024, outerWidth: 1280, outerHeight: 1024, scrollX: 0, scrollY: 0, pageXOffset: 0, pageYOffset: 0,
  history: { length: 1, back: nothing, forward: nothing, go: nothing, pushState: nothing, replaceState: nothing, state: null },
  localStorage: storage(), sessionStorage: storage(),
  console: Object.fromEntries(['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'time', 'timeEnd', 'assert', 'group', 'groupEnd', 'table'].map(k => [k, nothing])),
  external: {}, frameElement: null, devicePixelRatio: 1,
  Node, Element: HTMLElement, HTMLElement, HTMLDocument, Document: HTMLDocument, HTMLCollection, NodeList: HTMLCollection, EventTarget,
  Event, MouseEvent, KeyboardEvent, UIEvent: Event, CustomEvent, HTMLFormElement, HTMLInputElement, HTMLSelectElement, HTMLOptionElement,
  HTMLTextAreaElement, HTMLButtonElement, HTMLAnchorElement, HTMLImageElement, HTMLTableElement, HTMLTableRowElement,
  setTimeout: (f, ms, ...args) => startTimer(f, ms, false, args),
  setInterval: (f, ms, ...args) => startTimer(f, ms, true, args),
  requestAnimationFrame: f => startTimer(f, 16, false, [0]),
  setImmediate: (f, ...args) => startTimer(f, 0, false, args),
  queueMicrotask: f => { Promise.resolve().then(f); },
  clearTimeout: stopTimer, clearInterval: stopTimer, cancelAnimationFrame: stopTimer, clearImmediate: stopTimer,
  alert(v) { ask('alert', v === undefined ? '' : String(v)); },
  confirm: v => ask('confirm', str(v)),
  prompt: v => ask('prompt', str(v)),
  open(u, target) { ask('open', str(u), str(target) || '_blank'); return frameWindow(str(target) || '_blank'); },
  showModalDialog(u) { ask('open', str(u), '_dialog'); },
  getComputedStyle: el => el.style,
  getSelection: () => null,
  matchMedia: () => ({ matches: false, addListener: nothing, addEventListener: nothing }),
  Option: function (text, value, initial, selected) {
    const o = document.createElement('option');
    if (text !== undefined) o.text = text;
    if (value !== undefined) o.value = value;
    if (initial) o.defaultSelected = true;
    if (selected) o.selected = true;
    return o;
  },
  Image: function () { return document.createElement('img'); },
  XMLHttpRequest: unsupported('XMLHttpRequest'), ActiveXObject: unsupported('ActiveXObject'), fetch: unsupported('fetch'),
  WebSocket: unsupported('WebSocket'), EventSource: unsupported('EventSource'), Worker: unsupported('Worker'),
};
for (const k of ['focus', 'blur', 'close', 'stop', 'print', 'scroll', 'scrollTo', 'scrollBy', 'moveTo', 'moveBy', 'resizeTo', 'resizeBy', 'captureEvents', 'releaseEvents', 'postMessage']) {
  properties[k] = nothing;
}
properties.clientInformation = navigator;
for (const [k, value] of Object.entries(properties)) Object.defineProperty(window, k, { value, writable: true, configurable: true });

Object.defineProperty(window, 'location', { get: () => location, set(v) { change('navigate', String(v), 'location', ''); } });
for (const k of ['window', 'self']) Object.defineProperty(window, k, { get: () => window, set: nothing });
for (const k of ['top', 'parent']) Object.defineProperty(window, k, { get: () => around, set: nothing });
Object.defineProperty(window, 'frames', { get: () => window });
Object.defineProperty(window, 'length', { get: () => ask('query', DOCUMENT, 'frame, iframe', false).length, set: nothing, configurable: true });
Object.setPrototypeOf(window, EventTarget.prototype);
for (const type of handlerNames) handlerProperty(window, type);

// nameGlobals makes elements with an id, and named forms and frames, global.
function nameGlobals(names) {
  for (const k of names) {
    if (k in window) continue;
    Object.defineProperty(window, k, {
      get() {
        const w = wrap(ask('globalNamed', k));
        return w instanceof HTMLIFrameElement ? frameWindow(w) : w === null ? undefined : w;
      },
      set(value) { Object.defineProperty(window, k, { value, writable: true, configurable: true, enumerable: true }); },
      configurable: true,
    });
  }
}

const functionIDs = new Map();
const sourceOf = f => { if (!functionIDs.has(f)) functionIDs.set(f, functionIDs.size); return functionIDs.get(f) + ':' + f; };

// entries is what Go calls.
const entries = {
  fire: (id, type, cancelable) => { gen++; return fire(id ? wrap(id) : window, type, cancelable); },
  names: (...names) => nameGlobals(names),
  nextTimer,
  runTimer,
  dropTimers() { timers = timers.filter(t => t.every >= 0); },
  virtual: () => virtual,
  handlers(id) { // what a click on the node alone would run, as one text
    const n = wrap(id), all = n._listeners && n._listeners.get('click') || [], set = n._handlers && n._handlers.get('click');
    return [...(set ? [set] : []), ...all.map(l => l.f)].map(sourceOf).join('\n');
  },
};
