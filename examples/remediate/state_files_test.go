package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/revocation"
)

// The state directory holds what docs/state-directory.md says, and nothing else,
// for the owner alone.
func TestStateDirectoryIsAsDocumented(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	page, err := os.ReadFile("../../docs/state-directory.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tree, _ := strings.Cut(string(page), "```\n")
	tree, _, _ = strings.Cut(tree, "```")
	documented := map[string]*regexp.Regexp{}
	for line := range strings.Lines(tree) {
		name := strings.Fields(line)[0]
		pattern := regexp.MustCompile(`<[a-z]+>|\\\*`).ReplaceAllString(regexp.QuoteMeta(name), `[\w.-]+`)
		documented[name] = regexp.MustCompile("^" + pattern + "$")
	}
	dir := stateDir(t)
	dev := device(t, quick(simdevice.Config{Seed: 12}))
	flags := flagsOf(t, dev, dir)
	wrong := invocation{args: flags, env: map[string]string{"DEVICE_PASSWORD": "not this one"}}.run(t)
	wrong.want(t, exitLogin)
	invocation{args: flags}.run(t).want(t, exitDone)

	store, err := revocation.OpenStore(filepath.Join(dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for e, err := range store.All() {
		if err != nil || e.Device.Serial != "" { // nobody has published where it is shown
			t.Errorf("%q, %v", e.Device.Serial, err)
		}
	}

	seen := map[string]bool{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[d.IsDir()]; err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		if d.IsDir() {
			return nil
		}
		name, err := filepath.Rel(dir, path)
		known := false
		for pattern, r := range documented {
			if r.MatchString(filepath.ToSlash(name)) {
				known, seen[pattern] = true, true
			}
		}
		if !known {
			t.Errorf("docs/state-directory.md does not speak of %s", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// Tables are written when they are asked for.
	for _, other := range []string{"evidence/revocation.csv", "evidence/crl-numbers-<random>.json"} {
		if documented[other] == nil || seen[other] {
			t.Errorf("%s: documented %t, written %t", other, documented[other] != nil, seen[other])
		}
	}
	for _, want := range []string{"evidence/<host>-<hash>/<key>-<hash>.json", "evidence/<host>-<hash>/<key>-<hash>.cer", "evidence/<host>-<hash>/<key>-<hash>.pem",
		"devices/<host>-<hash>/pin.json", "devices/<host>-<hash>/journal.jsonl", "devices/<host>-<hash>/refused-*.json", "reports/<host>-<time>.txt"} {
		if !seen[want] {
			t.Errorf("there is no %s", want)
		}
	}
}
