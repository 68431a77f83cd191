package remoteui

import (
	"os"
	"strings"
	"testing"
)

// docs/login-forms.md has each published kind of login form with its fields.
func TestLoginFormsAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/login-forms.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range loginKinds {
		marks := "`" + strings.Join(k.marks, "`, `") + "`"
		if !strings.Contains(string(page), "| "+k.name+" | "+marks+" |") || !strings.Contains(string(page), k.secret) || !strings.Contains(string(page), k.user) || !strings.Contains(string(page), k.action) {
			t.Errorf("no row for %s with %s", k.name, marks)
		}
	}
}
