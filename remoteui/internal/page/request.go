package page

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Encoding types of a form that is sent by POST.
const (
	URLEncoded = "application/x-www-form-urlencoded"
	Multipart  = "multipart/form-data"
	PlainText  = "text/plain"
)

type (
	// Field is one name=value pair as a browser sends it.
	Field = dom.Field
	// File is the content of a file control.
	File = dom.File
)

// Request is what a browser would send next.
type Request struct {
	Method string // GET or POST
	// URL is absolute. A form sent by GET has its fields in the query.
	URL *url.URL
	// Fields is the body of a POST, in order.
	Fields []Field
	// EncType is how Fields are encoded; empty for GET.
	EncType string
	// Charset that Fields are sent in; empty: UTF-8.
	Charset string
	// Target is the name of the window or frame to load into; empty: this one.
	Target string
	// Script is set for what a script sends and takes the answer of by itself.
	Script *Script
}

// Script is what only a script's own request has.
type Script struct {
	// Header are the fields that the script set, by their canonical names.
	Header http.Header
	// Body is sent as it stands, with EncType as its type; Fields are what it
	// reads as, if it is urlencoded. A multipart body is made of the fields.
	Body []byte
	// Clicked: the handlers of a click made it, before any answer came or time passed.
	Clicked bool
}

// Key is a canonical text of r: two requests with the same key ask the device
// for the same thing. The target window does not count. It may hold secrets.
func (r *Request) Key() string {
	if r == nil {
		return ""
	}
	u := *r.URL
	u.Fragment, u.RawFragment = "", ""
	var b strings.Builder
	b.WriteString(r.Method + " " + u.String() + "\n" + r.EncType + "\n")
	for _, f := range r.Fields {
		b.WriteString(url.QueryEscape(f.Name) + "=" + url.QueryEscape(f.Value))
		if f.File != nil {
			b.WriteString(";file=" + url.QueryEscape(string(f.File.Data)))
		}
		b.WriteByte('\n')
	}
	if r.Script != nil {
		b.Write(r.Script.Body)
	}
	return b.String()
}

// String names method and URL path, never field values or query.
func (r *Request) String() string {
	if r == nil {
		return "no request"
	}
	return r.Method + " " + r.URL.Path
}

// Navigation is a request that a page starts by itself.
type Navigation struct {
	Request *Request
	// Delay is how long a browser would wait before sending it.
	Delay time.Duration
	// Reason says what started it, such as "meta refresh" or "form.submit()".
	Reason string
}
