package acceptance_test

import (
	"fmt"
	"html"
	"math/big"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// secretKinds make what pages of devices show and is nobody's business: the
// text with a number in it, and what is searched for.
var secretKinds = []struct {
	name string
	// looks: it is known by its looks, wherever it stands.
	looks bool
	make  func(n int) (text string, search []string)
}{
	{"token", true, func(n int) (string, []string) { return same("1844674407%05d0955", n) }},
	{"PIN", true, func(n int) (string, []string) { return same("73%05d", n) }},
	{"cookie", true, func(n int) (string, []string) { return same("c0ffee%sfeedfacecafebeef42aa", hexCode(n)) }},
	{"digest", true, func(n int) (string, []string) { return same("q%sX7gH2kLmNopQrStUvWxYz1aBcDeFgHiJk3MnOpQ", code(n)) }},
	{"PEM", true, func(n int) (string, []string) {
		return fmt.Sprintf("-----BEGIN CERTIFICATE-----MIqZ%s-----END CERTIFICATE-----", code(n)), []string{"MIqZ" + code(n)}
	}},
	{"challenge", false, func(n int) (string, []string) { return same("plant!Chal-%s", code(n)) }},
	{"device serial", true, func(n int) (string, []string) { return same("QPX%04d", n) }},
	{"serial hex", true, func(n int) (string, []string) { return serial(n, "%x", "") }},
	{"serial HEX", true, func(n int) (string, []string) { return serial(n, "%X", "") }},
	{"serial colons", true, func(n int) (string, []string) { return serial(n, "%x", ":") }},
	{"serial blanks", true, func(n int) (string, []string) { return serial(n, "%X", " ") }},
	{"serial decimal", true, func(n int) (string, []string) { return serial(n, "%d", "") }},
	{"short serial", false, func(n int) (string, []string) { return same("5E:%04X:7", n) }},
	{"thumbprint", true, func(n int) (string, []string) { return same("%scdef0123456789abcdef0123456789ab", hexCode(n)) }},
	{"thumbprint blanks", true, func(n int) (string, []string) { return same("%s", pairs(strings.ToUpper(hexCode(n))+"C1D2", " ")) }},
	{"thumbprint hyphens", true, func(n int) (string, []string) { return same("%s", pairs(hexCode(n)+"c1d2", "-")) }},
	{"subject", false, func(n int) (string, []string) {
		return fmt.Sprintf("CN=plantsub%s.example, O=Plant Org%[1]s, C=DE", code(n)), []string{"plantsub" + code(n), "Org" + code(n)}
	}},
	{"key name", false, func(n int) (string, []string) { return same("PlantKey%s", code(n)) }},
	{"host", false, func(n int) (string, []string) { return same("plant%s.corp.test", code(n)) }},
	{"IPv4", true, func(n int) (string, []string) { return same("10.%d.%d.77", n>>8, n&255) }},
	{"IPv6", true, func(n int) (string, []string) { return same("2001:db8:%x::77", n+4096) }},
	{"IPv6 short", true, func(n int) (string, []string) { return same("fe80::%x", n+4096) }},
	{"IPv6 long", true, func(n int) (string, []string) { return same("2001:0db8:%04x:0000:0000:0000:0000:0077", n+4096) }},
	{"MAC", true, func(n int) (string, []string) { return same("00:1e:8f:%02x:%02x:77", n>>8, n&255) }},
	{"MAC hyphens", true, func(n int) (string, []string) { return same("00-1E-8F-%02X-%02X-77", n>>8, n&255) }},
	{"MAC plain", true, func(n int) (string, []string) { return same("001e8f%06x", n) }},
	{"SSID", false, func(n int) (string, []string) { return same("Plant Net %s", code(n)) }},
	{"user", false, func(n int) (string, []string) { return same("plänt.user%s", code(n)) }},
	{"e-mail", true, func(n int) (string, []string) { return same("p%s@plant.test", code(n)) }},
	{"phone", true, func(n int) (string, []string) { return same("+49 30 7%03d %02d", n/10, n%10) }},
	{"phone groups", true, func(n int) (string, []string) { return same("030-7%02d-7%03d", n/1000, n%1000) }},
	{"SIP URI", true, func(n int) (string, []string) {
		return fmt.Sprintf("sips:p%s@pbx%[1]s.test;transport=tls", code(n)), []string{"p" + code(n) + "@", "pbx" + code(n)}
	}},
	{"SIP URI without user", true, func(n int) (string, []string) { return "sip:pbx" + code(n) + ".test", []string{"pbx" + code(n)} }},
	{"tel URI", true, func(n int) (string, []string) {
		return fmt.Sprintf("tel:+4930-%04d", n), []string{fmt.Sprintf("4930-%04d", n)}
	}},
	{"location", false, func(n int) (string, []string) { return same("第%s號會議室", code(n)) }},
}

// code is a number in letters, so that its digits alone give nothing away.
func code(n int) string {
	text := ""
	for range 4 {
		text, n = text+string("bdfgkmpqtvwxz"[n%13]), n/13
	}
	return text
}

// hexCode is a number in the letters of hexadecimal digits, with few others.
func hexCode(n int) string {
	text := ""
	for range 6 {
		text, n = text+string("abcdef"[n%6]), n/6
	}
	return text
}

func same(format string, args ...any) (string, []string) {
	text := fmt.Sprintf(format, args...)
	return text, []string{text}
}

// serial spells the serial number of a certificate; every spelling is searched for.
func serial(n int, format, between string) (string, []string) {
	v := new(big.Int).Lsh(big.NewInt(0x4f3a5c77), 64)
	v.Add(v, big.NewInt(int64(n)<<32+0x1234567))
	all := serialSpellings(v)
	if format == "%d" {
		return v.String(), all
	}
	return pairs(fmt.Sprintf(format, v), between), all
}

func serialSpellings(v *big.Int) []string {
	x := fmt.Sprintf("%x", v)
	x = strings.Repeat("0", len(x)%2) + x
	return []string{x, pairs(x, ":"), pairs(x, " "), pairs(x, "-"), v.String()}
}

func pairs(x, between string) string {
	var all []string
	for c := range slices.Chunk([]byte(x), 2) {
		all = append(all, string(c))
	}
	return strings.Join(all, between)
}

// secretPlaces put a text into a page, as its %s. In those that looks alone
// decide on, labels stand: other texts are kept there, and listed in kept.txt.
var secretPlaces = []struct {
	name, markup string
	escape       func(string) string
	looks        bool
}{
	{"cell", `<table><tr><th>Xq</th><td>%s</td></tr></table>`, html.EscapeString, false},
	{"paragraph", `<p>%s</p>`, html.EscapeString, false},
	{"within a sentence", `<p>It is (%s), is it not?</p>`, html.EscapeString, false},
	{"after a label", `<div>Xq: %s</div>`, html.EscapeString, false},
	{"as entities", `<p>%s</p>`, entities, false},
	{"list", `<table><tr><th>Xa</th><th>Xb</th></tr><tr><td>1</td><td><a href="#">%s</a></td></tr><tr><td>2</td><td>x</td></tr></table>`, html.EscapeString, false},
	{"no script", `<noscript><p>%s</p></noscript>`, html.EscapeString, false},
	{"frame text", `<iframe>%s</iframe>`, html.EscapeString, false},
	{"template", `<template><p>%s</p></template>`, html.EscapeString, false},
	{"title attribute", `<span title="%s">x</span>`, html.EscapeString, false},
	{"alt", `<img alt="%s"/>`, html.EscapeString, false},
	{"data attribute", `<span data-x="%s">x</span>`, html.EscapeString, false},
	{"unknown attribute", `<span nonce="%s">x</span>`, html.EscapeString, false},
	{"content", `<meta name="author" content="%s"/>`, html.EscapeString, false},
	{"style", `<span style="color:red;background:url('/%s')">x</span>`, html.EscapeString, false},
	{"style sheet", `<style>/* %s */</style>`, html.EscapeString, false},
	{"text field", `<input type="text" name="xq1" value="%s"/>`, html.EscapeString, false},
	{"password field", `<input type="password" name="xq2" value="%s"/>`, html.EscapeString, false},
	{"hidden field", `<input type="hidden" name="xq3" value="%s"/>`, html.EscapeString, false},
	{"text area", `<textarea name="xq4">%s</textarea>`, html.EscapeString, false},
	{"option's value", `<select name="xq5"><option value="%s">1</option></select>`, html.EscapeString, false},
	{"query", `<a href="/x.html?q=%s">x</a>`, url.QueryEscape, false},
	{"fragment", `<a href="/x.html#%s">x</a>`, url.PathEscape, false},
	{"address of another host", `<a href="https://www.example/d/%s/x">x</a>`, url.PathEscape, false},
	{"mail address", `<a href="mailto:%s">x</a>`, url.PathEscape, false},
	{"image", `<img src="/a/b.gif?%s"/>`, url.QueryEscape, false},
	{"handler", `<span onclick="xq('%s')">x</span>`, func(s string) string { return html.EscapeString(quoted(s)) }, false},
	{"script address", `<a href="javascript:xq('%s', 1)">x</a>`, func(s string) string { return html.EscapeString(quoted(s)) }, false},
	{"HTML comment", `<!-- %s -->`, func(s string) string { return strings.ReplaceAll(s, "--", "") }, false},
	{"conditional comment", `<!--[if IE]>%s<![endif]-->`, html.EscapeString, false},
	{"line comment", "<script>\n// %s\n</script>", plainly, false},
	{"comment", `<script>/* %s */</script>`, plainly, false},
	{"string", `<script>var xq6 = '%s';</script>`, quoted, false},
	{"string in quotes", `<script>var xq7 = {nm:"%s", n:1};</script>`, quoted, false},
	{"template string", "<script>var xq8 = [`%s`];</script>", quoted, false},
	{"string of escapes", `<script>var xq9 = "%s";</script>`, escaped, false},
	{"name of a property", `<script>var xqa = {"%s": 1};</script>`, quoted, false},
	{"regular expression", `<script>var xqb = /^%s$/i;</script>`, func(s string) string { return strings.ReplaceAll(regexp.QuoteMeta(s), "/", `\/`) }, false},
	{"written markup", `<script>document.write('<i>%s<\/i>');</script>`, func(s string) string { return quoted(html.EscapeString(s)) }, false},
	{"written field", `<script>document.write('<input type="text" name="xqc" value="%s">');</script>`, func(s string) string { return quoted(html.EscapeString(s)) }, false},
	{"JSON", `<script type="application/json">{"a": ["%s"]}</script>`, quoted, false},
	{"put together", `<script>var xqd = '/x.cgi?Flag=Init_Data&xq=%s&Dummy=' + 1;</script>`, url.QueryEscape, false},
	{"heading", `<h3>%s</h3>`, html.EscapeString, true},
	{"link", `<a href="#">%s</a>`, html.EscapeString, true},
	{"button", `<input type="button" value="%s"/>`, html.EscapeString, true},
	{"label", `<label>%s<input type="text" name="xqe"/></label>`, html.EscapeString, true},
	{"option", `<select name="xqf"><option value="1">%s</option></select>`, html.EscapeString, true},
	{"element's name", `<a name="a_%s">x</a>`, html.EscapeString, true},
	{"path", `<a href="/a/%s/b.html">x</a>`, url.PathEscape, true},
	{"identifier", `<script>var xqg = {a%s: 1};</script>`, identifier, true},
}

func plainly(s string) string { return s }

func quoted(s string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`, `"`, `\"`, "`", "\\`", "/", `\/`).Replace(s)
}

// escaped writes every character as a script may.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	return b.String()
}

func entities(s string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, "&#x%x;", r)
	}
	return b.String()
}

// identifier leaves of a text what a name in a script can have.
func identifier(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", r) {
			return r
		}
		return -1
	}, s)
}

// planted is a text that is in the device's pages, and where.
type planted struct {
	what   string
	search []string
}

// plantEverything is markup with every kind of secret in every place, each of
// its own.
func plantEverything() (markup string, all []planted) {
	var b strings.Builder
	n := 0
	for _, place := range secretPlaces {
		for _, kind := range secretKinds {
			n++
			text, search := kind.make(n)
			if place.looks && !kind.looks || place.name == "identifier" && identifier(text) != text {
				continue
			}
			fmt.Fprintf(&b, place.markup+"<p>.</p>\n", place.escape(text)) // a text before a field would be its label
			all = append(all, planted{kind.name + " in " + place.name, search})
		}
	}
	return b.String(), all
}
