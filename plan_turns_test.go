package rekey_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// place is a place of a device in which a key is in use.
func place(u keys.Use, policy, key string) usage.Setting {
	return usage.Setting{Place: usage.Place{Use: u, Policy: policy}, Need: usage.Needed, Key: key}
}

// everything is a device with a weak key, made before the update, in every
// usage. Where one letter stands for several usages they share the key.
func everything(tls, dot1x, policy1, policy2, sip string) *rekey.Assessment {
	return assessed(func(a *rekey.Assessment) {
		details := func(name string) *keys.Details {
			return &keys.Details{Name: name, Algorithm: "RSA", Bits: 2048, Issuer: "CN=192.0.2.7", Subject: "CN=192.0.2.7", Serial: "00c0ffee",
				Fields: []remoteui.Pair{{Label: "一般名稱", Value: "192.0.2.7"}}}
		}
		a.Keys = []rekey.KeyState{
			{Entry: keys.Entry{Name: "Default Key"}, Details: details("Default Key")},
			{Entry: keys.Entry{Name: "AMS"}, Details: details("AMS")},
		}
		add := func(name string, u keys.Use) {
			i := slices.IndexFunc(a.Keys, func(k rekey.KeyState) bool { return k.Name == name })
			if i < 0 {
				i = len(a.Keys)
				a.Keys = append(a.Keys, rekey.KeyState{Entry: keys.Entry{Name: name}, Details: details(name)})
			}
			if !a.Keys[i].UsedBy(u) {
				a.Keys[i].Uses = append(a.Keys[i].Uses, u)
			}
		}
		add(tls, keys.UseTLS)
		a.ServedKey = tls
		a.Settings = &usage.Settings{}
		for _, s := range []usage.Setting{
			place(keys.UseIEEE8021X, "", dot1x), place(keys.UseIPSec, "HQ", policy1), place(keys.UseIPSec, "Lab", policy2), place(keys.UseSIP, "", sip),
		} {
			if s.Key != "" {
				add(s.Key, s.Use)
				a.Settings.Places = append(a.Settings.Places, s)
			}
		}
	})
}

// layout writes what each restart of a plan puts in effect in one line each, with new keys numbered
// in the order of their first mention.
func layout(p *rekey.Plan) string {
	numbers := map[string]string{}
	short := func(name string) string {
		if !strings.HasPrefix(name, "rk") {
			return name
		}
		if numbers[name] == "" {
			numbers[name] = fmt.Sprintf("new%d", len(numbers)+1)
		}
		return numbers[name]
	}
	var rounds []string
	var made, bound, rest []string
	end := func() {
		if len(bound) > 0 {
			if len(made) > 0 {
				bound = append([]string{fmt.Sprintf("make %d:", len(made))}, bound...)
			}
			rounds = append(rounds, strings.Join(append(bound, rest...), " "))
		}
		made, bound, rest = nil, nil, nil
	}
	for _, s := range p.Steps {
		f := s.Function()
		switch {
		case s.Row == "W-2" && len(bound) > 0, strings.HasPrefix(s.Row, "G-") && len(bound) > 0:
			end()
		}
		switch {
		case strings.HasPrefix(s.Row, "G-") && !s.Done:
			made = append(made, s.Key)
		case s.Row == f.BindingRow && s.Row != "":
			text := s.ID() + "=" + short(s.Key)
			if s.Temporary {
				text += "!"
			}
			bound = append(bound, text)
		case s.Row == "R-5" && !s.Done:
			rest = append(rest, "restart")
		case s.Row == "D-1" && slices.ContainsFunc(p.Changes, func(c rekey.Change) bool { return c.OldKey.Name == s.Key && c.DeleteOld }):
			rest = append(rest, "-"+s.Key)
		}
	}
	end()
	return strings.Join(rounds, "\n")
}

// trusted goes ahead by way (c) of trust, distributed by way (b).
var (
	trusted     = rekey.Options{AssumeTrusted: true}
	distributed = rekey.Options{Distribute: func(context.Context, rekey.Distribution) error { return nil }}
)

func withSlots(o rekey.Options, n int) rekey.Options {
	o.KeySlots = n
	return o
}

// One restart does all usages where there is room; where there is
// none, the plan says beforehand what it does about it.
func TestSteps(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		device  *rekey.Assessment
		options rekey.Options
		want    string
		notice  string // a part of one
	}{
		{
			"a key each", everything("t", "x", "p", "q", "s"), trusted,
			"make 5: tls=new1 ieee8021x=new2 ipsec/HQ=new3 ipsec/Lab=new4 sip=new5 restart -t -x -p -q -s", "",
		},
		{
			"one key in all: one successor, and one for SIP (R-4)", everything("t", "t", "t", "t", "t"), trusted,
			"make 2: tls=new1 ieee8021x=new1 ipsec/HQ=new1 ipsec/Lab=new1 sip=new2 restart -t", "",
		},
		{
			"two policies, one key (R-3)", everything("t", "", "p", "p", ""), trusted,
			"make 2: tls=new1 ipsec/HQ=new2 ipsec/Lab=new2 restart -t -p", "",
		},
		{
			"room enough", everything("t", "x", "", "", "s"), withSlots(trusted, 8),
			"make 3: tls=new1 ieee8021x=new2 sip=new3 restart -t -x -s", "",
		},
		{
			"8 places, 7 keys: shared, and SIP later", everything("t", "x", "p", "q", "s"), withSlots(rekey.Options{AssumeTrusted: true}, 8),
			"tls=Default Key! restart -t\n" +
				"make 2: tls=new1 ieee8021x=new1 ipsec/HQ=new1 ipsec/Lab=new1 sip=new2 restart -x -p -q -s", "share one",
		},
		{
			"8 places, 6 keys: shared", everything("t", "x", "p", "p", "s"), withSlots(trusted, 8),
			"make 2: tls=new1 ieee8021x=new1 ipsec/HQ=new1 ipsec/Lab=new1 sip=new2 restart -t -x -p -s", "share one",
		},
		{
			"5 places, 4 keys", everything("t", "x", "", "", ""), withSlots(trusted, 5),
			"make 1: tls=new1 ieee8021x=new1 restart -t -x", "share one",
		},
		{
			"5 places, 5 keys: parked", everything("t", "x", "", "", "s"), withSlots(trusted, 5),
			"tls=Default Key! restart -t\n" +
				"make 1: tls=new1 ieee8021x=new1 restart -x\n" +
				"make 1: sip=new2 restart -s", "parked",
		},
		{
			"3 places, TLS alone: parked", everything("t", "", "", "", ""), withSlots(trusted, 3),
			"tls=Default Key! restart -t\nmake 1: tls=new1 restart", "parked",
		},
		{
			"5 places, one key in TLS and SIP: SIP after the other key is gone", everything("t", "x", "", "", "t"), withSlots(trusted, 5),
			"make 1: tls=new1 ieee8021x=new1 restart -x\nmake 1: sip=new2 restart -t", "turn",
		},
		{
			"way (b): one more restart, the key shown by TLS", everything("t", "x", "p", "q", "s"), distributed,
			"make 2: tls=new1 sip=new2 restart -t -s\n" +
				"ieee8021x=new1 ipsec/HQ=new1 ipsec/Lab=new1 restart -x -p -q", "",
		},
		{
			"way (b), TLS has a good key: shown for one restart, and put back",
			strong(everything("t", "x", "", "", ""), "t"), distributed,
			"make 1: tls=new1! restart\ntls=t! ieee8021x=new1 restart -x", "for one restart",
		},
		{
			"way (b), TLS has a key of ours: its certificate is known",
			ours(everything("t", "x", "", "", ""), "t"), distributed,
			"ieee8021x=t restart -x", "",
		},
		{
			"nobody sees to the trust: TLS alone", everything("t", "x", "p", "", "t"), rekey.Options{},
			"make 1: tls=new1 restart", "",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, err := tc.device.Plan(stored(tc.options))
			if err != nil {
				t.Fatal(err)
			}
			if got := layout(p); got != tc.want {
				t.Errorf("steps:\n%s\nwant:\n%s\n%s", got, tc.want, p)
			}
			if restarts := strings.Count(tc.want, " restart"); p.Restarts != restarts {
				t.Errorf("%d restarts, want %d", p.Restarts, restarts)
			}
			if tc.notice != "" && !strings.Contains(strings.Join(p.Notices, "\n"), tc.notice) {
				t.Errorf("notices %q do not say %q", p.Notices, tc.notice)
			}
		})
	}
}

func strong(a *rekey.Assessment, name string) *rekey.Assessment {
	i := slices.IndexFunc(a.Keys, func(k rekey.KeyState) bool { return k.Name == name })
	a.Keys[i].Finding = keys.Finding{State: keys.NotFound, Rounds: 100, Bits: 2048, Method: keys.MethodFermat}
	return a
}

func ours(a *rekey.Assessment, name string) *rekey.Assessment {
	a = strong(a, name)
	a.Keys[slices.IndexFunc(a.Keys, func(k rekey.KeyState) bool { return k.Name == name })].Ours = true
	return a
}

// No room and no way to make any: refused before anything is touched, with the
// keys that a person could delete.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	a := everything("t", "t", "", "", "")
	a.Keys = append(a.Keys, rekey.KeyState{Entry: keys.Entry{Name: "forgotten"}, Details: a.Keys[0].Details})
	_, err := a.Plan(stored(withSlots(trusted, 4)))
	full, ok := errors.AsType[*rekey.KeyStoreError](err)
	if !ok || !slices.Equal(full.Deletable, []string{"forgotten"}) || !strings.Contains(err.Error(), `"forgotten"`) {
		t.Errorf("%v", err)
	}
	// What an earlier run made and the plan counts on is nobody's to delete.
	ours := everything("t", "t", "", "", "t")
	p, err := ours.Plan(stored(trusted))
	if err != nil {
		t.Fatal(err)
	}
	made := p.Changes[0]
	ours.Keys = append(ours.Keys, rekey.KeyState{Entry: keys.Entry{Name: made.New.Name}, Ours: true, Details: ours.Keys[0].Details})
	ours.Unfinished = []rekey.Unfinished{{Place: usage.Place{Use: made.Use}, OldKey: "t", NewKey: made.New.Name, Spec: made.New, Kind: rekey.SelfSigned, From: usage.FromBind}}
	_, err = ours.Plan(stored(withSlots(trusted, 4)))
	if full, ok := errors.AsType[*rekey.KeyStoreError](err); !ok || len(full.Deletable) > 0 {
		t.Errorf("%v", err)
	}
	if _, err := everything("t", "", "", "", "").Plan(&rekey.Options{KeySlots: 3}); err == nil {
		t.Error("parked, although the old key cannot be deleted without an evidence store")
	}
}

// Unknown is never taken for unused, and a function that is off is left as it
// is. // C-2 C-3 C-4
func TestConditions(t *testing.T) {
	t.Parallel()
	unknown := func(u keys.Use, missing bool) usage.Setting {
		return usage.Setting{Place: usage.Place{Use: u}, Need: usage.Unknown, Reason: "page X has no Y", Missing: missing}
	}
	for _, tc := range []struct {
		name    string
		setting usage.Setting
		uses    []keys.Use // of key t, besides TLS
		delete  bool
		open    bool
		keep    string
	}{
		{"C-2 not needed, no key", usage.Setting{Place: usage.Place{Use: keys.UseIEEE8021X}, Need: usage.NotNeeded, Reason: "[Use TLS] is off"}, nil, true, false, ""},
		{"C-2 not needed, but it names the key", usage.Setting{Place: usage.Place{Use: keys.UseIEEE8021X}, Need: usage.NotNeeded, Reason: "[Use TLS] is off", Key: "t"}, nil, false, false, "[Use TLS] is off"},
		{"C-2 not needed, the list names the key", usage.Setting{Place: usage.Place{Use: keys.UseIEEE8021X}, Need: usage.NotNeeded, Reason: "[Use TLS] is off"}, []keys.Use{keys.UseIEEE8021X}, false, false, "[Use TLS] is off"},
		{"C-3 page not understood", unknown(keys.UseIPSec, false), nil, false, true, "page X has no Y"},
		{"C-3 page not understood, the list names the key", unknown(keys.UseIPSec, false), []keys.Use{keys.UseIPSec}, false, true, "page X has no Y"},
		{"C-4 no such page, the list knows the key's uses", unknown(keys.UseSIP, true), nil, true, false, ""},
		{"C-4 no such page, the list names the key", unknown(keys.UseSIP, true), []keys.Use{keys.UseSIP}, false, true, "page X has no Y"},
		{"C-4 the page names a key that is not there", place(keys.UseSIP, "", "nobody"), nil, true, true, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := everything("t", "", "", "", "")
			a.Keys[2].Uses = append(a.Keys[2].Uses, tc.uses...)
			a.Settings.Places = []usage.Setting{tc.setting}
			p, err := a.Plan(stored(trusted))
			if err != nil || len(p.Changes) != 1 {
				t.Fatalf("%v\n%s", err, p)
			}
			open := slices.ContainsFunc(p.Kept, func(k rekey.Kept) bool { return k.Unresolved })
			if c := p.Changes[0]; c.DeleteOld != tc.delete || open != tc.open || !strings.Contains(c.Keep, tc.keep) {
				t.Errorf("delete %v (%s), open %v\n%s", c.DeleteOld, c.Keep, open, p)
			}
		})
	}
}

// The parts of the plan that people have to do, and those that are not known.
func TestPeople(t *testing.T) {
	t.Parallel()
	a := everything("t", "", "", "", "")
	a.Settings.Bluetooth = usage.Setting{Need: usage.Needed}
	a.Settings.AMS = usage.Setting{Need: usage.NotNeeded}
	p, err := a.Plan(nil)
	if err != nil || !slices.Equal(p.People, []keys.Use{"bluetooth"}) {
		t.Errorf("%v, %v", p.People, err)
	}
}

// A certificate that only its details page shows has a successor of the same
// name, for as long: who admits the device by its name must find it again. A key
// that is shared for want of room cannot bear two names, and the plan says so.
// // G-1, G-3
func TestSubjectFromDetails(t *testing.T) {
	t.Parallel()
	a := everything("tls", "dot1x", "", "", "")
	for i := range a.Keys {
		if k := &a.Keys[i]; k.Name == "dot1x" {
			k.Details.Subject = "C=TW, O=Acme, Inc., OU=Fleet, CN=mfp.example"
			k.Details.Issuer = k.Details.Subject // self-signed
			k.Details.Fields = []remoteui.Pair{{Label: "開始", Value: "2021/03/01"}, {Label: "結束", Value: "2023/03/01"}}
		}
	}
	for _, tc := range []struct {
		slots int
		want  string
		told  bool
	}{{16, "mfp.example", false}, {5, "192.0.2.7", true}} {
		p, err := a.Plan(stored(withSlots(trusted, tc.slots)))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(p.Changes, func(c rekey.Change) bool { return c.Use == keys.UseIEEE8021X })
		if i < 0 {
			t.Fatal(p)
		}
		s := p.Changes[i].New
		if s.CommonName != tc.want {
			t.Errorf("%d places: common name %q, want %q", tc.slots, s.CommonName, tc.want)
		}
		if days := s.NotAfter.Sub(s.NotBefore).Hours() / 24; !tc.told && (s.Organization != "Acme, Inc." || s.OrganizationalUnit != "Fleet" || s.Country != "TW" || days != 730) {
			t.Errorf("%+v, %v days", s, days)
		}
		if told := strings.Contains(p.String(), `whose old one is for "mfp.example"`); told != tc.told {
			t.Errorf("%d places: told %v\n%v", tc.slots, told, p)
		}
	}
}

// A key of ours that the plan is about to bind is nobody's to delete, and a
// renewed device signature is not the factory's. // W-5
func TestPlanDoesNotContradictItself(t *testing.T) {
	t.Parallel()
	a := everything("tls", "", "", "", "")
	o := &rekey.Options{Dir: t.TempDir()}
	p, err := a.Plan(o)
	if err != nil || len(p.Changes) != 1 {
		t.Fatal(p, err)
	}
	// An earlier run made the key and lost its journal.
	made := a.Keys[2]
	made.Entry, made.Ours, made.Finding = keys.Entry{Name: p.Changes[0].New.Name}, true, keys.Finding{}
	a.Keys = append(a.Keys, made, rekey.KeyState{Entry: keys.Entry{Name: keys.DeviceSignatureKey}, Details: made.Details, Finding: keys.Finding{State: keys.NotFound}})
	p, err = a.Plan(o)
	if err != nil || len(p.Changes) != 1 || p.Changes[0].From != usage.FromBind || p.Changes[0].New.Name != made.Name {
		t.Fatal(p, err)
	}
	if text := p.String(); strings.Contains(text, "delete it if nobody needs it") || strings.Contains(text, "made at the factory") && !strings.Contains(text, `"Default Key"`) {
		t.Error(text)
	}
	for _, k := range p.Kept {
		if k.Key.Name == keys.DeviceSignatureKey && strings.Contains(k.Reason, "factory") {
			t.Errorf("%+v", k)
		}
	}
}
