package rekey_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// A list may give a usage to the key in use and, until the restart, to the one
// that is chosen, too. The one that is served is in use. What we chose goes on to
// the restart, with or without the journal; what somebody else chose is reported;
// nothing that is chosen is deleted, nor said to be nobody's.
func TestPendingInList(t *testing.T) {
	t.Parallel()
	const ours = "rktls20261121abcdef"
	for _, tc := range []struct {
		name    string
		chosen  string
		mine    bool // by its name and dates, without a journal
		journal bool
		served  string
		want    string // layout of the plan
		says    string
	}{
		{"by the journal", ours, false, true, "t", "tls=new1 restart -t", ""},
		{"by its name", ours, true, false, "t", "tls=new1 restart -t", ""},
		{"somebody else's", "office", false, false, "t", "", `somebody chose it, and it is not in effect: TLS is served with key "t"`},
		{"it cannot be told which is served", ours, true, true, "", "", "which one key TLS uses"},
		{"neither is served", ours, true, true, "Default Key", "", "which one key TLS uses"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := everything("t", "", "", "", "")
			a.Keys = append(a.Keys, rekey.KeyState{Entry: keys.Entry{Name: tc.chosen, Uses: []keys.Use{keys.UseTLS}}, Ours: tc.mine || tc.journal, Details: a.Keys[0].Details})
			a.ServedKey = tc.served
			if tc.journal {
				a.Unfinished = []rekey.Unfinished{{Place: usage.Place{Use: keys.UseTLS}, OldKey: "t", NewKey: tc.chosen, Spec: keys.Spec{Name: tc.chosen}, Kind: rekey.SelfSigned, From: usage.FromRestart}}
			}
			p, err := a.Plan(stored(trusted))
			if err != nil {
				if tc.want != "" || !strings.Contains(err.Error(), tc.says) {
					t.Error(err)
				}
				return
			}
			if tc.mine {
				c := p.Changes[0]
				if c.New != (keys.Spec{Name: ours, CommonName: "192.0.2.7"}) || c.Kind != rekey.SelfSigned || c.OldKey.Name != "t" || c.Reason != `"`+ours+`" is bound and not yet in effect` {
					t.Errorf("%+v", c)
				}
			}
			if got := layout(p); got != tc.want || !strings.Contains(p.String(), tc.says) {
				t.Errorf("%s\n%v", got, p)
			}
			open := slices.ContainsFunc(p.Kept, func(k rekey.Kept) bool { return k.Key.Name == tc.chosen && k.Unresolved })
			if open != (tc.says != "") || strings.Contains(p.String(), "in no usage") {
				t.Errorf("open %v\n%v", open, p)
			}
		})
	}
}

// The same of another usage, whose page names what is chosen; and of a list that
// shows only what is in use.
func TestPendingElsewhere(t *testing.T) {
	t.Parallel()
	const ours = "rkdot1x20261121abcdef"
	for _, tc := range []struct {
		name   string
		chosen string
		listed bool // the list shows the choice beside the key in use
		want   string
	}{
		{"ours, listed", ours, true, "ieee8021x=new1 restart -x"},
		{"ours, on its page only", ours, false, ""},
		{"somebody else's, listed", "office", true, ""},
		{"somebody else's, on its page only", "office", false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := strong(everything("t", "x", "", "", ""), "t")
			a.Generator.Proved = true
			chosen := keys.Entry{Name: tc.chosen}
			if tc.listed {
				chosen.Uses = []keys.Use{keys.UseIEEE8021X}
			}
			a.Keys = append(a.Keys, rekey.KeyState{Entry: chosen, Details: a.Keys[0].Details})
			if a = strong(a, tc.chosen); tc.chosen == ours {
				a.Keys[len(a.Keys)-1].Ours = true
			}
			a.Settings.Places[0].Key = tc.chosen
			p, err := a.Plan(stored(trusted))
			if err != nil {
				t.Fatal(err)
			}
			if got := layout(p); got != tc.want {
				t.Errorf("%s\n%v", got, p)
			}
			if tc.want == "" && !slices.ContainsFunc(p.Kept, func(k rekey.Kept) bool { return k.Key.Name == "x" && k.Unresolved }) {
				t.Errorf("nothing is said of the key in use\n%v", p)
			}
			if strings.Contains(p.String(), "in no usage") {
				t.Errorf("what is chosen is said to be unused\n%v", p)
			}
		})
	}
}

// What a person may delete is no key of rekey's, whatever its stage, and none that
// a page names: the next run, or the next restart, needs it.
func TestDeletableIsNobodys(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"forgotten": true, "rktls20261121abcdef": false, "rksip20261121abcdef": false, "rkprobe20261121abcdef": false, "x": false, "AMS": false,
	} {
		a := everything("t", "d", "p", "q", "s")
		a.Keys = append(a.Keys, rekey.KeyState{Entry: keys.Entry{Name: "rktls20261121abcdef"}, Details: a.Keys[0].Details},
			rekey.KeyState{Entry: keys.Entry{Name: "rksip20261121abcdef"}, Details: a.Keys[0].Details},
			rekey.KeyState{Entry: keys.Entry{Name: "rkprobe20261121abcdef"}, Details: a.Keys[0].Details},
			rekey.KeyState{Entry: keys.Entry{Name: "forgotten"}, Details: a.Keys[0].Details},
			rekey.KeyState{Entry: keys.Entry{Name: "x"}, Details: a.Keys[0].Details})
		a.Settings.Places[0].Key = "x" // chosen: the list shows what is in use
		_, err := a.Plan(&rekey.Options{AssumeTrusted: true, KeySlots: len(a.Keys)})
		full, ok := err.(*rekey.KeyStoreError)
		if !ok || slices.Contains(full.Deletable, name) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
