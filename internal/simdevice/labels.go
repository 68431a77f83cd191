package simdevice

import (
	"fmt"
	"maps"
	"slices"
)

// lexicon is that of the language with the wordings of [Config.Labels].
func (c Config) lexicon() lexicon {
	words := lexicons[c.Language]
	if len(c.Labels) == 0 {
		return words
	}
	words = maps.Clone(words)
	for w, texts := range words {
		for _, text := range texts {
			if other, ok := c.Labels[text]; ok {
				words[w] = []string{other}
			}
		}
	}
	return words
}

// checkLabels finds keys that no page shows: a misspelt one would change
// nothing.
func (c Config) checkLabels() error {
	for text := range c.Labels {
		shown := false
		for _, texts := range lexicons[c.Language] {
			shown = shown || slices.Contains(texts, text)
		}
		if !shown {
			return fmt.Errorf("simulated device: no page in language %q shows %q, which Labels is to change", c.Language, text)
		}
	}
	return nil
}
