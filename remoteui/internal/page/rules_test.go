package page_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var breakRules = flag.String("break", "", "TestRules: break the rules that match `regexp`, and see their pages fail (all of them: five minutes)")

// rule is a block of testdata/rules.txt.
type rule struct {
	text, file, old, new string
	pages                []string
}

func readRules(t *testing.T) []rule {
	t.Helper()
	src, err := os.ReadFile("testdata/rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []rule
	for block := range strings.SplitSeq(string(src), "\n\n") {
		var r rule
		for line := range strings.Lines(block) {
			switch word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " "); {
			case line[0] == '-':
				r.old += line[1:]
			case line[0] == '+':
				r.new += line[1:]
			case word == "rule":
				r.text = rest
			case word == "pages":
				r.pages = strings.Fields(rest)
			case word == "file":
				r.file = rest
			}
		}
		if r.text != "" {
			r.old, r.new = strings.TrimSuffix(r.old, "\n"), strings.TrimSuffix(r.new, "\n")
			all = append(all, r)
		}
	}
	return all
}

// Every page of the corpus that stands for a rule is named by one whose loss
// breaks it; and with -break, it does.
func TestRules(t *testing.T) {
	t.Parallel()
	rules := readRules(t)
	named := map[string]bool{}
	for _, r := range rules {
		for _, p := range r.pages {
			named[p] = true
			if _, err := os.Stat("testdata/corpus/" + p + ".html"); err != nil {
				t.Errorf("%s: %v", r.text, err)
			}
		}
		if src, err := os.ReadFile("../" + r.file); err != nil || len(r.pages) == 0 || r.old == r.new || !strings.Contains(string(src), r.old) {
			t.Errorf("%s: %s has no such text any more, %v", r.text, r.file, err)
		}
	}
	files, err := filepath.Glob("testdata/corpus/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if name := strings.TrimSuffix(filepath.Base(file), ".html"); err != nil || strings.Contains(string(src), "\n# rule: ") && !named[name] {
			t.Errorf("page %s: nothing is known to break it; %v", name, err)
		}
	}
	if *breakRules == "" {
		return
	}
	match := regexp.MustCompile(*breakRules)
	for _, r := range rules {
		if match.MatchString(r.text) {
			r.breakIt(t)
		}
	}
}

var failedPage = regexp.MustCompile(`--- FAIL: TestCorpus/(\S+)`)

// breakIt runs the corpus with the rule broken.
func (r rule) breakIt(t *testing.T) {
	t.Helper()
	path, err := filepath.Abs("../" + r.file)
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	broken, overlay := filepath.Join(dir, filepath.Base(path)), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(broken, []byte(strings.Replace(string(src), r.old, r.new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{path: broken}})
	if err == nil {
		err = os.WriteFile(overlay, list, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	pattern := fmt.Sprintf("^TestCorpus$/^(%s)$", strings.Join(r.pages, "|"))
	out, err := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-count=1", "-overlay", overlay, "-run", pattern, ".").CombinedOutput()
	var failed []string
	for _, m := range failedPage.FindAllStringSubmatch(string(out), -1) {
		failed = append(failed, m[1])
	}
	slices.Sort(failed)
	if want := slices.Sorted(slices.Values(r.pages)); err == nil || !slices.Equal(failed, want) {
		t.Errorf("without %q these pages fail: %q, want %q\n%.600s", r.text, failed, want, out)
	} else {
		t.Logf("%s: %s", r.text, strings.Join(r.pages, ", "))
	}
}
