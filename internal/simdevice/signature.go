package simdevice

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
)

// showSignature is where the device signature key is made (S-1).
func (x *exchange) showSignature() {
	l := x.l
	p := x.frame(PageSignature, wSignatureUse, wSettings, wManagement, wDevices, wKeys)
	p.openForm(p.form, PageSignature, PageKeyList)
	run := p.submit(p.form, "Exec_Data", PageSignature)
	if l.signatureAsksOnPage() {
		run = p.opener("confirm", target{kind: PageSignatureOK})
	}
	name := l.name("fn.signature")
	p.script(name, "", run)
	if !l.signatureAsksOnPage() {
		p.script(name, "", "if (confirm("+jsString(l.text(wAskSignature))+")) { "+run+"; }")
	}
	p.button("update", l.text(wGenUpdate), "", name+"()")
	p.raw("</form>")
	p.link("back", l.text(wKeys), target{kind: PageKeyList})
	p.end()
}

// signatureAsksOnPage tells whether renewing is confirmed on a page with [OK].
func (l *layout) signatureAsksOnPage() bool { return l.pick("signature.page", 2) == 1 }

// showSignatureOK asks whether to renew.
func (x *exchange) showSignatureOK() {
	p := x.frame(PageSignatureOK, wSignatureUse, wSettings, wManagement, wDevices, wKeys)
	p.put("<p>%s</p>", x.l.text(wAskSignature))
	p.openForm(p.form, PageSignatureOK, PageKeyList)
	p.button("ok", x.l.text(wOK), okButtonID, p.submit(p.form, "Exec_Data", PageSignatureOK))
	p.button("cancel", x.l.text(wCancel), "", p.opener("cancel", target{kind: PageKeyList}))
	p.raw("</form>")
	p.end()
}

// renewSignature makes the device signature key anew, in place (S-1).
func (x *exchange) renewSignature() {
	s := x.d.store
	k := s.byName(nameSignatureKey)
	if k == nil {
		x.keyList(wErrNotFound)
		return
	}
	if !x.d.exported[string(k.cert.Raw)] {
		x.d.obs.violate(InvariantExportedFirst, "the device signature was renewed before its certificate was exported")
	}
	if !x.d.cfg.enforces(RuleSignatureRenewed) {
		x.keyList(-1)
		return
	}
	fresh, err := s.make("", 2048, x.d.cfg.MakesWeakKeys)
	if err == nil {
		err = s.certify(fresh, crypto.SHA256, k.cert.Subject, x.now, x.now.AddDate(5, 0, 0), nil)
	}
	if err != nil {
		x.d.obs.violate("", "the device signature key cannot be made: %v", err)
		return
	}
	k.signer, k.bits, k.weak, k.cert, k.generated, k.bound = fresh.signer, fresh.bits, fresh.weak, fresh.cert, true, true
	x.change = "device signature key renewed"
	x.sess.visited[PageKeyList] = true
	x.keyList(-1)
}

// showExport is where the device signature's certificate is had (E-2).
func (x *exchange) showExport() {
	p := x.frame(PageExport, wExport, wSettings, wManagement, wDevices)
	p.openForm(p.form, PageExport, PageExport)
	run := p.opener("export", target{kind: PageExportFile})
	if x.l.pick("export.post", 2) == 1 {
		run = p.submit(p.form, "Html_Data", PageExportFile)
	}
	p.button("start", x.l.text(wStartExport), "", run)
	p.raw("</form>")
	p.end()
}

// exportFile is the download.
func (x *exchange) exportFile() {
	k := x.d.store.byName(nameSignatureKey)
	if k == nil || k.cert == nil {
		x.notice(wErrNotFound)
		return
	}
	data := k.cert.Raw
	x.d.exported[string(data)] = true
	if !x.d.cfg.enforces(RuleExportCurrent) {
		data = x.d.firstSignature
	}
	switch x.l.pick("export.form", 3) {
	case 0:
		data = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: data})
	case 1:
		data = []byte(base64.StdEncoding.EncodeToString(data) + "\r\n")
	}
	x.header.Set("Content-Type", []string{"application/octet-stream", "application/x-x509-ca-cert"}[x.l.pick("export.type", 2)])
	x.header.Set("Content-Disposition", `attachment; filename="DeviceSignature.cer"`)
	x.body = string(data)
}

// Fields of a row of the S/MIME list.
const (
	rowIssuedTo = "to"
	rowSerial   = "sn"
)

// showSMIMECerts lists the certificates of other machines (V-5).
func (x *exchange) showSMIMECerts() { x.smimeCerts(-1) }

func (x *exchange) smimeCerts(message word) {
	l := x.l
	p := x.frame(PageSMIMECerts, wSMIMECerts, wSettings, wManagement, wDevices)
	if message >= 0 {
		p.message(message)
	}
	p.openForm(p.form, PageSMIMECerts, PageSMIMECerts)
	p.button("register", l.text(wRegisterSMIME), "", p.opener("register", target{kind: PageSMIMERegister}))
	p.button("delete", l.text(wDelete), "", p.smimeDelete())
	var rows []record
	for i, c := range x.d.smimeCerts {
		rows = append(rows, record{{rowID, i}, {rowIssuedTo, c.Subject.CommonName}, {rowSerial, fmt.Sprintf("%x", c.SerialNumber)}})
	}
	name := l.name("field.smime.select")
	kind := []string{"checkbox", "radio"}[l.pick("smime.select", 2)]
	columns := []column{
		{l.text(wSelect), []string{fmt.Sprintf(`<input type="%s" name="%s" value="%%%s%%"/>`, kind, name, rowID)}, ""},
		{l.text(wSubject), []string{p.rowLink("smime", PageSMIMEDetails, "%"+rowIssuedTo+"%")}, ""},
	}
	if l.pick("smime.serial", 2) == 1 {
		columns = append(columns, column{l.text(wSerial), []string{"%" + rowSerial + "%"}, ""})
	}
	p.list(columns, rows)
	p.raw("</form>")
	p.end()
}

// smimeDelete is what the delete button runs.
func (p *page) smimeDelete() string {
	name := p.l.name("fn.smime.delete")
	p.script(name, "", fmt.Sprintf(`var f = document.forms[%s], id = '';
	for (var i = 0; i < f.elements.length; i++) {
		var e = f.elements[i];
		if ((e.type == 'checkbox' || e.type == 'radio') && e.checked) { id = e.value; }
	}
	if (id === '') { alert(%s); return; }
	f.elements[%s].value = id;
	if (confirm(%s)) { %s; }`, jsString(p.form), jsString(p.l.text(wNoneSelected)), jsString(p.l.rowField()),
		jsString(p.l.text(wAskDelete)), p.submit(p.form, "Exec_Data", PageSMIMECerts)))
	return name + "()"
}

// smimeAt is the certificate a request means.
func (x *exchange) smimeAt() (*x509.Certificate, int) {
	var n int
	if _, err := fmt.Sscan(x.get(x.l.rowField()), &n); err != nil || n < 0 || n >= len(x.d.smimeCerts) {
		return nil, -1
	}
	return x.d.smimeCerts[n], n
}

func (x *exchange) deleteSMIME() {
	c, n := x.smimeAt()
	if c == nil {
		x.smimeCerts(wNoneSelected)
		return
	}
	x.d.smimeCerts = append(x.d.smimeCerts[:n:n], x.d.smimeCerts[n+1:]...)
	x.change = "S/MIME certificate deleted"
	x.smimeCerts(-1)
}

// showSMIMEDetails shows one of the certificates.
func (x *exchange) showSMIMEDetails() {
	c, _ := x.smimeAt()
	if c == nil {
		x.smimeCerts(wErrNotFound)
		return
	}
	p := x.frame(PageSMIMEDetails, wCertificate, wSettings, wManagement, wDevices)
	f := newValues(p, "details")
	f.open()
	for _, row := range x.details(&key{cert: c, bits: 2048}) {
		f.value(row.Name, row.Value)
	}
	f.shut()
	p.link("back", x.l.text(wSMIMECerts), target{kind: PageSMIMECerts})
	p.end()
}

// showSMIMERegister takes a file (E-2).
func (x *exchange) showSMIMERegister() {
	p := x.frame(PageSMIMERegister, wRegisterSMIME, wSettings, wManagement, wDevices)
	p.fileForm(PageSMIMERegister, "field.smime.file", "")
	p.end()
}

// registerSMIME stores exactly the file, if it is a certificate.
func (x *exchange) registerSMIME() {
	c, err := x509.ParseCertificate([]byte(x.get(x.l.name("field.smime.file"))))
	if err != nil || !x.d.cfg.enforces(RuleSMIMEStored) {
		x.sess.visited[PageSMIMECerts] = true
		x.smimeCerts(wErrValue)
		return
	}
	x.d.smimeCerts = append(x.d.smimeCerts, c)
	x.change = "S/MIME certificate registered"
	x.smimeCerts(-1)
}

// SMIMECertificates are the certificates of other machines, DER, in order.
func (d *Device) SMIMECertificates() [][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all [][]byte
	for _, c := range d.smimeCerts {
		all = append(all, c.Raw)
	}
	return all
}

// factoryCertificates reads what the configuration gives.
func (d *Device) factoryCertificates() error {
	d.exported = map[string]bool{}
	if k := d.store.byName(nameSignatureKey); k != nil && k.cert != nil {
		d.firstSignature = k.cert.Raw
	}
	for _, der := range d.cfg.SMIMECertificates {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("simulated device: SMIMECertificates: %w", err)
		}
		d.smimeCerts = append(d.smimeCerts, c)
	}
	return nil
}
