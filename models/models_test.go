package models_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/models"
)

// advisory is the table, typed from the advisory and not from the embedded
// text. // M-2
var advisory = []struct{ models, from, to string }{
	{"iR-ADV 4545,iR-ADV 4535,iR-ADV 4525,iR-ADV 715,iR-ADV 615,iR-ADV 525", "59.39", "67.30"},
	{"iR-ADV 6575,iR-ADV 6565,iR-ADV 6560,iR-ADV 6555,iR-ADV 8505,iR-ADV 8595,iR-ADV 8585", "59.39", "67.30"},
	{"iR-ADV C3530,iR-ADV C3520,iR-ADV C7580,iR-ADV C7570,iR-ADV C7565", "59.39", "67.30"},
	{"iR-ADV C5560,iR-ADV C5550,iR-ADV C5540,iR-ADV C5535", "59.39", "67.30"},
	{"iR-ADV C355,iR-ADV C255,iR-ADV C356,iR-ADV C256", "59.39", "67.30"},
	{"iR-ADV 4545 III,iR-ADV 4535 III,iR-ADV 4525 III,iR-ADV 715 III,iR-ADV 615 III,iR-ADV 525 III", "29.39", "37.30"},
	{"iR-ADV 6575 III,iR-ADV 6565 III,iR-ADV 6560 III,iR-ADV 8505 III,iR-ADV 8595 III,iR-ADV 8585 III", "29.39", "37.30"},
	{"iR-ADV 8505B III,iR-ADV 8595B III,iR-ADV 8585B III,iR-ADV C3530 III,iR-ADV C3520 III", "29.39", "37.30"},
	{"iR-ADV C7580 III,iR-ADV C7570 III,iR-ADV C7565 III,iR-ADV C356 III,iR-ADV C475 III", "29.39", "37.30"},
	{"iR-ADV C5560 III,iR-ADV C5550 III,iR-ADV C5540 III,iR-ADV C5535 III,iPR C165,iPR C170", "29.39", "37.30"},
	{"iR-ADV 4725,iR-ADV 4735,iR-ADV 4745,iR-ADV 8705,iR-ADV 8705B,iR-ADV 8795,iR-ADV 8795B", "17.44", "27.30"},
	{"iR-ADV 8786,iR-ADV 8786B,iR-ADV C3730,iR-ADV C3720,iR-ADV C7780,iR-ADV C7770,iR-ADV C7765", "17.44", "27.30"},
	{"iR-ADV C357,iR-ADV C477", "19.34", "27.30"},
	{"iR-ADV C5760,iR-ADV C5750,iR-ADV C5740,iR-ADV C5735", "19.40", "27.30"},
	{"iR-ADV 6765,iR-ADV 6780", "17.44", "27.33"},
	{"iR-ADV C5870,iR-ADV C5860,iR-ADV C5850,iR-ADV C5840", "03.11", "17.32"},
	{"iR-ADV 6860,iR-ADV 6870", "05.25", "17.32"},
	{"iR-ADV C3830,iR-ADV C3826,iR-ADV C3835", "06.28", "17.32"},
	{"iR-ADV C568", "04.13", "17.08"},
	{"iR C3226,iR C3222", "01.12", "02.13"},
	{"iR2425", "02.06", "05.00"},
	{"iR2635,iR2645,iR2630,iR2625", "130.0.117", "707.0.701"},
}

func TestM2_TableIsTheAdvisorys(t *testing.T) {
	t.Parallel()
	want := make(map[string]string)
	for _, group := range advisory {
		for name := range strings.SplitSeq(group.models, ",") {
			want[name] = group.from + " " + group.to
		}
	}
	for row := range models.All() {
		if got := row.From.String() + " " + row.To.String(); got != want[row.Name] {
			t.Errorf("%s: %s, want %q", row.Name, got, want[row.Name])
		}
		delete(want, row.Name)
		inferred := slices.Contains([]string{"iR-ADV C7780", "iR-ADV C7770", "iR-ADV C7765"}, row.Name)
		if (row.Source == models.Inferred) != inferred || !inferred && row.Source != models.Advisory {
			t.Errorf("%s: source %q", row.Name, row.Source)
		}
		if row.Line < 77 || row.Line > 93 {
			t.Errorf("%s: line %d is not in the table of the advisory", row.Name, row.Line)
		}
		if found, ok := models.Match(row.Name); !ok || found != row {
			t.Errorf("%s does not match itself: %v", row.Name, found)
		}
		if !models.LooksLikeModel(row.Name) {
			t.Errorf("%s does not look like a model", row.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

func TestAllStopsEarly(t *testing.T) {
	t.Parallel()
	count := 0
	for range models.All() {
		if count++; count == 3 {
			break
		}
	}
	if count != 3 {
		t.Errorf("%d rows", count)
	}
}

func TestM5_VerdictsAtTheBounds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		model, version string
		want           models.Verdict
	}{
		{"iR-ADV C5560", "59.38", models.Older},
		{"iR-ADV C5560", "59.39", models.Vulnerable},
		{"iR-ADV C5560", "60.1", models.Vulnerable},
		{"iR-ADV C5560", "67.30", models.Vulnerable},
		{"iR-ADV C5560", "67.31", models.Fixed},
		{"iR-ADV C5560", "68", models.Fixed},
		{"iR-ADV C5560 III", "59.39", models.Fixed}, // in range without the III
		{"iR-ADV C5860", "3.10", models.Older},
		{"iR-ADV C5860", "03.11", models.Vulnerable},
		{"iR-ADV C5860", "3.9", models.Older}, // numbers, not decimals
		{"iR-ADV C5860", "17.32.0", models.Vulnerable},
		{"iR-ADV C5860", "17.32.1", models.Fixed},
		{"iR2635", "130.0.116", models.Older},
		{"iR2635", "130.0.117", models.Vulnerable},
		{"iR2635", "707.0.701", models.Vulnerable},
		{"iR2635", "707.0.702", models.Fixed},
		{"iR2635", "99.9.999", models.Older},
		{"iR-ADV C7780", "17.43", models.UnknownRange}, // M-4
		{"iR-ADV C7780", "17.44", models.Vulnerable},   // M-4
		{"iR-ADV C7780", "27.30", models.Vulnerable},   // M-4
		{"iR-ADV C7780", "27.31", models.UnknownRange}, // M-4
		{"iR C3226", "02.14", models.Fixed},
		{"iR-ADV C3226", "01.50", models.Unlisted},
		{"imageFORCE C7165", "17.44", models.Unlisted},
		{"", "", models.Unlisted},
	} {
		a, err := models.Assess(tc.model, tc.version)
		if err != nil || a.Verdict != tc.want {
			t.Errorf("%s with %s: %v, %v; want %v", tc.model, tc.version, a.Verdict, err, tc.want)
		}
		if a.Reason == "" {
			t.Errorf("%s with %s: no reason", tc.model, tc.version)
		}
		if inferred := a.Row.Source == models.Inferred; inferred != strings.Contains(a.Reason, "inferred") {
			t.Errorf("%s with %s: the reason hides or invents an inference: %s", tc.model, tc.version, a.Reason)
		}
	}
}

func TestAssessVersionError(t *testing.T) {
	t.Parallel()
	a, err := models.Assess("iR-ADV C5560i III", "latest")
	bad, ok := errors.AsType[*models.VersionError](err)
	if !ok || bad.Text != "latest" {
		t.Fatalf("got %v, want a VersionError", err)
	}
	if a.Row.Name != "iR-ADV C5560 III" {
		t.Errorf("the row is lost: %+v", a.Row)
	}
	if a, err := models.Assess("LBP712Cdn", "latest"); err != nil || a.Verdict != models.Unlisted {
		t.Errorf("unlisted model: %v, %v; its version does not matter", a.Verdict, err)
	}
}

func TestM3_RelativesAreNamed(t *testing.T) {
	t.Parallel()
	for model, want := range map[string][]string{
		"iR-ADV C5560 II":          {"iR-ADV C5560", "iR-ADV C5560 III"},
		"iR-ADV C5560 UFR II":      {"iR-ADV C5560", "iR-ADV C5560 III"},
		"iR-ADV C3226":             {"iR C3226"},
		"iR-ADV 2425":              {"iR2425"},
		"iR-ADV 8585B":             {"iR-ADV 8585", "iR-ADV 8585 III", "iR-ADV 8585B III"},
		"iR-ADV 3530":              {"iR-ADV C3530", "iR-ADV C3530 III"},
		"the C568 in the cellar":   {"iR-ADV C568"},
		"iR-ADV C5765":             {"iR-ADV C5760", "iR-ADV C5750", "iR-ADV C5740", "iR-ADV C5735"},
		"iR-ADV C9280":             nil,
		"":                         nil,
		"HP LaserJet":              nil,
		strings.Repeat("C568", 99): nil,
	} {
		a, err := models.Assess(model, "1.0")
		if err != nil || a.Verdict != models.Unlisted || !slices.Equal(a.Relatives, want) {
			t.Errorf("%.40q: %v, %v, relatives %q; want %q", model, a.Verdict, err, a.Relatives, want)
		}
	}
}

func TestVerdictText(t *testing.T) {
	t.Parallel()
	for v, want := range map[models.Verdict]string{
		models.Unlisted: "unlisted", models.Vulnerable: "vulnerable", models.Fixed: "fixed",
		models.Older: "older", models.UnknownRange: "unknown-range",
	} {
		text, err := v.MarshalText()
		if err != nil || string(text) != want || v.String() != want {
			t.Errorf("%d: %q, %v, %q; want %q", v, text, err, v, want)
		}
		back := models.Verdict(99)
		if err := back.UnmarshalText(text); err != nil || back != v {
			t.Errorf("%q reads as %v, %v", text, back, err)
		}
	}
	if _, err := models.Verdict(5).MarshalText(); err == nil {
		t.Error("an undefined verdict was written")
	}
	var v models.Verdict
	if err := v.UnmarshalText([]byte("safe")); err == nil {
		t.Error("an undefined verdict was read")
	}
}

func TestAssessmentJSON(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]string{
		"iR2425": `{"verdict":"fixed","row":{"name":"iR2425","from":"02.06","to":"05.00","source":"A","line":92},"version":"05.01",`,
		"iR2426": `{"verdict":"unlisted","version":"05.01","relatives":["iR2425"],`,
	} {
		a, err := models.Assess(model, "05.01")
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(a)
		if err != nil || !strings.HasPrefix(string(data), want) {
			t.Errorf("%s, %v; want %s...", data, err, want)
		}
		var back models.Assessment
		if err := json.Unmarshal(data, &back); err != nil || back.Verdict != a.Verdict || back.Row != a.Row || back.Version != a.Version {
			t.Errorf("reads back as %+v, %v", back, err)
		}
	}
}

func ExampleAssess() {
	a, err := models.Assess("imageRUNNER ADVANCE C5560i III", "37.30")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Verdict)
	fmt.Println(a.Reason)

	a, _ = models.Assess("iR-ADV C5560 II", "37.30")
	fmt.Println(a.Verdict, a.Relatives)
	// Output:
	// vulnerable
	// iR-ADV C5560 III: firmware 29.39 to 37.30 makes weak keys, and the device runs 37.30. Update the firmware first: keys generated now would be weak again.
	// unlisted [iR-ADV C5560 iR-ADV C5560 III]
}

func ExampleMatch() {
	for _, name := range []string{"Canon iR-ADV C5560i", "imageRUNNER 2425i", "imagePRESS Lite C165", "iR-ADV C3226"} {
		row, ok := models.Match(name)
		fmt.Printf("%s: %q %t\n", name, row.Name, ok)
	}
	// Output:
	// Canon iR-ADV C5560i: "iR-ADV C5560" true
	// imageRUNNER 2425i: "iR2425" true
	// imagePRESS Lite C165: "iPR C165" true
	// iR-ADV C3226: "" false
}
