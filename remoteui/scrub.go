package remoteui

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/internal/scrub"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// Scrubber takes secrets that a device was sent, or gave, out of what it says,
// in the spellings that docs/limits.md names. The zero value is ready; it is
// safe for concurrent use, and shared by sessions it knows the secrets of all.
// Add names further secrets, Text cleans a text of the device's.
type Scrubber = scrub.Scrubber

// scrub takes the secrets that the device was sent out of a text of its: a
// device that quotes what it was sent must not carry it into errors, events and
// reports.
func (s *Session) scrub(text string) string { return s.t.secrets.Text(text) }

// say makes a text of the device's fit for a message. It is cut last: of a
// secret that was cut too little is left to be recognised.
func (t *transport) say(text string, n int) string { return clip(t.secrets.Text(text), n) }

func (s *Session) say(text string, n int) string { return s.t.say(text, n) }

// scrubScript does so for what a script said, which may be tokens, too.
func (s *Session) scrubScript(text string) string {
	return manyDigits.ReplaceAllString(s.scrub(text), "…")
}

func (s *Session) scrubAll(texts []string) []string {
	out := make([]string, 0, len(texts))
	for _, t := range texts {
		out = append(out, s.scrub(t))
	}
	return out
}

// pathParameter is what follows a name in a path: identifiers of sessions, of
// devices that do without cookies, stand there.
var pathParameter = lazyregexp.New(`(;[^;=/]*)=[^;/]*`)

// where names a URL in messages: escaped, for a device may have put anything
// into it, and without its query and parameters, which may hold tokens.
func (t *transport) where(u *url.URL) string {
	return u.Scheme + "://" + u.Host + t.say(pathParameter.ReplaceAllString(u.EscapedPath(), "$1="+redacted), 200)
}

// foreign refuses a host that the device points to.
func (t *transport) foreign(host string) error {
	return &ForeignHostError{Host: t.host, Target: t.say(host, 260)}
}

// clean takes secrets out of the text of an error that quotes the device: one
// of net/http, of crypto/x509 or of a profile's author.
func (t *transport) clean(err error) error {
	if refused, ok := errors.AsType[*IdentityError](err); ok {
		refused.Reason = t.secrets.Message(refused.Reason)
	}
	return t.secrets.Error(err)
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
	return s.t.clean(err)
}

// SetSecret types a secret into a field. What the device says of it afterwards
// is shown nowhere.
func (c *Control) SetSecret(ctx context.Context, secret Secret) error {
	c.p.s.t.secrets.Add(secret.Reveal())
	return c.Set(ctx, secret.Reveal())
}
