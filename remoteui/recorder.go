package remoteui

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/scrub"
	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/internal/redact"
	"github.com/rekey-go/rekey/remoteui/internal/walk"
)

// Recorder takes down the pages, requests and answers of sessions in memory,
// and writes them with everything secret masked. What it holds unmasked leaves
// it in no other way. The zero value is ready; a nil one records nothing.
type Recorder struct {
	mu   sync.Mutex
	held func() *recording // a func: what prints by reflection sees an address
}

// recording is what a [Recorder] holds.
type recording struct {
	raw    []rawExchange
	bytes  int
	state  walk.State
	host   string
	keep   []string // texts that stand where labels do
	always []string
	secret []string
	// password is masked even where it is as short as a PIN.
	password string
	words    *words
	cut      bool // the bounds were reached
}

// rawExchange is as it went over the wire.
type rawExchange struct {
	state   walk.State
	method  string
	url     *url.URL
	fields  []page.Field
	status  int
	header  http.Header
	text    string
	to      *url.URL
	textual bool
}

// lock gives what is held, locked.
func (r *Recorder) lock() *recording {
	r.mu.Lock()
	if r.held == nil {
		h := new(recording)
		r.held = func() *recording { return h }
	}
	return r.held()
}

// maxRecorded bounds what is held, in bytes.
const maxRecorded = 32 << 20

// Keep names texts that are harmless wherever they stand: the model, say.
func (r *Recorder) Keep(texts ...string) {
	if r == nil {
		return
	}
	h := r.lock()
	defer r.mu.Unlock()
	h.always = append(h.always, texts...)
}

// Mask names texts that are masked wherever they stand, besides those found out
// by the places where they stand.
func (r *Recorder) Mask(texts ...string) {
	if r == nil {
		return
	}
	h := r.lock()
	defer r.mu.Unlock()
	h.secret = append(h.secret, texts...)
}

// begin tells whose pages are recorded.
func (r *Recorder) begin(s *Session) {
	if r == nil {
		return
	}
	c := s.cfg.Credentials
	r.Mask(s.t.host, c.UserName, c.DepartmentID, c.Destination)
	h := r.lock()
	defer r.mu.Unlock()
	h.password = c.Password.Reveal()
	h.host, h.state, h.words = s.t.host, walk.Outside, s.words
}

// add takes down an exchange. A write from outside is the login.
func (r *Recorder) add(q *page.Request, res *response, a act) {
	if r == nil {
		return
	}
	h := r.lock()
	defer r.mu.Unlock()
	state := h.state
	if a == write && state == walk.Outside {
		state, h.state = walk.Login, walk.Inside
	}
	h.put(state, q, res)
}

// leave takes down the logout.
func (r *Recorder) leave(q *page.Request, res *response) {
	if r == nil {
		return
	}
	h := r.lock()
	defer r.mu.Unlock()
	h.put(walk.Logout, q, res)
	h.state = walk.Outside
}

func (h *recording) put(state walk.State, q *page.Request, res *response) {
	if h.bytes += len(res.body); h.bytes > maxRecorded || len(h.raw) >= walk.MaxExchanges {
		h.cut = true
		return
	}
	e := rawExchange{state: state, method: q.Method, url: q.URL, fields: q.Fields, status: res.status, header: res.header, to: res.location}
	if kind, _, _ := mime.ParseMediaType(res.header.Get("Content-Type")); kind == "" || strings.HasPrefix(kind, "text/") || strings.Contains(kind, "html") || strings.Contains(kind, "javascript") {
		e.text, _ = res.text()
		e.textual = true
	}
	h.raw = append(h.raw, e)
}

// learn takes from a page which of its texts are labels, and which are not.
func (r *Recorder) learn(p *page.Page, w *words) {
	if r == nil {
		return
	}
	labels, values := p.Wording()
	h := r.lock()
	defer r.mu.Unlock()
	h.keep, h.secret, h.words = append(h.keep, labels...), append(h.secret, values...), w
}

// BundleReport tells about a bundle.
type BundleReport struct {
	Pages int // requests and answers in it
	// Kept are the texts in it of which nothing is known but that they stand
	// where labels do: they are to be read before the bundle is given away.
	Kept []string
	// Cut: the walk was longer than a bundle may be.
	Cut bool
}

// readMe is what somebody finds who opens a bundle.
const readMe = `This is a recorded walk over the pages of a device's Remote UI, made by a survey.

Names, addresses, numbers, passwords, tokens and everything that somebody entered
were replaced: the same text by the same mask, such as "masked7". What stays are
the UI's own words, and what the pages are made of.

Before you give it away read kept.txt: it lists the texts that were kept because
they stand where labels do, though they are not known to be labels. If one of them
is private, make the bundle again and have it masked.

survey.txt  what the survey found
kept.txt    texts to look through
walk.json   requests and answers, in order
pages/      the pages
`

// WriteBundle writes what was recorded, masked, as a zip file. Survey is a text
// for people; it is masked, too. Sessions must be closed.
func (r *Recorder) WriteBundle(w io.Writer, survey string) (*BundleReport, error) {
	h := r.lock()
	defer r.mu.Unlock()
	m := h.redactor()
	k := &walk.Walk{Format: walk.Format, Files: map[string]string{}}
	names := map[string]string{} // of files, by content: pages repeat
	for _, e := range h.raw {
		out := h.masked(m, e)
		if e.textual && e.text != "" {
			text, ext := maskedBody(m, e)
			name, known := names[ext+text]
			if !known {
				name = walk.FileName(len(names)+1, ext)
				names[ext+text], k.Files[name] = name, text
			}
			out.File = name
		}
		k.Exchanges = append(k.Exchanges, out)
	}
	k.Host = m.Text(h.host)
	kept := m.Kept()
	lines := strings.Split(survey, "\n")
	for i := range lines {
		lines[i] = m.Scrub(lines[i])
	}
	clean := h.scrubber()
	*k = scrub.Value(clean, *k)
	for i := range kept {
		kept[i] = clean.Text(kept[i])
	}
	extra := map[string]string{"README.txt": readMe, "kept.txt": strings.Join(kept, "\n") + "\n", "survey.txt": clean.Text(strings.Join(lines, "\n"))}
	return &BundleReport{Pages: len(k.Exchanges), Kept: kept, Cut: h.cut}, k.Write(w, extra)
}

// maskOnly: passwords shorter than this, and single words, are names of fields
// and words of pages, too: those the redactor masks where they are values.
const maskOnly = 8

// scrubber takes spellings of passwords and cookies out of what is kept.
func (h *recording) scrubber() *Scrubber {
	var s Scrubber
	if utf8.RuneCountInString(h.password) >= maskOnly && strings.ContainsFunc(h.password, func(r rune) bool { return !unicode.IsLetter(r) }) {
		s.Add(h.password)
	}
	for _, value := range h.cookies() {
		if len(value) >= minCookie {
			s.AddSome(value)
		}
	}
	return &s
}

// cookies are the values of those that the device gave.
func (h *recording) cookies() (all []string) {
	for _, e := range h.raw {
		for _, line := range e.header.Values("Set-Cookie") {
			if c, err := http.ParseSetCookie(line); err == nil && !slices.Contains(all, c.Value) {
				all = append(all, c.Value)
			}
		}
	}
	return all
}

// redactor is told everything that was seen.
func (h *recording) redactor() *redact.Redactor {
	known := func(t string) bool { return knownAnywhere(h.words, t) }
	m := redact.New(known, page.Normalize)
	m.Always(h.always...)
	m.Keep(h.keep...)
	m.Mask(h.host)
	m.Mask(h.secret...)
	m.MaskAlways(h.password)
	m.Mask(h.cookies()...)
	for _, e := range h.raw {
		m.Learn(e.text, isScript(e))
	}
	return m
}

// knownAnywhere: a page in one language may hold words of another.
func knownAnywhere(w *words, t string) bool { return w != nil && w.knows("", t) }

func isScript(e rawExchange) bool {
	return strings.Contains(e.header.Get("Content-Type"), "javascript") || strings.HasSuffix(e.url.Path, ".js")
}

func maskedBody(m *redact.Redactor, e rawExchange) (text, ext string) {
	if isScript(e) {
		return m.Script(e.text), "js"
	}
	return m.HTML(e.text), "html"
}

func (h *recording) masked(m *redact.Redactor, e rawExchange) walk.Exchange {
	out := walk.Exchange{State: e.state, Method: e.method, Path: m.Address(e.url.Path), Status: e.status, ContentType: "text/html;charset=UTF-8"}
	if isScript(e) {
		out.ContentType = "text/javascript;charset=UTF-8"
	}
	if !e.textual {
		out.ContentType = "application/octet-stream"
	}
	for part := range strings.SplitSeq(e.url.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		if name == "" {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		out.Query = append(out.Query, walk.Field{Name: m.Scrub(name), Value: m.Value(value)})
	}
	for _, f := range e.fields {
		value := ""
		if e.state != walk.Login { // what is sent there is secret whatever it looks like
			value = m.Value(f.Value)
		}
		out.Fields = append(out.Fields, walk.Field{Name: m.Scrub(f.Name), Value: value})
	}
	if e.to != nil {
		out.Location = m.Address((&url.URL{Path: e.to.Path, RawQuery: e.to.RawQuery}).String())
	}
	for _, line := range e.header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && !slices.Contains(out.Cookies, c.Name) {
			out.Cookies = append(out.Cookies, m.Scrub(c.Name))
		}
	}
	return out
}
