package remoteui

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// FindingState says how the search for a label ended.
type FindingState string

// The states.
const (
	Found     FindingState = "found"
	Missing   FindingState = "missing"
	Ambiguous FindingState = "ambiguous"
)

// Finding is how a label fared on a page.
type Finding struct {
	Label Label        `json:"label"`
	Role  Role         `json:"role"`
	State FindingState `json:"state"`
	// Text is what was found by; of a pin: how it is pinned.
	Text string `json:"text,omitempty"`
	// Verified: a public document prints the text.
	Verified bool `json:"verified"`
	// Profile is the file and line that the text or pin comes from.
	Profile string `json:"profile,omitempty"`
	// Closest are the texts that stand where it may, and are no label that is known,
	// the likeliest first; or, of what is ambiguous, the elements that fit.
	Closest []string `json:"closest,omitempty"`
}

// Probe looks for a label without acting on anything. On a page that sends the
// browser on by itself it waits, as every search does.
func (p *Page) Probe(ctx context.Context, r Role, l Label, w ...Where) Finding {
	return p.probe(ctx, r, l, func(text string) bool { return !p.Knows(text) }, one(w))
}

// ProbeAmong is [Page.Probe] for a value that should read like one of some
// labels, as [Page.ValueAmong] reads it.
func (p *Page) ProbeAmong(ctx context.Context, l Label, expected []Label, w ...Where) Finding {
	return p.probe(ctx, RoleValue, l, func(text string) bool {
		return slices.ContainsFunc(expected, func(e Label) bool { return p.is(e, text) })
	}, one(w))
}

func (p *Page) probe(ctx context.Context, r Role, l Label, fits func(string) bool, where Where) Finding {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	hit := ""
	before := len(p.s.unverified)
	err := p.seek(ctx, where, func() error {
		return p.resolve(r, l, where, func(texts []string, sc page.Scope) (found string, err error) {
			hit, err = p.find(r, texts, sc, fits)
			return hit, err
		})
	})
	// Looking is not relying on it.
	p.s.unverified = p.s.unverified[:before]
	return p.finding(r, l, hit, err)
}

func (p *Page) find(r Role, texts []string, sc page.Scope, fits func(string) bool) (string, error) {
	switch r {
	case RoleButton:
		a, err := p.p.Action(texts, sc)
		if err != nil {
			return "", err
		}
		return a.Label(), nil
	case RoleField:
		_, err := p.p.Controls(texts, sc)
		return p.matchingText(texts), err
	case RoleValue:
		value, err := p.p.Value(texts, sc)
		_, err = oneThat(fits, value, err)
		return p.matchingText(texts), err
	case RoleColumn:
		_, err := p.p.Table(texts)
		return p.matchingText(texts), err
	}
	return p.findChoice(texts)
}

// findChoice looks among the options of selects and the radio buttons.
func (p *Page) findChoice(texts []string) (string, error) {
	var others []string
	for _, c := range p.p.Choosers() {
		for _, o := range c.Options() {
			if contains(texts, o.Text) {
				return o.Text, nil
			}
			if len(others) < maxChoices && !slices.Contains(others, o.Text) {
				others = append(others, o.Text)
			}
		}
	}
	return "", &page.NotFoundError{Role: "choice", Texts: texts, Closest: page.Nearest(texts, others)}
}

// maxChoices bounds the choices that are compared: a list of countries is long.
const maxChoices = 300

func (p *Page) finding(r Role, l Label, hit string, err error) Finding {
	f := Finding{Label: l, Role: r, State: Found, Text: strings.TrimSpace(hit)}
	if err != nil {
		f.State, f.Text = Missing, ""
		if e, ok := errors.AsType[*page.NotFoundError](err); ok {
			// A text that reads like a label is that label: it does not stand in another's place.
			f.Closest = slices.DeleteFunc(slices.Clone(e.Closest), func(text string) bool { return p.s.words.knows(p.s.lang, text) })
		} else if e, ok := errors.AsType[*PageError](err); ok {
			f.Closest = e.Found
		}
		if _, ok := errors.AsType[*page.AmbiguousError](err); ok {
			f.State = Ambiguous
		}
		return f
	}
	if pinned := p.pin(r, l); pinned != nil {
		f.Text, f.Profile = pinned.String(), pinned.at
		return f
	}
	for _, t := range p.s.texts(l) {
		if page.Normalize(t.Text) == page.Normalize(hit) {
			f.Text, f.Verified, f.Profile = t.Text, t.Verified, t.Profile
			break
		}
	}
	return f
}

// ScriptErrors are the errors of the page's scripts, with their positions.
func (p *Page) ScriptErrors() []string {
	var all []string
	for _, e := range p.p.ScriptErrors() {
		all = append(all, clip(p.s.scrubScript(e.Error()), 300))
	}
	return all
}

// Login returns the kind of login form that the device showed; empty: none.
func (s *Session) Login() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.form == nil {
		return ""
	}
	return s.form.name
}
