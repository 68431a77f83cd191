package state_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/usage"
)

// intent opens the chain of a key for usage tls.
func intent(newKey, oldKey string) state.Record { return intentFor("tls", newKey, oldKey) }

func intentFor(usage, newKey, oldKey string) state.Record {
	return state.Record{
		Event: state.IntentGenerate, Usage: usage, NewKey: newKey,
		OldKey: oldKey, OldSPKI: "spki-" + oldKey, OldFingerprint: "fp-" + oldKey, Data: json.RawMessage(`"spec-` + newKey + `"`),
	}
}

func on(e state.Event, newKey string) state.Record { return state.Record{Event: e, NewKey: newKey} }
func deleted(oldKey string) state.Record           { return state.Record{Event: state.Deleted, OldKey: oldKey} }

func TestUnfinished(t *testing.T) {
	t.Parallel()
	restarted := state.Record{Event: state.Restarted}
	type chain struct {
		newKey, oldKey string
		from           usage.Stage
	}
	tests := []struct {
		name    string
		records []state.Record
		want    []chain
	}{
		{"empty", nil, nil},
		{"intended", []state.Record{intent("n", "o")}, []chain{{"n", "o", usage.FromGenerate}}},
		{"generation failed unclearly", []state.Record{intent("n", "o"), on(state.Failed, "n")}, []chain{{"n", "o", usage.FromGenerate}}},
		{"generated", []state.Record{intent("n", "o"), on(state.Generated, "n")}, []chain{{"n", "o", usage.FromBind}}},
		{"bind intended", []state.Record{intent("n", "o"), on(state.Generated, "n"), on(state.IntentBind, "n")}, []chain{{"n", "o", usage.FromBind}}},
		{"bound", []state.Record{intent("n", "o"), on(state.Generated, "n"), on(state.Bound, "n")}, []chain{{"n", "o", usage.FromRestart}}},
		{"restart intended", []state.Record{intent("n", "o"), on(state.Bound, "n"), {Event: state.IntentRestart}}, []chain{{"n", "o", usage.FromRestart}}},
		{"restarted", []state.Record{intent("n", "o"), on(state.Bound, "n"), restarted}, []chain{{"n", "o", usage.FromDelete}}},
		{"restarted unbound", []state.Record{intent("n", "o"), on(state.Generated, "n"), restarted}, []chain{{"n", "o", usage.FromBind}}},
		{"proved", []state.Record{intent("n", "o"), on(state.Bound, "n"), restarted, on(state.Proved, "n")}, []chain{{"n", "o", usage.FromDelete}}},
		{"restarted after proof", []state.Record{intent("n", "o"), on(state.Proved, "n"), restarted}, []chain{{"n", "o", usage.FromDelete}}},
		{"bound again", []state.Record{intent("n", "o"), on(state.Bound, "n"), restarted, on(state.Bound, "n")}, []chain{{"n", "o", usage.FromRestart}}},
		{"delete intended", []state.Record{intent("n", "o"), on(state.Proved, "n"), {Event: state.IntentDelete, OldKey: "o"}}, []chain{{"n", "o", usage.FromDelete}}},
		{"deleted", []state.Record{intent("n", "o"), on(state.Proved, "n"), deleted("o")}, nil},
		{"finished", []state.Record{intent("n", "o"), on(state.Finished, "n")}, nil},
		{"abandoned", []state.Record{intent("n", "o"), on(state.Abandoned, "n")}, nil},
		{"begun anew", []state.Record{intent("n", "o"), on(state.Bound, "n"), intent("m", "o")}, []chain{{"m", "o", usage.FromGenerate}}},
		{"superseded stays closed", []state.Record{intent("n", "o"), intent("m", "o"), on(state.Bound, "n")}, []chain{{"m", "o", usage.FromGenerate}}},
		{"two old keys", []state.Record{intent("n", "o"), intent("m", "p"), on(state.Bound, "m"), restarted},
			[]chain{{"n", "o", usage.FromGenerate}, {"m", "p", usage.FromDelete}}},
		{"one of two closed", []state.Record{intent("n", "o"), intent("m", "p"), deleted("o")}, []chain{{"m", "p", usage.FromGenerate}}},
		{"successor replaced in turn", []state.Record{intent("n", "o"), deleted("o"), intent("m", "n")}, []chain{{"m", "n", usage.FromGenerate}}},
		{"other usage", []state.Record{intentFor("sip", "n", "o")}, nil},
		{"shared key, outcome of one usage", []state.Record{intent("n", "o"), intentFor("sip", "n", "o"), {Event: state.Bound, Usage: "sip", NewKey: "n"}},
			[]chain{{"n", "o", usage.FromGenerate}}},
		{"shared key, outcome of the key", []state.Record{intent("n", "o"), intentFor("sip", "n", "o"), on(state.Generated, "n")},
			[]chain{{"n", "o", usage.FromBind}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, j := locked(t)
			add(t, j, test.records...)
			got, err := journal(t, openReadOnly(t, dir), host).Unfinished("tls")
			if err != nil {
				t.Fatal(err)
			}
			var want []state.Successor
			for _, c := range test.want {
				i := intent(c.newKey, c.oldKey)
				want = append(want, state.Successor{
					Usage: "tls", NewKey: c.newKey, OldKey: c.oldKey, OldSPKI: i.OldSPKI,
					OldFingerprint: i.OldFingerprint, Spec: i.Data, From: c.from,
				})
			}
			if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestMade(t *testing.T) {
	t.Parallel()
	_, j := locked(t)
	add(t, j, intent("rk1", "o"), intent("rk2", "o"), on(state.Abandoned, "rk2"), intent("rk3", "rk1"), deleted("rk1"), deleted("o"))
	for name, want := range map[string]bool{"rk1": false, "rk2": true, "rk3": true, "o": false, "": false} {
		if got, err := j.Made(name); got != want || err != nil {
			t.Errorf("Made(%q) = %v, %v: want %v", name, got, err, want)
		}
	}
}
