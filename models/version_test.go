package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/corpus"
	"github.com/rekey-go/rekey/models"
)

func TestM2_VersionsCompareAsNumbers(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("9", 100)
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"17.32", "17.32", 0},
		{"03.11", "3.11", 0},
		{"3.011", "03.11", 0},
		{"3.9", "3.11", -1},
		{"17.32", "17.32.0", 0},
		{"17.32", "17.32.1", -1},
		{"17.32.0.0.0.1", "17.32", 1},
		{"17", "17.0", 0},
		{"130.0.117", "130.0.12", 1},
		{"130.0.117", "131", -1},
		{"0", "0.0", 0},
		{huge, "1" + huge, -1},
		{"1." + huge, "1." + huge, 0},
		{"1.000" + huge, "1." + huge, 0},
		{"18446744073709551617", "1", 1},
		{"Ver. 17.32", "V17.31", 1},
		{"v.37.31", "37.31", 0},
		{"Ｖ．３７．３１", "37.31", 0},
		{"version 1.2", "１．２", 0},
		{" 1.2\r\n", "1.2", 0},
	} {
		a, errA := models.ParseVersion(tc.a)
		b, errB := models.ParseVersion(tc.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got, back := a.Compare(b), b.Compare(a); got != tc.want || back != -tc.want {
			t.Errorf("%.30s against %.30s: %d and back %d, want %d", tc.a, tc.b, got, back, tc.want)
		}
	}
}

func TestParseVersionRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", ".", "1.", ".1", "1..2", "1,2", "-1.2", "+1", "1.2a", "a", "1 .2", "1. 2", "0x1", "1e3", "٣.١",
		"1.2\x00", "\x1b1.2", "1.2\u200b", "\xff", "17.32 27.30", "17.32-27.30",
		strings.Repeat("1", 257), strings.Repeat("1.", 1<<19) + "1", strings.Repeat(" ", 1<<20) + "1",
	} {
		v, err := models.ParseVersion(text)
		if _, ok := errors.AsType[*models.VersionError](err); !ok || !v.IsZero() {
			t.Errorf("%.30q: got %v, %v; want a VersionError", text, v, err)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("%.30q: the error repeats the whole input", text)
		}
	}
}

func TestVersionText(t *testing.T) {
	t.Parallel()
	v, err := models.ParseVersion("Ver. 03.11")
	if err != nil || v.String() != "03.11" {
		t.Fatalf("%v, %v", v, err)
	}
	text, err := v.MarshalText()
	var back models.Version
	if err != nil || back.UnmarshalText(text) != nil || back != v {
		t.Errorf("%q, %v reads back as %v", text, err, back)
	}
	if err := back.UnmarshalText(nil); err != nil || !back.IsZero() {
		t.Errorf("empty text: %v, %v", back, err)
	}
	if err := back.UnmarshalText([]byte("x")); err == nil {
		t.Error("no version was read as one")
	}
	zero, err := models.ParseVersion("0")
	if err != nil || (models.Version{}).Compare(zero) != 0 {
		t.Error("the zero value does not compare like 0")
	}
}

func FuzzParseVersion(f *testing.F) {
	for _, seed := range []string{"17.32", "130.0.117", "03.11", "Ver.1", "１．２", strings.Repeat("9", 99), "1..2", "\x00"} {
		f.Add(seed, "17.32")
	}
	for _, c := range corpus.Read(f, versionsTable) {
		f.Add(string(c.Data), "17.32")
	}
	f.Fuzz(func(t *testing.T, s, other string) {
		v, err := models.ParseVersion(s)
		if err != nil {
			return
		}
		again, err := models.ParseVersion(v.String())
		if err != nil || again != v || v.Compare(again) != 0 {
			t.Errorf("%q reads as %q, and that as %q, %v", s, v, again, err)
		}
		w, err := models.ParseVersion(other)
		if err == nil && v.Compare(w) != -w.Compare(v) {
			t.Errorf("%q and %q compare differently either way round", v, w)
		}
	})
}

func ExampleVersion_Compare() {
	old, _ := models.ParseVersion("03.9")
	current, _ := models.ParseVersion("3.11")
	fmt.Println(old.Compare(current), current)
	// Output: -1 3.11
}
