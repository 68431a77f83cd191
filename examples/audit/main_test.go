package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/report"
	"github.com/rekey-go/rekey/internal/fleettest"
)

func ran(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, &out, &errs, nil)
	return code, out.String(), errs.String()
}

// What an auditor has in hand: a log, a report, and a head that he kept.
func TestAudit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	k, err := audit.CreateKey(at("key"), "rekey.test")
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(at("audit.jsonl"), k)
	if err != nil {
		t.Fatal(err)
	}
	f := fleettest.Fleet(1)
	f.AuditKey = k
	err = errors.Join(log.Append(map[string]any{"kind": "result"}), f.WriteDir(context.Background(), at("report")))
	manifest, readErr := os.ReadFile(filepath.Join(at("report"), report.Manifest))
	err = errors.Join(err, readErr, log.Append(map[string]any{"manifestSHA256": fmt.Sprintf("%x", sha256.Sum256(manifest))}), log.Close())
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(at(name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	write := func(name string, b []byte) {
		if err := os.WriteFile(at(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("kept", read("audit.jsonl.head"))
	all := []string{"-key", at("key.pub"), "-head", at("kept"), at("audit.jsonl"), at("report"), filepath.Join(at("report"), "evidence.zip")}
	for lang, want := range map[string]string{"zh-TW": "與寫入時相同", "ja": "書かれたまま"} {
		if _, out, _ := ran(append([]string{"-task-lang", lang}, all...)...); strings.Count(out, want) != 3 || strings.Contains(out, "lines") {
			t.Errorf("%s:\n%s", lang, out)
		}
	}
	code, out, errs := ran(append([]string{"-json"}, all...)...)
	var object struct {
		Files []result
		Exit  rekey.Exit
	}
	if err := json.Unmarshal([]byte(out), &object); err != nil || code != 0 || len(object.Files) != 3 || !object.Files[2].Written || object.Files[2].Signed != "rekey.test" || object.Exit != rekey.ExitOf(nil) {
		t.Errorf("%v\n%s%s", err, out, errs)
	}
	code, out, errs = ran(all...)
	if code != 0 || errs != "" || strings.Count(out, "as written") != 3 || !strings.Contains(out, "3 lines, 1 result of devices, signed by rekey.test") {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
	if code, out, errs := ran("-key", k.Verifier().String(), at("audit.jsonl")); code != 0 {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
	was := read("audit.jsonl")
	changed := bytes.Clone(was)
	changed[bytes.IndexByte(was, '\n')+20] ^= 1
	write("audit.jsonl", changed)
	if code, out, _ := ran(all...); code != exitChanged || !strings.Contains(out, "CHANGED  "+at("audit.jsonl")+": line 2 ") {
		t.Errorf("%d\n%s", code, out)
	}
	if code, out, _ := ran(append([]string{"-json"}, all...)...); code != exitChanged || !strings.Contains(out, `"as_written":false,"error":"line 2 `) || !strings.HasSuffix(out, `"exit":{"code":1,"class":"changed","retry":"no"}}`+"\n") {
		t.Errorf("%d\n%s", code, out)
	}
	// Another log of the same key, in order by itself.
	if err := errors.Join(os.Remove(at("audit.jsonl")), os.Remove(at("audit.jsonl.head"))); err != nil {
		t.Fatal(err)
	}
	log, err = audit.Open(at("audit.jsonl"), k)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(log.Append(1), log.Close()); err != nil {
		t.Fatal(err)
	}
	code, out, _ = ran("-key", at("key.pub"), at("audit.jsonl"), at("report"))
	if code != exitChanged || !strings.Contains(out, "the log does not know it") {
		t.Errorf("%d\n%s", code, out)
	}
	if code, out, _ := ran("-key", at("key.pub"), "-head", at("kept"), at("audit.jsonl")); code != exitChanged || !strings.Contains(out, "3 lines") {
		t.Errorf("%d\n%s", code, out)
	}
	write("report/report.json", nil)
	if code, out, _ := ran("-key", at("key.pub"), at("report")); code != exitChanged || !strings.Contains(out, "report.json: it is not as it was written") {
		t.Errorf("%d\n%s", code, out)
	}
}

func TestAuditWrongCalls(t *testing.T) {
	t.Parallel()
	k, err := audit.NewKey("k")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {"-key", "absent", "x"}, {"-key", k.Verifier().String()}, {"usage.txt"}, {"-key", k.Verifier().String(), "absent"}, {"-key", k.Verifier().String(), "-head", "absent", "usage.txt"}} {
		if code, out, errs := ran(args...); code != exitUsage || out != "" || !strings.HasPrefix(errs, "audit: ") {
			t.Errorf("%q: %d, %q, %q", args, code, out, errs)
		}
	}
}

// docs/exit-codes.md says how the program ends.
func TestExitCodesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/exit-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	e := changedExit
	if row := fmt.Sprintf("| `audit` | %d | `%s` | %s |", e.Code, e.Class, e.Retry); !strings.Contains(string(page), row) {
		t.Errorf("no %s", row)
	}
}
