package wording

import (
	"iter"
	"strings"
	"sync"
)

// Texts are those that code takes from tables.
func Texts() (all []string) {
	for _, r := range reasons {
		all = append(all, r.reason)
		if r.next != "" {
			all = append(all, r.next)
		}
	}
	for _, table := range []map[string]string{classes, classNext} {
		for _, text := range table {
			all = append(all, text)
		}
	}
	for _, text := range several {
		all = append(all, text)
	}
	for _, text := range stateWords {
		all = append(all, text)
	}
	for _, s := range unproved {
		all = append(all, s.text)
	}
	return append(all, "Device signature", "Bluetooth", anyone)
}

func Translated(lang, text string) bool {
	_, ok := translations[lang][text]
	return ok
}

func Translation(lang, text string) string { return translations[lang][text] }

func AllTranslations() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for lang, table := range translations {
			for text := range table {
				if !yield(lang, text) {
					return
				}
			}
		}
	}
}

// Table is sentences.txt, block by block.
func Table() [][]string { return blocks(sentences) }

// The marks of sentences.
const Composed, Foreign = composed, foreign

// Known reports whether a format of the library is one that is known, but for how
// its verbs are written.
func Known(format string) bool {
	_, ok := zhTW[format]
	return ok || plainForms()[plainForm(format)]
}

func plainForm(format string) string { return verb.ReplaceAllString(format, "%s") }

var plainForms = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, f := range forms() {
		all[plainForm(f.format)] = true
	}
	return all
})

// Recognised is the form of a text, empty if nobody knows it.
func Recognised(text string) string {
	f, _ := recognise(text)
	if f == nil {
		return ""
	}
	return f.format
}

// Literal is a format without its verbs.
func Literal(format string) string { return strings.TrimSpace(verb.ReplaceAllString(format, "")) }
