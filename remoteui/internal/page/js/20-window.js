// The window: location, timers that run in virtual time, dialogs.
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
  const set = part === 'hash' ? v => { change('hash', String(v).replace(/^#/, '')); } : function (v) { change('navigate', ask('withPart', this.href, part, String(v)), 'location.' + part, ''); };
  defineProperty(location, part, { __proto__: null, enumerable: true, get: function () { return ask('urlPart', this.href, part); }, set });
}

const frameWindow = frame => need('frame').frameWindow(frame);

// around is the window that the page is in a frame of; the page's own without one.
const inFrames = ask('frames') > 0;
const around = () => inFrames ? need('frame').windowAround(window) : ask('inside') ? need('window').opener() : window;

// skipped is the part of the virtual time that did not really pass.
let timers = [], lastTimer = 0, virtual = 0, skipped = 0;
const clock = () => ask('now') + skipped;

function startTimer(f, delay, repeat, args) {
  delay = Math.max(repeat ? 4 : 0, Number(delay) || 0);
  if (lastTimer === 0) ask('timed');
  timers.push({ id: ++lastTimer, at: virtual + delay, f, args, every: repeat ? delay : -1 });
  return lastTimer;
}
function stopTimer(id) { timers = timers.filter(t => t.id !== id); }

// nextTimer is the virtual time in ms, counted from load, of the earliest timer.
const nextTimer = () => timers.reduce((at, t) => at < 0 || t.at < at ? t.at : at, -1);

function runTimer(passed) {
  const at = nextTimer(), t = timers.find(t => t.at === at);
  if (at > virtual) {
    if (!passed) skipped += at - virtual;
    virtual = at;
  }
  if (t.every < 0) stopTimer(t.id); else t.at = virtual + t.every;
  try {
    if (typeof t.f === 'function') t.f.apply(window, t.args); else (0, globalEval)(String(t.f));
  } catch (e) {
    events().report(e, 'timer', null);
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
const loaded = clock();
const storage = () => need('storage').storage();
const screen = { width: 1280, height: 1024, availWidth: 1280, availHeight: 1024, colorDepth: 24 };
const navigator = {
  userAgent, appName: 'Netscape', appVersion: '5.0', appCodeName: 'Mozilla', product: 'Gecko', platform: 'Win32',
  language: 'en', userLanguage: 'en', languages: ['en'], cookieEnabled: true, onLine: true,
  plugins: [], mimeTypes: [], javaEnabled: () => false,
};

const properties = {
  __proto__: null, navigator, clientInformation: navigator, screen, Date: PageDate, event: undefined, name: ask('frame'), status: '', defaultStatus: '', closed: false, opener: null,
  innerWidth: 1280, innerHeight: 1024, outerWidth: 1280, outerHeight: 1024, scrollX: 0, scrollY: 0, pageXOffset: 0, pageYOffset: 0,
  console: {
    log: nothing, info: nothing, warn: nothing, error: nothing, debug: nothing, trace: nothing, dir: nothing, time: nothing, timeEnd: nothing,
    assert: nothing, group: nothing, groupEnd: nothing, table: nothing,
  },
  external: {}, frameElement: null, isSecureContext: location.protocol === 'https:',
  performance: { now: () => clock() - loaded, timeOrigin: loaded, timing: { navigationStart: loaded }, mark: nothing, measure: nothing }, devicePixelRatio: 1,
  EventTarget,
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
  getComputedStyle: el => need('style').computed(el),
  getSelection: () => null,
  matchMedia: () => ({ matches: false, addListener: nothing, addEventListener: nothing }),
  Option: function (text, value, initial, selected) {
    const o = need('node').document.createElement('option');
    if (text !== undefined) o.text = text;
    if (value !== undefined) o.value = value;
    if (initial) o.defaultSelected = true;
    if (selected) o.selected = true;
    return o;
  },
  Image: function () { return need('node').document.createElement('img'); },
  focus: nothing, blur: nothing, close() { ask('closeWindow', '_top'); }, stop: nothing, print: nothing, scroll: nothing, scrollTo: nothing, scrollBy: nothing,
  moveTo: nothing, moveBy: nothing, resizeTo: nothing, resizeBy: nothing, captureEvents: nothing, releaseEvents: nothing, postMessage: nothing,
  WebSocket: unsupported('WebSocket'), EventSource: unsupported('EventSource'), Worker: unsupported('Worker'),
};
const property = { __proto__: null, value: null, writable: true, configurable: true }; // one for all: there are many
for (const k in properties) {
  property.value = properties[k];
  defineProperty(window, k, property);
}

// lazily makes a global that few scripts ask for when they do. One function reads
// and sets it: each costs what some host calls do.
function lazily(k, make) {
  const f = function (v) {
    const value = arguments.length ? v : make(k);
    defineProperty(window, k, { __proto__: null, value, writable: true, configurable: true });
    return value;
  };
  accessor(window, k, f, f, false);
}
for (const k of ['HTMLElement', 'HTMLFormElement', 'HTMLInputElement', 'HTMLSelectElement', 'HTMLOptionElement', 'HTMLTextAreaElement',
  'HTMLButtonElement', 'HTMLAnchorElement', 'HTMLImageElement', 'HTMLTableElement', 'HTMLTableRowElement']) lazily(k, k => need('node').classNamed(k));
lazily('Element', () => need('node').classNamed('HTMLElement'));
for (const k of ['document', 'Node', 'HTMLDocument', 'HTMLCollection']) lazily(k, k => need('node')[k]);
lazily('Document', () => need('node').HTMLDocument);
lazily('NodeList', () => need('node').HTMLCollection);
for (const k of ['Event', 'MouseEvent', 'KeyboardEvent', 'UIEvent', 'CustomEvent']) lazily(k, k => events()[k]);
for (const k of ['DOMException', 'btoa', 'atob', 'TextEncoder', 'TextDecoder', 'crypto', 'URLSearchParams', 'FormData', 'URL']) lazily(k, k => need('web')[k]);
for (const k of ['XMLHttpRequest', 'fetch', 'Headers', 'Response', 'Request', 'AbortController']) lazily(k, k => ask('canRequest') ? need('request')[k] : unsupported(k));
if (!inFrames && ask('hasOpener')) lazily('opener', () => need('window').opener());
lazily('history', () => need('history').history);
for (const k of ['Blob', 'File', 'FileReader']) lazily(k, k => need('file')[k]);
lazily('DOMParser', () => need('parse').DOMParser);
lazily('localStorage', storage);
lazily('sessionStorage', storage);

defineProperty(window, 'location', { __proto__: null, get: () => location, set(v) { change('navigate', String(v), 'location', ''); } });
const itself = { __proto__: null, get: () => window, set: nothing };
for (const k of ['window', 'self']) defineProperty(window, k, itself);
const outside = { __proto__: null, get: around, set: nothing };
for (const k of ['top', 'parent']) defineProperty(window, k, outside);
defineProperty(window, 'frames', { __proto__: null, get: () => window });
defineProperty(window, 'length', { __proto__: null, get: () => ask('query', DOCUMENT, 'frame, iframe', false).length, set: nothing, configurable: true });
Object.setPrototypeOf(window, EventTarget.prototype);

// The window has the properties on… for events itself: a script may declare a
// variable of that name.
handlers(window);

// nameGlobals makes elements with an id, and named forms and frames, global.
function nameGlobals(names) {
  for (const k of names) {
    if (k in window) continue;
    defineProperty(window, k, {
      __proto__: null, configurable: true,
      get() {
        const id = ask('globalNamed', k);
        if (!id) return undefined;
        const { classNames, wrap } = need('node');
        return classNames[ask('tag', id)] === 'HTMLIFrameElement' ? frameWindow(wrap(id)) : wrap(id);
      },
      set(value) { defineProperty(window, k, { __proto__: null, value, writable: true, configurable: true, enumerable: true }); },
    });
  }
}

const functionIDs = new Map();
const sourceOf = f => { if (!functionIDs.has(f)) functionIDs.set(f, functionIDs.size); return functionIDs.get(f) + ':' + f; };

// entries is what Go calls.
const entries = {
  fire: (id, type, cancelable) => { gen++; return events().fire(id ? need('node').wrap(id) : window, type, cancelable); },
  names(...names) { gen++; nameGlobals(names); },
  behind(...args) { gen++; return need('behind').behind(...args); },
  module(address) { gen++; import(address).catch(e => events().report(e, 'module', null)); },
  moved(...args) { gen++; need('history').moved(...args); },
  windowName: () => str(window.name),
  nextTimer,
  runTimer(passed) { gen++; runTimer(passed); },
  answered(id, ...answer) { gen++; need('request').answered(id, answer); },
  unanswered(id, late) { gen++; need('request').unanswered(id, late); },
  dropTimers() { timers = timers.filter(t => t.every >= 0); },
  virtual: () => virtual,
  handlers(id) { // what a click on the node alone would run, as one text
    const n = need('node').wrap(id), all = n._listeners && n._listeners.get('click') || [], set = n._handlers && n._handlers.get('click');
    return [...(set ? [set] : []), ...all.map(l => l.f)].map(sourceOf).join('\n');
  },
};

// core is what the parts use.
const core = {
  Error, Function, Map, Math, Number, Object, Promise, Proxy, Reflect, Set, String, Symbol, TypeError,
  unsupported, ask, change, str, idOf, isIndex, need, keep, handlers, handlerNames, defineProperty, setPrototypeOf, assign, accessor,
  EventTarget, fire: (...args) => events().fire(...args), window, location, frameWindow, clock, generation: () => gen, DOCUMENT,
};
