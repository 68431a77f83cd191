package remoteui

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// ProfileError says what is wrong in a profile, line by line.
type ProfileError struct {
	Name     string
	Problems []ProfileProblem // in the order of the file; at least one
}

// ProfileProblem is one mistake.
type ProfileProblem struct {
	Line int // 1-based; 0: it concerns the file as a whole
	Text string
}

// maxProblems bounds what one message repeats: the first mistakes explain the
// others.
const maxProblems = 20

func (e *ProfileError) Error() string {
	var lines []string
	for _, p := range e.Problems[:min(len(e.Problems), maxProblems)] {
		line := p.Text
		if p.Line > 0 {
			line = fmt.Sprintf("%s:%d: %s", e.Name, p.Line, p.Text)
		}
		lines = append(lines, line)
	}
	if n := len(e.Problems) - maxProblems; n > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", n))
	}
	if len(lines) == 1 {
		return "profile " + lines[0]
	}
	return fmt.Sprintf("profile %s has %d mistakes:\n  %s", e.Name, len(e.Problems), strings.Join(lines, "\n  "))
}

const (
	maxProfileLine = 1000 // bytes
	maxProfileText = 200  // of a label, in characters
	maxStatements  = 5000
)

// profileParser reads a profile line by line; the file is bounded before.
type profileParser struct {
	p        *Profile
	problems []ProfileProblem
	line     int
	seen     map[string]int // what must not stand twice, and its line
	count    int

	section string // "device", "labels" or "page"; "": none yet; "?": a bad one
	lang    string
	page    *profilePage
}

func parseProfile(name string, data []byte) (*Profile, error) {
	r := &profileParser{p: &Profile{name: name}, seen: map[string]int{}}
	if len(data) > maxProfile {
		return nil, &ProfileError{name, []ProfileProblem{{0, fmt.Sprintf("is larger than %d bytes", maxProfile)}}}
	}
	data = bytes.ReplaceAll(bundle.Text(data), []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n")) // some editors write it
	for line := range bytes.Lines(data) {
		r.line++
		r.readLine(line)
	}
	if r.count == 0 && len(r.problems) == 0 {
		r.line = 0
		r.problem("profile %s says nothing: see docs/profiles.md", name)
	}
	r.checkLimits()
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b ProfileProblem) int { return a.Line - b.Line })
		return nil, &ProfileError{name, r.problems}
	}
	return r.p, nil
}

func (r *profileParser) problem(format string, args ...any) {
	r.problems = append(r.problems, ProfileProblem{r.line, fmt.Sprintf(format, args...)})
}

func (r *profileParser) at() string { return fmt.Sprintf("%s:%d", r.p.name, r.line) }

// twice reports, and complains, if what the key names stood before.
func (r *profileParser) twice(key, what string) bool {
	first, again := r.seen[key]
	if again {
		r.problem("%s stands in line %d already", what, first)
		return true
	}
	r.seen[key] = r.line
	return false
}

func (r *profileParser) readLine(raw []byte) {
	line := strings.TrimSpace(string(raw))
	if line == "" || strings.HasPrefix(line, "#") {
		return
	}
	switch bad := strings.IndexFunc(line, invisible); {
	case len(line) > maxProfileLine:
		r.problem("is longer than %d bytes", maxProfileLine)
		return
	case !utf8.ValidString(line):
		r.problem("is not UTF-8: save the file as UTF-8")
		return
	case bad >= 0:
		c, _ := utf8.DecodeRuneInString(line[bad:])
		r.problem("holds the invisible character %U: delete it", c)
		return
	}
	if strings.HasPrefix(line, "[") {
		r.open(line)
		return
	}
	if r.count++; r.count == maxStatements+1 {
		r.problem("more than %d statements", maxStatements)
	}
	if r.count > maxStatements || r.section == "?" {
		return
	}
	key, value, ok := strings.Cut(line, "=")
	replace := strings.HasSuffix(key, ":")
	key, value = strings.TrimSpace(strings.TrimSuffix(key, ":")), strings.TrimSpace(value)
	switch {
	case !ok || key == "" || value == "":
		r.problem("want NAME = VALUE, [SECTION] or a # comment")
	case replace && r.section != "labels":
		r.problem(":= replaces texts of labels; here want =")
	case r.section == "device":
		r.device(key, value)
	case r.section == "labels":
		r.label(key, value, replace)
	case r.section == "page":
		r.onPage(key, value)
	default:
		r.problem("stands before any [device], [labels LANGUAGE] or [page LABEL]")
	}
}

// invisible characters do not show in an editor, or turn the order of what
// does.
func invisible(c rune) bool { return c != '\t' && unicode.IsControl(c) || unicode.Is(unicode.Cf, c) }

var languageTag = lazyregexp.New(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// open begins a section.
func (r *profileParser) open(line string) {
	r.section, r.page = "?", nil
	inner, closed := strings.CutSuffix(strings.TrimPrefix(line, "["), "]")
	kind, of, _ := strings.Cut(strings.TrimSpace(inner), " ")
	of = strings.TrimSpace(of)
	switch {
	case !closed:
		r.problem("section without ]")
	case kind == "device" && of == "":
		if !r.twice("device", "[device]") {
			r.section = "device"
		}
	case kind == "labels" && (of == anyLanguage || languageTag.MatchString(of)):
		r.section, r.lang = "labels", ownSpelling(of)
	case kind == "labels":
		r.problem("want [labels LANGUAGE] with a tag like ja or zh-TW, or [labels *] for every language")
	case kind == "page" && of != "":
		r.openPage(of)
	default:
		r.problem("section %q is not known: want [device], [labels LANGUAGE], [page LABEL] or [page PATH]", clip(inner, 40))
	}
}

// ownSpelling is a language tag as our data spells it.
func ownSpelling(tag string) string {
	for _, own := range Languages() {
		if strings.EqualFold(own, tag) {
			return own
		}
	}
	return tag
}

func (r *profileParser) openPage(of string) {
	if r.twice("page "+of, "[page "+of+"]") {
		return
	}
	pp := profilePage{}
	if strings.HasPrefix(of, "/") {
		if pp.path = r.address(of); pp.path == nil {
			return
		}
	} else if pp.label = r.labelNamed(of); pp.label == "" {
		return
	}
	r.p.pages = append(r.p.pages, pp)
	r.section, r.page = "page", &r.p.pages[len(r.p.pages)-1]
}

// labelNamed checks the name of a label.
func (r *profileParser) labelNamed(name string) Label {
	l := Label(name)
	all := labelNames()
	if slices.Contains(all, l) {
		return l
	}
	near := nearest(name, all)
	r.problem("label %q is not known%s", clip(name, 40), near)
	return ""
}

// labelNames are the names of all labels, in order.
func labelNames() []Label {
	names := map[Label]bool{}
	for _, set := range loadLabels() {
		for l := range set {
			names[l] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// nearest says which names are meant perhaps.
func nearest(name string, all []Label) string {
	var texts []string
	for _, l := range all {
		texts = append(texts, string(l))
	}
	if like := page.Closest(name, texts); like != "" {
		return fmt.Sprintf(": %s?", like)
	}
	return ""
}

func (r *profileParser) device(key, value string) {
	l := &r.p.limits
	switch key {
	case "model":
		if strings.Contains(strings.TrimSuffix(value, "*"), "*") || value == "*" {
			r.problem("model: a * may stand at the end only, after some letters")
			return
		}
		l.models = append(l.models, value)
	case "controller":
		if !r.twice("controller", "controller") {
			r.versions(value)
		}
	case "family":
		if f := Family(value); f != FamilyAdvance && f != FamilySmall {
			r.problem("family %q is not known: want %s or %s", clip(value, 40), FamilyAdvance, FamilySmall)
		} else if !r.twice("family", "family") {
			l.family = f
		}
	default:
		r.problem("%q is not known here: want model, controller or family", clip(key, 40))
	}
}

// versions reads "37.00", "37.00 - 38.99" or "37.00 -".
func (r *profileParser) versions(value string) {
	from, to, isRange := strings.Cut(value, "-")
	if !isRange {
		to = from
	}
	var err error
	l := &r.p.limits
	if l.from, err = models.ParseVersion(strings.TrimSpace(from)); err == nil && strings.TrimSpace(to) != "" {
		l.to, err = models.ParseVersion(strings.TrimSpace(to))
	}
	switch {
	case err != nil:
		r.problem("controller %q: want a version such as 37.31, or two with - between", clip(value, 40))
	case !l.to.IsZero() && l.to.Compare(l.from) < 0:
		r.problem("controller %q: the second version is older than the first", clip(value, 40))
	}
}

func (r *profileParser) label(key, text string, replace bool) {
	l := r.labelNamed(key)
	switch {
	case l == "":
		return
	case utf8.RuneCountInString(text) > maxProfileText:
		r.problem("text of more than %d characters: no label is that long", maxProfileText)
		return
	case page.Normalize(text) == "":
		r.problem("text %q has nothing that could be compared", text)
		return
	}
	kind := key
	if replace {
		kind += " :="
	}
	mixed := map[bool]string{false: key + " :=", true: key}[replace]
	if first, both := r.seen[r.lang+"\x00"+mixed]; both {
		r.problem("label %s is added to and replaced (line %d): use one of = and :=", key, first)
		return
	}
	if r.twice(r.lang+"\x00"+key+"\x00"+page.Normalize(text), "the same text for "+key) {
		return
	}
	r.seen[r.lang+"\x00"+kind] = r.line
	r.p.labels = append(r.p.labels, profileLabel{lang: r.lang, label: l, text: text, replace: replace, at: r.at()})
}

// checkLimits complains of what cannot be for some models only: the pages by
// which the model is found.
func (r *profileParser) checkLimits() {
	if !r.p.limited() {
		return
	}
	complain := func(at string, l Label, what string) {
		if !slices.Contains(identifying, l) {
			return
		}
		_, n, _ := strings.Cut(at[len(r.p.name):], ":")
		fmt.Sscan(n, &r.line)
		r.problem("%s %s cannot be for some models only: by it the model is found; put it into a profile without model and controller", what, l)
	}
	for _, t := range r.p.labels {
		if t.replace {
			complain(t.at, t.label, "the only text of")
		}
	}
	for _, pp := range r.p.pages {
		if pp.goTo != nil {
			complain(pp.goTo.at, pp.label, "the address of")
		}
		for _, p := range pp.pins {
			complain(p.at, p.label, "the pin of")
		}
	}
}
