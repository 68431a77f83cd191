package simdevice

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// exchange is one request and its answer.
type exchange struct {
	d         *Device
	l         *layout
	r         *http.Request
	kind      PageKind
	fields    []Field // of the query, then of the body
	sess      *session
	editing   bool      // the form behind [Edit]
	shown     PageKind  // the page that is the answer
	shownEdit bool      // its form
	now       time.Time // the device's clock

	status  int
	header  http.Header
	body    string
	refused string
	change  string
	restart bool // after the answer
}

// Limits of what the device reads.
const (
	maxBody = 1 << 20
	maxURI  = 8 << 10
)

func (d *Device) handler() http.Handler { return http.HandlerFunc(d.serve) }

// plainHandler is the port without TLS: it redirects to the one with.
func (d *Device) plainHandler() http.Handler {
	if d.cfg.PlainHTTPOnly {
		return d.handler()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if d.cfg.RedirectHost != "" {
			host = d.cfg.RedirectHost
		}
		if host == "" {
			host = "null" // literally, on the real device
		}
		if r.Method == http.MethodPost {
			d.report(InvariantNoSecretInClear, "a form was sent to the port without TLS")
		}
		w.Header().Set("Location", "https://"+net.JoinHostPort(host, portOf(d.power.address(true)))+"/")
		w.WriteHeader(http.StatusFound)
	})
}

func (d *Device) serve(w http.ResponseWriter, r *http.Request) {
	if len(r.RequestURI) > maxURI {
		w.WriteHeader(http.StatusRequestURITooLong)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	x, fault := d.process(r, string(body))
	if x.restart {
		defer d.power.restart(d.cfg.RestartDelay) // also if the answer fails
	}
	x.deliver(w, fault)
}

// process does everything that happens inside the device.
func (d *Device) process(r *http.Request, body string) (*exchange, *armedFault) {
	d.mu.Lock()
	x := &exchange{
		d: d, l: d.lay, r: r,
		fields: append(orderedFields(r.URL.RawQuery), bodyFields(r, body)...),
		now:    d.cfg.Now(),
		status: http.StatusOK, header: make(http.Header),
	}
	r.Form = make(url.Values) // for Fault.Match
	for _, f := range x.fields {
		r.Form.Add(f.Name, f.Value)
	}
	x.kind = x.pageKind()
	if slices.ContainsFunc(orderedFields(r.URL.RawQuery), func(f Field) bool { return f.Name == d.lay.name(fieldChallenge) && f.Value != "" }) {
		d.obs.violate(InvariantNoSecretInClear, "a challenge password was sent as part of an address")
	}
	d.finishGenerating()
	x.sess = d.sessions.find(r)
	fault := d.faultAt(x)
	x.answerUnless(fault)
	d.checkInvariants()
	d.record(x, fault)
	found := d.obs.takeUnreported()
	d.mu.Unlock()
	d.tell(found)
	return x, fault
}

// faultAt returns the first fault that hits the request, or nil.
func (d *Device) faultAt(x *exchange) *armedFault {
	var hit *armedFault
	for _, f := range d.faults {
		if f.hits(x.kind, x.r) && hit == nil {
			hit = f
		}
	}
	return hit
}

// answerUnless answers the request, or not if a fault comes first.
func (x *exchange) answerUnless(fault *armedFault) {
	if fault == nil {
		x.answer()
		return
	}
	switch fault.Kind {
	case FaultResetBefore:
		x.status = 0
	case FaultStatus500:
		x.status = http.StatusInternalServerError
	case FaultBusy:
		x.notice(wBusy)
	case FaultExpireSession:
		if x.sess != nil {
			x.d.sessions.end(x.sess)
			x.sess = nil
		}
		x.answer()
	default:
		x.answer()
	}
}

// deliver sends the answer, as far as the fault lets it.
func (x *exchange) deliver(w http.ResponseWriter, fault *armedFault) {
	kind := FaultKind("")
	if fault != nil {
		kind = fault.Kind
	}
	switch kind {
	case FaultResetBefore, FaultResetAfter:
		panic(http.ErrAbortHandler)
	case FaultRestartNow:
		x.d.power.restart(0)
		panic(http.ErrAbortHandler)
	case FaultAnswer:
		fault.Answer(w, x.r)
		return
	case FaultDelay:
		select {
		case <-time.After(fault.Delay):
		case <-x.r.Context().Done():
		case <-x.d.power.off():
		}
	}
	for name, values := range x.header {
		w.Header()[name] = values
	}
	if x.restart {
		w.Header().Set("Connection", "close")
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(x.body)))
	w.WriteHeader(x.status)
	if kind == FaultTruncate {
		_, _ = io.WriteString(w, x.body[:len(x.body)/2]) // the client may be gone
		panic(http.ErrAbortHandler)
	}
	_, _ = io.WriteString(w, x.body) // the client may be gone
}

// record writes the log.
func (d *Device) record(x *exchange, fault *armedFault) {
	e := LogEntry{
		Time: x.now, Method: x.r.Method, Path: x.r.URL.Path, Page: x.kind,
		Fields: masked(x.fields, append(secretFields, d.lay.name("field.code"), d.lay.name(fieldChallenge))),
		Status: x.status, Refused: x.refused, Change: x.change,
	}
	if x.sess != nil {
		e.Session = x.sess.number
	}
	if fault != nil {
		e.Fault = fault.Kind
		if fault.Kind == FaultResetAfter || fault.Kind == FaultRestartNow {
			e.Status = 0
		}
	}
	if x.change != "" {
		d.obs.changes++
	}
	if fault == nil && x.refused == "" && x.sess != nil && (x.sess.inside() || d.cfg.Login == LoginNotNecessary) {
		d.obs.shown(x.kind)
	}
	d.obs.log = append(d.obs.log, e)
}

func bodyFields(r *http.Request, body string) []Field {
	if t := r.Header.Get("Content-Type"); strings.HasPrefix(t, "multipart/") {
		return multipartFields(t, body)
	}
	return orderedFields(body)
}

// orderedFields decodes a query or a form, keeping order and repeated names.
func orderedFields(encoded string) []Field {
	var fields []Field
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		fields = append(fields, Field{unescape(name), unescape(value)})
	}
	return fields
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// get returns the last value of a field: a form's own comes after the query's.
func (x *exchange) get(name string) string {
	all := x.values(name)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

func (x *exchange) values(name string) []string {
	var all []string
	for _, f := range x.fields {
		if f.Name == name {
			all = append(all, f.Value)
		}
	}
	return all
}

// writes tells whether the request is to store something.
func (x *exchange) writes() bool {
	if x.l.small() {
		return x.r.Method == http.MethodPost && strings.HasPrefix(x.r.URL.Path, dirSmallCGI) && !x.carries()
	}
	return x.r.Method == http.MethodPost && x.get("Flag") == "Exec_Data"
}

// pageKind finds out what the request is for.
func (x *exchange) pageKind() PageKind {
	if x.l.small() {
		return x.smallKind()
	}
	x.editing = x.get(x.l.name("field.edit")) == "1"
	switch p := x.r.URL.Path; p {
	case "/", "/rps", pathRPS:
		return PagePortal
	case pathLogin:
		if x.has(x.l.name("field.code")) {
			return PageCode
		}
		return PageLogin
	case pathPassword:
		return PagePassword
	case pathRPS + cgiEntry, "/sysmonitor", "/sysmonitor/", "/usermode":
		return PageEntry
	case pathRPS + cgiLogout:
		return PageLogout
	case x.l.scriptPath():
		return PageScript
	case pathImage, "/favicon.ico":
		return PageImage
	}
	dir, cgi := path.Split(x.r.URL.Path)
	if kind, ok := x.l.kinds[route{cgi, x.get("PageFlag")}]; ok && dir == pathRPS {
		return kind
	}
	return PageUnknown
}

func (x *exchange) has(name string) bool {
	return slices.ContainsFunc(x.fields, func(f Field) bool { return f.Name == name })
}

// redirect answers 302.
func (x *exchange) redirect(to string) {
	x.status = http.StatusFound
	x.header.Set("Location", to)
}

func (x *exchange) setCookie(name, value string) {
	x.header.Add("Set-Cookie", (&http.Cookie{Name: name, Value: value, Path: "/"}).String())
}

func (x *exchange) dropCookie(name string) {
	x.header.Add("Set-Cookie", (&http.Cookie{Name: name, Path: "/", MaxAge: -1}).String())
}

// html answers with a page.
func (x *exchange) html(body string) {
	for name, value := range map[string]string{
		"Server":                 []string{"CANON HTTP Server", "Catwalk"}[x.l.pick("server", 2)],
		"Content-Type":           "text/html;charset=UTF-8",
		"Cache-Control":          "no-cache,no-store,max-age=0",
		"Pragma":                 "no-cache",
		"Expires":                "Thu, 01 Jan 1970 00:00:00 GMT",
		"X-Frame-Options":        []string{"DENY", "SAMEORIGIN"}[btoi(x.l.frames)],
		"X-Content-Type-Options": "nosniff",
		"X-Xss-Protection":       "1; mode=block",
	} {
		x.header.Set(name, value)
	}
	x.body = body
}
