package c5560

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"io"
	"net/http"
	"strings"
)

const css = `body { font-family: "Microsoft JhengHei", sans-serif; font-size: 13px; margin: 0; }
#header { background: #333; color: #fff; padding: 6px; } #header a { color: #fff; } #headLinks { float: right; }
#frame { width: 100%; } #menu { width: 200px; background: #eee; vertical-align: top; padding: 6px; } #contents { vertical-align: top; padding: 8px; }
#crumb { color: #666; } h2 { border-bottom: 2px solid #c00; font-size: 16px; } .upd { float: right; color: #666; }
table.info th, table.set th { text-align: left; background: #f4f4f4; padding: 3px 8px; } td.sec { background: #ddd; font-weight: bold; }
.ItemListComponent table { border-collapse: collapse; } .ItemListComponent td, .ItemListComponent th { border: 1px solid #bbb; padding: 3px 8px; }
fieldset.btn { border: 0; text-align: right; } .ErrMsg { color: #c00; } #apply { background: #ffc; padding: 4px; } #footer { color: #888; padding: 8px; }
#loginBox, #errorBox { width: 460px; margin: 40px auto; border: 1px solid #bbb; padding: 16px; }
`

const commonJS = `// (C) CANON INC.
function menu_link(cgi, page, pgtag, sec) {
  var f = document.SUBMIT_FORM;
  f.action = cgi;
  f.PageFlag.value = page;
  f.CorePGTAG.value = pgtag;
  f.SecID.value = sec;
  f.Dummy.value = (new Date()).getTime();
  f.submit();
}
function write_value(id, v) {
  document.write('<span id="cnt' + id + '">' + v + '</span>');
}
`

const loginJS = `// (C) CANON INC.
function utf8(s) {
  var t = unescape(encodeURIComponent(s)), a = [], i;
  for (i = 0; i < t.length; i++) { a.push(t.charCodeAt(i)); }
  return a;
}
function derNext(b, p) {
  var len = b[p + 1], h = 2, n, i;
  if (len & 0x80) {
    n = len & 0x7f; len = 0;
    for (i = 0; i < n; i++) { len = len * 256 + b[p + 2 + i]; }
    h += n;
  }
  return { body: p + h, end: p + h + len };
}
function toInt(b, from, end) {
  var s = '0x', i;
  for (i = from; i < end; i++) { s += ('0' + b[i].toString(16)).slice(-2); }
  return BigInt(s);
}
function rsaEncrypt(pem, text) {
  var raw = atob(pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, '')), b = [], i, k, m, out, x, base, e, r;
  for (i = 0; i < raw.length; i++) { b.push(raw.charCodeAt(i)); }
  var spki = derNext(b, 0), alg = derNext(b, spki.body), bits = derNext(b, alg.end);
  var seq = derNext(b, bits.body + 1), n = derNext(b, seq.body), ex = derNext(b, n.end);
  var N = toInt(b, n.body, n.end), E = toInt(b, ex.body, ex.end);
  k = Math.ceil(N.toString(16).length / 2);
  m = utf8(text);
  out = [0, 2];
  var pad = new Uint8Array(1);
  while (out.length < k - m.length - 1) {
    crypto.getRandomValues(pad);
    if (pad[0] != 0) { out.push(pad[0]); }
  }
  out.push(0);
  out = out.concat(m);
  base = toInt(out, 0, out.length); e = E; r = BigInt(1);
  while (e > BigInt(0)) {
    if (e & BigInt(1)) { r = r * base % N; }
    base = base * base % N;
    e = e >> BigInt(1);
  }
  x = r.toString(16);
  while (x.length < k * 2) { x = '0' + x; }
  var s = '';
  for (i = 0; i < x.length; i += 2) { s += String.fromCharCode(parseInt(x.substr(i, 2), 16)); }
  return btoa(s);
}
function doLogin() {
  var f = document.login;
  if (f.USERNAME.value == '') { alert('請輸入使用者名稱。'); return false; }
  f.PASSWORD.value = rsaEncrypt(f.PK.value, f.PASSWORD_T.value + f.CHALLENGE.value);
  f.PASSWORD_T.value = '';
  f.DOMAIN.value = f.domainname.options[f.domainname.selectedIndex].value;
  return true;
}
`

var colours = map[string]color.Color{"ic_cert.gif": color.RGBA{0, 120, 60, 255}, "ic_nocert.gif": color.RGBA{230, 160, 0, 255}, "ic_key.gif": color.RGBA{160, 140, 60, 255},
	"ic_sel.gif": color.RGBA{0, 80, 200, 255}, "ms_err.gif": color.RGBA{200, 0, 0, 255}, "ms_caut.gif": color.RGBA{240, 200, 0, 255}, "ms_info.gif": color.RGBA{0, 100, 200, 255},
	"wait.gif": color.RGBA{120, 120, 120, 255}, "canonlogo.gif": color.RGBA{204, 0, 0, 255}, "st_ok.gif": color.RGBA{0, 160, 0, 255}, "pt_stat.gif": color.RGBA{80, 80, 80, 255}, "pt_set.gif": color.RGBA{80, 80, 120, 255}}

func media(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/media/")
	switch {
	case name == "rui.css":
		w.Header().Set("Content-Type", "text/css")
		io.WriteString(w, css)
	case name == "rui_common.js":
		w.Header().Set("Content-Type", "text/javascript;charset=UTF-8")
		io.WriteString(w, commonJS)
	case name == "login.js":
		w.Header().Set("Content-Type", "text/javascript;charset=UTF-8")
		io.WriteString(w, loginJS)
	case colours[name] != nil:
		w.Header().Set("Content-Type", "image/gif")
		size := image.Rect(0, 0, 16, 16)
		if name == "canonlogo.gif" {
			size = image.Rect(0, 0, 72, 16)
		}
		var b bytes.Buffer
		img := image.NewPaletted(size, color.Palette{color.White, colours[name]})
		for y := 2; y < size.Max.Y-2; y++ {
			for x := 2; x < size.Max.X-2; x++ {
				img.SetColorIndex(x, y, 1)
			}
		}
		gif.Encode(&b, img, nil)
		w.Write(b.Bytes())
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}
