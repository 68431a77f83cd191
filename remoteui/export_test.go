package remoteui

import "slices"

// Lacking returns which of the labels have no text in a language; without one the
// texts of all are tried.
func Lacking(language string, labels ...Label) []Label {
	return slices.DeleteFunc(slices.Clone(labels), func(l Label) bool { return len(ownWords().texts(language, l)) > 0 })
}
