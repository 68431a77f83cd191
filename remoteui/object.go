package remoteui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/remoteui/internal/dom"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// Object is what an act is about: a key, a certificate, a policy. A question
// that the device asks on the way is answered yes only if it is about that; see
// [Where.About]. The rule: what names the object, or names
// nothing, is about it; what names another thing of the same list, the object
// or not, is not. Names are compared as whole words and as they are spelled.
type Object struct {
	// Names are the ways in which the object may be named.
	Names []string
	// Others are the names of what else there is; one that is the object's, too,
	// tells nothing.
	Others []string
	// Named is set once a question that named the object was answered yes: the
	// device has shown that it means the same thing.
	Named bool
}

// QuestionError means that the device asked about something else than the act
// was for. It was answered no, and nothing was done.
type QuestionError struct {
	Page     string
	Question string   // its words
	Object   []string // the names of what was meant
	About    []string // what the question names besides
}

func (e *QuestionError) Error() string {
	if len(e.Object) == 0 {
		return fmt.Sprintf("page %q asks about %s, which was not meant: answered no (it said %q)", e.Page, quoteList(e.About), clip(e.Question, 300))
	}
	return fmt.Sprintf("page %q asks about %s, and %s was meant: answered no (it said %q)",
		e.Page, quoteList(e.About), quoteList(e.Object), clip(e.Question, 300))
}

// Concerns tells whether a text is about the object: named if it names it,
// and foreign is what it names besides.
func (s *Object) Concerns(text string) (named bool, foreign []string) {
	type name struct {
		text  string
		other bool
	}
	var all []name
	for _, n := range s.Names {
		if n = squeeze(n); n != "" {
			all = append(all, name{n, false})
		}
	}
	for _, n := range s.Others {
		if n = squeeze(n); n != "" && !slices.Contains(all, name{n, false}) {
			all = append(all, name{n, true})
		}
	}
	// Of "TLS" and "TLS 2" the longer is what a text means that has both.
	slices.SortStableFunc(all, func(a, b name) int { return cmp.Compare(len(b.text), len(a.text)) })
	rest := squeeze(text)
	for _, n := range all {
		found := false
		if rest, found = takeOut(rest, n.text); !found {
			continue
		}
		if n.other {
			foreign = append(foreign, n.text)
			continue
		}
		// The same name twice in the list tells nothing.
		named = named || !slices.ContainsFunc(s.Others, func(o string) bool { return squeeze(o) == n.text })
	}
	for _, m := range shortened.FindAllStringSubmatch(rest, -1) {
		fits := slices.DeleteFunc(slices.Clone(all), func(n name) bool { return !strings.HasPrefix(n.text, m[1]) })
		switch {
		case len(fits) == 0:
		case !slices.ContainsFunc(fits, func(n name) bool { return !n.other }):
			foreign = append(foreign, m[1]+"…")
		case len(fits) == 1:
			named = true
		}
	}
	return named, foreign
}

// shortened is a name that a page cut short.
var shortened = lazyregexp.New(`([\pL\pN_.-]{3,}?)(?:\.\.\.|…)`)

// quoted is what a question puts in quotation marks: a name.
var quoted = lazyregexp.New("\"([^\"]{1,64})\"|“([^”]{1,64})”|「([^」]{1,64})」|『([^』]{1,64})』|«([^»]{1,64})»|(?:^|[\\s(:])'([^']{1,64})'")

// squeeze puts one blank for each run of white space, and leaves out marks of which
// nothing is seen: a script asks with those that a name has in its page.
func squeeze(s string) string { return strings.Join(strings.Fields(dom.Seen(s)), " ") }

// takeOut takes a name out of a text, wherever it stands as a word of its own.
func takeOut(text, name string) (rest string, found bool) {
	var b strings.Builder
	for {
		i := strings.Index(text, name)
		if i < 0 {
			b.WriteString(text)
			return b.String(), found
		}
		end := i + len(name)
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[end:])
		first, _ := utf8.DecodeRuneInString(name)
		last, _ := utf8.DecodeLastRuneInString(name)
		if joins(before, first) || joins(last, after) || cutShort(text[end:]) {
			_, size := utf8.DecodeRuneInString(text[i:])
			b.WriteString(text[:i+size])
			text = text[i+size:]
			continue
		}
		found = true
		b.WriteString(text[:i] + "\x00") // what is left on both sides is no word
		text = text[end:]
	}
}

// cutShort reports whether a text begins with the mark of a name that goes on.
func cutShort(after string) bool {
	return strings.HasPrefix(after, "...") || strings.HasPrefix(after, "…")
}

// joins reports whether two characters belong to one word. Scripts that put no
// blanks between words end one where they meet a letter of another script.
func joins(a, b rune) bool {
	word := func(r rune) bool {
		return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-')
	}
	ideographic := func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }
	return word(a) && word(b) && ideographic(a) == ideographic(b)
}

// judge answers a question: nil is yes. strange is what the question names of
// which nothing is known, besides.
func (s *Object) judge(where, question string, strange []string) error {
	named, foreign := s.Concerns(question)
	for _, n := range strange {
		if n = squeeze(n); !slices.ContainsFunc(s.Names, func(own string) bool { return squeeze(own) == n }) {
			foreign = append(foreign, n)
		}
	}
	if len(foreign) > 0 {
		return &QuestionError{Page: where, Question: question, Object: s.Names, About: foreign}
	}
	s.Named = s.Named || named
	return nil
}

// lists reports whether a text is one of the names, and nothing else.
func (s *Object) lists(text string) bool {
	is := func(n string) bool { return squeeze(n) == text }
	return text != "" && (slices.ContainsFunc(s.Names, is) || slices.ContainsFunc(s.Others, is))
}

// inQuotes are the names that a question has in quotation marks, and that are
// not the UI's own words.
func (p *Page) inQuotes(question string) []string {
	var names []string
	for _, m := range quoted.FindAllStringSubmatch(dom.Seen(question), -1) {
		for _, n := range m[1:] {
			if n != "" && !p.s.words.knows(p.s.lang, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// said is a text line by line.
func said(text string) (lines []string) {
	for line := range strings.Lines(text) {
		lines = append(lines, squeeze(line))
	}
	return lines
}

// typed is what stands in the boxes of a document.
func typed(doc *page.Page) (values []string) {
	for _, c := range doc.AllControls() {
		if v := squeeze(c.Value()); v != "" && (c.Kind() == page.Text || c.Kind() == page.TextArea) {
			values = append(values, v)
		}
	}
	return values
}

// asks judges what a page says as a question: of one that was put into a page, what
// was added to it.
func (p *Page) asks(about *Object, added []string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var lines []string
	docs := p.came // the list may stand in another frame still
	if docs == nil {
		docs = p.documents()
	}
	for _, doc := range docs {
		own := map[string]bool{}
		for _, text := range doc.Actions() {
			own[squeeze(text)] = true
		}
		text, over := doc.Overlay()
		if !over {
			text = doc.Text()
		}
		told := said(text)
		if !over && added != nil {
			told = added
		}
		for _, line := range told {
			if about.lists(line) || line != "" && !own[line] && !p.s.words.knows(p.s.lang, line) {
				lines = append(lines, line)
			}
		}
		if !over && added == nil { // what an overlay hides is no part of the question
			lines = append(lines, typed(doc)...)
		}
	}
	question := strings.Join(lines, "\n")
	var strange []string
	for _, line := range lines {
		if strings.ContainsAny(line, "?？") {
			strange = append(strange, p.inQuotes(line)...)
		}
	}
	return about.judge(p.name(), p.s.scrub(question), strange)
}
