package state_test

import (
	"testing"

	"github.com/rekey-go/rekey/internal/state"
)

// A key is gone if its deletion is the last word on its name.
func TestGone(t *testing.T) {
	t.Parallel()
	replaced := func(spki string) state.Record {
		return state.Record{Event: state.IntentGenerate, Usage: "tls", OldKey: "k", OldSPKI: spki, NewKey: "rk"}
	}
	intent, deleted := state.Record{Event: state.IntentDelete, OldKey: "k"}, state.Record{Event: state.Deleted, OldKey: "k"}
	for name, tc := range map[string]struct {
		records []state.Record
		want    bool
	}{
		"nothing":                  {nil, false},
		"meant":                    {[]state.Record{intent}, false},
		"deleted":                  {[]state.Record{intent, deleted}, true},
		"another":                  {[]state.Record{{Event: state.Deleted, OldKey: "l"}}, false},
		"deleted, and meant again": {[]state.Record{intent, deleted, intent}, false},
		"deleted, and bound again": {[]state.Record{intent, deleted, {Event: state.IntentBind, NewKey: "k"}}, false},
		"of that public key":       {[]state.Record{replaced("AB"), intent, deleted}, true},
		"of another public key":    {[]state.Record{replaced("cd"), intent, deleted}, false},
		"of both":                  {[]state.Record{replaced("cd"), deleted, replaced("ab"), deleted}, true},
		"of an unknown public key": {[]state.Record{replaced(""), deleted}, true},
	} {
		d, err := state.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		release, err := d.Lock(t.Context(), "mfp")
		if err != nil {
			t.Fatal(err)
		}
		j, err := d.Journal("mfp")
		for _, r := range tc.records {
			if err == nil {
				err = j.Append(r)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if gone, err := j.Gone("k", "ab"); gone != tc.want || err != nil {
			t.Errorf("%s: %v, %v", name, gone, err)
		}
		release()
		d.Close()
	}
}
