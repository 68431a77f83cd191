package remoteui

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// minScrub is the length from which on a secret is looked for in what the
// device says. A shorter one would be found in every other number.
const minScrub = 4

// scrub takes the secrets that the device was sent out of a text of its, in the
// spellings in which they may come back: a device that quotes what it was sent
// must not carry it into errors, events and reports.
func (s *Session) scrub(text string) string {
	if text == "" {
		return text
	}
	if s.spellings == nil {
		s.hide(s.cfg.Credentials.Password)
	}
	for _, spelling := range s.spellings {
		text = strings.ReplaceAll(text, spelling, redacted)
	}
	return s.t.cookieValues.hide(text)
}

// scrubScript does so for what a script said, which may be tokens, too.
func (s *Session) scrubScript(text string) string {
	return manyDigits.ReplaceAllString(s.scrub(text), "…")
}

// hide adds to what scrub takes out.
func (s *Session) hide(secret Secret) {
	if s.spellings == nil {
		s.spellings = []string{}
		s.hide(s.cfg.Credentials.Password)
	}
	if len(secret.text) < minScrub {
		return
	}
	raw := []byte(secret.text)
	for _, spelling := range []string{
		secret.text, strings.Join(strings.Fields(secret.text), " "), // as a page shows white space
		url.QueryEscape(secret.text), url.PathEscape(secret.text),
		base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
		hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
	} {
		if len(spelling) >= minScrub && !slices.Contains(s.spellings, spelling) {
			s.spellings = append(s.spellings, spelling)
		}
	}
}

func (s *Session) scrubAll(texts []string) []string {
	out := make([]string, 0, len(texts))
	for _, t := range texts {
		out = append(out, s.scrub(t))
	}
	return out
}

// scrubError takes secrets out of what the page's own scripts and texts have put
// into an error. The page package makes each error anew, so they are changed in
// place, at every level.
func (s *Session) scrubError(err error) error {
	if e, ok := errors.AsType[*page.ScriptError](err); ok {
		e.Message, e.Where = s.scrubScript(e.Message), s.scrub(e.Where)
	}
	if e, ok := errors.AsType[*page.RefusedError](err); ok {
		e.Texts = s.scrubAll(e.Texts)
	}
	if e, ok := errors.AsType[*page.DisabledError](err); ok {
		e.Label = s.scrub(e.Label)
	}
	if e, ok := errors.AsType[*page.AmbiguousError](err); ok {
		e.Candidates = s.scrubAll(e.Candidates)
	}
	if e, ok := errors.AsType[*page.NotFoundError](err); ok {
		e.Closest = s.scrubAll(e.Closest)
		e.ScriptErrors = slices.Clone(e.ScriptErrors)
		for i := range e.ScriptErrors {
			e.ScriptErrors[i].Message, e.ScriptErrors[i].Where = s.scrubScript(e.ScriptErrors[i].Message), s.scrub(e.ScriptErrors[i].Where)
		}
	}
	return err
}

// SetSecret types a secret into a field. What the device says of it afterwards
// is shown nowhere.
func (c *Control) SetSecret(ctx context.Context, secret Secret) error {
	c.p.s.mu.Lock()
	c.p.s.hide(secret)
	c.p.s.mu.Unlock()
	return c.Set(ctx, secret.text)
}
