package c7580

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

var devCrumb = []crumb{{"Settings/Registration : Management Settings : ", "", ""}, {"Device Management", "ctop.cgi", "c_device.tpl"}}
var keyCrumb = append(append([]crumb(nil), devCrumb...), crumb{"Key and Certificate Settings", "ckey.cgi", "c_keylist.tpl"})
var genCrumb = append(append([]crumb(nil), keyCrumb...), crumb{"Generate Key", "ckey.cgi", "c_keygen.tpl"})

func init() {
	on("ckey.cgi", "c_keylist.tpl", keyListPage)
	on("ckey.cgi", "c_keydetail.tpl", func(c *ctx) { keyDetail(c, false) })
	on("ckey.cgi", "c_keyverify.tpl", func(c *ctx) { keyDetail(c, true) })
	on("ckey.cgi", "c_keygen.tpl", genMenu)
	on("ckey.cgi", "c_keynet.tpl", func(c *ctx) { genForm(c, "c_keynet.tpl", "Network Communication") })
	on("ckey.cgi", "c_keycsr.tpl", func(c *ctx) {
		genForm(c, "c_keycsr.tpl", "Generate Key and Certificate Signing Request (CSR)")
	})
	on("ckey.cgi", "c_keysig.tpl", sigPage)
	on("ckey.cgi", "c_keysigok.tpl", sigConfirm)
	on("ckey.cgi", "c_keywait.tpl", waitPage)
	on("ckey.cgi", "c_csrview.tpl", csrView)
	on("ckey.cgi", "c_keycert.tpl", certPage)
	on("ckey.cgi", "c_keyreg.tpl", registerPage)
	on("csmcert.cgi", "c_smclist.tpl", smimeList)
	on("csmcert.cgi", "c_smcreg.tpl", smimeRegister)
	on("cdevsig.cgi", "c_devexp.tpl", exportPage)
}

func usage(d *Device, k *key) string {
	if u := d.eff.uses(k); len(u) > 0 {
		return esc(strings.Join(u, ", "))
	}
	return "&nbsp;"
}

func keyListPage(c *ctx) {
	if c.r.Method == "POST" {
		listKeys(c, deleteKey(c))
		return
	}
	listKeys(c, "")
}

func deleteKey(c *ctx) string {
	d := c.d
	k := d.key(c.v.Get("KEYSEL"))
	switch {
	case c.v.Get("Flag") != "Clear_Data" || k == nil:
		return "Select the key and certificate to be deleted."
	case k.fixed:
		d.Violate("a deletion of %s attempted", k.name)
		return "The selected key and certificate cannot be deleted."
	case d.inUse(k):
		d.Violate("a deletion of the key %s in use attempted", k.name)
		return "The selected key and certificate cannot be deleted because it is in use."
	}
	for i, o := range d.keys {
		if o == k {
			d.keys = append(d.keys[:i:i], d.keys[i+1:]...)
			break
		}
	}
	return ""
}

func listKeys(c *ctx, msg string) {
	d := c.d
	p := c.page("", devCrumb, "Key and Certificate Settings")
	p.errMsg(msg)
	p.form("MAIN_FORM", "ckey.cgi", "c_keylist.tpl", false)
	p.f("<fieldset>")
	p.button("Generate Key", "", p.jump("ckey.cgi", "c_keygen.tpl"))
	p.button("Delete", "", "delete_item('KEYSEL','Delete the selected key and certificate?')")
	p.f("</fieldset>\n<div class=\"ItemListComponent\"><table class=\"ListTable\">\n<tr><th>Select</th><th></th><th>Key Name</th><th>Key Usage</th><th>Certificate</th></tr>\n")
	for _, k := range d.keys {
		p.f("<tr><td>")
		if !k.fixed {
			p.radio("KEYSEL", k.id, "", "", "")
		}
		p.f("</td><td>")
		if k.cert == nil {
			p.f("<img src=\"/media/ic_nocert.gif\" alt=\"There is no certificate for the key.\" title=\"There is no certificate for the key.\" />")
		}
		p.f("</td><td>%s</td><td>%s</td><td>", p.link(k.name, p.jumpID("ckey.cgi", "c_keydetail.tpl", k.id)), usage(d, k))
		if !k.fixed {
			p.f("<a href=\"javascript:%s\"><img src=\"/media/ic_cert.gif\" alt=\"Certificate\" title=\"Certificate\" border=\"0\" /></a>", p.jumpID("ckey.cgi", "c_keycert.tpl", k.id))
		}
		p.f("</td></tr>\n")
	}
	p.f("</table></div>\n<p>Registered: %d / %d</p>\n", len(d.keys), maxKeys)
	p.end()
	p.done()
}

func algText(pub crypto.PublicKey) string {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d bit", k.N.BitLen())
	case *ecdsa.PublicKey:
		return fmt.Sprintf("ECDSA P%d", k.Curve.Params().BitSize)
	}
	return "-"
}

func spaced(b []byte) string { return strings.TrimSpace(fmt.Sprintf("% X", b)) }

func (p *page) certTable(x *x509.Certificate) {
	sum := sha1.Sum(x.Raw)
	alg := strings.NewReplacer("-RSA", " RSA", "ECDSA-", "ECDSA ").Replace(x.SignatureAlgorithm.String())
	p.f("<table class=\"PropTable\">\n")
	for _, r := range [][2]string{{"Version", fmt.Sprintf("V%d", x.Version)}, {"Serial Number", spaced(x.SerialNumber.Bytes())}, {"Signature Algorithm", alg}, {"Issued To", x.Subject.String()},
		{"Validity Start Date", x.NotBefore.UTC().Format("02/01 2006 15:04:05")}, {"Validity End Date", x.NotAfter.UTC().Format("02/01 2006 15:04:05")}, {"Issuer", x.Issuer.String()},
		{"Public Key", algText(x.PublicKey)}, {"Certificate Thumbprint", spaced(sum[:])}} {
		p.f("<tr><th>%s:</th><td>%s</td></tr>\n", r[0], esc(r[1]))
	}
	p.f("</table>\n")
}

func keyDetail(c *ctx, verify bool) {
	k := c.d.key(c.v.Get("SecID"))
	if k == nil {
		c.cannotOpen("Cannot display the specified page.")
		return
	}
	p := c.page("", keyCrumb, "Certificate Details")
	p.f("<h2>%s</h2>\n", esc(k.name))
	if k.cert == nil {
		p.f("<p>There is no certificate for the key.</p>\n<table class=\"PropTable\"><tr><th>Public Key:</th><td>%s</td></tr></table>\n", algText(k.priv.Public()))
		p.done()
		return
	}
	if verify {
		now := c.d.now()
		if now.Before(k.cert.NotBefore) || now.After(k.cert.NotAfter) {
			p.f("<div class=\"note\">The certificate is not valid: it is outside its period of validity.</div>\n")
		} else {
			p.f("<div class=\"note\">The certificate is valid.</div>\n")
		}
	}
	p.certTable(k.cert)
	p.f("<fieldset>")
	p.button("Verify Certificate", "", p.jumpID("ckey.cgi", "c_keyverify.tpl", k.id))
	p.f("</fieldset>\n")
	p.done()
}

func genMenu(c *ctx) {
	p := c.page("", keyCrumb, "Generate Key")
	p.f("<ul class=\"index\">\n<li>%s</li>\n<li>%s</li>\n<li>%s</li>\n</ul>\n",
		p.link("Network Communication", p.jump("ckey.cgi", "c_keynet.tpl")),
		p.link("Key and Certificate Signing Request (CSR)", p.jump("ckey.cgi", "c_keycsr.tpl")),
		p.link("Device Signature", p.jump("ckey.cgi", "c_keysig.tpl")))
	p.done()
}

var countries = []string{"AU", "Australia", "AT", "Austria", "BE", "Belgium", "BR", "Brazil", "CA", "Canada", "CN", "China", "DK", "Denmark", "FI", "Finland", "FR", "France", "DE", "Germany", "HK", "Hong Kong", "IN", "India", "IE", "Ireland", "IT", "Italy", "JP", "Japan",
	"KR", "Korea, Republic of", "NL", "Netherlands", "NZ", "New Zealand", "NO", "Norway", "PL", "Poland", "PT", "Portugal", "SG", "Singapore", "ES", "Spain", "SE", "Sweden", "CH", "Switzerland", "TW", "Taiwan", "GB", "United Kingdom", "US", "United States"}

var keyNameRule = regexp.MustCompile(`^[A-Za-z0-9]{1,24}$`)
var codeRule = regexp.MustCompile(`^[A-Za-z]{2}$`)

func genForm(c *ctx, tpl, title string) {
	if c.r.Method == "POST" {
		msg := startGenerate(c, tpl == "c_keycsr.tpl")
		if msg == "" {
			waitPage(c)
			return
		}
		showGen(c, tpl, title, msg)
		return
	}
	showGen(c, tpl, title, "")
}

func showGen(c *ctx, tpl, title, msg string) {
	csr := tpl == "c_keycsr.tpl"
	now := c.d.now()
	host := c.host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	get := func(name, def string) string {
		if c.r.Method == "POST" {
			return c.v.Get(name)
		}
		return def
	}
	p := c.page("", genCrumb, title)
	p.errMsg(msg)
	p.form("MAIN_FORM", "ckey.cgi", tpl, false)
	p.buttons("exec_genkey('c_keywait.tpl')", p.jump("ckey.cgi", "c_keygen.tpl"))
	p.f("<h2>Key Settings</h2>\n<table class=\"PropTable\">\n")
	p.text("Key Name:", "KEYNM", get("KEYNM", ""), 24, "(alphanumeric characters)")
	p.f("<tr><th>Signature Algorithm:</th><td>")
	p.sel("SIGALG", get("SIGALG", "SHA256"), "SHA1", "SHA1", "SHA256", "SHA256", "SHA384", "SHA384", "SHA512", "SHA512")
	alg := get("KEYALG", "0")
	p.f("</td></tr>\n<tr><th>Key Algorithm:</th><td>")
	p.radio("KEYALG", "0", alg, "RSA", "key_alg(0)")
	p.sel("RSALEN", get("RSALEN", "2048"), "1024", "1024 bit", "2048", "2048 bit", "4096", "4096 bit")
	p.f("<br />")
	p.radio("KEYALG", "1", alg, "ECDSA", "key_alg(1)")
	p.sel("ECTYPE", get("ECTYPE", "P256"), "P256", "P256", "P384", "P384", "P521", "P521")
	for _, n := range []string{"RSALEN", "ECTYPE"} { // the script disables the one not chosen
		r := p.spec.rules[n]
		r.need = false
		p.spec.rules[n] = r
	}
	p.f("<script type=\"text/javascript\">key_alg(%s);</script></td></tr>\n</table>\n", alg)
	if csr {
		p.f("<h2>Certificate Signing Request (CSR) Settings</h2>\n<table class=\"PropTable\">\n")
	} else {
		p.f("<h2>Certificate Settings</h2>\n<table class=\"PropTable\">\n")
		p.text("Validity Start Date (YYYY/MM/DD):", "STDATE", get("STDATE", now.Format("2006/01/02")), 10, "")
		p.text("Validity End Date (YYYY/MM/DD):", "ENDATE", get("ENDATE", ""), 10, "")
	}
	p.f("<tr><th>Country/Region:</th><td>")
	mode := get("CNTMODE", "0")
	p.radio("CNTMODE", "0", mode, "Select Country/Region Name", "")
	p.sel("CNTSEL", get("CNTSEL", "GB"), countries...)
	p.f("<br />")
	p.radio("CNTMODE", "1", mode, "Enter Internet Country Code", "")
	p.spec.rules["CNTCODE"] = rule{need: true, max: 2}
	p.f("<input type=\"text\" name=\"CNTCODE\" value=\"%s\" maxlength=\"2\" size=\"3\" /></td></tr>\n", esc(get("CNTCODE", "")))
	p.text("State:", "STATE", get("STATE", ""), 64, "")
	p.text("City:", "CITY", get("CITY", ""), 64, "")
	p.text("Organization:", "ORG", get("ORG", ""), 64, "")
	p.text("Organization Unit:", "ORGUNIT", get("ORGUNIT", ""), 64, "")
	p.text("Common Name:", "CMNNM", get("CMNNM", host), 64, "")
	p.f("</table>\n")
	p.end()
	p.done()
}

// startGenerate checks the form and begins.
func startGenerate(c *ctx, csr bool) string {
	d, v := c.d, c.v
	name, hash := v.Get("KEYNM"), v.Get("SIGALG")
	switch {
	case v.Get("Flag") != "Exec_Data":
		return "The settings are not correct."
	case d.busy():
		return "A key is being generated. Wait for a while, and then try again."
	case !keyNameRule.MatchString(name):
		return "The key name is not correct. Enter it in alphanumeric characters."
	case len(d.keys) >= maxKeys:
		return "The key cannot be generated because the number of registered keys has reached the limit."
	}
	for _, k := range d.keys {
		if strings.EqualFold(k.name, name) {
			return "A key with the same name is already registered. Enter another key name."
		}
	}
	size := v.Get("RSALEN")
	if v.Get("KEYALG") == "1" {
		size = v.Get("ECTYPE")
	}
	if size == "" {
		d.Violate("a key generation without a length or type")
		return "The settings are not correct."
	}
	subject := pkix.Name{CommonName: v.Get("CMNNM")}
	country := v.Get("CNTSEL")
	if v.Get("CNTMODE") == "1" {
		if country = v.Get("CNTCODE"); !codeRule.MatchString(country) {
			return "The Internet country code is not correct."
		}
	}
	subject.Country = []string{strings.ToUpper(country)}
	for n, f := range map[string]*[]string{"STATE": &subject.Province, "CITY": &subject.Locality, "ORG": &subject.Organization, "ORGUNIT": &subject.OrganizationalUnit} {
		for _, r := range v.Get(n) + v.Get("CMNNM") {
			if r < ' ' || r > '~' {
				return "Enter the certificate settings in alphanumeric characters."
			}
		}
		if s := v.Get(n); s != "" {
			*f = []string{s}
		}
	}
	var from, to time.Time
	if !csr {
		var err1, err2 error
		from, err1 = time.Parse("2006/01/02", v.Get("STDATE"))
		to, err2 = time.Parse("2006/01/02", v.Get("ENDATE"))
		if err1 != nil || err2 != nil {
			return "The validity start date or end date is not correct. Enter it as YYYY/MM/DD."
		}
		if to.Before(from) {
			return "The validity end date cannot be earlier than the validity start date."
		}
		to = to.Add(24*time.Hour - time.Second)
	}
	d.generate(&genJob{csr: csr}, func() *key {
		k := &key{name: name, priv: devicetest.Must(devicetest.NewKey(size))}
		if csr {
			k.csr = devicetest.Must(devicetest.Request(k.priv, hash, subject))
		} else {
			k.cert = selfSigned(k.priv, subject, from, to, hash)
		}
		return k
	})
	return ""
}

// waitPage posts itself until the key is there.
func waitPage(c *ctx) {
	d := c.d
	j := d.job
	if j == nil {
		listKeys(c, "")
		return
	}
	if !j.done {
		p := c.page("", genCrumb, "Generate Key")
		p.f("<div class=\"note\"><img src=\"/media/wait.gif\" alt=\"\" /> Generating the key. This may take a while. Wait for a moment.</div>\n")
		p.form("WAIT_FORM", "ckey.cgi", "c_keywait.tpl", false)
		p.end()
		p.f("<script type=\"text/javascript\">//<![CDATA[\nsetTimeout(\"exec_form('WAIT_FORM','Html_Data','c_keywait.tpl')\", 700);\n//]]></script>\n")
		p.done()
		return
	}
	d.job = nil
	if j.csr {
		c.s.csr = j.k
		showCSR(c, j.k, "The key and certificate signing request (CSR) have been generated.")
		return
	}
	p := c.page("", genCrumb, "Generate Key")
	text := "The key and certificate have been generated and registered."
	if j.sig {
		text = "The device signature key has been generated/updated."
	}
	p.f("<div class=\"note\">%s</div>\n", text)
	p.buttons(p.jump("ckey.cgi", "c_keylist.tpl"), "")
	p.done()
}

func showCSR(c *ctx, k *key, note string) {
	p := c.page("", keyCrumb, "Certificate Signing Request (CSR)")
	if note != "" {
		p.f("<div class=\"note\">%s</div>\n", note)
	}
	p.f("<table class=\"PropTable\"><tr><th>Key Name:</th><td>%s</td></tr></table>\n<textarea name=\"CSRDATA\" rows=\"22\" cols=\"68\" readonly=\"readonly\">\n%s</textarea>\n", esc(k.name), devicetest.RequestText(k.csr))
	p.form("MAIN_FORM", "ckey.cgi", "c_csrview.tpl", false)
	p.hidden("KeyID", k.id)
	p.f("<fieldset>")
	p.button("Store in File", "", "exec_form('MAIN_FORM','Export_Data','c_csrview.tpl')")
	p.button("OK", "OK_Button", p.jump("ckey.cgi", "c_keylist.tpl"))
	p.f("</fieldset>\n")
	p.end()
	p.done()
}

func (c *ctx) download(name, kind string, data []byte) {
	c.w.Header().Set("Content-Type", kind)
	c.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=\"%s\"", name))
	c.w.Write(data)
}

func csrView(c *ctx) {
	k := c.d.key(c.v.Get("KeyID"))
	if c.r.Method != "POST" || k == nil || k.csr == nil || c.v.Get("Flag") != "Export_Data" {
		c.cannotOpen("Cannot display the specified page.")
		return
	}
	c.download(k.name+".csr", "application/octet-stream", []byte(devicetest.RequestText(k.csr)))
}

// certPage is behind the icon of the certificate column.
func certPage(c *ctx) {
	k := c.d.key(c.v.Get("SecID"))
	if k == nil || k.fixed {
		c.cannotOpen("Cannot display the specified page.")
		return
	}
	p := c.page("", keyCrumb, "Certificate")
	p.f("<h2>%s</h2>\n", esc(k.name))
	if k.cert == nil {
		p.f("<p>There is no certificate for the key.</p>\n<textarea name=\"CSRDATA\" rows=\"22\" cols=\"68\" readonly=\"readonly\">\n%s</textarea>\n", devicetest.RequestText(k.csr))
		p.f("<fieldset>")
		p.button("Register Certificate...", "", p.jumpID("ckey.cgi", "c_keyreg.tpl", k.id))
		p.f("</fieldset>\n")
	} else {
		p.certTable(k.cert)
	}
	p.done()
}

func registerPage(c *ctx) {
	id := c.v.Get("SecID")
	k := c.d.key(id)
	if k == nil || k.csr == nil {
		c.cannotOpen("Cannot display the specified page.")
		return
	}
	msg := ""
	if c.r.Method == "POST" {
		x, err := x509.ParseCertificate(c.file)
		switch {
		case len(c.file) == 0:
			msg = "Specify the file to be registered."
		case err != nil:
			msg = "The certificate cannot be registered. The format of the file is not correct."
		case !devicetest.SamePublic(k.priv, x):
			msg = "The certificate cannot be registered. It does not match the key."
		default:
			k.cert, k.csr = x, nil
			listKeys(c, "")
			return
		}
	}
	uploadPage(c, keyCrumb, "Register Certificate", "ckey.cgi", "c_keyreg.tpl", id, "Specify the certificate file (X.509 DER, .cer/.der) issued for the key "+k.name+".", msg, "c_keylist.tpl")
}

func uploadPage(c *ctx, heads []crumb, title, cgi, tpl, id, text, msg, up string) {
	p := c.page("", heads, title)
	p.errMsg(msg)
	p.form("MAIN_FORM", cgi, tpl, true)
	if id != "" {
		p.hidden("SecID", id)
	}
	p.spec.rules["CERTFILE"] = rule{need: true}
	p.f("<p>%s</p>\n<table class=\"PropTable\"><tr><th>File Path:</th><td><input type=\"file\" name=\"CERTFILE\" size=\"40\" /></td></tr></table>\n<fieldset>", esc(text))
	p.button("Register", "", fmt.Sprintf("exec_form('MAIN_FORM','Exec_Data','%s')", up))
	p.button("Cancel", "", p.jump(cgi, up))
	p.f("</fieldset>\n")
	p.end()
	p.done()
}

func sigPage(c *ctx) {
	p := c.page("", genCrumb, "Device Signature")
	for _, k := range c.d.keys {
		if k.devsig {
			p.f("<table class=\"PropTable\"><tr><th>Key Name:</th><td>%s</td></tr><tr><th>Validity End Date:</th><td>%s</td></tr></table>\n", esc(k.name), k.cert.NotAfter.Format("02/01 2006"))
		}
	}
	p.f("<fieldset>")
	p.button("Generate/Update", "", p.jump("ckey.cgi", "c_keysigok.tpl"))
	p.f("</fieldset>\n")
	p.done()
}

func sigConfirm(c *ctx) {
	d := c.d
	msg := ""
	if c.r.Method == "POST" {
		if !d.busy() && c.v.Get("Flag") == "Exec_Data" {
			now := d.now().UTC()
			d.generate(&genJob{sig: true}, func() *key {
				k := &key{priv: devicetest.Strong(2048)}
				k.cert = selfSigned(k.priv, pkix.Name{Country: []string{"JP"}, CommonName: model + " XYZ01234"}, now.Truncate(time.Second), now.Truncate(time.Second).AddDate(5, 0, 0), "SHA256")
				return k
			})
			waitPage(c)
			return
		}
		msg = "A key is being generated. Wait for a while, and then try again."
	}
	p := c.page("", genCrumb, "Device Signature")
	p.errMsg(msg)
	p.form("MAIN_FORM", "ckey.cgi", "c_keysigok.tpl", false)
	p.f("<p>The device signature key and certificate are generated/updated. The current key and certificate are overwritten. Do you want to continue?</p>\n")
	p.buttons("exec_form('MAIN_FORM','Exec_Data','c_keywait.tpl')", p.jump("ckey.cgi", "c_keysig.tpl"))
	p.end()
	p.done()
}

func exportPage(c *ctx) {
	if c.r.Method == "POST" && c.v.Get("Flag") == "Export_Data" {
		for _, k := range c.d.keys {
			if k.devsig {
				c.download("devsign.cer", "application/octet-stream", k.cert.Raw)
			}
		}
		return
	}
	p := c.page("", devCrumb, "Export Device Signature")
	p.form("MAIN_FORM", "cdevsig.cgi", "c_devexp.tpl", false)
	p.f("<p>The certificate of the device signature is exported to a file (X.509 DER).</p>\n<fieldset>")
	p.button("Start Exporting", "", "exec_form('MAIN_FORM','Export_Data','c_devexp.tpl')")
	p.f("</fieldset>\n")
	p.end()
	p.done()
}

func smimeList(c *ctx) {
	d, msg := c.d, ""
	if c.r.Method == "POST" {
		msg = "Select the certificate to be deleted."
		for i, x := range d.smime {
			if x.id == c.v.Get("CERTSEL") && c.v.Get("Flag") == "Clear_Data" {
				d.smime, msg = append(d.smime[:i:i], d.smime[i+1:]...), ""
				break
			}
		}
	}
	listSMIME(c, msg)
}

func listSMIME(c *ctx, msg string) {
	p := c.page("", devCrumb, "S/MIME Certificate Settings")
	p.errMsg(msg)
	p.form("MAIN_FORM", "csmcert.cgi", "c_smclist.tpl", false)
	p.f("<fieldset>")
	p.button("Register S/MIME Certificate...", "", p.jump("csmcert.cgi", "c_smcreg.tpl"))
	p.button("Delete", "", "delete_item('CERTSEL','Delete the selected S/MIME certificate?')")
	p.f("</fieldset>\n<table class=\"ListTable\">\n<tr><th>Select</th><th>Issued To</th><th>Validity End Date</th><th>Certificate Thumbprint</th></tr>\n")
	for _, x := range c.d.smime {
		sum := sha1.Sum(x.cert.Raw)
		p.f("<tr><td>")
		p.radio("CERTSEL", x.id, "", "", "")
		p.f("</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", esc(x.cert.Subject.String()), x.cert.NotAfter.Format("02/01 2006"), spaced(sum[:]))
	}
	p.f("</table>\n")
	p.end()
	p.done()
}

func smimeRegister(c *ctx) {
	d, msg := c.d, ""
	if c.r.Method == "POST" {
		x, err := x509.ParseCertificate(c.file)
		switch {
		case len(c.file) == 0:
			msg = "Specify the file to be registered."
		case err != nil:
			msg = "The certificate cannot be registered. The format of the file is not correct."
		default:
			for _, o := range d.smime {
				if o.cert.Equal(x) {
					msg = "The certificate is already registered."
				}
			}
			if msg == "" {
				d.nextID++
				d.smime = append(d.smime, &peerCert{fmt.Sprint(d.nextID), x})
				listSMIME(c, "")
				return
			}
		}
	}
	heads := append(append([]crumb(nil), devCrumb...), crumb{"S/MIME Certificate Settings", "csmcert.cgi", "c_smclist.tpl"})
	uploadPage(c, heads, "Register S/MIME Certificate", "csmcert.cgi", "c_smcreg.tpl", "", "Specify the S/MIME certificate file (X.509 DER, .cer/.der).", msg, "c_smclist.tpl")
}
