package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rekey-go/rekey/revocation"
)

// Records of devices, and ones that somebody tampered with, say nothing to a
// terminal, neither as text nor as JSON.
func TestTerminalEscapes(t *testing.T) {
	t.Parallel()
	const evil = "\x1b]0;owned\x07\x1b[2J\u202e\u009b31m\u200b\r"
	dir := t.TempDir()
	store, err := revocation.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	e := revocation.Evidence{Device: revocation.Device{URL: "https://192.0.2.7/", Model: evil}, Key: "key" + evil, Source: revocation.SourceDetails, TakenAt: time.Now(),
		Fields: []revocation.Field{{Label: "Serial Number", Value: evil}}}
	if _, err := store.Put(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	store.Close()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	for name, damage := range map[string]func(string) string{
		"as it is": func(s string) string { return s },
		"no JSON":  func(s string) string { return s + evil },
		"field":    func(s string) string { return strings.Replace(s, `"source"`, `"source\u001b[31m"`, 1) },
	} {
		good, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(files[0], []byte(damage(string(good))), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"-dir", dir}, {"-dir", dir, "-json"}} {
			var stdout, stderr strings.Builder
			run(context.Background(), args, &stdout, &stderr, func(string) (string, bool) { return "", false })
			for _, text := range []string{stdout.String(), stderr.String()} {
				if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }) {
					t.Errorf("%s %v: %q", name, args, text)
				}
			}
			if len(args) == 3 && !json.Valid([]byte(stdout.String())) {
				t.Errorf("%s: %q is no JSON", name, stdout.String())
			}
			if len(args) == 2 && stdout.Len()+stderr.Len() == 0 {
				t.Errorf("%s: it said nothing", name)
			}
		}
		if err := os.WriteFile(files[0], good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
