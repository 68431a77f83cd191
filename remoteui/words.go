package remoteui

import (
	"maps"
	"slices"
	"sync"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// words are the texts of all labels, by language, as one session knows them:
// our own and those of its profiles. They do not change once made.
type words struct {
	sets  map[string]labelSet
	known map[string]map[string]bool // normalized texts, by language
}

// ownWords are those without any profile.
var ownWords = sync.OnceValue(func() *words { return newWords(nil, nil) })

// newWords adds what profiles say to our own texts. Each of the profiles
// speaks of the labels that holds allows it to.
func newWords(profiles []*Profile, holds func(*Profile, Label) bool) *words {
	w := &words{sets: map[string]labelSet{}, known: map[string]map[string]bool{}}
	for lang, set := range loadLabels() {
		w.sets[lang] = maps.Clone(set)
	}
	for _, p := range profiles {
		for _, t := range p.labels {
			if t.lang != anyLanguage && w.sets[t.lang] == nil {
				w.sets[t.lang] = labelSet{}
			}
		}
	}
	replaced := map[replacement]bool{}
	for _, p := range profiles {
		for _, t := range p.labels {
			for lang, set := range w.sets {
				if (t.lang == anyLanguage || t.lang == lang) && holds(p, t.label) {
					set.learn(t, replacement{p, lang, t.label}, replaced)
				}
			}
		}
	}
	for lang, set := range w.sets {
		w.known[lang] = map[string]bool{}
		for _, texts := range set {
			for _, t := range texts {
				w.known[lang][plain(t.Text)] = true
			}
		}
	}
	return w
}

// replacement is what a profile replaced, so that several lines of it can give
// several texts.
type replacement struct {
	profile *Profile
	lang    string
	label   Label
}

func (set labelSet) learn(t profileLabel, r replacement, replaced map[replacement]bool) {
	texts := set[t.label]
	if t.replace && !replaced[r] {
		texts, replaced[r] = nil, true
	}
	n := page.Normalize(t.text)
	if slices.ContainsFunc(texts, func(o LabelText) bool { return plain(o.Text) == n }) {
		return // a newer version of our data may have it by now
	}
	set[t.label] = append(slices.Clip(texts), LabelText{Text: t.text, Source: "-", Profile: t.at})
}

// plain is a text as labels are compared. It is kept of our own texts alone, which
// are thousands, and each of which is compared with a text of a page again and again.
func plain(text string) string {
	if known, ok := ownPlain()[text]; ok {
		return known
	}
	return page.Normalize(text)
}

var ownPlain = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, set := range loadLabels() {
		for _, texts := range set {
			for _, t := range texts {
				all[t.Text] = page.Normalize(t.Text)
			}
		}
	}
	return all
})

// languages are those that there are texts for.
func (w *words) languages() []string { return slices.Sorted(maps.Keys(w.sets)) }

// texts returns the texts of a label. Without a language it returns those of
// every language: that is how the first page is read, before its language is
// known.
func (w *words) texts(language string, l Label) []LabelText {
	if set, ok := w.sets[language]; ok {
		return set[l]
	}
	var all []LabelText
	for _, lang := range w.languages() {
		for _, t := range w.sets[lang][l] {
			if !slices.ContainsFunc(all, func(o LabelText) bool { return o.Text == t.Text }) {
				all = append(all, t)
			}
		}
	}
	return all
}

// knows reports whether a text is a way of reading some label of the language,
// or of any if the language is not known yet.
func (w *words) knows(language, text string) bool {
	n := page.Normalize(text)
	if set, ok := w.known[language]; ok {
		return set[n]
	}
	for _, set := range w.known {
		if set[n] {
			return true
		}
	}
	return false
}

// reads reports whether a text reads as one of the labels does, in any language:
// the language of a login page is not known.
func (w *words) reads(text string, labels ...Label) bool {
	n := page.Normalize(text)
	if n == "" {
		return false
	}
	for _, set := range w.sets {
		for _, l := range labels {
			if slices.ContainsFunc(set[l], func(t LabelText) bool { return plain(t.Text) == n }) {
				return true
			}
		}
	}
	return false
}

// all are the texts of a label in every language.
func (w *words) all(l Label) []string {
	var texts []string
	for _, t := range w.texts("", l) {
		texts = append(texts, t.Text)
	}
	return texts
}

// Lacking returns which of the labels have no text in the session's language,
// its profiles' texts included.
func (s *Session) Lacking(labels ...Label) []Label {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(labels), func(l Label) bool { return len(s.texts(l)) > 0 })
}
