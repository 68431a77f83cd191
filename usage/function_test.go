package usage_test

import (
	"testing"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// Each function has its row, and what tells it from the others is its own.
func TestFunctions(t *testing.T) {
	t.Parallel()
	own := map[string]bool{}
	remoteUI := 0
	for _, f := range usage.Functions() {
		if usage.Of(f.Use) != f || f.Title == "" || len(f.Pages()) == 0 {
			t.Errorf("%q: not found by its use, or without a title or pages: %+v", f.Use, f)
		}
		if (f.NeededRow == "") == (f.PeopleRow == "") || (f.NeededRow == "") != (f.DisableRow == "") || (f.Code == "") != (f.BindingRow == "") {
			t.Errorf("%q: its rows do not agree: %+v", f.Use, f)
		}
		for _, id := range []string{string(f.Use), f.Title, f.Code, f.NeededRow, f.BindingRow, f.DisableRow, f.PeopleRow} {
			if id != "" && own[id] {
				t.Errorf("%q: %q is another function's, too", f.Use, id)
			}
		}
		for _, id := range []string{string(f.Use), f.Title, f.Code, f.NeededRow, f.BindingRow, f.DisableRow, f.PeopleRow} {
			own[id] = true
		}
		for _, p := range f.Pages() {
			if own["page "+p.Name] || p.For == "" || len(p.Wants) == 0 {
				t.Errorf("%q: page %q: two of a name, or nothing is looked for there", f.Use, p.Name)
			}
			own["page "+p.Name] = true
		}
		if f.RemoteUI {
			remoteUI++
		}
	}
	if remoteUI != 1 {
		t.Errorf("%d functions have the Remote UI's key", remoteUI)
	}
	if f := usage.Of(keys.Use("fax")); f.Title != "fax" || f.BindingRow != "" || len(f.Pages()) != 0 {
		t.Errorf("an unknown use: %+v", f)
	}
}
