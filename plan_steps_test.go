package rekey_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
)

// A plan in another form is refused, and a newer one by its version, before the
// device is asked.
func TestPlanVersion(t *testing.T) {
	t.Parallel()
	p, err := everything("t", "", "", "", "").Plan(stored(trusted))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit map[string]any
		want string
	}{
		"newer":        {map[string]any{"version": 99}, "version 99"},
		"older":        {map[string]any{"version": nil}, "another version"},
		"with turns":   {map[string]any{"version": nil, "steps": nil, "turns": []any{}}, "another version"},
		"unknown step": {map[string]any{"steps": []any{map[string]any{"row": "dance"}}}, "edited"},
	} {
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(data, &fields); err != nil {
			t.Fatal(err)
		}
		for key, v := range c.edit {
			fields[key] = v
		}
		if data, err = json.Marshal(fields); err != nil {
			t.Fatal(err)
		}
		var other rekey.Plan
		if err := json.Unmarshal(data, &other); err != nil {
			t.Fatal(err)
		}
		if _, err := rekey.Apply(t.Context(), rekey.Device{URL: "https://127.0.0.1:1/"}, &other, stored(trusted)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the plan shows is its list of steps: evidence before all else, each key
// before its choice, the restart before the proofs, and deletions at the end.
func TestStepsInOrder(t *testing.T) {
	t.Parallel()
	p, err := everything("t", "x", "", "", "s").Plan(stored(distributed))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, s := range p.Steps {
		rows = append(rows, s.Row)
	}
	const want = "W-4 W-4 W-4 G-1 G-1 W-2 W-2 R-1 R-4 R-5 C-1 C-4 E-1 D-1 D-1 W-2 E-1 R-2 R-5 C-2 D-1"
	if got := strings.Join(rows, " "); got != want {
		t.Errorf("%s, want %s\n%s", got, want, p)
	}
	if text := p.String(); strings.Count(text, "restart the device") != p.Restarts || strings.Count(text, "(Distribute)") != 2 || strings.Count(text, "bind key") != 3 {
		t.Errorf("%s", text)
	}
}
