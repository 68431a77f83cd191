package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/rekey-go/rekey/fleet/compare"
)

// Every sentence is there in every language, in its letters, with the same figures;
// and each that the page or the code names is there.
func TestWords(t *testing.T) {
	t.Parallel()
	verb := regexp.MustCompile(`%(\[\d\])?[a-z]`)
	for key, w := range words {
		for i, s := range w {
			if strings.TrimSpace(s) == "" {
				t.Errorf("%s has no text %d", key, i)
			}
			verbs := func(s string) []string {
				all := verb.FindAllString(s, -1)
				slices.Sort(all)
				return all
			}
			if !slices.Equal(verbs(s), verbs(w[1])) {
				t.Errorf("%s: %q and %q take other figures", key, s, w[1])
			}
			if kana := strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) }); kana && i != 2 {
				t.Errorf("%s: %q is Japanese", key, s)
			}
			if han := strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }); han && i == 1 {
				t.Errorf("%s: %q is not English", key, s)
			}
		}
	}
	for _, m := range regexp.MustCompile(`Say "([^"]+)"`).FindAllStringSubmatch(pageText, -1) {
		if words[m[1]] == (text{}) {
			t.Errorf("the page says %q, which there is not", m[1])
		}
	}
	for _, o := range order {
		if words["outcome "+string(o)] == (text{}) {
			t.Errorf("no word for %s", o)
		}
	}
	for _, k := range []compare.Kind{compare.SameKey, compare.SharedPrime} {
		if words["shared "+string(k)] == (text{}) {
			t.Errorf("no words for %s", k)
		}
	}
	for _, id := range teams {
		if words["team "+id] == (text{}) || words["intro "+id] == (text{}) {
			t.Errorf("no words for %s", id)
		}
	}
}
