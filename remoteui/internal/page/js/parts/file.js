// Files that scripts make, and those that a person has chosen. Their bytes are in Go.
const { String, ask, keep, need } = core;
const { Object, Promise, TypeError, EventTarget, Uint8Array, unescape, encodeURIComponent } = globalThis;
const { utf8, bytesOf } = need('web');

const raw = bytes => { let s = ''; for (const b of bytes) s += String.fromCharCode(b); return s; };
const rawText = text => {
  try { return unescape(encodeURIComponent(text)); } catch (e) { return raw(utf8(text)); } // half a pair
};
const rawOf = part => part instanceof Blob ? ask('madeBytes', part._file) : typeof part === 'object' && part !== null && (part.buffer || part.byteLength !== undefined) ? raw(bytesOf(part)) : rawText(part);
const bytesIn = blob => {
  const s = ask('madeBytes', blob._file), out = new Uint8Array(s.length);
  for (let i = 0; i < s.length; i++) out[i] = s.charCodeAt(i);
  return out;
};

class Blob {
  constructor(parts = [], options = {}, name = '') { keep(this, '_file', ask('made', [...parts].map(rawOf).join(''), String(options.type || '').toLowerCase(), name)); }
  get size() { return ask('madeSize', this._file); }
  get type() { return ask('madeType', this._file); }
  text() { return Promise.resolve(ask('madeText', this._file)); }
  arrayBuffer() { return Promise.resolve(bytesIn(this).buffer); }
  slice(from, to, type) { return new Blob([bytesIn(this).slice(from, to)], { type }); }
}
class File extends Blob {
  constructor(parts, name, options) { super(parts, options, String(name)); }
  get name() { return ask('madeName', this._file); }
  get lastModified() { return 0; }
}

// chosen is the file of a field; null without one.
function chosen(field) {
  const number = ask('chosen', field), f = Object.create(File.prototype);
  keep(f, '_file', number);
  return number ? f : null;
}

const addressOf = blob => {
  if (!(blob instanceof Blob)) throw new TypeError('not a Blob');
  return ask('madeAddress', blob._file);
};

class FileReader extends EventTarget {
  _read(blob, result) {
    this.readyState = 1;
    Promise.resolve().then(() => {
      this.readyState = 2;
      this.result = result(blob);
      const { Event, dispatch, guard } = need('event');
      for (const type of ['load', 'loadend']) {
        const e = new Event(type), f = this['on' + type];
        dispatch(this, e);
        if (typeof f === 'function' && !core.handlerNames.includes('on' + type)) guard(this, e, () => f.call(this, e));
      }
    });
  }
  readAsText(blob) { this._read(blob, b => ask('madeText', b._file)); }
  readAsArrayBuffer(blob) { this._read(blob, b => bytesIn(b).buffer); }
  readAsBinaryString(blob) { this._read(blob, b => ask('madeBytes', b._file)); }
  readAsDataURL(blob) { this._read(blob, b => 'data:' + (b.type || 'application/octet-stream') + ';base64,' + need('web').btoa(ask('madeBytes', b._file))); }
}

return { Blob, File, FileReader, chosen, addressOf, rawOf };
