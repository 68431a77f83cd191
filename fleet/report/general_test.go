package report_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey"
)

// Instructions for many devices name no single one, and are in the page's language.
func TestInstructionsAreForAll(t *testing.T) {
	t.Parallel()
	for l, want := range map[string]string{"en": "Compare the SHA-256 fingerprint before you accept the certificate.", "ja": "失効を申請", "zh-TW": "撤銷"} {
		var b bytes.Buffer
		if err := made(t).HTML(&b, l); err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(&b)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for n := range doc.Descendants() {
			if class, _ := attr(n, "class"); n.Data == "h4" || class == "text" {
				text := textOf(n)
				found = found || strings.Contains(text, want)
				if strings.Contains(text, "prn-") || strings.Contains(text, "A1:") || strings.Count(text, ":") > 20 || strings.Contains(text, "\n  ") {
					t.Errorf("%s: %q", l, text)
				}
			}
		}
		if !found {
			t.Errorf("%s: nothing says %q", l, want)
		}
	}
}

// Reasons are in the page's language, too, as far as they are known.
func TestReasonsAreTranslated(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := made(t).HTML(&b, "ja"); err != nil {
		t.Fatal(err)
	}
	if english := rekey.ErrUnfinished.Error(); strings.Contains(b.String(), english) {
		t.Errorf("%q", english)
	}
}
