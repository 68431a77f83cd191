'use strict';
// RSAES-PKCS1-v1_5 of password and challenge with the key in the form.
(function () {
  function derInts(pem) {
    var bin = atob(pem.replace(/-----[^-]+-----/g, '').replace(/\s+/g, '')), pos = 0, out = [];
    function read(end) {
      while (pos < end) {
        var tag = bin.charCodeAt(pos++), len = bin.charCodeAt(pos++);
        if (len & 0x80) { for (var n = len & 0x7f, l = 0; n > 0; n--) { l = l * 256 + bin.charCodeAt(pos++); } len = l; }
        if (tag === 0x30) { read(pos + len); }
        else if (tag === 0x03) { pos++; read(pos + len - 1); }
        else {
          if (tag === 0x02) { out.push(bin.substr(pos, len)); }
          pos += len;
        }
      }
    }
    read(bin.length);
    return out;
  }
  function toBig(s) { var h = '0x0'; for (var i = 0; i < s.length; i++) { h += ('0' + s.charCodeAt(i).toString(16)).slice(-2); } return BigInt(h); }
  function power(b, e, n) { var r = BigInt(1); b %= n; while (e > BigInt(0)) { if (e & BigInt(1)) { r = r * b % n; } b = b * b % n; e >>= BigInt(1); } return r; }
  function encrypt(pem, text) {
    var ints = derInts(pem), n = toBig(ints[0]), size = n.toString(16).length / 2, m = unescape(encodeURIComponent(text)), pad = '';
    while (pad.length < size - m.length - 3) { pad += String.fromCharCode(1 + Math.floor(Math.random() * 255)); }
    var c = power(toBig('\u0000\u0002' + pad + '\u0000' + m), toBig(ints[1]), n).toString(16), bin = '';
    while (c.length < size * 2) { c = '0' + c; }
    for (var i = 0; i < c.length; i += 2) { bin += String.fromCharCode(parseInt(c.substr(i, 2), 16)); }
    return btoa(bin);
  }
  window.addEventListener('DOMContentLoaded', function () {
    var f = document.getElementById('loginForm');
    f.addEventListener('submit', function () {
      f.elements.PASSWORD.value = encrypt(f.elements.PK.value, f.elements.PASSWORD_T.value + f.elements.CHALLENGE.value);
      f.elements.PASSWORD_T.value = '';
    });
  });
})();
