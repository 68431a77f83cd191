package remoteui

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Profile is what a user knows of a device that our data does not: how labels
// read, and where pages and fields are. docs/profiles.md describes the file.
// Profiles cannot be changed, and may be shared by sessions.
type Profile struct {
	name   string
	limits profileLimits
	labels []profileLabel
	pages  []profilePage
}

// profileLimits say which devices a profile is for; what is empty holds of all.
type profileLimits struct {
	models   []string       // as printed; a "*" at the end stands for any rest
	from, to models.Version // no to: all versions from there on
	family   Family
}

// profileLabel is one more text of a label, or one in place of all others.
type profileLabel struct {
	lang    string // anyLanguage: of every language
	label   Label
	text    string
	replace bool
	at      string // file and line
}

// anyLanguage stands for every language.
const anyLanguage = "*"

// profilePage is a page and what is pinned on it.
type profilePage struct {
	label Label    // the page that this label leads to, or
	path  *url.URL // the page of this path that has these parameters
	goTo  *pin     // where the page is; nil: the label leads there
	pins  []pin
}

// pin is an element that is found by something else than its label.
type pin struct {
	role     Role
	label    Label
	name, id string
	target   *url.URL // of a page: path and query
	at       string   // file and line
}

// String says how the element is found.
func (p *pin) String() string {
	switch {
	case p.target != nil:
		return "url " + p.target.String()
	case p.id != "":
		return "id " + p.id
	}
	return "name " + p.name
}

// Family is a kind of Remote UI. It is found out from the device's addresses.
type Family string

// The families.
const (
	FamilyAdvance Family = "ir-adv"   // pages below /rps/
	FamilySmall   Family = "small-mf" // of small models: /checkLogin.cgi, /portal_top.html
)

// maxProfile bounds a profile, in bytes.
const maxProfile = 256 << 10

// LoadProfile reads a profile file. Errors: [*ProfileError], or that it cannot
// be read.
func LoadProfile(path string) (*Profile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	defer f.Close()
	return ParseProfile(filepath.Base(path), f)
}

// ParseProfile reads a profile; name stands for it in messages and reports.
// The error is a [*ProfileError] that names every mistake, or of the reader.
func ParseProfile(name string, r io.Reader) (*Profile, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxProfile+1))
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	return parseProfile(clip(name, 80), data)
}

// Name is the profile's, for messages.
func (p *Profile) Name() string { return p.name }

// limited reports whether the profile is for some models or versions only.
func (p *Profile) limited() bool { return len(p.limits.models) > 0 || !p.limits.from.IsZero() }

// identifying are the labels by which the model is found: a profile for some
// models must be able to say how they read before the model is known.
var identifying = []Label{labels.StatusMonitor, labels.DeviceInformation, labels.VersionInformation, labels.Controller, labels.ProductName, labels.DeviceSerial}

// machine is a device as the profiles' limits see it.
type machine struct {
	family     Family
	known      bool // model and controller were read
	models     []string
	controller models.Version
}

// holds reports whether what a profile says of a label counts for the machine.
func (m *machine) holds(p *Profile, l Label) bool {
	if f := p.limits.family; f != "" && m.family != "" && f != m.family {
		return false
	}
	if !m.known && p.limited() {
		return slices.Contains(identifying, l)
	}
	return m.fits(&p.limits)
}

// fits compares what is known of the machine with the limits.
func (m *machine) fits(l *profileLimits) bool {
	if l.family != "" && l.family != m.family {
		return false
	}
	if !l.from.IsZero() && (m.controller.IsZero() || m.controller.Compare(l.from) < 0 || !l.to.IsZero() && m.controller.Compare(l.to) > 0) {
		return false
	}
	return len(l.models) == 0 || slices.ContainsFunc(l.models, m.isModel)
}

func (m *machine) isModel(pattern string) bool {
	head, open := strings.CutSuffix(pattern, "*")
	head = page.Normalize(head)
	return slices.ContainsFunc(m.models, func(name string) bool {
		name = page.Normalize(name)
		return name == head || open && strings.HasPrefix(name, head)
	})
}

// Identify tells the session which model and controller version it is about,
// so that profiles for other ones are put aside and those for this one count.
// Names are all that the model is called by.
func (s *Session) Identify(controller string, names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.machine.known, s.machine.models = true, slices.DeleteFunc(names, func(n string) bool { return n == "" })
	s.machine.controller, _ = models.ParseVersion(controller) // zero fits no limit
	s.learn()
	for _, p := range s.cfg.Profiles {
		if !s.machine.fits(&p.limits) {
			s.event(EventNotice, fmt.Sprintf("profile %s is for other devices: not used", p.name))
		}
	}
}

// Family returns the kind of Remote UI; empty: no address has shown it so far.
func (s *Session) Family() Family {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.machine.family
}

// learn makes the session's words anew; the session must be locked, or new.
func (s *Session) learn() {
	s.words = ownWords()
	if len(s.cfg.Profiles) > 0 {
		s.words = newWords(s.cfg.Profiles, s.machine.holds)
	}
}

// seeFamily notes the family by a page's address.
func (s *Session) seeFamily(u *url.URL) {
	if s.machine.family != "" {
		return
	}
	switch {
	case strings.HasPrefix(u.Path, "/rps/"):
		s.machine.family = FamilyAdvance
	case u.Path == "/portal_top.html" || u.Path == "/login.html" || u.Path == "/checkLogin.cgi":
		s.machine.family = FamilySmall
	default:
		return
	}
	s.learn()
}

// pinnedPage is where a profile says that a page is; nil if none does.
func (s *Session) pinnedPage(l Label) *pin {
	for _, profile := range s.cfg.Profiles {
		for i := range profile.pages {
			if pp := &profile.pages[i]; pp.goTo != nil && pp.label == l && s.machine.holds(profile, l) {
				return pp.goTo
			}
		}
	}
	return nil
}

// pin is what a profile says of an element of this page; nil if none does.
func (p *Page) pin(r Role, l Label) *pin {
	for _, profile := range p.s.cfg.Profiles {
		for i := range profile.pages {
			pp := &profile.pages[i]
			if !pp.is(p) || !p.s.machine.holds(profile, l) {
				continue
			}
			for j := range pp.pins {
				if pp.pins[j].role == r && pp.pins[j].label == l {
					return &pp.pins[j]
				}
			}
		}
	}
	return nil
}

// is reports whether the page is the one meant: the one that the label leads
// to, or its form behind [Edit]; or one of the path with all the parameters.
func (pp *profilePage) is(p *Page) bool {
	if pp.path == nil {
		path := p.path
		for len(path) > 0 && Label(path[len(path)-1]) == labels.Edit {
			path = path[:len(path)-1]
		}
		return len(path) > 0 && Label(path[len(path)-1]) == pp.label
	}
	at := p.p.URL()
	if at == nil || at.Path != pp.path.Path {
		return false
	}
	has := at.Query()
	for key, values := range pp.path.Query() {
		if !slices.Equal(has[key], values) {
			return false
		}
	}
	return true
}

// reliedPin records a pin in use, once.
func (s *Session) reliedPin(p *pin, where string) {
	u := UnverifiedLabel{Label: p.label, Text: p.String(), Page: where, Profile: p.at}
	if !slices.ContainsFunc(s.unverified, func(o UnverifiedLabel) bool { return o.Label == u.Label && o.Profile == u.Profile }) {
		s.unverified = append(s.unverified, u)
	}
}
