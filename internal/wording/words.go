package wording

import (
	"fmt"
	"slices"
	"strings"
)

// Languages are those that reports are written in.
func Languages() []string { return []string{"zh-TW", "en", "ja"} }

// translations are the texts of the other languages by the English one.
var translations = map[string]map[string]string{"zh-TW": zhTW, "ja": ja}

// Lang is a language; another than those of [Languages] reads English.
type Lang string

// Locale is the language of a locale's name as LC_ALL and LANG have it, such as
// "zh_TW.UTF-8"; empty if reports are not written in it.
func Locale(name string) string {
	name, _, _ = strings.Cut(name, ".")
	name, _, _ = strings.Cut(name, "@")
	language, region, _ := strings.Cut(strings.ReplaceAll(name, "-", "_"), "_")
	switch strings.ToLower(language) {
	case "ja":
		return "ja"
	case "en", "c", "posix":
		return "en"
	case "zh":
		if slices.Contains([]string{"TW", "HK", "MO", "HANT", "HANT_TW", "HANT_HK"}, strings.ToUpper(region)) {
			return "zh-TW"
		}
	}
	return ""
}

// say is a text of the language.
func (l Lang) say(format string, args ...any) string {
	if text, ok := translations[string(l)][format]; ok {
		format = text
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// count is one of two texts about a number. Other languages than English have one
// form, under the second.
func (l Lang) count(n int, one, many string) string {
	if n == 1 && translations[string(l)] == nil {
		return fmt.Sprintf(one, n)
	}
	return l.say(many, n)
}

// And joins texts with commas of the language.
func (l Lang) And(texts []string) string {
	comma := ", "
	if translations[string(l)] != nil {
		comma = "、"
	}
	return strings.Join(texts, comma)
}
