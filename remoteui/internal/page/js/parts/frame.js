const { String, change, defineProperty, unsupported, window } = core;

// sealed is what a page cannot have of the document in another frame.
const sealed = { __proto__: null };
for (const k of ['getElementById', 'getElementsByName', 'getElementsByTagName', 'querySelector', 'querySelectorAll', 'createElement']) {
  sealed[k] = unsupported(k + ' in another frame');
}

// frameWindow stands for the window of a frame or of a pop-up: pages can send
// it elsewhere, but what is in it is another page.
function frameWindow(frame) {
  const name = typeof frame === 'string' ? frame : frame.name || '_frame';
  const go = reason => v => { change('navigate', String(v), reason, name); };
  const loc = { assign: go('location.assign()'), replace: go('location.replace()'), reload() {} };
  defineProperty(loc, 'href', { __proto__: null, get: () => '', set: go('location.href') });
  const w = {
    name, closed: false, opener: null, close() {}, focus() {}, blur() {}, moveTo() {}, resizeTo() {}, print() {},
    document: { write() {}, writeln() {}, open() {}, close() {}, get location() { return loc; }, set location(v) { loc.href = v; }, ...sealed },
  };
  defineProperty(w, 'location', { __proto__: null, get: () => loc, set: go('location') });
  return w;
}

// windowAround is the window that the page is in a frame of. Its frames are
// known by name and number; one of them is the page's own window.
function windowAround(own, names) {
  const w = frameWindow('_top');
  for (let i = 0; i < names.length; i++) {
    const f = names[i] === own ? window : frameWindow(names[i]);
    w[i] = f;
    if (!(names[i] in w)) w[names[i]] = f;
    if (f !== window) {
      f.parent = f.top = w;
      f.self = f.window = f.frames = f;
      f.length = 0;
    }
  }
  w.parent = w.top = w.self = w.window = w.frames = w;
  w.length = names.length;
  return w;
}

return { frameWindow, windowAround };
