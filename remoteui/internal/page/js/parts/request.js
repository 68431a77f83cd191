// Requests of scripts. They are made by Go, which says when they are answered.
const { Map, Number, Promise, String, ask, str, keep, EventTarget, handlers, need } = core;
const { Event, dispatch, guard } = need('event');
const { document } = need('node');
handlers(EventTarget.prototype);
const { ArrayBuffer, Error, JSON, Object, TypeError } = globalThis;

const waiting = new Map(); // by number

// bodyOf is what a body is sent as: its text, or pairs for multipart, and its
// type where the script has set none. With bytes, each character is one.
function bodyOf(b) {
  const { URLSearchParams, FormData } = need('web');
  if (b === null || b === undefined) return { text: '', pairs: '', type: '' };
  if (b instanceof FormData) return { text: '', pairs: JSON.stringify([...b]), type: '' };
  if (b instanceof URLSearchParams) return { text: String(b), pairs: '', type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  if (b._file > 0 || typeof b === 'object' && (b.buffer || b instanceof ArrayBuffer)) return { text: need('file').rawOf(b), pairs: '', type: b._file > 0 ? b.type : '', bytes: true };
  return { text: String(b), pairs: '', type: 'text/plain;charset=UTF-8' };
}

// begin asks for a request, now or later.
function begin(op, method, url, headers, body, timeout) {
  const b = bodyOf(body);
  const lines = headers.map(([k, v]) => k + ': ' + v.replace(/[\r\n]/g, ' '));
  if (b.type && !headers.some(h => h[0].toLowerCase() === 'content-type')) lines.push('Content-Type: ' + b.type);
  return ask(op, method, String(url), lines.join('\n'), b.text, b.pairs, Number(timeout) || 0, b.bytes === true);
}

function answered(id, answer) {
  const done = waiting.get(id);
  waiting.delete(id);
  if (done) done(answer, '');
}
function unanswered(id, late) {
  const done = waiting.get(id);
  waiting.delete(id);
  if (done) done(null, late ? 'timeout' : 'error');
}

class XMLHttpRequestEvents extends EventTarget {}
for (const name of ['ontimeout', 'onabort', 'onloadstart', 'onloadend', 'onprogress']) XMLHttpRequestEvents.prototype[name] = null;

class XMLHttpRequest extends XMLHttpRequestEvents {
  constructor() {
    super();
    this.timeout = 0;
    this.responseType = '';
    this.withCredentials = false;
    this.upload = new XMLHttpRequestEvents();
    keep(this, '_state', 0);
    keep(this, '_answer', null);
    keep(this, '_id', 0);
  }
  get readyState() { return this._state; }
  get status() { return this._answer ? this._answer[0] : 0; }
  get statusText() { return this._answer ? this._answer[1] : ''; }
  get responseURL() { return this._answer ? this._answer[2] : ''; }
  get responseText() { return this._answer && this._state > 2 ? this._answer[4] : ''; }
  get response() {
    if (this.responseType !== 'json') return this.responseText;
    try { return JSON.parse(this.responseText); } catch (e) { return null; }
  }
  // responseXML is read as HTML is: what is in it can be looked up by tags.
  get responseXML() {
    if (!this._answer || !/xml/i.test(str(this.getResponseHeader('Content-Type')))) return null;
    if (!this._xml) {
      const holder = document.createElement('div');
      holder.innerHTML = this.responseText.replace(/<\?[^>]*>/g, '').replace(/<([\w:.-]+)([^<>]*)\/>/g, '<$1$2></$1>').replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, (m, t) => t.replace(/&/g, '&amp;').replace(/</g, '&lt;'));
      keep(holder, 'documentElement', holder.firstElementChild);
      keep(this, '_xml', holder);
    }
    return this._xml;
  }
  open(method, url, async = true) {
    this.abort();
    keep(this, '_open', { method: String(method), url: String(url), async: async !== false, headers: [] });
    keep(this, '_answer', null);
    keep(this, '_xml', null);
    to(this, 1);
  }
  setRequestHeader(k, v) {
    if (this._state !== 1) throw new Error('InvalidStateError: the request is not open');
    const had = this._open.headers.find(h => h[0].toLowerCase() === String(k).toLowerCase());
    if (had) had[1] += ', ' + v; else this._open.headers.push([String(k), String(v)]);
  }
  send(body) {
    if (this._state !== 1 || this._sent) throw new Error('InvalidStateError: the request is not open');
    const { method, url, async, headers } = this._open;
    if (!async) {
      const answer = begin('requestNow', method, url, headers, body, this.timeout);
      finish(this, answer, '');
      return;
    }
    keep(this, '_sent', begin('request', method, url, headers, body, this.timeout));
    waiting.set(this._sent, (answer, failed) => finish(this, answer, failed));
    tell(this, 'loadstart');
  }
  abort() {
    if (!this._sent) return;
    waiting.delete(this._sent);
    ask('abort', this._sent);
    keep(this, '_sent', 0);
    keep(this, '_answer', null);
    to(this, 4);
    tell(this, 'abort');
    tell(this, 'loadend');
    keep(this, '_state', 0);
  }
  overrideMimeType() {}
  getAllResponseHeaders() { return this._answer ? this._answer[3] : ''; }
  getResponseHeader(k) {
    const start = String(k).toLowerCase() + ': ', line = this.getAllResponseHeaders().split('\r\n').find(l => l.indexOf(start) === 0);
    return line === undefined ? null : line.slice(start.length);
  }
}
const states = { UNSENT: 0, OPENED: 1, HEADERS_RECEIVED: 2, LOADING: 3, DONE: 4 };
for (const k in states) XMLHttpRequest[k] = XMLHttpRequest.prototype[k] = states[k];

const plain = { __proto__: null, timeout: 1, abort: 1, loadstart: 1, loadend: 1, progress: 1 }; // events without a property of their own
function tell(x, type) {
  const e = new Event(type), f = type in plain && x['on' + type];
  dispatch(x, e);
  if (typeof f === 'function') guard(x, e, () => f.call(x, e));
}
function to(x, state) {
  keep(x, '_state', state);
  tell(x, 'readystatechange');
}
function finish(x, answer, failed) {
  const sync = !x._open.async;
  keep(x, '_sent', 0);
  keep(x, '_answer', answer);
  const open = x._open;
  for (const state of sync || failed ? [4] : [2, 3, 4]) {
    to(x, state);
    if (x._open !== open || x._state !== state) return; // begun anew by a handler
  }
  if (!failed) tell(x, 'progress');
  tell(x, failed || 'load');
  if (x._open === open) tell(x, 'loadend');
}

class Headers extends need('web').Pairs {
  get(k) {
    const all = this._all.filter(p => p[0].toLowerCase() === String(k).toLowerCase()).map(p => p[1]);
    return all.length ? all.join(', ') : null;
  }
  set(k, v) { this.delete(k); this.append(k, v); }
  delete(k) { this._all = this._all.filter(p => p[0].toLowerCase() !== String(k).toLowerCase()); }
}
class Request {
  constructor(url, init = {}) { this.url = String(url && url.url || url); this.init = init; this.method = init.method || 'GET'; }
}
class Response {
  constructor(body = '', init = {}) {
    this.status = init.status === undefined ? 200 : init.status;
    this.statusText = init.statusText || '';
    this.ok = this.status >= 200 && this.status < 300;
    this.headers = new Headers(init.headers);
    this.url = init.url || '';
    this.redirected = !!init.redirected;
    this.type = 'basic';
    this.bodyUsed = false;
    keep(this, '_text', str(body));
  }
  text() {
    if (this.bodyUsed) return Promise.reject(new TypeError('body is used already'));
    this.bodyUsed = true;
    return Promise.resolve(this._text);
  }
  json() { return this.text().then(t => JSON.parse(t)); }
  blob() { return this.text().then(t => new (need('file').Blob)([t], { type: this.headers.get('content-type') || '' })); }
  arrayBuffer() { return this.text().then(t => new (need('web').TextEncoder)().encode(t).buffer); }
  clone() { return new Response(this._text, this); }
}
class AbortController {
  constructor() { this.signal = Object.assign(new EventTarget(), { aborted: false }); }
  abort() {
    if (this.signal.aborted) return;
    this.signal.aborted = true;
    dispatch(this.signal, new Event('abort'));
  }
}

function fetch(from, init) {
  return new Promise((resolve, reject) => {
    const asked = from && from.init ? from : null;
    init = { ...(asked ? asked.init : {}), ...init };
    const url = asked ? asked.url : String(from), headers = [...new Headers(init.headers)].map(([k, v]) => [k, String(v)]);
    const { DOMException } = need('web');
    const aborted = () => reject(new DOMException('The request was aborted.', 'AbortError'));
    if (init.signal && init.signal.aborted) return aborted();
    let id;
    try {
      id = begin('request', init.method || 'GET', url, headers, init.body, 0);
    } catch (e) {
      return reject(new TypeError('Failed to fetch: ' + e.message));
    }
    waiting.set(id, (answer, failed) => {
      if (failed) return reject(new TypeError('Failed to fetch'));
      const lines = answer[3].split('\r\n').filter(Boolean).map(l => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 2)]);
      resolve(new Response(answer[4], { status: answer[0], statusText: answer[1], url: answer[2], headers: lines, redirected: answer[2] !== ask('resolve', url) }));
    });
    if (init.signal) init.signal.addEventListener('abort', () => {
      if (!waiting.delete(id)) return;
      ask('abort', id);
      aborted();
    });
  });
}

return { XMLHttpRequest, fetch, Headers, Request, Response, AbortController, answered, unanswered };
