package change_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/change"
)

var start = time.Date(2026, 12, 1, 22, 0, 0, 0, time.UTC)

func plan(t *testing.T) *change.Plan {
	t.Helper()
	p := change.New("CHG7", "alice", start, 48*time.Hour)
	for _, url := range []string{"https://b.example/", "a.example", "https://c.example:8443/"} {
		p.Add(&rekey.Assessment{Address: url}, nil, errors.New("it was off"))
	}
	p.Seal()
	return p
}

// kept is a plan as it comes out of its file.
func kept(t *testing.T, p *change.Plan) *change.Plan {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := p.Write(file); err != nil {
		t.Fatal(err)
	}
	p, err := change.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A plan is carried out as it was made, while it is fresh, and once somebody else has
// approved just this one; else it is said what is wrong, and with which device.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		after func(*change.Plan) // the approval
		at    time.Duration
		wants []string // of the error; nil: none
	}{
		{"as approved", nil, time.Hour, nil},
		{"until it expires", nil, 48*time.Hour - time.Second, nil},
		{"expired", nil, 48 * time.Hour, []string{"expired at 2026-12-03T22:00:00Z"}},
		{"not approved", func(p *change.Plan) { p.Approval = nil }, 0, []string{"nobody has approved it"}},
		{"by its author", func(p *change.Plan) { p.Approval.By = " Alice " }, 0, []string{"somebody else"}},
		{"by nobody", func(p *change.Plan) { p.Approval.By = " " }, 0, []string{"somebody else"}},
		{"another author", func(p *change.Plan) { p.Author = "carol" }, 0, []string{"its beginning"}},
		{"a later end", func(p *change.Plan) { p.Expires = p.Expires.Add(time.Hour) }, 0, []string{"its beginning"}},
		{"a device edited", func(p *change.Plan) { p.Devices[1].Why = "" }, 0, []string{"what is planned for https://b.example/ was edited"}},
		{"a device left out", func(p *change.Plan) { p.Devices = p.Devices[1:] }, 0, []string{"which devices it has"}},
		{"left out and sealed", func(p *change.Plan) { p.Devices = p.Devices[1:]; p.Seal() }, 0, []string{"changed since bob", "a.example was taken out"}},
		{"twice", func(p *change.Plan) { p.Devices = append(p.Devices, p.Devices[2]); p.Seal() }, 0, []string{"twice"}},
		{"a newer form", func(p *change.Plan) { p.Version = 2 }, 0, []string{"version 2"}},
		{"planned anew", func(p *change.Plan) {
			old := p.Approval
			p.Add(&rekey.Assessment{Address: "https://b.example/"}, nil, errors.New("it is locked"))
			p.Add(&rekey.Assessment{Address: "d.example"}, nil, errors.New("it was off"))
			p.Seal()
			p.Approval = old
		}, 0, []string{"changed since bob", "for https://b.example/ was changed", "d.example was added"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := plan(t)
			if err := p.Approve("bob", p.Digest, start); err != nil {
				t.Fatal(err)
			}
			if tc.after != nil {
				tc.after(p)
			}
			err := kept(t, p).Check(start.Add(tc.at))
			if _, ok := errors.AsType[*change.RefusedError](err); ok != (tc.wants != nil) {
				t.Fatalf("%v", err)
			}
			for _, want := range tc.wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want %q", err, want)
				}
			}
		})
	}
}

func TestApprove(t *testing.T) {
	t.Parallel()
	p := plan(t)
	for _, tc := range []struct{ by, digest, wants string }{
		{"ALICE", p.Digest, "somebody else"}, {"al ice", p.Digest, ""}, {"alice ", p.Digest, "somebody else"}, {"", p.Digest, "nobody"},
		{"bob", "", "digest"}, {"bob", p.Digest, ""},
	} {
		p := plan(t)
		err := p.Approve(tc.by, tc.digest, start)
		if (err == nil) != (tc.wants == "") || err != nil && !strings.Contains(err.Error(), tc.wants) || (p.Approval == nil) != (err != nil) {
			t.Errorf("%q: %v", tc.by, err)
		}
	}
	p.Add(&rekey.Assessment{Address: "d.example"}, nil, errors.New("off"))
	if err := p.Approve("bob", p.Digest, start); err == nil {
		t.Error("a plan that is not sealed is approved")
	}
	p.Seal()
	if err := p.Approve("bob", p.Digest, start.Add(72*time.Hour)); err == nil {
		t.Error("a plan that has expired is approved")
	}
}

// With a list of approvers, nobody else can have approved: neither by a name, nor by a
// key of his own, nor by the signature of something else.
func TestCheckSigned(t *testing.T) {
	t.Parallel()
	keys := map[string]*audit.Key{}
	var approvers []*audit.Verifier
	for _, name := range []string{"alice", "bob", "carol", "forged"} {
		k, err := audit.NewKey(strings.Replace(name, "forged", "bob", 1))
		if err != nil {
			t.Fatal(err)
		}
		if keys[name] = k; name != "forged" {
			approvers = append(approvers, k.Verifier())
		}
	}
	sign := func(p *change.Plan, by, text string) {
		note, err := keys[by].Sign(text)
		if err != nil {
			t.Fatal(err)
		}
		p.Approval.Signature = string(note)
	}
	for _, tc := range []struct {
		name, key string
		after     func(*change.Plan)
		wants     string // of the error; empty: none
	}{
		{"signed", "bob", nil, ""},
		{"not signed", "", nil, "not signed with a key of bob"},
		{"with another key of his name", "forged", nil, "not signed with a key of bob"},
		{"as another approver", "bob", func(p *change.Plan) { p.Approval.By = "carol" }, "not signed with a key of carol"},
		{"as at another time", "bob", func(p *change.Plan) { p.Approval.At = p.Approval.At.Add(time.Hour) }, "not signed"},
		{"for another change", "bob", func(p *change.Plan) { p.Change = "CHG8"; p.Seal(); p.Approval.Digest = p.Digest }, "not signed"},
		{"for other devices", "bob", func(p *change.Plan) { p.Devices = p.Devices[1:]; p.Seal(); p.Approval.Digest = p.Digest }, "not signed"},
		{"the digest alone", "bob", func(p *change.Plan) { sign(p, "bob", p.Digest+"\n") }, "not signed"},
		{"in the name of another approver", "bob", func(p *change.Plan) {
			p.Approval.By = "carol"
			if err := p.Sign(keys["carol"]); err != nil {
				t.Fatal(err)
			}
			text, err := keys["carol"].Verifier().Open([]byte(p.Approval.Signature))
			if err != nil {
				t.Fatal(err)
			}
			sign(p, "bob", text)
		}, "not signed with a key of carol"},
		{"by the author's key, by his name", "bob", func(p *change.Plan) {
			p.Approval.By = "alice"
			if err := p.Sign(keys["alice"]); err != nil {
				t.Fatal(err)
			}
		}, "somebody else than its author"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := plan(t)
			if err := p.Approve("bob", p.Digest, start); err != nil {
				t.Fatal(err)
			}
			if err := p.Sign(keys["carol"]); err == nil {
				t.Error("signed with the key of somebody else")
			}
			if tc.key != "" {
				if err := p.Sign(keys[tc.key]); err != nil {
					t.Fatal(err)
				}
			}
			if tc.after != nil {
				tc.after(p)
			}
			err := kept(t, p).CheckSigned(start, approvers)
			if (err == nil) != (tc.wants == "") || err != nil && !strings.Contains(err.Error(), tc.wants) {
				t.Errorf("%v, want %q", err, tc.wants)
			}
			if err := p.CheckSigned(start, nil); err == nil {
				t.Error("carried out where nobody may approve")
			}
		})
	}
	if err := plan(t).Sign(keys["bob"]); err == nil {
		t.Error("signed before it was approved")
	}
}

// Nothing is given to a run of which nothing is planned.
func TestMemberOfThePlan(t *testing.T) {
	t.Parallel()
	p := plan(t)
	for url, want := range map[string]string{"https://A.example/": "it was off", "e.example": "does not stand in the plan"} {
		if _, err := p.Member(rekey.Device{URL: url}, rekey.FleetMember{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// Why nothing was planned for a device stays what it was, also in the file: one that is
// off is not one that failed.
func TestUnplannedAreKeptApart(t *testing.T) {
	t.Parallel()
	p := change.New("CHG7", "alice", start, time.Hour)
	reasons := map[string]struct {
		err  error
		want rekey.FleetOutcome
		says string
	}{
		"https://held.example/":  {&rekey.HeldError{URL: "https://held.example/", Why: "held: its window is closed"}, rekey.FleetHeld, "nothing was planned: held: its window is closed"},
		"https://ended.example/": {&rekey.HeldError{URL: "https://ended.example/", Why: "the call ended", NotStarted: true}, rekey.FleetNotStarted, "the call ended"},
		"https://old.example/":   {&rekey.FirmwareError{Model: "iR-ADV C5560 III", Version: "37.30", Caught: true}, rekey.FleetUnsupported, "37.30"},
		"https://off.example/":   {fmt.Errorf("no Remote UI found: %w", &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}), rekey.FleetUnreachable, "no Remote UI found"},
		"https://bad.example/":   {errors.New("look at it"), rekey.FleetFailed, "look at it"},
	}
	for url, r := range reasons {
		p.Add(&rekey.Assessment{Address: url}, nil, r.err)
	}
	p.Seal()
	p = kept(t, p)
	for url, r := range reasons {
		_, err := p.Member(rekey.Device{URL: url}, rekey.FleetMember{})
		u, ok := errors.AsType[*change.UnplannedError](err)
		if !ok || !strings.Contains(err.Error(), r.says) || strings.Contains(err.Error(), url) || rekey.FleetOutcomeOf(u.Exit, err) != r.want {
			t.Errorf("%s: %v, want %s", url, err, r.want)
		}
	}
	p.Device("https://off.example/").Outcome = rekey.FleetDone
	p.Device("https://bad.example/").Exit.Code = 0
	if err := p.Check(start); err == nil || !strings.Contains(err.Error(), "https://off.example/ was edited") || !strings.Contains(err.Error(), "https://bad.example/ was edited") {
		t.Errorf("edited: %v", err)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "", "array": "[]", "more": `{"version":1} {}`, "unknown": `{"version":1,"approved":true}`} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, err := change.Read(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if _, err := change.Read(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// What is done is left alone, and what failed, unless just that is asked for.
func TestLedger(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state", "fleet")
	l, err := change.OpenLedger(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.Record(change.Entry{URL: "https://Done.example/", Outcome: rekey.FleetHeld, Plan: "p1"}); err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]rekey.FleetOutcome{
		"done.example": rekey.FleetDone, "failed.example": rekey.FleetFailed, "off.example": rekey.FleetUnreachable,
		"stopped.example": rekey.FleetInterrupted, "held.example": rekey.FleetHeld, "later.example": rekey.FleetNotStarted, "wait.example": rekey.FleetWithheld, "old.example": rekey.FleetUnsupported,
	}
	for url, o := range outcomes {
		if err := l.Record(change.Entry{URL: url, Outcome: o, Says: strings.Repeat("x", 1<<20), Plan: "p1"}); err != nil {
			t.Fatal(err)
		}
	}
	outcomes["new.example"] = ""
	for url, o := range outcomes {
		for _, onlyFailed := range []bool{false, true} {
			want := o != rekey.FleetDone && (o == rekey.FleetFailed) == onlyFailed
			left, e, err := l.Left(rekey.Device{URL: strings.ToUpper(url)}, "p1", onlyFailed)
			if left != want || err != nil || (e == nil) != (o == "") {
				t.Errorf("%s, only failed %v: %v, %+v, %v", url, onlyFailed, left, e, err)
			}
			if left, e, _ := l.Left(rekey.Device{URL: url}, "p2", onlyFailed); left == onlyFailed || e != nil {
				t.Errorf("%s, another plan: %v, %+v", url, left, e)
			}
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	if len(files) != 8 {
		t.Fatalf("%d files", len(files))
	}
	for i, text := range []string{"", `{"format":2}`, `{"format":1,"url":"other.example"}`} {
		if err := os.WriteFile(files[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	faults := 0
	for url := range outcomes {
		if _, _, err := l.Left(rekey.Device{URL: url}, "p1", false); err != nil {
			faults++
		}
	}
	if faults != 3 {
		t.Errorf("%d of 3 damaged files are told", faults)
	}
}

// moving is a plan for two devices that showed a serial number, and one that did not.
func moving() *change.Plan {
	p := &change.Plan{}
	for url, serial := range map[string]string{"https://a.example/": "QLA00255", "https://b.example/": "00017", "https://c.example/": ""} {
		p.Devices = append(p.Devices, change.Device{URL: url, Plan: &rekey.Plan{Device: rekey.DeviceInfo{URL: url, Serial: serial}}})
	}
	slices.SortFunc(p.Devices, func(a, b change.Device) int { return strings.Compare(a.URL, b.URL) })
	return p
}

// What was planned for a device is its own at another address, too, and not another's at
// this one; where list or plan have no serial number, the address is all there is.
func TestPlanOfMovedDevice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		url, serial, want string // empty: it is refused
	}{
		{"a.example", "qla-00255", "https://a.example/"}, {"a.example", "", "https://a.example/"}, {"x.example", "QLA00255", "https://a.example/"},
		{"b.example", "QLA00255", "https://a.example/"}, {"a.example", "17", "https://b.example/"}, {"a.example", "QLA00999", ""},
		{"c.example", "QLA00999", "https://c.example/"}, {"c.example", "17", "https://b.example/"},
	} {
		m, err := moving().Member(rekey.Device{URL: tt.url, Serial: tt.serial}, rekey.FleetMember{})
		if _, refused := errors.AsType[*rekey.SerialError](err); refused != (tt.want == "") || !refused && (err != nil || m.Plan.Device.URL != tt.want) {
			t.Errorf("%s, %q: %v, want %q", tt.url, tt.serial, err, tt.want)
		}
	}
	if _, err := moving().Member(rekey.Device{URL: "x.example", Serial: "QLA00999"}, rekey.FleetMember{}); err == nil || !strings.Contains(err.Error(), "does not stand in the plan") {
		t.Errorf("%v", err)
	}
}

// What became of a device is known at its next address, too, and is not what became of
// the one that has come to its old one.
func TestLedgerOfMovedDevice(t *testing.T) {
	t.Parallel()
	l, err := change.OpenLedger(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, e := range []change.Entry{
		{URL: "a.example", Serial: "QLA00255", Outcome: rekey.FleetFailed}, {URL: "b.example", Outcome: rekey.FleetDone}, {URL: "a.example", Serial: "qla 00255", Outcome: rekey.FleetDone},
	} {
		if err := l.Record(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		url, serial string
		known       bool
	}{
		{"a.example", "QLA00255", true}, {"x.example", "QLA00255", true}, {"a.example", "", true}, {"b.example", "QLA00256", true},
		{"a.example", "QLA00256", false}, {"x.example", "QLA00256", false}, {"x.example", "", false},
	} {
		left, e, err := l.Left(rekey.Device{URL: tt.url, Serial: tt.serial}, "", false)
		if err != nil || left == tt.known || (e != nil) != tt.known {
			t.Errorf("%s, %q: left %v, %+v, %v", tt.url, tt.serial, left, e, err)
		}
	}
}

// Of two runs of a device, of which one was by a list without serial numbers, the later
// one counts; what became of whatever has its old address says nothing of it.
func TestLedgerByTwoLists(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		runs []change.Entry
		want rekey.FleetOutcome // of QLA00255 at a.example
	}{
		"without number last": {[]change.Entry{{URL: "a.example", Serial: "QLA00255", Outcome: rekey.FleetDone}, {URL: "a.example", Outcome: rekey.FleetFailed}}, rekey.FleetFailed},
		"with number last":    {[]change.Entry{{URL: "a.example", Outcome: rekey.FleetFailed}, {URL: "a.example", Serial: "QLA00255", Outcome: rekey.FleetDone}}, rekey.FleetDone},
		"elsewhere last":      {[]change.Entry{{URL: "a.example", Outcome: rekey.FleetDone}, {URL: "b.example", Serial: "QLA00255", Outcome: rekey.FleetFailed}}, rekey.FleetFailed},
		"another was there":   {[]change.Entry{{URL: "b.example", Serial: "QLA00255", Outcome: rekey.FleetFailed}, {URL: "a.example", Outcome: rekey.FleetDone}}, rekey.FleetFailed},
		"another is there":    {[]change.Entry{{URL: "a.example", Serial: "QLA00255", Outcome: rekey.FleetFailed}, {URL: "a.example", Serial: "QLA00256", Outcome: rekey.FleetDone}}, rekey.FleetFailed},
	} {
		l, err := change.OpenLedger(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for i, e := range tt.runs {
			e.At = at.Add(time.Duration(i) * time.Minute)
			if err := l.Record(e); err != nil {
				t.Fatal(err)
			}
		}
		if e, err := l.Last(rekey.Device{URL: "a.example", Serial: "QLA00255"}); err != nil || e == nil || e.Outcome != tt.want {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}
