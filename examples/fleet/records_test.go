package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/events"
	"github.com/rekey-go/rekey/fleet/report"
)

// What is kept of a run on a device and one that is off fits together, and can be
// verified.
func TestFleetRecords(t *testing.T) {
	t.Parallel()
	f := newFrame(t, 0)
	at := f.at
	code, out, errs := fleet(t, "-inventory", at("list.csv"), "-run", "-yes", "-state-dir", at("state"), "-report", at("report"), "-change", "CHG1",
		"-audit", at("audit.jsonl"), "-audit-key", at("key"), "-events", at("events.jsonl"), "-metrics", at("rekey.prom"))
	if code != 9 || strings.Contains(errs, "not recorded") {
		t.Fatalf("%d\n%s%s", code, out, errs)
	}
	key, err := audit.LoadVerifier(at("key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := report.Verify(at("report"), key); err != nil || n < 10 {
		t.Errorf("%d files: %v", n, err)
	}
	var entries []auditEntry
	head, err := os.ReadFile(filepath.Join(at("report"), "audit.head"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = audit.VerifyFile(at("audit.jsonl"), key, [][]byte{head}, func(_ int, value json.RawMessage) error {
		var e auditEntry
		err := json.Unmarshal(value, &e)
		entries = append(entries, e)
		return err
	})
	if err != nil || len(entries) != 4 || entries[0].Kind != events.KindBegin || entries[3].Kind != events.KindReport {
		t.Fatalf("%v, %+v", err, entries)
	}
	// The log names what was written by its hash.
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte(f.text))); entries[0].Inventory != want {
		t.Errorf("the list is %q", entries[0].Inventory)
	}
	z, err := zip.OpenReader(filepath.Join(at("report"), "evidence.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	known := []string{entries[1].Report, entries[2].Report}
	kinds := map[string]int{}
	for _, f := range z.File {
		content, err := fs.ReadFile(z, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		kinds[strings.TrimLeft(filepath.Base(f.Name), "-0123456789")]++
		if strings.HasSuffix(f.Name, "report.json") && !slices.Contains(known, fmt.Sprintf("%x", sha256.Sum256(content))) {
			t.Errorf("the log does not know %s", f.Name)
		}
	}
	if kinds["report.json"] != 2 || kinds["evidence-1.json"] != 1 || kinds["proof-1.sig"] != 1 || kinds["proof-1.pem"] != 1 {
		t.Errorf("%v", kinds)
	}
	page, err := os.ReadFile(filepath.Join(at("report"), "report.en.html"))
	if err != nil || !bytes.Contains(page, []byte("=First floor")) || !bytes.Contains(page, []byte("CHG1")) || !bytes.Contains(page, []byte("proof attached")) || !bytes.Contains(page, []byte("unreachable")) {
		t.Errorf("%v\n%s", err, page)
	}
	// Tasks read as the page does, whatever the language of the run.
	for l, want := range map[string]string{"zh-TW": "桌面支援團隊", "ja": "本機の新しい TLS 証明書を、信頼済みの証明書として登録してください。", "en": "Desktop team"} {
		page, err := os.ReadFile(filepath.Join(at("report"), "report."+l+".html"))
		if err != nil || !bytes.Contains(page, []byte(want)) {
			t.Errorf("%s: %v", l, err)
		}
	}
	lines, err := os.ReadFile(at("events.jsonl"))
	if err != nil || !bytes.Contains(lines, []byte(`"kind":"end","fields":{"devices":2}`)) || !bytes.Contains(lines, []byte(`"row":"D-1"`)) {
		t.Errorf("%v\n%s", err, lines)
	}
	numbers, err := os.ReadFile(at("rekey.prom"))
	if err != nil || !bytes.Contains(numbers, []byte("\nrekey_devices_total{outcome=\"done\"} 1\n")) || !bytes.Contains(numbers, []byte("\nrekey_fleet_devices 2\n")) {
		t.Errorf("%v\n%s", err, numbers)
	}
	for name, b := range map[string][]byte{"events": lines, "page": page} {
		if bytes.Contains(b, []byte("7654321")) {
			t.Errorf("%s has the password", name)
		}
	}
}

// What cannot be written is told, before a device is contacted or at the end.
func TestFleetRecordsFail(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	list := filepath.Join(dir, "list.csv")
	if err := os.WriteFile(list, []byte("address\n127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-report", dir}, {"-audit", filepath.Join(dir, "a")}, {"-events", filepath.Join(dir, "absent", "e")},
		{"-audit", filepath.Join(dir, "a"), "-audit-key", list}, {"-metrics", filepath.Join(dir, "absent", "m")},
	} {
		code, out, errs := fleet(t, append([]string{"-inventory", list}, args...)...)
		if code != exitUsage || out != "" || errs == "" {
			t.Errorf("%q: %d, %q, %q", args, code, out, errs)
		}
	}
}
