package remoteui

import (
	"bufio"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/rekey-go/rekey/remoteui/labels"
)

// Label names something on a page by what it means: see package labels, which has
// them.
type Label = labels.Label

// LabelText is one way a label may read.
type LabelText struct {
	Text     string
	Verified bool   // printed in a public document
	Source   string // which one; "-" if none
	// Profile is the file and line of the [Profile] that the text comes from;
	// empty: it is of our own data.
	Profile string
}

// UnverifiedLabel is a text that no public document shows and that was relied
// on all the same, because it fitted exactly one element of the wanted role; or
// a text or pin of a profile that was used.
type UnverifiedLabel struct {
	Label Label  `json:"label"`
	Text  string `json:"text"` // of a pin: "url PATH", "name NAME" or "id ID"
	Page  string `json:"page"`
	// Profile is the file and line that the text or pin comes from; empty: it is
	// of our own data.
	Profile string `json:"profile,omitempty"`
}

//go:embed labels/*.tsv
var labelFiles embed.FS

// labelSet holds one language.
type labelSet map[Label][]LabelText

var loadLabels = sync.OnceValue(func() map[string]labelSet {
	all := map[string]labelSet{}
	entries, err := labelFiles.ReadDir("labels")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		data, err := labelFiles.ReadFile("labels/" + e.Name())
		if err != nil {
			panic(err)
		}
		set, err := parseLabels(string(data))
		if err != nil {
			panic(fmt.Sprintf("labels/%s: %v", e.Name(), err))
		}
		all[strings.TrimSuffix(e.Name(), ".tsv")] = set
	}
	return all
})

func parseLabels(data string) (labelSet, error) {
	set := labelSet{}
	lines := bufio.NewScanner(strings.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cols := strings.Split(line, "\t")
		if len(cols) != 4 || cols[0] == "" || cols[1] == "" || (cols[2] != "v" && cols[2] != "u") {
			return nil, fmt.Errorf("line %d: want label, text, v or u, source, separated by tabs", n)
		}
		id := Label(cols[0])
		set[id] = append(set[id], LabelText{Text: cols[1], Verified: cols[2] == "v", Source: cols[3]})
	}
	return set, lines.Err()
}

// Languages lists the languages that there are labels for, e.g. "zh-TW".
func Languages() []string { return slices.Sorted(maps.Keys(loadLabels())) }

// LabelTexts returns the ways a label may read in a language, nil if there is
// none.
func LabelTexts(language string, l Label) []LabelText { return slices.Clone(loadLabels()[language][l]) }
