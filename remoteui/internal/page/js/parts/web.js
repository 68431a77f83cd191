// What the scripts of login forms encrypt with, and the small change of newer
// pages.
const { Map, Number, Object, Proxy, Set, String, ask, str, idOf, need, defineProperty } = core;
const { Error, Uint8Array, TypeError, ArrayBuffer, decodeURIComponent, encodeURIComponent } = globalThis;

class DOMException extends Error {
  constructor(message, name) { super(message); defineProperty(this, 'name', { __proto__: null, value: name || 'Error' }); }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
function btoa(s) {
  s = String(s);
  let out = '';
  for (let i = 0; i < s.length; i += 3) {
    const a = s.charCodeAt(i), b = s.charCodeAt(i + 1), c = s.charCodeAt(i + 2), left = s.length - i;
    if (a > 255 || b > 255 || c > 255) throw new DOMException('The string has characters outside of Latin1.', 'InvalidCharacterError');
    out += alphabet[a >> 2] + alphabet[(a & 3) << 4 | (left > 1 ? b >> 4 : 0)];
    out += left > 1 ? alphabet[(b & 15) << 2 | (left > 2 ? c >> 6 : 0)] : '=';
    out += left > 2 ? alphabet[c & 63] : '=';
  }
  return out;
}
function atob(s) {
  s = String(s).replace(/[\t\n\f\r ]+/g, '');
  if (s.length % 4 === 0) s = s.replace(/==?$/, '');
  if (s.length % 4 === 1 || /[^A-Za-z0-9+\/]/.test(s)) throw new DOMException('The string is not correctly encoded.', 'InvalidCharacterError');
  let out = '', bits = 0, have = 0;
  for (const c of s) {
    bits = (bits << 6 | alphabet.indexOf(c)) & 0xffffff;
    have += 6;
    if (have >= 8) out += String.fromCharCode(bits >> (have -= 8) & 255);
  }
  return out;
}

// utf8 gives a text's bytes; what is half a pair becomes a replacement character.
function utf8(s) {
  const out = [];
  for (const ch of String(s)) {
    let c = ch.codePointAt(0);
    if (c >= 0xd800 && c <= 0xdfff) c = 0xfffd;
    if (c < 0x80) out.push(c);
    else if (c < 0x800) out.push(0xc0 | c >> 6, 0x80 | c & 63);
    else if (c < 0x10000) out.push(0xe0 | c >> 12, 0x80 | c >> 6 & 63, 0x80 | c & 63);
    else out.push(0xf0 | c >> 18, 0x80 | c >> 12 & 63, 0x80 | c >> 6 & 63, 0x80 | c & 63);
  }
  return out;
}
const bytesOf = b => b === undefined ? [] : b instanceof ArrayBuffer ? new Uint8Array(b) : new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
class TextEncoder {
  get encoding() { return 'utf-8'; }
  encode(s = '') { return new Uint8Array(utf8(s)); }
}
class TextDecoder {
  constructor(label = 'utf-8') {
    if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) throw new TypeError('unsupported: TextDecoder of ' + label);
  }
  get encoding() { return 'utf-8'; }
  decode(b) {
    const hex = s => s.replace(/[\s\S]/g, c => '%' + (c.charCodeAt(0) + 256).toString(16).slice(1));
    let s = '';
    for (const c of bytesOf(b)) s += String.fromCharCode(c);
    // Whole characters as they are, each byte of anything else as a replacement.
    return s.replace(/[\x80-\xff]+/g, run => run.replace(/[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\s\S]/g, c => {
      try { return decodeURIComponent(hex(c)); } catch (e) { return '\ufffd'; }
    })).replace(/^\ufeff/, '');
  }
}

const crypto = {
  getRandomValues(a) {
    const to = bytesOf(a);
    if (to.length > 65536) throw new DOMException('more than 65536 bytes were asked for', 'QuotaExceededError');
    to.set(ask('random', to.length));
    return a;
  },
  randomUUID() {
    const b = ask('random', 16);
    b[6] = b[6] & 15 | 64;
    b[8] = b[8] & 63 | 128;
    return b.map(x => (x + 256).toString(16).slice(1)).join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  },
};

// pairsOf reads what a list of names and values is made from.
function pairsOf(from) {
  if (from === undefined || from === null) return [];
  if (typeof from === 'object') return typeof from[Symbol.iterator] === 'function' ? [...from].map(([k, v]) => [String(k), v]) : Object.keys(from).map(k => [k, from[k]]);
  const plain = s => { s = s.replace(/\+/g, ' '); try { return decodeURIComponent(s); } catch (e) { return s; } };
  return String(from).replace(/^\?/, '').split('&').filter(Boolean).map(p => {
    const i = p.indexOf('=');
    return i < 0 ? [plain(p), ''] : [plain(p.slice(0, i)), plain(p.slice(i + 1))];
  });
}
// Pairs is a list of names and values, in order.
class Pairs {
  constructor(from) { defineProperty(this, '_all', { __proto__: null, value: pairsOf(from).map(([k, v]) => [k, String(v)]), writable: true }); }
  append(k, v) { this._all.push([String(k), String(v)]); }
  delete(k) { this._all = this._all.filter(p => p[0] !== String(k)); }
  get(k) { const p = this._all.find(p => p[0] === String(k)); return p ? p[1] : null; }
  getAll(k) { return this._all.filter(p => p[0] === String(k)).map(p => p[1]); }
  has(k) { return this.get(k) !== null; }
  set(k, v) {
    const i = this._all.findIndex(p => p[0] === String(k));
    if (i < 0) return this.append(k, v);
    this._all = this._all.filter((p, j) => j <= i || p[0] !== String(k));
    this._all[i] = [String(k), String(v)];
  }
  forEach(f, self) { for (const [k, v] of this._all) f.call(self, v, k, this); }
  keys() { return this._all.map(p => p[0])[Symbol.iterator](); }
  values() { return this._all.map(p => p[1])[Symbol.iterator](); }
  entries() { return this._all.map(p => [...p])[Symbol.iterator](); }
  [Symbol.iterator]() { return this.entries(); }
}
class URLSearchParams extends Pairs {
  toString() {
    const code = s => encodeURIComponent(s).replace(/%20/g, '+').replace(/[!'()~]/g, c => '%' + c.charCodeAt(0).toString(16).toUpperCase());
    return this._all.map(([k, v]) => code(k) + '=' + code(v)).join('&');
  }
}
// Named is a file with the name that it is sent by.
const isFile = v => !!v && typeof v === 'object' && v._file > 0;
function named(v, name) {
  const { File } = need('file'), f = Object.create(File.prototype);
  const own = name !== undefined ? str(name) : v.name === undefined ? 'blob' : v.name;
  defineProperty(f, '_file', { __proto__: null, value: v._file });
  defineProperty(f, 'name', { __proto__: null, value: own, enumerable: true });
  defineProperty(f, 'toJSON', { __proto__: null, value: () => ({ file: v._file, name: own }) });
  return f;
}
class FormData extends Pairs {
  constructor(form, by) {
    super();
    if (!form) return;
    const sent = ask('entries', idOf(form), idOf(by));
    for (let i = 0; i < sent.length; i += 3) {
      if (!sent[i + 2]) this.append(sent[i], sent[i + 1]);
      else this.append(sent[i], need('file').chosen(sent[i + 2]) || new (need('file').File)([], ''));
    }
  }
  append(k, v, name) { if (isFile(v)) this._all.push([String(k), named(v, name)]); else super.append(k, v); }
  set(k, v, name) {
    super.set(k, '');
    if (isFile(v)) this._all.find(p => p[0] === String(k))[1] = named(v, name); else super.set(k, v);
  }
}

class URL {
  constructor(ref, base) {
    const at = base === undefined ? str(ref) : ask('resolveTo', str(base), str(ref));
    if (!/^[a-z][a-z0-9+.-]*:/i.test(at)) throw new TypeError('Invalid URL');
    this.href = ask('resolve', at);
  }
  toString() { return this.href; }
  toJSON() { return this.href; }
  static createObjectURL(blob) { return need('file').addressOf(blob); }
  static revokeObjectURL() {}
  get searchParams() { return new URLSearchParams(this.search); }
}
for (const part of ['protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'origin']) {
  defineProperty(URL.prototype, part, {
    __proto__: null, get() { return ask('urlPart', this.href, part); }, set(v) { this.href = ask('withPart', this.href, part, str(v)); },
  });
}

return { Pairs, DOMException, btoa, atob, utf8, bytesOf, TextEncoder, TextDecoder, crypto, URLSearchParams, FormData, URL };
