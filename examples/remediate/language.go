package main

import (
	"errors"
	"strings"
	"unicode"

	"github.com/rekey-go/rekey/remoteui"
)

// languageError tells a -lang that cannot be the pages' from a device that is not
// understood.
func (c *config) languageError(err error) error {
	e, ok := errors.AsType[*remoteui.PageError](err)
	if !ok || c.lang == "" {
		return err
	}
	if seen := writtenIn(strings.Join(append(e.Found, e.Snapshot, e.Page), "\n")); seen != "" && seen != scriptOf(c.lang) {
		return errors.Join(usagef("-lang %s: the device's pages look like %s: leave -lang out, or give -lang %s", c.lang, seen, seen), err)
	}
	return err
}

// scriptOf is the language that writtenIn takes pages in another one for.
func scriptOf(lang string) string {
	switch lang {
	case "de", "es", "fr", "it":
		return "en"
	case "zh-CN":
		return "zh-TW"
	}
	return lang
}

// writtenIn guesses the language of a page by its script; empty if there is too
// little of it.
func writtenIn(text string) string {
	kana, han, latin := 0, 0, 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	switch {
	case kana > 2:
		return "ja"
	case han > 4:
		return "zh-TW"
	case latin > 20 && han == 0 && kana == 0:
		return "en"
	}
	return ""
}
