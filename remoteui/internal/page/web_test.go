package page_test

import (
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// TestWhatLoginScriptsUse has scripts put what they worked out into the page.
func TestWhatLoginScriptsUse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ script, want string }{
		"base64":          {`w(btoa('a') + btoa('ab') + btoa('abc') + atob(' YW I='))`, "YQ==YWI=YWJjab"},
		"base64 of bytes": {`w(atob('/+8=').charCodeAt(0), btoa('\xff\x00'))`, "255 /wA="},
		"base64 refuses":  {`try { atob('a') } catch (e) { w(e.name) } try { btoa('€') } catch (e) { w(e.name) }`, "InvalidCharacterError InvalidCharacterError"},
		"text to bytes":   {`w(Array.from(new TextEncoder().encode('aü€😀')).join(), new TextDecoder('utf-8').decode(new Uint8Array([0x61, 0xc3, 0xbc, 0xe2, 0xf0, 0x9f, 0x98, 0x80])))`, "97,195,188,226,130,172,240,159,152,128 aü\ufffd😀"},
		"random fills": {`var a = new Uint32Array(8), b = new Uint8Array(32);
			w(window.crypto.getRandomValues(a) === a, a.some(function (x) { return x > 0xffffff }), crypto.getRandomValues(b).some(function (x) { return x }), crypto.randomUUID().length)`, "true true true 36"},
		"random part of a buffer": {`var b = new Uint8Array(64); crypto.getRandomValues(b.subarray(32)); w(b.subarray(0, 32).every(function (x) { return !x }), b.some(function (x) { return x }))`, "true true"},
		"a form as pairs":         {`w(new URLSearchParams(new FormData(document.f)), new URLSearchParams('?a=1&b=c+%20d').get('b'))`, "a=x+y%27&b=%C3%BC c  d"},
		"pairs change":            {`var p = new URLSearchParams({a: 1}); p.append('a', 2); p.set('b', '~*'); w(p.getAll('a'), p); p.set('a', 3); w(p)`, "1,2 a=1&a=2&b=%7E* a=3&b=%7E*"},
		"addresses":               {`w(new URL('/x?y=1#z', 'https://h:8443/a/').search, new URL('https://h/p?q=2').searchParams.get('q'))`, "?y=1 2"},
		"time":                    {`var a = performance.now(); w(a >= 0 && a < 60000, performance.now() >= a, isFinite(new Date().getTime()))`, "true true true"},
		"browser by name":         {`w(navigator.appName == 'Netscape', typeof window.crypto.random, typeof Math.random())`, "true undefined number"},
		"storage":                 {`sessionStorage.setItem('a', 1); w(sessionStorage.getItem('a'), localStorage.getItem('a'))`, "1 null"},
		"a field made by script":  {`var i = document.createElement('input'); i.type = 'hidden'; i.name = 'c'; i.value = 'k=1'; document.f.appendChild(i); w(document.forms[0].elements['c'].form === document.f, new URLSearchParams(new FormData(document.forms.f)))`, "true a=x+y%27&b=%C3%BC&c=k%3D1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := page.Load(t.Context(), `<form name=f><input name=a value="x y'"><input name=b value="ü"><input name=off disabled></form><p id=out></p>
				<script>var out = []; function w() { for (var i = 0; i < arguments.length; i++) out.push(String(arguments[i])); document.getElementById('out').innerText = out.join(' '); }
				`+test.script+`</script>`, page.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if got := p.Document().Find("#out").Text(); got != test.want || len(p.ScriptErrors()) > 0 {
				t.Errorf("got %q, want %q; script errors %v", got, test.want, p.ScriptErrors())
			}
		})
	}
}
