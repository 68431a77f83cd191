package remoteui

import "testing"

// A page that was made a second later says nothing by that; any other number may
// be what it says.
func TestTimeless(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Last Updated： 2026/11/29 22:39:34", " Last Updated： 2026/11/29 22:39:35\n", true},
		{"Last Updated: 11/29 2026 09:59 PM", "Last Updated: 11/29 2026 10:00 PM", true},
		{"最終更新日時: 2026年11月29日 22時39分34秒", "最終更新日時: 2026年11月30日 0時0分1秒", true},
		{"更新: 29-11-2026 22.39.34", "更新: 29-11-2026 22.39.35", true},
		{"", " ", true},
		{"Cannot register 3 keys.", "Cannot register 4 keys.", false},
		{"Error 22:39", "22:39", false},
		{"Last Updated： 2026/11/29 22:39:34", "Last Updated： 2026/11/29 22:39:34 Memory is full.", false},
	} {
		if same := timeless(c.a) == timeless(c.b); same != c.same {
			t.Errorf("%q and %q: same %t, want %t", c.a, c.b, same, c.same)
		}
	}
}
