package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/examples/internal/readme"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// Every command of README.md does what is said of it: those on a real device are
// tried on a simulated one, in their order; the two in the checkout are CI's; what is
// installed is there to be.
func TestReadmeCommands(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := device(t, quick(simdevice.Config{Seed: 32}))
	state, ran := stateDir(t), 0
	for _, words := range readme.Commands(t) {
		command := strings.Join(words, " ")
		real := map[string]string{"https://192.0.2.7:8443/": dev.URL(), "7654321": "4711", "PRINTER_PASSWORD": "DEVICE_PASSWORD"}
		for i, w := range words {
			if with, ok := real[w]; ok {
				words[i] = with
			}
			if strings.HasPrefix(w, "sha256//") {
				words[i] = pin(t, dev)
			}
		}
		switch {
		case command == "go run ./examples/remediate", command == "go test ./...", command == "export PRINTER_PASSWORD=secret":
		case strings.HasPrefix(command, "go install "):
			path, version, _ := strings.Cut(words[2], "@")
			dir := filepath.Join("../..", strings.TrimPrefix(path, "github.com/rekey-go/rekey/"))
			if name, err := exec.Command("go", "list", "-f", "{{.Name}}", dir).Output(); version != "latest" || err != nil || strings.TrimSpace(string(name)) != "main" {
				t.Errorf("%s: %q, %v", command, name, err)
			}
		case words[0] == "remediate":
			ran++
			changes, planned := dev.StateChanges(), slices.Contains(words, "-plan")
			invoke(t, append(words[1:], "-state", state)...).want(t, exitDone)
			if changed := dev.StateChanges() > changes; changed == planned {
				t.Errorf("%s: changed the device: %v", command, changed)
			}
		case slices.Contains([]string{"survey", "scan", "fleet", "checkkey"}, words[0]): // their own tests run them
		default:
			t.Errorf("nobody runs %q", command)
		}
	}
	if ran < 2 || tlsKey(t, dev).Weak {
		t.Errorf("%d commands were run, and the device is not remediated", ran)
	}
}

// README.md is read in three minutes, and leads to every other document.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	text := readme.Text(t)
	prose := regexp.MustCompile("(?s)```.*?```|(?m:^\\|.*$)|\\]\\([^)]*\\)").ReplaceAllString(text, "")
	if n := len(regexp.MustCompile(`[A-Za-z0-9][\w'./-]*`).FindAllString(prose, -1)); n > 700 {
		t.Errorf("%d words beside commands and tables, want at most 700: docs/guide.md has room", n)
	}
	pages, err := filepath.Glob("../../docs/*.*")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d documents, %v", len(pages), err)
	}
	for _, page := range pages {
		if name := "docs/" + filepath.Base(page); !strings.Contains(text, "("+name) {
			t.Errorf("README.md does not lead to %s", name)
		}
	}
}

// What README.md says is installed by go install can be: it is a program of this module,
// which go install refuses if its go.mod replaces anything. What is a module of its own
// is not said to be.
func TestReadmeInstalls(t *testing.T) {
	t.Parallel()
	module, err := os.ReadFile("../../go.mod")
	if err != nil || regexp.MustCompile(`(?m)^\s*(replace|exclude)\b`).Match(module) {
		t.Errorf("go.mod replaces or excludes: %v", err)
	}
	text := readme.Text(t)
	programs := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^go install github.com/rekey-go/rekey/(.*)@latest$").FindAllStringSubmatch(text, -1) {
		programs[m[1]] = true
	}
	_, more, _ := strings.Cut(text, "Each of these is installed like the two above")
	more, _, _ = strings.Cut(more, "\n## ")
	for _, m := range regexp.MustCompile("(?m)^\\* `(\\w+)`").FindAllStringSubmatch(more, -1) {
		programs["examples/"+m[1]] = true
	}
	if len(programs) != 7 {
		t.Errorf("programs %v", programs)
	}
	for dir := range programs {
		if main, err := os.ReadFile("../../" + dir + "/main.go"); err != nil || !strings.Contains(string(main), "\npackage main\n") {
			t.Errorf("%s is no program: %v", dir, err)
		}
		if _, err := os.Stat("../../" + dir + "/go.mod"); err == nil {
			t.Errorf("%s is a module of its own", dir)
		}
	}
}

// The picture in README.md is of what the program prints today.
func sameAsPicture(t *testing.T, svg, stdout string) {
	t.Helper()
	unescape := strings.NewReplacer("&gt;", ">", "&lt;", "<", "&#34;", `"`, "&#39;", "'", "&amp;", "&")
	var shown []string
	for _, m := range regexp.MustCompile(`<text [^>]*>(.*)</text>`).FindAllStringSubmatch(svg, -1)[1:] {
		shown = append(shown, unescape.Replace(m[1]))
	}
	varies := regexp.MustCompile(`127\.0\.0\.1:\d+|rktls\d{8}[a-z2-7]{6}|\d{4}-\d\d-\d\d|([0-9A-F]{2}:){19}[0-9A-F]{2}|\S*rekey-state-\S*`)
	lines := func(s string) (all []string) {
		for line := range strings.Lines(s) {
			if line = strings.TrimSpace(line); line != "" {
				all = append(all, varies.ReplaceAllString(line, "…"))
			}
		}
		return all
	}
	// Where a path has room depends on the system's temporary directory.
	words := func(all []string) string { return strings.Join(strings.Fields(strings.Join(all, " ")), " ") }
	if got, want := words(lines(stdout)), words(lines(strings.Join(shown, "\n"))); got != want {
		t.Errorf("docs/terminal.svg shows\n%s\nand the program\n%s\n(examples/picture draws it anew)", want, got)
	}
}
