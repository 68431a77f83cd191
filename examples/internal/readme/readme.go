// Package readme reads README.md for the tests that hold it.
package readme

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Commands are the commands of README.md that begin with one of some words, all if
// there are none, each split at blanks. Directories two above the test's have it.
func Commands(t *testing.T, names ...string) (all [][]string) {
	t.Helper()
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(Text(t), -1) {
		for line := range strings.Lines(block[1]) {
			words := strings.Fields(line)
			for _, name := range names {
				if words[0] == name {
					all = append(all, words)
				}
			}
			if len(names) == 0 {
				all = append(all, words)
			}
		}
	}
	if len(all) == 0 {
		t.Errorf("README.md has no command %q", names)
	}
	return all
}

// Text is README.md.
func Text(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}
