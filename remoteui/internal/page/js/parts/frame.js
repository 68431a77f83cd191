// The windows of other frames and of pop-ups: pages can send them elsewhere, but
// what is in them is another page.
const { Number, String, ask, change, defineProperty, unsupported, need } = core;

// sealed is what a page cannot have of the document in another frame.
const sealed = ['getElementById', 'getElementsByName', 'getElementsByTagName', 'querySelector', 'querySelectorAll', 'createElement'];

const constant = { __proto__: null, value: null, writable: true, enumerable: true, configurable: true };
function give(o, k, value) {
  constant.value = value;
  defineProperty(o, k, constant);
}

function frameWindow(frame) {
  const name = typeof frame === 'string' ? frame : frame.name || '_frame';
  const go = reason => v => { change('navigate', String(v), reason, name); };
  const loc = { assign: go('location.assign()'), replace: go('location.replace()'), reload() {} };
  defineProperty(loc, 'href', { __proto__: null, get: () => '', set: go('location.href') });
  const w = {
    name, get closed() { return ask('closedWindow', name); }, opener: null, close() { ask('closeWindow', name); }, focus() {}, blur() {}, moveTo() {}, resizeTo() {}, print() {},
    document: { write() {}, writeln() {}, open() {}, close() {}, get location() { return loc; }, set location(v) { loc.href = v; } },
  };
  for (let i = 0; i < sealed.length; i++) give(w.document, sealed[i], unsupported(sealed[i] + ' in another frame'));
  defineProperty(w, 'location', { __proto__: null, get: () => loc, set: go('location') });
  return w;
}

// windowAround is the window with the frames that the page is one of: they are
// known by name and number.
let around = null;
function windowAround(own) {
  if (around) return around;
  const w = frameWindow('_top'), count = ask('frames'), ownName = ask('frame');
  for (let i = 0; i < count; i++) {
    const name = ask('frameAt', i), f = name === ownName ? own : frameWindow(name || '_frame');
    give(w, i, f);
    if (name && !(name in w)) give(w, name, f);
    if (f === own) continue;
    for (const k of ['parent', 'top']) give(f, k, w);
    for (const k of ['self', 'window', 'frames']) give(f, k, f);
    give(f, 'length', 0);
  }
  for (const k of ['parent', 'top', 'self', 'window', 'frames']) give(w, k, w);
  give(w, 'length', Number(count));
  if (ask('hasOpener')) give(w, 'opener', need('window').opener());
  return around = w;
}

return { frameWindow, windowAround };
