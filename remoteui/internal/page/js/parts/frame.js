// frameWindow stands for the window of a frame or of a pop-up: pages can send
// it elsewhere, but what is in it is another page.
const { String, change, defineProperty } = core;

function frameWindow(frame) {
  const name = typeof frame === 'string' ? frame : frame.name || '_frame';
  const go = reason => v => { change('navigate', String(v), reason, name); };
  const loc = { assign: go('location.assign()'), replace: go('location.replace()'), reload() {} };
  defineProperty(loc, 'href', { __proto__: null, get: () => '', set: go('location.href') });
  const w = {
    name, closed: false, opener: null, close() {}, focus() {}, blur() {}, moveTo() {}, resizeTo() {}, print() {},
    document: { write() {}, writeln() {}, open() {}, close() {}, get location() { return loc; }, set location(v) { loc.href = v; } },
  };
  defineProperty(w, 'location', { __proto__: null, get: () => loc, set: go('location') });
  return w;
}

return { frameWindow };
