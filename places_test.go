package rekey_test

import (
	"encoding/json"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/usage"
)

// A place is written as its usage and its policy beside the other fields, in each
// value that is about one, and read back from there.
func TestPlacesInJSON(t *testing.T) {
	t.Parallel()
	p := usage.Place{Use: "ipsec", Policy: "HQ"}
	for name, c := range map[string]struct {
		value, back any
		policy      any // as written; nil: it is not
	}{
		"change":           {rekey.Change{Place: p}, &rekey.Change{}, "HQ"},
		"no policy":        {rekey.Change{Place: usage.Place{Use: "ipsec"}}, &rekey.Change{}, nil},
		"kept":             {rekey.Kept{Place: p}, &rekey.Kept{}, "HQ"},
		"unfinished":       {rekey.Unfinished{Place: p}, &rekey.Unfinished{}, "HQ"},
		"distribution":     {rekey.Distribution{Place: p}, &rekey.Distribution{}, "HQ"},
		"task":             {rekey.Task{Place: p}, &rekey.Task{}, "HQ"},
		"usage":            {rekey.UsageReport{Place: p}, &rekey.UsageReport{}, "HQ"},
		"usage, no policy": {rekey.UsageReport{Place: usage.Place{Use: "ipsec"}}, &rekey.UsageReport{}, ""},
	} {
		data, err := json.Marshal(c.value)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(data, &fields); err != nil {
			t.Fatal(err)
		}
		if fields["usage"] != "ipsec" || fields["policy"] != c.policy {
			t.Errorf("%s: %s", name, data)
		}
		if err := json.Unmarshal(data, c.back); err != nil {
			t.Fatal(err)
		}
		if again, _ := json.Marshal(c.back); string(again) != string(data) {
			t.Errorf("%s: %s was read as %s", name, data, again)
		}
	}
}
