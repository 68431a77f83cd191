package simdevice

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
)

// fullDevice has a key in every usage, two spare ones, and two policies.
func fullDevice(t *testing.T, cfg Config) (*Device, *client) {
	cfg.KeySlots = 16
	cfg.Keys = append(defaultKeys(), KeySpec{Name: nameSignatureKey}, KeySpec{Name: "Dot", Uses: []string{Use8021X}},
		KeySpec{Name: "Ip", Uses: []string{UseIPSec}}, KeySpec{Name: "Sip", Uses: []string{UseSIP}}, KeySpec{Name: "Spare"}, KeySpec{Name: "Other"})
	cfg.Policies = []PolicySpec{{Name: "HQ", Key: "Ip"}, {Name: "Lab", Key: "Ip"}}
	return loggedIn(t, cfg)
}

// openForm goes to a form page; of the policies, to the first one's.
func (c *client) openForm(kind PageKind) {
	c.enterNative()
	c.open(PageSettings)
	c.open(PageNetwork)
	if kind == PageIKE {
		c.open(PageIPSec)
		c.open(PagePolicy, Field{c.d.lay.rowField(), "0"})
	}
	c.open(kind)
}

// choose presses [Use] in the row of a key, and stores nothing.
func (c *client) choose(kind PageKind, name string) {
	c.openForm(kind)
	c.open(chooserOf[kind])
	c.write(chooserOf[kind], chooserOf[kind], Field{c.d.lay.rowField(), c.row(name)})
}

// bindForm chooses a key and stores it.
func (c *client) bindForm(kind PageKind, name string) {
	c.choose(kind, name)
	c.show(target{kind: kind, edit: c.d.lay.editForm(kind)}) // the way back of the list
	c.write(kind, kind, c.entries(kind)...)
	if kind == PageIKE && c.d.lay.ikeInPolicy() {
		c.write(PagePolicy, PagePolicy)
	}
}

// entries are the fields of a form page as a browser sends them untouched.
func (c *client) entries(kind PageKind) []Field {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	var fields []Field
	for i, e := range formPages[kind] {
		value := c.d.forms.stored[formAt(kind, 0)][i]
		name := c.d.lay.name(entryField(kind, i))
		switch {
		case e.kind == entryCheck && value == "1", e.kind == entryText, e.kind == entryRadio:
			fields = append(fields, Field{name, value})
		}
	}
	return fields
}

// export downloads the certificate of the device signature.
func (c *client) export() string {
	c.enterNative()
	c.open(PageSettings)
	c.open(PageManagement)
	c.open(PageExport)
	c.tryOpen(PageExportFile)
	if c.resp.Header.Get("Content-Disposition") == "" {
		c.t.Fatalf("no file:\n%s", c.body)
	}
	return c.body
}

func (c *client) renewSignature() {
	c.toKeyList()
	c.open(PageGenerateMenu)
	c.open(PageSignature)
	if c.d.lay.signatureAsksOnPage() {
		c.open(PageSignatureOK)
		c.write(PageSignatureOK, PageSignatureOK)
		return
	}
	c.write(PageSignature, PageSignature)
}

// registerSMIME uploads a certificate as a browser does.
func (c *client) registerSMIME(der []byte) {
	c.enterNative()
	c.open(PageSettings)
	c.open(PageManagement)
	c.open(PageSMIMECerts)
	c.open(PageSMIMERegister)
	c.upload(PageSMIMERegister, "field.smime.file", der)
}

// upload sends a file by the form on the page just loaded.
func (c *client) upload(to PageKind, field string, file []byte) {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range c.form(fileFormName) {
		if f.Name != c.d.lay.name(field) {
			_ = w.WriteField(f.Name, f.Value) // into memory
		}
	}
	part, err := w.CreateFormFile(c.d.lay.name(field), "x.cer")
	if err != nil {
		c.t.Fatal(err)
	}
	_, _ = part.Write(file)
	_ = w.Close()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.base+c.action(to), &b)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	c.resp, c.body = resp, string(body)
	if c.d.lay.small() && resp.StatusCode == http.StatusFound {
		c.get(resp.Header.Get("Location"))
	}
}
