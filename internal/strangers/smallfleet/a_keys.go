package smallfleet

import (
	"strconv"
	"strings"
)

func usageA(d *Device, k *key) string {
	var out []string
	for _, u := range shown(d.usesIn(d.saved, k)) {
		out = append(out, "["+u+"]")
	}
	return strings.Join(out, " ")
}

func listA(q *rq) {
	var b strings.Builder
	b.WriteString(`<p><input type="button" value="Generate Key..." onclick="location.href='/m_device_keygen.html'" /></p>
<form name="keyFrm" action="/cgi/m_device_keycert_delete.cgi" method="post">` + q.tokA() + `
<table class="ItemListComponent">
<tr><th>Select</th><th>Key Name</th><th>Key Usage</th><th>Certificate</th></tr>
`)
	for _, k := range q.d.keys {
		no := strconv.Itoa(k.slot)
		cert := `<a href="/m_device_keycert_info.html?no=` + no + `" title="Certificate Details">Certificate</a>`
		if k.cert == nil {
			cert += ` <span class="icon" title="There is no certificate for the key.">!</span>`
		}
		b.WriteString(`<tr><td><input type="radio" name="i2501" id="i2501_` + no + `" value="` + no + `" /></td><td><a href="/m_device_keycert_info.html?no=` +
			no + `">` + k.name + "</a></td><td>" + usageA(q.d, k) + "</td><td>" + cert + "</td></tr>\n")
	}
	b.WriteString(`</table>
<p><input type="submit" name="i2502" value="Delete" onclick="return confirm('Do you want to delete the selected key and certificate?')" /></p>
</form>
<p>Up to ` + strconv.Itoa(q.d.p.max) + ` keys can be registered.</p>`)
	q.setA("Key and Certificate Settings", b.String())
}

func deleteA(q *rq) {
	if f := q.d.remove(q.f.Get("i2501")); f != "" {
		faultA(q, f)
		return
	}
	q.redirect("/m_device_keycert.html")
}

func detailsA(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil {
		faultA(q, noPage)
		return
	}
	no := strconv.Itoa(k.slot)
	body := `<p><a href="/m_device_keycert.html">Key and Certificate Settings</a></p>` + "\n"
	alg, bits := k.kind()
	pub := alg + " " + strconv.Itoa(bits) + " bit"
	if k.cert == nil {
		body += rowsA("Key Name", k.name, "Public Key", pub, "Certificate", "Not registered")
		body += `<p><a href="/m_device_keycert_csr.html?no=` + no + `">Certificate Signing Request (CSR)</a></p>
<form action="/m_device_keycert_reg_edit.html" method="get"><input type="hidden" name="no" value="` + no +
			`" /><input type="submit" value="Register Certificate..." /></form>`
		q.setA("Certificate Details", body)
		return
	}
	c := k.cert
	if q.f.Get("verify") != "" {
		body += `<p class="message">The certificate is valid.</p>`
	}
	const stamp = "02/01 2006 15:04:05"
	body += rowsA("Key Name", k.name, "Version", "X.509v3", "Serial Number", strings.ToUpper(k.serial(" ")),
		"Signature Algorithm", k.sigName(), "Issued To", esc(dn(c.Subject, true, ", ")), "Validity Start Date", c.NotBefore.Format(stamp),
		"Validity End Date", c.NotAfter.Format(stamp), "Issuer", esc(dn(c.Issuer, true, ", ")), "Public Key", pub,
		"Certificate Thumbprint", k.thumb(" "))
	body += `<form action="/m_device_keycert_info.html" method="get"><input type="hidden" name="no" value="` + no +
		`" /><input type="hidden" name="verify" value="1" /><input type="submit" value="Verify Certificate" /></form>`
	q.setA("Certificate Details", body)
}

func genMenuA(q *rq) {
	q.setA("Generate Key", `<ul>
<li><a href="/m_device_keygen_net_edit.html">Network Communication</a></li>
<li><a href="/m_device_keygen_csr_edit.html">Key and Certificate Signing Request (CSR)</a></li>
</ul>`)
}

func genNetA(q *rq) { q.genA("Generate Network Communication Key", "net", "Certificate Settings") }

func genCSRA(q *rq) {
	q.genA("Generate Key and Certificate Signing Request (CSR)", "csr", "Certificate Signing Request (CSR) Settings")
}

func (q *rq) genA(title, kind, section string) {
	in := func(name, val string, size int) string {
		n := strconv.Itoa(size)
		return `<input type="text" name="` + name + `" id="` + name + `" maxlength="` + n + `" value="` + esc(val) + `" />`
	}
	date := func(y, m, d string) string { return in(y, "", 4) + " / " + in(m, "", 2) + " / " + in(d, "", 2) }
	lab := func(id, t string) string { return `<label for="` + id + `">` + t + `</label>` }
	var dates string
	if kind == "net" {
		dates = rowsA("Validity Start Date (YYYY/MM/DD)", date("i2606", "i2607", "i2608"),
			"Validity End Date (YYYY/MM/DD)", date("i2609", "i2610", "i2611"))
	}
	opts := append([]string{"", "-----"}, countryOptions(1, "%n (%c)")...)
	q.setA(title, `<form action="/cgi/m_device_keygen_`+kind+`_edit.cgi" method="post">`+q.tokA()+`<h3>Key Settings</h3>
`+rowsA(lab("i2601", "Key Name"), in("i2601", "", 24),
		"Signature Algorithm", options("i2602", "2", "1", "SHA1", "2", "SHA256", "3", "SHA384", "4", "SHA512"),
		"Key Algorithm", `<input type="radio" name="i2603" id="i2603A" value="0" checked="checked" />`+lab("i2603A", "RSA")+" "+
			options("i2604", "2", "0", "512 bit", "1", "1024 bit", "2", "2048 bit", "3", "4096 bit")+
			`<br /><input type="radio" name="i2603" id="i2603B" value="1" />`+lab("i2603B", "ECDSA")+" "+
			options("i2605", "0", "0", "P256", "1", "P384", "2", "P521"))+
		"<h3>"+section+"</h3>\n"+dates+rowsA(
		"Country/Region", `<input type="radio" name="i2612" id="i2612A" value="0" checked="checked" />`+
			lab("i2612A", "Select Country/Region Name")+" "+options("i2613", "", opts...)+
			`<br /><input type="radio" name="i2612" id="i2612B" value="1" />`+lab("i2612B", "Enter Internet Country Code")+" "+in("i2614", "", 2),
		lab("i2615", "State"), in("i2615", "", 64), lab("i2616", "City"), in("i2616", "", 64),
		lab("i2617", "Organization"), in("i2617", "", 64), lab("i2618", "Organization Unit"), in("i2618", "", 64),
		lab("i2619", "Common Name"), in("i2619", q.host(), 64))+
		`<p><input type="submit" name="submitButton" value="OK" /> <input type="button" value="Cancel" onclick="location.href='/m_device_keygen.html'" /></p>
</form>`)
}

// pick is the i-th of the names a select numbers.
func pick(s string, names ...string) string {
	i, err := strconv.Atoi(s)
	if err != nil || i < 0 || i >= len(names) {
		return ""
	}
	return names[i]
}

func genSaveA(q *rq) {
	v := q.f.Get
	g := &request{name: v("i2601"), sig: pick(v("i2602"), "", "SHA1", "SHA256", "SHA384", "SHA512"),
		alg: pick(v("i2603"), "RSA", "ECDSA"), size: pick(v("i2604"), "512", "1024", "2048", "4096"),
		start: day(v("i2606")+"/"+v("i2607")+"/"+v("i2608"), false), end: day(v("i2609")+"/"+v("i2610")+"/"+v("i2611"), true),
		country: v("i2613"), state: v("i2615"), city: v("i2616"), org: v("i2617"), unit: v("i2618"), cn: v("i2619"),
		csr: strings.HasSuffix(q.r.URL.Path, "_csr_edit.cgi")}
	if g.alg == "ECDSA" {
		g.size = pick(v("i2605"), "P256", "P384", "P521")
	}
	if v("i2612") == "1" {
		g.country = v("i2614")
	}
	k, f := q.d.generate(g)
	switch {
	case f != "":
		faultA(q, f)
	case g.csr:
		q.redirect("/m_device_keycert_csr.html?no=" + strconv.Itoa(k.slot))
	default:
		q.redirect("/m_device_keycert.html")
	}
}

func csrA(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil || k.csr == nil {
		faultA(q, noPage)
		return
	}
	q.setA("Certificate Signing Request (CSR)", rowsA("Key Name", k.name)+
		`<textarea rows="20" cols="70" readonly="readonly">`+k.pemCSR()+`</textarea>
<form action="/m_device_keycert_csr.cgi" method="get"><input type="hidden" name="no" value="`+strconv.Itoa(k.slot)+
		`" /><input type="submit" value="Store in File" /></form>
<p><a href="/m_device_keycert.html">Key and Certificate Settings</a></p>`)
}

// csrFileA is no page, so the token stays.
func csrFileA(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil || k.csr == nil {
		faultA(q, noPage)
		return
	}
	q.hdr.Set("Content-Type", "application/octet-stream")
	q.hdr.Set("Content-Disposition", `attachment; filename="`+k.name+`.csr"`)
	q.buf.WriteString(k.pemCSR())
}

func regA(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil || k.csr == nil {
		faultA(q, noPage)
		return
	}
	q.setA("Register Certificate", `<form action="/cgi/m_device_keycert_reg_edit.cgi" method="post" enctype="multipart/form-data">`+q.tokA()+
		`<input type="hidden" name="i2701" value="`+strconv.Itoa(k.slot)+`" />`+rowsA("Key Name", k.name, "File Path", `<input type="file" name="i2702" id="i2702" />`)+
		`<p><input type="submit" name="submitButton" value="Register" /></p></form>`)
}

func regSaveA(q *rq) {
	k := q.d.keyAt(q.f.Get("i2701"))
	if k == nil {
		faultA(q, noKey)
		return
	}
	if f := k.install(q.file("i2702")); f != "" {
		faultA(q, f)
		return
	}
	q.redirect("/m_device_keycert_info.html?no=" + strconv.Itoa(k.slot))
}

func restartA(q *rq) {
	q.setA("Apply Setting Changes", `<form action="/cgi/restart_device.cgi" method="post">`+q.tokA()+
		`<p>The device is restarted, and the setting changes take effect.</p>
<p><input type="submit" name="submitButton" value="OK" /> <input type="button" value="Cancel" onclick="location.href='/p_paper_select.html'" /></p></form>`)
}

func restartNowA(q *rq) {
	q.d.restart()
	q.pageA("Restart Device", "", "<p>The device is being restarted. Wait a moment, then log in again.</p>")
}
