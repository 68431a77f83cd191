package redact

import (
	"strings"
	"testing"
)

func lower(s string) string { return strings.ToLower(strings.TrimRight(strings.TrimSpace(s), ":：")) }

// made knows two words of the UI.
func made() *Redactor {
	return New(func(t string) bool { n := lower(t); return n == "key name" || n == "settings" }, lower)
}

// A PIN is four digits often, and four digits are harmless mostly: as the
// password they are not.
func TestPasswordIsMaskedHoweverShort(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"8642", "8642975", "geheim", "8642 x"} {
		r := made()
		r.Keep("Your PIN " + password)
		r.MaskAlways(password)
		for _, page := range []string{
			"<p>@</p>", "<p>Key Name: @</p>", "<p>PIN (@)</p>", "<h3>Your PIN @</h3>", "<p>@ @ @</p>", `<input type="hidden" name="a" value="@">`, `<input type="text" value="@">`,
			`<select><option value="@">x</option></select>`, `<a href="/a.html?p=@">x</a>`, `<a href="/a/@/b.html">x</a>`, "<script>var p='@', q=[\"@\"];</script>",
			`<a href="javascript:f('@')">x</a>`, `<span title="@">x</span>`, "<script>document.write('<b>@<\\/b>')</script>", `<span style="width:@">x</span>`,
		} {
			src := strings.ReplaceAll(page, "@", password)
			r.Learn(src, false)
			if out := r.HTML(src); strings.Contains(out, password) {
				t.Errorf("%s became %s", src, out)
			}
		}
	}
	r := made()
	r.MaskAlways("0014")
	if out := r.HTML(`<input type="text" name="i0014">`); out != `<input type="text" name="i0014">` {
		t.Errorf("the PIN 0014 makes of a field's name %s", out)
	}
}

// What the pages are made of stays.
func TestStructureStays(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		`<form name="F1" action="/cgi/x_edit.cgi" method="post"><input type="hidden" name="Flag" value="Exec_Data"></form>`,
		`<h2>Settings</h2>`, `<p>Key Name: </p>`, `<a href="javascript:go(&#39;/m_security.html&#39;)">Settings</a>`,
		`<script>if (document.F1.Flag.value == 'Exec_Data') { document.F1.submit(); }</script>`,
		`<script>var s = x.replace(/^\s+|\s+$/g, '') / 2;</script>`,
		`<div style="display:none;width:50%">Settings</div>`, `<meta http-equiv="refresh" content="0;url=/login.html">`,
		`<meta http-equiv="Content-Type" content="text/html; charset=">`,
	} {
		r := made()
		r.Learn(src, false)
		if out := r.HTML(src); strings.NewReplacer(`""`, ``, " ", "").Replace(out) != strings.NewReplacer(`""`, ``, " ", "").Replace(src) {
			t.Errorf("%s became %s", src, out)
		}
	}
}

// The colons of a number or an address end no label, wherever else its first
// group stands.
func TestHexGroupsAreOneText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"5E:0312:7", "fe80::1%eth0", "2001:db8::/64", "00:1e:8f:01:02:03"} {
		r := made()
		r.Keep("5E", "fe80", "2001", "00", text)
		for _, page := range []string{"<p>@</p>", "<p>Key Name: @</p>", "<h3>@</h3>"} {
			src := strings.ReplaceAll(page, "@", text)
			head, tail, _ := strings.Cut(page, "@")
			out := r.HTML(src)
			if rest := strings.TrimSuffix(strings.TrimPrefix(out, head), tail); !aMask.MatchString(strings.TrimSuffix(rest, "/64")) {
				t.Errorf("%s became %s", src, out)
			}
		}
	}
}
