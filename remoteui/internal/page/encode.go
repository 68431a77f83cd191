package page

import (
	"bytes"
	"cmp"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"path"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Body encodes the fields of a POST as a browser does, byte by byte. The
// content type is empty for other methods, which have no body.
func (r *Request) Body() (body []byte, contentType string, err error) {
	switch {
	case r.Method != "POST":
		return nil, "", nil
	case r.EncType == Multipart:
		return r.multipartBody()
	case r.Script != nil:
		return r.Script.Body, r.EncType, nil
	case r.EncType == PlainText:
		return r.plainBody(), PlainText, nil
	}
	return []byte(encodePairs(r.Charset, r.Fields)), URLEncoded, nil
}

func (r *Request) plainBody() []byte {
	var b bytes.Buffer
	for _, f := range r.Fields {
		b.WriteString(dom.Encode(r.Charset, f.Name+"="+f.Value) + "\r\n")
	}
	return b.Bytes()
}

func (r *Request) multipartBody() ([]byte, string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range r.Fields {
		if err := writePart(w, r.Charset, f); err != nil {
			return nil, "", err
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return b.Bytes(), w.FormDataContentType(), nil
}

// quoted escapes a name in a part's header. Browsers escape this and no more.
var quoted = strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A").Replace

// fileTypes are the content types that browsers give to files with keys and
// certificates by the ends of their names. Where the system's own table and the
// browser's differ, it is the browser's.
var fileTypes = map[string]string{
	".cer": "application/x-x509-ca-cert", ".crt": "application/x-x509-ca-cert", ".der": "application/x-x509-ca-cert", ".pem": "application/x-x509-ca-cert",
	".p7b": "application/x-pkcs7-certificates", ".p7c": "application/pkcs7-mime",
	".p12": "application/x-pkcs12", ".pfx": "application/x-pkcs12", ".txt": "text/plain",
}

func writePart(w *multipart.Writer, charset string, f Field) error {
	h := textproto.MIMEHeader{}
	disposition := fmt.Sprintf(`form-data; name="%s"`, quoted(dom.Encode(charset, f.Name)))
	value := []byte(dom.Encode(charset, f.Value))
	if f.File != nil {
		disposition += fmt.Sprintf(`; filename="%s"`, quoted(dom.Encode(charset, f.File.Name)))
		h.Set("Content-Type", cmp.Or(f.File.ContentType, fileTypes[strings.ToLower(path.Ext(f.File.Name))], "application/octet-stream"))
		value = f.File.Data
	}
	h.Set("Content-Disposition", disposition)
	part, err := w.CreatePart(h)
	if err != nil {
		return err
	}
	_, err = part.Write(value)
	return err
}

// encodePairs is the urlencoded text of fields, which is also the query of a
// form sent by GET.
func encodePairs(charset string, fields []Field) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('&')
		}
		escape(&b, dom.Encode(charset, f.Name))
		b.WriteByte('=')
		escape(&b, dom.Encode(charset, f.Value))
	}
	return b.String()
}

// escape writes s as forms do it, which is not quite what net/url does: "*" is
// kept, "~" is not.
func escape(b *strings.Builder, s string) {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("*-._", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			fmt.Fprintf(b, "%%%02X", c)
		}
	}
}
