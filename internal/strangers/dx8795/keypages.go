package dx8795

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const keyTitle = "Key and Certificate Settings"

func (c *ctx) keyCrumbs(more ...string) string {
	return c.crumbs("c_device.tpl", append([]string{c.a("ckeylist.cgi", "c_keylist.tpl", keyTitle)}, more...)...)
}

func (c *ctx) keyList() {
	d := c.d
	if !c.post {
		c.showKeys("", "")
		return
	}
	for _, s := range c.v["KeyIdx"] {
		id, _ := strconv.Atoi(s)
		k := d.key(id)
		switch {
		case k == nil:
			c.showKeys("", "The selected key no longer exists.")
			return
		case k.kind != network:
			d.Violate("deletion of %q attempted", k.name)
			c.showKeys("", "This key cannot be deleted.")
			return
		case d.inUse(id):
			d.Violate("deletion of %q attempted, which is in use", k.name)
			c.showKeys("", "The key \""+k.name+"\" is in use. A key in use cannot be deleted.")
			return
		}
	}
	if len(c.v["KeyIdx"]) == 0 {
		c.showKeys("", "Select the key to delete.")
		return
	}
	d.keys = slices.DeleteFunc(d.keys, func(k *key) bool { return slices.Contains(c.v["KeyIdx"], strconv.Itoa(k.id)) })
	d.changed()
	c.showKeys("The selected key and certificate have been deleted.", "")
}

// inUse tells whether a key is set anywhere, now or after the restart.
func (d *Device) inUse(id int) bool {
	for _, s := range []settings{d.cur, d.set} {
		if s.TLSKey == id || s.X.Key == id || s.SIP.Key == id || slices.ContainsFunc(s.Pol, func(p policy) bool { return p.Key == id }) {
			return true
		}
	}
	return false
}

func (c *ctx) showKeys(info, alert string) {
	d := c.d
	p := c.page(keyTitle, c.crumbs("c_device.tpl", keyTitle))
	p.info, p.alert = info, alert
	p.script = `function key_detail(idx) {
  location.href = './ckeydet.cgi?Flag=Init_Data&PageFlag=c_keydet.tpl&FuncTypeFlag=SettingPage&KeyNo=' + idx + '&Dummy=' + ruiDummy();
}
function cert_detail(idx) {
  location.href = './ckeydet.cgi?Flag=Init_Data&PageFlag=c_certdet.tpl&FuncTypeFlag=SettingPage&KeyNo=' + idx + '&Dummy=' + ruiDummy();
}
function key_generate() {
  location.href = './ckeygen.cgi?Flag=Init_Data&PageFlag=c_keygen.tpl&FuncTypeFlag=SettingPage&Dummy=' + ruiDummy();
}
function key_delete() {
  var e = document.LIST_FORM.elements, i, n = 0;
  for (i = 0; i < e.length; i++) { if (e[i].name === 'KeyIdx' && e[i].checked) { n++; } }
  if (n === 0) { ruiAlert('Select the key to delete.'); return; }
  ruiConfirm('Are you sure you want to delete the selected key and certificate?', function () { ruiSubmit(document.LIST_FORM); });
}
`
	p.offers = append(p.offers, "/rps/ckeygen.cgi?Flag=Init_Data&PageFlag=c_keygen.tpl&FuncTypeFlag=SettingPage")
	f := p.form("LIST_FORM", "ckeylist.cgi", "Clear_Data", "c_keylist.tpl", "c_keylist.tpl")
	f.put("%s<p>Registered Keys: %d / %d</p>\n", buttons(button("Generate Key", "Generate_Button", "key_generate();"), button("Delete", "Delete_Button", "key_delete();")), len(d.keys), maxKeys)
	f.put("<div class=\"ItemListComponent\"><table id=\"KeyList\">\n<tr><th>Select</th><th>Key Name</th><th>Key Usage</th><th>Status</th><th>Certificate</th></tr>\n")
	f.optional["KeyIdx"] = true
	for _, k := range d.keys {
		box := fmt.Sprintf("<input type=\"checkbox\" name=\"KeyIdx\" id=\"Key%d\" value=\"%d\" />", k.id, k.id)
		if k.kind != network {
			box = "<input type=\"checkbox\" disabled=\"disabled\" />"
		} else {
			f.choices["KeyIdx"] = append(f.choices["KeyIdx"], strconv.Itoa(k.id))
		}
		state, icon := "&nbsp;", "<img src=\"/media/ic_cert.gif\" alt=\"Certificate\" title=\"Certificate\" />"
		if k.cert == nil {
			state = "<img src=\"/media/ic_nocert.gif\" alt=\"No certificate\" title=\"The certificate for the key does not exist.\" />"
			icon = "<img src=\"/media/ic_cert_off.gif\" alt=\"Register Certificate\" title=\"Certificate\" />"
		}
		f.put("<tr><td>%s</td><td><a href=\"javascript:key_detail('%d');\">%s</a></td><td>%s</td><td>%s</td><td><a href=\"javascript:cert_detail('%d');\">%s</a></td></tr>\n",
			box, k.id, esc(k.name), esc(strings.Join(d.shown(k), ", ")), state, k.id, icon)
		for _, t := range []string{"c_keydet.tpl", "c_certdet.tpl"} {
			p.offers = append(p.offers, fmt.Sprintf("/rps/ckeydet.cgi?Flag=Init_Data&PageFlag=%s&FuncTypeFlag=SettingPage&KeyNo=%d", t, k.id))
		}
	}
	f.put("</table></div>\n")
	f.end()
	p.send()
}

var nameOrder = []struct{ oid, short string }{{"2.5.4.6", "C"}, {"2.5.4.8", "ST"}, {"2.5.4.7", "L"}, {"2.5.4.10", "O"}, {"2.5.4.11", "OU"}, {"2.5.4.3", "CN"}}

func nameText(n pkix.Name) string {
	var out []string
	for _, o := range nameOrder {
		for _, a := range n.Names {
			if a.Type.String() == o.oid {
				out = append(out, o.short+"="+fmt.Sprint(a.Value))
			}
		}
	}
	return strings.Join(out, ", ")
}

func sigText(a x509.SignatureAlgorithm) string {
	s := a.String()
	if rest, ok := strings.CutPrefix(s, "ECDSA-"); ok {
		return "ecdsa-with-" + rest
	}
	return strings.ToLower(strings.TrimSuffix(s, "-RSA")) + "WithRSAEncryption"
}

func (c *ctx) certRows(der []byte) string {
	loc := c.d.now().Location()
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return row("Certificate:", "The certificate cannot be read.")
	}
	return row("Version:", fmt.Sprintf("X.509v%d", x.Version)) + row("Serial Number:", esc(strings.ToUpper(x.SerialNumber.Text(16)))) +
		row("Signature Algorithm:", sigText(x.SignatureAlgorithm)) + row("Issued To:", esc(nameText(x.Subject))) +
		row("Validity Start Date:", x.NotBefore.In(loc).Format("2006/01/02")) + row("Validity End Date:", x.NotAfter.In(loc).Format("2006/01/02")) +
		row("Issuer:", esc(nameText(x.Issuer)))
}

// keyDetails is the page of a key and the page of its certificate.
func (c *ctx) keyDetails() {
	d := c.d
	id, _ := strconv.Atoi(c.v.Get("KeyNo"))
	k := d.key(id)
	if k == nil {
		c.showKeys("", "The selected key no longer exists.")
		return
	}
	p := c.page("Certificate Details", c.keyCrumbs("Certificate Details"))
	pub := k.alg
	if strings.HasPrefix(k.alg, "RSA") {
		pub += " bit"
	}
	if c.post { // Verify Certificate
		x, err := x509.ParseCertificate(k.cert)
		switch now := d.now(); {
		case err != nil:
			p.alert = "The certificate cannot be verified."
		case now.Before(x.NotBefore) || now.After(x.NotAfter):
			p.alert = "The certificate has expired or is not yet valid."
		default:
			p.info = "The certificate is valid."
		}
	}
	p.put("<table id=\"CertDetails\">\n%s", row("Key Name:", esc(k.name)))
	if k.cert != nil {
		p.put("%s%s%s</table>\n", c.certRows(k.cert), row("Public Key:", pub), row("Certificate Thumbprint:", thumbprint(k.cert)))
		f := p.form("VERIFY_FORM", "ckeydet.cgi", "Exec_Data", "c_keydet.tpl", "c_keydet.tpl")
		f.hidden("KeyNo", strconv.Itoa(k.id))
		f.put("%s", buttons(button("Verify Certificate", "Verify_Button", "ruiSubmit(document.VERIFY_FORM);")))
		f.end()
	} else {
		p.put("%s%s</table>\n<p>The certificate for the key does not exist.</p>\n", row("Public Key:", pub), row("Certificate Signing Request (CSR):", "<pre>"+devicetest.RequestText(k.csr)+"</pre>"))
		to := "/rps/ccertreg.cgi?Flag=Init_Data&PageFlag=c_certreg.tpl&FuncTypeFlag=SettingPage&KeyNo=" + strconv.Itoa(k.id)
		p.script = "function cert_register() { location.href = '" + to + "&Dummy=' + ruiDummy(); }\n"
		p.offers = append(p.offers, to)
		c.saveForm(p, k)
		p.put("%s", buttons(button("Store in File", "Store_Button", "ruiSubmit(document.CSR_FORM);"), button("Register Certificate...", "Register_Button", "cert_register();")))
	}
	p.send()
}

func (c *ctx) saveForm(p *page, k *key) {
	f := p.form("CSR_FORM", "ccsr.cgi", "File_Data", "c_csr.tpl", "c_csr.tpl")
	f.hidden("KeyNo", strconv.Itoa(k.id))
	f.end()
}

func (c *ctx) download(name, mime string, b []byte) {
	c.w.Header().Set("Content-Type", mime)
	c.w.Header().Set("Content-Disposition", "attachment; filename=\""+name+"\"")
	c.w.Write(b)
}

func (c *ctx) csr() {
	id, _ := strconv.Atoi(c.v.Get("KeyNo"))
	if k := c.d.key(id); c.post && k != nil && k.csr != nil {
		c.download("csr.pem", "application/octet-stream", []byte(devicetest.RequestText(k.csr)))
		return
	}
	c.errorPage()
}

func (c *ctx) certReg() {
	d := c.d
	id, _ := strconv.Atoi(c.v.Get("KeyNo"))
	k := d.key(id)
	if k == nil || k.cert != nil {
		c.errorPage()
		return
	}
	p := c.page("Register Certificate", c.keyCrumbs("Register Certificate"))
	if c.post {
		x, err := devicetest.ReadCertificate(c.file)
		switch {
		case len(c.file) == 0:
			p.alert = "Specify the file to register."
		case err != nil:
			p.alert = "Cannot register the certificate. The file format is not supported."
		case !devicetest.SamePublic(k.priv, x):
			p.alert = "Cannot register the certificate. The certificate does not match the key."
		default:
			k.cert, k.csr = x.Raw, nil
			d.changed()
			c.showKeys("The certificate has been registered.", "")
			return
		}
	}
	p.put("<table>%s</table>\n", row("Key Name:", esc(k.name)))
	p.script = "function do_register() {\n  if (document.FILE_FORM.CertFile.value === '') { ruiAlert('Specify the file to register.'); return; }\n  ruiSubmit(document.FILE_FORM);\n}\n"
	f := p.bare(&p.b, "FILE_FORM", "ccertreg.cgi", " enctype=\"multipart/form-data\"")
	f.hidden("Flag", "Exec_Data")
	f.common("ccertreg.cgi", "c_certreg.tpl", "c_keylist.tpl", p.token)
	f.hidden("KeyNo", strconv.Itoa(k.id))
	f.required = append(f.required, "CertFile")
	f.put("<p><label for=\"CertFile\">File Path:</label> <input type=\"file\" name=\"CertFile\" id=\"CertFile\" /></p>\n%s", buttons(button("Register", "Register_Button", "do_register();")))
	f.end()
	p.send()
}

var countries = []string{"", "-", "AT", "Austria (AT)", "AU", "Australia (AU)", "BE", "Belgium (BE)", "CA", "Canada (CA)", "CH", "Switzerland (CH)",
	"CN", "China (CN)", "DE", "Germany (DE)", "DK", "Denmark (DK)", "ES", "Spain (ES)", "FI", "Finland (FI)", "FR", "France (FR)", "GB", "Great Britain (GB)",
	"IE", "Ireland (IE)", "IT", "Italy (IT)", "JP", "Japan (JP)", "KR", "Korea (KR)", "NL", "Netherlands (NL)", "NO", "Norway (NO)", "PL", "Poland (PL)",
	"PT", "Portugal (PT)", "SE", "Sweden (SE)", "SG", "Singapore (SG)", "TW", "Taiwan (TW)", "US", "United States (US)"}

// keyGen holds the menu of kinds, the two forms and the device signature.
func (c *ctx) keyGen() {
	d, tpl := c.d, c.v.Get("PageFlag")
	switch {
	case tpl == "c_keygen.tpl":
		p := c.page("Generate Key", c.keyCrumbs("Generate Key"))
		p.put("<ul class=\"index\">\n<li>%s</li>\n<li>%s</li>\n<li>%s</li>\n</ul>\n", c.a("ckeygen.cgi", "c_gennet.tpl", "Network Communication"),
			c.a("ckeygen.cgi", "c_gencsr.tpl", "Key and Certificate Signing Request (CSR)"), c.a("ckeygen.cgi", "c_gensig.tpl", "Device Signature"))
		p.send()
	case tpl == "c_gensig.tpl":
		c.signaturePage()
	case tpl == "c_genend.tpl":
		id, _ := strconv.Atoi(c.v.Get("ReqID"))
		switch j := d.jobs[id]; {
		case j == nil:
			c.errorPage()
		case !j.done:
			c.waiting(j)
		case j.err != "":
			c.showKeys("", j.err)
		case j.csr && d.key(j.keyID) != nil:
			c.csrPage(d.key(j.keyID))
		case j.sign:
			c.showKeys("The device signature key and certificate have been generated.", "")
		default:
			c.showKeys("The key and certificate have been generated and registered.", "")
		}
	case c.post:
		g, msg := c.genRequest(tpl == "c_gencsr.tpl")
		if msg != "" {
			c.genForm(tpl, msg)
			return
		}
		c.waiting(d.generate(g))
	default:
		c.genForm(tpl, "")
	}
}

// waiting shows the overlay that polls until the key is there.
func (c *ctx) waiting(j *job) {
	p := c.page("Generate Key", c.keyCrumbs("Generate Key"))
	to := "/rps/cgenstat.cgi?Flag=Stat_Data&ReqID=" + strconv.Itoa(j.id)
	p.offers = append(p.offers, to)
	p.script = `function gen_poll() {
  var x = new XMLHttpRequest();
  x.onreadystatechange = function () {
    if (x.readyState !== 4) { return; }
    var st = { stat: 'run' };
    if (x.status === 200) { try { st = JSON.parse(x.responseText); } catch (e) { st = { stat: 'end' }; } }
    if (st.stat === 'run') { setTimeout(gen_poll, 500); } else { ruiSubmit(document.RESULT_FORM); }
  };
  x.open('GET', '` + to + `&Dummy=' + ruiDummy(), true);
  x.send(null);
}
window.onload = function () { setTimeout(gen_poll, 500); };
`
	f := p.form("RESULT_FORM", "ckeygen.cgi", "Result_Data", "c_genend.tpl", "c_keylist.tpl")
	f.hidden("ReqID", strconv.Itoa(j.id))
	f.end()
	p.put("<div class=\"ovl\" id=\"genDlg\"><div class=\"dlg\"><p><img src=\"/media/ic_wait.gif\" alt=\"\" /> Generating the key. This may take some time. Please wait...</p></div></div>\n")
	p.send()
}

func (c *ctx) genStat() {
	id, _ := strconv.Atoi(c.v.Get("ReqID"))
	st := "err"
	if j := c.d.jobs[id]; j != nil && j.err == "" {
		st = map[bool]string{true: "end", false: "run"}[j.done]
	}
	c.w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	json.NewEncoder(c.w).Encode(map[string]any{"reqid": id, "stat": st})
}

func (c *ctx) csrPage(k *key) {
	p := c.page("Key and Certificate Signing Request (CSR)", c.keyCrumbs("Generate Key", "Key and Certificate Signing Request (CSR)"))
	p.put("<p>The key and certificate signing request (CSR) have been generated. Register the certificate issued by the certification authority to use the key.</p>\n<table>%s</table>\n<textarea id=\"CsrData\" rows=\"20\" cols=\"70\" readonly=\"readonly\">%s</textarea>\n",
		row("Key Name:", esc(k.name)), devicetest.RequestText(k.csr))
	c.saveForm(p, k)
	to := "/rps/ckeylist.cgi?Flag=Init_Data&PageFlag=c_keylist.tpl&FuncTypeFlag=SettingPage"
	p.put("%s", buttons(button("Store in File", "Store_Button", "ruiSubmit(document.CSR_FORM);"), button("Close", "Close_Button", "location.href='"+to+"&Dummy='+ruiDummy();")))
	p.offers = append(p.offers, to)
	p.send()
}

func (c *ctx) signaturePage() {
	d := c.d
	if c.post {
		if d.busy() {
			c.showKeys("", "Another key is being generated. Wait until it is complete, and then try again.")
			return
		}
		y, m, day := d.now().Date()
		now := time.Date(y, m, day, 0, 0, 0, 0, d.now().Location())
		c.waiting(d.generate(genRequest{name: "Device Signature Key", hash: "SHA256", alg: "RSA", param: "2048", sign: true, from: now, to: now.AddDate(5, 0, 0),
			subject: pkix.Name{Country: []string{"JP"}, Organization: []string{"CANON INC."}, CommonName: "Canon " + model + " 2LX04417"}}))
		return
	}
	p := c.page("Device Signature", c.keyCrumbs(c.a("ckeygen.cgi", "c_keygen.tpl", "Generate Key"), "Device Signature"))
	p.script = "function sig_generate() {\n  ruiConfirm('The key and certificate for the device signature will be generated or updated. Is it OK to continue?', function () { ruiSubmit(document.SIG_FORM); });\n}\n"
	f := p.form("SIG_FORM", "ckeygen.cgi", "Exec_Data", "c_gensig.tpl", "c_keylist.tpl")
	f.put("<p>Generates or updates the key and certificate used for the device signature and S/MIME.</p>\n%s", buttons(button("Generate/Update", "Generate_Button", "sig_generate();")))
	f.end()
	p.send()
}

// genForm is the form of both kinds; a refused entry comes back as typed.
func (c *ctx) genForm(tpl, alert string) {
	csr := tpl == "c_gencsr.tpl"
	if !csr && tpl != "c_gennet.tpl" {
		c.errorPage()
		return
	}
	title := "Network Communication"
	if csr {
		title = "Key and Certificate Signing Request (CSR)"
	}
	p := c.page(title, c.keyCrumbs(c.a("ckeygen.cgi", "c_keygen.tpl", "Generate Key"), esc(title)))
	p.alert = alert
	p.script = genScript
	now := c.d.now()
	host, _, err := net.SplitHostPort(c.r.Host)
	if err != nil {
		host = c.r.Host
	}
	was := func(n, def string) string {
		if c.post && c.v.Has(n) {
			return c.v.Get(n)
		}
		return def
	}
	f := p.form("GEN_FORM", "ckeygen.cgi", "Exec_Data", tpl, "c_genend.tpl")
	alg, cc := was("KeyAlg", "0"), was("CntrySel", "0")
	f.put("<h3>Key Settings</h3>\n<table>\n%s", row("Key Name:", f.text("KeyName", was("KeyName", ""), 24, 24)))
	f.put("%s", row("Signature Algorithm:", f.pick("SignAlg", was("SignAlg", "SHA256"), false, "SHA1", "SHA1", "SHA256", "SHA256", "SHA384", "SHA384", "SHA512", "SHA512")))
	f.put("<tr><th>Key Algorithm:</th><td>%s %s<br />%s %s</td></tr>\n</table>\n",
		f.radio("KeyAlg", "0", alg, "RSA", ` onclick="alg_change();"`), f.pick("KeyLen", was("KeyLen", "2048"), alg != "0", "1024", "1024 bit", "2048", "2048 bit", "4096", "4096 bit"),
		f.radio("KeyAlg", "1", alg, "ECDSA", ` onclick="alg_change();"`), f.pick("KeyCurve", was("KeyCurve", "P256"), alg != "1", "P256", "P256", "P384", "P384", "P521", "P521"))
	if csr {
		f.put("<h3>Certificate Signing Request (CSR) Settings</h3>\n<table>\n")
	} else {
		f.put("<h3>Certificate Settings</h3>\n<table>\n")
		for _, x := range []struct {
			n, label string
			t        time.Time
		}{{"Start", "Validity Start Date (YYYY/MM/DD):", now}, {"End", "Validity End Date (YYYY/MM/DD):", now.AddDate(5, 0, 0)}} {
			f.put("%s", row(x.label, f.text(x.n+"Y", was(x.n+"Y", x.t.Format("2006")), 4, 4)+" / "+f.text(x.n+"M", was(x.n+"M", x.t.Format("01")), 2, 2)+" / "+
				f.text(x.n+"D", was(x.n+"D", x.t.Format("02")), 2, 2)+" (2000/01/01-2037/12/31)"))
		}
	}
	code := f.text("CntryCode", was("CntryCode", ""), 2, 2)
	f.required = slices.DeleteFunc(f.required, func(s string) bool { return s == "CntryCode" })
	f.optional["CntryCode"] = true
	code = strings.Replace(code, " />", attr(cc != "1", "disabled")+" />", 1)
	f.put("<tr><th>Country/Region:</th><td>%s %s<br />%s %s</td></tr>\n", f.radio("CntrySel", "0", cc, "Select Country/Region Name", ` onclick="cntry_change();"`),
		f.pick("Cntry", was("Cntry", ""), cc != "0", countries...), f.radio("CntrySel", "1", cc, "Enter Internet Country Code", ` onclick="cntry_change();"`), code)
	for _, x := range []string{"State", "City", "Organization"} {
		f.put("%s", row(x+":", f.text(x, was(x, ""), 32, 64)))
	}
	f.put("%s%s</table>\n", row("Organization Unit:", f.text("OrgUnit", was("OrgUnit", ""), 32, 64)), row("Common Name:", f.text("CommonName", was("CommonName", host), 32, 64)))
	to := "/rps/ckeygen.cgi?Flag=Init_Data&PageFlag=c_keygen.tpl&FuncTypeFlag=SettingPage"
	p.offers = append(p.offers, to)
	f.put("%s", buttons(button("OK", "OK_Button", "gen_ok();"), button("Cancel", "Cancel_Button", "location.href='"+to+"&Dummy='+ruiDummy();")))
	f.end()
	p.send()
}

const genScript = `function alg_change() {
  var f = document.GEN_FORM;
  f.KeyLen.disabled = !f.KeyAlg[0].checked;
  f.KeyCurve.disabled = !f.KeyAlg[1].checked;
}
function cntry_change() {
  var f = document.GEN_FORM;
  f.Cntry.disabled = !f.CntrySel[0].checked;
  f.CntryCode.disabled = !f.CntrySel[1].checked;
}
function gen_ok() {
  if (document.GEN_FORM.KeyName.value === '') { ruiAlert('Enter the key name.'); return; }
  ruiSubmit(document.GEN_FORM);
}
`

var (
	keyNameRE = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z ._-]{0,23}$`)
	subjectRE = regexp.MustCompile(`^[ -~]{0,64}$`)
)

func (c *ctx) date(n string) (time.Time, bool) {
	y, e1 := strconv.Atoi(get(c.v, n+"Y"))
	m, e2 := strconv.Atoi(get(c.v, n+"M"))
	day, e3 := strconv.Atoi(get(c.v, n+"D"))
	t := time.Date(y, time.Month(m), day, 0, 0, 0, 0, c.d.now().Location())
	return t, e1 == nil && e2 == nil && e3 == nil && int(t.Month()) == m && t.Day() == day && y >= 2000 && y <= 2037
}

// genRequest reads the form; the text is why it is refused.
func (c *ctx) genRequest(csr bool) (g genRequest, refused string) {
	d := c.d
	g = genRequest{name: get(c.v, "KeyName"), hash: c.v.Get("SignAlg"), alg: "RSA", param: c.v.Get("KeyLen"), csr: csr}
	if c.v.Get("KeyAlg") == "1" {
		g.alg, g.param = "ECDSA", c.v.Get("KeyCurve")
	}
	country := c.v.Get("Cntry")
	if c.v.Get("CntrySel") == "1" {
		country = strings.ToUpper(get(c.v, "CntryCode"))
		if len(country) != 2 || strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return g, "The Internet country code is incorrect."
		}
	}
	switch {
	case !keyNameRE.MatchString(g.name):
		return g, "The key name is incorrect. Enter up to 24 alphanumeric characters."
	case slices.ContainsFunc(d.keys, func(k *key) bool { return k.name == g.name }):
		return g, "The key name is already registered. Enter a different name."
	case g.param == "" || g.hash == "":
		return g, "Select the key algorithm."
	case len(d.keys) >= maxKeys:
		return g, "Cannot generate the key. The number of registered keys has reached the limit. Delete unnecessary keys."
	case d.busy():
		return g, "Another key is being generated. Wait until it is complete, and then try again."
	}
	if !csr {
		var ok1, ok2 bool
		g.from, ok1 = c.date("Start")
		g.to, ok2 = c.date("End")
		if !ok1 || !ok2 {
			return g, "The date is incorrect."
		}
		if g.to.Before(g.from) {
			return g, "The validity end date is earlier than the validity start date."
		}
		g.to = g.to.Add(24*time.Hour - time.Second)
	}
	for _, x := range []struct {
		n   string
		dst *[]string
	}{{"State", &g.subject.Province}, {"City", &g.subject.Locality}, {"Organization", &g.subject.Organization}, {"OrgUnit", &g.subject.OrganizationalUnit}} {
		s := get(c.v, x.n)
		if !subjectRE.MatchString(s) {
			return g, "Characters that cannot be used are entered. Enter alphanumeric characters."
		}
		if s != "" {
			*x.dst = []string{s}
		}
	}
	g.subject.CommonName = get(c.v, "CommonName")
	if !subjectRE.MatchString(g.subject.CommonName) {
		return g, "Characters that cannot be used are entered. Enter alphanumeric characters."
	}
	if country != "" {
		g.subject.Country = []string{country}
	}
	return g, ""
}
