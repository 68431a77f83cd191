/* login: the password is encrypted with the challenge of this page */
function b64dec(s) {
  var t = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', o = [], v = 0, n = 0, i, c;
  for (i = 0; i < s.length; i++) {
    c = t.indexOf(s.charAt(i));
    if (c < 0) { continue; }
    v = ((v << 6) | c) & 0xffffff; n += 6;
    if (n >= 8) { n -= 8; o.push((v >> n) & 255); }
  }
  return o;
}
function b64enc(a) {
  var t = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', o = '', i, v;
  for (i = 0; i < a.length; i += 3) {
    v = (a[i] << 16) | ((a[i + 1] || 0) << 8) | (a[i + 2] || 0);
    o += t.charAt(v >> 18) + t.charAt((v >> 12) & 63) + (i + 1 < a.length ? t.charAt((v >> 6) & 63) : '=') + (i + 2 < a.length ? t.charAt(v & 63) : '=');
  }
  return o;
}
function utf8(s) {
  var e = unescape(encodeURIComponent(s)), o = [], i;
  for (i = 0; i < e.length; i++) { o.push(e.charCodeAt(i)); }
  return o;
}
/* numbers: little endian arrays of 16 bit */
function toNum(b) {
  var o = [], i;
  for (i = b.length - 1; i >= 0; i -= 2) { o.push(b[i] | ((i > 0 ? b[i - 1] : 0) << 8)); }
  return o;
}
function toBytes(n, len) {
  var o = [], i;
  for (i = 0; i < len; i++) { o.unshift(((n[i >> 1] || 0) >> ((i & 1) * 8)) & 255); }
  return o;
}
function geq(a, b) {
  var i;
  for (i = Math.max(a.length, b.length) - 1; i >= 0; i--) {
    if ((a[i] || 0) !== (b[i] || 0)) { return (a[i] || 0) > (b[i] || 0); }
  }
  return true;
}
function subTo(a, b) {
  var i, c = 0, x;
  for (i = 0; i < a.length; i++) { x = a[i] - (b[i] || 0) - c; c = x < 0 ? 1 : 0; a[i] = x & 0xffff; }
}
function mulMod(a, b, n) {
  var l = n.length, r = [], i, j, q, c, x;
  for (j = 0; j < l + 2; j++) { r[j] = 0; }
  for (i = l - 1; i >= 0; i--) {
    r.unshift(0); r.pop();
    for (j = 0, c = 0; j < l + 2; j++) { x = r[j] + (a[j] || 0) * (b[i] || 0) + c; r[j] = x & 0xffff; c = (x - r[j]) / 65536; }
    q = Math.floor((((r[l + 1] * 65536 + r[l]) * 65536 + r[l - 1]) * 65536 + r[l - 2]) / (n[l - 1] * 65536 + n[l - 2] + 1));
    for (j = 0, c = 0; j < l + 2; j++) { x = r[j] - q * (n[j] || 0) - c; r[j] = x & 0xffff; c = (r[j] - x) / 65536; }
    while (geq(r, n)) { subTo(r, n); }
  }
  return r;
}
function derLen(a, p) {
  var l = a[p.i++], k, v = 0;
  if (l < 128) { return l; }
  for (k = l & 127; k > 0; k--) { v = v * 256 + a[p.i++]; }
  return v;
}
function modulus(pem) {
  var a = b64dec(pem.replace(/-----[A-Z ]+-----/g, '')), p = { i: 0 }, l;
  p.i++; derLen(a, p); p.i++; l = derLen(a, p); p.i += l;
  p.i++; derLen(a, p); p.i++; p.i++; derLen(a, p); p.i++; l = derLen(a, p);
  while (a[p.i] === 0) { p.i++; l--; }
  return a.slice(p.i, p.i + l);
}
function encryptPassword(pk, text) {
  var nb = modulus(pk), n = toNum(nb), m = utf8(text), k = nb.length, pad = [0, 2], rnd, i, x, r;
  if (m.length > k - 11) { return ''; }
  rnd = new Uint8Array(k - m.length - 3);
  (window.crypto || window.msCrypto).getRandomValues(rnd);
  for (i = 0; i < rnd.length; i++) { pad.push(rnd[i] || 0x5a); }
  x = toNum(pad.concat([0], m));
  r = x;
  for (i = 0; i < 16; i++) { r = mulMod(r, r, n); }
  r = mulMod(r, x, n);
  return b64enc(toBytes(r, k));
}
function doLogin(f) {
  f.PASSWORD.value = encryptPassword(f.PK.value, f.PASSWORD_T.value + f.CHALLENGE.value);
  f.PASSWORD_T.value = '';
  f.DOMAIN.value = f.domainname.value;
  return true;
}
