package page

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The names for which the rare part is read are those that it defines.
func TestRareNames(t *testing.T) {
	t.Parallel()
	all := ""
	for _, name := range preludeNames("js/parts/*.js") {
		all += preludeFile(name)
	}
	member := regexp.MustCompile(`(?m)^  (?:get |set )?(\w+)\(`)
	mirrored := regexp.MustCompile(`(?m)(\w+): '`)
	for class, list := range map[string]string{"RareNode": "ofNodes", "RareDocument": "ofDocument", "RareElement": "ofElements"} {
		_, body, _ := strings.Cut(all, "class "+class+" {\n")
		body, mirrors, _ := strings.Cut(body, "\n}\n")
		var want []string
		for strings.HasPrefix(mirrors, "mirror("+class) {
			var names string
			names, mirrors, _ = strings.Cut(mirrors, "});\n")
			for _, m := range mirrored.FindAllStringSubmatch(names, -1) {
				want = append(want, m[1])
			}
		}
		for _, m := range member.FindAllStringSubmatch(body, -1) {
			want = append(want, m[1])
		}
		slices.Sort(want)
		_, names, _ := strings.Cut(all, "const "+list+" = among(")
		names, _, _ = strings.Cut(names, ");\n")
		got := strings.Fields(regexp.MustCompile(`' \+\s+'|'`).ReplaceAllString(names, " "))
		slices.Sort(got)
		if want = slices.Compact(want); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: the part is read for %q, it has %q", class, got, want)
		}
	}
}
