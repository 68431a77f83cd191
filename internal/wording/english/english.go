// Package english tells what looks like an English sentence, for tests of what
// people read in their own language.
package english

import "regexp"

var (
	sentence = regexp.MustCompile(`[A-Za-z'-]+(?:[,;:]? [a-z][a-z'-]*){3,}`)
	three    = regexp.MustCompile(`[A-Za-z'-]+(?:[,;:]? [a-z][a-z'-]*){2,}`)
)

// Sentence is the first run of four words or more in a text; names, labels and
// options have fewer. Empty: there is none.
func Sentence(text string) string { return sentence.FindString(text) }

// Words is the first run of three words or more, for texts without such names.
func Words(text string) string { return three.FindString(text) }
