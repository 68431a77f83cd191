package dx8795

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func (c *ctx) smime() {
	d := c.d
	p := c.page("S/MIME Settings", c.crumbs("c_send.tpl", "S/MIME Settings"))
	s := &d.plain
	if c.post {
		n := *s
		n.Encrypt, n.AddSign, n.EncAlg, n.SignAlg = c.v.Get("Encrypt"), c.v.Has("AddSign"), c.v.Get("EncAlg"), c.v.Get("SignAlg")
		n.VerifyRecv, n.PrintSign = c.v.Has("VrfyRecv"), c.v.Has("PrintSign")
		c.otherChanged("S/MIME Settings", *s, n)
		*s = n
		d.changed()
		p.info = "The setting has been registered."
	}
	f := p.form("SMIME_FORM", "csmime.cgi", "Exec_Data", "c_smime.tpl", "c_smime.tpl")
	f.put("%s<table><tr><th>Encryption Settings:</th><td>%s<br />%s<br />%s</td></tr>\n", buttons(button("OK", "OK_Button", "ruiSubmit(document.SMIME_FORM);"), button("Cancel", "Cancel_Button", c.back(p, "cindex.cgi", "c_send.tpl"))),
		f.radio("Encrypt", "0", s.Encrypt, "Always Encrypt", ""), f.radio("Encrypt", "1", s.Encrypt, "Encrypt Only When Sending", ""), f.radio("Encrypt", "2", s.Encrypt, "Do Not Encrypt", ""))
	f.put("<tr><td colspan=\"2\">%s</td></tr>\n%s%s</table>\n<p>%s<br />%s</p>\n", f.check("AddSign", s.AddSign, "Add Digital Signatures"),
		row("Encryption Algorithm:", f.pick("EncAlg", s.EncAlg, false, "3DES", "3DES", "AES-128", "AES-128", "AES-256", "AES-256")),
		row("Signature Algorithm:", f.pick("SignAlg", s.SignAlg, false, "SHA1", "SHA1", "SHA256", "SHA256", "SHA384", "SHA384", "SHA512", "SHA512")),
		f.check("VrfyRecv", s.VerifyRecv, "Verify Signature When Receiving"), f.check("PrintSign", s.PrintSign, "Print Signature When Receiving"))
	f.end()
	p.send()
}

func (c *ctx) smimeCrumbs(more string) string {
	return c.crumbs("c_device.tpl", c.a("csmcert.cgi", "c_smcert.tpl", "S/MIME Certificate Settings"), more)
}

// smimeCerts is the list of other machines' certificates, with upload and details.
func (c *ctx) smimeCerts() {
	d := c.d
	no, _ := strconv.Atoi(c.v.Get("CertNo"))
	info, alert := "", ""
	switch tpl := c.v.Get("PageFlag"); {
	case tpl == "c_smdet.tpl":
		for _, s := range d.smime {
			if s.id == no {
				p := c.page("Certificate Details", c.smimeCrumbs("Certificate Details"))
				p.put("<table>%s%s</table>\n", c.certRows(s.der), row("Certificate Thumbprint:", thumbprint(s.der)))
				p.send()
				return
			}
		}
		alert = "The selected certificate no longer exists."
	case tpl == "c_smreg.tpl" && !c.post:
		c.smimeUpload("")
		return
	case tpl == "c_smreg.tpl":
		x, err := devicetest.ReadCertificate(c.file)
		if err != nil {
			c.smimeUpload("Cannot register the certificate. The file format is not supported.")
			return
		}
		if slices.ContainsFunc(d.smime, func(s *smimeCert) bool { return string(s.der) == string(x.Raw) }) {
			c.smimeUpload("The certificate is already registered.")
			return
		}
		name := x.Subject.CommonName
		if len(x.EmailAddresses) > 0 {
			name = x.EmailAddresses[0]
		}
		d.nextID++
		d.smime = append(d.smime, &smimeCert{1000 + d.nextID, name, x.Raw})
		d.changed()
		info = "The S/MIME certificate has been registered."
	case c.post && len(c.v["CertNo"]) > 0:
		d.smime = slices.DeleteFunc(d.smime, func(s *smimeCert) bool { return slices.Contains(c.v["CertNo"], strconv.Itoa(s.id)) })
		d.changed()
		info = "The selected certificate has been deleted."
	}
	p := c.page("S/MIME Certificate Settings", c.crumbs("c_device.tpl", "S/MIME Certificate Settings"))
	p.info, p.alert = info, alert
	p.script = `function sm_detail(no) {
  location.href = './csmcert.cgi?Flag=Init_Data&PageFlag=c_smdet.tpl&FuncTypeFlag=SettingPage&CertNo=' + no + '&Dummy=' + ruiDummy();
}
function sm_delete() {
  var e = document.SM_FORM.elements, i, n = 0;
  for (i = 0; i < e.length; i++) { if (e[i].name === 'CertNo' && e[i].checked) { n++; } }
  if (n === 0) { ruiAlert('Select the certificate to delete.'); return; }
  ruiConfirm('Are you sure you want to delete the selected certificate?', function () { ruiSubmit(document.SM_FORM); });
}
`
	f := p.form("SM_FORM", "csmcert.cgi", "Clear_Data", "c_smcert.tpl", "c_smcert.tpl")
	f.put("%s<div class=\"ItemListComponent\"><table><tr><th>Select</th><th>Issued To</th><th>Validity End Date</th></tr>\n", buttons(button("Register S/MIME Certificate...", "Register_Button", c.back(p, "csmcert.cgi", "c_smreg.tpl")), button("Delete", "Delete_Button", "sm_delete();")))
	f.optional["CertNo"] = true
	for _, s := range d.smime {
		end := ""
		if x, err := x509.ParseCertificate(s.der); err == nil {
			end = x.NotAfter.Format("2006/01/02")
		}
		f.choices["CertNo"] = append(f.choices["CertNo"], strconv.Itoa(s.id))
		f.put("<tr><td><input type=\"checkbox\" name=\"CertNo\" value=\"%d\" /></td><td><a href=\"javascript:sm_detail('%d');\">%s</a></td><td>%s</td></tr>\n", s.id, s.id, esc(s.mail), end)
		p.offers = append(p.offers, fmt.Sprintf("/rps/csmcert.cgi?Flag=Init_Data&PageFlag=c_smdet.tpl&FuncTypeFlag=SettingPage&CertNo=%d", s.id))
	}
	f.put("</table></div>\n")
	f.end()
	p.send()
}

func (c *ctx) smimeUpload(alert string) {
	p := c.page("Register S/MIME Certificate", c.smimeCrumbs("Register S/MIME Certificate"))
	p.alert = alert
	p.script = "function do_register() {\n  if (document.FILE_FORM.CertFile.value === '') { ruiAlert('Specify the file to register.'); return; }\n  ruiSubmit(document.FILE_FORM);\n}\n"
	f := p.bare(&p.b, "FILE_FORM", "csmcert.cgi", " enctype=\"multipart/form-data\"")
	f.hidden("Flag", "Exec_Data")
	f.common("csmcert.cgi", "c_smreg.tpl", "c_smcert.tpl", p.token)
	f.required = append(f.required, "CertFile")
	f.put("<p><label for=\"CertFile\">File Path:</label> <input type=\"file\" name=\"CertFile\" id=\"CertFile\" /></p>\n%s", buttons(button("Register", "Register_Button", "do_register();")))
	f.end()
	p.send()
}

func (c *ctx) exportSignature() {
	if c.post {
		for _, k := range c.d.keys {
			if k.kind == signature {
				c.download("devicesign.cer", "application/x-x509-ca-cert", k.cert)
			}
		}
		return
	}
	p := c.page("Export Device Signature", c.crumbs("c_device.tpl", "Export Device Signature"))
	f := p.form("EXP_FORM", "cdevsig.cgi", "File_Data", "c_devsig.tpl", "c_devsig.tpl")
	f.put("<p>Exports the certificate of the device signature (S/MIME certificate) to a file.</p>\n%s", buttons(button("Start Exporting", "Export_Button", "ruiSubmit(document.EXP_FORM);")))
	f.end()
	p.send()
}

func (c *ctx) bluetooth() {
	d := c.d
	p := c.page("Bluetooth Settings", c.crumbs("c_net.tpl", "Bluetooth Settings"))
	s := &d.plain
	if c.post {
		n := *s
		n.Bluetooth, n.BTName, n.BTPin = c.v.Has("UseBt"), c.v.Get("BtName"), c.v.Get("BtPin")
		c.otherChanged("Bluetooth Settings", *s, n)
		*s = n
		d.changed()
		p.info = "The setting has been registered."
	}
	f := p.form("BT_FORM", "cbt.cgi", "Exec_Data", "c_bt.tpl", "c_bt.tpl")
	f.put("%s<p>%s</p>\n<table>%s%s</table>\n", buttons(button("OK", "OK_Button", "ruiSubmit(document.BT_FORM);"), button("Cancel", "Cancel_Button", c.back(p, "cindex.cgi", "c_net.tpl"))),
		f.check("UseBt", s.Bluetooth, "Use Bluetooth"), row("Device Name:", f.text("BtName", s.BTName, 24, 20)), row("PIN Code:", f.text("BtPin", s.BTPin, 8, 7)))
	f.end()
	p.send()
}

func (c *ctx) ams() {
	d := c.d
	p := c.page("ACCESS MANAGEMENT SYSTEM Settings", c.crumbs("c_license.tpl", "ACCESS MANAGEMENT SYSTEM Settings"))
	s := &d.plain
	if c.post {
		n := *s
		n.AMS, n.AMSRestrict = c.v.Has("UseAms"), c.v.Get("AmsRest")
		c.otherChanged("ACCESS MANAGEMENT SYSTEM Settings", *s, n)
		*s = n
		d.changed()
		p.info = "The setting has been registered."
	}
	f := p.form("AMS_FORM", "cams.cgi", "Exec_Data", "c_ams.tpl", "c_ams.tpl")
	f.put("%s<p>%s</p>\n<table>%s</table>\n", buttons(button("OK", "OK_Button", "ruiSubmit(document.AMS_FORM);"), button("Cancel", "Cancel_Button", c.back(p, "cindex.cgi", "c_license.tpl"))),
		f.check("UseAms", s.AMS, "Use ACCESS MANAGEMENT SYSTEM"), row("Restriction Information:", f.radio("AmsRest", "1", s.AMSRestrict, "Per Role", "")+" "+f.radio("AmsRest", "0", s.AMSRestrict, "Per Device", "")))
	f.end()
	p.send()
}
