package ir2630

import (
	"crypto/sha1"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	crumbKeys = `<a href="/m_device.html">Device Management</a> > <a href="/m_keycert.html">Key and Certificate Settings</a> > `
	busyText  = "A key is being generated. Wait a while, and then try again."
	fullText  = "The maximum number of keys is already registered. Delete unnecessary keys, and then try again."
)

func (d *Device) generating() bool { return d.gen != nil && !d.gen.done }

// inUse: now, or after the restart.
func (d *Device) inUse(n int) bool { return len(d.uses(d.cfg, n))+len(d.uses(d.run, n)) > 0 }

// usage shows what holds the key now and what will after the restart.
func (d *Device) usage(n int) string {
	list := d.uses(d.run, n)
	for _, u := range d.uses(d.cfg, n) {
		if !slices.Contains(list, u) {
			list = append(list, u)
		}
	}
	if len(list) == 0 {
		return "-"
	}
	return "[" + strings.Join(list, "] [") + "]"
}

func (c *ctx) keyList() {
	d := c.d
	var b strings.Builder
	note := ""
	if d.generating() {
		note = `<p class="notice">` + busyText + `</p>`
	}
	b.WriteString(note + `<div class="btns">` + button("Generate Key...", "ruiGo('/m_keycert_gen.html')") + `</div>`)
	rows, used := "", 0
	for n, k := range d.keys {
		if k == nil {
			continue
		}
		used++
		icon := ""
		if k.der == nil {
			icon = fmt.Sprintf(`<a href="/m_keycert_csr.html?no=%d"><img src="/media/ico_nocert.gif" alt="No certificate" title="The certificate for this key is not registered." /></a>`, n)
		}
		del := ""
		if !d.inUse(n) && k.name != defaultKey && k.name != devSigKey {
			del = button("Delete", fmt.Sprintf("ruiRow('frmKey', 'i3001', '%d', 'Do you want to delete this key and certificate?')", n))
		}
		rows += fmt.Sprintf(`<tr><td>%d</td><td><img src="/media/ico_key.gif" alt="" /> <a href="/m_keycert_detail.html?no=%d">%s</a></td><td>%s</td><td>%s</td><td>%s</td></tr>`, n, n, esc(k.name), d.usage(n), icon, del)
	}
	b.WriteString(form("frmKey", "/cgi/m_keycert_del.cgi", scriptHidden("i3001")+`<table class="list"><tr><th>No.</th><th>Key Name</th><th>Key Usage</th><th>Certificate</th><th></th></tr>`+rows+`</table>`))
	fmt.Fprintf(&b, `<p>Registered Keys: %d / %d</p><p>Keys that are in use and preinstalled keys cannot be deleted.</p>`, used, slots)
	c.show("settings", `<a href="/m_device.html">Device Management</a> > Key and Certificate Settings`, b.String())
}

func (c *ctx) doDelete() {
	d, n := c.d, c.slot("i3001")
	k := d.keys[n]
	switch {
	case n == 0 || k == nil:
		d.Violate("deletion of a key that is not in the list (%q)", c.val("i3001"))
		c.s.notice = "The key could not be deleted. The specified key does not exist."
	case k.name == defaultKey || k.name == devSigKey:
		d.Violate("deletion of %s attempted", k.name)
		c.s.notice = "The key could not be deleted. Preinstalled keys cannot be deleted."
	case d.inUse(n):
		d.Violate("deletion of the key %q attempted, which is in use", k.name)
		c.s.notice = "The key could not be deleted. The key is being used, or will be used after the device is restarted."
	case d.generating():
		c.s.notice = busyText
	default:
		d.keys[n] = nil
	}
	c.redirect("/m_keycert.html")
}

// pick is the key of ?no=, or an error page.
func (c *ctx) pick() (int, *key) {
	n := c.slot("no")
	if c.d.keys[n] == nil {
		c.errorPage("The specified key does not exist.")
		return 0, nil
	}
	return n, c.d.keys[n]
}

func publicKey(k *key) string {
	return devicetest.Algorithm(k.priv) + map[bool]string{true: " bit"}[devicetest.Algorithm(k.priv)[0] == 'R']
}

func (c *ctx) keyDetail() {
	n, k := c.pick()
	if k == nil {
		return
	}
	t := `<table class="item">` + row("Key Name:", esc(k.name))
	buttons := button("Back", "ruiGo('/m_keycert.html')")
	if crt := k.cert(); crt != nil {
		sum := sha1.Sum(crt.Raw)
		t += row("Version:", fmt.Sprintf("X.509v%d", crt.Version)) + row("Serial Number:", fmt.Sprintf("% X", crt.SerialNumber.Bytes())) + row("Signature Algorithm:", crt.SignatureAlgorithm.String()) +
			row("Issued To:", esc(crt.Subject.String())) + row("Validity Start Date:", crt.NotBefore.UTC().Format("2006/01/02 15:04:05")) + row("Validity End Date:", crt.NotAfter.UTC().Format("2006/01/02 15:04:05")) +
			row("Issuer:", esc(crt.Issuer.String())) + row("Public Key:", publicKey(k)) + row("Certificate Thumbprint (SHA1):", fmt.Sprintf("% X", sum[:]))
		buttons = button("Verify Certificate", fmt.Sprintf("ruiGo('/m_keycert_verify.html?no=%d')", n)) + buttons
	} else {
		t += row("Public Key:", publicKey(k)) + row("Certificate:", "The certificate for this key is not registered.")
	}
	c.show("settings", crumbKeys+"Certificate Details", t+`</table><div class="btns">`+buttons+`</div>`)
}

func (c *ctx) keyVerify() {
	n, k := c.pick()
	if k == nil {
		return
	}
	msg := "The certificate is valid."
	crt := k.cert()
	switch now := c.d.now(); {
	case crt == nil:
		msg = "The certificate for this key is not registered."
	case now.Before(crt.NotBefore) || now.After(crt.NotAfter):
		msg = "The certificate is not valid: it is outside its validity period."
	case crt.Issuer.String() == crt.Subject.String():
		if crt.CheckSignature(crt.SignatureAlgorithm, crt.RawTBSCertificate, crt.Signature) != nil {
			msg = "The certificate is not valid: its signature is wrong."
		}
	default:
		msg = "The certificate could not be verified, because the certificate of its issuer is not registered."
	}
	c.show("settings", crumbKeys+"Verify Certificate", `<p id="resultMsg">`+esc(k.name)+`: `+msg+`</p><div class="btns">`+button("Back", fmt.Sprintf("ruiGo('/m_keycert_detail.html?no=%d')", n))+`</div>`)
}

// ---- generation

func (c *ctx) genMenu() {
	c.show("settings", crumbKeys+"Generate Key", `<p>Select the type of key to generate, and then click [OK].</p>`+form("frmGen", "/cgi/m_keycert_gen.cgi",
		`<div>`+radio("i3010", "1", "Generate Network Communication Key", true, "", true)+`</div><div>`+radio("i3010", "2", "Generate Key and Certificate Signing Request (CSR)", false, "", true)+`</div><div>`+radio("i3010", "3", "Device Signature", false, "", true)+`</div><div class="btns">`+button("OK", "ruiSubmit('frmGen', '')")+button("Cancel", "ruiGo('/m_keycert.html')")+`</div>`))
}

func (c *ctx) doGenMenu() {
	c.redirect(map[string]string{"1": "/m_keycert_gen_net.html", "2": "/m_keycert_gen_csr.html", "3": "/m_keycert_gen_sign.html"}[c.val("i3010")])
}

var countries = []string{"", "(Not Specified)", "AU", "Australia (AU)", "AT", "Austria (AT)", "CA", "Canada (CA)", "CN", "China (CN)", "CZ", "Czech Republic (CZ)", "DK", "Denmark (DK)", "FR", "France (FR)", "DE", "Germany (DE)", "IE", "Ireland (IE)", "IT", "Italy (IT)", "JP", "Japan (JP)", "KR", "Korea (KR)", "NL", "Netherlands (NL)", "NO", "Norway (NO)", "ES", "Spain (ES)", "SE", "Sweden (SE)", "CH", "Switzerland (CH)", "TW", "Taiwan (TW)", "GB", "United Kingdom (GB)", "US", "United States (US)"}

// genForm shows the form, with what was typed if it is shown again.
func (c *ctx) genForm(kind, msg string) {
	v := func(name, first string) string {
		if _, ok := c.f[name]; ok {
			return c.val(name)
		}
		return first
	}
	now := c.d.now()
	rsa, list := v("i3012", "1") == "1", v("i3040", "1") == "1"
	title, sub, action := "Generate Network Communication Key", "Certificate Settings", "/cgi/m_keycert_gen_net.cgi"
	if kind == "csr" {
		title, sub, action = "Generate Key and Certificate Signing Request (CSR)", "Certificate Signing Request (CSR) Settings", "/cgi/m_keycert_gen_csr.cgi"
	}
	date := func(id string, t time.Time) string {
		return text(id, v(id, t.Format("2006")), 4, "", true) + " / " + text(id+"m", v(id+"m", t.Format("01")), 2, "", true) + " / " + text(id+"d", v(id+"d", t.Format("02")), 2, "", true)
	}
	b := `<h2>Key Settings</h2><table class="item">` + field("i3011", "Key Name:", text("i3011", v("i3011", ""), 24, "", true)+" (Max 24 characters)") +
		field("i3015", "Signature Algorithm:", sel("i3015", v("i3015", "SHA256"), "", true, "SHA256", "SHA256", "SHA384", "SHA384", "SHA512", "SHA512")) +
		row("Key Algorithm:", `<div>`+radio("i3012", "1", "RSA", rsa, "", true)+" "+sel("i3013", v("i3013", "2048"), "i3012=1", rsa, "1024", "1024 bit", "2048", "2048 bit", "4096", "4096 bit")+`</div><div>`+
			radio("i3012", "2", "ECDSA", !rsa, "", true)+" "+sel("i3014", v("i3014", "P256"), "i3012=2", !rsa, "P256", "P256", "P384", "P384", "P521", "P521")+`</div>`) + `</table><h2>` + sub + `</h2><table class="item">`
	if kind == "self" {
		b += field("i3020", "Validity Start Date (YYYY/MM/DD):", date("i3020", now)) + field("i3021", "Validity End Date (YYYY/MM/DD):", date("i3021", now.AddDate(5, 0, 0)))
	}
	b += row("Country/Region:", `<div>`+radio("i3040", "1", "Select Country/Region Name", list, "", true)+" "+sel("i3041", v("i3041", ""), "i3040=1", list, countries...)+`</div><div>`+
		radio("i3040", "2", "Enter Internet Country Code", !list, "", true)+" "+text("i3042", v("i3042", ""), 2, "i3040=2", !list)+`</div>`) +
		field("i3043", "State:", text("i3043", v("i3043", ""), 48, "", true)) + field("i3044", "City:", text("i3044", v("i3044", ""), 48, "", true)) +
		field("i3045", "Organization:", text("i3045", v("i3045", ""), 48, "", true)) + field("i3046", "Organization Unit:", text("i3046", v("i3046", ""), 48, "", true)) +
		field("i3047", "Common Name:", text("i3047", v("i3047", hostOnly(c.r.Host)), 48, "", true)) + `</table>`
	c.show("settings", crumbKeys+`<a href="/m_keycert_gen.html">Generate Key</a> > `+title, errLine(msg)+form("frmGenKey", action, b+`<div class="btns">`+button("OK", "ruiSubmit('frmGenKey', '')")+button("Cancel", "ruiGo('/m_keycert.html')")+`</div>`))
}

func hostOnly(h string) string {
	if i := strings.LastIndex(h, ":"); i > 0 {
		return h[:i]
	}
	return h
}

func printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return true
}

func (c *ctx) date(id string) (time.Time, bool) {
	t, err := time.Parse("2006-1-2", c.val(id)+"-"+c.val(id+"m")+"-"+c.val(id+"d"))
	return t, err == nil && t.Year() >= 2000 && t.Year() <= 2037
}

func (c *ctx) doGenerate(kind string) {
	d := c.d
	s := subject{country: c.val("i3041"), state: c.val("i3043"), city: c.val("i3044"), org: c.val("i3045"), unit: c.val("i3046"), cn: c.val("i3047")}
	if c.val("i3040") == "2" {
		s.country = strings.ToUpper(c.val("i3042"))
	}
	name, alg := c.val("i3011"), c.val("i3013")
	if c.val("i3012") == "2" {
		alg = c.val("i3014")
	}
	msg := ""
	for _, k := range d.keys {
		if k != nil && k.name == name {
			msg = "A key with the same name is already registered."
		}
	}
	switch {
	case name == "":
		msg = "Enter the key name."
	case !printable(name + s.state + s.city + s.org + s.unit + s.cn):
		msg = "Characters that cannot be used are entered. Use alphanumeric characters."
	case c.val("i3040") == "2" && s.country != "" && (len(s.country) != 2 || strings.Trim(s.country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != ""):
		msg = "The Internet country code is incorrect."
	}
	if kind == "self" && msg == "" {
		var ok, ok2 bool
		s.from, ok = c.date("i3020")
		s.to, ok2 = c.date("i3021")
		switch {
		case !ok || !ok2:
			msg = "The date is incorrect. Enter a date from 2000/01/01 to 2037/12/31."
		case s.to.Before(s.from):
			msg = "The validity end date is earlier than the validity start date."
		}
		s.to = s.to.Add(24*time.Hour - time.Second)
	}
	slot := d.freeSlot()
	if msg == "" && d.generating() {
		msg = busyText
	} else if msg == "" && slot == 0 {
		msg = fullText
	}
	if msg != "" {
		c.genForm(kind, msg)
		return
	}
	d.startGen(kind, name, alg, c.val("i3015"), slot, s)
	c.redirect("/m_keycert_wait.html")
}

func (c *ctx) signForm(msg string) {
	c.show("settings", crumbKeys+`<a href="/m_keycert_gen.html">Generate Key</a> > Device Signature`, errLine(msg)+`<p>The key and certificate used for device signatures are generated. If they already exist, they are replaced with new ones.</p>`+
		form("frmSign", "/cgi/m_keycert_gen_sign.cgi", `<div>`+check("i3050", "Generate/Update Device Signature Key", false, "", true)+`</div><div class="btns">`+button("OK", "ruiSubmit('frmSign', '')")+button("Cancel", "ruiGo('/m_keycert.html')")+`</div>`))
}

func (c *ctx) doSign() {
	d := c.d
	switch {
	case !c.on("i3050"):
		c.signForm("Select the [Generate/Update Device Signature Key] check box.")
	case d.generating():
		c.signForm(busyText)
	default:
		now := d.now().UTC()
		for n, k := range d.keys {
			if k != nil && k.name == devSigKey {
				d.startGen("sign", devSigKey, "2048", "SHA256", n, subject{org: "CANON INC.", cn: model + " Device Signature", from: now, to: now.AddDate(5, 0, 0)})
			}
		}
		c.redirect("/m_keycert_wait.html")
	}
}

// genWait loads itself again until the machine has done its work.
func (c *ctx) genWait() {
	g := c.d.gen
	switch {
	case g == nil:
		c.redirect("/m_keycert.html")
	case !g.done:
		c.showHead("settings", crumbKeys+"Generate Key", `<p>The key is being generated. This may take a while. Please wait...</p>`, `<meta http-equiv="refresh" content="1;url=/m_keycert_wait.html" />`)
	default:
		c.d.gen = nil
		switch {
		case g.err != nil:
			c.s.notice = "The key could not be generated."
		case g.kind == "csr":
			c.redirect(fmt.Sprintf("/m_keycert_csr.html?no=%d", g.slot))
			return
		case g.kind == "sign":
			c.s.notice = "The device signature key has been updated."
		default:
			c.s.notice = "The key and certificate have been generated."
		}
		c.redirect("/m_keycert.html")
	}
}

// ---- CSR

func (c *ctx) csrPage() {
	n, k := c.pick()
	if k == nil {
		return
	}
	if k.der != nil || k.csr == nil {
		c.errorPage("The certificate for this key is already registered.")
		return
	}
	no := fmt.Sprint(n)
	r, _ := x509.ParseCertificateRequest(k.csr)
	c.show("settings", crumbKeys+"Certificate Signing Request (CSR)", `<p>Send the certificate signing request to a certification authority. When the certificate is issued, register it for this key.</p><table class="item">`+
		row("Key Name:", esc(k.name))+row("Public Key:", publicKey(k))+row("Signature Algorithm:", r.SignatureAlgorithm.String())+row("Subject:", esc(r.Subject.String()))+
		row("Certificate Signing Request (CSR):", `<textarea rows="20" cols="70" readonly="readonly">`+devicetest.RequestText(k.csr)+`</textarea>`)+`</table>`+
		form("frmCsr", "/cgi/m_keycert_csrsave.cgi", hidden("i3060", no)+`<div class="btns">`+button("Store in File", "ruiSave('frmCsr')")+button("Register Certificate...", "ruiGo('/m_keycert_reg.html?no="+no+"')")+button("Back", "ruiGo('/m_keycert.html')")+`</div>`))
}

func (c *ctx) doCSRSave() {
	k := c.d.keys[c.slot("i3060")]
	if k == nil || k.csr == nil {
		c.errorPage("The specified key does not exist.")
		return
	}
	c.download("csr.pem", "application/octet-stream", []byte(devicetest.RequestText(k.csr)))
}

func (c *ctx) regPage(msg string) {
	n, k := c.slot("no"), c.d.keys[c.slot("no")]
	if c.r.Method == "POST" {
		n, k = c.slot("i3061"), c.d.keys[c.slot("i3061")]
	}
	if k == nil || k.der != nil {
		c.errorPage("The specified key does not exist, or its certificate is already registered.")
		return
	}
	no := fmt.Sprint(n)
	f := form("frmReg", "/cgi/m_keycert_reg.cgi", hidden("i3061", no)+`<table class="item">`+row("Key Name:", esc(k.name))+field("i3062", "File Path:", `<input type="file" name="i3062" id="i3062" />`)+`</table><div class="btns">`+
		button("Register", "ruiSubmit('frmReg', '')")+button("Cancel", "ruiGo('/m_keycert_csr.html?no="+no+"')")+`</div>`)
	c.show("settings", crumbKeys+"Register Certificate", errLine(msg)+`<p>Specify the certificate file (X.509 DER or PEM) issued for this key.</p>`+strings.Replace(f, ` method="post"`, ` method="post" enctype="multipart/form-data"`, 1))
}

func (c *ctx) doRegister() {
	k := c.d.keys[c.slot("i3061")]
	switch {
	case k == nil || k.der != nil:
		c.regPage("")
	case !c.got || len(c.file) == 0:
		c.regPage("Specify the file.")
	default:
		if err := k.install(c.file); err != nil {
			c.regPage(err.Error())
			return
		}
		c.s.notice = "The certificate has been registered."
		c.redirect("/m_keycert.html")
	}
}

// ---- export of the device signature

func (c *ctx) exportPage() {
	c.show("settings", `<a href="/m_device.html">Device Management</a> > Export Device Signature`, `<p>Export the certificate of the device signature to a file.</p>`+
		form("frmExp", "/cgi/m_devsig_export.cgi", `<div class="btns">`+button("Start Exporting", "ruiSave('frmExp')")+`</div>`))
}

func (c *ctx) doExport() {
	for _, k := range c.d.keys {
		if k != nil && k.name == devSigKey {
			c.download("devsign.cer", "application/octet-stream", k.der)
			return
		}
	}
}
