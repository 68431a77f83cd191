package c357

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	crDM   = "Management Settings: Device Management"
	crKeys = crDM + " &gt; "
)

func (p *page) keysLink() string {
	return p.link("Key and Certificate Settings", "ckey.cgi", "c_key_list.tpl", "")
}

func pubText(k *key) string {
	switch pub := k.priv.Public().(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %dbit", pub.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + strings.ReplaceAll(pub.Curve.Params().Name, "-", "")
	}
	return ""
}

func keyList(d *Device, w http.ResponseWriter, s *session, note, errText string) {
	p := d.page(s, "ckey.cgi", crKeys+"Key and Certificate Settings", "Key and Certificate Settings")
	p.note, p.err = note, errText
	p.buttons = button("Generate Key...", "", p.href("ckey.cgi", "c_key_gen.tpl", "")) + button("Delete", "DeleteButton", "key_delete()")
	f := p.form("KEY_LIST", "ckey.cgi", "c_key_list.tpl", "c_key_list.tpl", "Delete_Data")
	p.w(`<div class="ItemListComponent"><table><tr><th>Select</th><th>Key Name</th><th>Key Usage</th><th>Certificate</th></tr>` + "\n")
	for _, k := range d.keys {
		id := strconv.Itoa(k.id)
		cert := "&nbsp;"
		if k.der == nil {
			cert = fmt.Sprintf(`<a href="%s"><img src="/media/ico_nocert.gif" alt="No Certificate" title="No Certificate" /></a>`,
				p.href("ckey.cgi", "c_key_csr.tpl", "KeyNo="+id))
		}
		use := strings.Join(d.uses(k, d.effect), ", ")
		if use == "" {
			use = "-"
		}
		p.w("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", f.radio("KeyNo", id, "", false, ""),
			p.link(k.name, "ckey.cgi", "c_key_det.tpl", "KeyNo="+id), use, cert)
	}
	p.w("</table></div>\n")
	f.end()
	p.w(`<p class="Note">Registered keys: %d/%d</p>`, d.stock(), maxKeys)
	p.show(w)
}

func keyDelete(d *Device, w http.ResponseWriter, s *session, v url.Values, _ map[string][]byte) {
	k := d.byID(atoi(v.Get("KeyNo")))
	if k == nil {
		keyList(d, w, s, "", "Select a key and certificate.")
		return
	}
	switch {
	case k.system != "":
		if k.system == "default" {
			d.Violate("deletion of Default Key attempted")
		} else if len(d.uses(k, d.effect)) > 0 {
			d.Violate("deletion of the key %s attempted, which is in use", k.name)
		}
		keyList(d, w, s, "", "The selected key and certificate cannot be deleted.")
	case len(d.uses(k, d.effect)) > 0 || len(d.uses(k, d.stored)) > 0:
		d.Violate("deletion of the key %s attempted, which is in use", k.name)
		keyList(d, w, s, "", "The selected key and certificate is in use, and cannot be deleted.")
	default:
		d.keys = slices.DeleteFunc(d.keys, func(x *key) bool { return x == k })
		for _, c := range []config{d.stored, d.effect} {
			for _, m := range c.pages {
				if m["KeyNo"] == strconv.Itoa(k.id) {
					m["KeyNo"] = ""
				}
			}
		}
		keyList(d, w, s, "The key and certificate have been deleted.", "")
	}
}

func (p *page) rows(l ...[2]string) {
	p.w(`<table class="PropertyList">` + "\n")
	for _, x := range l {
		p.w("<tr><th>%s</th><td>%s</td></tr>\n", x[0], x[1])
	}
	p.w("</table>\n")
}

func dn(n pkix.Name) string {
	var o []string
	add := func(k string, v []string) {
		for _, x := range v {
			o = append(o, k+"="+esc(x))
		}
	}
	add("C", n.Country)
	add("ST", n.Province)
	add("L", n.Locality)
	add("O", n.Organization)
	add("OU", n.OrganizationalUnit)
	if n.CommonName != "" {
		add("CN", []string{n.CommonName})
	}
	return strings.Join(o, "<br />")
}

func (p *page) certRows(der []byte) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		p.w("<p>The certificate is corrupted or invalid.</p>")
		return
	}
	day := func(t time.Time) string { return t.UTC().Format("2006/01/02") }
	pub := pubText(&key{priv: publicOnly{c.PublicKey}})
	p.rows([2]string{"Version", fmt.Sprintf("X.509v%d", c.Version)},
		[2]string{"Serial Number", spaced(c.SerialNumber.Bytes())},
		[2]string{"Signature Algorithm", c.SignatureAlgorithm.String()},
		[2]string{"Issued To", dn(c.Subject)},
		[2]string{"Validity Start Date", day(c.NotBefore)},
		[2]string{"Validity End Date", day(c.NotAfter)},
		[2]string{"Issuer", dn(c.Issuer)},
		[2]string{"Public Key", pub},
		[2]string{"Certificate Thumbprint (SHA1)", thumbprint(der)})
}

func keyDetail(d *Device, w http.ResponseWriter, s *session, id int, note, errText string) {
	k := d.byID(id)
	if k == nil {
		keyList(d, w, s, "", "The specified key does not exist.")
		return
	}
	p := d.page(s, "ckey.cgi", "", "Certificate Details")
	p.crumbs = crKeys + p.keysLink() + " &gt; Certificate Details"
	p.note, p.err = note, errText
	p.rows([2]string{"Key Name", esc(k.name)})
	if k.der == nil {
		p.rows([2]string{"Public Key", pubText(k)})
		p.w("<p>There is no certificate for this key.</p>")
	} else {
		p.certRows(k.der)
		p.buttons = button("Verify Certificate", "", "form_exec('CERT_FORM','Verify_Data')")
		f := p.form("CERT_FORM", "ckey.cgi", "c_key_det.tpl", "c_key_det.tpl", "Verify_Data")
		f.hidden("KeyNo", strconv.Itoa(id))
		f.end()
	}
	p.show(w)
}

func keyVerify(d *Device, w http.ResponseWriter, s *session, v url.Values, _ map[string][]byte) {
	id := atoi(v.Get("KeyNo"))
	note, bad := "The certificate is valid.", ""
	if k := d.byID(id); k != nil {
		if c, err := x509.ParseCertificate(k.der); err != nil || d.now().Before(c.NotBefore) || d.now().After(c.NotAfter) {
			note, bad = "", "The certificate is not valid. Its validity period has not started or is over."
		}
	}
	keyDetail(d, w, s, id, note, bad)
}

func keyGenMenu(d *Device, w http.ResponseWriter, s *session, _ url.Values) {
	p := d.page(s, "ckey.cgi", "", "Generate Key")
	p.crumbs = crKeys + p.keysLink() + " &gt; Generate Key"
	p.w("<ul class=\"Index\"><li>%s</li><li>%s</li><li>%s</li></ul>",
		p.link("Network Communication", "ckeygen.cgi", "c_gen_net.tpl", ""),
		p.link("Key and Certificate Signing Request (CSR)", "ckeygen.cgi", "c_gen_csr.tpl", ""),
		p.link("Device Signature", "ckeygen.cgi", "c_gen_sig.tpl", ""))
	p.show(w)
}

var countries = []string{"AU|Australia (AU)", "AT|Austria (AT)", "BE|Belgium (BE)", "CA|Canada (CA)", "DK|Denmark (DK)", "FR|France (FR)",
	"DE|Germany (DE)", "IE|Ireland (IE)", "IT|Italy (IT)", "JP|Japan (JP)", "NL|Netherlands (NL)", "NZ|New Zealand (NZ)",
	"NO|Norway (NO)", "SG|Singapore (SG)", "ES|Spain (ES)", "SE|Sweden (SE)", "GB|United Kingdom (GB)", "US|United States (US)"}

// genForm shows the form of a new key; v holds what was typed, if it was refused.
func genForm(d *Device, w http.ResponseWriter, s *session, csr bool, v url.Values, host, errText string) {
	tpl, title := "c_gen_net.tpl", "Generate Network Communication Key"
	if csr {
		tpl, title = "c_gen_csr.tpl", "Generate Key and Certificate Signing Request (CSR)"
	}
	n := d.now()
	if v == nil {
		v = url.Values{"SignAlg": {"SHA256"}, "KeyAlg": {"1"}, "RsaLength": {"2048"}, "EcdsaType": {"P256"}, "CountrySel": {"1"}, "CountryName": {"GB"},
			"CommonName": {host}}
		for i, t := range []time.Time{n, n.AddDate(5, 0, 0)} {
			x := []string{"Start", "End"}[i]
			v.Set(x+"Y", t.Format("2006"))
			v.Set(x+"M", t.Format("01"))
			v.Set(x+"D", t.Format("02"))
		}
	}
	p := d.page(s, "ckeygen.cgi", "", title)
	p.crumbs = crKeys + p.keysLink() + " &gt; " + p.link("Generate Key", "ckey.cgi", "c_key_gen.tpl", "") + " &gt; " + title
	p.err = errText
	p.onload = "gen_init()"
	p.buttons = button("OK", "OK_Button", "gen_ok()") + button("Cancel", "", p.href("ckey.cgi", "c_key_gen.tpl", ""))
	f := p.form("GEN_FORM", "ckeygen.cgi", tpl, "c_key_wait.tpl", "Exec_Data")
	row := func(label, cell string) { p.w("<tr><th>%s</th><td>%s</td></tr>\n", label, cell) }
	p.w("<h3>Key Settings</h3><table class=\"PropertyList\">")
	row("Key Name", f.text("KeyName", v.Get("KeyName"), 24, 24)+" (alphanumeric characters)")
	row("Signature Algorithm", f.choice("SignAlg", v.Get("SignAlg"), []string{"SHA1|SHA1", "SHA256|SHA256", "SHA384|SHA384", "SHA512|SHA512"}, false))
	row("Key Algorithm", f.radio("KeyAlg", "1", "RSA", v.Get("KeyAlg") == "1", "gen_alg()")+" "+
		f.choice("RsaLength", v.Get("RsaLength"), []string{"512|512 bit", "1024|1024 bit", "2048|2048 bit", "4096|4096 bit"}, false)+"<br />"+
		f.radio("KeyAlg", "2", "ECDSA", v.Get("KeyAlg") == "2", "gen_alg()")+" "+
		f.choice("EcdsaType", v.Get("EcdsaType"), []string{"P256|P256", "P384|P384", "P521|P521"}, true))
	p.w("</table><h3>%s</h3><table class=\"PropertyList\">", map[bool]string{false: "Certificate Settings", true: "Certificate Signing Request (CSR) Settings"}[csr])
	if !csr {
		for i, l := range []string{"Validity Start Date (YYYY/MM/DD)", "Validity End Date (YYYY/MM/DD)"} {
			x := []string{"Start", "End"}[i]
			row(l, f.text(x+"Y", v.Get(x+"Y"), 4, 4)+" / "+f.text(x+"M", v.Get(x+"M"), 2, 2)+" / "+f.text(x+"D", v.Get(x+"D"), 2, 2))
		}
	}
	row("Country/Region", f.radio("CountrySel", "1", "Select Country/Region Name", v.Get("CountrySel") == "1", "gen_country()")+" "+
		f.choice("CountryName", v.Get("CountryName"), countries, false)+"<br />"+
		f.radio("CountrySel", "2", "Enter Internet Country Code", v.Get("CountrySel") == "2", "gen_country()")+" "+
		f.optional("CountryCode", v.Get("CountryCode"), 4, 2))
	for _, x := range [][2]string{{"State", "State"}, {"City", "City"}, {"Org", "Organization"}, {"OrgUnit", "Organization Unit"}, {"CommonName", "Common Name"}} {
		row(x[1], f.text(x[0], v.Get(x[0]), 40, 64))
	}
	p.w("</table>")
	f.end()
	p.show(w)
}

var (
	alnum   = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	letters = regexp.MustCompile(`^[A-Za-z]{2}$`)
	printed = regexp.MustCompile(`^[ -~]*$`)
)

func genExec(csr bool) action {
	return func(d *Device, w http.ResponseWriter, s *session, v url.Values, _ map[string][]byte) {
		g := genRequest{kind: "self", name: v.Get("KeyName"), hash: v.Get("SignAlg")}
		if csr {
			g.kind = "csr"
		}
		if v.Get("KeyAlg") == "2" {
			g.alg = "ECDSA " + v.Get("EcdsaType")
		} else {
			g.alg = "RSA " + v.Get("RsaLength")
		}
		country := v.Get("CountryName")
		if v.Get("CountrySel") == "2" {
			country = strings.ToUpper(v.Get("CountryCode"))
		}
		one := func(n string) []string {
			if v.Get(n) == "" {
				return nil
			}
			return []string{v.Get(n)}
		}
		g.subj = pkix.Name{Country: []string{country}, Province: one("State"), Locality: one("City"), Organization: one("Org"),
			OrganizationalUnit: one("OrgUnit"), CommonName: v.Get("CommonName")}
		bad := ""
		var e1, e2 error
		if !csr {
			day := func(x string) (time.Time, error) {
				return time.Parse("2006/1/2", v.Get(x+"Y")+"/"+strings.TrimPrefix(v.Get(x+"M"), "0")+"/"+strings.TrimPrefix(v.Get(x+"D"), "0"))
			}
			g.from, e1 = day("Start")
			g.to, e2 = day("End")
			g.to = g.to.Add(24*time.Hour - time.Second)
		}
		ascii := true
		for _, n := range []string{"State", "City", "Org", "OrgUnit", "CommonName"} {
			ascii = ascii && printed.MatchString(v.Get(n))
		}
		switch {
		case !alnum.MatchString(g.name):
			bad = "Enter the key name using alphanumeric characters."
		case d.byName(g.name) != nil:
			bad = "The specified key name is already registered."
		case g.alg == "RSA " || g.alg == "ECDSA ":
			bad = "The key algorithm setting is incorrect."
		case g.alg == "RSA 512" && (g.hash == "SHA384" || g.hash == "SHA512"):
			bad = "SHA384 and SHA512 cannot be used if the key length is 512 bit."
		case g.alg == "RSA 512":
			bad = "The specified key length cannot be used. The use of weak keys is prohibited by the security policy."
		case e1 != nil || e2 != nil:
			bad = "The date is incorrect."
		case g.to.Before(g.from):
			bad = "Set the validity end date to the validity start date or later."
		case !letters.MatchString(country):
			bad = "Enter the Internet country code with two letters."
		case !ascii:
			bad = "Enter the certificate settings using alphanumeric characters."
		case d.stock() >= maxKeys:
			bad = "No more keys can be registered. Delete unnecessary keys, and then try again."
		case d.job != nil && !d.job.done:
			bad = "A key is being generated. Wait for a while, and then try again."
		}
		if bad != "" {
			genForm(d, w, s, csr, v, "", bad)
			return
		}
		d.generate(g)
		waitPage(d, w, s, nil)
	}
}

// waitPage loads itself again each second until the key is made.
func waitPage(d *Device, w http.ResponseWriter, s *session, _ url.Values) {
	j := d.job
	switch {
	case j == nil:
		keyList(d, w, s, "", "")
		return
	case !j.done:
		p := d.page(s, "ckeygen.cgi", "", "Generate Key")
		p.crumbs = crKeys + "Key and Certificate Settings &gt; Generate Key"
		d.offered(s, "/rps/ckeygen.cgi?Flag=Status_Data&PageFlag=c_key_wait.tpl")
		p.onload = "gen_wait()"
		p.w(`<p class="Wait"><img src="/media/wait.gif" alt="" /> Generating the key and certificate. This may take a while. Please wait...</p>`)
		p.show(w)
		return
	case j.err != "":
		d.job = nil
		keyList(d, w, s, "", j.err)
		return
	}
	d.job = nil
	switch j.kind {
	case "csr":
		csrPage(d, w, s, j.key.id, "The key and Certificate Signing Request (CSR) have been generated.", "")
	case "signature":
		sigPage(d, w, s, "The device signature key and certificate have been generated/updated.")
	default:
		keyList(d, w, s, "The key and certificate have been generated and registered.", "")
	}
}

// csrPage shows the request of a key, and leads to the registration of its certificate.
func csrPage(d *Device, w http.ResponseWriter, s *session, id int, note, errText string) {
	k := d.byID(id)
	if k == nil || k.csr == nil {
		keyList(d, w, s, "", "The specified key does not exist.")
		return
	}
	if k.der != nil {
		keyDetail(d, w, s, id, note, errText)
		return
	}
	p := d.page(s, "ckey.cgi", "", "Key and Certificate Signing Request (CSR)")
	p.crumbs = crKeys + p.keysLink() + " &gt; Key and Certificate Signing Request (CSR)"
	p.note, p.err = note, errText
	p.buttons = button("Store in File", "", "form_exec('CSR_FORM','Csr_Data')") +
		button("Register Certificate...", "", p.href("ckey.cgi", "c_key_reg.tpl", "KeyNo="+strconv.Itoa(id))) +
		button("Back to List", "", p.href("ckey.cgi", "c_key_list.tpl", ""))
	r, _ := x509.ParseCertificateRequest(k.csr)
	p.rows([2]string{"Key Name", esc(k.name)}, [2]string{"Public Key", pubText(k)}, [2]string{"Signature Algorithm", r.SignatureAlgorithm.String()},
		[2]string{"Subject", dn(r.Subject)})
	p.w("<h3>CSR Data</h3><pre class=\"Csr\">%s</pre>\n", devicetest.RequestText(k.csr))
	f := p.form("CSR_FORM", "ckey.cgi", "c_key_csr.tpl", "c_key_csr.tpl", "Csr_Data")
	f.hidden("KeyNo", strconv.Itoa(id))
	f.end()
	p.show(w)
}

func csrSave(d *Device, w http.ResponseWriter, s *session, v url.Values, _ map[string][]byte) {
	if k := d.byID(atoi(v.Get("KeyNo"))); k != nil && k.csr != nil {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", `attachment; filename="csr.pem"`)
		io.WriteString(w, devicetest.RequestText(k.csr))
	}
}

func regPage(d *Device, w http.ResponseWriter, s *session, id int, errText string) {
	p := d.page(s, "ckey.cgi", "", "Register Certificate")
	p.crumbs = crKeys + p.keysLink() + " &gt; Register Certificate"
	p.err = errText
	k := d.byID(id)
	if k == nil {
		keyList(d, w, s, "", "The specified key does not exist.")
		return
	}
	p.buttons = button("Register", "", "file_exec('REG_FORM')") + button("Cancel", "", p.href("ckey.cgi", "c_key_csr.tpl", "KeyNo="+strconv.Itoa(id)))
	f := p.uploadForm("REG_FORM", "ckey.cgi", "c_key_reg.tpl", "c_key_list.tpl", "Exec_Data")
	f.hidden("KeyNo", strconv.Itoa(id))
	p.rows([2]string{"Key Name", esc(k.name)}, [2]string{"File Path", f.file("CertFile") + "<br />Certificate file in DER format (.cer, .der)"})
	f.end()
	p.show(w)
}

func regExec(d *Device, w http.ResponseWriter, s *session, v url.Values, files map[string][]byte) {
	id := atoi(v.Get("KeyNo"))
	k := d.byID(id)
	c, err := x509.ParseCertificate(files["CertFile"])
	switch {
	case k == nil:
		keyList(d, w, s, "", "The specified key does not exist.")
	case err != nil:
		regPage(d, w, s, id, "The file could not be registered. The format of the certificate is incorrect.")
	case !devicetest.SamePublic(k.priv, c):
		regPage(d, w, s, id, "The file could not be registered. The certificate does not match the key.")
	default:
		k.der = bytes.Clone(c.Raw)
		keyList(d, w, s, "The certificate has been registered.", "")
	}
}

func sigPage(d *Device, w http.ResponseWriter, s *session, note string) {
	p := d.page(s, "ckeygen.cgi", "", "Device Signature")
	p.crumbs = crKeys + p.keysLink() + " &gt; " + p.link("Generate Key", "ckey.cgi", "c_key_gen.tpl", "") + " &gt; Device Signature"
	p.note = note
	p.buttons = button("Generate/Update", "", "sig_update()")
	for _, k := range d.keys {
		if k.system == "signature" {
			p.rows([2]string{"Key Name", esc(k.name)})
			p.certRows(k.der)
		}
	}
	f := p.form("SIG_FORM", "ckeygen.cgi", "c_gen_sig.tpl", "c_key_wait.tpl", "Exec_Data")
	f.end()
	p.show(w)
}

func sigExec(d *Device, w http.ResponseWriter, s *session, _ url.Values, _ map[string][]byte) {
	if d.job == nil || d.job.done {
		n := d.now().UTC()
		d.generate(genRequest{kind: "signature", hash: "SHA256", alg: "RSA 2048", from: n.Truncate(time.Second), to: n.AddDate(5, 0, 0),
			subj: pkix.Name{Country: []string{"JP"}, Organization: []string{"CANON INC."}, CommonName: "Canon iR-ADV C357 2RX04417"}})
	}
	waitPage(d, w, s, nil)
}

func exportPage(d *Device, w http.ResponseWriter, s *session, _ url.Values) {
	p := d.page(s, "cdm.cgi", "", "Export Device Signature")
	p.crumbs = crDM + " &gt; Export Device Signature"
	p.buttons = button("Start Exporting", "", "form_exec('EXP_FORM','Export_Data')")
	p.w("<p>Exports the certificate of the device signature to a file.</p>")
	f := p.form("EXP_FORM", "cdm.cgi", "c_dm_exp.tpl", "c_dm_exp.tpl", "Export_Data")
	f.end()
	p.show(w)
}

func exportExec(d *Device, w http.ResponseWriter, s *session, _ url.Values, _ map[string][]byte) {
	for _, k := range d.keys {
		if k.system == "signature" {
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Content-Disposition", `attachment; filename="device_signature.cer"`)
			w.Write(k.der)
		}
	}
}

func smimeCerts(d *Device, w http.ResponseWriter, s *session, note, errText string) {
	p := d.page(s, "csmime.cgi", "", "S/MIME Certificate Settings")
	p.crumbs = crDM + " &gt; S/MIME Certificate Settings"
	p.note, p.err = note, errText
	p.buttons = button("Register S/MIME Certificate...", "", p.href("csmime.cgi", "c_sm_reg.tpl", "")) + button("Delete", "", "smime_delete()")
	f := p.form("SMIME_LIST", "csmime.cgi", "c_sm_list.tpl", "c_sm_list.tpl", "Delete_Data")
	p.w(`<div class="ItemListComponent"><table><tr><th>Select</th><th>Issued To</th><th>Issuer</th><th>Serial Number</th><th>Validity End Date</th></tr>` + "\n")
	for i, der := range d.smimeCerts {
		c, _ := x509.ParseCertificate(der)
		p.w("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", f.radio("CertNo", strconv.Itoa(d.smimeNo[i]), "", false, ""),
			dn(c.Subject), dn(c.Issuer), spaced(c.SerialNumber.Bytes()), c.NotAfter.UTC().Format("2006/01/02"))
	}
	p.w("</table></div>\n")
	if len(d.smimeCerts) == 0 {
		p.w("<p class=\"Note\">No certificates are registered.</p>")
	}
	f.end()
	p.show(w)
}

func smimeDelete(d *Device, w http.ResponseWriter, s *session, v url.Values, _ map[string][]byte) {
	i := slices.Index(d.smimeNo, atoi(v.Get("CertNo")))
	if i < 0 {
		smimeCerts(d, w, s, "", "Select a certificate.")
		return
	}
	d.smimeCerts = slices.Delete(d.smimeCerts, i, i+1)
	d.smimeNo = slices.Delete(d.smimeNo, i, i+1)
	smimeCerts(d, w, s, "The certificate has been deleted.", "")
}

func smimeReg(d *Device, w http.ResponseWriter, s *session, errText string) {
	p := d.page(s, "csmime.cgi", "", "Register S/MIME Certificate")
	p.crumbs = crDM + " &gt; " + p.link("S/MIME Certificate Settings", "csmime.cgi", "c_sm_list.tpl", "") + " &gt; Register S/MIME Certificate"
	p.err = errText
	p.buttons = button("Register", "", "file_exec('REG_FORM')") + button("Cancel", "", p.href("csmime.cgi", "c_sm_list.tpl", ""))
	f := p.uploadForm("REG_FORM", "csmime.cgi", "c_sm_reg.tpl", "c_sm_list.tpl", "Exec_Data")
	p.rows([2]string{"File Path", f.file("CertFile") + "<br />Certificate file in DER format (.cer, .der)"})
	f.end()
	p.show(w)
}

func smimeRegExec(d *Device, w http.ResponseWriter, s *session, _ url.Values, files map[string][]byte) {
	c, err := x509.ParseCertificate(files["CertFile"])
	if err != nil {
		smimeReg(d, w, s, "The file could not be registered. The format of the certificate is incorrect.")
		return
	}
	for _, x := range d.smimeCerts {
		if bytes.Equal(x, c.Raw) {
			smimeReg(d, w, s, "The certificate is already registered.")
			return
		}
	}
	d.smimeCerts = append(d.smimeCerts, bytes.Clone(c.Raw))
	d.smimeNo = append(d.smimeNo, d.smimeNext)
	d.smimeNext++
	smimeCerts(d, w, s, "The certificate has been registered.", "")
}
