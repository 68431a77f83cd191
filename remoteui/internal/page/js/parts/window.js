// The page behind a small window, as scripts of the window see it: another
// engine has it. Objects there are known here by number; plain values and plain
// objects are copied.
const { Map, Proxy, String, ask } = core;
const { Error, JSON, Object, Symbol } = globalThis;

const seen = new Map();    // by number
const numbers = new Map(); // of what is seen

function encode(v) {
  if (numbers.has(v)) return { o: numbers.get(v) };
  if (typeof v === 'function' || typeof v === 'symbol' || typeof v === 'bigint' || v && v._id) return {};
  if (v && typeof v === 'object') {
    try { return { c: JSON.parse(JSON.stringify(v)) }; } catch (e) { return {}; }
  }
  return { v };
}
function decode(e) {
  if (e.e !== undefined) throw new Error(e.e);
  return e.o ? behind(e.o, e.f) : e.v;
}
const at = (op, n, key, ...args) => decode(JSON.parse(ask('behind', op, n, key, JSON.stringify(args.map(encode)))));

function behind(n, callable) {
  if (seen.has(n)) return seen.get(n);
  const w = new Proxy(callable ? function () {} : {}, {
    get(t, k) {
      if (k === Symbol.toPrimitive) return () => at('text', n, '');
      if (k === Symbol.iterator) return function* () { for (let i = 0; i < this.length; i++) yield this[i]; };
      return typeof k === 'string' ? at('get', n, k) : undefined;
    },
    set(t, k, v) { at('set', n, String(k), v); return true; },
    has: (t, k) => typeof k === 'string' && at('has', n, k),
    deleteProperty(t, k) { at('delete', n, String(k)); return true; },
    apply: (t, self, args) => at('call', n, '', self, ...args),
    construct: (t, args) => at('new', n, '', ...args),
  });
  seen.set(n, w);
  numbers.set(w, n);
  return w;
}

return { opener: () => behind(1, false) };
