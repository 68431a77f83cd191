package remoteui

import (
	"context"
	"fmt"
	"net/http"

	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// arrive takes up what the portal page tells: the language, and how to log out.
func (s *Session) arrive(p *Page) error {
	s.loggedIn, s.settled = true, true
	if s.cfg.Language == "" {
		s.lang = detectLanguage(p, s.words)
	}
	s.logout = s.findLogout(p)
	return nil
}

// findLogout works out, without asking, what leaving requests. Where no
// [LogOut] can be found, the one address that is publicly known is used.
func (s *Session) findLogout(p *Page) *page.Request {
	if a, err := p.action(labels.LogOut, Where{quiet: true}); err == nil {
		if out, err := a.Click(context.Background(), page.ClickOptions{Confirm: true}); err == nil && out.Request != nil {
			if _, err := s.t.admit(out.Request.URL); err == nil {
				return out.Request
			}
		}
	}
	return s.knownLogout()
}

// knownLogout is the published address for the kind of login; nil: none is.
func (s *Session) knownLogout() *page.Request {
	if s.form == nil || s.form.logout == "" {
		return nil
	}
	u := *s.entry
	u.Path = s.form.logout
	if u.Path == logoutADV {
		u.RawQuery = "Dummy=" + fmt.Sprint(s.cfg.Now().UnixMilli())
	}
	return &page.Request{Method: http.MethodGet, URL: &u}
}

func detectLanguage(p *Page, w *words) string {
	best, most := "", 0
	for _, lang := range w.languages() {
		hits := 0
		for _, l := range []Label{labels.StatusMonitor, labels.Settings, labels.LogOut} {
			var all []string
			for _, t := range w.texts(lang, l) {
				all = append(all, t.Text)
			}
			if err := p.inFrames(func() error { _, err := p.p.Action(all, page.Scope{Quiet: true}); return err }); err == nil {
				hits++
			}
		}
		if hits > most {
			best, most = lang, hits
		}
	}
	return best
}
