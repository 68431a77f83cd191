package deviceinfo

import (
	"strings"
	"testing"
)

// What a spreadsheet or a person makes of a serial number is still that; another
// number never is.
func TestSameSerial(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"XYZ01234", "XYZ01234", true}, {"XYZ01234", "xyz01234", true}, {"XYZ01234", " XYZ-01 234\u00a0", true}, {"XYZ01234", "ＸＹＺ０１２３４", true},
		{"00123456", "123456", true}, {"00123456", "0123456", true}, {"0000", "0", true}, {"12–34", "1234", true},
		{"XYZ01234", "XYZ1234", false}, {"XYZ01234", "01234", false}, {"XYZ01234", "XYZ01235", false}, {"0XYZ01234", "XYZ01234", false},
		{"123456", "1234560", false}, {"1", "0", false}, {"1.0", "10", false}, {"XYZO1234", "XYZ01234", false},
		{"QLA00255 (Main Unit)", "QLA00255", true}, {"QLA00255（本体）", "QLA00255", true}, {"QLA00255 [1]", "qla-00255", true}, {strings.Repeat("１", maxSerial), strings.Repeat("1", maxSerial), true},
		{"", "", false}, {"-", "-", false}, {"n/a", "N/A", false}, {"unknown", "unknown", false}, {"", "XYZ01234", false},
		{strings.Repeat("1", maxSerial+1), strings.Repeat("1", maxSerial+1), false},
	} {
		if SameSerial(tt.a, tt.b) != tt.same || SameSerial(tt.b, tt.a) != tt.same {
			t.Errorf("%q and %q: the same %v, want %v", tt.a, tt.b, !tt.same, tt.same)
		}
	}
}

// What is masked or decorated is not understood: it is no other device's number.
func TestNoSerial(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"****0255", "QLA00255*", "No. QLA00255", "S/N 0255", "QLA00255;QLA00256", "QLA00255 (Main", "(1)", "QLA…255", "ЦLA00255", "QLA00255 (1) 2", "..1", ""} {
		if key := SerialKey(text); key != "" {
			t.Errorf("%q: %q", text, key)
		}
	}
}
