package wording

import "iter"

// Texts are those that code takes from tables.
func Texts() (all []string) {
	for _, f := range forms {
		all = append(all, f.reason)
		if f.next != "" {
			all = append(all, f.next)
		}
	}
	for _, table := range []map[string]string{classes, classNext} {
		for _, text := range table {
			all = append(all, text)
		}
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
