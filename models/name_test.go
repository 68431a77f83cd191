package models_test

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey/models"
)

func TestM3_Spellings(t *testing.T) {
	t.Parallel()
	for spelling, want := range map[string]string{
		// Families, with and without DX, Lite and the maker's name.
		"iR-ADV C5560":                      "iR-ADV C5560",
		"Canon iR-ADV C5560":                "iR-ADV C5560",
		"iR ADV C5560":                      "iR-ADV C5560",
		"IRADV C5560":                       "iR-ADV C5560",
		"imageRUNNER ADVANCE C5560":         "iR-ADV C5560",
		"Canon imageRUNNER® ADVANCE C5560i": "iR-ADV C5560",
		"imageRUNNER ADVANCE DX C5760i":     "iR-ADV C5760",
		"iR-ADV DX 6870i":                   "iR-ADV 6870",
		"imageRUNNER ADVANCE DX C5560i III": "iR-ADV C5560 III",
		"imagePRESS C165":                   "iPR C165",
		"imagePRESS Lite C170":              "iPR C170",
		"iPR C170":                          "iPR C170",
		"iPR Lite C165":                     "iPR C165",
		"iR2425":                            "iR2425",
		"iR 2425":                           "iR2425",
		"imageRUNNER 2425":                  "iR2425",
		"imageRUNNER 2425i":                 "iR2425",
		"imageRUNNER C3226i":                "iR C3226",
		"iRC3226":                           "iR C3226",
		"Image Runner Advance C5560 III":    "iR-ADV C5560 III",
		"image runner advance dx c5760i":    "iR-ADV C5760",
		"imageRUNNER ADV C5560 III":         "iR-ADV C5560 III",
		"Image Runner 2425":                 "iR2425",
		"Image Press C165":                  "iPR C165",
		"iR-ADV C5560-III":                  "iR-ADV C5560 III",
		"iR-ADV C5560i-III":                 "iR-ADV C5560 III",
		"IR-ADV C5560-III":                  "iR-ADV C5560 III",
		"ｉＲ－ＡＤＶ　Ｃ５５６０　ＩＩＩ": "iR-ADV C5560 III",
		"iR-ADV C5560-II":     "",
		"iR-ADV C5560-":       "",
		"iR-ADV C5560 III /P": "", // what it means for the firmware nobody has said
		"iR-ADV C5560/P":      "",
		"iR-ADV-C5560-III-x":  "",
		// Generations.
		"iR-ADV C5560 III":    "iR-ADV C5560 III",
		"iR-ADV C5560 Ⅲ":      "iR-ADV C5560 III",
		"iR-ADV C5560i Ⅲ":     "iR-ADV C5560 III",
		"iR-ADV C5560i III":   "iR-ADV C5560 III",
		"iR-ADV C5560iIII":    "iR-ADV C5560 III",
		"iR-ADV C5560III":     "iR-ADV C5560 III",
		"IR-ADV C5560 III":    "iR-ADV C5560 III",
		"IR-ADV C5560I III":   "iR-ADV C5560 III",
		"ir-adv c5560 iii":    "iR-ADV C5560 III",
		"ir-adv c5560i iii":   "iR-ADV C5560 III",
		"iR-ADV C356iF III":   "iR-ADV C356 III",
		"iR-ADV 8595 PRO III": "iR-ADV 8595 III",
		"iR-ADV C5560 II":     "",
		"iR-ADV C5560i II":    "",
		"iR-ADV C5560 Ⅱ":      "",
		"iR-ADV C5560iII":     "",
		"iR-ADV C5560 iII":    "",
		"IR-ADV C5560III":     "", // i + II or III?
		"ir-adv c5560iii":     "",
		"iR-ADV C5560iii":     "",
		"iR-ADV C5560 IV":     "",
		"iR-ADV C5560 I I I":  "",
		"iR-ADV C5560 3":      "",
		"iR-ADV C5560i 3rd":   "",
		"iR-ADV 6555 III":     "",
		"iR-ADV C475":         "",
		"iR-ADV C256 III":     "",
		// Variants.
		"iR-ADV 8705B":      "iR-ADV 8705B",
		"iR-ADV 8705":       "iR-ADV 8705",
		"ir-adv 8705b":      "iR-ADV 8705B",
		"iR-ADV 8505B III":  "iR-ADV 8505B III",
		"iR-ADV 8505Bi III": "iR-ADV 8505B III",
		"iR-ADV 8505B":      "",
		"iR-ADV C5560B":     "",
		// Suffixes: a closed list.
		"iR-ADV C355i":        "iR-ADV C355",
		"iR-ADV C355iF":       "iR-ADV C355",
		"iR-ADV C355iFC":      "iR-ADV C355",
		"iR-ADV C5560F":       "iR-ADV C5560",
		"iR-ADV 525iZ III":    "iR-ADV 525 III",
		"iR-ADV 8595 PRO":     "iR-ADV 8595",
		"iR-ADV 8595PRO":      "iR-ADV 8595",
		"iR-ADV C355P":        "",
		"iR-ADV C355iFX":      "",
		"iR-ADV C5560i i":     "",
		"iR-ADV C5560 V2":     "",
		"iR-ADV C5560 PS":     "",
		"iR-ADV C5560 UFR II": "",
		"iR-ADV C5560 (2)":    "",
		// Families are part of the name.
		"iR-ADV C3226":         "",
		"iR C5560":             "",
		"iR-ADV 2425":          "",
		"iR C2425":             "",
		"iPR C5560":            "",
		"imagePRESS Lite 165":  "",
		"imageRUNNER DX C3226": "",
		"imageRUNNER ADVANCE":  "",
		"C5560":                "",
		"5560":                 "",
		"iR-ADV C55600":        "",
		"iR-ADV 05560":         "",
		// White space and width.
		"  iR-ADV   C5560\t III\r\n": "iR-ADV C5560 III",
		"ｉＲ－ＡＤＶ　Ｃ５５６０　Ⅲ":             "iR-ADV C5560 III",
		"iR\u2010ADV\u00a0C5560":     "iR-ADV C5560",
		"iR-ADV-C5560":               "iR-ADV C5560",
		// Hostile input.
		"":                             "",
		" ":                            "",
		"iR-ADV C5560\x00":             "",
		"iR-ADV\x1b[31m C5560":         "",
		"iR-ADV C55\u200b60":           "",
		"iR-ADV C5560 \xff":            "",
		"\xffiR-ADV C5560":             "",
		strings.Repeat("iR-ADV ", 1e5): "",
		"iR-ADV C5560" + strings.Repeat(" ", 1<<20): "",
		"iR-ADV C" + strings.Repeat("5", 1<<20):     "",
		strings.Repeat("\u0300", 1<<19):             "",
	} {
		row, ok := models.Match(spelling)
		if row.Name != want || ok != (want != "") {
			t.Errorf("%.60q: got %q, %t; want %q", spelling, row.Name, ok, want)
		}
	}
}

func TestM1_LooksLikeModel(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"iR-ADV C5560 III":              true,
		"iR-ADV C5560 II":               true,
		"iR-ADV C5560 / Office 3":       true,
		"imageRUNNER ADVANCE DX C3922i": true,
		"iR1643i II":                    true,
		"imageFORCE C7165":              true,
		"imagePRESS V1000":              true,
		"LBP712Cdn":                     true,
		"MF654Cdw":                      true,
		"Canon imagePROGRAF PRO-4100":   true,
		"":                              false,
		"Remote UI":                     false,
		"設定/註冊":                         false,
		"17.44":                         false,
		"Canon":                         false,
		"IR":                            false,
		"iR 1":                          false,
		"iris 2000":                     false,
		"the iR-ADV C5560":              false,
		"iR-ADV C5560\x00":              false,
		"iR-ADV C5560" + strings.Repeat("x", 1<<20): false,
	} {
		if got := models.LooksLikeModel(text); got != want {
			t.Errorf("%.60q: %t, want %t", text, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"iR-ADV C5560 III", "imageRUNNER ADVANCE DX C5760iF", "iPR Lite C165", "iR2425", "ｉＲ　２４２５", "iR-ADV 8705B PRO", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		row, ok := models.Match(text)
		if !ok {
			if row != (models.Row{}) {
				t.Errorf("%q: not matched, but a row: %+v", text, row)
			}
			return
		}
		if !models.LooksLikeModel(text) {
			t.Errorf("%q is %s and does not look like a model", text, row.Name)
		}
		if again, ok := models.Match("Canon " + row.Name + " "); !ok || again != row {
			t.Errorf("%q: its row's name %q matches %+v", text, row.Name, again)
		}
		a, err := models.Assess(text, row.To.String())
		if err != nil || a.Verdict != models.Vulnerable {
			t.Errorf("%q: %+v, %v", text, a, err)
		}
	})
}
