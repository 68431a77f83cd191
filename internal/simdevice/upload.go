package simdevice

import (
	"io"
	"mime"
	"mime/multipart"
	"strings"
)

// fileFormName is the form of every upload.
const fileFormName = "SUBMIT_FILE"

// fileForm is a form that uploads a file to a page; row is what the upload is
// for, empty if that needs no saying.
func (p *page) fileForm(to PageKind, field, row string) {
	r := p.l.routes[to]
	action, fields := "./"+r.cgi, []Field{{"Flag", "Exec_Data"}, {"PageFlag", r.tpl}, {"Dummy", p.x.dummy()}}
	if p.l.small() {
		action, fields = p.l.smallAction(to), nil
	}
	p.put(`<form name="%s" method="post" enctype="multipart/form-data" action="%s">`, fileFormName, action)
	fields = append(fields, p.l.fixedFields(to)...)
	if row != "" {
		fields = append(fields, Field{p.l.rowField(), row})
	}
	if !p.x.d.cfg.NoToken {
		fields = append(fields, Field{p.l.tokenField(), p.oneTimeToken()})
	}
	for _, f := range fields {
		p.hidden(f.Name, f.Value)
	}
	p.put(`<p><input type="file" name="%s"/></p>`, p.l.name(field))
	p.button("register", p.l.text(wRegisterIt), okButtonID, "document.forms["+jsString(fileFormName)+"].submit()")
	p.raw("</form>")
}

// multipartFields decodes a form with a file: the file's content is its value.
func multipartFields(contentType, body string) []Field {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil
	}
	var fields []Field
	for r := multipart.NewReader(strings.NewReader(body), params["boundary"]); ; {
		part, err := r.NextPart()
		if err != nil {
			return fields
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return fields
		}
		fields = append(fields, Field{part.FormName(), string(data)})
	}
}
