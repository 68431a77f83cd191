package otherdevice

import (
	"embed"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// style is one hand-written device: its pages are in pages/NAME.
type style struct {
	name           string
	model, version string
	login          loginKind
	credentials    Credentials
	plain          bool // the URL is a plain port that redirects to TLS
	tokens         bool // writes need the Token of the page just loaded
	referer        bool // pages below /rps/ need a Referer of this device
	showsBound     bool // the list shows a stored binding before the restart
	slow           time.Duration
	dates          string // how dates are shown, as a time layout
	params         []string
	tail           string // what follows </html>
	factory        factory
	words          map[string]string  // usage names where they are not English
	texts          map[refusal]string // error texts
	routes         map[string]route
	places         []place // usages besides TLS that can be set
}

// factory names the keys that a style has at first.
type factory struct {
	tlsKey, ecKey, imported string
	ecUses, amsUses         []string
}

// route is one page. Its key in style.routes is the method, the path and the
// values of style.params that the request carries, joined by blanks.
type route struct {
	page  string              // template; empty: do chooses
	after []string            // pages of which one must have been shown before
	write bool                // changes something: needs a valid Token
	to    string              // answer with a redirect to here instead of a page
	do    func(*visit) string // names the page to show instead, or ""
}

// visit is one request to a route.
type visit struct {
	d    *Device
	s    *session
	form url.Values // query and body
	to   string     // redirect to here instead of showing a page
	view view
}

// view is what the templates see.
type view struct {
	Title                     string // of the page, set by its template
	Model, Version, Stamp     string
	Dummy                     int64
	Token, Error              string
	Keys                      []row
	Key                       row
	Chosen                    []row // ticked, on a page that asks back
	TLSKey                    string
	Pending                   bool
	Place                     placeView
	Challenge, PK             string
	Today, Tomorrow, NextYear date
	In                        url.Values // what was entered, on a refused form
}

// date is a day in parts.
type date struct{ Y, M, D string }

func dayOf(t time.Time) date {
	return date{t.Format("2006"), t.Format("01"), t.Format("02")}
}

// row is one key as a page shows it.
type row struct {
	ID                      int
	Name                    string
	Uses                    []string
	Mask                    int // the same as bits, for script data
	Algorithm, Size         string
	Issuer, Subject, Serial string
	From, To, Thumb         string
	Fixed                   bool
}

//go:embed pages
var pageFiles embed.FS

// parsePages reads the style's templates. They are text templates on purpose:
// html/template drops the comments that real pages are full of.
func parsePages(name string) *template.Template {
	funcs := template.FuncMap{
		"h":      html.EscapeString,
		"q":      func(s string) string { b, _ := json.Marshal(s); return string(b) },
		"join":   strings.Join,
		"titled": func(v view, title string) view { v.Title = title; return v },
	}
	return template.Must(template.New(name).Funcs(funcs).ParseFS(pageFiles, "pages/"+name+"/*.html"))
}

// routeKey is the key of the route that serves the request.
func (s *style) routeKey(r *http.Request) string {
	key := r.Method + " " + r.URL.Path
	for _, p := range s.params {
		if v := r.Form.Get(p); v != "" {
			key += " " + v
		}
	}
	return key
}

// word translates a usage.
func (s *style) word(use string) string {
	if w, ok := s.words[use]; ok {
		return w
	}
	return use
}

// id reads a slot number out of a form value.
func (v *visit) id(field string) int {
	n, _ := strconv.Atoi(v.form.Get(field))
	return n
}

// refuse words the refusal for the page and tells whether there was one.
func (v *visit) refuse(why refusal) bool {
	v.view.Error = v.d.style.texts[why]
	return why != ""
}

// make generates the key and names the next page: back to the form with what
// was entered if it is refused.
func (v *visit) make(f keyForm, form, next string) string {
	if v.refuse(v.d.generate(f)) {
		v.view.In = v.form
		return form
	}
	return next
}

// The rest are what routes do, given the field that holds the slot.

// show fills the details of a key.
func show(field string) func(*visit) string {
	return func(v *visit) string {
		if k := v.d.find(v.id(field)); k != nil {
			v.view.Key = v.d.row(k)
		}
		return ""
	}
}

// bind stores a key for TLS.
func bind(field string) func(*visit) string {
	return func(v *visit) string {
		v.refuse(v.d.bindTLS(v.id(field)))
		return ""
	}
}

// erase deletes every key that is ticked.
func erase(field string) func(*visit) string {
	return func(v *visit) string {
		if !v.form.Has(field) {
			v.refuse(noSuchKey)
		}
		for _, id := range v.form[field] {
			n, _ := strconv.Atoi(id)
			if v.refuse(v.d.remove(n)) {
				break
			}
		}
		return ""
	}
}

// apply is [套用設定變更]: the restart begins when the answer is out.
func apply(v *visit) string {
	if !v.d.closed {
		v.d.restarting.Go(v.d.restart)
	}
	return ""
}

// whenReady goes on to the page once no key is being made any more.
func whenReady(page string) func(*visit) string {
	return func(v *visit) string {
		if v.d.generating() {
			return ""
		}
		return page
	}
}

// choose shows the ticked keys on a page that asks back.
func choose(field string) func(*visit) string {
	return func(v *visit) string {
		for _, id := range v.form[field] {
			n, _ := strconv.Atoi(id)
			if k := v.d.find(n); k != nil {
				v.view.Chosen = append(v.view.Chosen, v.d.row(k))
			}
		}
		return ""
	}
}
