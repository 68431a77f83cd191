package simdevice

import (
	"encoding/pem"
	"html"
	"strings"
)

// makeRequest gives a new key its certificate signing request (G-4).
func (x *exchange) makeRequest(k *key, req request) error {
	signer := k.signer
	if !x.d.cfg.enforces(RuleCSROfKey) {
		other, err := x.d.store.make(req.curve, req.bits, false)
		if err != nil {
			return err
		}
		signer = other.signer
	}
	var err error
	k.request, err = certificationRequest(signer, req.hash, req.subject, x.d.cfg.CSRNames, "")
	return err
}

// requestPEM is a request in the armour that this device knows: RFC 7468
// section 7 has both headers.
func (l *layout) requestPEM(der []byte) string {
	header := []string{"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}[l.pick("csr.header", 2)]
	return string(pem.EncodeToMemory(&pem.Block{Type: header, Bytes: der}))
}

// showCSR shows the request that the session just had made, or one of long ago
// if the device has it still.
func (x *exchange) showCSR() {
	k := x.sess.csr
	if again := x.keyAt(x.get(x.l.rowField())); again != nil && x.showsAgain(again) {
		k = again
	}
	if k == nil {
		x.keyList(wErrNotFound)
		return
	}
	x.csrPage(k)
}

// showsAgain tells whether the device shows the request of a key once more.
func (x *exchange) showsAgain(k *key) bool {
	return x.d.cfg.CSRShownAgain && k.cert == nil && k.request != nil
}

func (x *exchange) csrPage(k *key) {
	l := x.l
	x.sess.csr = k
	x.sess.visited[PageCSRData] = true
	p := x.frame(PageCSRData, wCSRTitle, wSettings, wManagement, wDevices, wKeys, wGenerate)
	f := newValues(p, "csr")
	f.open()
	f.value(l.text(wKeyName), k.name)
	f.shut()
	text := html.EscapeString(l.requestPEM(k.request))
	if l.pick("csr.show", 2) == 0 {
		p.raw(`<textarea rows="20" cols="72" readonly="readonly">` + text + "</textarea>")
	} else {
		p.raw("<pre>" + text + "</pre>")
	}
	p.openForm(p.form, PageCSRData, PageCSRFile)
	run := p.opener("store", target{kind: PageCSRFile})
	if l.pick("csr.post", 2) == 1 {
		run = p.submit(p.form, "Html_Data", PageCSRFile)
	}
	p.button("store", l.text(wStoreFile), "", run)
	p.raw("</form>")
	p.link("back", l.text(wKeys), target{kind: PageKeyList})
	p.end()
}

// csrFile is the download of the request that is shown.
func (x *exchange) csrFile() {
	if x.sess.csr == nil {
		x.notice(wErrNotFound)
		return
	}
	body := x.l.requestPEM(x.sess.csr.request)
	switch x.l.pick("csr.file", 3) {
	case 0:
		body = string(x.sess.csr.request)
	case 1:
		body = strings.ReplaceAll(body, "\n", "\r\n")
	}
	x.header.Set("Content-Type", []string{"application/octet-stream", "application/pkcs10"}[x.l.pick("csr.type", 2)])
	x.header.Set("Content-Disposition", `attachment; filename="`+[]string{"csr.txt", "CertificateRequest.csr"}[x.l.pick("csr.name", 2)]+`"`)
	x.body = body
}
