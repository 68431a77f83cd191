package report_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/report"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// exampleFleet is what became of two devices, as rekey.RemediateAll yields it: one
// that is done, and one that did not answer.
func exampleFleet() *report.Fleet {
	ended := time.Date(2026, 3, 2, 21, 4, 5, 0, time.UTC)
	done := &rekey.Report{
		Device: rekey.DeviceInfo{URL: "https://192.0.2.7/", Model: "iR-ADV C5560 III"},
		Usages: []rekey.UsageReport{{
			Place: usage.Place{Use: keys.UseTLS}, Affected: true, OldKey: rekey.KeyRef{Name: "old", Weak: keys.Proved},
			NewKey: rekey.KeyRef{Name: "new"}, Verified: true, Proof: rekey.ProofServed,
		}},
		Restarts: 1, Started: ended.Add(-time.Minute), Ended: ended, Exit: rekey.ExitOf(nil),
	}
	failed := &rekey.Report{Device: rekey.DeviceInfo{URL: "https://192.0.2.8/"}, Started: ended, Ended: ended, Error: "no answer"}
	f := &report.Fleet{Title: "Printers in Taipei", Change: "CHG0031337", Generated: ended}
	f.Devices = append(f.Devices, report.DeviceOf(done, nil), report.DeviceOf(failed, rekey.ErrUnfinished))
	f.Sort() // those first that somebody has to look at
	return f
}

// Everything in one directory, signed, and looked at again by whoever gets it.
func ExampleFleet_WriteDir() {
	dir, err := os.MkdirTemp("", "report")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	f := exampleFleet()
	if f.AuditKey, err = audit.NewKey("printers.example"); err != nil {
		log.Fatal(err)
	}
	if err := f.WriteDir(context.Background(), dir); err != nil {
		log.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range files {
		fmt.Println(file.Name())
	}
	_, err = report.Verify(dir, f.AuditKey.Verifier())
	fmt.Println("as it was written:", err == nil)

	os.WriteFile(filepath.Join(dir, "report.json"), []byte("{}"), 0o600)
	_, err = report.Verify(dir, f.AuditKey.Verifier())
	fmt.Println(err)
	// Output:
	// MANIFEST.txt
	// defectdojo.csv
	// defectdojo.json
	// evidence.zip
	// report.en.html
	// report.ja.html
	// report.json
	// report.zh-TW.html
	// servicenow.csv
	// as it was written: true
	// report.json: it is not as it was written
}

// The page for the auditor, in each language.
func ExampleFleet_HTML() {
	for _, language := range report.Languages() {
		var page strings.Builder
		if err := exampleFleet().HTML(&page, language); err != nil {
			log.Fatal(err)
		}
		fmt.Println(language, strings.Contains(page.String(), "Printers in Taipei"))
	}
	// Output:
	// zh-TW true
	// en true
	// ja true
}

// A row for each usage that has, or had, a key to be replaced.
func ExampleFleet_ServiceNow() {
	var table strings.Builder
	if err := exampleFleet().ServiceNow(&table); err != nil {
		log.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(table.String())).ReadAll()
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range rows {
		fmt.Printf("%q %q %q\n", row[4], row[6], row[12])
	}
	// Output:
	// "IP Address" "Vulnerability ID" "State"
	// "192.0.2.7" "CVE-2022-26320" "fixed"
}
