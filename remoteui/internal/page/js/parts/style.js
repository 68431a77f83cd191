// What elements have of style, classes and data.
const { Map, Proxy, Set, String, ask, str } = core;

// styleOf mirrors the style attribute: what hides an element must be seen by
// those who look for it.
function styleOf(el) {
  const dashed = k => k.replace(/[A-Z]/g, c => '-' + c.toLowerCase());
  const read = () => {
    const m = new Map();
    for (const d of str(el.getAttribute('style')).split(';')) {
      const i = d.indexOf(':');
      if (i > 0) m.set(d.slice(0, i).trim().toLowerCase(), d.slice(i + 1).trim());
    }
    return m;
  };
  const write = (k, v) => {
    const m = read();
    if (v === '' || v === null || v === undefined) m.delete(k); else m.set(k, String(v));
    el.setAttribute('style', [...m].map(([k, v]) => k + ': ' + v).join('; '));
  };
  const methods = {
    getPropertyValue: k => read().get(k) || '',
    setProperty: (k, v) => write(k, v),
    removeProperty: k => write(k, ''),
  };
  return new Proxy({}, {
    get(t, k) {
      if (typeof k !== 'string') return undefined;
      if (methods[k]) return methods[k];
      if (k === 'cssText') return str(el.getAttribute('style'));
      return read().get(dashed(k)) || '';
    },
    set(t, k, v) {
      if (k === 'cssText') el.setAttribute('style', v); else write(dashed(String(k)), v);
      return true;
    },
    has: () => true,
  });
}

function classList(el) {
  const read = () => el.className.split(/\s+/).filter(Boolean);
  const write = names => { el.className = names.join(' '); };
  return {
    get length() { return read().length; },
    item: i => read()[i] || null,
    contains: c => read().includes(c),
    add: (...cs) => write([...new Set([...read(), ...cs])]),
    remove: (...cs) => write(read().filter(c => !cs.includes(c))),
    toggle(c, on = !this.contains(c)) { if (on) this.add(c); else this.remove(c); return on; },
    replace(a, b) { this.remove(a); this.add(b); },
    toString: () => el.className,
  };
}

function dataset(el) {
  const attr = k => 'data-' + String(k).replace(/[A-Z]/g, c => '-' + c.toLowerCase());
  return new Proxy({}, {
    get: (t, k) => typeof k === 'string' && el.hasAttribute(attr(k)) ? el.getAttribute(attr(k)) : undefined,
    set(t, k, v) { el.setAttribute(attr(k), v); return true; },
    has: (t, k) => el.hasAttribute(attr(k)),
    deleteProperty(t, k) { el.removeAttribute(attr(k)); return true; },
  });
}

// computed is the style attribute, and what is known of whether the element is
// displayed.
function computed(el) {
  const own = el.style;
  const value = k => k === 'display' && !ask('visible', el._id) ? own.visibility ? own.display || 'none' : 'none' : own[k] || (k === 'display' ? 'block' : k === 'visibility' ? 'visible' : '');
  return new Proxy({}, { get: (t, k) => k === 'getPropertyValue' ? value : typeof k === 'string' ? value(k) : undefined, has: () => true });
}

return { computed, styleOf, classList, dataset };
