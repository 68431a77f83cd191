package remoteui

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// What a request asks for is told by how it looks: the flags of the UI's own forms and
// addresses, and words. A session that only reads makes none that may act.

// asksForPage reports whether a request only asks for a page, by the convention
// of the UI's own forms and addresses.
func asksForPage(r *page.Request) bool { return hasOnly(r, "Init_Data") }

// asksForData reports whether a request only asks for a page, or for a part of one or a
// file, by that convention.
func asksForData(r *page.Request) bool { return hasOnly(r, "Init_Data", "Html_Data", "Csv_Data") }

func hasOnly(r *page.Request, known ...string) bool {
	flags := flagsOf(r)
	if slices.ContainsFunc(flags, func(v string) bool { return !slices.Contains(known, v) }) {
		return false
	}
	return gets(r) || len(flags) > 0
}

// gets reports whether a request only asks, by its method.
func gets(r *page.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead && r.Script != nil
}

// guarded reports whether a read-only session does not make a request: one whose
// address or flag reads like an act, and a POST that has no flag. A flag that is
// neither Init_Data nor reads like an act belongs to a page of its own kind: what
// leads there was clicked because it is called like a page.
func (s *Session) guarded(r *page.Request) bool { return s.cfg.ReadOnly && mayAct(r) }

func mayAct(r *page.Request) bool {
	flags := flagsOf(r)
	return acts(r.URL) || slices.ContainsFunc(flags, readsLikeDeed) || !gets(r) && len(flags) == 0
}

func flagsOf(r *page.Request) []string {
	flags := r.URL.Query()["Flag"]
	for _, f := range r.Fields {
		if f.Name == "Flag" {
			flags = append(flags, f.Value)
		}
	}
	return flags
}

// guardedOn is guarded for what a page sends by itself, as a page does that only
// leads on: without a flag it may be a form of hidden fields.
func (s *Session) guardedOn(r *page.Request) bool {
	return s.guarded(r) && (len(flagsOf(r)) > 0 || acts(r.URL))
}

// mayWrite refuses a request that was not clicked: the place that it leads to is
// not known then.
func (s *Session) mayWrite(r *page.Request) error {
	return &PageError{Page: s.t.where(r.URL), Label: "next page", Reason: ErrMayWrite.Error(), Err: ErrMayWrite}
}

// deeds are the beginnings of words by which an address does something.
var deeds = []string{"exec", "delete", "del", "remove", "erase", "clear", "reset", "restart", "reboot", "shutdown", "poweroff", "initialize"}

// acts reports whether an address reads as if asking for it did something. The
// names of pages do not count: there are pages for deleting keys.
func acts(u *url.URL) bool {
	parts := []string{path.Base(u.Path)}
	for key, values := range u.Query() {
		parts = append(append(parts, key), values...)
	}
	for _, part := range parts {
		if page, _, _ := strings.Cut(part, ";"); aPage.MatchString(page) {
			continue
		}
		if readsLikeDeed(part) {
			return true
		}
	}
	return false
}

// readsLikeDeed reports whether a word of a text is that of an act.
func readsLikeDeed(text string) bool {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		word = strings.ToLower(word)
		if slices.ContainsFunc(deeds, func(deed string) bool { return word == deed || len(deed) > 3 && strings.HasPrefix(word, deed) }) {
			return true
		}
	}
	return false
}

// aPage is how a page is called, and no program.
var aPage = lazyregexp.New(`(?i)\.(?:html?|tpl|jsp)$`)
