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
	node, rare := preludeFile("js/parts/node.js"), preludeFile("js/parts/rare.js")
	member := regexp.MustCompile(`(?m)^  (?:get |set )?(\w+)\(`)
	for class, list := range map[string]string{"RareNode": "ofNodes", "RareDocument": "ofDocument"} {
		_, body, _ := strings.Cut(rare, "class "+class+" {\n")
		body, _, _ = strings.Cut(body, "\n}\n")
		var want []string
		for _, m := range member.FindAllStringSubmatch(body, -1) {
			want = append(want, m[1])
		}
		slices.Sort(want)
		_, names, _ := strings.Cut(node, "const "+list+" = among(")
		names, _, _ = strings.Cut(names, ");\n")
		got := strings.Fields(regexp.MustCompile(`' \+\s+'|'`).ReplaceAllString(names, " "))
		slices.Sort(got)
		if want = slices.Compact(want); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: the part is read for %q, it has %q", class, got, want)
		}
	}
}
