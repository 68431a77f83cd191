package simdevice

import (
	"fmt"
	"strings"
)

// commonScript is what the pages share: the functions that open pages, submit
// forms and write lists. Depending on the seed it is a file of its own or part
// of every page. Function names are drawn.
func (l *layout) commonScript() string {
	code := commonJS
	if l.small() {
		code = smallJS + commonJS[strings.Index(commonJS, "function CELL"):]
	}
	return strings.NewReplacer(
		"GO", l.name("fn.go"), "POST", l.name("fn.post"),
		"CELL", l.name("fn.cell"), "WRITE", l.name("fn.write"), "BUILD", l.name("fn.build"),
		"ACTION", l.actionField(),
	).Replace(code)
}

// scriptName is the name of the file with commonScript.
func (l *layout) scriptName() string { return strings.ToLower(l.name("file.script")) + ".js" }

// scriptPath is where it is.
func (l *layout) scriptPath() string {
	if l.small() {
		return "/" + l.scriptName()
	}
	return pathRPS + l.scriptName()
}

// smallJS opens pages and submits forms in the small family.
const smallJS = `
function GO(u) {
	location.href = u;
}
function POST(n, to) {
	var f = document.forms[n];
	f.setAttribute('action', to);
	f.submit();
}
`

// scriptIsFile tells whether pages refer to that file.
func (l *layout) scriptIsFile() bool { return l.pick("script.file", 2) == 1 }

// actionField is the name of the hidden field with the CGI: both spellings are
// published.
func (l *layout) actionField() string {
	return []string{"CoreNXAction", "CoreNxAction"}[l.pick("action.field", 2)]
}

const commonJS = `
function GO(u) {
	location.href = u + '&Dummy=' + new Date().getTime();
}
function POST(n, cgi, flag, tpl) {
	var f = document.forms[n];
	f.Flag.value = flag;
	f.PageFlag.value = tpl;
	f.ACTION.value = './' + cgi;
	f.Dummy.value = new Date().getTime();
	f.setAttribute('action', './' + cgi);
	f.submit();
}
function CELL(c, r) {
	var t = c.html[c.by ? r[c.by] : 0];
	return t.replace(/%(\w+)%/g, function(all, n) { return r[n]; });
}
function WRITE(list, cells) {
	for (var i in list) {
		document.write('<tr>');
		for (var c = 0; c < cells.length; c++) {
			document.write('<td>' + CELL(cells[c], list[i]) + '</td>');
		}
		document.writeln('</tr>');
	}
}
function BUILD(id, list, cells) {
	var body = document.getElementById(id);
	for (var i = 0; i < list.length; i++) {
		var row = document.createElement('tr');
		for (var c = 0; c < cells.length; c++) {
			var cell = document.createElement('td');
			cell.innerHTML = CELL(cells[c], list[i]);
			row.appendChild(cell);
		}
		body.appendChild(row);
	}
}
`

// inJS is how texts are written in scripts. It is made once: that takes longer than a
// text does.
var inJS = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`, "</", `<\/`, "<!--", `<\!--`)

// jsString quotes s for a script inside HTML.
func jsString(s string) string { return "'" + inJS.Replace(s) + "'" }

// jsCall is a call of the function named by key.
func (l *layout) jsCall(key string, args ...string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = jsString(a)
	}
	return fmt.Sprintf("%s(%s)", l.name("fn."+key), strings.Join(quoted, ","))
}

// rsaLoginScript is the script of the RSA challenge login: PASSWORD becomes
// base64(RSAES-PKCS1-v1_5(PK, password followed by the challenge)).
const rsaLoginScript = `
function derAt(der, at) {
	var head = at + 2, size = der.charCodeAt(at + 1);
	if (size > 127) {
		var n = size - 128;
		size = 0;
		while (n-- > 0) { size = size * 256 + der.charCodeAt(head++); }
	}
	return {start: head, end: head + size};
}
function derNumber(der, part) {
	var hex = '';
	for (var i = part.start; i < part.end; i++) { hex += ('0' + der.charCodeAt(i).toString(16)).slice(-2); }
	return BigInt('0x' + hex);
}
function encryptFor(pem, text) {
	var der = atob(pem.replace(/-----[^-]+-----/g, '').replace(/\s/g, ''));
	var bits = derAt(der, derAt(der, derAt(der, 0).start).end);
	var pair = derAt(der, bits.start + 1), n = derAt(der, pair.start), e = derAt(der, n.end);
	var modulus = derNumber(der, n), exponent = derNumber(der, e);
	var size = Math.ceil(modulus.toString(16).length / 2);
	var bytes = unescape(encodeURIComponent(text)), hex = '0002';
	for (var i = bytes.length; i < size - 3; i++) { hex += ('0' + (1 + Math.floor(Math.random() * 255)).toString(16)).slice(-2); }
	hex += '00';
	for (i = 0; i < bytes.length; i++) { hex += ('0' + bytes.charCodeAt(i).toString(16)).slice(-2); }
	var base = BigInt('0x' + hex), result = BigInt(1);
	for (; exponent > BigInt(0); exponent = exponent / BigInt(2)) {
		if (exponent % BigInt(2) == BigInt(1)) { result = result * base % modulus; }
		base = base * base % modulus;
	}
	hex = result.toString(16);
	while (hex.length < size * 2) { hex = '0' + hex; }
	var out = '';
	for (i = 0; i < hex.length; i += 2) { out += String.fromCharCode(parseInt(hex.substr(i, 2), 16)); }
	return btoa(out);
}
function sendLogin() {
	var f = document.forms['login'];
	f.PASSWORD.value = encryptFor(f.PK.value, f.PASSWORD_T.value + f.CHALLENGE.value);
	f.PASSWORD_T.value = '';
	f.submit();
}
`
